"""Answers: each document of a batch gets its receipt, and its place in quarantine where it is refused."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from msgspec import Struct

from services.intake.admission import Admission
from services.intake.desk import Desk, Keyring
from services.intake.quarantine import Refused, quarantine
from services.intake.reading import LATE_FAULTS, Refusal
from services.ledger.edge import Receipt
from services.ledger.keys import partition_of
from services.ledger.reservations import Target


class Answer(Struct, kw_only=True):
    """A document and what became of it: an admission (which may have been refused late), or a refusal at once.

    ``entry`` is its outbox entry; empty when it waited and was answered before.
    """

    admission: Admission | None = None
    refused: Refused | None = None
    entry: str | None = None
    raw: bytes = b""
    mends: str = ""


async def conclude(desk: Desk, agency: str, answers: Sequence[Answer], keyring: Keyring) -> None:
    """Record the results of one agency's documents and tell the agency: quarantine, ids, receipts, in this order.

    Repeating it changes nothing but the number of copies of a receipt.
    """
    refused = {one.name: one for answer in answers if (one := _refused(desk, answer, keyring))}
    kept = await quarantine(desk, agency, list(refused.values()), keyring)
    for answer in answers:
        mended = answer.admission
        if answer.mends and mended and mended.status in ("accepted", "waiting"):
            await desk.quarantine.resolve(agency, answer.mends, mended.id.hex())
    admissions = list(
        {answer.admission.id: answer.admission for answer in answers if answer.admission}.values()
    )
    results = [(one.id, one.status, _place(one)) for one in admissions]
    for admission, recorded in zip(admissions, await desk.reservations.finish(agency, results), strict=True):
        if recorded is not None:  # it has been taken up meanwhile
            admission.status = recorded.status
            admission.person = recorded.target.name if recorded.status == "accepted" else ""
    first = {name: document.at for name, document in kept.items()}
    receipts = [_of_admission(desk, answer) or _of_refusal(answer, first) for answer in answers]
    await desk.edge.answer(
        agency,
        [receipt for receipt in receipts if receipt],
        [answer.entry for answer in answers if answer.entry],
    )


def _place(admission: Admission) -> Target:
    return Target("person", admission.person) if admission.status == "accepted" else admission.target


def _name(desk: Desk, admission: Admission) -> str:
    """Name a document that took its id before it was refused: by its id, so that it is one however it is written."""
    return desk.tokens.document(admission.agency, admission.id)


def _refused(desk: Desk, answer: Answer, keyring: Keyring) -> Refused | None:
    one = answer.admission
    if one is None or one.status not in LATE_FAULTS:
        return answer.refused
    refusal = Refusal(one.status, LATE_FAULTS[one.status], one.event.id, one.event.source)
    return Refused(_name(desk, one), answer.raw or one.clear_document(keyring), refusal, answer.mends)


def _of_admission(desk: Desk, answer: Answer) -> Receipt | None:
    one = answer.admission
    if one is None:
        return None
    receipt = Receipt(
        receipt=one.id.hex(),
        id=one.event.id,
        source=one.event.source,
        admittedtime=one.admitted,
        status="accepted",
        entry=answer.entry,
    )
    match one.status:
        case "accepted":
            receipt.partition = partition_of(one.person, desk.ledger.partitions)
        case "waiting":
            receipt.status = "waiting"
            receipt.waits_for = "claim" if one.target.kind == "claim" else "event"
        case code:
            receipt.status, receipt.code = "refused", code
            receipt.faults, receipt.quarantine = LATE_FAULTS[code], _name(desk, one)
    return receipt


def _of_refusal(answer: Answer, first: dict[str, dt.datetime]) -> Receipt | None:
    one = answer.refused
    if one is None:
        return None
    return Receipt(
        receipt=one.name,
        id=one.refusal.id,
        source=one.refusal.source,
        admittedtime=first[one.name],
        status="refused",
        code=one.refusal.code,
        faults=one.refusal.faults,
        quarantine=one.name,
        entry=answer.entry,
    )
