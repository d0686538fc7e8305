"""Orders against their legal day, and who kept claims waiting: by district, agency, programme or month."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from itertools import chain
from typing import Any, Literal, TypeAlias, TypeVar, cast, get_args

from msgspec import Struct
from msgspec.structs import asdict
from sqlalchemy import ColumnElement, Select, Table, case, func, select

from projections.columns import total
from projections.payments import acted_table, order_table, phase_table
from projections.store import View
from services.exceptions.groups import Belonging, belonging_claims

T = TypeVar("T")
By: TypeAlias = Literal["district", "agency", "programme", "month"]
"""How claims and orders are grouped; a month is that of an order's legal day, of a claim that of its filing."""
Standing: TypeAlias = Literal["in-time", "late", "overdue", "to-come", "held"]
STANDINGS: tuple[Standing, ...] = get_args(Standing)
"""How an order may stand against its day."""
Phase: TypeAlias = Literal["family", "office", "both", "recording", "ordering", "payment"]
"""A phase of ``ClaimPhases``, by its name."""


class Days(Struct, frozen=True):
    """Days of several claims or orders.

    How many there are, their sum, and the median (of an even number the lower one).
    """

    number: int = 0
    sum: int = 0
    median: int = 0


class OrderDeadlines(Struct, frozen=True):
    """The standing orders of a group; each is in one of ``in_time``, ``late``, ``overdue``, ``to_come`` and ``held``.

    ``late`` were paid after their day, ``overdue`` are not paid and their day has passed, ``to_come`` are not paid and
    it has not, ``held`` may not leave, so nobody is late with them. ``days`` are those late or overdue;
    ``compensation`` is 1 % of an order for each, in whole rupiah, rounded half up for each order.

    ``again`` of them order again what came back or could not be transferred: their own day counts from what made that
    possible, ``again_days`` from the day until which the money was first due until it was paid, or until now.
    """

    group: str
    orders: int
    amount: int
    in_time: int
    late: int
    overdue: int
    overdue_amount: int
    to_come: int
    held: int
    days: Days
    compensation: int
    again: int
    again_days: Days


class ClaimPhases(Struct, frozen=True):
    """The claims of a group that became complete.

    Days from filing to completeness, apart by who had to bring what was missing. ``family``, ``office``, ``both``: in
    these days something of theirs was missing, or of both. ``recording``: the act that completed the claim, or made
    its order due, was sent and not yet recorded. ``ordering`` is from completeness to the order without those,
    ``payment`` from there to its payment, of the claims that have come so far.
    """

    group: str
    claims: int
    family: Days
    office: Days
    both: Days
    recording: Days
    ordering: Days
    payment: Days


class Incomplete(Struct, frozen=True):
    """Claims of a group that never became complete, by whose turn it is (``ended``: decided without), with their days so far."""

    group: str
    turn: str
    claims: int
    family_days: int
    office_days: int
    both_days: int


class ActingAgency(Struct, frozen=True):
    """Days of claims that became complete which ended with an awaited act of this agency.

    Its finding, paper, decision, payment. The phases are those of ``ClaimPhases``; the days of all agencies are those
    of all groups. A claim in which several acted in one phase counts for each of them. ``agency`` is empty where no
    agency's awaited act ended them: papers of a family did, or they are of ``recording``. ``whole`` are the days of
    all phases; who took the most comes first.
    """

    agency: str
    family: Days
    office: Days
    both: Days
    recording: Days
    ordering: Days
    payment: Days
    whole: Days


class Deadlines(Struct, frozen=True):
    """Deadlines at the end of the day ``on``.

    The last of ``orders`` and of ``phases`` is of all groups, with an empty name.
    """

    on: dt.date
    orders: tuple[OrderDeadlines, ...]
    phases: tuple[ClaimPhases, ...]
    incomplete: tuple[Incomplete, ...]
    acting: tuple[ActingAgency, ...]


class Place(Struct, frozen=True):
    """Where claims belong that are asked about; None does not narrow."""

    district: str | None = None
    agency: str | None = None
    programme: str | None = None


ANYWHERE = Place()


def deadlines(view: View, on: dt.date, by: By = "programme", place: Place = ANYWHERE) -> Deadlines:
    """Return what was paid and unpaid against its legal day by the end of ``on``, and who kept claims waiting."""
    return Deadlines(
        on,
        tuple(_orders(view, on, by, place)),
        tuple(_phases(view, by, place)),
        tuple(_incomplete(view, on, by, place)),
        tuple(_acting(view, place)),
    )


class _OrderCount(Struct):
    """Orders of a group that stand alike, are so many days late, and of money ordered again so many after its first day.

    ``again`` is None for other orders.
    """

    group: str
    standing: Standing
    late: int
    again: int | None
    orders: int = 0
    amount: int = 0
    compensation: int = 0


def _orders(view: View, on: dt.date, by: By, place: Place) -> Iterable[OrderDeadlines]:
    """Count the orders one by one: they differ so much that sorting them into groups in the store costs more."""
    orders = order_table(view)
    belonging = belonging_claims(view, orders)
    group = group_column(belonging, by, orders.c.due_on)
    query = (
        select(group, *(orders.c[name] for name in ("due_on", "first_due_on", "paid_on", "held", "amount")))
        .select_from(belonging.joined)
        .where(orders.c.stands == 1, *within(belonging, place))
    )
    today = on.isoformat()
    counts: dict[tuple[str, Standing, int, int | None], _OrderCount] = {}
    for name, due_on, first_due_on, paid_on, held, amount in cast(
        "Iterable[tuple[str, str, str, str, str, int]]", view.walk(query)
    ):
        standing, late = order_standing(due_on, paid_on, today, held)
        key = name, standing, late, days_since_first_due(first_due_on, paid_on, today)
        if (count := counts.get(key)) is None:
            count = counts[key] = _OrderCount(*key)
        count.orders += 1
        count.amount += amount
        count.compensation += (amount * late + 50) // 100
    for name, of_group in _by_group((count.group, count) for count in counts.values()):
        yield _order_deadlines(name, of_group)


@lru_cache(65536)
def _day_number(day: str) -> int:
    return dt.date.fromisoformat(day).toordinal()


def order_standing(due_on: str, paid_on: str, today: str, held: str) -> tuple[Standing, int]:
    """Return how an order is at the end of ``today``, and how many days it is late or overdue."""
    paid = "" < paid_on <= today
    after = _day_number(paid_on if paid else today) - _day_number(due_on)
    if paid:
        return ("in-time", 0) if after <= 0 else ("late", after)
    if held:
        return "held", 0
    return ("overdue", after) if after > 0 else ("to-come", 0)


def days_since_first_due(first_due_on: str, paid_on: str, today: str) -> int | None:
    """Return how many days after its first day money ordered again was paid, or is not yet; None of any other order."""
    if not first_due_on:
        return None
    until = paid_on if "" < paid_on <= today else today
    return max(0, _day_number(until) - _day_number(first_due_on))


def _order_deadlines(group: str, counts: list[_OrderCount]) -> OrderDeadlines:
    number = dict.fromkeys(STANDINGS, 0)
    for count in counts:
        number[count.standing] += count.orders
    return OrderDeadlines(
        group=group,
        orders=sum(number.values()),
        amount=sum(count.amount for count in counts),
        **{standing.replace("-", "_"): orders for standing, orders in number.items()},
        overdue_amount=sum(count.amount for count in counts if count.standing == "overdue"),
        days=_days((count.late, count.orders) for count in counts if count.late),
        compensation=sum(count.compensation for count in counts),
        again=sum(count.orders for count in counts if count.again is not None),
        again_days=_days((count.again, count.orders) for count in counts if count.again),
    )


_MEASURES: dict[Phase, tuple[str, str]] = {
    "family": ("family_days", "complete_on"),
    "office": ("office_days", "complete_on"),
    "both": ("both_days", "complete_on"),
    "recording": ("recording_days", "complete_on"),
    "ordering": ("order_days", "ordered_on"),
    "payment": ("payment_days", "paid_on"),
}
"""Each phase: the column of its days, and the one that is empty while a claim has not come to its end."""
PHASES: tuple[Phase, ...] = tuple(_MEASURES)
"""The names of the phases, in order."""


def _phases(view: View, by: By, place: Place) -> Iterable[ClaimPhases]:
    """Count first how many claims are alike, of which there are few: their days, and how far they have come."""
    phases = phase_table(view)
    query, _ = of_filed(view, phases, by, place)
    query = query.add_columns(*(phases.c[days] for days, _ in _MEASURES.values()))
    query = query.add_columns(*(phases.c[reached] != "" for _, reached in _MEASURES.values()))
    alike = Counter(view.walk(query.where(phases.c.complete_on != "")))
    day_counts: dict[str, tuple[Counter[int], ...]] = {}
    for (group, *measured), often in alike.items():
        if (of_group := day_counts.get(str(group))) is None:
            of_group = day_counts[str(group)] = _nothing()
        days_of, reached_of = measured[: len(_MEASURES)], measured[len(_MEASURES) :]
        for counts, days, reached in zip(of_group, days_of, reached_of, strict=True):
            if reached:
                counts[int(days or 0)] += often
    of_all = _nothing()
    for of_group in day_counts.values():
        for total_counts, counts in zip(of_all, of_group, strict=True):
            total_counts.update(counts)
    day_counts[""] = of_all
    for name in _sorted_names(day_counts):
        measures = {
            measure: _days(counts.items()) for measure, counts in zip(PHASES, day_counts[name], strict=True)
        }
        yield ClaimPhases(name, measures["family"].number, **measures)


def _nothing() -> tuple[Counter[int], ...]:
    """Return the days of each phase before any claim is counted."""
    return tuple(Counter[int]() for _ in PHASES)


class _WaitCount(Struct, frozen=True):
    """Claims of a group that wait for the same since the same day, and their days until then."""

    group: str
    turn: str
    since: str
    claims: int
    family: int
    office: int
    both: int


def _incomplete(view: View, on: dt.date, by: By, place: Place) -> Iterable[Incomplete]:
    phases = phase_table(view)
    query, group = of_filed(view, phases, by, place)
    sums = (total(phases.c[f"{whose}_days"]).label(whose) for whose in ("family", "office", "both"))
    query = query.add_columns(phases.c.turn, phases.c.since, func.count().label("claims"), *sums)
    query = query.where(phases.c.complete_on == "").group_by(group, phases.c.turn, phases.c.since)
    days_by: dict[tuple[str, str], list[int]] = {}
    for count in view.read(query, _WaitCount):
        sums_so_far = days_by.setdefault((count.group, count.turn), [0, 0, 0, 0])
        more = max(0, (on - dt.date.fromisoformat(count.since)).days) * count.claims
        days = {"family": count.family, "office": count.office, "both": count.both}
        if count.turn in days:
            days[count.turn] += more
        for at, number in enumerate((count.claims, *days.values())):
            sums_so_far[at] += number
    for (name, turn), (claims, family, office, both) in sorted(days_by.items()):
        yield Incomplete(name, turn, claims, family, office, both)


def _acting(view: View, place: Place) -> Iterable[ActingAgency]:
    """Count claims that are alike first, as ``_phases`` does.

    Whose claims they are is looked at where that is asked.
    """
    acts = acted_table(view)
    query = select(acts.c.agency, acts.c.phase, acts.c.days, func.count())
    if place != ANYWHERE:
        belonging = belonging_claims(view, acts)
        query = query.select_from(belonging.joined).where(*within(belonging, place))
    days_by: dict[str, dict[str, list[tuple[int, int]]]] = {}
    rows = view.rows(query.group_by(acts.c.agency, acts.c.phase, acts.c.days))
    for agency, phase, days, claims in cast("Iterable[tuple[str, str, int, int]]", rows):
        days_by.setdefault(agency, {}).setdefault(phase, []).append((days, claims))
    agencies = [
        ActingAgency(
            agency,
            **{phase: _days(counts.get(phase, ())) for phase in PHASES},
            whole=_days(chain.from_iterable(counts.values())),
        )
        for agency, counts in days_by.items()
    ]
    return sorted(agencies, key=lambda one: (-one.whole.sum, one.agency))


def group_column(belonging: Belonging, by: By, day: ColumnElement[str]) -> ColumnElement[str]:
    """Return the column of a group, ``?`` where nobody knows it; ``day`` tells the month."""
    if by == "month":
        return func.substr(day, 1, 7)
    column = belonging.columns[by]
    return case((column == "", "?"), else_=column)


def of_filed(view: View, phases: Table, by: By, place: Place) -> tuple[Select[Any], ColumnElement[str]]:
    """Ask of the claims whose filing still counts, by group."""
    belonging = belonging_claims(view, phases)
    group = group_column(belonging, by, phases.c.filed_on)
    query = select(group.label("group")).select_from(belonging.joined)
    return query.where(belonging.claims.c.shown == 1, *within(belonging, place)), group


def within(belonging: Belonging, place: Place) -> Iterable[ColumnElement[bool]]:
    """Give what narrows to claims of a place; those of a district are few, and found by their index."""
    for name, value in asdict(place).items():
        if value is not None:
            columns = belonging.claims.c if name == "district" else belonging.columns
            yield columns[name] == value


def _by_group(counts: Iterable[tuple[str, T]]) -> Iterable[tuple[str, list[T]]]:
    """Sort counts by group; all of them are under the empty name too, which comes last and is always there."""
    groups: dict[str, list[T]] = {"": []}
    for group, count in counts:
        for name in {group, ""}:
            groups.setdefault(name, []).append(count)
    return [(name, groups[name]) for name in _sorted_names(groups)]


def _sorted_names(groups: Iterable[str]) -> list[str]:
    return sorted(groups, key=lambda name: (not name, name))


def _days(counts: Iterable[tuple[int, int]]) -> Days:
    """Add up days, each given with how often there are so many."""
    ordered = sorted(counts)
    number = sum(often for _, often in ordered)
    remaining = (number + 1) // 2
    for days, often in ordered:
        remaining -= often
        if remaining <= 0:
            return Days(number, sum(d * o for d, o in ordered), days)
    return Days()
