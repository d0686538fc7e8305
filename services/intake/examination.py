"""Reading a document: may it be admitted at all, as it stands and from whom it comes?"""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from events.codes import Codes
from events.document import DocumentRefused, ParsedDocument, read
from events.message import message
from services.ledger.edge import Fault
from services.ledger.registry import Agency
from services.platform.clock import AHEAD


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
    event, against = document.event, list[Fault]()
    if foreign := event.source != f"/agencies/{agency.name}":
        own = message("fault.wrong-source", source=f"/agencies/{agency.name}")
        against.append(Fault.of("wrong-source", "$.source", own))
    against += (Fault.of("not-allowed", path, why) for path, why in agency.refuses(event))
    if event.time > now + AHEAD:
        against.append(Fault.of("future-date", "$.time", message("fault.clock-ahead")))
    if not against:
        return ExaminedDocument(document, None)
    refusal = Refusal(against[0].code, tuple(against), event.id, event.source)
    return ExaminedDocument(None if foreign else document, refusal)


CLAIM_EXISTS = (Fault.of("claim-exists", "$.data.claim", message("fault.claim-exists")),)
OWN_CLAIM = (Fault.of("not-allowed", "$.type", message("fault.own-claim")),)
ID_CONFLICT = (Fault.of("id-conflict", "$.id", message("fault.id-conflict")),)

LATE_FAULTS = {"claim-exists": CLAIM_EXISTS, "not-allowed": OWN_CLAIM}
"""Faults that only show once the document has taken its id."""
