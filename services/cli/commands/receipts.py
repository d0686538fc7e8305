"""``receipts``: what became of each document that an agency sent, as it reads it itself over Redis."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

from events.message import message
from services.cli.agency_stream import show_stream
from services.cli.exit_codes import FINDING, OK, command_error
from services.cli.output import console, show_json, tell
from services.cli.render.receipts import lines
from services.ledger.edge import DocumentReceipt
from services.notary.comparison import Continuity, continuity
from services.notary.log import Log
from services.platform.newest_checkpoint import KnownLog
from services.platform.settings import Settings
from services.wording.terms import moment


def receipts(
    name: str,
    /,
    *,
    kept: Path | None = None,
    after: str = "0-0",
    follow: bool = False,
    json: bool = False,
    data: Path | None = None,
) -> int:
    """Show what became of each document that an agency sent, over Redis or HTTP, oldest first.

    With --kept and a file of receipts and outcomes that the agency kept, one in each line as JSON: whether the log of
    today continues what each says of it. Exit code 1 if it does not: there is a second history.
    """
    if kept is not None:
        return _compare(kept, Settings.read(data=data), json=json)

    def line(receipt: DocumentReceipt) -> Iterator[str]:
        head, *faults = lines(receipt)
        yield f"{moment(receipt.admittedtime)}  {head}"
        yield from faults

    return show_stream(
        name, lambda edge, seen: edge.receipts(name, seen), line, after, data, follow=follow, json=json
    )


class _Kept(Struct):
    """A receipt or an outcome as far as it is compared; of a batch's answer a receipt is in an item."""

    log: KnownLog | None = None
    receipt: _Kept | str | None = None


def _compare(file: Path, settings: Settings, *, json: bool) -> int:
    log = Log(settings.log)
    continuities: list[tuple[KnownLog, Continuity]] = []
    for number, line in enumerate(file.read_bytes().splitlines(), 1):
        try:
            read = msgspec.json.decode(line, type=_Kept)
        except msgspec.MsgspecError:
            raise command_error(
                "receipts.unreadable", "receipts.one-a-line", place=f"{file}:{number}"
            ) from None
        log_before = read.log or (read.receipt.log if isinstance(read.receipt, _Kept) else None)
        if log_before is not None:
            continuities.append((log_before, continuity(log, log_before)))
    if not continuities:
        raise command_error("receipts.name-no-log", "receipts.name-it", place=file)
    if json:
        show_json([{"log": log_before, "verdict": verdict} for log_before, verdict in continuities])
    else:
        for log_before, verdict in continuities:
            tell(console(), message(f"receipts.{verdict}", origin=log_before.origin, size=log_before.size))
    return FINDING if any(verdict in ("shrunk", "second-history") for _, verdict in continuities) else OK
