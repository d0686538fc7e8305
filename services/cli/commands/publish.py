"""``publish`` puts what an agency says into its outbox and shows each receipt, or sends it over HTTP."""

from __future__ import annotations

import os
import re
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from events.cells import CellFault, TableRefused
from events.message import message
from services.cli.documents import File
from services.cli.exit_codes import FINDING, OK, command_error, not_registered
from services.cli.http_sender import HttpSender
from services.cli.opening import with_installation
from services.cli.output import Steps, console, show_json
from services.cli.render.receipts import show_answers, show_receipt
from services.ledger.edge import Edge
from services.runtime.bootstrap import Installation
from services.texts.language import language, said

_AT_ONCE = 2000


def publish(
    file: Annotated[Path, Parameter(allow_leading_hyphen=True)],
    /,
    *,
    agency: Annotated[str, Parameter(name="--as")],
    kind: Annotated[str | None, Parameter(name="--type")] = None,
    confirm: bool = False,
    url: str | None = None,
    key: Path | None = None,
    no_wait: bool = False,
    json: bool = False,
    data: Path | None = None,
) -> int:
    """Put a file of events into an agency's outbox, or send it over HTTP, one after the other, in order.

    The file is understood before anything of it is sent: of a table with a fault anywhere, or of JSON that cannot be
    taken apart, nothing is. Each receipt is shown as it comes, with --json as a JSON line; where no intake works on
    the outbox nothing is waited for. Exit code 1 where something was refused.
    """
    raw = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    read = File(raw, file.name, kind)

    async def send(installation: Installation) -> int:
        if await installation.registry.get(agency) is None:
            raise not_registered(agency)
        documents = read.documents(agency, installation.rulebook.codes, confirmed=confirm)
        edge = Edge(installation.edge)
        before, entries = await edge.receipts_end(agency), list[str]()
        with Steps() as steps, steps(message("publish.publishing", agency=agency), len(documents)) as advance:
            for start in range(0, len(documents), _AT_ONCE):
                part = documents[start : start + _AT_ONCE]
                entries += await edge.submit(agency, part)
                advance(len(part))
        if no_wait:
            console().print(said(message("receipt.published", agency=agency, count=len(entries))))
            return OK
        return await show_answers(installation, agency, entries, before, json=json)

    try:
        if url is None:
            return with_installation(data, send)
        post = HttpSender(url, agency, _secret(key), language=language())
        return _post(post, read.documents(agency, confirmed=confirm), agency, json=json)
    except TableRefused as refused:
        return _tell(refused, agency, json=json)


def _post(post: HttpSender, documents: Sequence[bytes], agency: str, *, json: bool) -> int:
    out, statuses = console(), Counter[str]()
    with Steps() as steps, steps(message("publish.sending", agency=agency), len(documents)) as advance:
        for receipt in post.send(documents, advance):
            statuses[receipt.status] += 1
            show_receipt(receipt, json=json)
    if not json:
        refused_count = statuses["refused"]
        counts = {"count": statuses.total() - refused_count, "refused": refused_count}
        out.print(said(message("publish.received", agency=agency, **counts)))
    return FINDING if statuses["refused"] else OK


def _tell(error: TableRefused, agency: str, *, json: bool) -> int:
    """Tell each fault of a table by the row, the letter and the name of its column."""
    if json:
        show_json([_fault_fields(fault) for fault in error.faults])
        return FINDING
    out = console()
    for fault in error.faults:
        place = ", ".join(part for part in (fault.letter, fault.column) if part)
        line = message("publish.row", row=fault.row, what=fault.message)
        if place:
            line = message("publish.cell", row=fault.row, place=place, what=fault.message)
        out.print(said(line), markup=False, soft_wrap=True)
    if any(fault.message.key == "cell.rounded" for fault in error.faults):
        out.print(said(message("publish.confirm")))
    out.print(said(message("publish.nothing", agency=agency, count=len(error.faults))))
    return FINDING


def _fault_fields(fault: CellFault) -> dict[str, object]:
    """Return a fault as programs read it.

    Its place, the sentence in the language of the command, its key and parameters.
    """
    at = {"row": fault.row, "column": fault.column, "letter": fault.letter}
    text = {"key": fault.message.key, "parameters": fault.message.parameters}
    return at | text | {"message": said(fault.message)}


def _secret(key: Path | None) -> str:
    """Return the key with which an agency sends; it is never an argument, which others could see."""
    secret = (os.environ.get("KELAMBU_KEY", "") if key is None else key.read_text()).strip()
    if not re.fullmatch(r"[!-~]+", secret):
        raise command_error("publish.no-key", "publish.name-key")
    return secret
