"""Disbursement as a service: lets released orders of its partitions leave for the bank.

Leases say which worker has which partition. Two that have the same one cost speed and nothing else: what leaves is
written on top of the progress that a round began with, and the slower round is refused.
"""

from __future__ import annotations

import asyncio
import time

import structlog

from events.message import message
from projections.checkpoint import Checkpoint, proceed
from services.disbursement.accounts import Accounts
from services.disbursement.batch_file import BatchFileError
from services.disbursement.missing_files import MissingFiles
from services.disbursement.proposals import is_of_interest
from services.disbursement.release_mode import arrange_by_setting
from services.disbursement.round import RoundContext, round_of
from services.ledger.payments import Payments, PaymentsConflictError
from services.ledger.protocol import LedgerError
from services.platform.heartbeat import beat
from services.runtime import metrics
from services.runtime.backoff import pause, unless
from services.runtime.bootstrap import Installation
from services.runtime.partition_leases import Assignment, own_name
from services.runtime.worker_loop import Worker, idle_ms, keep_working
from services.texts.errors import TextError

BATCH_SECONDS = 0.5
"""Seconds in which orders are collected for one batch after the first was seen."""

_LOOK_AGAIN = 10.0
"""Seconds without a round after which the files, and the orders without an account, are looked at again."""
_REST_MS = 250
"""Milliseconds without a further event after which it is noted how far the partition was seen."""
_PAGE = 2000

log = structlog.get_logger()


async def run(installation: Installation, stop: asyncio.Event) -> None:
    """Let orders leave from this worker's share of the partitions until ``stop``; the rounds in hand are finished."""

    async def own(partition: int, leave: asyncio.Event) -> None:
        await Teller(installation, partition).run(leave)

    await Assignment(
        installation.core, "disbursement", installation.ledger.partitions, own, holder=own_name()
    ).run(stop)


class BankAwaitedError(TextError):
    """After a recovery nobody knows what the bank has: nothing leaves before an officer says so."""


class Teller:
    """Works in one partition."""

    def __init__(self, installation: Installation, partition: int) -> None:
        """Keep the batch files in ``batches`` of the data directory."""
        self._partition, self._mode = partition, installation.settings.release
        self._idle_ms = idle_ms(installation.settings.silence)
        self._stop = asyncio.Event()
        self._mended = False
        self._context = RoundContext(
            ledger=installation.ledger,
            payments=Payments(installation.core, str(installation.identity)),
            accounts=Accounts(
                installation.ledger, installation.keys, installation.tokens, installation.registry
            ),
            directory=installation.settings.data / "batches",
            now=installation.clock,
            stopped=self._stopped,
        )
        self._worker = Worker(
            service="disbursement",
            partition=partition,
            data=installation.settings.data,
            conflicts=(PaymentsConflictError,),
            halting=(BankAwaitedError, BatchFileError),
            corrupted=LedgerError,
        )
        self._mending = self._new_mending()

    def _stopped(self) -> bool:
        return self._stop.is_set()

    async def run(self, stop: asyncio.Event) -> None:
        """Carry out rounds until ``stop``; a fault of the machine is waited out, and the round done again."""
        self._stop = stop
        await keep_working(self._worker, self._step, stop, self._forget)

    def _forget(self) -> None:
        """Compare the files again, from the beginning.

        Whether the batch was written is not known, nor whether its file was.
        """
        self._mended = False
        self._mending = self._new_mending()

    def _new_mending(self) -> MissingFiles:
        context = self._context
        return MissingFiles(context.payments, context.accounts, context.directory)

    async def _step(self) -> None:
        """Compare the files and write what is missing, carry out a round, and wait until the next is due.

        How orders are to leave by the setting is arranged before anything leaves. The files are compared at the
        beginning, after each fault, and from time to time while nothing leaves.
        """
        if not self._mended:
            if await self._context.payments.awaits_bank():
                raise BankAwaitedError(message("batch-file.bank-awaited"))
            if await self._arranged():
                log.info("release.by-name", partition=self._partition)
            for lost in await self._mending.mend(self._partition):
                reason = "a key was destroyed, so the file cannot be written as it left"
                log.error("batch.file-lost", batch=lost.label, reason=reason)
            self._mended = True
        batch = await round_of(self._context, self._partition)
        if batch is not None:
            metrics.EVENTS.labels("released").inc(batch.count)
            log.info("batch.left", partition=self._partition, batch=batch.label, count=batch.count)
        progress = await self._context.payments.progress(self._partition)
        if progress.to == progress.proposed:
            await self._until_due(progress.seen)
        await pause(self._stop, BATCH_SECONDS)

    async def _arranged(self) -> bool:
        """Let orders leave by name from now on where the setting says so and they do not.

        Returns whether that was new.
        """
        context = self._context
        return await arrange_by_setting(
            context.ledger, self._partition, self._mode, context.now(), self._stopped
        )

    async def _until_due(self, seen: Checkpoint) -> None:
        """Wait until a round has something to do: an event that may decide what leaves, or enough time has passed.

        Of all other events only how far they were seen is noted, by a round, once no more of them come.
        """
        checkpoint, again = seen, time.monotonic() + _LOOK_AGAIN
        while not self._stop.is_set():
            beat()
            waits = self._idle_ms if checkpoint == seen else _REST_MS
            after = {self._partition: checkpoint}
            by_partition = await unless(self._stop, proceed(self._context.ledger, after, _PAGE, waits)) or {}
            entries = by_partition.get(self._partition, ())
            if any(is_of_interest(entry.body) for entry in entries) or (checkpoint != seen and not entries):
                return
            if time.monotonic() > again:
                self._mended = False
                return
            if entries:
                checkpoint = Checkpoint.of(entries[-1])
                await pause(self._stop, BATCH_SECONDS)
