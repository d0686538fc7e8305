"""What a key store says of itself, looked up before anybody opens it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from msgspec import Struct

from events.message import Message, message
from projections.sqlite_files import file_of, open_file
from services.sealing.key_tables import INSTALLATION, KEYS, LAST_GENERATION
from services.texts.errors import TextError

_SQLITE_HEAD = 100
_ANY_KEY = f"SELECT name FROM {KEYS.name} LIMIT 1"  # noqa: S608 -- a name of our own
_MARK = f"SELECT owner, whole FROM {INSTALLATION.name}"  # noqa: S608 -- a name of our own


class KeysMark(Struct, frozen=True):
    """What a key store says of itself. ``whole``: its installation was created to the end."""

    owner: str = ""
    whole: bool = False
    empty: bool = True
    """It holds no key."""
    generation: tuple[int, str] = (0, "")


class DamagedKeysError(TextError):
    """The file of the key store is cut or is no key store; the message says what to do."""

    def __init__(self, file: Path, what: Message) -> None:
        """Say what is wrong with the file."""
        super().__init__(message("keys.file", file=file, what=what))


def look_at(url: str) -> KeysMark:
    """Look at the store at a URL; nothing is made or changed, also where there is none."""
    file = file_of(url)
    if file is None:
        engine = sa.create_engine(url)
        try:
            with engine.connect() as connection:
                tables = sa.inspect(connection).get_table_names()
                return _mark_in(tables, lambda statement: connection.exec_driver_sql(statement).all())
        finally:
            engine.dispose()
    if not _size(file):
        return KeysMark()
    _check_whole(file)
    try:
        with closing(open_file(file)) as opened:
            named = opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            return _mark_in(
                {name for (name,) in named}, lambda statement: opened.execute(statement).fetchall()
            )
    except sqlite3.DatabaseError as error:
        if not any(words in str(error) for words in ("not a database", "malformed")):
            raise sa.exc.DBAPIError.instance(None, None, error, sqlite3.Error) from error
        raise DamagedKeysError(file, message("keys.damaged")) from None


def _mark_in(tables: Collection[str], ask: Callable[[str], Sequence[tuple[Any, ...]]]) -> KeysMark:
    """Return the mark of a store that has these tables."""
    if KEYS.name not in tables:
        return KeysMark()
    empty = not ask(_ANY_KEY)
    if INSTALLATION.name not in tables:
        return KeysMark(empty=empty)
    marks, generations = ask(_MARK), ask(LAST_GENERATION)
    owner, whole = marks[0] if marks else ("", False)
    return KeysMark(owner=owner, whole=bool(whole), empty=empty, generation=generation_in(generations))


def _size(file: Path) -> int:
    """Return the bytes of a file, 0 where there is none: another process may take a log away at any moment."""
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0


def _check_whole(file: Path) -> None:
    """Compare a file with the size in its own head, unless a log beside it is still to be taken over."""
    log = file.with_name(f"{file.name}-wal")
    if _size(log):
        return
    with file.open("rb") as opened:
        head = opened.read(_SQLITE_HEAD)
    if not head.startswith(b"SQLite format 3\0") or len(head) < _SQLITE_HEAD:
        raise DamagedKeysError(file, message("keys.no-database"))
    page = int.from_bytes(head[16:18])
    full_size = (1 << 16 if page == 1 else page) * int.from_bytes(head[28:32])
    size = _size(file)
    if size < full_size and not _size(log):
        raise DamagedKeysError(file, message("keys.cut", size=size, whole=full_size))


def generation_in(rows: Sequence[tuple[Any, ...]]) -> tuple[int, str]:
    """Return the generation that stands in the rows of ``LAST_GENERATION``."""
    return (rows[0][0], rows[0][1]) if rows else (0, "")
