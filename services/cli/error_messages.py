"""Errors as sentences: what is in the way and what to do. Nothing personal, never a traceback."""

from __future__ import annotations

import shutil

import redis.exceptions
import sqlalchemy.exc

from events.message import Message, MessageError, message
from services.cli.exit_codes import CommandError
from services.runtime.machine_faults import reason_of
from services.texts.errors import AdvisedError, of_system

_KINDS: tuple[tuple[str, tuple[type[Exception], ...]], ...] = (
    ("credential", (redis.exceptions.AuthenticationError, redis.exceptions.NoPermissionError)),
    ("no-answer", (redis.exceptions.ConnectionError, redis.exceptions.TimeoutError)),
    ("database", (sqlalchemy.exc.OperationalError, sqlalchemy.exc.ArgumentError)),
    ("not-copied", (shutil.Error,)),
)
"""What is wrong, by its text, with the kinds of errors that say so."""

_CURES = {
    "machine.disk-full": "free-space",
    "machine.quota": "free-space",
    "machine.read-only": "make-writable",
    "machine.server-memory": "more-memory",
    "machine.server-disk": "free-disk",
    "machine.server-replica": "name-primary",
    "machine.server-loading": "in-a-moment",
    "machine.disk-fails": "copy-away",
    "machine.database-closed": "directory-owner",
    "machine.database-damaged": "see-doctor",
}
"""What to do about a fault of the machine, by its text, where an error does not say it by itself."""


def explain(error: Exception) -> CommandError:
    """Return the error in words. The text of an unexpected error is left out: it might name a person."""
    if isinstance(error, CommandError):
        return error
    if isinstance(error, AdvisedError):
        return CommandError(error.message, error.cure)
    if isinstance(error, MessageError):
        return CommandError(error.message)
    return _of_machine(error) or _of_kind(error)


def _of_machine(error: Exception) -> CommandError | None:
    reason = reason_of(error)
    if reason is None or reason.key not in _CURES:
        return None
    file = error.filename if isinstance(error, OSError) else None
    what = (
        message("machine.at-file", reason=reason, file=file)
        if file
        else message("machine.alone", reason=reason)
    )
    return CommandError(what, message(f"error.cure.{_CURES[reason.key]}"))


def _of_kind(error: Exception) -> CommandError:
    for kind, types in _KINDS:
        if isinstance(error, types):
            return _of_text(kind)
    if isinstance(error, ModuleNotFoundError) and (error.name or "").startswith("psycopg"):
        return _of_text("driver")
    if isinstance(error, OSError):
        return CommandError(_of_file(error))
    return _of_text("unforeseen", kind=type(error).__name__)


def _of_text(what: str, /, **parameters: str) -> CommandError:
    return CommandError(message(f"error.{what}", **parameters), message(f"error.cure.{what}"))


def _of_file(error: OSError) -> Message:
    file = str(error.filename) if error.filename else message("error.unnamed-file")
    return message("error.file", what=of_system(error), file=file)
