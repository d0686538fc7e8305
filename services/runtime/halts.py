"""What has stopped for a reason that waiting does not mend: each process reports it, and any of them answers for all.

A service that halts goes on running: it says why, looks again from time to time, and works again once the reason is
gone. What it says is in ``DATA/halted`` in a file that it keeps locked, so that nothing is left of a process that
ends.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
from pathlib import Path
from typing import IO, NamedTuple

import structlog

from events.message import Message, message
from projections.checkpoint import DivergedError
from services.runtime.partition_leases import own_name
from services.texts.catalogue import render
from services.texts.errors import AdvisedError, message_of

PAUSE_SECONDS = 30.0
"""How long a halted service waits before it looks again."""

CURE = message("checkpoint.cure")
"""What to do where the ledger is not the one that was followed."""

log = structlog.get_logger()


class _Written(NamedTuple):
    path: Path
    file: IO[str]


_halts: dict[tuple[Path, str], tuple[str, _Written | None]] = {}
"""What this process has halted, with the reason and the file that says it, None until one could be written."""


def diverged(error: DivergedError) -> Message:
    """Say that the ledger is not the one that was followed, and what to do."""
    return message("checkpoint.halted", reason=error.message, cure=CURE)


def reason_of_halt(error: Exception) -> Message:
    """Say what is in the way and, as far as the error knows, what to do."""
    if isinstance(error, DivergedError):
        return diverged(error)
    if isinstance(error, AdvisedError):
        return message("checkpoint.halted", reason=error.message, cure=error.cure)
    return message_of(error)


def halt(data: Path, name: str, reason: Message) -> None:
    """Say that ``name``, a service or ``SERVICE-pNN``, does not work and why; may be repeated.

    ``reason`` says what is wrong and what to do, and nothing personal; it is written in English.
    """
    text = render(reason, "en")
    before, kept = _halts.get((data, name), ("", None))
    if text == before and kept is not None:
        return
    if text != before:
        log.critical("service.halted", reason=text)
    try:
        file = _write_halt(data, name, text)
    except OSError:
        log.exception("halt.not-written")
        file = None
    _remove(kept)
    _halts[data, name] = text, file


def resume(data: Path, name: str) -> None:
    """Say that ``name`` works again; nothing happens if it had not halted."""
    if (data, name) in _halts:
        _let_go(data, name)
        log.info("service.resumed")


def end(data: Path, name: str) -> None:
    """Say nothing more of ``name``, which ends."""
    if (data, name) in _halts:
        _let_go(data, name)


def halted(data: Path) -> dict[str, str]:
    """Return what has halted in any process over this data directory: name to reason."""
    reasons = {name: reason for (place, name), (reason, _) in _halts.items() if place == data}
    with contextlib.suppress(FileNotFoundError):
        for path in sorted((data / "halted").iterdir()):
            if path.name.startswith("."):
                continue  # a draft, whose writer may not have locked it yet
            reason = _read(path)
            if reason:
                reasons[path.name.partition("@")[0]] = reason
    return reasons


def _write_halt(data: Path, name: str, reason: str) -> _Written:
    """Write a file that nobody has written before, and lock it before anybody can find it.

    A reader that removes what a dead process left may come late: the name must never be that of another reason.
    """
    place = data / "halted"
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    writer = f"{(own_name() or '').replace('/', '-')}{os.getpid()}"
    path = place / f"{name}@{writer}-{secrets.token_hex(8)}"
    draft = path.with_name(f".{path.name}")
    file = os.fdopen(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write(reason)
        file.flush()
        draft.rename(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        file.close()
        raise
    return _Written(path, file)


def _let_go(data: Path, name: str) -> None:
    _, kept = _halts.pop((data, name), ("", None))
    _remove(kept)


def _remove(kept: _Written | None) -> None:
    if kept is not None:
        with contextlib.suppress(OSError):
            kept.path.unlink(missing_ok=True)
        kept.file.close()


def _read(path: Path) -> str | None:
    """Return what a living process says there; what a dead one left is removed."""
    with contextlib.suppress(OSError), path.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return file.read()
        path.unlink()
    return None
