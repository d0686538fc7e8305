"""What operators discarded, from the audit trail: what it was, when, who and why."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from msgspec import Struct

from services.audit_trail.records import OperationRequested
from services.audit_trail.trail import read
from services.runtime.bootstrap import Installation


class Discard(Struct, frozen=True):
    """That something waits for nobody any more: since when, who said so, and why."""

    at: dt.datetime
    by: str
    reason: str


async def discards(
    installation: Installation, what: Literal["quarantine-discard", "parked-discard"]
) -> dict[str, Discard]:
    """Return what was discarded by the subject of its record, oldest first; of one asked for twice the last time."""
    return {
        one.record.subject: Discard(one.time, one.by, one.reason)
        for one in await read(installation)
        if isinstance(one.record, OperationRequested) and one.record.what == what
    }
