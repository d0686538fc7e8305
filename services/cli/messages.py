"""``simulate`` writes what agencies send; ``publish`` puts it into an outbox."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from services.bootstrap import House
from services.cli.failures import OK, CommandError
from services.cli.house import in_house
from services.cli.options import DataDir, Seed
from services.cli.output import Steps, console
from services.ledger.edge import Edge
from services.simulation import CLAIMS, POPULATION, agency_events

_AT_ONCE = 2000


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
        Parameter(help="JSON lines of events, in order; - for standard input.", allow_leading_hyphen=True),
    ],
    /,
    *,
    agency: Annotated[str, Parameter(name="--as", help="The agency in whose name it is sent.")],
    data: DataDir = None,
) -> int:
    """Put a file of events into an agency's outbox, one message a line, in order.

    What becomes of them: `kelambu quarantine list` shows what was refused, `kelambu claim` the rest.
    """
    raw = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    documents = [line for line in raw.splitlines() if line.strip()]

    async def send(house: House) -> None:
        if await house.registry.get(agency) is None:
            raise CommandError(
                f"no agency is registered as {agency}.",
                "See `kelambu agency list`, or register it with `kelambu agency add`.",
            )
        edge = Edge(house.edge)
        with Steps() as steps, steps(f"Publishing as {agency}", len(documents)) as advance:
            for start in range(0, len(documents), _AT_ONCE):
                part = documents[start : start + _AT_ONCE]
                await edge.submit(agency, part)
                advance(len(part))

    in_house(data, send)
    console().print(f"{agency}: {len(documents)} messages published")
    return OK
