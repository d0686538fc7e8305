"""Errors as sentences: what stands in the way and what to do. Nothing personal, never a traceback."""

from __future__ import annotations

import shutil

import redis.exceptions
import sqlalchemy.exc

from events.message import MessageError
from services.benefits.rulebook import RulebookError
from services.cli.failures import CommandError
from services.clock import SimulatedClockError
from services.embedded import ServerError
from services.faults import reason_of
from services.installation.identity import InstallationError
from services.intake.quarantine import UnknownDocumentError
from services.ledger.connection import UnsafeServerError, UnusableServerError
from services.ledger.protocol import LedgerError
from services.ledger.registry import UnknownPermissionError
from services.sealing.keystore import DamagedKeysError, KeysGoneError
from services.settings import SettingsError

_OWN_WORDS = (
    InstallationError,
    KeysGoneError,
    ServerError,
    UnsafeServerError,
    UnusableServerError,
    DamagedKeysError,
    LedgerError,
    SettingsError,
    SimulatedClockError,
    RulebookError,
    UnknownPermissionError,
    UnknownDocumentError,
)
"""Errors whose message is written for people and names none."""

_SENTENCES: tuple[tuple[tuple[type[Exception], ...], str, str], ...] = (
    (
        (redis.exceptions.AuthenticationError, redis.exceptions.NoPermissionError),
        "the server refused the credential.",
        "Check user and password in REDIS_URL or EDGE_URL.",
    ),
    (
        (redis.exceptions.ConnectionError, redis.exceptions.TimeoutError),
        "the server does not answer.",
        "Is it running? Check REDIS_URL, or unset it to use the embedded server; `kelambu doctor` tells more.",
    ),
    (
        (sqlalchemy.exc.OperationalError, sqlalchemy.exc.ArgumentError),
        "the database of the read models or keys cannot be used.",
        "Check KELAMBU_DATABASE and KELAMBU_KEYS; `kelambu doctor` tells more.",
    ),
)

_CURES = {
    "the disk is full": "Free some space and try again; nothing that was acknowledged is lost.",
    "the disk quota is used up": "Free some space and try again; nothing that was acknowledged is lost.",
    "the file system can only be read": "Make it writable, or choose another data directory with --data.",
    "the server's memory is used up": "Raise its maxmemory, or give the machine more memory; nothing that was acknowledged is lost.",
    "the server cannot write its file: its disk is full, or fails": "Free its disk and try again; nothing that was acknowledged is lost.",
    "the server is a replica, which cannot be written to": "Name its primary in REDIS_URL or EDGE_URL.",
    "the server is still reading its file": "Try again in a moment.",
    "the disk fails": "See whether it is full; else look into the system's log, and copy the data directory to another disk.",
    "a database file may not be opened or made": "Check who owns the data directory, and that it is writable.",
    "a database file is damaged": "`kelambu doctor` says which.",
}
"""What to do about a fault of the machine, where an error does not say it by itself."""


def explain(error: Exception) -> CommandError:
    """Return the error in words. The text of an unexpected error is left out: it might name a person."""
    if isinstance(error, CommandError):
        return error
    if isinstance(error, MessageError):
        return CommandError(error.message)
    if isinstance(error, _OWN_WORDS):
        return CommandError(str(error))
    return _of_machine(error) or _of_kind(error)


def _of_machine(error: Exception) -> CommandError | None:
    reason = reason_of(error)
    if reason not in _CURES:
        return None
    where = f" ({error.filename})" if isinstance(error, OSError) and error.filename else ""
    return CommandError(f"{reason}{where}.", _CURES[reason])


def _of_kind(error: Exception) -> CommandError:
    for types, what, cure in _SENTENCES:
        if isinstance(error, types):
            return CommandError(what, cure)
    if isinstance(error, ModuleNotFoundError) and (error.name or "").startswith("psycopg"):
        return CommandError(
            "the driver for PostgreSQL is not installed.", "Install it: `uv sync --extra postgres`."
        )
    if isinstance(error, shutil.Error):
        return CommandError(
            "not all files could be copied.", "Is the disk full? Free some space and try again."
        )
    if isinstance(error, OSError):
        return CommandError(f"{error.strerror or type(error).__name__}: {error.filename or 'unnamed file'}.")
    return CommandError(
        f"something unexpected failed ({type(error).__name__}).",
        "Run the command again with --debug for the technical report.",
    )
