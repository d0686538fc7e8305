"""Batch files that are missing: a crash came between the batch and its file, or somebody removed the file."""

from __future__ import annotations

from services.disbursement.batch import compose, path_of, write
from services.disbursement.cycle import Desk
from services.ledger.payments import Batch

_PAGE = 1000


async def missing_files(desk: Desk, partition: int) -> list[Batch]:
    """The batches of a partition whose file is not there."""
    missing: list[Batch] = []
    after = 0
    while page := await desk.payments.batches(after, _PAGE):
        own = (batch for _, batch in page if batch.partition == partition)
        missing += [batch for batch in own if not path_of(desk.directory, batch).exists()]
        after = page[-1][0]
    return missing


async def content_of(desk: Desk, batch: Batch) -> bytes | None:
    """The bytes of a batch's file, None where an account that was in it can no longer be opened."""
    departures = await desk.payments.orders_of(batch)
    accounts = await desk.accounts.unseal(departures)
    span = (batch.after, batch.to)
    again, content = compose(batch.partition, batch.sequence, span, departures, accounts)
    return content if again.sha256 == batch.sha256 else None


async def mend(desk: Desk, partition: int) -> list[Batch]:
    """Write every missing file of a partition; returns the batches whose file nobody can write any more."""
    lost: list[Batch] = []
    for batch in await missing_files(desk, partition):
        content = await content_of(desk, batch)
        if content is None:
            lost.append(batch)
        else:
            write(path_of(desk.directory, batch), content)
    return lost
