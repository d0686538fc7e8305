"""The embedded server's append-only files: whole, or not touched.

A server that may cut a torn file cuts whichever it meets, and starts the next time without what was there. So it
has the setting never to. A torn write at the very end, which nobody relies on, is taken off here, and kept.
"""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import subprocess
from pathlib import Path

import redis
from msgspec import Struct

from events.message import Message, message
from services.platform.durability import private_file, sync
from services.texts.errors import TextError

FOLDER = "appendonlydir"
"""Below the server's directory."""
TORN = "torn"
"""Beside it: what was taken off the ends of files, each named by its file and the byte at which it began."""
LAST_DATABASE = 15
"""The server writes its databases in order, so a base file ends with the content of this one."""
WRITTEN = "written"
"""Beside it: which file was written last, and how long it was then at least."""
_MANIFEST = "appendonly.aof.manifest"
_NAME = re.compile(r"appendonly\.aof\.(\d+)\.(base|incr)\.(aof|rdb)")
_END_KEY = "kelambu:end-of-base"
_END = b"*2\r\n$6\r\nSELECT\r\n$2\r\n%d\r\n*3\r\n$3\r\nSET\r\n$%d\r\n%b\r\n$1\r\n1\r\n" % (
    LAST_DATABASE,
    len(_END_KEY),
    _END_KEY.encode(),
)
_TRANSACTION = b"*1\r\n$5\r\nMULTI\r\n"
_COMMITTED = b"\r\n*1\r\n$4\r\nEXEC\r\n"
_COMMAND = re.compile(rb"\r\n\*\d+\r\n\$\d+\r\n")


class DamagedFilesError(TextError):
    """The append-only files are not whole; the message says which, where, and what to do."""

    def __init__(self, files: Path, what: Message) -> None:
        """Say what is damaged below the server's directory ``files``."""
        super().__init__(message("append-only.damaged", what=what, files=files))


class Written(Struct, frozen=True):
    """The file that is written now, and a size that it will never fall below unless somebody cuts it."""

    name: str
    size: int


class _Part(Struct, frozen=True):
    name: str
    number: int
    kind: str


def examine(files: Path) -> None:
    """Look at what can be seen at once, whatever the size: the list, the files that it names, the end of the base.

    Raises:
        DamagedFilesError: the list is cut or names what is not there, or the base file has lost its end.
    """
    folder = files / FOLDER
    if not folder.is_dir():
        return
    filled = {file.name for file in folder.iterdir() if _NAME.fullmatch(file.name) and file.stat().st_size}
    parts = _parts(files)
    if not parts:
        if filled:
            raise DamagedFilesError(
                files, message("append-only.no-list", file=folder / _MANIFEST, other=min(filled))
            )
        return
    _compare_with_note(files, parts)
    for part in parts:
        if not (folder / part.name).exists():
            raise DamagedFilesError(
                files, message("append-only.missing", file=folder / part.name, manifest=_MANIFEST)
            )
    last = max((part.number for part in parts if part.kind == "i"), default=0)
    for name in sorted(filled - {part.name for part in parts}):
        if ".incr." in name and _number(name) > last:
            raise DamagedFilesError(
                files, message("append-only.not-named", file=folder / _MANIFEST, other=name)
            )
    for part in parts:
        if part.kind == "b" and part.name.endswith(".aof"):
            _examine_base(files, folder / part.name, first=part.number == 1)


def _compare_with_note(files: Path, parts: list[_Part]) -> None:
    noted = _noted(files)
    if noted is None:
        return
    file = files / FOLDER / noted.name
    size = file.stat().st_size if file.exists() else 0
    if noted.name in {part.name for part in parts}:
        if size < noted.size:
            raise DamagedFilesError(
                files, message("append-only.shorter", file=file, size=size, noted=noted.size)
            )
    elif _number(noted.name) > max(part.number for part in parts):
        raise DamagedFilesError(
            files, message("append-only.older", file=files / FOLDER / _MANIFEST, other=noted.name)
        )


def look_at_written(files: Path) -> Written | None:
    """Return the file that the server writes now and its size, all of it on disk when this returns."""
    now = [part.name for part in _parts(files) if part.kind == "i"][-1:]
    if not now:
        return None
    with (files / FOLDER / now[0]).open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        os.fdatasync(file.fileno())
    return Written(now[0], size)


def note_written(files: Path, written: Written) -> None:
    """Note a size that was seen some while ago, so that no write which may still be taken back is in it."""
    if _noted(files) != written:
        draft = files / f".{WRITTEN}"
        draft.write_text(f"{written.name} {written.size}\n")
        draft.replace(files / WRITTEN)


def _noted(files: Path) -> Written | None:
    with contextlib.suppress(FileNotFoundError, ValueError):
        name, size = (files / WRITTEN).read_text().split()
        return Written(name, int(size)) if _NAME.fullmatch(name) else None
    return None


def _number(name: str) -> int:
    match = _NAME.fullmatch(name)
    return int(match[1]) if match else 0


def _examine_base(files: Path, base: Path, *, first: bool) -> None:
    size = base.stat().st_size
    if first and not size:
        return
    with base.open("rb") as file:
        file.seek(max(0, size - len(_END)))
        if file.read() != _END:
            raise DamagedFilesError(files, message("append-only.no-end", file=base, size=size))


def mark_end(client: redis.Redis) -> None:
    """See to it that every base file which this server writes ends with a mark, by which a cut one is known."""
    with client.pipeline() as pipe:
        pipe.select(LAST_DATABASE)
        pipe.set(_END_KEY, 1, nx=True)
        pipe.select(0)
        pipe.execute()


def take_off_torn_end(files: Path, server: Path) -> Path | None:
    """Take the one write that a crash has torn off the end of the last file; returns where it is kept.

    ``server`` is the program, which can check its files too. None when every file is whole.

    Raises:
        DamagedFilesError: another file is torn, or the last one is damaged before its end.
    """
    used = [files / FOLDER / part.name for part in _parts(files) if part.kind != "h"]
    if not used:
        return None
    *earlier, last = used
    for file in earlier:
        if (whole := _whole_until(file, server)) < file.stat().st_size:
            raise DamagedFilesError(files, message("append-only.followed", file=file, whole=whole))
    whole, size = _whole_until(last, server), last.stat().st_size
    if whole == size:
        return None
    noted = _noted(files)
    if noted is not None and noted.name == last.name and whole < noted.size:
        raise DamagedFilesError(
            files, message("append-only.was-whole", file=last, whole=whole, noted=noted.size)
        )
    with last.open("r+b") as opened:
        opened.seek(whole)
        rest = opened.read()
        if not _one_torn_write(rest):
            raise DamagedFilesError(
                files, message("append-only.whole-writes", file=last, whole=whole, size=size)
            )
        kept = _keep(files / TORN, f"{last.name}.{whole}", rest)
        opened.truncate(whole)
        os.fsync(opened.fileno())
    return kept


def _whole_until(file: Path, server: Path) -> int:
    """Ask the server's own check, which runs under another name of the program and changes nothing."""
    if not file.stat().st_size:
        return 0
    name = "redis-check-aof" if "redis" in server.name else "valkey-check-aof"
    output = subprocess.run(  # noqa: S603
        [name, str(file)], executable=server, capture_output=True, text=True, errors="replace", check=False
    ).stdout
    if match := re.search(r"ok_up_to=(\d+)", output):
        return int(match[1])
    return file.stat().st_size if file.suffix == ".rdb" and "is valid" in output else 0


def _one_torn_write(rest: bytes) -> bool:
    """Tell whether these bytes can be the beginning of one write, and not damage with whole writes behind it."""
    if not rest.startswith(b"*"):
        return False
    if rest.startswith(_TRANSACTION):
        return _COMMITTED not in rest
    return _COMMAND.search(rest) is None


def _keep(folder: Path, name: str, content: bytes) -> Path:
    folder.mkdir(mode=0o700, exist_ok=True)
    kept = folder / name
    with private_file(kept) as file:
        file.write(content)
    sync(folder)
    return kept


def _parts(files: Path) -> list[_Part]:
    """Read the list of files in the order in which the server reads them; empty where there is no list."""
    manifest = files / FOLDER / _MANIFEST
    try:
        text = manifest.read_text()
    except FileNotFoundError:
        return []
    except UnicodeDecodeError:
        text = "damaged"
    parts = []
    for line in text.splitlines():
        try:
            words = shlex.split(line)
            fields = dict(zip(words[::2], words[1::2], strict=True))
            parts.append(_Part(fields["file"], int(fields["seq"]), fields["type"]))
        except (KeyError, ValueError):
            raise DamagedFilesError(files, message("append-only.line", file=manifest, line=line)) from None
    if text and not text.endswith("\n"):
        raise DamagedFilesError(files, message("append-only.cut", file=manifest, size=len(text)))
    return parts
