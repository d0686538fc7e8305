"""The database of read models, and its transactions.

Questions are asked through SQLAlchemy. What keeps the rows up with the ledger goes to the driver itself: SQLAlchemy's
way around a statement costs several times what a statement over a few rows costs.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator, Sequence
from sqlite3 import Connection as SQLiteConnection
from typing import cast

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import DBAPIError

from projections.sqlite_files import SQLitePool, file_of

_BUSY_SECONDS = 30
"""How long a transaction on SQLite waits for another to end."""


class Database:
    """An SQLite file, or a database of PostgreSQL.

    Its errors are SQLAlchemy's, also those of statements that went to the driver.
    """

    def __init__(self, url: str, pragmas: Sequence[str]) -> None:
        """Open the database at an SQLAlchemy URL, on SQLite with these settings."""
        self._url, self._pragmas = url, pragmas
        file = file_of(url)
        self.sqlite = file is not None
        self._engine = None if file else _postgres_engine(url)
        self.place = str(file) if file else self.engine.url.database or "the database"
        """The path of an SQLite file, else the database's name."""
        self._pool = SQLitePool(self._connected)
        self._inode: int | None = None
        if file:
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not file.exists():
                file.touch(mode=0o600)

    @property
    def engine(self) -> Engine:
        """What SQLAlchemy asks through."""
        if self._engine is None:
            self._engine = _sqlite_engine(self._url, self._pragmas)
        return self._engine

    def close(self) -> None:
        """Give the connections back."""
        self._pool.close()
        if self._engine is not None:
            self._engine.dispose()

    def exchanged(self) -> bool:
        """Let go of an SQLite file that was set aside, and tell it: another has its name now."""
        exchanged = False
        if self.sqlite:
            with contextlib.suppress(FileNotFoundError):
                now = os.stat(self.place).st_ino  # noqa: PTH116 - with each transaction; a Path takes as long again
                if exchanged := self._inode not in (None, now):
                    self.close()
                self._inode = now
        return exchanged

    @contextlib.contextmanager
    def begin(self, *, writes: bool) -> Iterator[Connection]:
        """Begin a transaction; one that does not write sees one moment."""
        with self._as_sqlalchemy(), self.engine.connect() as connection:
            if self.sqlite:
                connection.execution_options(writes=writes)
            elif not writes:
                connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                yield connection

    @contextlib.contextmanager
    def begin_in_driver(self, *, writes: bool) -> Iterator[DBAPICursor]:
        """Begin the same transaction for statements that go to the driver.

        A connection that is given back rolls back.
        """
        with self._as_sqlalchemy(), self._lent() as connection:
            cursor = connection.cursor()
            if self.sqlite:
                cursor.execute(_begin_in_sqlite(writes=writes))
            elif not writes:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            yield cursor
            connection.commit()

    @contextlib.contextmanager
    def _lent(self) -> Iterator[DBAPIConnection]:
        if self.sqlite:
            with self._pool.connection() as connection:
                yield cast("DBAPIConnection", connection)
        else:
            with contextlib.closing(self.engine.raw_connection()) as pooled:
                yield pooled

    def _connected(self) -> SQLiteConnection:
        connection = sqlite3.connect(self.place, timeout=_BUSY_SECONDS, check_same_thread=False)
        _prepare(connection, self._pragmas)
        return connection

    @contextlib.contextmanager
    def _as_sqlalchemy(self) -> Iterator[None]:
        """Raise what the driver raises as SQLAlchemy would."""
        driver_error = sqlite3.Error if self.sqlite else self.engine.dialect.loaded_dbapi.Error
        try:
            yield
        except driver_error as error:
            raise DBAPIError.instance(None, None, error, driver_error) from error


def driver_cursor(connection: Connection) -> DBAPICursor:
    """Return a cursor of the driver within the connection's transaction."""
    return connection.connection.cursor()


def _postgres_engine(url: str) -> Engine:
    address = make_url(url)
    if address.get_backend_name() != "postgresql":
        raise ValueError(f"read models stand in an SQLite file or in PostgreSQL, not in {address.drivername}")
    return create_engine(address.set(drivername="postgresql+psycopg"))


def _sqlite_engine(url: str, pragmas: Sequence[str]) -> Engine:
    engine = create_engine(url, connect_args={"timeout": _BUSY_SECONDS})

    @event.listens_for(engine, "connect")
    def connected(connection: SQLiteConnection, _: object) -> None:
        _prepare(connection, pragmas)

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql(_begin_in_sqlite(writes=writes))

    return engine


def _prepare(connection: SQLiteConnection, pragmas: Sequence[str]) -> None:
    connection.isolation_level = None  # the driver's own BEGIN would leave table changes outside
    for pragma in pragmas:
        connection.execute(f"PRAGMA {pragma}")


def _begin_in_sqlite(*, writes: bool) -> str:
    return "BEGIN IMMEDIATE" if writes else "BEGIN"
