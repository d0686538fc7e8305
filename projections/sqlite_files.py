"""SQLite files through the driver itself.

A process that has little to ask spares itself SQLAlchemy's way around each statement, and shares the memory of
SQLAlchemy with the processes beside it as long as it does not call it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

_PLAIN = "sqlite:///"


def file_of(url: str) -> Path | None:
    """Return the file that an SQLAlchemy URL names, None for another database than SQLite or one in memory."""
    named = url.removeprefix(_PLAIN)
    if url.startswith(_PLAIN) and named and not {"?", "%", ":"} & set(named):
        return Path(named)
    from sqlalchemy.engine import make_url  # noqa: PLC0415 -- most URLs need none of it

    address = make_url(url)
    if address.get_backend_name() != "sqlite" or address.database in (None, "", ":memory:"):
        return None
    return Path(address.database or "")


def open_file(file: Path) -> sqlite3.Connection:
    """Open a file that is there, for any thread; none is made."""
    return sqlite3.connect(f"file:{quote(str(file))}?mode=rw", uri=True, check_same_thread=False)


class SQLitePool:
    """Connections to a file that are kept open; a thread that asks has one to itself meanwhile."""

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        """Open each by ``connect``, which lets any thread use it."""
        self._connect = connect
        self._idle: list[sqlite3.Connection] = []

    @contextmanager
    def connection(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection; what was not committed is rolled back."""
        idle = self._idle
        try:
            connection = idle.pop()
        except IndexError:
            connection = self._connect()
        try:
            yield connection
        finally:
            connection.rollback()
            if idle is self._idle:
                idle.append(connection)
            else:
                connection.close()

    def close(self) -> None:
        """Close the connections; one that is lent is closed when it is given back. Whoever asks later has new ones."""
        idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()
