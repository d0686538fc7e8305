"""The notary as a service: everything that is recorded is under a signed checkpoint of the log a moment later."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from functools import partial

import structlog

from services.ledger.log_head import LogHeadConflictError, LogHeads
from services.ledger.protocol import LedgerError
from services.ledger.trail import TrailStore
from services.notary.checkpoint_publisher import BrokenLogError, Notary
from services.notary.checkpoint_text import MalformedCheckpointError
from services.notary.key_changes import ensure_keys
from services.notary.key_files import SigningKeysError
from services.notary.leaves import MalformedLeafError
from services.notary.log import DamagedLogError, Log
from services.notary.notes import NoteError
from services.notary.origins import current_origin
from services.notary.signing_keys import NotarySigner
from services.notary.streams import streams_of
from services.notary.witnesses import (
    TIMEOUT_SECONDS,
    ContradictedLogError,
    WitnessAnswering,
    Witnesses,
    WitnessSettingError,
    read_addresses,
)
from services.notary.writer import LogInUseError
from services.platform.freed_memory import give_back
from services.platform.heartbeat import beat
from services.runtime import metrics
from services.runtime.backoff import pause, unless
from services.runtime.bootstrap import Installation
from services.runtime.partition_leases import Assignment, own_name
from services.runtime.worker_loop import IDLE_MS, Worker, idle_ms, keep_working
from services.texts.errors import TextError

log = structlog.get_logger()

_HALTING = (
    BrokenLogError,
    ContradictedLogError,
    DamagedLogError,
    LogInUseError,
    MalformedCheckpointError,
    MalformedLeafError,
    NoteError,
    SigningKeysError,
    WitnessSettingError,
)
_ROUND_SECONDS = 1.0
"""Witnesses get requests no more often: each round costs them a signature."""


async def run(installation: Installation, stop: asyncio.Event) -> None:
    """Keep the log until ``stop``, if no other worker does; what was taken is sealed first."""

    async def own(_: int, leave: asyncio.Event) -> None:
        await NotaryService(installation).run(leave)

    await Assignment(installation.core, "notary", 1, own, holder=own_name()).run(stop)


class NotaryService:
    """Takes what was recorded into the log and seals it. After every fault the log is opened anew."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._trail = TrailStore(installation.core)
        self._notary: Notary | None = None
        self._had_backlog = False
        self._witnesses: Witnesses | None = None

    async def run(self, leave: asyncio.Event) -> None:
        """Take steps until ``leave``; a fault of the machine is waited out."""
        worker = Worker(
            service="notary",
            data=self._installation.settings.data,
            conflicts=(LogHeadConflictError,),
            halting=_HALTING,
            corrupted=LedgerError,
        )
        witnessing = asyncio.ensure_future(self._be_witnessed(leave))
        try:
            await keep_working(worker, lambda: self.step(leave), leave, self.forget)
        finally:
            witnessing.cancel()
            await asyncio.gather(witnessing, return_exceptions=True)
            self.forget()

    async def step(self, leave: asyncio.Event) -> None:
        """Take what follows and seal it, no sooner after the last checkpoint than it may be.

        Or wait a little for something.
        """
        ledger = self._installation.ledger
        if self._witnesses is None:
            self._witnesses = await self._asked_first(leave)
        self._witnesses.refuse_contradicted()
        if self._notary is None:
            self._notary = await self._opened()
            await self._seal(self._notary)
        notary = self._notary
        catching_up = notary.behind
        self._had_backlog |= catching_up
        if not catching_up:
            await pause(leave, notary.pause_seconds)
        await notary.take(ledger, self._trail)
        if catching_up and notary.pause_seconds and not leave.is_set():
            return
        if not await self._seal(notary):
            if self._had_backlog:
                give_back()
                self._had_backlog = False
            await unless(leave, notary.wait(ledger, idle_ms(self._installation.settings.silence)))

    def forget(self) -> None:
        """Let go of the log."""
        if self._notary is not None:
            self._notary.close()
        self._notary = None

    async def _asked_first(self, leave: asyncio.Event) -> Witnesses:
        """Name the witnesses, and ask each once.

        Who has seen more than there is says so before anything more is signed. Nobody is waited for longer than one
        may take to answer.
        """
        settings = self._installation.settings
        addresses = read_addresses(settings.witnesses, settings.witness_quorum)
        keys = partial(NotarySigner, settings.signing_keys)
        witnesses = Witnesses(
            settings.log, addresses, settings.witness_quorum, lambda origin: keys(origin).verifier_keys()
        )
        since = time.monotonic()
        asking = {asyncio.create_task(_ask(push)) for push in witnesses.due(since)}
        while asking and time.monotonic() - since < TIMEOUT_SECONDS and not leave.is_set():
            beat()
            _, asking = await asyncio.wait(asking, timeout=IDLE_MS / 2000)
        return witnesses

    async def _be_witnessed(self, leave: asyncio.Event) -> None:
        """Push each new checkpoint to the witnesses until ``leave``, beside the log and never in its way, nor in each other's."""
        if not self._installation.settings.witnesses:
            return
        asking = set[asyncio.Task[None]]()
        while not leave.is_set():
            try:
                if self._witnesses is not None:
                    for push in self._witnesses.due(time.monotonic()):
                        asking.add(task := asyncio.create_task(_ask(push)))
                        task.add_done_callback(asking.discard)
                    await asyncio.to_thread(self._witnesses.settle)
            except (TextError, OSError):
                metrics.FAULTS.labels("notary").inc()
                log.exception("witnesses.not-asked")
            await pause(leave, _ROUND_SECONDS)

    async def _opened(self) -> Notary:
        installation = self._installation
        settings, identity = installation.settings, installation.identity
        origin = current_origin(settings.log, identity.id)
        begun = Log(settings.log).note() is not None
        await ensure_keys(installation, settings.signing_keys, origin, begun=begun)
        return await Notary.open(
            settings.log,
            LogHeads(installation.core, str(identity)),
            streams_of(installation.ledger.partitions),
            partial(NotarySigner, settings.signing_keys),
            origin,
        )

    @staticmethod
    async def _seal(notary: Notary) -> int:
        covered = await notary.seal()
        metrics.EVENTS.labels("sealed").inc(covered)
        return covered


async def _ask(push: Callable[[], tuple[str, WitnessAnswering]]) -> None:
    url, answering = await asyncio.to_thread(push)
    metrics.WITNESSES.labels(url, answering).inc()
