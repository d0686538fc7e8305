"""Which claims are there, and what is the status of each?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Select, Subquery, Table, func, select

from events.content import Content
from events.retraction import Struck
from projections import participants, timeline
from projections.as_of import NOW, AsOf
from projections.bulk import Row
from projections.claim_districts import DISTRICT, districts, take_enrolments
from projections.claim_groups import EVERYWHERE, GROUP, Grouped, changes
from projections.claim_memory import Memory
from projections.claim_state import ClaimState, agency, cause, claim_state_at, shown
from projections.claim_status import PAID, RETRACTED, UNDECIDED, figures
from projections.claim_steps import civil
from projections.columns import table, total, written_as_json
from projections.event_batch import EventBatch
from projections.projection import Projection, Rows
from projections.store import View
from projections.sums import Sums, sums_of

_MEMORY = Memory("claims")


class ClaimRow(Struct, frozen=True):
    """One claim. Rupiah; dates are civil dates of Asia/Jakarta, empty where there is none yet.

    ``position`` and ``recordedtime`` are those of its last event. What is said of the participant is what was
    stated last, None while nobody has enrolled the person.
    """

    claim: str
    shown: int
    """0 when the filing was retracted."""
    status: str
    programme: str
    cause: str
    event_date: str
    person: str
    partition: int
    position: int
    agency: str
    district: str | None
    filed_at: str
    filed_on: str
    recordedtime: str
    version: int
    missing: tuple[str, ...]
    reasons: tuple[str, ...]
    obstacles: tuple[str, ...]
    """The codes of both, sorted."""
    benefits: dict[str, int]
    entitled: int
    ordered: int
    released: int
    paid: int
    returned: int
    overpaid: int
    paid_by_bank: int
    matched: int
    unmatched: int
    ordered_on: str
    paid_on: str
    sector: str | None = None
    decile: int | None = None
    sponsor: str | None = None

    @property
    def pending(self) -> int:
        """What has left for the bank while a decision is pending, and is not counted as overpaid.

        If it is denied, it is overpaid.
        """
        return self.released - self.overpaid if self.status in UNDECIDED else 0

    @property
    def sums(self) -> Sums:
        """Every sum by its name."""
        return sums_of(self)


_OF_THE_PERSON = ("sector", "decile", "sponsor")
_INDEXED = (
    "shown",
    "person",
    "status",
    "agency",
    "district",
    "obstacles",
    "event_date",
    "filed_on",
    "entitled",
    "ordered",
    "paid_by_bank",
    "ordered_on",
    "paid_on",
)
_CLAIM = table("claims", ClaimRow, key=("claim",), index=_INDEXED, joined=_OF_THE_PERSON)


def _row(claim_state: ClaimState, struck: Struck, district: str | None = None) -> ClaimRow:
    award, filing, money = claim_state.award, claim_state.filing, figures(claim_state, struck)
    due = award.outcome == "due" and money.status != RETRACTED
    held = award if money.status != RETRACTED else Content()
    return ClaimRow(
        claim=claim_state.claim,
        shown=int(shown(claim_state, struck)),
        status=money.status,
        programme=award.programme,
        cause=cause(claim_state, struck),
        event_date=award.event_date or (filing.event_date if filing else ""),
        person=claim_state.person,
        partition=claim_state.partition,
        position=claim_state.position,
        agency=agency(claim_state),
        district=district,
        filed_at=filing.time if filing else "",
        filed_on=civil(filing.time) if filing else "",
        recordedtime=claim_state.recordedtime,
        version=award.version,
        missing=held.missing,
        reasons=held.reasons,
        obstacles=tuple(sorted({*held.missing, *held.reasons})),
        benefits=dict(sorted(award.benefits.items())) if due else {},
        entitled=money.entitled,
        ordered=money.ordered,
        released=money.released,
        paid=money.paid,
        returned=money.returned,
        overpaid=money.overpaid,
        paid_by_bank=money.paid_by_bank,
        matched=money.matched,
        unmatched=money.unmatched,
        ordered_on=money.ordered_on,
        paid_on=money.paid_on,
    )


def _apply(rows: Rows, batch: EventBatch) -> None:
    enrolled = take_enrolments(rows, batch)
    changed = _MEMORY.changed(rows, batch)
    stood = rows.find(_CLAIM, "claim", {state.claim for state, _ in changed})
    before = {row.claim: row for row in _read(stood)}
    stood_of_enrolled = rows.find(_CLAIM, "person", enrolled)
    moved = [row for row in _read(stood_of_enrolled) if row.claim not in before]
    struck = {state.person: struck_facts for state, struck_facts in changed}
    struck |= _MEMORY.struck(rows, {row.person for row in moved})
    lives = districts(rows, struck.keys() | {row.person for row in moved}, struck)
    after = [_row(state, struck_facts, lives.get(state.person)) for state, struck_facts in changed]
    after += [replace(row, district=lives.get(row.person)) for row in moved]
    rows.put(_CLAIM, after, (*stood, *stood_of_enrolled))
    rows.add(GROUP, changes(map(_grouped, (*before.values(), *moved)), map(_grouped, after)))


def _read(rows: Iterable[Row]) -> Iterator[ClaimRow]:
    """Yield rows as they were found, without what is said of the participant."""
    json = written_as_json(ClaimRow)
    for row in rows:
        values_by_name: dict[str, object] = dict(zip(ClaimRow.__struct_fields__, row, strict=False))
        values_by_name |= {name: msgspec.json.decode(str(values_by_name[name])) for name in json}
        yield msgspec.convert(values_by_name, ClaimRow)


def _grouped(row: ClaimRow) -> Grouped:
    alike = row.status, row.programme, row.agency, row.obstacles
    return Grouped(alike, row.district or "", row.filed_on, row.sums)


CLAIMS = Projection("claims", 11, (_CLAIM, GROUP, DISTRICT, *_MEMORY.tables), _apply)


def ending_in(view: View, end: str, most: int) -> list[str]:
    """Return the numbers of at most so many claims that end so, in order."""
    table = claim_table(view)
    query = select(table.c.claim).where(table.c.claim.endswith(end, autoescape=True)).order_by(table.c.claim)
    return [str(number) for (number,) in view.rows(query.limit(most))]


def claim(view: View, number: str, as_of: AsOf = NOW) -> ClaimRow | None:
    """Return the claim, also one whose filing was retracted; ``as_of`` an earlier moment: as it was then.

    What is said of the participant is what was stated last, at any moment.
    """
    if as_of == NOW:
        query, claims = of_participants(view)
        return next(iter(view.read(query.where(claims.c.claim == number), ClaimRow)), None)
    moments = timeline.moments(view, number, as_of)
    if not moments:
        return None
    steps = [moment.step for moment in moments if moment.step.type != "event.retracted"]
    then = _row(claim_state_at(number, steps), timeline.struck_in(moments))
    now = claim(view, number)
    if now is None:
        return then
    of_person = {name: getattr(now, name) for name in ("district", *_OF_THE_PERSON)}
    return replace(then, **of_person)


def claim_table(view: View) -> Table:
    """Return the table of claims, for another question's query."""
    return view.table(CLAIMS, _CLAIM)


def claim_groups(view: View, *, by_district: bool = False) -> Subquery:
    """Return how many claims are alike by month, with their sums, for another question's query.

    ``by_district`` each apart.
    """
    groups = view.table(CLAIMS, GROUP)
    place = groups.c.district != EVERYWHERE if by_district else groups.c.district == EVERYWHERE
    month = groups.c.period.label("month")
    return select(groups, month).where(groups.c.grain == "month", place).subquery()


def largest_districts(view: View, most: int) -> list[str]:
    """Return the districts with the most claims in the whole book, at most so many, and the largest first."""
    groups = view.table(CLAIMS, GROUP)
    query = select(groups.c.district).where(groups.c.grain == "ever", groups.c.district != "")
    query = query.order_by(groups.c.claims.desc(), groups.c.district).limit(most)
    return [str(district) for (district,) in view.rows(query)]


def number_of_districts(view: View) -> int:
    """Return of how many districts there are claims."""
    groups = view.table(CLAIMS, GROUP)
    ever = select(func.count()).where(groups.c.grain == "ever", groups.c.district != "")
    return next(int(number or 0) for (number,) in view.rows(ever))


def has_district(view: View, district: str) -> bool:
    """Tell whether there is a claim of somebody of this district."""
    groups = view.table(CLAIMS, GROUP)
    query = select(groups.c.claims).where(groups.c.grain == "ever", groups.c.district == district)
    return bool(view.rows(query))


def first_paid(view: View) -> str:
    """Return the number of the first claim that is paid, empty where none is."""
    table = view.table(CLAIMS, _CLAIM)
    query = select(table.c.claim).where(table.c.status == PAID).order_by(table.c.claim).limit(1)
    return next((str(claim) for (claim,) in view.rows(query)), "")


def totals(view: View) -> Sums:
    """Return every sum over all claims."""
    table = view.table(CLAIMS, _CLAIM)
    return view.read(select(*(total(table.c[name]).label(name) for name in Sums.__struct_fields__)), Sums)[0]


def is_of(view: View, number: str, agency: str) -> bool:
    """Tell whether this agency filed the claim."""
    table = view.table(CLAIMS, _CLAIM)
    return bool(view.rows(select(table.c.claim).where(table.c.claim == number, table.c.agency == agency)))


def claims(
    view: View,
    *,
    status: str | None = None,
    programme: str | None = None,
    agency: str | None = None,
    district: str | None = None,
    person: str | None = None,
    filed_from: dt.date | None = None,
    filed_to: dt.date | None = None,
) -> list[ClaimRow]:
    """Return the claims, newest event last, narrowed by the arguments.

    One whose filing was taken back is ``retracted``. ``person`` is the participant's token; ``filed_from`` and
    ``filed_to`` are civil days of filing, both included.
    """
    query, claims = of_participants(view)
    sought = (claims.c.status, status), (claims.c.programme, programme), (claims.c.agency, agency)
    for column, value in (*sought, (claims.c.district, district), (claims.c.person, person)):
        if value is not None:
            query = query.where(column == value)
    if filed_from is not None:
        query = query.where(claims.c.filed_on >= filed_from.isoformat())
    if filed_to is not None:
        query = query.where(claims.c.filed_on <= filed_to.isoformat(), claims.c.filed_on != "")
    query = query.order_by(claims.c.recordedtime, claims.c.partition, claims.c.position)
    return view.read(query, ClaimRow)


def of_participants(view: View) -> tuple[Select[Any], Table]:
    """Return the query of every claim with what is said of its participant, and the table of claims in it, to narrow and order."""
    claims, people = view.table(CLAIMS, _CLAIM), participants.people(view)
    stated = claims.outerjoin(people, (people.c.person == claims.c.person) & (people.c.known == 1))
    return select(claims, people.c.sector, people.c.decile, people.c.sponsor).select_from(stated), claims
