"""``publish`` puts what an agency says into its outbox and shows each receipt, or sends it over HTTP."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, TypeAlias

from cyclopts import Parameter

from events import rows
from events.catalogue import AGENCY_TYPES
from events.codes import Codes
from services.bootstrap import House
from services.cli.answers import show_answers
from services.cli.failures import FINDING, OK, CommandError, not_registered
from services.cli.house import in_house
from services.cli.options import AsJson, DataDir
from services.cli.output import Steps, console
from services.cli.posting import Post
from services.ledger.edge import Edge
from services.ledger.registry import short

_AT_ONCE = 2000
TYPES = {short(name): name for name in AGENCY_TYPES}

NoWait: TypeAlias = Annotated[
    bool, Parameter(name="--no-wait", help="Do not wait for the receipts.", negative=())
]


def publish(
    file: Annotated[
        Path,
        Parameter(
            help="JSON lines of events, in order, or with --type a table; - for standard input.",
            allow_leading_hyphen=True,
        ),
    ],
    /,
    *,
    agency: Annotated[str, Parameter(name="--as", help="The agency in whose name it is sent.")],
    kind: Annotated[
        str | None,
        Parameter(name="--type", help="The file is a CSV table of events of this type, such as claim.filed."),
    ] = None,
    url: Annotated[
        str | None,
        Parameter(help="Send over HTTP to this gateway instead, as in http://127.0.0.1:8601."),
    ] = None,
    key: Annotated[
        Path | None,
        Parameter(
            help="With --url: file with the API key (kk_…), or with the private key to sign with (whsk_…). "
            "Default: $KELAMBU_KEY holds it."
        ),
    ] = None,
    no_wait: NoWait = False,
    json: AsJson = False,
    data: DataDir = None,
) -> int:
    """Put a file of events into an agency's outbox, or send it over HTTP, one message a line, in order.

    Each receipt is shown as it comes, with --json as a JSON line; where no intake works on the outbox nothing is
    waited for. Of a table with a fault anywhere nothing is sent; each fault is told by row and column. Exit code 1
    then, and where something was refused.
    """
    raw = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    if kind is not None and kind not in TYPES:
        raise CommandError(f"there is no type {kind}.", f"Known: {', '.join(TYPES)}.")

    async def send(house: House) -> int:
        if await house.registry.get(agency) is None:
            raise not_registered(agency)
        documents = _documents(raw, kind, agency, house.rulebook.codes)
        edge = Edge(house.edge)
        before, entries = await edge.receipts_end(agency), list[str]()
        with Steps() as steps, steps(f"Publishing as {agency}", len(documents)) as advance:
            for start in range(0, len(documents), _AT_ONCE):
                part = documents[start : start + _AT_ONCE]
                entries += await edge.submit(agency, part)
                advance(len(part))
        if no_wait:
            console().print(f"{agency}: {len(entries)} messages published")
            return OK
        return await show_answers(house, agency, entries, before, json=json)

    try:
        if url is not None:
            return _post(Post(url, agency, _secret(key)), _documents(raw, kind, agency), agency)
        return in_house(data, send)
    except rows.TableRefused as refused:
        out = console()
        for row, column, message in refused.faults:
            out.print(f"row {row}{f', {column}' if column else ''}: {message}", markup=False)
        out.print(f"{agency}: nothing published, {len(refused.faults)} faults")
        return FINDING


def _documents(raw: bytes, kind: str | None, agency: str, codes: Codes | None = None) -> list[bytes]:
    """Return the documents of a file, of JSON lines or a table; raises ``TableRefused`` for a table with a fault."""
    if kind is None:
        return [line for line in raw.splitlines() if line.strip()]
    return rows.documents(raw, TYPES[kind], f"/agencies/{agency}", codes)


def _post(post: Post, documents: Sequence[bytes], agency: str) -> int:
    with Steps() as steps, steps(f"Sending as {agency}", len(documents)) as advance:
        refused = post.send(documents, advance)
    out = console()
    out.print(f"{agency}: {len(documents) - refused.total()} messages received")
    for code, count in sorted(refused.items()):
        out.print(f"{agency}: {count} refused, {code}")
    return FINDING if refused else OK


def _secret(key: Path | None) -> str:
    """Return the key with which an agency sends; it stands in no argument, where others could see it."""
    secret = (os.environ.get("KELAMBU_KEY", "") if key is None else key.read_text()).strip()
    if not re.fullmatch(r"[!-~]+", secret):
        raise CommandError(
            "there is no key to send with.", "Name its file with --key, or put it into KELAMBU_KEY."
        )
    return secret
