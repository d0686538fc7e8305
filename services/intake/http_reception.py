"""Reception: takes in what came over HTTP, durably and in one step, and says what is known of it.

Nothing is decided here but what the document itself and its id can tell. What is received is sealed in the
agency's stream of what was taken, out of the agency's own reach, until intake has brought it further.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from events.origin import Origin
from services.intake.context import IntakeContext, Keyring, in_milliseconds
from services.intake.examination import Candidate, consider, is_name, rejected
from services.intake.quarantine import quarantine, resolve
from services.intake.receipts import receipt_for, receipt_of_refusal
from services.ledger.edge import Answer, DocumentReceipt, Submission
from services.ledger.keys import id_hash
from services.ledger.quarantine_store import Quarantined
from services.ledger.registry import Agency
from services.ledger.reservations import Offered, Reservation, Taken, Wanted
from services.sealing.box import lock, unlock
from services.sealing.keystore import agency_key
from services.sealing.part_digests import differing, parts_of

_RECEIPT = re.compile(r"[0-9a-f]{32}")


class ReceivedDocument(NamedTuple):
    """A document as it came, the sender's signature over it if it has one, and the quarantined document it mends."""

    document: bytes
    origin: Origin | None = None
    mends: str = ""


class Reply(Struct, kw_only=True):
    """The answer to one document. ``repeated``: the same content had come before.

    ``differs``: what is not as in the content that has the id, where that is why it was refused: keys of ``data``,
    ``type`` or ``time``. Nothing, where that content came over the outbox: its parts are not kept.
    """

    receipt: DocumentReceipt
    repeated: bool = False
    differs: tuple[str, ...] = ()


async def receive(
    context: IntakeContext, agency: Agency, incoming: Sequence[ReceivedDocument]
) -> list[Reply]:
    """Receive or refuse documents, in this order; on return every one is kept, here or in quarantine."""
    now = in_milliseconds(context.clock())
    owner, keyring = agency_key(agency.name), Keyring(context)
    await keyring.fetch([owner])
    candidates = [consider(context, agency, one.document, one.mends, now) for one in incoming]
    offered = [
        Offered(_with_parts(context, candidate), lock(keyring[owner], _packet(one), candidate.wanted.id))
        for candidate, one in zip(candidates, incoming, strict=True)
        if candidate.wanted
    ]
    results = iter(await context.reservations.receive(agency.name, offered, now))
    reservations = [next(results) if candidate.wanted else None for candidate in candidates]
    against = [
        rejected(context, agency.name, one, its) for one, its in zip(candidates, reservations, strict=True)
    ]
    kept = await quarantine(
        context, agency.name, list({one.name: one for one in against if one}.values()), keyring
    )
    refusals = [receipt_of_refusal(why, kept[why.name].at) for why in against if why]
    await context.edge.answer({agency.name: Answer(refusals)})
    replies = [
        _refusal(context, candidate, its, receipt_of_refusal(why, kept[why.name].at))
        if why
        else _reply(context, agency.name, candidate, its)
        for candidate, its, why in zip(candidates, reservations, against, strict=True)
    ]
    for candidate, reply in zip(candidates, replies, strict=True):
        if candidate.mends and reply.repeated and reply.receipt.status in ("accepted", "waiting"):
            await resolve(context, agency.name, candidate.mends, reply.receipt.receipt)
    return replies


async def look_up(context: IntakeContext, agency: str, name: str) -> DocumentReceipt | None:
    """Return the receipt as it is now: by its own name, or by the id of the agency's event, which it then tells."""
    source = f"/agencies/{agency}"
    by_id = id_hash(source, name)
    ids = [by_id, bytes.fromhex(name)] if _RECEIPT.fullmatch(name) else [by_id]
    for event_id, reservation in zip(ids, await context.reservations.look(agency, ids), strict=True):
        if reservation is not None:
            receipt = receipt_for(
                context, agency, event_id, reservation.status, reservation.target, reservation.admitted
            )
            if event_id == by_id:
                receipt.id, receipt.source = name, source
            return receipt
    document = await context.quarantine.get(agency, name) if is_name(name) else None
    return None if document is None else _of_quarantined(document)


async def opened(context: IntakeContext, agency: str, taken: Sequence[Taken]) -> list[Submission]:
    """Return what was taken over HTTP as intake admits it.

    Raises:
        UnreadableError: the agency's key is not the one with which it was sealed.
    """
    owner, keyring = agency_key(agency), Keyring(context)
    await keyring.fetch([owner])
    return [_submission(one, unlock(owner, keyring[owner], one.packet, one.id)) for one in taken]


def _with_parts(context: IntakeContext, one: Candidate) -> Wanted:
    """Return the id that a document wants, with what will tell its parts apart from another's.

    Its sender will be told.
    """
    if one.wanted is None or one.document is None:
        raise AssertionError("what wants an id could be read")
    return replace(one.wanted, parts=parts_of(context.tokens, one.wanted.id, one.document.canonical))


_encode_packet = msgspec.msgpack.Encoder().encode
_decode_packet = msgspec.msgpack.Decoder(ReceivedDocument).decode


def _packet(one: ReceivedDocument) -> bytes:
    return _encode_packet(one)


def _submission(taken: Taken, packet: bytes) -> Submission:
    one = _decode_packet(packet)
    return Submission(taken.entry, one.document, one.mends, one.origin, taken=True)


def _reply(context: IntakeContext, agency: str, one: Candidate, reservation: Reservation | None) -> Reply:
    if reservation is None or one.wanted is None or one.document is None:
        raise AssertionError("what is not refused has its id")
    receipt = receipt_for(
        context, agency, one.wanted.id, reservation.status, reservation.target, reservation.admitted
    )
    receipt.id, receipt.source = one.document.event.id, one.document.event.source
    return Reply(receipt=receipt, repeated=reservation.verdict != "new")


def _refusal(
    context: IntakeContext, one: Candidate, reservation: Reservation | None, receipt: DocumentReceipt
) -> Reply:
    if reservation is None or reservation.verdict != "conflict" or one.wanted is None or one.document is None:
        return Reply(receipt=receipt)
    return Reply(
        receipt=receipt,
        differs=differing(context.tokens, one.wanted.id, one.document.canonical, reservation.parts),
    )


def _of_quarantined(one: Quarantined) -> DocumentReceipt:
    """Return the receipt of a refused document; its faults are sealed with it."""
    return DocumentReceipt(
        receipt=one.document,
        id=one.id,
        source=one.source,
        admittedtime=one.at,
        status="refused",
        code=one.code,
        quarantine=one.document,
    )
