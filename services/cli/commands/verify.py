"""``verify``: is everything as it must be?"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from events.message import message
from projections.sums import Reconciliation
from services.cli.exit_codes import CommandError, command_error
from services.cli.opening import with_installation
from services.cli.output import Steps
from services.cli.render.audit import show_audit
from services.cli.verification import examined, sums
from services.notary.notes import NoteError, VerifierKey, read_key
from services.runtime.bootstrap import Installation
from services.verification.discrepancies import AuditResult
from services.verification.known_checkpoints import OutsideCheckpoint


def verify(
    *,
    since: Sequence[Path] = (),
    key: Sequence[str] = (),
    page: Annotated[int, Parameter(validator=Number(gte=1))] = 1,
    json: bool = False,
    data: Path | None = None,
) -> int:
    """Check the ledger for gaps, repeat every calculation, compare states, read models and every rupiah.

    Compares what agencies were answered too, and everything with the last checkpoint of the log. With --since also with
    checkpoints that were kept elsewhere, whose signatures --key judges. Names every place that differs. Exit code 1 if
    one does.
    """
    outside = tuple(OutsideCheckpoint(file.name, _read(file)) for file in since)
    trusted = tuple(_key(text) for key_or_file in key for text in _keys_in(key_or_file))

    async def work(installation: Installation) -> tuple[AuditResult, Reconciliation | None]:
        with Steps() as steps:
            result = await examined(installation, steps.stage, outside, trusted)
        return result, sums(installation, result)

    return show_audit(*with_installation(data, work), json=json, page=page)


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise command_error("verify.no-checkpoint", "verify.name-checkpoint", file=file) from error


def _keys_in(text: str) -> list[str]:
    """Return the keys that were given: as text, or as a file with one a line, as `kelambu notary keys` prints them."""
    file = Path(text)
    if "+" in text and not os.path.isfile(text):  # noqa: PTH113 - a key may be too long for the name of a file
        return [text]
    try:
        lines = file.read_text(errors="replace").splitlines()
    except OSError as error:
        raise command_error("verify.no-keys", "verify.name-key", file=file) from error
    keys = [line.split()[0] for line in lines if line.strip() and not line.startswith("#")]
    if not keys:
        raise command_error("verify.no-keys", "verify.name-key", file=file)
    return keys


def _key(text: str) -> VerifierKey:
    try:
        return read_key(text)
    except NoteError as error:
        raise CommandError(error.message, message("verify.name-key")) from error
