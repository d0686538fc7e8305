"""Where a recorded event comes from: its signature checked again, years later and without its sender."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Literal, TypeAlias

from msgspec import UNSET, Struct
from msgspec.structs import replace

from events.catalogue import AgencyEvent, decode, type_of
from events.document import DocumentRefused, read
from events.envelope import RECORDED_ATTRIBUTES, agency_of, reference
from events.origin import Origin
from events.proof import Proof, put_together
from events.redaction import redact
from events.spelling import SpellingError
from services.identity.authentication import TOLERANCE
from services.identity.credentials import verifies
from services.ledger.credentials import Credential
from services.ledger.keys import id_hash
from services.sealing.box import UnreadableError, unseal
from services.sealing.tokens import Tokens

Verdict: TypeAlias = Literal["verified", "not-signed", "unreadable", "key-ended", "unknown-key", "altered"]
"""``unreadable``: signed, but the key that sealed the signature and the personal values is destroyed or missing.
``key-ended``: the signature holds, but the event was admitted when its key was not good any more, or not yet.
``unknown-key``: the registry knows no such key of this agency. ``altered``: the signature is not over this event."""

FOUND: frozenset[Verdict] = frozenset({"key-ended", "unknown-key", "altered"})
"""Verdicts that nothing but a change behind Kelambu's back leads to."""


class Provenance(Struct, frozen=True, kw_only=True):
    """What is known of the origin of an agency's event; ``proof`` is there where the verdict is ``verified``.

    ``person`` is the token of the participant that the event is about.
    """

    event: str
    type: str
    position: int
    verdict: Verdict
    person: str = ""
    origin: Origin | None = None
    proof: Proof | None = None


def provenance(
    body: bytes, keys: Mapping[str, bytes], tokens: Tokens, credentials: Mapping[str, Credential]
) -> Provenance | None:
    """Check an event as the ledger holds it, with the keys that open it; None for one of Kelambu's own."""
    event = decode(body)
    if not isinstance(event, AgencyEvent):
        return None
    origin = event.origin or None
    verdict, proof = _judged(body, event, keys, tokens, credentials)
    return Provenance(
        event=reference(event.source, event.id),
        type=type_of(event),
        position=event.position or 0,
        verdict=verdict,
        person=event.person or "",
        origin=origin,
        proof=proof,
    )


def _judged(
    body: bytes,
    event: AgencyEvent,
    keys: Mapping[str, bytes],
    tokens: Tokens,
    credentials: Mapping[str, Credential],
) -> tuple[Verdict, Proof | None]:
    if event.origin is UNSET:
        return "not-signed", None
    credential = credentials.get(event.origin.key)
    if credential is None or credential.kind != "public" or credential.agency != agency_of(event.source):
        return "unknown-key", None
    try:
        proof = _opened(body, event, keys)
    except UnreadableError:
        return "unreadable", None
    if (
        proof is None
        or not verifies(credential, proof.origin, proof.document)
        or not _says(proof.document, event, tokens)
    ):
        return "altered", None
    return ("verified", proof) if _good(credential, event.admittedtime) else ("key-ended", None)


def _opened(body: bytes, event: AgencyEvent, keys: Mapping[str, bytes]) -> Proof | None:
    """Return the proof in an event's box; None if the box does not hold what belongs to the event."""
    if event.sealed is UNSET:
        return None
    key = keys.get(event.sealed.key)
    if key is None:
        raise UnreadableError(event.sealed.key)
    values = unseal(event.sealed, key, id_hash(event.source, event.id))
    try:
        return put_together(body, values)
    except SpellingError:
        return None


def _says(signed: bytes, event: AgencyEvent, tokens: Tokens) -> bool:
    """Tell whether the document that was signed says what is recorded: it is rebuilt from more than the event."""
    try:
        signed_event, _ = redact(read(signed, admitted=True).event, tokens)
    except DocumentRefused:
        return False
    return signed_event == replace(event, **dict.fromkeys(RECORDED_ATTRIBUTES, UNSET))


def _good(credential: Credential, admitted: dt.datetime | object) -> bool:
    """Tell whether the key was good when the event was admitted, as far as clocks agree."""
    if not isinstance(admitted, dt.datetime):
        return False
    return credential.since - TOLERANCE <= admitted and (
        credential.until is None or admitted <= credential.until + TOLERANCE
    )
