"""Who takes part, and who is covered in which month: by decile, district, sector and sponsor?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Literal, TypeAlias

import msgspec
from msgspec import Struct
from sqlalchemy import Table, select

from events.catalogue import ParticipantEvent
from events.envelope import reference
from events.participant import ContributionsPaid, ParticipantEnded, ParticipantEnrolled
from projections import months
from projections.batch import Batch
from projections.bulk import Row
from projections.columns import number, table, text, total
from projections.retractions import record, retraction_table, struck_of
from projections.shape import Projection, Rows
from projections.steps import place
from projections.store import View

_PERSON = table(
    "participants",
    text("person", key=True),
    number("known"),
    text("sex"),
    text("district"),
    text("sector"),
    number("decile"),
    text("sponsor"),
    text("sponsor_name"),
    text("programmes"),
    text("periods"),
    text("months"),
    number("retracted"),
)
_STATEMENT = table(
    "participants_statement",
    text("person", key=True),
    number("partition", key=True),
    number("position", key=True),
    text("ref"),
    text("says"),
)
_COVERAGE = table(
    "participants_coverage",
    text("month", key=True),
    text("district", key=True),
    text("sector", key=True),
    number("decile", key=True),
    text("sponsor", key=True),
    number("joined"),
    number("left"),
    number("covered"),
)
_RETRACTION = retraction_table("participants")


class Enrolled(Struct, frozen=True, tag="enrolled"):
    """What an enrolment states; ``decile`` is 0 where none was stated."""

    sex: str
    district: str
    sector: str
    decile: int
    sponsor: str
    sponsor_name: str
    programmes: str
    starts_on: str


class Ended(Struct, frozen=True, tag="ended"):
    """The end of a membership."""

    ended_on: str


class Paid(Struct, frozen=True, omit_defaults=True, tag="paid"):
    """Contributions for the months ``first`` to ``last``; ``amount`` in rupiah, 0 where not stated."""

    first: str
    last: str
    paid_on: str
    payer: str
    payer_name: str
    amount: int = 0


Statement: TypeAlias = Enrolled | Ended | Paid


class Person(Struct, frozen=True):
    """A participant as last stated.

    ``periods`` are ``first/last`` days of membership, the last day may be open;
    ``months`` are those paid, written as ``projections.months`` writes them; ``retracted`` counts retractions.
    """

    person: str
    known: int = 0
    """0 while no enrolment counts."""
    sex: str = ""
    district: str = ""
    sector: str = ""
    decile: int = 0
    sponsor: str = ""
    sponsor_name: str = ""
    programmes: str = ""
    periods: str = ""
    months: str = ""
    retracted: int = 0


_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Statement] = msgspec.json.Decoder(Statement)


def _statement(event: ParticipantEvent) -> Statement | None:
    if isinstance(event, ContributionsPaid):
        paid = event.data
        return Paid(
            paid.first_month,
            paid.last_month,
            paid.paid_on.isoformat(),
            paid.payer.kind,
            paid.payer.name,
            paid.amount or 0,
        )
    if isinstance(event, ParticipantEnrolled):
        data = event.data
        return Enrolled(
            data.sex,
            data.district,
            data.sector,
            data.welfare.decile if data.welfare else 0,
            data.sponsor.kind,
            data.sponsor.name,
            " ".join(sorted(data.programmes)),
            data.starts_on.isoformat(),
        )
    if isinstance(event, ParticipantEnded):
        return Ended(event.data.ended_on.isoformat())
    return None


def _fold(person: str, statements: Iterable[Told], gone: frozenset[str], retracted: int) -> Person:
    """Fold what was stated about a person, in order; the references in ``gone`` do not count."""
    last: Enrolled | None = None
    periods: list[tuple[str, str]] = []
    paid = 0
    for ref, said in statements:
        if ref in gone:
            continue
        if isinstance(said, Enrolled):
            last = said
            if periods and not periods[-1][1]:
                periods[-1] = min(periods[-1][0], said.starts_on), ""
            else:
                periods.append((said.starts_on, ""))
        elif isinstance(said, Ended):
            if periods:
                periods[-1] = periods[-1][0], said.ended_on
        else:
            paid |= months.span(said.first, said.last)
    if last is None:
        return Person(person, months=months.write(paid), retracted=retracted)
    return Person(
        person=person,
        known=1,
        sex=last.sex,
        district=last.district,
        sector=last.sector,
        decile=last.decile,
        sponsor=last.sponsor,
        sponsor_name=last.sponsor_name,
        programmes=last.programmes,
        periods=" ".join(f"{start}/{end}" for start, end in periods),
        months=months.write(paid),
        retracted=retracted,
    )


@lru_cache(65536)
def _enrolled(periods: str) -> int:
    """Return the months in which somebody with these periods belongs to the programme on some day."""
    within = 0
    for period in periods.split():
        start, _, end = period.partition("/")
        within |= months.span(start[:7], end[:7] or months.LAST)
    return within


Told: TypeAlias = tuple[str, Statement]
"""A statement with the reference of its event."""
Key: TypeAlias = tuple[str, str, str, int, str]


class Coverage:
    """Changes of the coverage table: joined, left and covered by month, district, sector, decile and sponsor."""

    def __init__(self) -> None:
        """Begin without a change."""
        self._sums: dict[Key, list[int]] = {}

    def change(self, before: Person, after: Person) -> None:
        """Count ``after`` in place of ``before``."""
        if before.known:
            self._count(before, -1)
        if after.known:
            self._count(after, 1)

    def cover(self, person: Person, added: int) -> None:
        """Count further months as paid."""
        self._add(person, 2, added & _enrolled(person.periods), 1)

    def rows(self) -> list[Row]:
        """Return what is to be added to the table."""
        return [(*key, *sums) for key, sums in self._sums.items() if any(sums)]

    def _count(self, person: Person, sign: int) -> None:
        within = _enrolled(person.periods)
        end = 1 << months.index(months.LAST)
        self._add(person, 0, within & ~(within << 1), sign)
        self._add(person, 1, within & ~(within >> 1) & ~end, sign)
        self._add(person, 2, within & months.read(person.months), sign)

    def _add(self, person: Person, column: int, within: int, sign: int) -> None:
        for month in months.names(within):
            key = month, person.district, person.sector, person.decile, person.sponsor
            sums = self._sums.get(key)
            if sums is None:
                sums = self._sums[key] = [0, 0, 0]
            sums[column] += sign


def _apply(rows: Rows, batch: Batch) -> None:
    record(rows, _RETRACTION, batch)
    taken_back = Counter(step.person for step in batch.retractions)
    known = {
        str(row[0]): Person(*row)  # type: ignore[arg-type]
        for row in rows.find(_PERSON, "person", batch.participants.keys() | taken_back.keys())
    }
    told: dict[str, list[Told]] = {}
    stated: list[Row] = []
    for person, events in batch.participants.items():
        for event in events:
            said = _statement(event)
            if said is not None:
                ref = reference(event.source, event.id)
                told.setdefault(person, []).append((ref, said))
                stated.append((person, *place(event), ref, _encoder.encode(said).decode()))
    coverage = Coverage()
    after: list[Person] = []
    again: set[str] = set(taken_back)
    for person, statements in told.items():
        before = known.get(person)
        if before is None or before.retracted or not all(type(said) is Paid for _, said in statements):
            again.add(person)
        elif person not in again:
            paid = more = months.read(before.months)
            for _, said in statements:
                more |= months.span(said.first, said.last)  # type: ignore[union-attr]
            if more != paid:
                coverage.cover(before, more & ~paid)
                after.append(msgspec.structs.replace(before, months=months.write(more)))
    history = _history(rows, again & known.keys())
    gone = struck_of(rows, _RETRACTION, again & (known.keys() | taken_back.keys()))
    for person in again:
        before = known.get(person, Person(person))
        statements = history.get(person, []) + told.get(person, [])
        now = _fold(person, statements, gone.get(person, frozenset()), before.retracted + taken_back[person])
        coverage.change(before, now)
        after.append(now)
    rows.put(_STATEMENT, stated)
    rows.put(_PERSON, [msgspec.structs.astuple(person) for person in after])
    rows.add(_COVERAGE, coverage.rows())


def _history(rows: Rows, persons: set[str]) -> dict[str, list[Told]]:
    """Return what these persons' events stated before, in order."""
    found: dict[str, list[Told]] = {}
    for person, _, _, ref, says in sorted(rows.find(_STATEMENT, "person", persons)):
        found.setdefault(str(person), []).append((str(ref), _decoder.decode(str(says))))
    return found


PARTICIPANTS = Projection("participants", 1, (_PERSON, _STATEMENT, _COVERAGE, _RETRACTION), _apply)


def people(view: View) -> Table:
    """Return the table of persons, for another projection's query to join."""
    return view.table(PARTICIPANTS, _PERSON)


def person(view: View, token: str) -> Person | None:
    """Return the participant with this token."""
    table = people(view)
    return next(iter(view.read(select(table).where(table.c.person == token), Person)), None)


Dimension: TypeAlias = Literal["district", "sector", "decile", "sponsor", "month"]


class Cover(Struct, frozen=True):
    """One group in one month: who belongs on some day of it, and for how many of them the month is paid."""

    month: str
    group: str
    participants: int
    covered: int


def coverage(view: View, by: Dimension, first: str, last: str) -> list[Cover]:
    """Return participants and coverage of the months ``first`` to ``last`` by group, ordered by month and group.

    ``by`` ``month`` gives one group with an empty name; decile ``0`` are those of whom none was stated.
    """
    table = view.table(PARTICIPANTS, _COVERAGE)
    groups = [] if by == "month" else [table.c[by]]
    sums = (total(table.c[name]) for name in ("joined", "left", "covered"))
    query = (
        select(table.c.month, *sums, *groups).where(table.c.month <= last).group_by(table.c.month, *groups)
    )
    changes: dict[str, dict[str, tuple[int, int, int]]] = {}
    for month, joined, left, covered, *group in view.rows(query):
        name = str(group[0]) if group else ""
        changes.setdefault(name, {})[str(month)] = int(joined or 0), int(left or 0), int(covered or 0)
    return sorted(
        (cover for group, by_month in changes.items() for cover in _months(group, by_month, first, last)),
        key=lambda cover: (cover.month, cover.group.zfill(2)),
    )


def _months(group: str, changes: dict[str, tuple[int, int, int]], first: str, last: str) -> Iterator[Cover]:
    """Add up who joined, and from the next month on take away who left."""
    belonging = sum(joined - left for month, (joined, left, _) in changes.items() if month < first)
    for month in months.names(months.span(first, last)):
        joined, left, covered = changes.get(month, (0, 0, 0))
        belonging += joined
        yield Cover(month, group, belonging, covered)
        belonging -= left
