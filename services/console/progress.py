"""How far a process beside the pages has come: lines that it writes to standard output before its answer."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import TypeAlias

from msgspec import Struct

_MARK = b"progress "


class WorkProgress(Struct, frozen=True):
    """How many events have been read, and how many there are to read."""

    done: int
    of: int


Advanced: TypeAlias = Callable[[WorkProgress], object]


def reporting(of: int) -> Callable[[int], None]:
    """Return what such a process calls with the number of events that it has read since it called last, ``of`` so many."""
    total = 0

    def advanced(events: int) -> None:
        nonlocal total
        total += events
        sys.stdout.buffer.write(b"%s%d %d\n" % (_MARK, total, of))
        sys.stdout.buffer.flush()

    return advanced


def answer_of(lines: Iterable[bytes], advanced: Advanced) -> bytes:
    """Return what such a process printed without its progress, of which ``advanced`` is called as it comes."""
    answer = list[bytes]()
    for line in lines:
        if line.startswith(_MARK):
            advanced(WorkProgress(*map(int, line.removeprefix(_MARK).split())))
        else:
            answer.append(line)
    return b"".join(answer)
