"""The log as it is written.

Entries and tiles first, durable, then a checkpoint over them, which is never before its tiles. Only what a checkpoint
or the head on the core server covers counts. What a process that died has written behind it is taken away when the log
is opened again, since its order was given out to nobody. Entries make everything else: tiles that are not full, and
the leaf indices by position, are made from them where they are missing.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import struct
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from events.message import message
from projections.checkpoint import Checkpoint
from services.notary import merkle
from services.notary.leaves import LogEntry, MalformedLeafError, read_leaf
from services.notary.log import (
    CHECKPOINT,
    INDEX,
    POSITION_BYTES,
    DamagedLogError,
    Log,
    index_path,
    partial_files,
)
from services.notary.tiles import HEIGHT, WIDTH, RightEdge, Tile, bundle_path, bundled, tile_path
from services.platform.durability import draft_of, private_file, replace_file, sync
from services.texts.errors import TextError

_LOCK = "lock"
_MOST_HELD = 128
"""Files that have become full and are not written yet."""
_SYNCED_AT_ONCE = 8


class LogInUseError(TextError):
    """Another process writes this log."""


class LogWriter:
    """Writes a log in its directory. One process may do so at a time; the lock is let go of by ``close``."""

    def __init__(self, directory: Path) -> None:
        """Take hold of a directory, which is made where it is missing.

        Raises:
            LogInUseError: another process has it.
        """
        self.directory = directory
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = os.open(directory / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._lock)
            raise LogInUseError(message("log.in-use", directory=directory)) from None
        self.log = Log(directory)
        self._edge = RightEdge()
        self._bundle: list[bytes] = []
        self._indices: dict[str, list[int]] = defaultdict(list)
        self._unwritten: dict[Path, bytes] = {}
        self._partial: set[Path] = set()
        self._superseded: list[Path] = []
        self._new_names: set[Path] = set()
        self._pool = ThreadPoolExecutor(_SYNCED_AT_ONCE, "log")

    def close(self) -> None:
        """Let go of the directory."""
        self._pool.shutdown()
        os.close(self._lock)

    @property
    def size(self) -> int:
        """How many entries there are, those that no checkpoint covers yet among them."""
        return self._edge.size

    def root(self) -> bytes:
        """Return the root over all of them."""
        return self._edge.root()

    def load(self, size: int) -> None:
        """Go on behind the first ``size`` entries; nothing is changed before ``mend``.

        Raises:
            DamagedLogError: entries or full tiles are missing.
        """
        self._bundle = list(self.log.entries(size & -WIDTH, size))
        rows: list[list[bytes]] = [[merkle.leaf_hash(entry) for entry in self._bundle]]
        for level in range(1, -(-size.bit_length() // HEIGHT)):
            full = size >> HEIGHT * level
            numbers = range(full & -WIDTH, full)
            rows.append([merkle.root_of(self.log.tile(level - 1, number)) for number in numbers])
        self._edge = RightEdge(size, rows)
        self._indices.clear()
        self._unwritten.clear()

    def mend(self, heads: dict[str, Checkpoint]) -> None:
        """Make what is missing from entries, and take away what stands behind the last of them.

        ``heads`` is up to where each stream stands there.
        """
        self.flush()
        self._take_away_behind()
        self._mend_indices(heads)

    def append(self, entries: Sequence[LogEntry]) -> None:
        """Append entries; ``flush`` makes them durable. Of what becomes full only so much is held back until then."""
        leaves = [entry.encoded() for entry in entries]
        for index, entry in enumerate(entries, self.size):
            self._indices[entry.stream].append(index)
        self._bundle += leaves
        for tile in self._edge.extend([merkle.leaf_hash(leaf) for leaf in leaves]):
            self._keep_full(tile)
        if len(self._unwritten) >= _MOST_HELD:
            self._write_out()

    def flush(self) -> None:
        """Make everything durable that was appended, as partial tiles; those that are there already stay."""
        if self._bundle:
            name = bundle_path(self.size >> HEIGHT, len(self._bundle))
            self._unwritten[self.directory / name] = bundled(self._bundle)
            self._partial.add((self.directory / name).parent)
        for tile in self._edge.partial():
            path, content = self.directory / tile.path, b"".join(tile.hashes)
            if not path.exists() or path.read_bytes() != content:
                self._make(path.parent)
                draft_of(path).write_bytes(content)
                draft_of(path).replace(path)
            self._partial.add(path.parent)
        self._write_out()
        (self.directory / INDEX).mkdir(exist_ok=True)
        for stream, indices in self._indices.items():
            with index_path(self.directory, stream).open("ab") as file:
                file.write(_packed(indices))
        self._indices.clear()

    def publish(self, note: str) -> None:
        """Put a checkpoint in its place; partial tiles that have become full are not needed any more."""
        replace_file(self.directory / CHECKPOINT, note.encode())
        for superseded in self._superseded:
            shutil.rmtree(superseded, ignore_errors=True)
        self._superseded.clear()

    def _keep_full(self, tile: Tile) -> None:
        files = {self.directory / tile.path: b"".join(tile.hashes)}
        if tile.level == 0:
            files[self.directory / bundle_path(tile.number)] = bundled(self._bundle[:WIDTH])
            del self._bundle[:WIDTH]
        self._unwritten |= files
        superseded = {path.with_name(f"{path.name}.p") for path in files} & self._partial
        self._superseded += superseded
        self._partial -= superseded

    def _write_out(self) -> None:
        """Write what is held; then sync it all at once, since syncs that wait together share one commit of the disk's journal."""
        files = {path: content for path, content in self._unwritten.items() if not path.exists()}
        for directory in {path.parent for path in files}:
            self._make(directory)
            self._new_names.add(directory)
        list(self._pool.map(_draft, files, files.values()))
        for path in files:
            draft_of(path).replace(path)
        list(self._pool.map(sync, self._new_names))
        self._new_names.clear()
        self._unwritten.clear()

    def _make(self, directory: Path) -> None:
        missing = directory
        while not missing.exists():
            self._new_names.add(missing.parent)
            missing = missing.parent
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)

    def _take_away_behind(self) -> None:
        """Take away every tile and bundle that has something behind the end, once what stands before it is written."""
        for level in range(-(-_MOST_BITS // HEIGHT)):
            width = self.size >> HEIGHT * level
            names = [f"tile/{level}", *(["tile/entries"] if level == 0 else [])]
            removed = [_take_away(self.directory / name, width) for name in names]
            if not width and not any(removed):
                return

    def _mend_indices(self, heads: dict[str, Checkpoint]) -> None:
        """Make the leaf indices by position anew where they do not end with those of ``heads``."""
        if all(self._is_indexed(stream, head.position) for stream, head in heads.items()):
            return
        shutil.rmtree(self.directory / INDEX, ignore_errors=True)
        for index, leaf in enumerate(self.log.entries(0, self.size)):
            self._indices[read_leaf(leaf).stream].append(index)
        self.flush()

    def _is_indexed(self, stream: str, position: int) -> bool:
        path, length = index_path(self.directory, stream), position * POSITION_BYTES
        with suppress(FileNotFoundError):
            if path.stat().st_size > length:
                os.truncate(path, length)
        if not position:
            return True
        index = self.log.index_of(stream, position)
        if index is None or index >= self.size:
            return False
        with suppress(DamagedLogError, MalformedLeafError):
            entry = self.log.entry(index)
            return (entry.stream, entry.position) == (stream, position)
        return False


_MOST_BITS = 63


def _draft(path: Path, content: bytes) -> None:
    with private_file(draft_of(path)) as file:
        file.write(content)


def heads_in(leaves: Iterable[bytes], heads: dict[str, Checkpoint]) -> dict[str, Checkpoint]:
    """Return up to where each stream stands once these entries follow."""
    all_heads = dict(heads)
    for leaf in leaves:
        entry = read_leaf(leaf)
        all_heads[entry.stream] = entry.seen
    return all_heads


def _take_away(row: Path, width: int) -> bool:
    """Remove from a row of tiles what is wider than ``width``; tells whether there was anything."""
    number, kept, removed = width >> HEIGHT, width % WIDTH, False
    for place in _tiles_from(row, number):
        removed = True
        place.unlink(missing_ok=True)
        partial = place.with_name(f"{place.name}.p")
        if kept and place == row / tile_path(number):
            for file in partial_files(partial, kept + 1):
                file.unlink()
        else:
            shutil.rmtree(partial, ignore_errors=True)
    return removed


def _tiles_from(row: Path, number: int) -> Iterator[Path]:
    """The places of tiles from a number on, as long as there is one, full or partial."""
    while True:
        place = row / tile_path(number)
        if not place.exists() and not place.with_name(f"{place.name}.p").exists():
            return
        yield place
        number += 1


def _packed(indices: Sequence[int]) -> bytes:
    return struct.pack(f">{len(indices)}Q", *indices)
