"""What a witness remembers, in a SQLite file: which logs it knows, the last checkpoint of each, and what it refused.

Whatever was answered is on disk first. One transaction looks at the last checkpoint and puts another in its place, in
any number of processes.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from msgspec import Struct
from msgspec.structs import astuple

from events.message import message
from services.notary.cosignatures import TreeHead
from services.notary.merkle import EMPTY_ROOT
from services.notary.notes import VerifierKey, read_key
from services.texts.errors import TextError

MOST_REFUSED = 1000
"""Refused checkpoints that are kept of a log: the first ones are what has to be explained."""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS witness (only_one INTEGER PRIMARY KEY CHECK (only_one = 1), name TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS log (
    origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL, note TEXT NOT NULL, seconds INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS log_key (
    origin TEXT NOT NULL, vkey TEXT NOT NULL, PRIMARY KEY (origin, vkey)
);
CREATE TABLE IF NOT EXISTS log_key_change (
    origin TEXT NOT NULL, vkey TEXT NOT NULL, change TEXT NOT NULL, reason TEXT NOT NULL, seconds INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS refused (
    origin TEXT NOT NULL, size INTEGER NOT NULL, root BLOB NOT NULL, why TEXT NOT NULL, known INTEGER NOT NULL,
    request TEXT NOT NULL, seconds INTEGER NOT NULL, times INTEGER NOT NULL, PRIMARY KEY (origin, size, root, why)
);
"""


class WitnessStoreError(TextError):
    """The store of the witness cannot be opened, or is damaged."""


class WitnessedLog(Struct, frozen=True):
    """A log that a witness knows. ``seconds``: when its last checkpoint was confirmed; 0 where none was."""

    origin: str
    size: int = 0
    root: bytes = EMPTY_ROOT
    note: str = ""
    seconds: int = 0


class LogKeyChange(Struct, frozen=True):
    """When a key of a log was ``added`` or ``forgotten``, and why it was forgotten."""

    origin: str
    vkey: str
    change: str
    reason: str
    seconds: int


class RefusedCheckpoint(Struct, frozen=True, rename={"confirmed_size": "known"}):
    """A checkpoint, signed by the log, that was not confirmed.

    ``confirmed_size``, published as ``known``, is the size that the witness had confirmed.
    """

    origin: str
    size: int
    root: bytes
    why: str
    confirmed_size: int
    request: str
    seconds: int
    times: int


class WitnessStore:
    """The store in the directory of a witness."""

    def __init__(self, directory: Path) -> None:
        """Open it; the directory and the file are made where they are missing.

        Raises:
            WitnessStoreError: it cannot be.
        """
        self._file = directory / "witness.db"
        self._lock = threading.Lock()
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file.touch(mode=0o600)
            self._at = sqlite3.connect(self._file, timeout=30, isolation_level=None, check_same_thread=False)
            self._at.execute("PRAGMA journal_mode = WAL")
            self._at.execute("PRAGMA synchronous = FULL")
            self._at.executescript(_SCHEMA)
        except (OSError, sqlite3.DatabaseError) as error:
            raise self._unusable(error) from error

    def __enter__(self) -> Self:
        """Return the store."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Close it."""
        self._at.close()

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Keep everybody else from writing until the end.

        What was written is on disk then, or none of it where it is left by an error.
        """
        with self._lock:
            try:
                self._at.execute("BEGIN IMMEDIATE")
            except sqlite3.DatabaseError as error:
                raise self._unusable(error) from error
            try:
                yield
            except BaseException:
                self._at.execute("ROLLBACK")
                raise
            try:
                self._at.execute("COMMIT")
            except sqlite3.DatabaseError as error:
                raise self._unusable(error) from error

    @contextmanager
    def looking(self) -> Iterator[None]:
        """Keep this process from writing until the end: what is read then is on disk.

        Raises:
            WitnessStoreError: it cannot be read.
        """
        with self._lock:
            try:
                yield
            except sqlite3.DatabaseError as error:
                raise self._unusable(error) from error

    def name(self) -> str | None:
        """Return the name under which the witness signs; None where it has none yet."""
        row = self._at.execute("SELECT name FROM witness").fetchone()
        return None if row is None else str(row[0])

    def call(self, name: str) -> None:
        """Give the witness its name."""
        self._at.execute("INSERT INTO witness (only_one, name) VALUES (1, ?)", (name,))

    def trust(self, origin: str, key: VerifierKey, seconds: int) -> None:
        """Know a log and one of its keys from now on."""
        self._at.execute(
            "INSERT INTO log (origin, size, root, note, seconds) VALUES (?, 0, ?, '', 0) ON CONFLICT DO NOTHING",
            (origin, EMPTY_ROOT),
        )
        added = self._at.execute(
            "INSERT INTO log_key (origin, vkey) VALUES (?, ?) ON CONFLICT DO NOTHING", (origin, str(key))
        )
        if added.rowcount:
            self._note(LogKeyChange(origin, str(key), "added", "", seconds))

    def forget(self, origin: str, key: VerifierKey, reason: str, seconds: int) -> None:
        """Trust a key of a log no longer."""
        self._at.execute("DELETE FROM log_key WHERE origin = ? AND vkey = ?", (origin, str(key)))
        self._note(LogKeyChange(origin, str(key), "forgotten", reason, seconds))

    def key_changes(self) -> list[LogKeyChange]:
        """Return which keys were added and forgotten, in this order."""
        rows = self._at.execute(
            "SELECT origin, vkey, change, reason, seconds FROM log_key_change ORDER BY rowid"
        )
        return [LogKeyChange(*row) for row in rows]

    def logs(self) -> list[WitnessedLog]:
        """Return every log that is known."""
        rows = self._at.execute("SELECT origin, size, root, note, seconds FROM log ORDER BY origin")
        return [WitnessedLog(*row) for row in rows]

    def log(self, origin: str) -> WitnessedLog | None:
        """Return a log; None where it is not known."""
        row = self._at.execute(
            "SELECT origin, size, root, note, seconds FROM log WHERE origin = ?", (origin,)
        ).fetchone()
        return None if row is None else WitnessedLog(*row)

    def keys(self, origin: str) -> list[VerifierKey]:
        """Return the keys that are trusted for a log."""
        rows = self._at.execute("SELECT vkey FROM log_key WHERE origin = ? ORDER BY vkey", (origin,))
        return [read_key(vkey) for (vkey,) in rows]

    def confirm(self, head: TreeHead, note: str, seconds: int) -> None:
        """Put the last checkpoint of a log in the place of the earlier one."""
        self._at.execute(
            "UPDATE log SET size = ?, root = ?, note = ?, seconds = ? WHERE origin = ?",
            (head.size, head.root, note, seconds, head.origin),
        )

    def refuse(self, head: TreeHead, why: str, confirmed_size: int, request: str, seconds: int) -> bool:
        """Keep a checkpoint that was refused, and how often it came; tells whether it is a new one."""
        again = self._at.execute(
            "UPDATE refused SET times = times + 1 WHERE origin = ? AND size = ? AND root = ? AND why = ?",
            (head.origin, head.size, head.root, why),
        )
        if again.rowcount:
            return False
        (refused_count,) = self._at.execute(
            "SELECT count(*) FROM refused WHERE origin = ?", (head.origin,)
        ).fetchone()
        if refused_count < MOST_REFUSED:
            self._at.execute(
                "INSERT INTO refused (origin, size, root, why, known, request, seconds, times) VALUES (?,?,?,?,?,?,?,1)",
                (head.origin, head.size, head.root, why, confirmed_size, request, seconds),
            )
        return True

    def refused(self) -> list[RefusedCheckpoint]:
        """Return what was refused, in the order in which it first came."""
        rows = self._at.execute(
            "SELECT origin, size, root, why, known, request, seconds, times FROM refused ORDER BY rowid"
        )
        return [RefusedCheckpoint(*row) for row in rows]

    def _note(self, one: LogKeyChange) -> None:
        self._at.execute("INSERT INTO log_key_change VALUES (?, ?, ?, ?, ?)", astuple(one))

    def _unusable(self, error: Exception) -> WitnessStoreError:
        return WitnessStoreError(message("witness.store", place=self._file, error=str(error)))
