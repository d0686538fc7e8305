"""Controls on claims that are split, or that gather with an officer, in a district, on a day."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from itertools import groupby, pairwise
from math import comb
from typing import TypeAlias

from sqlalchemy import func, select

from projections import claims, evidence, participants
from projections.store import View
from services.controls.hits import Hit, Question, days, refs_of_claims

APART = 30
"""Days within which two events of one person may be one that was split."""
LEAST = 5
"""How many of a kind must gather before it says anything."""
ONE_IN = 100
"""How seldom chance alone may point at anything in a whole book."""


Cell: TypeAlias = tuple[str, str]
"""A row and a column in which something stands: the district and the day of a claim, the officer and the day of a
review."""


def concentrated(cells: Mapping[Cell, int]) -> dict[Cell, int]:
    """Return the cells that hold more than chance would put there, with how many each holds.

    Of ``of_row`` and ``of_column`` among all, ``k`` fall together with a probability of at most
    C(of_column, k) · C(of_row, k) / C(all, k): the mean number of groups of ``k`` that do. That, times the number of
    cells, must be at most one in ``ONE_IN``; all of it in whole numbers.
    """
    rows, columns = Counter[str](), Counter[str]()
    for (row, column), count in cells.items():
        rows[row] += count
        columns[column] += count
    every, many = rows.total(), len(rows) * len(columns)
    dense = {}
    for (row, column), k in cells.items():
        of_row, of_column = rows[row], columns[column]
        if k < LEAST or k * every <= 2 * of_row * of_column:
            continue
        if ONE_IN * many * comb(of_column, k) * comb(of_row, k) <= comb(every, k):
            dense[row, column] = k
    return dense


def split_claims(view: View, _: Question) -> Iterator[Hit]:
    """Yield the later of two claims with orders of one person in one programme, whose events lie ``APART`` days or less apart."""
    filed = claims.claim_table(view)
    several = (
        select(filed.c.person)
        .where(filed.c.shown == 1, filed.c.ordered > 0)
        .group_by(filed.c.person, filed.c.programme)
        .having(func.count() > 1)
    )
    query = (
        select(filed)
        .where(filed.c.shown == 1, filed.c.ordered > 0, filed.c.person.in_(several))
        .order_by(filed.c.person, filed.c.programme, filed.c.event_date, filed.c.claim)
    )
    rows = view.read(query, claims.ClaimRow)
    filings = refs_of_claims(view, {row.claim for row in rows}, evidence.FILED)
    for one, other in pairwise(rows):
        if (one.person, one.programme) != (other.person, other.programme):
            continue
        apart = days(one.event_date, other.event_date)
        if apart <= APART:
            events = (*filings.get(one.claim, ()), *filings.get(other.claim, ()))
            figures: dict[str, int | str] = {"days": apart, "with": one.claim}
            yield Hit(other.claim, other.person, other.ordered, events, one.claim, figures)


def several_claims_for_one_event(view: View, _: Question) -> Iterator[Hit]:
    """Yield each of several claims of one person for events of one day, whatever became of them, with what was ordered on it."""
    filed = claims.claim_table(view)
    several = (
        select(filed.c.person)
        .where(filed.c.shown == 1)
        .group_by(filed.c.person, filed.c.event_date)
        .having(func.count() > 1)
    )
    query = (
        select(filed)
        .where(filed.c.shown == 1, filed.c.person.in_(several))
        .order_by(filed.c.person, filed.c.event_date, filed.c.claim)
    )
    rows = view.read(query, claims.ClaimRow)
    filings = refs_of_claims(view, {row.claim for row in rows}, evidence.FILED)
    for _event, group in groupby(rows, key=lambda row: (row.person, row.event_date)):
        of_event = list(group)
        events = tuple(ref for row in of_event for ref in filings.get(row.claim, ()))
        for row in of_event if len(of_event) > 1 else ():
            others = [other.claim for other in of_event if other is not row]
            figures: dict[str, int | str] = {"with": ", ".join(others)}
            yield Hit(row.claim, row.person, row.ordered, events, others[0], figures)


def gathered_filings(view: View, _: Question) -> Iterator[Hit]:
    """Yield claims of districts and days on which more were filed than chance would put there."""
    filed = claims.claim_table(view)
    district = func.coalesce(filed.c.district, "")
    query = select(district, filed.c.filed_on, func.count()).where(filed.c.shown == 1)
    counted = {
        (str(name), str(day)): int(number or 0)
        for name, day, number in view.rows(query.group_by(district, filed.c.filed_on))
    }
    cells: dict[Cell, list[str]] = {}
    for name, day in concentrated(counted):
        of_cell = select(filed.c.claim).where(filed.c.filed_on == day, filed.c.shown == 1, district == name)
        cells[name, day] = [str(claim) for (claim,) in view.rows(of_cell.order_by(filed.c.claim))]
    yield from _hits(view, cells, evidence.FILED)


def gathered_reviews(view: View, question: Question) -> Iterator[Hit]:
    """Yield reviews by officers who approved more on one day, or in one district, than chance would give them."""
    facts, people = evidence.facts(view), participants.people(view)
    query = (
        select(facts.c.partition, facts.c.position, facts.c.claim, facts.c.sent_on, people.c.district)
        .join(people, people.c.person == facts.c.person)
        .where(facts.c.kind == evidence.REVIEWED, facts.c.value == "approve", facts.c.counts == 1)
        .order_by(facts.c.claim)
    )
    on_days, in_districts = defaultdict[Cell, list[str]](list), defaultdict[Cell, list[str]](list)
    for partition, position, claim, day, district in view.walk(query):
        officer = question.officers.get((int(partition or 0), int(position or 0)))
        if officer is not None:
            on_days[officer, str(day)].append(str(claim))
            in_districts[officer, str(district)].append(str(claim))
    reviews: dict[Cell, list[str]] = {}
    for cells in (on_days, in_districts):
        numbers = {cell: len(claims) for cell, claims in cells.items()}
        reviews |= {cell: cells[cell] for cell in concentrated(numbers)}
    yield from _hits(view, reviews, evidence.REVIEWED)


def _hits(view: View, cells: Mapping[Cell, list[str]], kind: str) -> Iterator[Hit]:
    concerned = {claim for numbers in cells.values() for claim in numbers}
    table = claims.claim_table(view)
    rows = view.read_among(select(table), table.c.claim, concerned, claims.ClaimRow)
    claim_rows = {row.claim: row for row in rows}
    stated = refs_of_claims(view, concerned, kind)
    for (row, column), numbers in sorted(cells.items()):
        for claim in dict.fromkeys(numbers):
            claim_row = claim_rows[claim]
            figures: dict[str, int | str] = {"gathered": len(numbers)}
            yield Hit(
                claim, claim_row.person, claim_row.ordered, stated.get(claim, ()), f"{row} {column}", figures
            )
