"""What did the agencies state, fact by fact: when it happened and was sent, who was paid, by which account?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Table, select

from events.bank import Payment, Return
from events.catalogue import SHORT_NAMES, ClaimReport
from events.claim import Amendment, Child, Filing, Review, Schooling, Verification
from events.envelope import reference
from events.findings import (
    Device,
    Disability,
    Findings,
    Homecare,
    Incapacity,
    MedicalItem,
    TotalDisability,
    Transport,
    Treatment,
)
from events.personal import Account
from events.retraction import NOTHING_STRUCK, Struck
from projections.claim_steps import Step, civil, days_from, instant
from projections.columns import table, total
from projections.decoding import RecordedEnding, RecordedEnrolment
from projections.event_batch import EventBatch
from projections.projection import Projection, Rows
from projections.retractions import RetractionRow, record, retraction_table, struck_of
from projections.store import View


class FactRow(Struct, frozen=True, gc=False):
    """One fact that an agency stated; an event that states several has a row for each, numbered by ``part``.

    ``happened`` is the fact's own date (of a span the first day, then ``until`` is the last), where it has none the
    civil date ``sent_on``. ``sent``, ``admitted`` and ``recorded`` are instants in UTC; ``sent_after`` counts the days
    from ``happened`` to ``sent_on``, ``recorded_after`` those from there to ``recorded``, all in Jakarta. ``about``
    names the heir, child, item or order, ``value`` is what was found, ``party`` the token of the person named or the
    provider, ``account`` the token of a number at a bank, whoever holds it. ``counts`` is 0 once the event was taken
    back.
    """

    partition: int
    position: int
    part: int
    kind: str
    claim: str
    person: str
    agency: str
    ref: str
    happened: str
    sent_on: str
    sent: str
    admitted: str
    recorded: str
    sent_after: int
    recorded_after: int
    until: str = ""
    amount: int = 0
    about: str = ""
    value: str = ""
    party: str = ""
    account: str = ""
    counts: int = 1


class AgencyDay(Struct, frozen=True, gc=False):
    """How many facts an agency sent on a civil day in Jakarta, also those that it took back."""

    agency: str
    day: str
    facts: int


class AgencyLag(Struct, frozen=True, gc=False):
    """How many facts of a kind an agency sent in a month (``YYYY-MM``, Jakarta) after so many days, and were recorded after so many.

    As ``FactRow`` counts both; also those that it took back.
    """

    agency: str
    kind: str
    month: str
    sent_after: int
    recorded_after: int
    facts: int


class FactContent(Struct, frozen=True, gc=False, kw_only=True):
    """A fact without its event; ``happened`` and ``until`` are dates, empty where it has none of its own."""

    kind: str
    happened: str = ""
    until: str = ""
    amount: int = 0
    about: str = ""
    value: str = ""
    party: str = ""
    account: str = ""


ENROLLED, ENDED, FILED, CHILD, REVIEWED = "enrolled", "ended", "filed", "child", "reviewed"
CAUSE, DEATH, OUTCOME, HEIR, BURIAL, ACCOUNT = "cause", "death", "outcome", "heir", "burial", "account"
SCHOOLING, PAID, RETURNED = "schooling", "paid", "returned"
TREATMENT, TRANSPORT, DEVICE, HOMECARE = "treatment", "transport", "device", "homecare"
INCAPACITY, DISABILITY, TOTAL_DISABILITY = "incapacity", "disability", "total-disability"

_FACT = table("evidence", FactRow, key=("partition", "position", "part"), index=("kind", "person", "claim"))
_DAY = table("evidence_day", AgencyDay, key=("agency", "day"))
_LAG = table("evidence_lag", AgencyLag, key=("agency", "kind", "month", "sent_after", "recorded_after"))
_RETRACTION = retraction_table("evidence")


def _apply(rows: Rows, batch: EventBatch) -> None:
    facts = [row for event, step in batch.reports for row in _of_claim(event, step)]
    facts += map(_of_enrolment, batch.enrolments)
    facts += map(_of_ending, batch.endings)
    record(rows, _RETRACTION, batch)
    retracted = {step.person for step in batch.retractions}
    earlier = rows.known(_FACT, FactRow, "person", retracted)
    struck = struck_of(rows, _RETRACTION, {row.person for row in facts} | retracted)
    changed = []
    for row in (*facts, *earlier):
        counts = int(row.ref not in struck.get(row.person, NOTHING_STRUCK))
        changed.append(row if row.counts == counts else replace(row, counts=counts))
    rows.put(_FACT, changed)
    days = Counter((row.agency, row.sent_on) for row in facts)
    rows.add(_DAY, [AgencyDay(*day, count) for day, count in days.items()])
    lags = Counter(
        (row.agency, row.kind, row.sent_on[:7], row.sent_after, row.recorded_after) for row in facts
    )
    rows.add(_LAG, [AgencyLag(*lag, count) for lag, count in lags.items()])


EVIDENCE = Projection("evidence", 2, (_FACT, _DAY, _LAG, _RETRACTION), _apply)


def facts(view: View) -> Table:
    """Return the table of facts, for queries to ask."""
    return view.table(EVIDENCE, _FACT)


def agency_days(view: View) -> list[AgencyDay]:
    """Return the days on which each agency sent anything, by agency and day."""
    days = view.table(EVIDENCE, _DAY)
    return view.read(select(days).order_by(days.c.agency, days.c.day), AgencyDay)


def lags(view: View, agency: str) -> list[AgencyLag]:
    """Return how long the facts of an agency were under way, by kind and month."""
    table = view.table(EVIDENCE, _LAG)
    query = select(table).where(table.c.agency == agency)
    return view.read(query.order_by(table.c.kind, table.c.month), AgencyLag)


def days_until_sent(view: View) -> dict[str, Counter[int]]:
    """Return of each agency how many of its facts about claims it sent after how many days.

    Memberships are announced ahead.
    """
    lag = view.table(EVIDENCE, _LAG)
    query = select(lag.c.agency, lag.c.sent_after, total(lag.c.facts)).where(
        lag.c.kind.not_in((ENROLLED, ENDED))
    )
    by_agency: dict[str, Counter[int]] = {}
    for agency, days, facts in view.rows(query.group_by(lag.c.agency, lag.c.sent_after)):
        by_agency.setdefault(str(agency), Counter())[int(str(days))] += int(str(facts))
    return by_agency


def struck(view: View, persons: Collection[str]) -> dict[str, Struck]:
    """Return what no longer counts, of those of ``persons`` who have a retraction."""
    retractions = view.table(EVIDENCE, _RETRACTION)
    by_person: dict[str, list[tuple[str, str, int]]] = {}
    for one in view.read_among(select(retractions), retractions.c.person, persons, RetractionRow):
        by_person.setdefault(one.person, []).append((one.ref, one.retracts, one.position))
    return {person: Struck.by(sorted(of, key=lambda one: one[2])) for person, of in by_person.items()}


def taken_back(view: View, persons: Collection[str]) -> dict[str, RetractionRow]:
    """Return for each reference of these persons that no longer counts the first retraction of it."""
    gone = struck(view, persons)
    retractions = view.table(EVIDENCE, _RETRACTION)
    rows = view.read_among(select(retractions), retractions.c.person, gone, RetractionRow)
    by_event: dict[str, RetractionRow] = {}
    for row in sorted(rows, key=lambda one: one.position):
        if row.retracts in gone[row.person] and row.ref not in gone[row.person]:
            by_event.setdefault(row.retracts, row)
    return by_event


def _of_enrolment(event: RecordedEnrolment) -> FactRow:
    stated = FactContent(kind=ENROLLED, happened=event.data.starts_on, value=event.data.birth_date)
    return _of_membership(event, stated)


def _of_ending(event: RecordedEnding) -> FactRow:
    return _of_membership(event, FactContent(kind=ENDED, happened=event.data.ended_on))


def _of_membership(event: RecordedEnrolment | RecordedEnding, stated: FactContent) -> FactRow:
    where = event.partition, event.position, 0
    instants = instant(event.time), instant(event.admittedtime), instant(event.recordedtime)
    return _row(where, "", event.person, reference(event.source, event.id), instants, stated)


def _of_claim(event: ClaimReport, step: Step) -> Iterator[FactRow]:
    instants = step.time, step.admittedtime, step.recordedtime
    for part, stated in enumerate(_stated(event)):
        where = step.partition, step.position, part
        yield _row(where, step.claim, step.person, step.ref, instants, stated)


def _row(
    where: tuple[int, int, int],
    claim: str,
    person: str,
    ref: str,
    instants: tuple[str, str, str],
    stated: FactContent,
) -> FactRow:
    sent, admitted, recorded = instants
    sent_on = civil(sent)
    happened = stated.happened or sent_on
    return FactRow(
        *where,
        kind=stated.kind,
        claim=claim,
        person=person,
        agency=ref.partition(":")[0],
        ref=ref,
        happened=happened,
        sent_on=sent_on,
        sent=sent,
        admitted=admitted,
        recorded=recorded,
        sent_after=days_from(happened, sent_on),
        recorded_after=days_from(sent_on, civil(recorded)) if recorded else 0,
        until=stated.until,
        amount=stated.amount,
        about=stated.about,
        value=stated.value,
        party=stated.party,
        account=stated.account,
    )


def _stated(event: ClaimReport) -> Iterator[FactContent]:
    """Yield what an event about a claim states; one that states nothing of these is a fact of its own kind."""
    match event.data:
        case Filing() as said:
            party = said.claimant.nik or ""
            yield FactContent(kind=FILED, happened=str(said.event_date), value=said.cause, party=party)
            yield from map(_child, said.children or ())
        case Amendment() as said:
            yield FactContent(kind="amended", value=said.cause or "")
            yield from map(_child, said.children or ())
        case Verification() as said:
            yield from _found(said.findings)
        case Schooling() as said:
            year = f"{said.school_year}/{said.level if said.studying else '-'}"
            yield FactContent(
                kind=SCHOOLING,
                about=said.child,
                value=year,
                party=said.payee.nik or "",
                account=_bank(said.payee.account),
            )
        case Review() as said:
            yield FactContent(kind=REVIEWED, value=said.decision)
        case Payment() as said:
            yield FactContent(kind=PAID, happened=str(said.paid_on), amount=said.amount, about=said.order)
        case Return() as said:
            amount = said.amount or 0
            yield FactContent(kind=RETURNED, happened=str(said.returned_on), amount=amount, about=said.order)
        case _:
            yield FactContent(kind=SHORT_NAMES[type(event)].rpartition(".")[2])


def _child(child: Child) -> FactContent:
    return FactContent(kind=CHILD, about=child.child, value=str(child.birth_date), party=child.nik or "")


def _found(findings: Findings) -> Iterator[FactContent]:
    if findings.cause:
        related = "work-related" if findings.cause.work_related else "not-work-related"
        yield FactContent(kind=CAUSE, value=related)
    if findings.death:
        day = str(findings.death.died_on)
        yield FactContent(kind=DEATH, happened=day, value=day)
    if findings.medical:
        yield from map(_item, findings.medical.items or ())
        if outcome := findings.medical.outcome:
            yield FactContent(kind=OUTCOME, happened=str(outcome.on), value=outcome.state)
    for heir in findings.heirs or ():
        yield FactContent(
            kind=HEIR,
            about=heir.heir,
            value=heir.relation,
            party=heir.nik or "",
            account=_bank(heir.account),
        )
    if findings.burial:
        arranged = findings.burial.arranged_by
        yield FactContent(kind=BURIAL, party=arranged.nik or "", account=_bank(arranged.account))
    if findings.participant_account:
        yield FactContent(kind=ACCOUNT, account=_bank(findings.participant_account))


def _item(item: MedicalItem) -> FactContent:
    first = last = party = account = ""
    amount = 0
    match item:
        case Treatment():
            amount, party = item.amount, item.provider or ""
            account = _bank(item.payee.account) if item.payee else ""
        case Transport() | Device():
            amount = item.amount
        case Homecare():
            amount, first, last = item.amount, str(item.first_day), str(item.last_day)
        case Incapacity():
            first, last = str(item.first_day), str(item.last_day)
        case Disability() | TotalDisability():
            pass
    return FactContent(
        kind=item.kind,
        happened=first,
        until=last,
        amount=amount,
        about=item.item,
        party=party,
        account=account,
    )


def _bank(account: Account) -> str:
    """Return the token of the number at its bank, as it is recorded."""
    return account.bank
