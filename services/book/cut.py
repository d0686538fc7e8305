"""A cut through the ledger: how far each partition is looked at; and which cut a moment is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Protocol, TypeAlias

import msgspec
from msgspec import Struct

from events.message import MessageError, message
from projections.checkpoint import LedgerEntry
from projections.store import View
from services.ledger.protocol import Head


class Places(Struct, frozen=True):
    """Positions as somebody types them, by partition; one that names no partition is under None."""

    positions: dict[int | None, int]


class FigureHandle(Struct, frozen=True):
    """The handle of a figure, which stands for the cut at which it was shown."""

    typed: str


Recorded: TypeAlias = dt.datetime | Places
"""A moment on the axis of what was recorded."""
KnownOn: TypeAlias = Recorded | FigureHandle
"""The same as somebody types it."""


class Cut(Struct, frozen=True):
    """The last position of each partition that is looked at, in the order of the partitions."""

    positions: tuple[int, ...]

    @property
    def events(self) -> int:
        """How many events lie before it."""
        return sum(self.positions)

    @property
    def by_partition(self) -> dict[int, int]:
        """The positions by partition."""
        return dict(enumerate(self.positions))

    def is_after(self, other: Cut) -> bool:
        """Whether it holds everything that the other one holds."""
        return all(ours >= theirs for ours, theirs in zip(self.positions, other.positions, strict=True))

    def __str__(self) -> str:
        """Write it as ``--known-on`` takes it: ``0:1060,1:332``."""
        return ",".join(f"{partition}:{position}" for partition, position in enumerate(self.positions))


def cut_from(text: str) -> Cut:
    """Return a cut as it is written; every partition is named, in order."""
    return Cut(tuple(int(part.rpartition(":")[2]) for part in text.split(",")))


def cut_within(partition: int, position: int, partitions: int) -> Cut:
    """Return the cut that looks at one partition only, up to a position."""
    return Cut(tuple(position if one == partition else 0 for one in range(partitions)))


class NoCutError(MessageError):
    """The positions that were typed are no cut through this ledger."""

    def __init__(self, last: Cut) -> None:
        """Keep the last cut that there is, whose form is the one to write."""
        super().__init__(message("look-back.no-cut", last=str(last)))
        self.last = last


class Positioned(Protocol):
    """What is asked of a ledger to find a cut."""

    @property
    def partitions(self) -> int:
        """How many partitions there are."""
        ...

    async def head(self, partition: int) -> Head:
        """Where the partition stands."""
        ...

    async def entries(self, partition: int, positions: Sequence[int]) -> Sequence[LedgerEntry]:
        """The events at these positions, in the order asked."""
        ...


class _RecordedTime(Struct):
    recordedtime: dt.datetime


_decoder = msgspec.json.Decoder(_RecordedTime)


async def last_cut(ledger: Positioned) -> Cut:
    """Return where the ledger ends now."""
    return Cut(tuple([(await ledger.head(partition)).position for partition in range(ledger.partitions)]))


async def cut_at(ledger: Positioned, known_on: Recorded | None) -> Cut:
    """Return the cut of a moment.

    The last position of each partition that was recorded by an instant, or those that were typed. Times do not go back
    within a partition (``services.adjudication.batch_decision`` gives no earlier one, ``verify`` checks each), so a position is
    found by halving.

    Raises:
        NoCutError: not every partition was named, or one that there is not, or a position after its end.
    """
    last = await last_cut(ledger)
    if known_on is None:
        return last
    if isinstance(known_on, dt.datetime):
        return Cut(
            tuple([await _recorded_by(ledger, p, at, known_on) for p, at in enumerate(last.positions)])
        )
    typed = known_on.positions
    if ledger.partitions == 1 and typed.keys() == {None}:
        typed = {0: typed[None]}
    if typed.keys() != last.by_partition.keys():
        raise NoCutError(last)
    cut = Cut(tuple(typed[partition] for partition in range(ledger.partitions)))
    if not last.is_after(cut):
        raise NoCutError(last)
    return cut


async def _recorded_by(ledger: Positioned, partition: int, last: int, moment: dt.datetime) -> int:
    """Return the last position that was recorded by ``moment``; 0 where none was."""
    low, beyond = 0, last + 1
    while beyond - low > 1:
        middle = (low + beyond) // 2
        (entry,) = await ledger.entries(partition, [middle])
        if _decoder.decode(entry.body).recordedtime <= moment:
            low = middle
        else:
            beyond = middle
    return low


async def recorded_until(ledger: Positioned, cut: Cut) -> dt.datetime | None:
    """Return when the last event before a cut was recorded; None where none is."""
    last = [
        _decoder.decode(entry.body).recordedtime
        for partition, position in cut.by_partition.items()
        if position
        for entry in await ledger.entries(partition, [position])
    ]
    return max(last, default=None)


def cut_of(view: View) -> Cut:
    """Return how far the read models of a view have come; where one lags behind, how far that one has."""
    by_projection: list[Mapping[int, int]] = list(view.positions.values())
    partitions = sorted(by_projection[0]) if by_projection else []
    return Cut(tuple(min(each[partition] for each in by_projection) for partition in partitions))
