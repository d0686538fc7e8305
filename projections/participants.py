"""Who takes part, and who is covered in which month: by decile, district, sector and sponsor?"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Literal, TypeAlias, get_args

import msgspec
from msgspec import Struct
from sqlalchemy import Table, func, select

from events.envelope import reference
from events.retraction import NOTHING_STRUCK
from projections import months
from projections.claim_steps import Step
from projections.columns import table, total
from projections.decoding import RecordedContributions, RecordedParticipantEvent
from projections.event_batch import EventBatch
from projections.membership import (
    ContributionStatement,
    DeathStatement,
    EndStatement,
    EnrolmentStatement,
    FilingStatement,
    Member,
    NamedStatement,
    Statement,
    counting,
    fold,
    joined_and_left,
    member_months,
    months_after,
)
from projections.projection import Projection, Rows
from projections.retractions import record, retraction_table, struck_of
from projections.store import View

Dimension: TypeAlias = Literal["district", "sector", "decile", "sponsor", "month"]
DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)
_RETRACTION = retraction_table("participants")


class ParticipantRecord(Struct, frozen=True, gc=False):
    """What is kept of one person's statements, apart from the person, because it changes with every contribution.

    ``months`` are those paid, as ``projections.months`` writes them, ``last`` is the place of the last statement,
    ``retracted`` the number of retractions.
    """

    person: str
    months: str = ""
    last: int = 0
    retracted: int = 0


class Stated(Struct, frozen=True, gc=False):
    """One statement about a person, at its place; ``before`` is the place of the person's one before it.

    An index by person would cost more than all other writing. ``says`` is what an enrolment says besides its first day.
    """

    place: int
    person: str
    before: int
    ref: str
    first: str
    last: str
    says: str
    amount: int = 0
    paid_on: str = ""
    """Of contributions: the rupiah, 0 where none is told, and the day on which they were paid."""


class CoverageRow(Struct, frozen=True, gc=False):
    """How many of a group joined or left in a month, and for how many the month is paid, as a member or after death."""

    month: str
    district: str
    sector: str
    decile: int
    sponsor: str
    joined: int
    left: int
    covered: int
    after_death: int


class CoverRow(Struct, frozen=True, gc=False):
    """The same of all of one district, sector, decile or sponsor, or of everybody, whose ``value`` is empty."""

    dimension: str
    value: str
    month: str
    joined: int
    left: int
    covered: int
    after_death: int


_PERSON = table("participants", Member, key=("person",))
_RECORD = table("participants_record", ParticipantRecord, key=("person",))
_STATEMENT = table("participants_statement", Stated, key=("place",))
_COVERAGE = table(
    "participants_coverage", CoverageRow, key=("month", "district", "sector", "decile", "sponsor")
)
_COVER = table("participants_cover", CoverRow, key=("dimension", "value", "month"))
_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(EnrolmentStatement)
_DIED, _FILED = "died", "filed"
"""What stands in place of an enrolment's content for a death or a filing; then ``first`` is the claim."""


class CoverageChanges:
    """Changes of the coverage table by month, district, sector, decile and sponsor.

    Who joined and left, for whom the month is paid while a member, and for whom it is paid after a death.
    """

    def __init__(self) -> None:
        """Begin without a change."""
        self._times: dict[tuple[str, str, int, str], dict[tuple[int, int], int]] = {}
        """How often each set of months is to be counted in a column, by group: most of a batch are alike."""

    def count(self, person: Member, paid: int, sign: int = 1) -> None:
        """Count a person and the months paid, or with ``sign`` -1 no longer."""
        times = self._of(person)
        for column, within in enumerate(joined_and_left(person.periods)):
            if within:
                times[column, within] = times.get((column, within), 0) + sign
        self.cover(person, paid, sign)

    def cover(self, person: Member, paid: int, sign: int = 1) -> None:
        """Count these months as paid, while a member and after death, or no longer."""
        times = self._of(person)
        if within := paid & member_months(person.periods):
            times[2, within] = times.get((2, within), 0) + sign
        if person.died_on and (after := paid & months_after(person.died_on)):
            times[3, after] = times.get((3, after), 0) + sign

    def _of(self, person: Member) -> dict[tuple[int, int], int]:
        group = person.district, person.sector, person.decile, person.sponsor
        times = self._times.get(group)
        if times is None:
            times = self._times[group] = {}
        return times

    def rows(self) -> list[CoverageRow]:
        """Return what is to be added to the table."""
        return [
            CoverageRow(month, *group, *numbers)
            for group, times in self._times.items()
            for month, numbers in _by_month(times).items()
            if any(numbers)
        ]

    def by_dimension(self) -> list[CoverRow]:
        """Return what is to be added for each dimension by itself."""
        added: dict[tuple[Dimension, str], dict[tuple[int, int], int]] = {}
        for (district, sector, decile, sponsor), times in self._times.items():
            values = (district, sector, str(decile), sponsor, "")
            for dimension in zip(DIMENSIONS, values, strict=True):
                sums = added.setdefault(dimension, {})
                for counted, number in times.items():
                    sums[counted] = sums.get(counted, 0) + number
        return [
            CoverRow(*dimension, month, *numbers)
            for dimension, times in added.items()
            for month, numbers in _by_month(times).items()
            if any(numbers)
        ]


def _by_month(times: Mapping[tuple[int, int], int]) -> dict[str, list[int]]:
    """Return the numbers of each month, by column, of sets of months and how often each is to be counted."""
    sums: dict[str, list[int]] = {}
    for (column, within), number in times.items():
        if number:
            for month in months.names(within):
                if month not in sums:
                    sums[month] = [0, 0, 0, 0]
                sums[month][column] += number
    return sums


def _apply(rows: Rows, batch: EventBatch) -> None:
    if batch.participants or batch.filings or batch.deaths or batch.retractions:
        _Fold(rows, batch).write()


class _Fold:
    """One batch: contributions add months to what is known; after anything else, all is told again."""

    def __init__(self, rows: Rows, batch: EventBatch) -> None:
        self.rows, self.batch = rows, batch
        self.retracted = Counter(step.person for step in batch.retractions)
        self.claimed: defaultdict[str, list[tuple[Step, Statement]]] = defaultdict(list)
        for step in batch.filings:
            self.claimed[step.person].append((step, FilingStatement(step.claim)))
        for step in batch.deaths:
            self.claimed[step.person].append((step, DeathStatement(step.claim, step.says.died_on)))
        concerned = batch.participants.keys() | self.retracted.keys() | self.claimed.keys()
        records = rows.known(_RECORD, ParticipantRecord, "person", concerned)
        self.records = {one.person: one for one in records}
        self.people = {one.person: one for one in rows.known(_PERSON, Member, "person", self.records.keys())}
        self.changes = CoverageChanges()
        self.stated: list[Stated] = []
        self.after: list[ParticipantRecord] = []

    def write(self) -> None:
        record(self.rows, _RETRACTION, self.batch)
        again: dict[str, Sequence[RecordedParticipantEvent]] = dict.fromkeys(
            (*self.retracted, *self.claimed), ()
        )
        restated, contributions = self.batch.restated, []
        for person, events in self.batch.participants.items():
            known = self.records.get(person)
            if known is None or known.retracted or person in again or person in restated:
                again[person] = events
            else:
                contributions.append((known, events))
        self._add_months(contributions)  # type: ignore[arg-type]
        self.rows.put(_PERSON, self._tell_again(again))
        self.rows.put(_RECORD, self.after)
        self.rows.put(_STATEMENT, self.stated)
        self.rows.add(_COVERAGE, self.changes.rows())
        self.rows.add(_COVER, self.changes.by_dimension())

    def _add_months(
        self, contributions: Iterable[tuple[ParticipantRecord, Sequence[RecordedContributions]]]
    ) -> None:
        """Add what was paid to what is known of each person: nothing else can follow from contributions."""
        stated, after, people, cover = self.stated.append, self.after.append, self.people, self.changes.cover
        span = months.span
        for known, events in contributions:
            person, text, last = known.person, known.months, known.last
            paid = more = months.read(text)
            for event in events:
                content, here = event.data, event.place
                first, final = content.first, content.last
                ref = reference(event.source, event.id)
                stated(Stated(here, person, last, ref, first, final, "", content.amount, content.paid_on))
                more |= span(first, final)
                last = here
            if more != paid:
                cover(people[person], more & ~paid)
                text = months.write(more)
            after(ParticipantRecord(person, text, last))

    def _tell_again(self, again: Mapping[str, Sequence[RecordedParticipantEvent]]) -> list[Member]:
        """Fold all that was ever stated about these people; return their rows."""
        before = {person: record for person in again if (record := self.records.get(person)) is not None}
        history = _history(self.rows, {person: record.last for person, record in before.items()})
        taken_back = {person for person, record in before.items() if record.retracted} | self.retracted.keys()
        struck_by_person = struck_of(self.rows, _RETRACTION, taken_back)
        members: list[Member] = []
        for person, events in again.items():
            known = before.get(person) or ParticipantRecord(person)
            statements = history.get(person, [])
            last = known.last
            for here, ref, statement in self._statements_of(person, events):
                self.stated.append(_stated(statement, here, person, last, ref))
                statements.append((ref, statement))
                last = here
            struck = struck_by_person.get(person, NOTHING_STRUCK)
            member, paid = fold(person, counting(statements, struck))
            before_paid, stood = months.read(known.months), self.people.get(person)
            if member != stood or paid != before_paid:
                if stood is not None:
                    self.changes.count(stood, before_paid, -1)
                self.changes.count(member, paid)
                members.append(member)
            retracted = known.retracted + self.retracted.get(person, 0)
            self.after.append(ParticipantRecord(person, months.write(paid), last, retracted))
        return members

    def _statements_of(
        self, person: str, events: Sequence[RecordedParticipantEvent]
    ) -> list[tuple[int, str, Statement]]:
        """Return what this batch states of a person, in order: place, reference and statement."""
        statements = [
            (event.place, reference(event.source, event.id), statement)
            for event in events
            if (statement := event.statement) is not None
        ]
        if claimed := self.claimed.get(person):
            statements += [
                ((step.partition << 48) + step.position, step.ref, statement) for step, statement in claimed
            ]
            statements.sort(key=lambda one: one[0])
        return statements


def _history(rows: Rows, last: Mapping[str, int]) -> dict[str, list[NamedStatement]]:
    """Return what was stated about these people, in order, going back from the last statement of each."""
    found: dict[str, list[NamedStatement]] = {person: [] for person in last}
    places = [place for place in last.values() if place]
    while places:
        earlier = rows.known(_STATEMENT, Stated, "place", places)
        for row in earlier:
            found[row.person].append((row.ref, _read(row.first, row.last, row.says)))
        places = [row.before for row in earlier if row.before]
    for statements in found.values():
        statements.reverse()
    return found


def _stated(statement: Statement, here: int, person: str, before: int, ref: str) -> Stated:
    """Write a statement as its first and last day or month, and what an enrolment says besides."""
    first = last = says = paid_on = ""
    amount = 0
    match statement:
        case EnrolmentStatement():
            first, says = statement.starts_on, _encoder.encode(statement).decode()
        case ContributionStatement():
            first, last, amount, paid_on = (
                statement.first,
                statement.last,
                statement.amount,
                statement.paid_on,
            )
        case EndStatement():
            last = statement.ended_on
        case DeathStatement():
            first, last, says = statement.claim, statement.died_on, _DIED
        case FilingStatement():
            first, says = statement.claim, _FILED
    return Stated(here, person, before, ref, first, last, says, amount, paid_on)


def _read(first: str, last: str, says: str) -> Statement:
    if says == _DIED:
        return DeathStatement(first, last)
    if says == _FILED:
        return FilingStatement(first)
    if says:
        return _decoder.decode(says)
    return ContributionStatement(first, last) if first else EndStatement(last)


PARTICIPANTS = Projection(
    "participants", 5, (_PERSON, _RECORD, _STATEMENT, _COVERAGE, _COVER, _RETRACTION), _apply
)


def people(view: View) -> Table:
    """Return the table of persons, for another projection's query to join."""
    return view.table(PARTICIPANTS, _PERSON)


def statements(view: View) -> Table:
    """Return the table of what was stated about participants, whether it counts or not, for another question's query."""
    return view.table(PARTICIPANTS, _STATEMENT)


def districts_among(view: View, names: Collection[str]) -> set[str]:
    """Return which of these districts a participant has."""
    table = people(view)
    found = view.rows(select(table.c.district).where(table.c.district.in_(sorted(names))).distinct())
    return {str(district) for (district,) in found}


def person(view: View, token: str) -> Member | None:
    """Return the participant with this token."""
    table = people(view)
    return next(iter(view.read(select(table).where(table.c.person == token), Member)), None)


def months_paid(view: View, token: str) -> list[str]:
    """Return the months ``YYYY-MM`` for which the participant's contributions were paid, earliest first."""
    table = view.table(PARTICIPANTS, _RECORD)
    found = view.rows(select(table.c.months).where(table.c.person == token))
    return [month for row in found for month in months.names(months.read(str(row[0])))]


class GroupCover(Struct, frozen=True):
    """One group in one month: who belongs on some day of it, and for how many of them the month is paid.

    The dead belong until the month of their death; ``after_death`` are those for whom a later month is paid.
    """

    month: str
    group: str
    participants: int
    covered: int
    after_death: int = 0


def coverage(view: View, by: Dimension, first: str, last: str) -> list[GroupCover]:
    """Return participants and coverage of the months ``first`` to ``last`` by group, ordered by month and group.

    ``by`` ``month`` gives one group with an empty name; decile ``0`` are those of whom none was stated.
    """
    table = view.table(PARTICIPANTS, _COVER)
    of_dimension = table.c.dimension == by
    earlier = select(table.c.value, total(table.c.joined - table.c.left))
    earlier = earlier.where(of_dimension, table.c.month < first).group_by(table.c.value)
    belonging = {str(value): int(number or 0) for value, number in view.rows(earlier)}
    changes: dict[str, dict[str, CoverRow]] = {value: {} for value in belonging}
    query = select(table).where(of_dimension, table.c.month >= first, table.c.month <= last)
    for row in view.read(query, CoverRow):
        changes.setdefault(row.value, {})[row.month] = row
    covers = (
        cover
        for group, by_month in changes.items()
        for cover in _months(group, belonging.get(group, 0), by_month, first, last)
    )
    return sorted(covers, key=lambda cover: (cover.month, cover.group.zfill(2)))


def has_district(view: View, district: str) -> bool:
    """Tell whether somebody of this district ever took part."""
    table = view.table(PARTICIPANTS, _COVER)
    query = select(table.c.month).where(table.c.dimension == "district", table.c.value == district)
    return bool(view.rows(query.limit(1)))


def last_paid_month(view: View, until: str) -> str:
    """Return the last month that is paid for anybody, at the latest ``until``; empty where none is."""
    table = view.table(PARTICIPANTS, _COVER)
    everybody = (table.c.dimension == "month") & (table.c.value == "")
    query = select(func.max(table.c.month)).where(everybody, table.c.covered > 0, table.c.month <= until)
    ((month,),) = view.rows(query)
    return str(month or "")


def _months(
    group: str, belonging: int, changes: Mapping[str, CoverRow], first: str, last: str
) -> Iterator[GroupCover]:
    """Add up who joined, and from the next month on take away who left."""
    for month in months.names(months.span(first, last)):
        change = changes.get(month) or CoverRow("", group, month, 0, 0, 0, 0)
        belonging += change.joined
        yield GroupCover(month, group, belonging, change.covered, change.after_death)
        belonging -= change.left
