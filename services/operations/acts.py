"""What operators did about what was refused or parked, from the audit trail: to what, when, who and why."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from msgspec import Struct

from services.audit_trail.records import OperationRequested
from services.audit_trail.trail import read
from services.runtime.bootstrap import Installation


class OperatorAct(Struct, frozen=True):
    """That an operator did something: when, who, and why."""

    at: dt.datetime
    by: str
    reason: str


async def latest_acts(
    installation: Installation, what: Literal["quarantine-retry", "quarantine-discard", "parked-discard"]
) -> dict[str, OperatorAct]:
    """Return who did this by the subject of its record, oldest first; of what was done twice the last time."""
    return {
        one.record.subject: OperatorAct(one.time, one.by, one.reason)
        for one in await read(installation)
        if isinstance(one.record, OperationRequested) and one.record.what == what
    }
