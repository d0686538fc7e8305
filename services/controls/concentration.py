"""Controls on claims that are split, or that gather with an officer, in a district, on a day."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise
from math import comb
from typing import NamedTuple

from sqlalchemy import func, select

from projections import claims, evidence, participants
from projections.evidence import FactRow
from projections.store import View
from services.controls.hits import Hit, Question, days, facts_of_claims, refs

APART = 30
"""Days within which two events of one person may be one that was split."""
LEAST = 5
"""How many of a kind must gather before it says anything."""
ONE_IN = 100
"""How seldom chance alone may point at anything in a whole book."""


class Placed(NamedTuple):
    """Something that stands in a row and a column: a claim in a district and on a day, a review by an officer on a day."""

    row: str
    column: str
    claim: str


def gathered(placed: Iterable[Placed]) -> dict[tuple[str, str], list[str]]:
    """Return the cells that hold more than chance would put there, with their claims.

    Of ``of_row`` and ``of_column`` among all, ``k`` fall together with a probability of at most
    C(of_column, k) · C(of_row, k) / C(all, k): the mean number of groups of ``k`` that do. That, times the number of cells, must
    be at most one in ``ONE_IN``; all of it in whole numbers.
    """
    cells: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for row, column, claim in placed:
        cells[row, column].append(claim)
    rows, columns = Counter[str](), Counter[str]()
    for (row, column), held in cells.items():
        rows[row] += len(held)
        columns[column] += len(held)
    every, many = rows.total(), len(rows) * len(columns)
    found = {}
    for (row, column), held in cells.items():
        k, of_row, of_column = len(held), rows[row], columns[column]
        if k < LEAST or k * every <= 2 * of_row * of_column:
            continue
        if ONE_IN * many * comb(of_column, k) * comb(of_row, k) <= comb(every, k):
            found[row, column] = held
    return found


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
    found = view.read(query, claims.ClaimRow)
    filings = facts_of_claims(view, {row.claim for row in found}, evidence.FILED)
    for one, other in pairwise(found):
        if (one.person, one.programme) != (other.person, other.programme):
            continue
        apart = days(one.event_date, other.event_date)
        if apart <= APART:
            events = (*refs(filings.get(one.claim, ())), *refs(filings.get(other.claim, ())))
            figures: dict[str, int | str] = {"days": apart, "with": one.claim}
            yield Hit(other.claim, other.person, other.ordered, events, one.claim, figures)


def gathered_filings(view: View, _: Question) -> Iterator[Hit]:
    """Yield claims of districts and days on which more were filed than chance would put there."""
    filed, people = claims.claim_table(view), participants.people(view)
    query = (
        select(people.c.district, filed.c.filed_on, filed.c.claim)
        .join(people, people.c.person == filed.c.person)
        .where(filed.c.shown == 1)
        .order_by(filed.c.claim)
    )
    cells = gathered(Placed(str(d), str(day), str(claim)) for d, day, claim in view.walk(query))
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
    on_days, in_districts = [], []
    for partition, position, claim, day, district in view.walk(query):
        officer = question.officers.get((int(partition or 0), int(position or 0)))
        if officer is not None:
            on_days.append(Placed(officer, str(day), str(claim)))
            in_districts.append(Placed(officer, str(district), str(claim)))
    yield from _hits(view, gathered(on_days) | gathered(in_districts), evidence.REVIEWED)


def _hits(view: View, cells: dict[tuple[str, str], list[str]], kind: str) -> Iterator[Hit]:
    concerned = {claim for held in cells.values() for claim in held}
    table = claims.claim_table(view)
    rows = view.read_among(select(table), table.c.claim, concerned, claims.ClaimRow)
    claim_rows = {row.claim: row for row in rows}
    stated: dict[str, list[FactRow]] = facts_of_claims(view, concerned, kind)
    for (row, column), held in sorted(cells.items()):
        for claim in dict.fromkeys(held):
            known = claim_rows[claim]
            figures: dict[str, int | str] = {"gathered": len(held)}
            about = f"{row} {column}"
            yield Hit(claim, known.person, known.ordered, refs(stated.get(claim, ())), about, figures)
