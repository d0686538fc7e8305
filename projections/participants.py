"""Who takes part, and who is covered in which month: by decile, district, sector and sponsor?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, TypeAlias

import msgspec
from msgspec import Struct
from sqlalchemy import Table, select

from events.catalogue import ParticipantEvent
from events.envelope import reference
from projections import months
from projections.batch import Batch
from projections.bulk import Row
from projections.columns import number, table, text, total
from projections.membership import Paid, Person, Statement, fold, member_months, statement_of
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
)
_RECORD = table(
    "participants_record",
    text("person", key=True),
    text("months"),
    number("last"),
    number("retracted"),
)
"""Apart from the person, because it changes with every contribution."""
_STATEMENT = table(
    "participants_statement",
    number("place", key=True),
    text("person"),
    number("before"),
    text("ref"),
    text("says"),
)
"""Each statement names the person's one before it: an index by person would cost more than all other writing."""
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


class Record(Struct, frozen=True):
    """What is kept of one person's statements.

    ``months`` are those paid, as ``projections.months`` writes them, ``last`` is the place of the last statement,
    ``retracted`` the number of retractions.
    """

    person: str
    months: str = ""
    last: int = 0
    retracted: int = 0


Told: TypeAlias = tuple[str, Statement]
"""A statement with the reference of its event."""
_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Statement] = msgspec.json.Decoder(Statement)


class Changes:
    """Changes of the coverage table: joined, left and covered by month, district, sector, decile and sponsor."""

    def __init__(self) -> None:
        """Begin without a change."""
        self._sums: dict[tuple[str, str, str, int, str], list[int]] = {}

    def count(self, person: Person, paid: int, sign: int = 1) -> None:
        """Count a person and the months paid, or with ``sign`` -1 no longer."""
        within, end = member_months(person.periods), 1 << months.index(months.LAST)
        self._add(person, 0, within & ~(within << 1), sign)
        self._add(person, 1, within & ~(within >> 1) & ~end, sign)
        self._add(person, 2, within & paid, sign)

    def cover(self, person: Person, more: int) -> None:
        """Count further months as paid."""
        self._add(person, 2, more & member_months(person.periods), 1)

    def rows(self) -> list[Row]:
        """Return what is to be added to the table."""
        return [(*key, *sums) for key, sums in self._sums.items() if any(sums)]

    def _add(self, person: Person, column: int, within: int, sign: int) -> None:
        for month in months.names(within):
            key = month, person.district, person.sector, person.decile, person.sponsor
            sums = self._sums.get(key)
            if sums is None:
                sums = self._sums[key] = [0, 0, 0]
            sums[column] += sign


def _apply(rows: Rows, batch: Batch) -> None:
    if not batch.participants and not batch.retractions:
        return
    record(rows, _RETRACTION, batch)
    retracted = Counter(step.person for step in batch.retractions)
    concerned = batch.participants.keys() | retracted.keys()
    people = {str(row[0]): Person(*row) for row in rows.find(_PERSON, "person", concerned)}  # type: ignore[arg-type]
    records = {str(row[0]): Record(*row) for row in rows.find(_RECORD, "person", concerned)}  # type: ignore[arg-type]
    stated: list[Row] = []
    after: list[Record] = []
    again: list[tuple[Record, Record, list[Told]]] = []
    changes = Changes()
    for person in concerned:
        before = records.get(person) or Record(person)
        told, last = _state(before, batch.participants.get(person, ()), stated)
        against = before.retracted + retracted[person]
        added = 0 if before.last and not against else None
        for _, said in told:
            added = (
                added | months.span(said.first, said.last)
                if isinstance(said, Paid) and added is not None
                else None
            )
        if added is None:
            again.append((before, Record(person, "", last, against), told))
            continue
        paid = months.read(before.months)
        changes.cover(people[person], added & ~paid)
        after.append(Record(person, months.write(paid | added), last))
    rows.put(_PERSON, _tell(rows, again, people, after, changes))
    rows.put(_RECORD, [(r.person, r.months, r.last, r.retracted) for r in after])
    rows.put(_STATEMENT, stated)
    rows.add(_COVERAGE, changes.rows())


def _state(before: Record, events: Sequence[ParticipantEvent], stated: list[Row]) -> tuple[list[Told], int]:
    """Add the rows of what the events state to ``stated``; return it, and the place of the last."""
    told: list[Told] = []
    last = before.last
    for event in events:
        said = statement_of(event)
        if said is not None:
            partition, position = place(event)
            ref, here = reference(event.source, event.id), (partition << 48) + position
            stated.append((here, before.person, last, ref, _encoder.encode(said).decode()))
            told.append((ref, said))
            last = here
    return told, last


def _tell(
    rows: Rows,
    again: Sequence[tuple[Record, Record, list[Told]]],
    people: Mapping[str, Person],
    after: list[Record],
    changes: Changes,
) -> list[Row]:
    """Fold everything that was ever stated about these people; return their rows.

    For contributions this is not needed: they only add months. A first enrolment has nothing before it.
    """
    history = _history(rows, {before.person: before.last for before, _, _ in again})
    gone = struck_of(rows, _RETRACTION, {now.person for _, now, _ in again if now.retracted})
    made: list[Row] = []
    for before, now, told in again:
        person = now.person
        every = history[person] + told
        stands, paid = fold(person, [said for ref, said in every if ref not in gone.get(person, ())])
        changes.count(people.get(person) or Person(person), months.read(before.months), -1)
        changes.count(stands, paid)
        made.append(msgspec.structs.astuple(stands))
        after.append(Record(person, months.write(paid), now.last, now.retracted))
    return made


def _history(rows: Rows, last: Mapping[str, int]) -> dict[str, list[Told]]:
    """Return what was stated about these people, in order, going back from the last statement of each."""
    found: dict[str, list[Told]] = {person: [] for person in last}
    places = [place for place in last.values() if place]
    while places:
        earlier = rows.find(_STATEMENT, "place", places)
        for _, person, _, ref, says in earlier:
            found[str(person)].append((str(ref), _decoder.decode(str(says))))
        places = [int(row[2]) for row in earlier if row[2]]
    for told in found.values():
        told.reverse()
    return found


PARTICIPANTS = Projection("participants", 1, (_PERSON, _RECORD, _STATEMENT, _COVERAGE, _RETRACTION), _apply)


def people(view: View) -> Table:
    """Return the table of persons, for another projection's query to join."""
    return view.table(PARTICIPANTS, _PERSON)


def person(view: View, token: str) -> Person | None:
    """Return the participant with this token."""
    table = people(view)
    return next(iter(view.read(select(table).where(table.c.person == token), Person)), None)


def months_paid(view: View, token: str) -> list[str]:
    """Return the months ``YYYY-MM`` for which the participant's contributions were paid, earliest first."""
    table = view.table(PARTICIPANTS, _RECORD)
    found = view.rows(select(table.c.months).where(table.c.person == token))
    return [month for row in found for month in months.names(months.read(str(row[0])))]


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
