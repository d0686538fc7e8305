"""Answers: each document of a batch gets its receipt, and its place in quarantine where it is refused."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from msgspec import Struct

from services.intake.admitted_event import Admission
from services.intake.context import IntakeContext, Keyring
from services.intake.examination import LATE_FAULTS, Refusal, RejectedDocument
from services.intake.quarantine import quarantine, resolve
from services.ledger.edge import Answer, DocumentReceipt
from services.ledger.partitions import partition_of
from services.ledger.quarantine_store import Quarantined
from services.ledger.reservations import Reservation, Status, Target


class ConcludedDocument(Struct, kw_only=True):
    """A document and what became of it: an admission (which may have been refused late), or a refusal at once.

    ``entry`` is its entry in the outbox, or in the stream of what was ``taken`` over HTTP; empty when it waited and was
    answered before.
    """

    admission: Admission | None = None
    refused: RejectedDocument | None = None
    entry: str | None = None
    taken: bool = False
    raw: bytes = b""
    mends: str = ""


async def conclude(
    context: IntakeContext, answers: Mapping[str, Sequence[ConcludedDocument]], keyring: Keyring
) -> None:
    """Record the results of agencies' documents and tell each agency: quarantine, ids, receipts, in this order.

    Each step is one for all agencies, but for what is quarantined; ids and receipts are one step where one server has
    both. What goes to an inbox must be there. Repeating it changes nothing but the number of copies of a receipt.
    """
    kept: dict[str, Quarantined] = {}
    for agency, documents in answers.items():
        refused = {one.name: one for answer in documents if (one := _refused(context, answer, keyring))}
        kept |= await quarantine(context, agency, list(refused.values()), keyring)
        for answer in documents:
            mended = answer.admission
            if answer.mends and mended and mended.status in ("accepted", "waiting"):
                await resolve(context, agency, answer.mends, mended.id.hex())
    admissions = {
        agency: list({one.admission.id: one.admission for one in documents if one.admission}.values())
        for agency, documents in answers.items()
    }
    results = {
        agency: [(one.id, one.status, _place(one)) for one in its] for agency, its in admissions.items()
    }
    written = {agency: _answer(context, documents, kept) for agency, documents in answers.items()}
    if context.one_server:
        recorded = await context.edge.conclude(results, written)
    else:
        recorded = await context.reservations.finish(results)
    overtaken = {agency for agency, records in recorded.items() if any(records)}
    for agency in overtaken:
        _correct(admissions[agency], recorded[agency])
        written[agency] = _answer(context, answers[agency], kept)
    if context.one_server:
        written = {agency: written[agency] for agency in overtaken}
    await context.edge.answer(written)
    for agency, of_agency in written.items():
        await context.reservations.done(agency, of_agency.taken)


def _answer(
    context: IntakeContext, documents: Sequence[ConcludedDocument], kept: Mapping[str, Quarantined]
) -> Answer:
    receipts = [receipt for one in documents if (receipt := _receipt(context, one, kept))]
    if receipts and context.checkpoint:
        receipts[-1].log = context.checkpoint.log
    return Answer(
        receipts,
        [one.entry for one in documents if one.entry and not one.taken],
        [one.entry for one in documents if one.entry and one.taken],
    )


def _correct(admissions: Sequence[Admission], recorded: Sequence[Reservation | None]) -> None:
    """Let admissions that were taken up meanwhile say so."""
    for admission, record in zip(admissions, recorded, strict=True):
        if record is not None:
            admission.status = record.status
            admission.person = record.target.name if record.status == "accepted" else ""


def _place(admission: Admission) -> Target:
    if admission.status != "accepted" or admission.target.kind == "person":
        return admission.target
    return Target("person", admission.person)


def refused_late(context: IntakeContext, agency: str, event_id: bytes) -> str:
    """Name a document that took its id before it was refused: by its id, so that it is one however it is written."""
    return context.tokens.document(agency, event_id)


def _refused(context: IntakeContext, answer: ConcludedDocument, keyring: Keyring) -> RejectedDocument | None:
    one = answer.admission
    if one is None or one.status not in LATE_FAULTS:
        return answer.refused
    refusal = Refusal(one.status, LATE_FAULTS[one.status], one.event.id, one.event.source)
    name = refused_late(context, one.agency, one.id)
    if one.status == "person-erased":
        return RejectedDocument(name, one.without_data, refusal, answer.mends)
    return RejectedDocument(name, answer.raw or one.clear_document(keyring), refusal, answer.mends)


def _receipt(
    context: IntakeContext, answer: ConcludedDocument, kept: Mapping[str, Quarantined]
) -> DocumentReceipt | None:
    one, refusal = answer.admission, answer.refused
    if one is None:
        return (
            None
            if refusal is None
            else receipt_of_refusal(refusal, kept[refusal.name].at, None if answer.taken else answer.entry)
        )
    receipt = receipt_for(context, one.agency, one.id, one.status, _place(one), one.admitted)
    receipt.id, receipt.source = one.event.id, one.event.source
    receipt.entry = None if answer.taken else answer.entry
    return receipt


def receipt_for(
    context: IntakeContext,
    agency: str,
    event_id: bytes,
    status: Status,
    target: Target,
    admitted: dt.datetime,
) -> DocumentReceipt:
    """Return the receipt of a document that took its id, without ``id`` and ``source``."""
    receipt = DocumentReceipt(receipt=event_id.hex(), admittedtime=admitted, status="accepted")
    match status:
        case "begun":
            receipt.status = "received"
        case "accepted":
            receipt.partition = partition_of(target.name, context.ledger.partitions)
        case "waiting":
            receipt.status = "waiting"
            receipt.waits_for = "claim" if target.kind == "claim" else "event"
        case code:
            receipt.status, receipt.code = "refused", code
            receipt.faults, receipt.quarantine = LATE_FAULTS[code], refused_late(context, agency, event_id)
    return receipt


def receipt_of_refusal(one: RejectedDocument, at: dt.datetime, entry: str | None = None) -> DocumentReceipt:
    """Return the receipt of a document that was refused ``at`` first."""
    return DocumentReceipt(
        receipt=one.name,
        id=one.refusal.id,
        source=one.refusal.source,
        admittedtime=at,
        status="refused",
        code=one.refusal.code,
        faults=one.refusal.faults,
        quarantine=one.name,
        entry=entry,
    )
