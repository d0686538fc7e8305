"""Errors as sentences: what stands in the way and what to do. Nothing personal, never a traceback."""

from __future__ import annotations

import redis.exceptions
import sqlalchemy.exc

from projections.builds import OutdatedError
from projections.checkpoint import DivergedError
from projections.store import DamagedError, NotBuiltError
from services.audit.archive import ArchiveError
from services.audit.backup import RestoreError
from services.benefits.rulebook import RulebookError
from services.cli.failures import CommandError
from services.clock import SimulatedClockError
from services.disbursement.files import BatchFileError
from services.embedded import ServerError
from services.installation.identity import InstallationError
from services.intake.quarantine import UnknownDocumentError
from services.ledger.connection import UnsafeServerError
from services.ledger.protocol import LedgerError
from services.ledger.registry import UnknownPermissionError
from services.settings import SettingsError

_OWN_WORDS = (
    InstallationError,
    ServerError,
    UnsafeServerError,
    LedgerError,
    SettingsError,
    SimulatedClockError,
    RulebookError,
    UnknownPermissionError,
    UnknownDocumentError,
    NotBuiltError,
    OutdatedError,
    DamagedError,
    DivergedError,
    BatchFileError,
    ArchiveError,
    RestoreError,
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


def explain(error: Exception) -> CommandError:
    """Return the error in words. The text of an unexpected error is left out: it might name a person."""
    if isinstance(error, CommandError):
        return error
    if isinstance(error, _OWN_WORDS):
        return CommandError(str(error))
    for types, what, cure in _SENTENCES:
        if isinstance(error, types):
            return CommandError(what, cure)
    if isinstance(error, ModuleNotFoundError) and (error.name or "").startswith("psycopg"):
        return CommandError(
            "the driver for PostgreSQL is not installed.", "Install it: `uv sync --extra postgres`."
        )
    if isinstance(error, OSError):
        return CommandError(f"{error.strerror or type(error).__name__}: {error.filename or 'unnamed file'}.")
    return CommandError(
        f"something unexpected failed ({type(error).__name__}).",
        "Run the command again with --debug for the technical report.",
    )
