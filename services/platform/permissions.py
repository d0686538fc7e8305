"""What Kelambu keeps on disk is for its own user alone: directories 0700, files 0600, whatever the umask."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from services.platform.settings import Settings

PRIVATE_UMASK = 0o077
_OTHERS = 0o077
_FOLDERS = ("server", "keys", "batches", "halted")


def open_to_others(settings: Settings) -> list[Path]:
    """Return the directories and files of an installation that users beside its own may read, write or enter."""
    return [path for path in _own_paths(settings) if path.lstat().st_mode & _OTHERS]


def close_to_others(settings: Settings) -> int:
    """Take from other users whatever rights they have; returns from how many directories and files.

    What belongs to another user stays as it is; ``open_to_others`` names it.
    """
    closed = 0
    for path in open_to_others(settings):
        try:
            path.chmod(stat.S_IMODE(path.lstat().st_mode) & ~_OTHERS)
        except PermissionError:
            continue
        closed += 1
    return closed


def _own_paths(settings: Settings) -> Iterator[Path]:
    """Go through the data directory, our files in it, and the databases, wherever they are."""
    if settings.data.is_dir() and not settings.data.stat().st_mode & stat.S_ISVTX:
        yield settings.data
    for name in _FOLDERS:
        yield from _tree(settings.data / name)
    yield from _tree(settings.log)
    from sqlalchemy.engine import make_url  # noqa: PLC0415 -- every command has a umask, few look at a database

    for url in (settings.database_url, settings.keys_url):
        address = make_url(url)
        if address.get_backend_name() == "sqlite" and address.database:
            yield from filter(_is_ours, (Path(f"{address.database}{end}") for end in ("", "-wal", "-shm")))


def _tree(place: Path) -> Iterator[Path]:
    if not _is_ours(place):
        return
    yield place
    if place.is_dir():
        for entry in place.iterdir():
            yield from _tree(entry)


def _is_ours(path: Path) -> bool:
    """Tell whether a plain file or directory is there; what a link points to is somebody else's to guard."""
    try:
        kind = os.lstat(path).st_mode
    except FileNotFoundError:
        return False
    return stat.S_ISREG(kind) or stat.S_ISDIR(kind)
