"""The clock of an installation: the system's, or in a sandbox one that only moves when it is moved.

A demo plays years in a minute. So that what it records bears the days of its calendar, its data directory holds a
simulated clock: a file of eight bytes that every process maps. No setting turns it on; only a directory that is marked
as a sandbox may have one.
"""

from __future__ import annotations

import datetime as dt
import mmap
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from events.message import message
from services.texts.errors import TextError

Clock: TypeAlias = Callable[[], dt.datetime]
"""Returns the present moment, in UTC."""

AHEAD = dt.timedelta(minutes=10)
"""How far the clocks of agencies and of several machines may differ."""
SANDBOX = ".kelambu-demo"
"""A data directory with this file holds invented people only, and may be made anew by the demo."""
FILE = "clock"
_BYTES = 8
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)


class SimulatedClockError(TextError):
    """A data directory that is no sandbox has a simulated clock, or one that cannot be read."""


def wall_clock() -> dt.datetime:
    """Return the present moment, in UTC."""
    return dt.datetime.now(dt.UTC)


class SimulatedClock:
    """A moment that all processes of a sandbox share.

    It never goes back, and at last it is the system's clock again.
    """

    def __init__(self, data: Path) -> None:
        """Open the clock of a data directory.

        Raises:
            SimulatedClockError: the directory is no sandbox, or the file is none of ours.
        """
        place = data / FILE
        if not (data / SANDBOX).exists():
            raise SimulatedClockError(message("clock.no-demo", clock=place, data=data))
        if place.stat().st_size != _BYTES:
            raise SimulatedClockError(message("clock.damaged", clock=place, size=_BYTES))
        with place.open("r+b") as file:
            self._moment = memoryview(mmap.mmap(file.fileno(), _BYTES)).cast("q")

    @classmethod
    def create(cls, data: Path, moment: dt.datetime) -> SimulatedClock:
        """Give a sandbox a clock that shows ``moment``; raises ``SimulatedClockError`` if it is no sandbox."""
        if not (data / SANDBOX).exists():
            raise SimulatedClockError(message("clock.for-demos", data=data))
        (data / FILE).write_bytes(_shown(moment).to_bytes(_BYTES, sys.byteorder, signed=True))
        return cls(data)

    def __call__(self) -> dt.datetime:
        """Return the moment that the clock shows, in UTC."""
        shown = self._moment[0]
        return _EPOCH + shown * _MICROSECOND if shown else wall_clock()

    def move(self, moment: dt.datetime) -> None:
        """Move the clock to a moment, unless it shows that or a later one already.

        Raises ``ValueError`` once released.
        """
        if not self._moment[0]:
            raise ValueError("a clock that was released is the system's")
        self._moment[0] = max(self._moment[0], _shown(moment))

    def release(self) -> None:
        """Let the clock be the system's from now on."""
        self._moment[0] = 0


def _shown(moment: dt.datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


def clock_of(data: Path) -> Clock:
    """Return the clock by which the processes of a data directory work.

    Raises:
        SimulatedClockError: it has a simulated one and is no sandbox.
    """
    return SimulatedClock(data) if (data / FILE).exists() else wall_clock
