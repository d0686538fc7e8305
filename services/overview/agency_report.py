"""The report card of an agency: what it sent and how late, what it took back, how silent it is, and what waits for it.

What the read models know is in ``agency_report``; what is on the server only (refusals, keys, what it may send) in
``agency_at_server``.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

import msgspec
from msgspec import Struct
from sqlalchemy import case, func, select

from projections import agencies, claims, evidence, payments
from projections.agencies import AtEdge
from projections.columns import total
from projections.evidence import AgencyDay, AgencyLag
from projections.store import View
from services.exceptions.deadline_acts import Acts, ActTotals, act_totals
from services.ledger import backlog
from services.ledger.credentials import Credentials
from services.ledger.edge import Edge
from services.ledger.quarantine_store import QuarantineStore
from services.ledger.reservations import Reservations
from services.runtime.bootstrap import Installation

CORRECTIONS = ("claim.amended", "event.retracted")
"""Types of events by which an agency mends what was said before."""


class MonthCounts(Struct, frozen=True):
    """Events of one type that were recorded, in all and by month."""

    type: str
    admitted: int
    months: dict[str, int]


class LagDays(Struct, frozen=True):
    """Days that facts were under way: the middle one, the one that nine of ten do not pass, and the longest."""

    median: int
    p90: int
    worst: int


class KindLag(Struct, frozen=True):
    """Facts of one kind, or with an empty name of all.

    From when it happened until sent, and from there until recorded.
    """

    kind: str
    facts: int
    sent: LagDays
    recorded: LagDays


class Silence(Struct, frozen=True):
    """Days without a fact. ``usual`` is how far nine of ten days with facts lie apart at most, ``longest`` how far ever.

    ``since`` is the last day with a fact and ``days`` how long ago that is; ``unusual`` where it is longer than ever
    before.
    """

    since: str
    days: int
    usual: int
    longest: int
    longest_from: str
    longest_to: str
    unusual: bool


class WaitingFor(Struct, frozen=True):
    """Claims or orders that wait for what this agency may send.

    ``what`` is a missing part, ``review`` or ``payment``.
    """

    what: str
    count: int
    amount: int = 0


class RefusalCount(Struct, frozen=True):
    """Refused documents of one reason; ``open`` were not mended yet."""

    code: str
    refused: int
    open: int


class AgencyReport(Struct, frozen=True):
    """What the read models know of an agency at the end of a day.

    ``waited`` are the waits of claims that became complete which ended with its acts, and their days: those of
    ``ActingAgency``.
    """

    agency: str
    on: dt.date
    admitted: int
    first_at: str
    last_at: str
    types: tuple[MonthCounts, ...]
    lags: tuple[KindLag, ...]
    """By kind, and last of all kinds."""
    corrections: int
    waited: ActTotals
    silence: Silence | None


class KeyTime(Struct, frozen=True):
    """A key of an agency, without what proves it: from when until when it is good; ``until`` None has no end."""

    id: str
    kind: str
    since: dt.datetime
    until: dt.datetime | None
    good: bool


class AgencyAtServer(Struct, frozen=True):
    """What is on the server of an agency: what it may send and state, its keys, and its refused documents.

    ``others`` are of each of its findings the other agencies that may state it too.
    """

    types: tuple[str, ...]
    findings: tuple[str, ...]
    others: dict[str, tuple[str, ...]]
    keys: tuple[KeyTime, ...]
    refusals: tuple[RefusalCount, ...]


def agency_report(view: View, agency: str, on: dt.date) -> AgencyReport:
    """Return the report card of an agency; one that sent nothing has an empty one."""
    months: dict[str, dict[str, int]] = {}
    for one in agencies.by_month(view, agency):
        months.setdefault(one.type, {})[one.month] = one.admitted
    sorts = [sort for sort in agencies.admitted(view) if sort.agency == agency]
    days = [day for day in evidence.agency_days(view) if day.agency == agency]
    return AgencyReport(
        agency=agency,
        on=on,
        admitted=sum(sort.admitted for sort in sorts),
        first_at=min((sort.first_at for sort in sorts), default=""),
        last_at=max((sort.last_at for sort in sorts), default=""),
        types=tuple(MonthCounts(sort.type, sort.admitted, months.get(sort.type, {})) for sort in sorts),
        lags=tuple(_lags(evidence.lags(view, agency))),
        corrections=sum(sort.admitted for sort in sorts if sort.type in CORRECTIONS),
        waited=act_totals(view, Acts(agency)),
        silence=silence(days, on),
    )


def days_until_sent(view: View) -> dict[str, LagDays]:
    """Return of each agency that stated facts about claims how many days it took from when they happened until it sent them."""
    return {agency: _lag_days(days) for agency, days in evidence.days_until_sent(view).items()}


def silence(days: Sequence[AgencyDay], on: dt.date) -> Silence | None:
    """Return how long an agency has been silent on a day, against its own rhythm until then.

    None where it sent nothing yet.
    """
    dates = [day.day for day in days if day.day <= on.isoformat()]
    if not dates:
        return None
    gaps = [(_days(first, last), first, last) for first, last in pairwise(dates)]
    longest, start, end = max(gaps, default=(0, "", ""), key=lambda gap: gap[0])
    gap_counts = Counter(gap for gap, _, _ in gaps)
    now = _days(dates[-1], on.isoformat())
    return Silence(dates[-1], now, _rank(gap_counts, 90), longest, start, end, now > longest > 0)


def waiting_for(
    view: View, types: Iterable[str], findings: Iterable[str], agency: str = ""
) -> list[WaitingFor]:
    """Return what waits for whoever may send these types and state these findings, the most frequent first.

    Papers are waited for from the ``agency`` that filed the claim, if it may send them.
    """
    alike, waiting = claims.claim_groups(view), list[WaitingFor]()
    may_send, may_state = set(types), set(findings)
    states = may_state if "claim.verified" in may_send else set[str]()
    files = agency if "claim.documents-received" in may_send else ""
    if states or files:
        own = case((alike.c.agency == files, 1), else_=0).label("own")
        query = select(alike.c.obstacles, own, total(alike.c.claims)).where(alike.c.status == "waiting")
        missing: Counter[str] = Counter()
        for codes, is_own, count in view.rows(query.group_by(alike.c.obstacles, own)):
            for code in msgspec.json.decode(str(codes), type=tuple[str, ...]):
                kind, _, name = code.partition(":")
                if (kind == "finding" and name in states) or (kind == "document" and is_own and files):
                    missing[code] += int(count or 0)
        waiting += [WaitingFor(obstacle, count) for obstacle, count in sorted(missing.items())]
    if "claim.reviewed" in may_send:
        referred = select(total(alike.c.claims), total(alike.c.ordered)).where(alike.c.status == "referred")
        waiting += _counted("review", view.rows(referred))
    if "claim.paid" in may_send:
        orders = payments.order_table(view)
        unpaid = select(func.count(), total(orders.c.amount))
        unpaid = unpaid.where(orders.c.stands == 1, orders.c.state == "released")
        waiting += _counted("payment", view.rows(unpaid))
    return sorted(waiting, key=lambda one: (-one.count, one.what))


async def agency_at_server(installation: Installation, agency: str) -> AgencyAtServer | None:
    """Return what is on the server of an agency; None where none of this name is registered."""
    registered = await installation.registry.get(agency)
    if registered is None:
        return None
    now, every = installation.clock(), await installation.registry.agencies()
    keys = [
        KeyTime(one.id, one.kind, one.since, one.until, not one.ended(now))
        for one in await Credentials(installation.core).of(agency)
    ]
    refused: Counter[str] = Counter()
    unmended: Counter[str] = Counter()
    for entry in await QuarantineStore(installation.core).every(agency):
        refused[entry.code] += 1
        unmended[entry.code] += entry.waits
    return AgencyAtServer(
        types=registered.types,
        findings=registered.findings,
        others={
            finding: tuple(
                one.name
                for one in every
                if one.name != agency and finding in one.findings and "claim.verified" in one.types
            )
            for finding in registered.findings
        },
        keys=tuple(keys),
        refusals=tuple(RefusalCount(code, count, unmended[code]) for code, count in refused.most_common()),
    )


def _counted(obstacle: str, rows: Iterable[Sequence[object]]) -> list[WaitingFor]:
    return [WaitingFor(obstacle, int(str(count)), int(str(amount))) for count, amount in rows if count]


def _lags(lags: Sequence[AgencyLag]) -> Iterable[KindLag]:
    for kind in [*sorted({lag.kind for lag in lags}), *([""] if lags else [])]:
        sent: Counter[int] = Counter()
        recorded: Counter[int] = Counter()
        for lag in lags:
            if kind in ("", lag.kind):
                sent[lag.sent_after] += lag.facts
                recorded[lag.recorded_after] += lag.facts
        yield KindLag(kind, sum(sent.values()), _lag_days(sent), _lag_days(recorded))


def _lag_days(days: Counter[int]) -> LagDays:
    return LagDays(_rank(days, 50), _rank(days, 90), max(days))


def _rank(days: Counter[int], percent: int) -> int:
    """Return the least number of days that so many of a hundred do not pass; 0 of none."""
    remaining = -(-sum(days.values()) * percent // 100)
    for value in sorted(days):
        remaining -= days[value]
        if remaining <= 0:
            return value
    return 0


def _days(first: str, last: str) -> int:
    return (dt.date.fromisoformat(last) - dt.date.fromisoformat(first)).days


async def at_edge(installation: Installation) -> dict[str, AtEdge]:
    """Count what of each agency is not in the ledger: refused for ever, waiting, or not taken up yet."""
    edge, quarantine, taken = (
        Edge(installation.edge),
        QuarantineStore(installation.core),
        Reservations(installation.core),
    )
    waiting = await backlog.waiting_by_agency(installation.core)
    by_agency: dict[str, AtEdge] = {}
    for agency in await installation.registry.agencies():
        count, since = await edge.backlog(agency.name)
        lag = max(0.0, (dt.datetime.now(dt.UTC) - since).total_seconds()) if since else 0.0
        by_agency[agency.name] = AtEdge(
            refused=await quarantine.count(agency.name),
            waiting=waiting[agency.name],
            outbox=count + await taken.backlog(agency.name),
            lag=round(lag, 1),
        )
    return by_agency
