"""The database of read models, and its transactions.

Questions are asked through SQLAlchemy. What keeps the rows up with the ledger goes to the driver itself: SQLAlchemy's
way around a statement costs several times what a statement over a few rows costs.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from sqlite3 import Connection as SQLiteConnection

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.exc import DBAPIError


class Database:
    """An SQLite file, or a database of PostgreSQL.

    Its errors are SQLAlchemy's, also those of statements that went to the driver.
    """

    def __init__(self, url: str, pragmas: Sequence[str]) -> None:
        """Open the database at an SQLAlchemy URL, on SQLite with these settings."""
        self.engine = _engine(url, pragmas)
        self.sqlite = self.engine.dialect.name == "sqlite"
        self._file: int | None = None

    @property
    def place(self) -> str:
        """The path of an SQLite file, else the database's name."""
        return self.engine.url.database or "the database"

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()

    def exchanged(self) -> bool:
        """Let go of an SQLite file that was set aside, and tell it: another has its name now."""
        exchanged = False
        if self.sqlite:
            with contextlib.suppress(FileNotFoundError):
                now = os.stat(self.place).st_ino  # noqa: PTH116 - with each transaction; a Path takes as long again
                if exchanged := self._file not in (None, now):
                    self.engine.dispose()
                self._file = now
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
        with self._as_sqlalchemy(), contextlib.closing(self.engine.raw_connection()) as connection:
            cursor = connection.cursor()
            if self.sqlite:
                cursor.execute(_begin_in_sqlite(writes=writes))
            elif not writes:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            yield cursor
            connection.commit()

    @contextlib.contextmanager
    def _as_sqlalchemy(self) -> Iterator[None]:
        """Raise what the driver raises as SQLAlchemy would."""
        driver_error = self.engine.dialect.loaded_dbapi.Error
        try:
            yield
        except driver_error as error:
            raise DBAPIError.instance(None, None, error, driver_error) from error


def driver_cursor(connection: Connection) -> DBAPICursor:
    """Return a cursor of the driver within the connection's transaction."""
    return connection.connection.cursor()


def _engine(url: str, pragmas: Sequence[str]) -> Engine:
    address = make_url(url)
    if address.get_backend_name() == "postgresql":
        return create_engine(address.set(drivername="postgresql+psycopg"))
    if address.get_backend_name() != "sqlite" or not address.database:
        raise ValueError(f"read models stand in an SQLite file or in PostgreSQL, not in {address.drivername}")
    file = Path(address.database)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not file.exists():
        file.touch(mode=0o600)
    engine = create_engine(address, connect_args={"timeout": 30})

    @event.listens_for(engine, "connect")
    def connected(connection: SQLiteConnection, _: object) -> None:
        connection.isolation_level = None  # the driver's own BEGIN would leave table changes outside
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql(_begin_in_sqlite(writes=writes))

    return engine


def _begin_in_sqlite(*, writes: bool) -> str:
    return "BEGIN IMMEDIATE" if writes else "BEGIN"
