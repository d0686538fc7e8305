"""The directory of the batch files held against the ledger, and files that are missing written again."""

from __future__ import annotations

import asyncio
from pathlib import Path

from services.disbursement import batch_file
from services.disbursement.accounts import Accounts
from services.disbursement.batch_file import compose, path_of
from services.installation.batch_directory import batch_files
from services.ledger.payments import OrderBatch, Payments

_PAGE = 1000


class MissingFiles:
    """Compares the directory with what left, and writes missing files again with the bytes that left."""

    def __init__(self, payments: Payments, accounts: Accounts, directory: Path) -> None:
        """Compare the files in ``directory``."""
        self._payments, self._accounts, self._directory = payments, accounts, directory
        self._sound: dict[str, batch_file.Signature] = {}
        """Files whose content was compared, and how they were then."""
        self._compared = 0
        """Every batch up to this number was compared, and all of them were sound."""

    async def mend(self, partition: int | None = None) -> list[OrderBatch]:
        """Write every missing file of a partition, or of all; what was compared once is read again only if it changed.

        Returns the batches whose file nobody can write any more, since a key was destroyed.

        Raises:
            BatchFileError: a file is there that the ledger does not know, or whose content is not what left; nothing
                was written.
        """
        await self._refuse_unknown()
        await asyncio.to_thread(batch_file.clear_drafts, self._directory, partition)
        if any(batch_file.signature(self._directory / name) != was for name, was in self._sound.items()):
            self._sound, self._compared = {}, 0
        missing: list[OrderBatch] = []
        after = self._compared
        while page := await self._payments.batches(after, _PAGE):
            own = [batch for _, batch in page if partition in (None, batch.partition)]
            missing += await asyncio.to_thread(self._missing, own)
            after = page[-1][0]
        lost = [batch for batch in missing if not await self._write_batch(batch)]
        if not lost:
            self._compared = after
        return lost

    async def content_of(self, batch: OrderBatch) -> bytes | None:
        """The bytes of a batch's file, None where an account that was in it can no longer be opened."""
        departures = await self._payments.orders_of(batch)
        accounts = await self._accounts.unseal(departures)
        span = (batch.after, batch.to)
        again, content = compose(batch.partition, batch.sequence, span, departures, accounts)
        return content if again.sha256 == batch.sha256 else None

    async def _refuse_unknown(self) -> None:
        """Look at the directory first: what leaves meanwhile is then known, and its file not seen yet."""
        names = await asyncio.to_thread(batch_files, self._directory)
        places = {name: batch_file.place_of(name) for name in names}
        highest = max((place[0] for place in places.values() if place), default=-1)
        progress = await self._payments.every_progress(highest + 1)
        strange = [
            name for name, place in places.items() if place is None or place[1] > progress[place[0]].sequence
        ]
        if strange:
            raise batch_file.unknown(self._directory, strange)

    def _missing(self, batches: list[OrderBatch]) -> list[OrderBatch]:
        """Return those without a file; raises ``BatchFileError`` for a file that is not the one that left."""
        missing = []
        for batch in batches:
            path = path_of(self._directory, batch)
            before = batch_file.signature(path)
            if before is None:
                missing.append(batch)
            elif fault := batch_file.fault_of(path, batch):
                raise batch_file.differing(path, fault)
            else:
                self._sound[path.name] = before
        return missing

    async def _write_batch(self, batch: OrderBatch) -> bool:
        content = await self.content_of(batch)
        if content is None:
            return False
        path = path_of(self._directory, batch)
        batch_file.write(path, content)
        if signature := batch_file.signature(path):
            self._sound[path.name] = signature
        return True
