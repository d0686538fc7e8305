"""Faults of the machine: which they are, and how a service waits them out. What it was doing is done again."""

from __future__ import annotations

import asyncio
import contextlib
import errno

from redis.exceptions import BusyLoadingError, NoPermissionError, OutOfMemoryError, ReadOnlyError, RedisError
from redis.exceptions import ConnectionError as Unreachable
from sqlalchemy.exc import SQLAlchemyError

from services.heartbeat import rest
from services.installation.identity import InstallationError

MACHINE_FAULTS: tuple[type[Exception], ...] = (
    InstallationError,
    MemoryError,
    OSError,
    RedisError,
    SQLAlchemyError,
)
"""Memory, files, connections, timeouts, servers and databases, also those of another installation.

Never the fault of an event.
"""

_FIRST, _LONGEST = 0.05, 5.0

_OF_THE_SYSTEM = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EROFS: "the file system can only be read",
    errno.EACCES: "this file may not be opened",
    errno.EMFILE: "too many files are open",
}
_BY_TYPE: tuple[tuple[tuple[type[Exception], ...], str], ...] = (
    ((OutOfMemoryError,), "the server's memory is used up"),
    ((ReadOnlyError,), "the server is a replica, which cannot be written to"),
    ((NoPermissionError,), "the server's user may not do this"),
    ((BusyLoadingError,), "the server is still reading its file"),
    ((Unreachable, ConnectionError, TimeoutError), "the server does not answer"),
)
_SAID = {
    "MISCONF": "the server cannot write its file: its disk is full, or fails",
    "database or disk is full": "the disk is full",
    "disk I/O error": "the disk fails",
    "attempt to write a readonly database": "the file system can only be read",
    "unable to open database file": "a database file may not be opened or made",
    "file is not a database": "a database file is damaged",
    "database disk image is malformed": "a database file is damaged",
    "database is locked": "another process holds the database",
}
"""Beginnings of what servers and databases say, and what that means."""


def reason_of(error: BaseException) -> str | None:
    """Say in Kelambu's own words what is wrong with the machine, where that can be told; never what it met."""
    cause: BaseException | None = error
    while cause is not None:
        if reason := _of_one(cause):
            return reason
        cause = cause.__cause__ or cause.__context__
    return None


def _of_one(error: BaseException) -> str | None:
    if isinstance(error, InstallationError):
        return str(error)
    if isinstance(error, OSError) and error.errno in _OF_THE_SYSTEM:
        return _OF_THE_SYSTEM[error.errno]
    if found := next((means for types, means in _BY_TYPE if isinstance(error, types)), None):
        return found
    said = str(error)
    return next((means for words, means in _SAID.items() if said.startswith(words)), None)


class Patience:
    """How long to wait before the next attempt, in seconds: twice as long after each fault in a row."""

    def __init__(self, first: float = _FIRST, longest: float = _LONGEST) -> None:
        """Begin with ``first``; never wait longer than ``longest``."""
        self._first, self._longest = first, longest
        self.seconds = first

    def renew(self) -> None:
        """Begin anew, since something has succeeded."""
        self.seconds = self._first

    async def wait(self, stop: asyncio.Event) -> None:
        """Wait, but not longer than until ``stop``."""
        await pause(stop, self.seconds)
        self.seconds = min(2 * self.seconds, self._longest)


async def pause(stop: asyncio.Event, seconds: float) -> None:
    """Wait, but not longer than until ``stop``."""
    rest()
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
