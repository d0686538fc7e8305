"""The copies of keys that backups hold: which backups there are, and taking the keys of erased persons out of them.

A backup is noted in the audit trail before its first file is written, so that none is unknown. Its key file is replaced
as a whole: the manifest that fits the new one is written first beside the old one, so that whoever finds a removal
broken off can tell how far it came.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from events.message import message
from services.audit_trail.entries import TrailEntry
from services.audit_trail.records import BackupGone, BackupMade
from services.audit_trail.trail import TrailSignature, append, read
from services.backup.archive import KEYS, MANIFEST, ArchiveError, CopiedKeys, Key, Manifest
from services.platform.durability import private_file, sync
from services.sealing.own_key import SealingHolder
from services.texts.errors import advised

_NEXT = ".next"
"""Ends the name of a file that is to take another one's place."""


class NotedBackup(Struct, frozen=True):
    """A backup as it was noted when it began."""

    place: Path
    made: dt.datetime
    generation: int


class BackupCopy(Struct, frozen=True):
    """A backup and whose keys it holds.

    ``clean``: of nobody who was erased; ``holds``: of ``persons`` who were; ``away``: nothing can be said, since it is
    not where it was made; ``damaged``: its key file cannot be read, or is none of its manifest's; ``broken-off``: it
    was never finished, and what there is of it is to be removed.
    """

    place: str
    made: dt.datetime
    generation: int
    state: Literal["clean", "holds", "away", "damaged", "broken-off"]
    persons: int = 0


async def note_backup(installation: SealingHolder, place: Path, by: str) -> None:
    """Note that a backup is about to be written to a place that is named from the root."""
    generation, _ = installation.keys.generation()
    await append(installation, BackupMade(place=str(place), generation=generation), by=by)


async def note_gone(installation: SealingHolder, place: Path, signature: TrailSignature) -> None:
    """Note that somebody says a backup was destroyed, with every copy of it.

    Raises:
        AdvisedError: no backup was made there, or there is one.
    """
    noted = backups_in(await read(installation))
    if all(one.place != place for one in noted):
        raise advised("erase.no-backup", "erase.list-first", place=place)
    if any(one.place == place and (place / MANIFEST).is_file() for one in noted):
        raise advised("erase.backup-there", "erase.backup-there-cure", place=place)
    await append(installation, BackupGone(place=str(place)), **signature)


def backups_in(trail: Sequence[TrailEntry]) -> list[NotedBackup]:
    """Return every backup that was noted and of which nobody has said that it is gone, by the last time at each place."""
    noted: dict[str, NotedBackup] = {}
    for entry in trail:
        match entry.record:
            case BackupMade(place=place, generation=generation):
                noted[place] = NotedBackup(Path(place), entry.time, generation)
            case BackupGone(place=place):
                noted.pop(place, None)
    return list(noted.values())


def look_into(backup: NotedBackup, erased: Collection[str]) -> BackupCopy:
    """Say whose keys a backup holds, of those who were erased."""
    state: Literal["clean", "holds", "away", "damaged", "broken-off"]
    key_count = 0
    if not (backup.place / MANIFEST).is_file():
        broken_off = backup.place.with_name(f"{backup.place.name}.partial")
        state = "broken-off" if (broken_off / KEYS).is_file() else "away"
    else:
        try:
            key_count = len(_opened(backup.place)[0].keys.keys() & set(erased))
        except ArchiveError:
            state = "damaged"
        else:
            is_begun = (backup.place / f"{MANIFEST}{_NEXT}").is_file()
            state = "holds" if key_count or is_begun else "clean"
    return BackupCopy(str(backup.place), backup.made, backup.generation, state, key_count)


def take_out(place: Path, erased: Collection[str]) -> int:
    """Take the keys of erased persons out of a backup, for good; returns of how many. May be repeated after a crash.

    Raises:
        ArchiveError: its key file is none of its manifest's, so that nobody knows whose it is.
    """
    copy, manifest = _opened(place)
    destroyed = copy.keys.keys() & set(erased)
    following = place / f"{MANIFEST}{_NEXT}"
    if destroyed:
        names, for_good = sorted(copy.destroyed | destroyed), copy.erased | destroyed
        lines = [Key(name, key) for name, key in copy.keys.items() if name not in destroyed]
        lines += [Key(name, erased=name in for_good) for name in names]
        content = b"".join(msgspec.json.encode(line) + b"\n" for line in lines)
        then = replace(
            manifest,
            keys=len(copy.keys) - len(destroyed),
            destroyed=len(names),
            files={**manifest.files, KEYS: hashlib.sha256(content).hexdigest()},
        )
        _write(following, msgspec.json.format(msgspec.json.encode(then)) + b"\n")
        _write(place / f"{KEYS}{_NEXT}", content)
        _supersede(place / f"{KEYS}{_NEXT}", place / KEYS)
    if following.is_file():
        if destroyed or manifest == _manifest(following):
            following.replace(place / MANIFEST)
        following.unlink(missing_ok=True)
        (place / f"{KEYS}{_NEXT}").unlink(missing_ok=True)
        sync(place)
    return len(destroyed)


def _opened(place: Path) -> tuple[CopiedKeys, Manifest]:
    """Return the keys of a backup and the manifest that they fit.

    That is its own manifest, or the one that a removal was to end with.
    """
    try:
        content = (place / KEYS).read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        for file in (place / MANIFEST, place / f"{MANIFEST}{_NEXT}"):
            if file.is_file() and (manifest := _manifest(file)).files.get(KEYS) == digest:
                lines = content.splitlines()
                return CopiedKeys.of(msgspec.json.decode(line, type=Key) for line in lines), manifest
    except (OSError, msgspec.MsgspecError) as fault:
        raise ArchiveError(message("backup.unreadable", file=place / KEYS, why=str(fault))) from None
    raise ArchiveError(message("backup.file-changed", file=place / KEYS))


def _manifest(file: Path) -> Manifest:
    return msgspec.json.decode(file.read_bytes(), type=Manifest)


def _write(file: Path, content: bytes) -> None:
    with private_file(file) as output:
        output.write(content)


def _supersede(draft: Path, file: Path) -> None:
    """Put a file in the place of another one, whose bytes are overwritten where they stand once no name leads to them."""
    with file.open("r+b") as old:
        size = old.seek(0, os.SEEK_END)
        draft.replace(file)
        sync(file.parent)
        old.seek(0)
        old.write(bytes(size))
        old.flush()
        os.fsync(old.fileno())
