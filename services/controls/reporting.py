"""Controls on what agencies say: who established what, how late, with what gaps, and against whom."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby, pairwise

from sqlalchemy import func, or_, select

from projections import agencies, claims, evidence
from projections.claim_steps import civil
from projections.columns import unindexed
from projections.store import View
from services.controls.hits import Hit, Question, days, facts_of_claims, facts_of_persons, named_where, refs
from services.controls.orders import ESTABLISHED

LONG_SINCE, LONG_UNDERWAY = 180, 30
"""Days from a fact to its report, and from the report to its recording, beyond which it is told late."""
SILENT_DAYS, TIMES_USUAL = 14, 10
"""An agency is silent for at least so many days, and so many times as long as its days with facts usually lie apart."""


def verified_by_who_filed(view: View, _: Question) -> Iterator[Hit]:
    """Yield claims of which the agency that filed also established a finding, or decided a review."""
    facts, filed = evidence.facts(view), claims.claim_table(view)
    query = (
        select(filed.c.claim, filed.c.agency, filed.c.ordered)
        .join(facts, (facts.c.claim == filed.c.claim) & (facts.c.agency == filed.c.agency))
        .where(filed.c.shown == 1, facts.c.counts == 1)
        .where(facts.c.kind.in_((*ESTABLISHED, evidence.REVIEWED)))
        .distinct()
    )
    by_claim = {str(claim): (str(agency), int(ordered or 0)) for claim, agency, ordered in view.rows(query)}
    stated = facts_of_claims(view, by_claim.keys(), evidence.FILED, evidence.REVIEWED, *ESTABLISHED)
    for claim, (agency, ordered) in by_claim.items():
        own = [fact for fact in stated[claim] if fact.agency == agency]
        yield Hit(claim, own[0].person, ordered, refs(own), figures={"agency": agency})


def backdated(view: View, _: Question) -> Iterator[Hit]:
    """Yield claims with facts sent or recorded long after they happened; the amount is the claim's orders.

    What is stated of a membership counts for each claim of the person, or stands alone where there is none. ``days``
    count from the fact to its recording, of what was sent before its day from its sending on.
    """
    facts = evidence.facts(view)
    late = or_(facts.c.sent_after > LONG_SINCE, facts.c.recorded_after > LONG_UNDERWAY)
    query = select(
        facts.c.claim,
        facts.c.person,
        facts.c.partition,
        facts.c.position,
        facts.c.ref,
        facts.c.sent_after,
        facts.c.recorded_after,
    ).where(facts.c.counts == 1, late)
    late_rows = view.rows(query)
    claims_of = _claims_of(view, {str(person) for claim, person, *_ in late_rows if not claim})
    rows = sorted(
        (
            of,
            str(person),
            int(partition or 0),
            int(position or 0),
            str(ref),
            max(int(sent or 0), 0) + int(under_way or 0),
        )
        for claim, person, partition, position, ref, sent, under_way in late_rows
        for of in ([str(claim)] if claim else claims_of.get(str(person), [""]))
    )
    ordered = _ordered(view, {row[0] for row in rows})
    for (claim, person), group in groupby(rows, key=lambda row: row[:2]):
        late_facts = list(group)
        events = tuple(dict.fromkeys(row[4] for row in late_facts))
        figures: dict[str, int | str] = {"days": max(row[5] for row in late_facts)}
        yield Hit(claim, person, ordered.get(claim, 0), events, figures=figures)


def _claims_of(view: View, persons: set[str]) -> dict[str, list[str]]:
    """Return the claims that are shown of these persons, of those who have any."""
    table = claims.claim_table(view)
    query = select(table).where(unindexed(table.c.shown) == 1)
    claims_of: dict[str, list[str]] = {}
    for row in view.read_among(query, table.c.person, persons, claims.ClaimRow):
        claims_of.setdefault(row.person, []).append(row.claim)
    return claims_of


def silent_agency(view: View, _: Question) -> Iterator[Hit]:
    """Yield stretches in which an agency that used to send sent nothing, and then sent again.

    They count from its first recorded message and the book's first claim on: before, nobody waited for what it sends.
    """
    first_day = _first_claim(view)
    recorded: dict[str, str] = {}
    for sort in agencies.admitted(view):
        recorded[sort.agency] = min(civil(sort.first_at), recorded.get(sort.agency, "9"))
    for agency, agency_days in groupby(evidence.agency_days(view), key=lambda one: one.agency):
        dates = [one.day for one in agency_days if first_day and one.day >= max(first_day, recorded[agency])]
        if not dates:
            continue
        span = days(dates[0], dates[-1])
        for last, first in pairwise(dates):
            gap = days(last, first)
            others = span - gap
            if gap >= SILENT_DAYS and gap * (len(dates) - 2) > TIMES_USUAL * others:
                figures: dict[str, int | str] = {"agency": agency, "days": gap, "from": last, "to": first}
                yield Hit("", "", 0, (), f"{agency} {last}", figures)


def _first_claim(view: View) -> str:
    """Return the civil day on which the first claim was filed; empty where none was."""
    filed = claims.claim_table(view)
    ((day,),) = view.rows(
        select(func.min(filed.c.filed_on)).where(filed.c.shown == 1, filed.c.filed_on != "")
    )
    return str(day or "")


def contradictory_findings(view: View, _: Question) -> Iterator[Hit]:
    """Yield claims in which two agencies found another cause, or persons for whom they found another day of death."""
    facts = evidence.facts(view)
    several = (func.min(facts.c.value) != func.max(facts.c.value)) & (
        func.min(facts.c.agency) != func.max(facts.c.agency)
    )
    claims_ = named_where(view, (evidence.CAUSE,), "claim", several)
    persons = named_where(view, (evidence.DEATH,), "person", several)
    causes = facts_of_claims(view, claims_, evidence.CAUSE)
    deaths = facts_of_persons(view, persons, evidence.DEATH)
    ordered = _ordered(
        view, {fact.claim for statements in (*causes.values(), *deaths.values()) for fact in statements}
    )
    for statements in (*causes.values(), *deaths.values()):
        last_values = {fact.agency: fact.value for fact in statements}  # of each agency its last word
        if len(set(last_values.values())) > 1:
            claim, kind = statements[-1].claim, statements[0].kind
            yield Hit(
                claim,
                statements[0].person,
                ordered[claim],
                refs(statements),
                kind,
                {"found": ", ".join(sorted(set(last_values.values())))},
            )


def _ordered(view: View, of: set[str]) -> dict[str, int]:
    table = claims.claim_table(view)
    return {
        row.claim: row.ordered for row in view.read_among(select(table), table.c.claim, of, claims.ClaimRow)
    }
