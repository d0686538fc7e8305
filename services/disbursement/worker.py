"""Disbursement as a service: lets released orders of its partitions leave for the bank.

Leases say which worker has which partition. Two that have the same one cost speed and nothing else: what leaves is
written on top of the progress that a round began with, and the slower round is refused.
"""

from __future__ import annotations

import asyncio

import structlog

from services import metrics
from services.assignment import Assignment, own_name
from services.bootstrap import House
from services.disbursement.accounts import Accounts
from services.disbursement.cycle import Desk, round_of
from services.disbursement.mending import Mending
from services.faults import MACHINE_FAULTS, Patience, pause
from services.heartbeat import beat
from services.ledger.payments import Payments, PaymentsConflictError
from services.ledger.protocol import LedgerError

GATHERING = 0.1
"""Seconds in which orders gather for one batch after the first was seen."""

_BLOCK_MS = 250
_ASK_AGAIN = 40
"""Rounds in which nothing was new before the orders without an account are looked at again."""
_CORRUPTED_PAUSE = 30.0

log = structlog.get_logger()


async def run(house: House, stop: asyncio.Event) -> None:
    """Let orders leave from this worker's share of the partitions until ``stop``; the rounds in hand are finished."""

    async def own(partition: int, leave: asyncio.Event) -> None:
        await Teller(house, partition).run(leave)

    await Assignment(house.core, "disbursement", house.ledger.partitions, own, holder=own_name()).run(stop)


class Teller:
    """Works in one partition."""

    def __init__(self, house: House, partition: int) -> None:
        """Work with what the house has; the batch files stand in ``batches`` of its data directory."""
        self._partition = partition
        self._stop = asyncio.Event()
        self._mended = False
        self._rounds = 0
        self._desk = Desk(
            ledger=house.ledger,
            payments=Payments(house.core),
            accounts=Accounts(house.ledger, house.keys, house.tokens, house.registry),
            directory=house.settings.data / "batches",
            now=house.clock,
            stopped=self._stopped,
        )

    def _stopped(self) -> bool:
        return self._stop.is_set()

    async def run(self, stop: asyncio.Event) -> None:
        """Carry out rounds until ``stop``; a fault of the machine is waited out, and the round done again."""
        self._stop = stop
        patience = Patience()
        while not stop.is_set():
            beat()
            try:
                await self._step()
            except PaymentsConflictError:
                log.info("round.conflict", partition=self._partition)
            except LedgerError as error:
                self._give_up("partition.stopped", error, _CORRUPTED_PAUSE)
                await pause(stop, _CORRUPTED_PAUSE)
            except MACHINE_FAULTS as error:
                self._give_up("round.stopped", error, patience.seconds)
                await patience.wait(stop)
            else:
                patience.renew()

    async def _step(self) -> None:
        """Write what files are missing, carry out a round, and wait for the next event of the partition."""
        if not self._mended:
            desk = self._desk
            mending = Mending(desk.payments, desk.accounts, desk.directory)
            for lost in await mending.mend(self._partition):
                reason = "a key was destroyed, so the file cannot be written as it left"
                log.error("batch.file-lost", batch=lost.label, reason=reason)
            self._mended = True
        batch = await round_of(self._desk, self._partition, ask_again=self._rounds % _ASK_AGAIN == 0)
        self._rounds += 1
        if batch is not None:
            metrics.EVENTS.labels("released").inc(batch.count)
            log.info("batch.left", partition=self._partition, batch=batch.label, count=batch.count)
        seen = await self._desk.payments.progress(self._partition)
        if seen.to == seen.proposed and await self._quiet(seen.to):
            return
        await pause(self._stop, GATHERING)

    async def _quiet(self, to: int) -> bool:
        """Wait a little for an event after ``to``; True when none came."""
        return not await self._desk.ledger.follow({self._partition: to}, 1, _BLOCK_MS)

    def _give_up(self, what: str, error: Exception, seconds: float) -> None:
        """Whether the batch was written before the fault is not known, nor whether its file was."""
        self._mended = False
        metrics.FAULTS.labels("disbursement").inc()
        log.error(what, partition=self._partition, seconds=round(seconds, 2), exc_info=error)
