"""Controls on the dead: paid in person after it, contributions for later months, death soon after enrolment."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, or_, select

from projections import claims, evidence, participants, payments
from projections import months as month_sets
from projections.claim_steps import civil
from projections.columns import days_between, unindexed
from projections.store import View
from services.controls.hits import (
    Hit,
    Question,
    days,
    facts_of_persons,
    refs,
    refs_of_claims,
    refs_of_persons,
)

SOON = 90
"""Days from the first day of membership within which a death is soon."""
_NEXT_DAY = "T17:00"
"""What follows a date where an instant in UTC is written, from which on it is the next day in Jakarta."""


def paid_after_death(view: View, _: Question) -> Iterator[Hit]:
    """Yield what the bank paid to a participant in person on a day after the day of death."""
    orders, statements = payments.order_table(view), payments.statement_table(view)
    filed, people = claims.claim_table(view), participants.people(view)
    query = (
        select(
            orders.c.claim,
            filed.c.person,
            orders.c.order,
            statements.c.amount,
            statements.c.ref,
            people.c.died_on,
        )
        .join(statements, (statements.c.claim == orders.c.claim) & (statements.c.order == orders.c.order))
        .join(filed, filed.c.claim == orders.c.claim)
        .join(people, people.c.person == filed.c.person)
        .where(orders.c.payee == "participant", orders.c.paid > 0, people.c.died_on != "")
        .where(statements.c.kind == "paid", statements.c.retracted == 0, statements.c.date > people.c.died_on)
        .order_by(statements.c.claim, statements.c.partition, statements.c.position)
    )
    rows = view.rows(query)
    deaths = refs_of_persons(view, {str(row[1]) for row in rows}, evidence.DEATH)
    for claim, person, order, amount, ref, died_on in rows:
        events = (*deaths.get(str(person), ()), str(ref))
        yield Hit(str(claim), str(person), int(amount or 0), events, str(order), {"died": str(died_on)})


def contributions_for_the_dead(view: View, _: Question) -> Iterator[Hit]:
    """Yield contributions paid after a participant's death for months after it, with the part that is for those months.

    They stand with the claim in which the earliest day of death was found.
    """
    stated, people = participants.statements(view), participants.people(view)
    query = (
        select(
            people.c.person, people.c.died_on, stated.c.ref, stated.c.first, stated.c.last, stated.c.amount
        )
        .join(stated, stated.c.person == people.c.person)
        .where(people.c.died_on != "", stated.c.says == "", stated.c.first != "")
        .where(stated.c.paid_on > people.c.died_on, stated.c.last > func.substr(people.c.died_on, 1, 7))
        .order_by(stated.c.place)
    )
    rows = [tuple(map(str, row)) for row in view.rows(query)]
    persons = {row[0] for row in rows}
    struck, deaths = evidence.struck(view, persons), facts_of_persons(view, persons, evidence.DEATH)
    for person, died_on, ref, first, last, amount in rows:
        if person in struck and ref in struck[person]:
            continue
        paid = month_sets.span(first, last)
        after = (paid & ~month_sets.span(month_sets.FIRST, died_on[:7])).bit_count()
        part = int(amount) * after // max(paid.bit_count(), 1)
        statement = next((one for one in deaths.get(person, ()) if one.value == died_on), None)
        claim, events = (statement.claim, (ref, statement.ref)) if statement else ("", (ref,))
        yield Hit(claim, person, part, events, ref, {"died": died_on, "months": after})


def death_soon_after_enrolment(view: View, _: Question) -> Iterator[Hit]:
    """Yield claims with an order on a death within ``SOON`` days of the first day of membership.

    A membership that begins after the death is none, and is in no period.
    """
    filed, people = claims.claim_table(view), participants.people(view)
    soon = days_between(func.substr(people.c.periods, 1, 10), people.c.died_on) <= SOON
    query = (
        select(filed.c.claim, filed.c.person, filed.c.ordered, people.c.periods, people.c.died_on)
        .join(people, people.c.person == filed.c.person)
        .where(filed.c.shown == 1, filed.c.ordered > 0, people.c.died_on != "", people.c.periods != "")
        .where(or_(soon, people.c.periods.like("% %")))  # the first of several need not be the earliest
    )
    hits = []
    for claim, person, ordered, periods, died_on in view.rows(query):
        later = days(min(str(periods).split())[:10], str(died_on))
        if later <= SOON:
            hits.append((str(claim), str(person), int(ordered or 0), later))
    enrolments = refs_of_persons(view, {person for _, person, _, _ in hits}, evidence.ENROLLED)
    deaths = refs_of_claims(view, {claim for claim, *_ in hits}, evidence.DEATH)
    for claim, person, ordered, later in hits:
        events = (*enrolments.get(person, ()), *deaths.get(claim, ()))
        yield Hit(claim, person, ordered, events, figures={"days": later})


def enrolled_after_the_event(view: View, _: Question) -> Iterator[Hit]:
    """Yield claims whose participant was first reported as a member after the event, with cover from before it.

    So too where every report was recorded after the event only, whatever its sender's clock said. Then the first day
    was recorded after it, too: only such enrolments are held against claims.
    """
    facts, filed = evidence.facts(view), claims.claim_table(view)
    after_it = filed.c.event_date + _NEXT_DAY
    query = (
        select(filed.c.claim, filed.c.person, filed.c.ordered, filed.c.event_date)
        .join(facts, unindexed(facts.c.person) == filed.c.person)
        .where(facts.c.kind == evidence.ENROLLED, facts.c.counts == 1)
        .where(or_(facts.c.sent_after > 0, facts.c.sent_after + facts.c.recorded_after > 0))
        .where(unindexed(filed.c.shown) == 1, facts.c.happened <= filed.c.event_date)
        .where(or_(facts.c.sent_on > filed.c.event_date, facts.c.recorded >= after_it))
        .distinct()
    )
    rows = [tuple(map(str, row)) for row in view.rows(query)]
    enrolments = facts_of_persons(view, {row[1] for row in rows}, evidence.ENROLLED)
    filings = refs_of_claims(view, {row[0] for row in rows}, evidence.FILED)
    for claim, person, ordered, event_date in rows:
        statements = enrolments[person]
        sent = min(one.sent_on for one in statements)
        recorded = civil(min(one.recorded for one in statements))
        figures: dict[str, int | str]
        if sent > event_date:
            figures = {"days": days(event_date, sent)}
        elif recorded > event_date:
            figures = {"recorded-later": days(event_date, recorded), "sent": sent}
        else:
            continue
        events = (*refs(statements), *filings.get(claim, ()))
        yield Hit(claim, person, int(ordered), events, figures=figures)
