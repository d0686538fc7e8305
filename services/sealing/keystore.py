"""The key store: one 256-bit key per person, agency or secret, in a database of its own outside the ledger.

A key that has been answered once is on disk: it is made by insert-if-absent, committed with full sync and read
back before anybody may use it. So two workers that meet a person at the same moment seal with the same key.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.interfaces import DBAPIConnection

KEY_BYTES = 32
_AT_ONCE = 1000
"""Names in one statement."""

_metadata = sa.MetaData()
_keys = sa.Table(
    "keys",
    _metadata,
    sa.Column("name", sa.String(200), primary_key=True),
    sa.Column("key", sa.LargeBinary(KEY_BYTES), nullable=False),
)
_destroyed = sa.Table("destroyed", _metadata, sa.Column("name", sa.String(200), primary_key=True))


def agency_key(agency: str) -> str:
    """Return the name of the key that seals what an agency sent about nobody who is known yet."""
    return f"agency:{agency}"


class KeyStore:
    """Keys by name. A person's key is named by the person's token, an agency's by ``agency_key``.

    Methods block; asynchronous callers run them in a thread. Nothing is cached: a destroyed key is gone for
    every process at once.
    """

    def __init__(self, url: str) -> None:
        """Open the store at a SQLAlchemy URL and create what is missing; a SQLite file is private to the user."""
        address = sa.make_url(url)
        self._file = (
            Path(address.database) if address.get_backend_name() == "sqlite" and address.database else None
        )
        if self._file is not None:
            _create_private(self._file)
        self._engine = sa.create_engine(address)
        sa.event.listen(self._engine, "connect", _sqlite_safety if self._file else _postgres_safety)
        self._insert = sqlite.insert if self._file else postgresql.insert
        _metadata.create_all(self._engine)

    def get_or_create(self, names: Sequence[str]) -> dict[str, bytes]:
        """Return the key of every name, making those that are missing; all of them are on disk."""
        wanted = list(dict.fromkeys(names))
        found = self.get(wanted)
        missing = [name for name in wanted if name not in found]
        if missing:
            made = [{"name": name, "key": os.urandom(KEY_BYTES)} for name in missing]
            with self._engine.begin() as connection:
                connection.execute(self._insert(_keys).on_conflict_do_nothing(), made)
            found |= self.get(missing)
        return found

    def get(self, names: Sequence[str]) -> dict[str, bytes]:
        """Return the keys there are; a name that has none is left out."""
        found: dict[str, bytes] = {}
        with self._engine.connect() as connection:
            for part in _parts(names):
                rows = connection.execute(sa.select(_keys.c.name, _keys.c.key).where(_keys.c.name.in_(part)))
                found.update((name, key) for name, key in rows)
        return found

    def destroy(self, name: str) -> bool:
        """Destroy a key: what it sealed can never be read again, by anybody. False when there was none.

        What is sealed later under the same name gets another key. The destruction is remembered, see ``destroyed``.
        """
        with self._engine.begin() as connection:
            gone = connection.execute(sa.delete(_keys).where(_keys.c.name == name)).rowcount
            if gone:
                remember = self._insert(_destroyed).on_conflict_do_nothing()
                connection.execute(remember, {"name": name})
        if self._file is not None:
            with self._engine.connect() as connection:  # else the key would stay in the write-ahead log
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        return gone > 0

    def secret(self, name: str) -> bytes:
        """Return a secret of the house itself, made on first use."""
        full = f"secret:{name}"
        return self.get_or_create([full])[full]

    def names(self) -> Iterator[str]:
        """Go through every name that has a key, sorted."""
        with self._engine.connect() as connection:
            yield from connection.execute(sa.select(_keys.c.name).order_by(_keys.c.name)).scalars()

    def destroyed(self) -> Iterator[str]:
        """Go through every name whose key was destroyed at some time, sorted."""
        with self._engine.connect() as connection:
            yield from connection.execute(sa.select(_destroyed.c.name).order_by(_destroyed.c.name)).scalars()

    def put_back(self, keys: Mapping[str, bytes], destroyed: Sequence[str] = ()) -> None:
        """Bring keys and remembered destructions back from a backup, all or nothing; a key that is here stays."""
        rows = [{"name": name, "key": key} for name, key in keys.items()]
        with self._engine.begin() as connection:
            if rows:
                connection.execute(self._insert(_keys).on_conflict_do_nothing(), rows)
            if destroyed:
                remember = self._insert(_destroyed).on_conflict_do_nothing()
                connection.execute(remember, [{"name": name} for name in destroyed])

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()


def _parts(names: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(names), _AT_ONCE):
        yield names[start : start + _AT_ONCE]


def _create_private(file: Path) -> None:
    if file.exists():
        return
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _sqlite_safety(connection: sqlite3.Connection, _record: object) -> None:
    for setting in ("busy_timeout=30000", "journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
        connection.execute(f"PRAGMA {setting}")


def _postgres_safety(connection: DBAPIConnection, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("SET synchronous_commit = on")
    connection.commit()
