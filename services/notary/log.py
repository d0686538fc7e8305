"""The log as it stands in a directory: entries, hashes and proofs by leaf index, and where an event stands in it.

Nothing here writes. A file that is missing or has another size than it must is a ``DamagedLogError``; whether what
stands in it is right is for a proof to say, since every hash is checked by the root that it leads to.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import cache, lru_cache
from pathlib import Path

from msgspec import Struct

from events.message import message
from services.notary import merkle
from services.notary.checkpoint_text import LogCheckpoint, read_checkpoint
from services.notary.leaves import LogEntry, read_leaf
from services.notary.notes import read_note
from services.notary.tiles import HASH_BYTES, HEIGHT, WIDTH, bundle_path, tile_path, unbundled
from services.texts.errors import TextError

_CACHED = 512
CHECKPOINT = "checkpoint"
"""The file of the newest checkpoint."""
WITNESSED = "checkpoint.witnessed"
"""The file of the newest that a quorum of witnesses has confirmed, with their signatures."""
CONTRADICTING = "checkpoint.contradicting"
"""The file of the last checkpoint that a witness has shown against this log, signed by its own key."""
INDEX = "index"
"""The directory with a file for each stream: the leaf indices of its positions, in their order."""
POSITION_BYTES = 8
"""Bytes of each of them."""


class DamagedLogError(TextError):
    """Something of the log is missing or cut off."""


class PublishedCheckpoint(Struct, frozen=True):
    """What a checkpoint says, and the note that says it with its signatures, of one moment."""

    checkpoint: LogCheckpoint
    note: str


class Log:
    """A log in its directory, to read. It may grow meanwhile."""

    def __init__(self, directory: Path) -> None:
        """Read the log there."""
        self.directory = directory
        self._full_tile = lru_cache(_CACHED)(lambda level, number: self._read_tile(level, number, WIDTH))

    def note(self, name: str = CHECKPOINT) -> str | None:
        """Return the newest checkpoint with its signatures, or that of a name; None where there is none yet."""
        with suppress(FileNotFoundError):
            return (self.directory / name).read_text(encoding="utf-8")
        return None

    def checkpoint(self, name: str = CHECKPOINT) -> LogCheckpoint | None:
        """Return what the newest checkpoint says, or that of a name; raises as ``published`` does."""
        published = self.published(name)
        return published.checkpoint if published else None

    def published(self, name: str = CHECKPOINT) -> PublishedCheckpoint | None:
        """Return the newest checkpoint with its note, or that of a name; its signatures are not looked at.

        Raises:
            NoteError: the file is no signed note.
            MalformedCheckpointError: what it says is no checkpoint.
        """
        if (note := self.note(name)) is None:
            return None
        return PublishedCheckpoint(read_checkpoint(read_note(note.encode()).text), note)

    def entries(self, start: int, end: int) -> Iterator[bytes]:
        """The entries from one leaf index up to before another. Raises ``DamagedLogError``."""
        for number in range(start >> HEIGHT, -(-end // WIDTH)):
            first = number << HEIGHT
            bundle = self._bundle(number, min(WIDTH, end - first))
            yield from bundle[max(0, start - first) : end - first]

    def entry(self, index: int) -> LogEntry:
        """Return what stands at a leaf index. Raises ``DamagedLogError``."""
        return read_leaf(next(self.entries(index, index + 1)))

    def leaf_hash(self, index: int) -> bytes:
        """Return the hash of a leaf. Raises ``DamagedLogError``, as all that follows."""
        return self.tile(0, index >> HEIGHT, index % WIDTH + 1)[-1]

    def root(self, size: int) -> bytes:
        """Return the root of the first ``size`` leaves."""
        return merkle.root(self._tree(size), size)

    def inclusion_proof(self, index: int, size: int) -> list[bytes]:
        """Return the proof that the leaf ``index`` is among the first ``size``."""
        return merkle.inclusion_proof(self._tree(size), index, size)

    def consistency_proof(self, old_size: int, size: int) -> list[bytes]:
        """Return the proof that the first ``old_size`` leaves are the beginning of the first ``size``."""
        return merkle.consistency_proof(self._tree(size), old_size, size)

    def index_of(self, stream: str, position: int) -> int | None:
        """Return the leaf index of a position of a stream; None where the log has not come so far."""
        at = (position - 1) * POSITION_BYTES
        with suppress(FileNotFoundError), index_path(self.directory, stream).open("rb") as file:
            file.seek(at)
            index = file.read(POSITION_BYTES)
            return int.from_bytes(index, "big") if len(index) == POSITION_BYTES else None
        return None

    def tile(self, level: int, number: int, width: int = WIDTH) -> list[bytes]:
        """Return the first hashes of a tile. Raises ``DamagedLogError``."""
        # Of a tile that no checkpoint covers whole, something else may stand behind those hashes tomorrow.
        tile = self._full_tile(level, number) if width == WIDTH else self._read_tile(level, number, width)
        return [tile[at : at + HASH_BYTES] for at in range(0, width * HASH_BYTES, HASH_BYTES)]

    def _tree(self, size: int) -> merkle.Subtree:
        """The complete subtrees of the first ``size`` leaves; each of their tiles is read once."""

        @cache
        def tile(level: int, number: int) -> list[bytes]:
            return self.tile(level, number, min(WIDTH, (size >> HEIGHT * level) - (number << HEIGHT)))

        def subtree(level: int, index: int) -> bytes:
            tile_level, inner = divmod(level, HEIGHT)
            start, width = index << inner, 1 << inner
            at = start % WIDTH
            return merkle.root_of(tile(tile_level, start >> HEIGHT)[at : at + width])

        return subtree

    def _read_tile(self, level: int, number: int, width: int) -> bytes:
        for file in _candidates(self.directory / "tile" / str(level) / tile_path(number), width):
            with suppress(FileNotFoundError):
                tile = file.read_bytes()
                if len(tile) >= width * HASH_BYTES:
                    return tile
        raise DamagedLogError(
            message("log.damaged", file=self.directory / "tile" / str(level) / tile_path(number, width))
        )

    def _bundle(self, number: int, width: int) -> list[bytes]:
        for file in _candidates(self.directory / bundle_path(number), width):
            with suppress(FileNotFoundError, ValueError):
                entries = list(unbundled(file.read_bytes()))
                if len(entries) >= width:
                    return entries
        raise DamagedLogError(message("log.damaged", file=self.directory / bundle_path(number, width)))


def _candidates(full: Path, width: int) -> Iterator[Path]:
    """Where a tile of at least this width may stand: full, just so wide, or wider; or full by now."""
    partial = full.with_name(f"{full.name}.p")
    yield full
    if width < WIDTH:
        yield partial / str(width)
        yield from partial_files(partial, width + 1)
        yield full


def partial_files(directory: Path, width: int = 1) -> list[Path]:
    """Return the files of a partial tile that are at least so wide, the narrowest first."""
    with suppress(FileNotFoundError):
        by_width = {int(file.name): file for file in directory.iterdir() if file.name.isdigit()}
        return [by_width[wide] for wide in sorted(by_width) if wide >= width]
    return []


def index_path(directory: Path, stream: str) -> Path:
    """Return the file of the leaf indices of a stream."""
    return directory / INDEX / stream.replace("/", "-")
