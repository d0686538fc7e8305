"""Batch files that are missing: a crash came between the batch and its file, or somebody removed the file."""

from __future__ import annotations

from pathlib import Path

from services.disbursement.accounts import Accounts
from services.disbursement.batch import compose, path_of, write
from services.ledger.payments import Batch, Payments

_PAGE = 1000


class Mending:
    """Writes missing files again, with the bytes that left."""

    def __init__(self, payments: Payments, accounts: Accounts, directory: Path) -> None:
        """Read from these; the files stand in ``directory``."""
        self._payments, self._accounts, self._directory = payments, accounts, directory

    async def mend(self, partition: int | None = None) -> list[Batch]:
        """Write every missing file of a partition, or of all.

        Returns the batches whose file nobody can write any more, since a key was destroyed.
        """
        lost: list[Batch] = []
        for batch in await self._missing(partition):
            content = await self.content_of(batch)
            if content is None:
                lost.append(batch)
            else:
                write(path_of(self._directory, batch), content)
        return lost

    async def content_of(self, batch: Batch) -> bytes | None:
        """The bytes of a batch's file, None where an account that was in it can no longer be opened."""
        departures = await self._payments.orders_of(batch)
        accounts = await self._accounts.unseal(departures)
        span = (batch.after, batch.to)
        again, content = compose(batch.partition, batch.sequence, span, departures, accounts)
        return content if again.sha256 == batch.sha256 else None

    async def _missing(self, partition: int | None) -> list[Batch]:
        missing: list[Batch] = []
        after = 0
        while page := await self._payments.batches(after, _PAGE):
            own = (batch for _, batch in page if partition in (None, batch.partition))
            missing += [batch for batch in own if not path_of(self._directory, batch).exists()]
            after = page[-1][0]
        return missing
