"""Copies that replace a part of an installation: the ledger or the keys; ours is set aside.

A copy is complete beside our own before it takes its place, and what is done with it may still fail: then ours is back.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from projections.sqlite_files import file_of
from services.backup.archive import KEYS, MANIFEST, BackupReader, CopiedKeys, Key
from services.cli.exit_codes import command_error
from services.platform.durability import sync
from services.platform.settings import Settings
from services.runtime.embedded_server import running
from services.sealing.keystore import KeyStore

_PASSING = shutil.ignore_patterns("lock", "*.log", "*.sock")


def is_backup(place: Path) -> bool:
    """Tell a backup from a data directory."""
    return (place / MANIFEST).is_file()


def refuse_running(data: Path) -> None:
    """Raise where services work on a data directory."""
    if running(data):
        raise command_error("installation.running", "installation.stop-first", place=data)


def refuse_named_server(settings: Settings) -> None:
    """Raise where the ledger is no file that could be exchanged."""
    if settings.redis_url is not None:
        raise command_error("copy.server-elsewhere", "copy.server-means")


def server_in(place: Path, ours: Path) -> Path:
    """Return where the server's files are in a data directory, or in a copy of its server's directory alone."""
    source = place / "server" if (place / "server").is_dir() else place
    if not (source / "appendonlydir").is_dir() or source.resolve() == ours.resolve():
        raise command_error("copy.no-ledger", "copy.name-backup", place=source)
    refuse_running(source.parent)
    return source


def copy_server(place: Path, to: Path) -> None:
    """Copy a server's files, all of them on disk when this returns."""
    _copy(place, to)


def copy_keys(settings: Settings, place: Path, to: Path) -> None:
    """Copy the key store of a backup, or of a data directory, into a directory that is not there."""
    ours = settings.data / "keys"
    if file_of(settings.keys_url) != ours / "keys.db":
        raise command_error("copy.keys-elsewhere", "copy.keys-means")
    if is_backup(place):
        _keys_of_backup(BackupReader(place), to)
        return
    source = place / "keys" if (place / "keys").is_dir() else place
    if not (source / "keys.db").is_file() or source.resolve() == ours.resolve():
        raise command_error("copy.no-keys", "copy.name-backup", place=source)
    refuse_running(source.parent)
    _copy(source, to)


def _keys_of_backup(backup: BackupReader, to: Path) -> None:
    copy = CopiedKeys.of(backup.read(KEYS, Key))
    with closing(KeyStore(f"sqlite:///{to / 'keys.db'}")) as store:
        store.put_back(copy.keys, sorted(copy.destroyed), sorted(copy.erased))
        store.belong(backup.manifest.installation)


@contextmanager
def exchanged(ours: Path, draft: Path) -> Iterator[None]:
    """Put a directory in the place of ours, or nothing where it is not there.

    Ours is set aside, and back on failure.
    """
    aside = ours.with_name(f"{ours.name}.{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%SZ}")
    was_there = ours.exists()
    if was_there:
        ours.rename(aside)
    try:
        if draft.exists():
            draft.rename(ours)
        sync(ours.parent)
        yield
    except BaseException:
        shutil.rmtree(ours, ignore_errors=True)
        if was_there:
            aside.rename(ours)
        raise


@contextmanager
def drafted(place: Path) -> Iterator[Path]:
    """Yield a directory that is not there yet and is removed at the end, unless it was moved."""
    shutil.rmtree(place, ignore_errors=True)
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _copy(place: Path, to: Path) -> None:
    shutil.copytree(place, to, ignore=_PASSING)
    for folder, _, files in os.walk(to):
        for name in files:
            sync(Path(folder) / name)
        sync(Path(folder))
