"""Signs of life: each process says now and then that it works, and whoever keeps it running misses the signs.

A process works while its event loop turns and none of its loops of work is stuck. Time is counted in looks that
the watcher has taken, not by a clock: a machine that was asleep has missed none.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from weakref import WeakKeyDictionary

SIGNS = "KELAMBU_SIGNS"
"""Environment variable: the file in which this process gives its signs; it gives none where this is not set."""
STARTING_SECONDS = 120.0
"""How long a process may take to its first sign."""
_LOOKS = 10
_WIDTH = 24
_KILLED = ".killed"


class _Piece:
    """A piece of work that is under way."""


_worked: WeakKeyDictionary[asyncio.Task[object] | _Piece, float] = WeakKeyDictionary()
"""When each loop or piece of work that is under way has last moved."""


def beat() -> None:
    """Say that the loop that runs in this task goes on; it is to say so until the task ends."""
    task = asyncio.current_task()
    if task is not None:
        _worked[task] = time.monotonic()


def rest() -> None:
    """Say that the loop that runs in this task waits on purpose, until it says ``beat`` again."""
    task = asyncio.current_task()
    if task is not None:
        _worked.pop(task, None)


@contextlib.contextmanager
def working() -> Iterator[None]:
    """Say that a piece of work is under way, which ends with the context."""
    piece = _Piece()
    _worked[piece] = time.monotonic()
    try:
        yield
    finally:
        del _worked[piece]


def interval(silence: float) -> float:
    """Return how often signs are given, and looked for, where ``silence`` seconds without one are too many."""
    return min(1.0, silence / _LOOKS)


async def give_signs(silence: float) -> None:
    """Give signs until cancelled, but none while a loop has not moved for ``silence`` seconds."""
    place = os.environ.get(SIGNS)
    if not place:
        return
    file = os.open(place, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        while True:
            if _all_move(silence):
                os.pwrite(file, repr(time.monotonic()).ljust(_WIDTH).encode(), 0)
            await asyncio.sleep(interval(silence))
    finally:
        os.close(file)


def _all_move(silence: float) -> bool:
    for task in [one for one in _worked if isinstance(one, asyncio.Task) and one.done()]:
        del _worked[task]
    return all(time.monotonic() - moved <= silence for moved in _worked.values())


def last_sign(place: Path) -> float | None:
    """Return the moment of the last sign, by the machine's monotonic clock; None where none was given."""
    with contextlib.suppress(OSError, ValueError):
        return float(place.read_text())
    return None


def forget(place: Path) -> None:
    """Forget the last sign, since another process begins to give its signs there."""
    place.unlink(missing_ok=True)


def signs_in(folder: Path) -> tuple[dict[str, float], dict[str, int]]:
    """Return, by process, the last sign and how often it was killed for its silence."""
    places = sorted(folder.iterdir())
    signs = {place.name: sign for place in places if (sign := last_sign(place)) is not None}
    killed = {place.stem: place.stat().st_size for place in places if place.suffix == _KILLED}
    return signs, killed


def note_killed(place: Path) -> None:
    """Count that the process that gives its signs in this file was killed for its silence."""
    with place.with_name(place.name + _KILLED).open("ab") as file:
        file.write(b"x")


class HeartbeatMonitor:
    """Counts for how many looks each process has given no new sign."""

    def __init__(self, silence: float) -> None:
        """Miss a process after ``silence`` seconds, of looks taken every ``interval(silence)``."""
        self._silence, self._interval = silence, interval(silence)
        self._seen: dict[str, float | None] = {}
        self._missed: dict[str, int] = {}

    def look(self, signs: Mapping[str, float | None]) -> list[str]:
        """Take a look at the last sign of each process; returns those that have been silent for too long."""
        for name, sign in signs.items():
            if name not in self._seen or sign != self._seen[name]:
                self._seen[name], self._missed[name] = sign, 0
            else:
                self._missed[name] += 1
        return [name for name in signs if self._missed[name] * self._interval >= self._patience(name)]

    def _patience(self, name: str) -> float:
        return self._silence if self._seen[name] is not None else max(self._silence, STARTING_SECONDS)
