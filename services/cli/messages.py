"""``simulate`` writes what agencies send; ``publish`` puts it into an outbox, or sends it over HTTP."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from events import rows
from events.catalogue import AGENCY_TYPES
from services.bootstrap import House
from services.cli.failures import FINDING, OK, CommandError
from services.cli.house import in_house
from services.cli.options import DataDir, Seed
from services.cli.output import Steps, console
from services.cli.posting import Post
from services.ledger.edge import Edge
from services.ledger.registry import short
from services.simulation import CLAIMS, POPULATION, agency_events

_AT_ONCE = 2000
TYPES = {short(name): name for name in AGENCY_TYPES}


def simulate(
    *,
    seed: Seed = 1,
    participants: Annotated[int, Parameter(help="How many participants.")] = POPULATION,
    claims: Annotated[int, Parameter(help="How many claims in the year.")] = CLAIMS,
    trouble: Annotated[
        bool, Parameter(help="With late, wrong, repeated and early messages among them.")
    ] = True,
    agency: Annotated[str | None, Parameter(name="--as", help="Only what this agency sends.")] = None,
    out: Annotated[Path | None, Parameter(help="File to write. Default: standard output.")] = None,
) -> int:
    """Write what the agencies of a made-up regency send in a year, one JSON line each.

    Nobody in it exists. The lines fit `kelambu replay`, and with --as `kelambu publish`.
    """
    if claims > participants:
        raise CommandError(
            f"{claims} claims are more than {participants} participants.", "Ask for fewer claims."
        )
    with Steps() as steps, steps(f"Simulating {participants} participants and {claims} claims"):
        lines = [
            message.body + b"\n"
            for message in agency_events(seed, participants, claims, trouble=trouble)
            if agency is None or message.agency == agency
        ]
    if out is None:
        sys.stdout.buffer.writelines(lines)
        sys.stdout.buffer.flush()
    else:
        out.write_bytes(b"".join(lines))
    return OK


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
    data: DataDir = None,
) -> int:
    """Put a file of events into an agency's outbox, or send it over HTTP, one message a line, in order.

    What becomes of them: `kelambu quarantine list` shows what was refused, `kelambu claim` the rest. Of a table with
    a fault anywhere nothing is sent; each fault is told by row and column. Exit code 1 then, and where the gateway
    refused something.
    """
    raw = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    if kind is not None and kind not in TYPES:
        raise CommandError(f"there is no type {kind}.", f"Known: {', '.join(TYPES)}.")

    if url is not None:
        if kind is not None:
            raise CommandError("--type and --url do not go together.", "Send the events as JSON lines.")
        return _post(Post(url, agency, _secret(key)), raw, agency)

    async def send(house: House) -> int:
        if await house.registry.get(agency) is None:
            raise CommandError(
                f"no agency is registered as {agency}.",
                "See `kelambu agency list`, or register it with `kelambu agency add`.",
            )
        if kind is None:
            documents = _lines(raw)
        else:
            documents = rows.documents(raw, TYPES[kind], f"/agencies/{agency}", house.rulebook.codes)
        edge = Edge(house.edge)
        with Steps() as steps, steps(f"Publishing as {agency}", len(documents)) as advance:
            for start in range(0, len(documents), _AT_ONCE):
                part = documents[start : start + _AT_ONCE]
                await edge.submit(agency, part)
                advance(len(part))
        return len(documents)

    out = console()
    try:
        sent = in_house(data, send)
    except rows.TableRefused as refused:
        for row, column, message in refused.faults:
            out.print(f"row {row}{f', {column}' if column else ''}: {message}", markup=False)
        out.print(f"{agency}: nothing published, {len(refused.faults)} faults")
        return FINDING
    out.print(f"{agency}: {sent} messages published")
    return OK


def _lines(raw: bytes) -> list[bytes]:
    return [line for line in raw.splitlines() if line.strip()]


def _post(post: Post, raw: bytes, agency: str) -> int:
    documents = _lines(raw)
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
