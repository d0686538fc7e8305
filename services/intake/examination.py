"""Reading a document: may it be admitted by its content and its sender, and which id does it ask for?"""

from __future__ import annotations

import datetime as dt
import re
from typing import NamedTuple

from msgspec import Struct

from events.codes import Codes
from events.document import MAX_BYTES, DocumentRefused, ParsedDocument, read
from events.message import message
from services.intake.admitted_event import target_of
from services.intake.context import IntakeContext
from services.ledger.edge import Fault
from services.ledger.keys import id_hash
from services.ledger.registry import Agency
from services.ledger.reservations import Reservation, Wanted
from services.platform.clock import AHEAD

_NAME = re.compile(r"[0-9a-f]{16}")


class Refusal(NamedTuple):
    """Why a document is refused: the code, and every fault with its path."""

    code: str
    faults: tuple[Fault, ...]
    id: str | None = None
    source: str | None = None


class RejectedDocument(Struct, frozen=True):
    """A document on its way into quarantine, under the name that it will have there."""

    name: str
    raw: bytes
    refusal: Refusal
    mends: str = ""


class Candidate(Struct, frozen=True):
    """A document as it was sent, the id that it wants if it could be read, and what speaks against it.

    One that could be read and has a refusal is refused unless it had been admitted before the reason arose.
    """

    raw: bytes
    mends: str
    document: ParsedDocument | None
    wanted: Wanted | None
    refusal: Refusal | None


CLAIM_EXISTS = (Fault.of("claim-exists", "$.data.claim", message("fault.claim-exists")),)
OWN_CLAIM = (Fault.of("not-allowed", "$.type", message("fault.own-claim")),)
ID_CONFLICT = (Fault.of("id-conflict", "$.id", message("fault.id-conflict")),)
PERSON_ERASED = (Fault.of("person-erased", "$.data", message("fault.person-erased")),)

LATE_FAULTS = {"claim-exists": CLAIM_EXISTS, "not-allowed": OWN_CLAIM, "person-erased": PERSON_ERASED}
"""Faults that only show once the document has taken its id."""


def is_name(text: str) -> bool:
    """Tell whether a text may name a quarantined document."""
    return _NAME.fullmatch(text) is not None


def consider(context: IntakeContext, agency: Agency, raw: bytes, mends: str, now: dt.datetime) -> Candidate:
    """Read a document that ``agency`` sent; one that may not be admitted only asks whether its id is taken."""
    document, refusal = examine(agency, raw, now, context.codes)
    mends = mends if mends and is_name(mends) else ""
    if document is None:
        return Candidate(raw, mends, None, None, refusal)
    event, tokens = document.event, context.tokens
    wanted = Wanted(
        id_hash(event.source, event.id),
        tokens.content(document.canonical),
        target_of(event, tokens),
        refusal is None,
    )
    return Candidate(raw, mends, document, wanted, refusal)


def examine(
    agency: Agency, raw: bytes, now: dt.datetime, codes: Codes
) -> tuple[ParsedDocument | None, Refusal | None]:
    """Read a document that ``agency`` sent; it may name these codes only.

    Returns the document if it could be read, a reason to refuse it, or both.
    """
    try:
        document = read(raw, codes)
    except DocumentRefused as refused:
        faults = tuple(Fault.of(f.code, f.path, f.message) for f in refused.faults)
        return None, Refusal(refused.code, faults, refused.id, refused.source)
    event, against = document.event, list[Fault]()
    if foreign := event.source != (own := f"/agencies/{agency.name}"):
        against.append(Fault.of("wrong-source", "$.source", message("fault.wrong-source", source=own)))
    for path, why in agency.refuses(event):
        against.append(Fault.of("not-allowed", path, why))
    if event.time > now + AHEAD:
        against.append(Fault.of("future-date", "$.time", message("fault.clock-ahead")))
    if not against:
        return document, None
    refusal = Refusal(against[0].code, tuple(against), event.id, event.source)
    return None if foreign else document, refusal


def rejected(
    context: IntakeContext, agency: str, one: Candidate, reservation: Reservation | None
) -> RejectedDocument | None:
    """Return why a candidate is refused, by the reservation of its id; None when it is admitted or was before.

    A document that is too large is cut to one byte over the limit, so that it still is too large: over Redis it may
    be of any size.
    """
    if one.document is None or one.wanted is None or reservation is None or reservation.verdict == "free":
        if one.refusal is None:
            raise AssertionError("the id of a document without a refusal was not reserved")
        name = context.tokens.document(agency, one.raw)
        return RejectedDocument(name, one.raw[: MAX_BYTES + 1], one.refusal, one.mends)
    if reservation.verdict != "conflict":
        return None
    event = one.document.event
    conflict = Refusal("id-conflict", ID_CONFLICT, event.id, event.source)
    name = context.tokens.document(agency, one.wanted.id + one.wanted.tag)
    return RejectedDocument(name, one.raw[: MAX_BYTES + 1], conflict, one.mends)
