"""``simulate`` writes what the agencies of a made-up regency send."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from events.message import message
from services.cli.exit_codes import OK, too_many_claims
from services.cli.output import Steps
from services.simulation import CLAIMS, POPULATION, agency_events


def simulate(
    *,
    seed: int = 1,
    participants: int = POPULATION,
    claims: int = CLAIMS,
    trouble: Annotated[bool, Parameter(negative="--no-trouble")] = True,
    agency: Annotated[str | None, Parameter(name="--as")] = None,
    out: Path | None = None,
) -> int:
    """Write what the agencies of a made-up regency send in a year, one JSON line each.

    Nobody in it exists. The lines fit `kelambu replay`, and with --as `kelambu publish`.
    """
    if claims > participants:
        raise too_many_claims(claims, participants)
    note = message("demo.simulating", participants=participants, claims=claims)
    with Steps() as steps, steps(note):
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
