"""Batch files that are missing: a crash came between the batch and its file, or somebody removed the file."""

from __future__ import annotations

from services.disbursement.batch import compose, path_of, write
from services.disbursement.cycle import Desk
from services.ledger.payments import Batch

_PAGE = 1000


async def missing_files(desk: Desk) -> list[tuple[int, Batch]]:
    """The batches whose file is not there, with their numbers."""
    missing: list[tuple[int, Batch]] = []
    after = 0
    while page := await desk.payments.batches(after, _PAGE):
        missing += [(number, batch) for number, batch in page if not path_of(desk.directory, batch).exists()]
        after = page[-1][0]
    return missing


async def content_of(desk: Desk, batch: Batch) -> bytes | None:
    """The bytes of a batch's file, None where an account that was in it can no longer be opened."""
    departures = await desk.payments.orders_of(batch)
    accounts = await desk.accounts.unseal(departures)
    span = (batch.after, batch.to)
    again, content = compose(batch.partition, batch.sequence, span, departures, accounts)
    return content if again.sha256 == batch.sha256 else None


async def mend(desk: Desk) -> list[Batch]:
    """Write every missing file; returns the batches whose file nobody can write any more."""
    lost: list[Batch] = []
    for _, batch in await missing_files(desk):
        content = await content_of(desk, batch)
        if content is None:
            lost.append(batch)
        else:
            write(path_of(desk.directory, batch), content)
    return lost
