"""Money of which the ledger does not know yet.

What was refused from the bank, and what waits behind a parked person.
"""

from __future__ import annotations

import contextlib

import msgspec
from msgspec import Struct

from events.bank import ClaimPaid
from events.catalogue import decode, short_name, type_of
from events.envelope import reference
from events.values import ClaimNumber, Rupiah
from services.exceptions.listing import AtServer, ExceptionLine
from services.intake import quarantine
from services.intake.context import context_of
from services.intake.quarantine import Opened
from services.runtime.bootstrap import Installation

_MONEY = ("claim.paid", "claim.payment-returned")


async def at_server(installation: Installation) -> list[ExceptionLine]:
    """Return what is in quarantine about money, and whoever is parked; these change without an event of the ledger."""
    return [*await quarantined(installation), *await parked(installation)]


async def quarantined(installation: Installation) -> list[ExceptionLine]:
    """Return the refused reports of payments and returns that nobody has mended yet or discarded.

    ``amount`` is what the document says, 0 where that cannot be read; it counts nowhere else.
    """
    context = context_of(installation)
    lines: list[ExceptionLine] = []
    for agency in await installation.registry.agencies():
        entries = await context.quarantine.every(agency.name)
        documents = await quarantine.opened(context, [entry for entry in entries if entry.waits])
        lines += [line for one in documents if (line := _line_of_document(one)) is not None]
    return lines


def _line_of_document(one: Opened) -> ExceptionLine | None:
    kind = next((kind for kind in _MONEY if f"kelambu.{kind}.".encode() in one.document), None)
    if kind is None:
        return None
    claim, amount = _claim_and_amount(one.document)
    refs = ((0, reference(one.entry.agency, one.entry.id or "?")),)
    return _line("quarantined", claim, one.entry.document, amount, (kind, one.entry.code), refs)


class _Money(Struct, frozen=True):
    claim: msgspec.Raw = msgspec.Raw(b"null")
    amount: msgspec.Raw = msgspec.Raw(b"null")


class _Refused(Struct, frozen=True):
    data: _Money = _Money()


def _claim_and_amount(body: bytes) -> tuple[str, int]:
    """Return the claim and the rupiah of a document, where they are such: nothing else that was written is shown."""
    claim, amount = "", 0
    with contextlib.suppress(msgspec.DecodeError):
        data = msgspec.json.decode(body, type=_Refused).data
        with contextlib.suppress(msgspec.DecodeError):
            claim = msgspec.json.decode(data.claim, type=ClaimNumber)
        with contextlib.suppress(msgspec.DecodeError):
            amount = msgspec.json.decode(data.amount, type=Rupiah)
    return claim, amount


async def parked(installation: Installation) -> list[ExceptionLine]:
    """Return the persons whose events could not be decided.

    ``amount`` is what the bank says it paid in those that wait.
    """
    ledger, lines = installation.ledger, []
    for partition in range(ledger.partitions):
        for person, count in sorted((await ledger.parked(partition)).items()):
            events = [decode(body) for body in await ledger.parked_events(partition, person, count)]
            paid = sum(event.data.amount for event in events if isinstance(event, ClaimPaid))
            claims = {
                claim for event in events if isinstance(claim := getattr(event.data, "claim", None), str)
            }
            kinds = sorted({short_name(type_of(event)) for event in events})
            refs = tuple((0, reference(event.source, event.id)) for event in events)
            claim = next(iter(claims)) if len(claims) == 1 else ""
            lines.append(_line("parked", claim, person, paid, tuple(kinds), refs, partition))
    return lines


def _line(
    kind: AtServer,
    claim: str,
    subject: str,
    amount: int,
    details: tuple[str, ...],
    events: tuple[tuple[int, str], ...],
    partition: int = 0,
) -> ExceptionLine:
    return ExceptionLine(claim, kind, subject, partition, amount, 0, 0, "", details, events, "", "", "")
