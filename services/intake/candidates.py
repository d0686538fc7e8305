"""Candidates: documents that ask to be admitted, and why one is refused once its id has been asked for."""

from __future__ import annotations

import datetime as dt

from msgspec import Struct

from events.document import MAX_BYTES, ParsedDocument
from services.intake.admission import target_of
from services.intake.context import IntakeContext
from services.intake.examination import ID_CONFLICT, Refusal, examine
from services.intake.quarantine import RejectedDocument, is_name
from services.ledger.keys import id_hash
from services.ledger.registry import Agency
from services.ledger.reservations import Reservation, Wanted
from services.sealing.part_digests import parts_of


class Candidate(Struct, frozen=True):
    """A document as it was sent, the id that it wants if it could be read, and what speaks against it."""

    raw: bytes
    mends: str
    document: ParsedDocument | None
    wanted: Wanted | None
    refusal: Refusal | None


def consider(context: IntakeContext, agency: Agency, raw: bytes, mends: str, now: dt.datetime) -> Candidate:
    """Read a document that ``agency`` sent; one that may not be admitted only asks whether its id is taken."""
    document, refusal = examine(agency, raw, now, context.codes)
    wanted = None if document is None else _wanted(context, document, take=refusal is None)
    return Candidate(raw, mends if is_name(mends) else "", document, wanted, refusal)


def refused(
    context: IntakeContext, agency: str, one: Candidate, known: Reservation | None
) -> RejectedDocument | None:
    """Return why a candidate is refused, given what is known of its id; None when it is admitted or was before.

    Of a document that is too large only so much goes on that it still is: over Redis it may be of any size.
    """
    raw = one.raw[: MAX_BYTES + 1]
    if one.document is None or one.wanted is None or known is None or known.verdict == "free":
        if one.refusal is None:
            raise AssertionError("a document that nothing speaks against takes its id")
        return RejectedDocument(context.tokens.document(agency, one.raw), raw, one.refusal, one.mends)
    if known.verdict != "conflict":
        return None
    event = one.document.event
    conflict = Refusal("id-conflict", ID_CONFLICT, event.id, event.source)
    name = context.tokens.document(agency, one.wanted.id + one.wanted.tag)
    return RejectedDocument(name, raw, conflict, one.mends)


def _wanted(context: IntakeContext, document: ParsedDocument, *, take: bool) -> Wanted:
    event, tokens = document.event, context.tokens
    name = id_hash(event.source, event.id)
    parts = parts_of(tokens, name, document.canonical)
    return Wanted(name, tokens.content(document.canonical), target_of(event, tokens), take, parts)
