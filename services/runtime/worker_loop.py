"""The loop of every worker: a step again and again, with one way to count, log and wait out what goes wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import structlog
from msgspec import Struct

from events.message import Message
from projections.checkpoint import DivergedError
from services.platform.heartbeat import beat
from services.runtime import halts, metrics
from services.runtime.backoff import Patience, pause
from services.runtime.machine_faults import MACHINE_FAULTS

IDLE_MS = 1000
"""How long a worker that has nothing to do waits for the next event before it asks again, in milliseconds.

No longer than the shortest silence that a site can set, since a worker that waits gives no sign.
"""
_LONGEST_IDLE_MS = 2500
"""Half of what a connection waits for an answer before it is given up."""
_WAITS_IN_SILENCE = 4
_CORRUPTED_PAUSE = 30.0
"""Seconds until a ledger that contradicts itself is looked at again."""

log = structlog.get_logger()


def idle_ms(silence: int) -> int:
    """Return how long a worker may wait instead of ``IDLE_MS`` where it is missed only after ``silence`` seconds without a sign."""
    return max(IDLE_MS, min(_LONGEST_IDLE_MS, silence * 1000 // _WAITS_IN_SILENCE))


class Worker(Struct, frozen=True, kw_only=True):
    """What a loop must know of its worker.

    ``service`` names it in metrics, ``partition`` is the one that it works in, if it is one. ``data`` is where it says that it
    has halted; nowhere if None. ``conflicts`` mean that another worker was first, ``halting`` that nothing can be done until
    somebody mends the reason, ``corrupted`` that what is stored contradicts itself.
    """

    service: str
    corrupted: type[Exception] | tuple[type[Exception], ...]
    data: Path | None = None
    partition: int | None = None
    conflicts: tuple[type[Exception], ...] = ()
    halting: tuple[type[Exception], ...] = ()

    @property
    def name(self) -> str:
        """``SERVICE`` or ``SERVICE-pNN``, by which a halt is known."""
        return self.service if self.partition is None else f"{self.service}-p{self.partition:02d}"

    def halt(self, reason: Message) -> None:
        """Say that it does not work, and why."""
        if self.data is not None:
            halts.halt(self.data, self.name, reason)

    def resume(self) -> None:
        """Say that it works, if it had halted."""
        if self.data is not None:
            halts.resume(self.data, self.name)

    def end(self) -> None:
        """Say nothing more, since it ends."""
        if self.data is not None:
            halts.end(self.data, self.name)


async def keep_working(
    worker: Worker,
    step: Callable[[], Awaitable[object]],
    stop: asyncio.Event,
    forget: Callable[[], None],
) -> None:
    """Take steps until ``stop``; the step in hand is finished. ``forget`` is called after each that failed: the next looks anew.

    A fault of the machine is waited out, what cannot go on halts until it can, and any other error is raised.
    """
    patience = Patience()
    halting: tuple[type[Exception], ...] = (DivergedError, *worker.halting)
    worker_log = log if worker.partition is None else log.bind(partition=worker.partition)
    while not stop.is_set():
        beat()
        try:
            await step()
        except worker.conflicts:
            forget()
            metrics.CONFLICTS.inc()
            worker_log.info("commit.conflict")
        except halting as error:
            forget()
            worker.halt(halts.reason_of_halt(error))
            await pause(stop, halts.PAUSE_SECONDS)
        except worker.corrupted:
            forget()
            metrics.FAULTS.labels(worker.service).inc()
            worker_log.exception("partition.stopped", seconds=_CORRUPTED_PAUSE)
            await pause(stop, _CORRUPTED_PAUSE)
        except MACHINE_FAULTS:
            forget()
            metrics.FAULTS.labels(worker.service).inc()
            worker_log.exception("batch.stopped", seconds=round(patience.seconds, 2))
            await patience.wait(stop)
        else:
            worker.resume()
            patience.renew()
    worker.end()
