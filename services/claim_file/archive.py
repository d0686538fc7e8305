"""A claim's file on disk, as one ZIP or as a folder, written whole or not at all; and read back without trusting it.

The same files give the same bytes on every machine: nothing is compressed, every entry has one fixed time.
"""

from __future__ import annotations

import io
import os
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

from events.message import MessageError, message
from services.platform.durability import private_file, sync

MOST = 64 * 1024 * 1024
"""Bytes that the file of one claim can have: more of them is none, or was made to fill a memory."""
_TIME = (1980, 1, 1, 0, 0, 0)


class ClaimFileError(MessageError):
    """There is something in the way of a file, or it is none."""


def require_free(place: Path) -> None:
    """Raise ``ClaimFileError`` where something is there already, or no folder to write it in."""
    if place.exists() or place.is_symlink():
        raise ClaimFileError(message("claim-file.is-there", place=place))
    if not place.absolute().parent.is_dir():
        raise ClaimFileError(message("claim-file.no-folder", place=place.absolute().parent))


def write(place: Path, files: Mapping[str, bytes]) -> None:
    """Write the files as a ZIP where the name ends so, else as a new folder; raises as ``require_free`` does."""
    require_free(place)
    if place.suffix.lower() == ".zip":
        _write_zip(place, files)
    else:
        _write_folder(place, files)


def zipped(files: Mapping[str, bytes]) -> bytes:
    """Return the ZIP of these files, in the order of their names."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _TIME)
            entry.create_system, entry.external_attr = 3, 0o100600 << 16
            archive.writestr(entry, files[name])
    return content.getvalue()


def read(place: Path) -> dict[str, bytes]:
    """Return every file of a ZIP or a folder by its name, a damaged one of a ZIP as empty.

    Raises ``ClaimFileError`` where none can be.
    """
    try:
        files = _read_folder(place) if place.is_dir() else _read_zip(place)
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError) as error:
        raise ClaimFileError(message("claim-file.unreadable", place=place)) from error
    return files


def _write_zip(place: Path, files: Mapping[str, bytes]) -> None:
    aside = place.with_name(f".{place.name}.{os.getpid()}")
    try:
        with private_file(aside, new=True) as file:
            file.write(zipped(files))
        os.link(aside, place)
    except FileExistsError:
        raise ClaimFileError(message("claim-file.is-there", place=place)) from None
    finally:
        aside.unlink(missing_ok=True)
    sync(place.absolute().parent)


def _write_folder(place: Path, files: Mapping[str, bytes]) -> None:
    parent = place.absolute().parent
    with tempfile.TemporaryDirectory(prefix=f".{place.name}.", dir=parent) as aside:
        folder = Path(aside) / place.name
        for name, content in files.items():
            (folder / name).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with private_file(folder / name) as file:
                file.write(content)
        folder.rename(place)
    sync(parent)


def _read_zip(place: Path) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    with zipfile.ZipFile(place) as archive:
        entries = [entry for entry in archive.infolist() if not entry.is_dir()]
        if sum(entry.file_size for entry in entries) > MOST:
            raise ClaimFileError(message("claim-file.too-large", place=place))
        for entry in entries:
            if entry.filename in files:
                raise ClaimFileError(message("claim-file.twice", place=place, name=entry.filename))
            try:
                files[entry.filename] = archive.read(entry)
            except zipfile.BadZipFile:
                files[entry.filename] = b""  # damaged: whoever compares its hash names it
    return files


def _read_folder(place: Path) -> dict[str, bytes]:
    files = [file for file in sorted(place.rglob("*")) if file.is_file() and not file.is_symlink()]
    if sum(file.stat().st_size for file in files) > MOST:
        raise ClaimFileError(message("claim-file.too-large", place=place))
    return {file.relative_to(place).as_posix(): file.read_bytes() for file in files}
