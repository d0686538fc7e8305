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
    """Yield children of a participant who are under two labels.

    With one NIK, or with one birth date, school year and account. The amount is what was paid under the later label.
    """
    persons = named_where(view, (evidence.CHILD,), "person", func.count() > 1, also="value")
    stated = facts_of_persons(view, persons, evidence.CHILD, evidence.SCHOOLING)
    orders = orders_of_claims(view, {fact.claim for facts in stated.values() for fact in facts})
    for person in sorted(persons):
        children = {(fact.claim, fact.about): fact for fact in stated[person] if fact.kind == evidence.CHILD}
        years = defaultdict[tuple[str, str], dict[tuple[str, str], FactRow]](dict)
        for fact in stated[person]:
            if fact.kind == evidence.SCHOOLING and not fact.value.endswith("/-"):
                years[fact.claim, fact.about][fact.value[:4], fact.account] = fact
        for (first_claim, first_label), (second_claim, second_label) in combinations(children, 2):
            if first_label == second_label:
                continue
            first, second = children[first_claim, first_label], children[second_claim, second_label]
            shared_years = set(years[first_claim, first_label]) & set(years[second_claim, second_label])
            by_nik = bool(first.party) and first.party == second.party
            if by_nik or (shared_years and first.value == second.value):
                events = [
                    first.ref,
                    second.ref,
                    *(years[second_claim, second_label][year].ref for year in sorted(shared_years)),
                ]
                amount = paid_to(orders.get(second_claim, []), f"child:{second_label}")
                about, figures = f"child:{second_label}", {"as": f"child:{first_label}"}
                yield Hit(second_claim, person, amount, tuple(dict.fromkeys(events)), about, dict(figures))
