"""The files of a backup: readable by anybody, each with its hash in the manifest.

``manifest.json``; per partition ``pNN.ledger.jsonl`` (line n is the event at position n, as stored) and
``pNN.cut.json``; ``server.jsonl`` (everything else on the server); ``keys.jsonl`` (what opens the personal data:
whoever has this file and the ledger can read everything).
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self, TypeVar

import msgspec
from msgspec import Struct

from events.message import message
from projections.checkpoint import Checkpoint
from services.ledger.protocol import Head
from services.platform.durability import private_file, sync
from services.texts.errors import TextError

MANIFEST = "manifest.json"
SERVER = "server.jsonl"
KEYS = "keys.jsonl"
FORMAT = 2
"""How the files are laid out; one more whenever one of them is laid out otherwise."""
_PAGE = 500

S = TypeVar("S")


class Manifest(Struct, frozen=True, kw_only=True):
    """What a backup holds. ``heads`` by partition; ``keys`` and ``destroyed`` are how many there are."""

    format: int = FORMAT
    made: str
    partitions: int
    heads: dict[int, Head]
    checkpoints: dict[int, Checkpoint]
    """By partition the last event that is in the backup: a ledger that holds it is the same one, gone on."""
    events: int
    keys: int
    destroyed: int
    files: dict[str, str]
    """File name to SHA-256 of its content."""
    installation: str = ""
    """Mark of the installation and epoch that it was taken of."""


class Key(Struct, frozen=True, omit_defaults=True):
    """A key, or the destruction of one; ``erased``: for good, so that none is made again."""

    name: str
    key: bytes = b""
    erased: bool = False


class CopiedKeys(Struct, frozen=True):
    """The key store of a backup: the keys, the names of those that were destroyed, and of those for good."""

    keys: dict[str, bytes]
    destroyed: set[str]
    erased: set[str]

    @classmethod
    def of(cls, lines: Iterable[Key]) -> Self:
        """Sort the lines of the file."""
        every = list(lines)
        tombstones = [line for line in every if not line.key]
        return cls(
            {line.name: line.key for line in every if line.key},
            {line.name for line in tombstones},
            {line.name for line in tombstones if line.erased},
        )


class ArchiveError(TextError):
    """The backup cannot be written there, or what is there is no whole backup; the message says which file."""


def ledger_file(partition: int) -> str:
    """Name the file of a partition's events."""
    return f"p{partition:02d}.ledger.jsonl"


def snapshot_file(partition: int) -> str:
    """Name the file of a partition's head, inbox, states, parked events and ids."""
    return f"p{partition:02d}.cut.json"


class Writer:
    """Writes the files of a backup beside its place and moves them there when the manifest is written."""

    def __init__(self, place: Path) -> None:
        """Refuse a place where something is."""
        if place.exists() and (not place.is_dir() or any(place.iterdir())):
            raise ArchiveError(message("backup.not-empty", place=place))
        self._place, self._draft = place, place.with_name(f"{place.name}.partial")
        if self._draft.exists():
            raise ArchiveError(message("backup.broke-off", place=self._draft))
        self._draft.mkdir(mode=0o700, parents=True)
        self.files: dict[str, str] = {}

    def lines(self, name: str, lines: Iterable[bytes]) -> None:
        """Write a file of lines, durable when this returns."""
        with self._writing(name) as write:
            for line in lines:
                write(line + b"\n")

    async def pages(self, name: str, pages: AsyncIterator[list[bytes]]) -> None:
        """Write a file of lines that come page by page."""
        with self._writing(name) as write:
            async for page in pages:
                write(b"".join(line + b"\n" for line in page))

    @contextmanager
    def _writing(self, name: str) -> Iterator[Callable[[bytes], None]]:
        digest = hashlib.sha256()
        with private_file(self._draft / name, new=True) as file:

            def write(content: bytes) -> None:
                digest.update(content)
                file.write(content)

            yield write
        self.files[name] = digest.hexdigest()

    def finish(self, manifest: Manifest) -> None:
        """Write the manifest and put the backup in its place."""
        self.lines(MANIFEST, [msgspec.json.format(msgspec.json.encode(manifest))])
        sync(self._draft)
        if self._place.exists():
            self._place.rmdir()
        self._draft.rename(self._place)
        sync(self._place.parent)


class BackupReader:
    """Reads a backup of which every file has the hash that its manifest says."""

    def __init__(self, place: Path) -> None:
        """Check all files; raises ``ArchiveError`` naming the first that is missing or was changed."""
        self._place = place
        try:
            content = (place / MANIFEST).read_bytes()
            self.manifest = msgspec.json.decode(content, type=Manifest)
            self.sha256 = hashlib.sha256(content).hexdigest()
        except FileNotFoundError:
            raise ArchiveError(message("backup.none", place=place, manifest=MANIFEST)) from None
        except msgspec.DecodeError as fault:
            raise ArchiveError(message("backup.unreadable", file=place / MANIFEST, why=str(fault))) from None
        if self.manifest.format != FORMAT:
            raise ArchiveError(
                message("backup.format", place=place, format=self.manifest.format, known=FORMAT)
            )
        for name, expected in self.manifest.files.items():
            if not (place / name).is_file():
                raise ArchiveError(message("backup.file-missing", file=place / name))
            with (place / name).open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() != expected:
                    raise ArchiveError(message("backup.file-changed", file=place / name))

    def lines(self, name: str) -> Iterator[bytes]:
        """Go through the lines of a file."""
        with (self._place / name).open("rb") as file:
            for line in file:
                yield line.removesuffix(b"\n")

    def read(self, name: str, kind: type[S]) -> Iterator[S]:
        """Go through a file whose lines are JSON of one type."""
        decoder = msgspec.json.Decoder(kind)
        for line in self.lines(name):
            yield decoder.decode(line)

    async def pages(self, name: str) -> AsyncIterator[list[bytes]]:
        """Go through the lines of a file, a few hundred at a time."""
        page: list[bytes] = []
        for line in self.lines(name):
            page.append(line)
            if len(page) == _PAGE:
                yield page
                page = []
        if page:
            yield page
