"""Candidates: documents that ask to be admitted, as they stand and from whom they come, and why one is refused."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from msgspec import Struct

from events.codes import Codes
from events.document import MAX_BYTES, DocumentRefused, ParsedDocument, read
from events.message import message
from services.intake.admission import target_of
from services.intake.context import IntakeContext
from services.intake.quarantine import RejectedDocument, is_name
from services.ledger.edge import Fault
from services.ledger.keys import id_hash
from services.ledger.registry import Agency
from services.ledger.reservations import Reservation, Wanted
from services.sealing.part_digests import parts_of

AHEAD = dt.timedelta(minutes=10)
"""How far the time of an event may lie ahead of intake's clock."""


class Refusal(NamedTuple):
    """Why a document is refused: the code, and every fault with its path."""

    code: str
    faults: tuple[Fault, ...]
    id: str | None = None
    source: str | None = None


class ExaminedDocument(NamedTuple):
    """A document that could be read, a reason to refuse it, or both.

    With both, the document is refused unless it had been admitted before the reason arose.
    """

    document: ParsedDocument | None
    refusal: Refusal | None


def examine(agency: Agency, raw: bytes, now: dt.datetime, codes: Codes) -> ExaminedDocument:
    """Read a document that ``agency`` sent; it may name these codes only."""
    try:
        document = read(raw, codes)
    except DocumentRefused as refused:
        faults = tuple(Fault.of(f.code, f.path, f.message) for f in refused.faults)
        return ExaminedDocument(None, Refusal(refused.code, faults, refused.id, refused.source))
    event = document.event
    if event.source != f"/agencies/{agency.name}":
        own = message("fault.wrong-source", source=f"/agencies/{agency.name}")
        fault = Fault.of("wrong-source", "$.source", own)
        return ExaminedDocument(None, Refusal(fault.code, (fault,), event.id, event.source))
    against = [Fault.of("not-allowed", path, why) for path, why in agency.refuses(event)]
    if event.time > now + AHEAD:
        against.append(Fault.of("future-date", "$.time", message("fault.clock-ahead")))
    if not against:
        return ExaminedDocument(document, None)
    return ExaminedDocument(document, Refusal(against[0].code, tuple(against), event.id, event.source))


CLAIM_EXISTS = (Fault.of("claim-exists", "$.data.claim", message("fault.claim-exists")),)
OWN_CLAIM = (Fault.of("not-allowed", "$.type", message("fault.own-claim")),)
ID_CONFLICT = (Fault.of("id-conflict", "$.id", message("fault.id-conflict")),)

LATE_FAULTS = {"claim-exists": CLAIM_EXISTS, "not-allowed": OWN_CLAIM}
"""Faults that only show once the document has taken its id."""


class Candidate(Struct, frozen=True):
    """A document as it was sent, the id that it wants if it could be read, and what speaks against it."""

    raw: bytes
    mends: str
    document: ParsedDocument | None
    wanted: Wanted | None
    refusal: Refusal | None


def consider(desk: IntakeContext, agency: Agency, raw: bytes, mends: str, now: dt.datetime) -> Candidate:
    """Read a document that ``agency`` sent; one that may not be admitted only asks whether its id is taken."""
    document, refusal = examine(agency, raw, now, desk.codes)
    wanted = None if document is None else _wanted(desk, document, take=refusal is None)
    return Candidate(raw, mends if is_name(mends) else "", document, wanted, refusal)


def refused(
    desk: IntakeContext, agency: str, one: Candidate, known: Reservation | None
) -> RejectedDocument | None:
    """Return why a candidate is refused, given what is known of its id; None when it is admitted or was before.

    Of a document that is too large only so much goes on that it still is: over Redis it may be of any size.
    """
    raw = one.raw[: MAX_BYTES + 1]
    if one.document is None or one.wanted is None or known is None or known.verdict == "free":
        if one.refusal is None:
            raise AssertionError("a document that nothing speaks against takes its id")
        return RejectedDocument(desk.tokens.document(agency, one.raw), raw, one.refusal, one.mends)
    if known.verdict != "conflict":
        return None
    event = one.document.event
    conflict = Refusal("id-conflict", ID_CONFLICT, event.id, event.source)
    name = desk.tokens.document(agency, one.wanted.id + one.wanted.tag)
    return RejectedDocument(name, raw, conflict, one.mends)


def _wanted(desk: IntakeContext, document: ParsedDocument, *, take: bool) -> Wanted:
    event, tokens = document.event, desk.tokens
    name = id_hash(event.source, event.id)
    parts = parts_of(tokens, name, document.canonical)
    return Wanted(name, tokens.content(document.canonical), target_of(event, tokens), take, parts)
