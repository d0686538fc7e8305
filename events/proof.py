"""The proof of origin inside a recorded event: taken apart to be sealed, put together to be checked.

A signature is over the document byte for byte. The ledger keeps the document's content in the event and its personal
values in the box; beside these values the box of a signed event holds the signature and how the document was spelt.
"""

from __future__ import annotations

import binascii
import json
from collections.abc import Mapping
from typing import NamedTuple, cast

import msgspec
from msgspec import Struct

from events.envelope import RECORDED_ATTRIBUTES
from events.origin import Origin
from events.redaction import REDACTED, Values, restore
from events.spelling import SpellingError, difference, spelt_again

SIGNATURE, SPELLING = "$signature", "$spelling"
"""Names of the two values of a proof in the box; no path of a personal value begins like them."""


class Proof(NamedTuple):
    """Who signed a document, and the document as it was signed."""

    origin: Origin
    document: bytes


def taken_apart(proof: Proof, body: bytes, values: Mapping[str, object]) -> Values:
    """Return what the box must hold beside ``values``, the personal values of the event recorded as ``body``."""
    kept = difference(proof.document, _content(body, values))
    spelling: Values = {SPELLING: binascii.b2a_base64(kept, newline=False).decode()} if kept else {}
    return {SIGNATURE: proof.origin.signature} | spelling


def put_together(body: bytes, values: Mapping[str, object]) -> Proof | None:
    """Return the proof of an event recorded as ``body`` whose box held ``values``; None if it was not signed.

    Raises:
        SpellingError: the event and its box do not belong together.
    """
    origin = _decode(body).origin
    if origin is None:
        return None
    if origin.signature != REDACTED:
        raise SpellingError("a signature is recorded only in the box")
    try:
        kept = binascii.a2b_base64(cast("str", values.get(SPELLING, "")))
        signed = msgspec.structs.replace(origin, signature=values[SIGNATURE])
        return Proof(signed, spelt_again(kept, _content(body, values)))
    except (LookupError, TypeError, ValueError) as error:
        raise SpellingError("the box does not hold what belongs to this event") from error


class _Recorded(Struct):
    origin: Origin | None = None


_decode = msgspec.json.Decoder(_Recorded).decode


def _content(body: bytes, values: Mapping[str, object]) -> dict[str, object]:
    """Return the document in clear, with its keys in the order in which they are recorded."""
    document: dict[str, object] = json.loads(body)
    for attribute in RECORDED_ATTRIBUTES:
        document.pop(attribute, None)
    return restore(document, values)
