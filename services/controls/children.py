"""A control on scholarships: one child, or one school year, under two labels."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations

from sqlalchemy import func

from projections import evidence
from projections.evidence import FactRow
from projections.store import View
from services.controls.accounts import paid_to
from services.controls.hits import Hit, Question, facts_of_persons, named_where, orders_of_claims


def one_child_two_labels(view: View, _: Question) -> Iterator[Hit]:
    """Yield children of a participant who stand under two labels: with one NIK, or with one birth date, school year and account.

    The amount is what was paid under the later label.
    """
    persons = named_where(view, (evidence.CHILD,), "person", func.count() > 1, also="value")
    stated = facts_of_persons(view, persons, evidence.CHILD, evidence.SCHOOLING)
    orders = orders_of_claims(view, {fact.claim for told in stated.values() for fact in told})
    for person in sorted(persons):
        children = {(fact.claim, fact.about): fact for fact in stated[person] if fact.kind == evidence.CHILD}
        years = defaultdict[tuple[str, str], dict[tuple[str, str], FactRow]](dict)
        for fact in stated[person]:
            if fact.kind == evidence.SCHOOLING and not fact.value.endswith("/-"):
                years[fact.claim, fact.about][fact.value[:4], fact.account] = fact
        for (here, one), (there, other) in combinations(children, 2):
            if one == other:
                continue
            first, second = children[here, one], children[there, other]
            same = set(years[here, one]) & set(years[there, other])
            by_nik = bool(first.party) and first.party == second.party
            if by_nik or (same and first.value == second.value):
                events = [first.ref, second.ref, *(years[there, other][year].ref for year in sorted(same))]
                amount = paid_to(orders.get(there, []), f"child:{other}")
                about, figures = f"child:{other}", {"as": f"child:{one}"}
                yield Hit(there, person, amount, tuple(dict.fromkeys(events)), about, dict(figures))
