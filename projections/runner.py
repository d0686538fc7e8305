"""Keeps read models up with the ledger: reads, checks that nothing is missing, applies, moves on.

A runner holds no state of its own, but where it waits and what the store said at the end of its last step; a step that
finds nothing from there starts from what the store says now. So a crash, a second runner or a rebuild that somebody
asked for needs nothing but the next step.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Collection, Mapping, Sequence

from projections.checkpoint import Checkpoint, Checkpoints, LedgerEntry, LedgerReader, proceed, reached
from projections.decoding import RecordedEvent, decode_all
from projections.event_batch import EventBatch
from projections.projection import Projection
from projections.read_model_builds import Build, OvertakenError
from projections.store import Store


class BrokenLedgerError(Exception):
    """The reader gave an event that is not the next one, or that names another place of its own."""

    def __init__(self, partition: int, expected: int, actual: tuple[int | object, int | object]) -> None:
        """Keep where the next event was expected, and the place that the event names."""
        super().__init__(
            f"partition {partition}: expected position {expected}, found {actual[0]}/{actual[1]}"
        )
        self.partition, self.expected, self.actual = partition, expected, actual


class Runner:
    """Feeds every build of ``projections`` from ``reader``, in batches of ``batch`` events.

    ``counts``: which events are applied to the read models; all where it is None. ``partitions``: of which events
    are taken, all where nothing is said; so several runners can share the work, and one that takes all ends it.
    """

    def __init__(
        self,
        store: Store,
        reader: LedgerReader,
        projections: Sequence[Projection],
        *,
        batch: int = 16_000,
        counts: Callable[[RecordedEvent], bool] | None = None,
        partitions: Collection[int] | None = None,
    ) -> None:
        """Begin builds for versions that the store does not know; raises ``OutdatedError``."""
        self._store, self._reader, self._batch = store, reader, batch
        self._counts = counts
        self._partitions = range(reader.partitions) if partitions is None else partitions
        self._front: dict[int, int] = {}
        self._builds_after: list[Build] = []
        self.has_backlog = False
        """Whether the last step left events that were there already, or a build behind the others."""
        self._projections = {projection.name: projection for projection in projections}
        store.prepare(projections, reader.partitions)

    async def run(self, stop: asyncio.Event) -> None:
        """Follow the ledger until ``stop`` is set; the batch in hand is finished."""
        while not stop.is_set():
            if not await self.step():
                await self.wait(500)

    async def catch_up(self) -> None:
        """Apply all that the ledger holds now, in every build."""
        while await self.step():
            pass

    async def step(self) -> int:
        """Take every build one batch further; returns 0 when nothing is left to do.

        A build that lags reads up to where the foremost is; one that has come as far as the live build takes
        over.

        Raises:
            DivergedError: the ledger does not hold what a build has seen; nothing was written.
            BrokenLedgerError: the ledger contradicts itself; nothing was written.
        """
        builds_after, self._builds_after = self._builds_after, []  # whoever fails or finds nothing asks again
        return (builds_after and await self._step(builds_after)) or await self._step(self._store.builds())

    async def _step(self, every: Sequence[Build]) -> int:
        live = {build.projection: build for build in every if build.live}
        ready = [build for build in every if not build.live and _reached(build, live[build.projection])]
        for build in filter(self._own, ready):
            await asyncio.to_thread(self._store.take_over, build)
        if ready:
            return len(ready)
        groups: dict[tuple[Checkpoint, ...], list[Build]] = {}
        for build in filter(self._own, every):
            groups.setdefault(tuple(self._seen(build).values()), []).append(build)
        front = groups.pop(max(groups, key=lambda seen: sum(each.position for each in seen)))
        goal = self._seen(front[0])
        done = 0
        for behind in groups.values():
            done += await self._advance(behind, await self._upto(self._seen(behind[0]), goal))
        share = max(1, self._batch // len(goal))
        ahead = await proceed(self._reader, goal, share)
        self.has_backlog = bool(groups) or any(len(entries) >= share for entries in ahead.values())
        self._front = {partition: seen.position for partition, seen in goal.items()}
        return done + await self._advance(front, ahead)

    async def wait(self, block_ms: int) -> None:
        """Wait up to ``block_ms`` for an event after those that the last step found; the next step reads it."""
        await self._reader.follow(self._front, 1, block_ms)

    def _seen(self, build: Build) -> Checkpoints:
        return {partition: build.seen[partition] for partition in self._partitions}

    def _own(self, build: Build) -> bool:
        projection = self._projections.get(build.projection)
        return projection is not None and projection.version == build.version

    async def _upto(self, after: Checkpoints, goal: Checkpoints) -> dict[int, Sequence[LedgerEntry]]:
        lagging = {p: seen for p, seen in after.items() if seen.position < goal[p].position}
        if not lagging:
            return {}
        by_partition = await proceed(self._reader, lagging, max(1, self._batch // len(lagging)))
        return {
            partition: [entry for entry in entries if entry.position <= goal[partition].position]
            for partition, entries in by_partition.items()
        }

    async def _advance(
        self, builds: Sequence[Build], by_partition: Mapping[int, Sequence[LedgerEntry]]
    ) -> int:
        events: list[RecordedEvent] = []
        for partition, entries in by_partition.items():
            events += _checked(partition, builds[0].seen[partition].position, entries)
        if not events:
            return 0
        counted = events if self._counts is None else filter(self._counts, events)
        targets = [(self._projections[build.projection], build) for build in builds]
        with contextlib.suppress(OvertakenError):  # another runner did it; the next step starts from there
            batch = EventBatch(counted)
            self._builds_after = await asyncio.to_thread(
                self._store.apply, targets, reached(by_partition), batch
            )
        return len(events)


def _reached(build: Build, live: Build) -> bool:
    return all(build.positions[partition] >= seen.position for partition, seen in live.seen.items())


def _checked(partition: int, last: int, entries: Sequence[LedgerEntry]) -> list[RecordedEvent]:
    """Decode the entries after position ``last``; raises ``BrokenLedgerError``."""
    events = decode_all([entry.body for entry in entries])
    for position, (entry, event) in enumerate(zip(entries, events, strict=True), last + 1):
        if entry.position != position:
            raise BrokenLedgerError(partition, position, (entry.partition, entry.position))
        if event.position != position or event.partition != partition:
            raise BrokenLedgerError(partition, position, (event.partition, event.position))
    return events
