"""The adjudicator: decides what stands in the inboxes of its partitions, one commit a batch.

Leases say which worker has which partition. Two that have the same one cost speed and nothing else: of two
commits on the same head only one is accepted, and the other worker begins again from what is there.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from pathlib import Path

import structlog
from redis.asyncio import Redis

from events.catalogue import decode
from events.operation import RulebookAdopted
from projections.checkpoint import Checkpoint, confirm
from services.adjudication.batch_decision import (
    ADOPTIONS,
    Advance,
    Decided,
    InboxEvent,
    PartitionState,
    adopted_by,
    decide_batch,
    lines_needed,
    persons,
    read,
    segments_needed,
)
from services.adjudication.decider import advance, initial
from services.adjudication.state import ShapeError
from services.adjudication.state_migration import Rulebooks, none_kept, renew
from services.adjudication.stored_states import read_latest, read_releasing, read_segments
from services.benefits.reading.folder import LAW, files_of
from services.benefits.reading.kept import readable
from services.benefits.reading.law_file import FileLine, RulebookError, fault
from services.benefits.reading.scheme_file import SCHEME
from services.benefits.rulebook import Rulebook
from services.ledger.protocol import (
    ConflictError,
    DuplicateError,
    Entry,
    Head,
    Ledger,
    LedgerError,
)
from services.ledger.rulebooks import keep, keep_anew, kept
from services.platform.clock import Clock, wall_clock
from services.runtime import metrics
from services.runtime.backoff import unless
from services.runtime.bootstrap import Installation
from services.runtime.partition_leases import Assignment, own_name
from services.runtime.worker_loop import IDLE_MS, Worker, idle_ms, keep_working

BATCH = 500
"""Arrivals decided in one commit, at most."""
WARM = 100_000
"""Persons whose states a partition's owner keeps in memory, at most."""
RETRIED_AT_ONCE = 5_000
"""Parked events that one retry takes up, at most."""


log = structlog.get_logger()


class SupersededError(Exception):
    """The partition has adopted a later rulebook than the one this worker has."""

    def __init__(self, partition: int, adopted: str, own: str) -> None:
        """Keep the partition and the two rulebooks."""
        super().__init__(f"partition {partition} has adopted {adopted}, this worker has {own}")
        self.partition, self.adopted, self.own = partition, adopted, own


async def run(installation: Installation, stop: asyncio.Event) -> None:
    """Decide in this worker's share of the partitions until ``stop``; the batches in hand are finished."""
    seen: dict[int, Checkpoint] = {}

    async def own(partition: int, leave: asyncio.Event) -> None:
        await Adjudicator(
            installation.ledger, partition, installation.rulebook,
            clock=installation.clock, earlier=earlier, data=installation.settings.data,
            idle_ms=idle_ms(installation.settings.silence), seen=seen,
        ).run(leave)  # fmt: skip

    async def earlier() -> Mapping[str, Rulebook]:
        return readable(await kept(installation.core))

    await keep_rulebook(installation.core, installation.rulebook, installation.settings.rulebook or LAW)
    try:
        await Assignment(
            installation.core, "adjudication", installation.ledger.partitions, own, holder=own_name()
        ).run(stop)
    except SupersededError as error:
        log.error(  # noqa: TRY400 -- not an error of this program
            "rulebook.superseded",
            partition=error.partition,
            rulebook=error.adopted,
            own=error.own,
            reason="this worker is older than the rulebook in force and decides nothing more; stop it",
        )
        await stop.wait()


async def keep_rulebook(core: Redis, rulebook: Rulebook, folder: Path) -> None:
    """Keep a worker's rulebook, read from this folder, before any partition adopts it: its decisions can always be repeated.

    What is kept under its hash and is not what has it was damaged, and is kept anew.
    Raises ``RulebookError`` where it is of another scheme than one of those by which the ledger was decided so far.
    """
    found = await kept(core)
    readable_ones = readable(found)
    for earlier in readable_ones.values():
        if unknown := rulebook.codes.lacking(earlier.codes):
            names = ", ".join(unknown)
            other = fault("rulebook.other-scheme", "rulebook.advice.new-installation", names=names)
            raise RulebookError(FileLine(SCHEME, 1), other)
    if rulebook.hash in found and rulebook.name not in readable_ones:
        log.error("rulebook.damaged", rulebook=rulebook.hash)
        await keep_anew(core, rulebook.hash, files_of(folder))
    else:
        await keep(core, rulebook.hash, files_of(folder))


class Adjudicator:
    """The owner of one partition, with everything that it keeps warm."""

    def __init__(
        self,
        ledger: Ledger,
        partition: int,
        rulebook: Rulebook,
        *,
        clock: Clock = wall_clock,
        advance: Advance = advance,
        earlier: Rulebooks = none_kept,
        data: Path | None = None,
        idle_ms: int = IDLE_MS,
        seen: dict[int, Checkpoint] | None = None,
    ) -> None:
        """Begin knowing nothing; the first step looks where the partition stands, and in which shape its states are.

        ``data``: where it is told when the ledger is no longer the one that it wrote. ``idle_ms``: how long it waits for arrivals
        before it asks again. ``seen``: what this process has seen last of each partition. It is kept where a partition is
        given up and taken again, for the server may have come back with an older copy meanwhile.
        """
        self._ledger, self.partition, self._rulebook = ledger, partition, rulebook
        self._clock, self._advance = clock, advance
        self._earlier, self._idle_ms = earlier, idle_ms
        self._worker = Worker(
            service="adjudication",
            partition=partition,
            data=data,
            conflicts=(ConflictError,),
            corrupted=LedgerError,
        )
        self._warm_state: PartitionState | None = None
        self._seen = {} if seen is None else seen
        self._renewed = False

    async def run(self, stop: asyncio.Event) -> None:
        """Decide until ``stop``; a fault of the machine is waited out.

        Raises:
            SupersededError: the partition has adopted a later rulebook.
        """
        await keep_working(self._worker, lambda: self.step(self._idle_ms, stop), stop, self._forget)

    def _forget(self) -> None:
        """What this worker had in memory may not be what stands there."""
        self._warm_state = None

    async def step(self, block_ms: int = 0, stop: asyncio.Event | None = None) -> int:
        """Decide the next batch, waiting up to ``block_ms`` or until ``stop`` for one; returns how many arrivals it took.

        Raises:
            ConflictError: another worker was first; nothing was written.
            DivergedError: the ledger lacks what this worker has seen or written there; nothing was written.
        """
        warm = self._warm_state
        if warm is None:
            warm = self._warm_state = await self._look()
        reading = self._ledger.inbox(self.partition, warm.head.inbox, BATCH, block_ms)
        arrivals = await (unless(stop, reading) if stop else reading)
        if not arrivals:
            return 0
        if warm.head.rulebook not in ("", self._rulebook.name):
            await self._refuse_what_is_later(warm.head.rulebook)
        incoming = read(arrivals)
        await self._load(warm, incoming)
        decided = await self._commit(warm, incoming)
        warm.take(decided)
        if decided.commit.events:
            last = Entry(self.partition, decided.commit.then.position, decided.commit.events[-1].body)
            self._seen[self.partition] = Checkpoint.of(last)
        while len(warm.states) > WARM:
            del warm.states[next(iter(warm.states))]
        return decided.taken

    async def _look(self) -> PartitionState:
        """Look where the partition stands; who is parked is as of the head or later, so a commit will tell."""
        await confirm(self._ledger, {self.partition: self._seen.get(self.partition, Checkpoint())})
        head = await self._ledger.head(self.partition)
        if head.position:
            (last,) = await self._ledger.entries(self.partition, [head.position])
            self._seen[self.partition] = Checkpoint.of(last)
        if not self._renewed:
            await self._renew(head)
        parked = await self._ledger.parked(self.partition)
        return PartitionState(
            self.partition, head, {}, parked, await read_releasing(self._ledger, self.partition)
        )

    async def _renew(self, head: Head) -> None:
        """Write states anew that an earlier version stored in another shape."""
        count = await renew(self._ledger, self.partition, head, self._rulebook, self._earlier)
        self._renewed = True
        if count:
            log.info("states.renewed", partition=self.partition, count=count)

    async def _refuse_what_is_later(self, adopted: str) -> None:
        """A rulebook is adopted once: where ours was adopted before, the one in force is later."""
        for entry in await self._ledger.history(self.partition, ADOPTIONS):
            earlier = decode(entry.body)
            if isinstance(earlier, RulebookAdopted) and adopted_by(earlier) == self._rulebook.name:
                raise SupersededError(self.partition, adopted, self._rulebook.name)

    async def _load(self, warm: PartitionState, incoming: list[InboxEvent]) -> None:
        """Bring the states of a batch's persons into memory."""
        unknown = sorted(persons(incoming) - warm.states.keys())
        try:
            found = await read_latest(self._ledger, self.partition, unknown)
        except ShapeError:
            self._renewed = False  # an earlier version is still running beside this one
            raise
        for person in unknown:
            warm.states[person] = found.get(person) or initial()
        warm.states |= await read_segments(self._ledger, self.partition, segments_needed(warm, incoming))

    async def _commit(self, warm: PartitionState, incoming: list[InboxEvent]) -> Decided:
        lines = {
            person: await self._ledger.parked_events(self.partition, person, RETRIED_AT_ONCE)
            for person in lines_needed(incoming)
        }
        known: set[bytes] = set()
        while True:
            decided = decide_batch(
                warm, incoming, self._clock(), self._rulebook,
                advance=self._advance, recorded_ids=known, lines=lines,
            )  # fmt: skip
            began = time.perf_counter()
            try:
                await self._ledger.commit(decided.commit)
            except DuplicateError as error:
                known.update(error.recorded)
                metrics.DUPLICATES.inc(len(error.recorded))
                continue
            metrics.COMMIT.observe(time.perf_counter() - began)
            self._tell(decided)
            return decided

    def _tell(self, decided: Decided) -> None:
        metrics.EVENTS.labels("decided").inc(decided.taken)
        metrics.EVENTS.labels("recorded").inc(len(decided.commit.events))
        metrics.PARKINGS.inc(len(decided.failures))
        then = decided.commit.then
        if then.rulebook != decided.commit.expected.rulebook:
            log.info("rulebook.adopted", partition=self.partition, rulebook=then.rulebook)
        for failure in decided.failures:
            log.error(
                "person.parked", partition=self.partition, reference=failure.event, exc_info=failure.error
            )
