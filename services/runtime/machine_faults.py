"""Faults of the machine: which they are, and what they are called. A service waits them out (``backoff``)."""

from __future__ import annotations

import errno

from redis.exceptions import BusyLoadingError, NoPermissionError, OutOfMemoryError, ReadOnlyError, RedisError
from redis.exceptions import ConnectionError as Unreachable
from sqlalchemy.exc import SQLAlchemyError

from events.message import Message, message
from services.installation.identity import InstallationError
from services.texts.errors import message_of, of_system

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

_OF_THE_SYSTEM = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EMFILE}
"""What the system says that is in the way of everything, and not of one file only."""
_BY_TYPE: tuple[tuple[tuple[type[Exception], ...], str], ...] = (
    ((OutOfMemoryError,), "server-memory"),
    ((ReadOnlyError,), "server-replica"),
    ((NoPermissionError,), "server-user"),
    ((BusyLoadingError,), "server-loading"),
    ((Unreachable, ConnectionError, TimeoutError), "server-silent"),
)
_SAID = {
    "MISCONF": "server-disk",
    "database or disk is full": "disk-full",
    "disk I/O error": "disk-fails",
    "attempt to write a readonly database": "read-only",
    "unable to open database file": "database-closed",
    "file is not a database": "database-damaged",
    "database disk image is malformed": "database-damaged",
    "database is locked": "database-held",
}
"""Beginnings of what servers and databases say, and what that means."""


def reason_of(error: BaseException) -> Message | None:
    """Say in Kelambu's own words, a text of ``machine``, what is wrong with it, where that is known.

    Never a value that it met.
    """
    cause: BaseException | None = error
    while cause is not None:
        if reason := _of_one(cause):
            return reason
        cause = cause.__cause__ or cause.__context__
    return None


def _of_one(error: BaseException) -> Message | None:
    if isinstance(error, InstallationError):
        return message_of(error)
    if isinstance(error, OSError) and error.errno in _OF_THE_SYSTEM:
        return of_system(error)
    if by_type := next((means for types, means in _BY_TYPE if isinstance(error, types)), None):
        return message(f"machine.{by_type}")
    text = str(error)
    by_words = next((means for words, means in _SAID.items() if text.startswith(words)), None)
    return message(f"machine.{by_words}") if by_words else None
