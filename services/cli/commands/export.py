"""``export``: what the installation holds, as JSON lines for other programs."""

from __future__ import annotations

import asyncio
import hashlib
import os
import stat
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path
from typing import BinaryIO, Literal

import msgspec

from events.catalogue import AgencyEvent, decode
from events.message import message
from projections import claims
from projections.checkpoint import Checkpoint, proceed
from projections.store import Store
from services.audit_trail.records import Exported, ExportedFile, PersonalDataRead
from services.audit_trail.trail import append, require_open
from services.cli.exit_codes import FINDING, OK
from services.cli.figures import record_look
from services.cli.opening import with_installation
from services.cli.output import Steps, errors
from services.cli.trail_options import NOBODY, TrailOptions, require_reason
from services.ledger.trail import TrailStore
from services.platform.sanitizing import in_json
from services.runtime.bootstrap import Installation
from services.texts.language import said
from services.verification.content import document_of

What = Literal["claims", "ledger", "agency-events", "trail"]
_PAGE = 2000
_MINE = 0o600


def export_claims(*, out: Path | None = None, trail: TrailOptions = NOBODY, data: Path | None = None) -> int:
    """Write where each claim stands, one JSON line each."""
    return _export("claims", out, trail, data)


def export_ledger(*, out: Path | None = None, trail: TrailOptions = NOBODY, data: Path | None = None) -> int:
    """Write every event as it is recorded, one JSON line each, each partition in its order."""
    return _export("ledger", out, trail, data)


def export_agency_events(
    *, out: Path | None = None, trail: TrailOptions = NOBODY, data: Path | None = None
) -> int:
    """Write what the agencies sent, in clear, one JSON line each, each partition in its order; it needs --reason.

    Exit code 1 if personal values could not be opened; such an event is left out.
    """
    return _export("agency-events", out, trail, data)


def export_trail(*, out: Path | None = None, trail: TrailOptions = NOBODY, data: Path | None = None) -> int:
    """Write the audit trail, one JSON line a record, each with the SHA-256 of the one before it."""
    return _export("trail", out, trail, data)


def _export(what: What, out: Path | None, trail: TrailOptions, data: Path | None) -> int:
    """Write one kind of lines; that it was exported is recorded in the audit trail, with rows and hash.

    That personal values are opened is recorded before the first of them is.
    """
    clear = what == "agency-events"
    require_reason(trail, opens=clear)

    async def work(installation: Installation) -> int:
        left_out = rows = 0
        if clear:
            opening = PersonalDataRead(what="agency-events", subject="all", values=None)
            await append(installation, opening, **trail.signature)
        else:
            await require_open(installation, trail.engagement)
        digest = hashlib.sha256()
        printable = _harmless if out is None and sys.stdout.isatty() else bytes
        with (
            _destination(out) as file,
            Steps() as steps,
            steps(message("export.exporting", what=what)) as advance,
        ):
            async for lines in _SOURCES[what](installation):
                complete_lines = [line for line in lines if line is not None]
                digest.update(b"".join(line + b"\n" for line in complete_lines))
                file.writelines(printable(line) + b"\n" for line in complete_lines)
                rows += len(complete_lines)
                left_out += len(lines) - len(complete_lines)
                advance(len(lines))
        exported_file = ExportedFile(name=out.name if out else "-", rows=rows, sha256=digest.hexdigest())
        record = Exported(what=what, files=(exported_file,), clear=clear)
        await record_look(installation, record, trail)
        return left_out

    left_out = with_installation(data, work)
    if left_out:
        errors().print(said(message("export.left-out", count=left_out)))
    return FINDING if left_out else OK


def _harmless(line: bytes) -> bytes:
    """Return a line of JSON for a terminal."""
    return in_json(line.decode()).encode()


def _destination(out: Path | None) -> BinaryIO:
    if out is None:
        return os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    file = os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _MINE), "wb")
    if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        os.fchmod(file.fileno(), _MINE)  # the file may have been there, open to others
    return file


Page = list[bytes | None]


async def _claims(installation: Installation) -> AsyncIterator[Page]:
    with closing(Store(installation.settings.database_url)) as store, store.view() as view:
        yield [msgspec.json.encode(claim) for claim in claims.claims(view)]


async def _ledger(installation: Installation) -> AsyncIterator[Page]:
    for partition in range(installation.ledger.partitions):
        checkpoint = Checkpoint()
        while entries := await proceed(installation.ledger, {partition: checkpoint}, _PAGE):
            checkpoint = Checkpoint.of(entries[partition][-1])
            yield [entry.body for entry in entries[partition]]


async def _agency_events(installation: Installation) -> AsyncIterator[Page]:
    async for bodies in _ledger(installation):
        events = [event for body in bodies if body and isinstance(event := decode(body), AgencyEvent)]
        names = sorted({event.sealed.key for event in events if event.sealed})
        keys = await asyncio.to_thread(installation.keys.get, names)
        yield [document_of(event, keys) for event in events]


async def _trail(installation: Installation) -> AsyncIterator[Page]:
    async for page in TrailStore(installation.core).pages():
        yield [body for _, body in page]


_SOURCES: dict[What, Callable[[Installation], AsyncIterator[Page]]] = {
    "claims": _claims,
    "ledger": _ledger,
    "agency-events": _agency_events,
    "trail": _trail,
}
