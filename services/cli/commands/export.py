"""``export``: what the installation holds, as JSON lines for other programs."""

from __future__ import annotations

import asyncio
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
from services.audit.content import document_of
from services.cli.exit_codes import FINDING, OK
from services.cli.language import said
from services.cli.opening import with_installation
from services.cli.output import Steps, errors
from services.platform.sanitizing import in_json
from services.runtime.bootstrap import Installation

What = Literal["claims", "ledger", "agency-events"]
_PAGE = 2000
_MINE = 0o600


def export(what: What, /, *, out: Path | None = None, data: Path | None = None) -> int:
    """Write claims, the ledger, or what the agencies sent, one JSON line each, each partition in its order.

    Exit code 1 if personal values of an agency's event could not be opened; that event is left out.
    """

    async def work(installation: Installation) -> int:
        left_out = 0
        shown = _harmless if out is None and sys.stdout.isatty() else bytes
        with (
            _destination(out) as file,
            Steps() as steps,
            steps(message("export.exporting", what=what)) as advance,
        ):
            async for lines in _SOURCES[what](installation):
                file.writelines(shown(line) + b"\n" for line in lines if line is not None)
                left_out += lines.count(None)
                advance(len(lines))
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
        seen = Checkpoint()
        while found := await proceed(installation.ledger, {partition: seen}, _PAGE):
            seen = Checkpoint.of(found[partition][-1])
            yield [entry.body for entry in found[partition]]


async def _agency_events(installation: Installation) -> AsyncIterator[Page]:
    async for bodies in _ledger(installation):
        events = [event for body in bodies if body and isinstance(event := decode(body), AgencyEvent)]
        names = sorted({event.sealed.key for event in events if event.sealed})
        keys = await asyncio.to_thread(installation.keys.get, names)
        yield [document_of(event, keys) for event in events]


_SOURCES: dict[What, Callable[[Installation], AsyncIterator[Page]]] = {
    "claims": _claims,
    "ledger": _ledger,
    "agency-events": _agency_events,
}
