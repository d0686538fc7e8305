"""Disbursement as a service: lets released orders of its partitions leave for the bank.

Leases say which worker has which partition. Two that have the same one cost speed and nothing else: what leaves is
written on top of the progress that a round began with, and the slower round is refused.
"""

from __future__ import annotations

import asyncio

import structlog

from events.message import message
from projections.checkpoint import proceed
from services.disbursement.accounts import Accounts
from services.disbursement.cycle import RoundContext, round_of
from services.disbursement.files import BatchFileError
from services.disbursement.mending import Mending
from services.ledger.payments import Payments, PaymentsConflictError, Progress
from services.ledger.protocol import LedgerError
from services.runtime import metrics
from services.runtime.assignment import Assignment, own_name
from services.runtime.bootstrap import Installation
from services.runtime.faults import pause
from services.runtime.worker_loop import BLOCK_MS, Worker, keep_working
from services.texts.errors import TextError

GATHERING = 0.1
"""Seconds in which orders gather for one batch after the first was seen."""

_ASK_AGAIN = 40
"""Rounds in which nothing was new before the orders without an account are looked at again."""

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
        """Work with what the installation has; the batch files stand in ``batches`` of its data directory."""
        self._partition = partition
        self._stop = asyncio.Event()
        self._mended = False
        self._rounds = 0
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
        """Compare the files again, from the beginning: whether the batch was written is not known, nor whether its file was."""
        self._mended = False
        self._mending = self._new_mending()

    def _new_mending(self) -> Mending:
        context = self._context
        return Mending(context.payments, context.accounts, context.directory)

    async def _step(self) -> None:
        """Compare the files and write what is missing, carry out a round, and wait for the partition's next event.

        The files are compared at the beginning, after each fault, and from time to time while nothing is new.
        """
        if not self._mended:
            if await self._context.payments.awaits_bank():
                raise BankAwaitedError(message("batch-file.bank-awaited"))
            for lost in await self._mending.mend(self._partition):
                reason = "a key was destroyed, so the file cannot be written as it left"
                log.error("batch.file-lost", batch=lost.label, reason=reason)
            self._mended = True
        batch = await round_of(self._context, self._partition, ask_again=self._rounds % _ASK_AGAIN == 0)
        self._rounds += 1
        self._mended = batch is not None or self._rounds % _ASK_AGAIN != 0
        if batch is not None:
            metrics.EVENTS.labels("released").inc(batch.count)
            log.info("batch.left", partition=self._partition, batch=batch.label, count=batch.count)
        seen = await self._context.payments.progress(self._partition)
        if seen.to == seen.proposed and await self._quiet(seen):
            return
        await pause(self._stop, GATHERING)

    async def _quiet(self, progress: Progress) -> bool:
        """Wait a little for an event after what was seen; True when none came."""
        return not await proceed(self._context.ledger, {self._partition: progress.seen}, 1, BLOCK_MS)
