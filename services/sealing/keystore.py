"""The key store: one 256-bit key per person, agency or secret, in a database of its own outside the ledger.

A key that has been answered once is on disk: it is made by insert-if-absent and committed with full sync, and where
another worker made one first, that one is read, before anybody may use it. So two workers that meet a person at the
same moment seal with the same key.

A store is marked with the installation that it belongs to, and counts its generations: each time that keys are made
or destroyed is one, with a random mark. Whoever remembers a generation can tell an older copy, and one that went
another way.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.interfaces import DBAPIConnection

from events.envelope import KELAMBU, agency_of
from events.message import message
from projections.sqlite_files import SQLitePool, file_of, open_file
from services.platform.durability import sync
from services.sealing.key_mark import generation_in
from services.sealing.key_tables import (
    DESTROYED,
    ERASED,
    GENERATIONS,
    INSTALLATION,
    KEY_BYTES,
    KEYS,
    LAST_GENERATION,
    POSTGRESQL,
    SQLITE,
    create_tables,
    postgres_safety,
    sqlite_safety,
)
from services.texts.errors import TextError

_AT_ONCE = 1000
"""Names in one statement."""
TOKEN_SECRET = "secret:token"  # noqa: S105 -- the name of a key


def agency_key(agency: str) -> str:
    """Return the name of the key that seals what an agency sent about nobody who is known yet."""
    return f"agency:{agency}"


OWN_KEY = agency_key(agency_of(KELAMBU))
"""Under which is sealed what Kelambu says itself, such as who recovers, and what officers and auditors do."""


class KeysGoneError(TextError, OSError):
    """The file of the key store was removed or replaced while it was in use."""


class KeysBusyError(TextError):
    """A key was destroyed, but another process keeps the log that held it from being emptied."""


class KeyStore:
    """Keys by name. A person's key is named by the person's token, an agency's by ``agency_key``.

    Methods block; asynchronous callers run them in a thread. Nothing is cached: a destroyed key is gone for
    every process at once.
    """

    def __init__(self, url: str, admits: Callable[[str], None] | None = None) -> None:
        """Open the store at a SQLAlchemy URL and create what is missing; a SQLite file is private to the user.

        With ``admits`` nothing is created, and every new connection is first shown to it with the mark of the store
        (empty where there is none); it raises where the store is another than the one that is meant.
        """
        self._url, self._file, self._admits = url, file_of(url), admits
        self._pool = SQLitePool(self._connected)
        self._insert = sqlite.insert if self._file else postgresql.insert
        self._statements = SQLITE if self._file else POSTGRESQL
        if admits is None:
            if self._file is not None:
                _create_private(self._file)
            create_tables(self._engine)
        self._inode = self._file.stat().st_ino if self._file else 0

    @cached_property
    def _engine(self) -> sa.Engine:
        """What SQLAlchemy asks and writes through; made when it is needed, for a file is mostly read without it."""
        if self._file is not None:
            return sa.create_engine(self._url, creator=self._connected)
        engine = sa.create_engine(self._url)
        sa.event.listen(engine, "connect", lambda connection, _: self._show(connection))
        sa.event.listen(engine, "connect", postgres_safety)
        return engine

    def _connected(self) -> sqlite3.Connection:
        connection = open_file(cast("Path", self._file))
        self._show(cast("DBAPIConnection", connection))
        sqlite_safety(connection)
        return connection

    def _show(self, connection: DBAPIConnection) -> None:
        """Show a new connection to ``admits``, with the mark of the store."""
        if self._admits is None:
            return
        cursor = connection.cursor()
        try:
            cursor.execute(f"SELECT owner FROM {INSTALLATION.name}")  # noqa: S608 -- a name of our own
            row = cursor.fetchone()
        except Exception as error:
            raise KeysGoneError(message("keys.empty")) from error
        finally:
            connection.rollback()
        self._admits(row[0] if row else "")

    def begin(self, owner: str) -> str:
        """Mark a store that has no mark with an installation that is being created.

        Returns the mark that it has then.
        """
        with self._engine.begin() as connection:
            row = {"only": 1, "owner": owner, "whole": False}
            connection.execute(self._insert(INSTALLATION).on_conflict_do_nothing(), row)
            return str(connection.execute(sa.select(INSTALLATION.c.owner)).scalar_one())

    def belong(self, owner: str, *, whole: bool = True) -> None:
        """Mark the store with an installation, whatever mark it had."""
        with self._engine.begin() as connection:
            connection.execute(sa.delete(INSTALLATION))
            connection.execute(sa.insert(INSTALLATION), {"only": 1, "owner": owner, "whole": whole})

    def owner(self) -> str:
        """Return the mark of the installation to which the store belongs, empty where it has none."""
        with self._engine.connect() as connection:
            return connection.execute(sa.select(INSTALLATION.c.owner)).scalar_one_or_none() or ""

    def generation(self) -> tuple[int, str]:
        """Return how often keys were made or destroyed so far, and the mark of the last time."""
        return generation_in(self._ask(LAST_GENERATION))

    def mark_of(self, generation: int) -> str | None:
        """Return the mark of one generation, None where the store has not come to it."""
        rows = self._ask(self._statements.mark_of, (generation,))
        return rows[0][0] if rows else None

    def get_or_create(self, names: Sequence[str]) -> dict[str, bytes]:
        """Return the key of every name, making those that are missing; all of them are on disk.

        Names whose key was destroyed for good are left out: they never have one again.
        """
        keys = self.get(names)
        missing = [name for name in names if name not in keys]
        if not missing or self.were_erased(missing).issuperset(missing):
            return keys
        self._check_file()
        with self._engine.begin() as connection:
            self._next_generation(connection)
            erased = self._among(connection, self._statements.erased, missing)
            created = _new_keys([name for name in missing if name not in erased])
            rows = list(created.items())
            inserted = connection.exec_driver_sql(self._statements.insert, rows).rowcount if rows else 0
        self._check_file()
        return keys | (created if inserted == len(created) else self.get(list(created)))

    def get(self, names: Sequence[str]) -> dict[str, bytes]:
        """Return the keys there are; a name that has none is left out."""
        return dict(self._found(self._statements.find, names))

    def destroy(self, name: str) -> bool:
        """Destroy a key for good: what it sealed can never be read again, and none is made for its name any more.

        False when there was none. Both are one step; on return the key is in no file of the store. May be repeated.

        Raises:
            KeysBusyError: the key is destroyed, but the log of the database still holds it; to be repeated.
        """
        with self._engine.begin() as connection:
            self._next_generation(connection)
            deleted = connection.execute(sa.delete(KEYS).where(KEYS.c.name == name)).rowcount
            for table in (DESTROYED, ERASED):
                connection.execute(self._insert(table).on_conflict_do_nothing(), {"name": name})
        if self._file is not None:
            with self._engine.connect() as connection:  # else the key would stay in the write-ahead log
                if connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar_one():
                    raise KeysBusyError(message("keys.busy", file=self._file))
        return deleted > 0

    def give_up(self, names: Sequence[str]) -> None:
        """Let keys that are lost, or are not those that sealed, count as destroyed.

        Others may be made in their place.
        """
        with self._engine.begin() as connection:
            self._next_generation(connection)
            for part in _parts(names):
                connection.execute(sa.delete(KEYS).where(KEYS.c.name.in_(part)))
                remember = self._insert(DESTROYED).on_conflict_do_nothing()
                connection.execute(remember, [{"name": name} for name in part])

    def secret(self, name: str) -> bytes:
        """Return a secret of the installation itself, made on first use."""
        full = f"secret:{name}"
        return self.get_or_create([full])[full]

    def names(self) -> Iterator[str]:
        """Go through every name that has a key, sorted."""
        with self._engine.connect() as connection:
            yield from connection.execute(sa.select(KEYS.c.name).order_by(KEYS.c.name)).scalars()

    def destroyed(self) -> Iterator[str]:
        """Go through every name whose key was destroyed at some time, sorted."""
        with self._engine.connect() as connection:
            yield from connection.execute(sa.select(DESTROYED.c.name).order_by(DESTROYED.c.name)).scalars()

    def were_destroyed(self, names: Sequence[str]) -> set[str]:
        """Return which of these names had a key that was destroyed."""
        return {name for (name,) in self._found(self._statements.destroyed, names)}

    def erased(self) -> Iterator[str]:
        """Go through every name whose key was destroyed for good, sorted."""
        with self._engine.connect() as connection:
            yield from connection.execute(sa.select(ERASED.c.name).order_by(ERASED.c.name)).scalars()

    def were_erased(self, names: Sequence[str]) -> set[str]:
        """Return which of these names had a key that was destroyed for good."""
        return {name for (name,) in self._found(self._statements.erased, names)}

    def put_back(
        self, keys: Mapping[str, bytes], destroyed: Sequence[str] = (), erased: Sequence[str] = ()
    ) -> None:
        """Bring keys and remembered destructions back from a backup, all or nothing; a key that is here stays."""
        rows = [{"name": name, "key": key} for name, key in keys.items()]
        with self._engine.begin() as connection:
            self._next_generation(connection)
            if rows:
                connection.execute(self._insert(KEYS).on_conflict_do_nothing(), rows)
            for table, names in ((DESTROYED, destroyed), (ERASED, erased)):
                if names:
                    remember = self._insert(table).on_conflict_do_nothing()
                    connection.execute(remember, [{"name": name} for name in names])

    def _found(self, statement: str, names: Sequence[str]) -> Sequence[tuple[Any, ...]]:
        """Return the rows that a statement finds for these names."""
        return self._ask(statement, (self._statements.several(list(names)),))

    def _ask(self, statement: str, parameters: tuple[object, ...] = ()) -> Sequence[tuple[Any, ...]]:
        """Return the rows of a statement.

        From a file by the driver itself: every batch of intake asks, for a name or two, and SQLAlchemy's own way takes
        three times as long.
        """
        if self._file is None:
            with self._engine.connect() as connection:
                return connection.exec_driver_sql(statement, parameters or None).all()
        try:
            with self._pool.connection() as file:
                return file.execute(statement, parameters).fetchall()
        except sqlite3.Error as error:
            raise sa.exc.DBAPIError.instance(statement, parameters, error, sqlite3.Error) from error

    def _among(self, connection: sa.Connection, statement: str, names: Sequence[str]) -> set[str]:
        """Return which of these names a statement finds."""
        parameters = (self._statements.several(list(names)),)
        return {name for (name,) in connection.exec_driver_sql(statement, parameters)}

    def _next_generation(self, connection: sa.Connection) -> None:
        """Count this transaction; until it ends nobody else makes or destroys keys."""
        if self._file is None:
            connection.exec_driver_sql(f"LOCK TABLE {GENERATIONS.name} IN EXCLUSIVE MODE")
        connection.exec_driver_sql(self._statements.begin_generation, (secrets.token_hex(4),))

    def _check_file(self) -> None:
        """Raise ``KeysGoneError`` where the file in use is no longer the one that the next process would open."""
        if self._file is None:
            return
        try:
            inode = self._file.stat().st_ino
        except FileNotFoundError:
            inode = -1
        if inode != self._inode:
            raise KeysGoneError(message("keys.gone", file=self._file))

    def close(self) -> None:
        """Let go of the database."""
        self._pool.close()
        if "_engine" in vars(self):
            self._engine.dispose()


def _new_keys(names: Sequence[str]) -> dict[str, bytes]:
    """Return a new key for each of these names; the system is asked for its randomness once."""
    drawn = os.urandom(KEY_BYTES * len(names))
    return {name: drawn[n * KEY_BYTES : (n + 1) * KEY_BYTES] for n, name in enumerate(names)}


def _parts(names: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(names), _AT_ONCE):
        yield names[start : start + _AT_ONCE]


def _create_private(file: Path) -> None:
    if file.exists():
        return
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
    sync(file.parent)
