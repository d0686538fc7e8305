"""What one account did, over all claims: its records of the audit trail, and what became of the events that it sent."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal, TypeAlias

from msgspec import Struct

from projections.agencies import admitted
from projections.store import View
from services.audit_trail.entries import TrailEntry
from services.audit_trail.records import KINDS, ActNotTaken, ActSent, Record
from services.audit_trail.trail import read
from services.review.decision import places_of
from services.runtime.bootstrap import Installation

ActState: TypeAlias = Literal["", "recorded", "not-taken", "on-its-way"]
"""What became of an event that was sent; empty of what sends none."""


class OfficerAct(Struct, frozen=True):
    """One record of the trail by an account.

    ``stands`` of an event that it sent, ``at`` its partition and position once recorded.
    """

    position: int
    time: dt.datetime
    record: Record
    reason: str = ""
    engagement: str = ""
    stands: ActState = ""
    at: str = ""


class OfficerSummary(Struct, frozen=True):
    """An account that the trail names: how many records of each kind, and the time of the last."""

    account: str
    kinds: dict[str, int]
    last: dt.datetime

    @property
    def records(self) -> int:
        """How many records there are of it."""
        return sum(self.kinds.values())


class AgencyDecisions(Struct, frozen=True):
    """How many decisions of officers an agency's events tell that were recorded, and when the last was, as RFC 3339 in UTC.

    Those that an account sent are among them, under its agency.
    """

    agency: str
    decisions: int
    last_at: str


def decided_by(view: View) -> list[AgencyDecisions]:
    """Return from which agencies decisions of officers came, the most first."""
    sorts = [sort for sort in admitted(view) if sort.type == "claim.reviewed"]
    decisions = [AgencyDecisions(sort.agency, sort.admitted, sort.last_at) for sort in sorts]
    return sorted(decisions, key=lambda one: (-one.decisions, one.agency))


def officers(trail: Iterable[TrailEntry]) -> list[OfficerSummary]:
    """Return everybody whom the trail names, by name; records whose key is gone name nobody."""
    kinds: dict[str, Counter[str]] = {}
    last: dict[str, dt.datetime] = {}
    for entry in trail:
        if entry.readable:
            kinds.setdefault(entry.by, Counter())[KINDS[type(entry.record)]] += 1
            last[entry.by] = entry.time
    return [OfficerSummary(name, dict(sorted(kinds[name].items())), last[name]) for name in sorted(kinds)]


async def acts_of(installation: Installation, account: str) -> list[OfficerAct]:
    """Return everything that an account did, oldest first."""
    own = [entry for entry in await read(installation) if entry.readable and entry.by == account]
    sent = {one.record.claim for one in own if isinstance(one.record, ActSent)}
    places = {claim: await places_of(installation, claim) for claim in sorted(sent)}
    return list(_acts(own, places))


def _acts(own: Sequence[TrailEntry], places: dict[str, dict[str, str]]) -> Iterable[OfficerAct]:
    for n, entry in enumerate(own):
        state: ActState = ""
        at = ""
        if isinstance(record := entry.record, ActSent):
            at = places[record.claim].get(record.event, "")
            refused = (isinstance(o.record, ActNotTaken) and o.record.event == record.event for o in own[n:])
            state = "not-taken" if any(refused) else "recorded" if at else "on-its-way"
            at = at if state == "recorded" else ""
        yield OfficerAct(entry.position, entry.time, record, entry.reason, entry.engagement, state, at)
