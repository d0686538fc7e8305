"""Controls on the dead: paid in person after it, contributions for later months, death soon after enrolment."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select

from projections import claims, evidence, participants, payments
from projections import months as month_sets
from projections.columns import days_between
from projections.store import View
from services.controls.hits import Hit, Question, days, facts_of_claims, facts_of_persons, refs

SOON = 90
"""Days from the first day of membership within which a death is soon."""


def paid_after_death(view: View, _: Question) -> Iterator[Hit]:
    """Yield what the bank paid to a participant in person on a day after the day of death."""
    orders, said = payments.order_table(view), payments.statement_table(view)
    filed, people = claims.claim_table(view), participants.people(view)
    query = (
        select(orders.c.claim, filed.c.person, orders.c.order, said.c.amount, said.c.ref, people.c.died_on)
        .join(said, (said.c.claim == orders.c.claim) & (said.c.order == orders.c.order))
        .join(filed, filed.c.claim == orders.c.claim)
        .join(people, people.c.person == filed.c.person)
        .where(orders.c.payee == "participant", orders.c.paid > 0, people.c.died_on != "")
        .where(said.c.kind == "paid", said.c.retracted == 0, said.c.date > people.c.died_on)
        .order_by(said.c.claim, said.c.partition, said.c.position)
    )
    found = view.rows(query)
    deaths = facts_of_persons(view, {str(row[1]) for row in found}, evidence.DEATH)
    for claim, person, order, amount, ref, died_on in found:
        stated = refs(deaths.get(str(person), ()))
        yield Hit(
            str(claim), str(person), int(amount or 0), (*stated, str(ref)), str(order), {"died": str(died_on)}
        )


def contributions_for_the_dead(view: View, _: Question) -> Iterator[Hit]:
    """Yield contributions paid after a participant's death for months after it, with the part that is for those months."""
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
    found = [tuple(map(str, row)) for row in view.rows(query)]
    gone = evidence.struck(view, {row[0] for row in found})
    for person, died_on, ref, first, last, amount in found:
        if person in gone and ref in gone[person]:
            continue
        paid = month_sets.span(first, last)
        after = (paid & ~month_sets.span(month_sets.FIRST, died_on[:7])).bit_count()
        part = int(amount) * after // max(paid.bit_count(), 1)
        yield Hit("", person, part, (ref,), ref, {"died": died_on, "months": after})


def death_soon_after_enrolment(view: View, _: Question) -> Iterator[Hit]:
    """Yield claims with an order on a death within ``SOON`` days of the first day of membership."""
    facts, filed, people = evidence.facts(view), claims.claim_table(view), participants.people(view)
    joined = (
        select(facts.c.person, func.min(facts.c.happened).label("first"))
        .where(facts.c.kind == evidence.ENROLLED, facts.c.counts == 1)
        .group_by(facts.c.person)
        .subquery()
    )
    after = days_between(joined.c.first, people.c.died_on)
    query = (
        select(filed.c.claim, filed.c.person, filed.c.ordered, after)
        .join(people, people.c.person == filed.c.person)
        .join(joined, joined.c.person == filed.c.person)
        .where(filed.c.shown == 1, filed.c.ordered > 0, people.c.died_on >= joined.c.first)
        .where(after <= SOON)
    )
    soon = [(str(c), str(p), int(o or 0), int(d or 0)) for c, p, o, d in view.rows(query)]
    enrolments = facts_of_persons(view, {person for _, person, _, _ in soon}, evidence.ENROLLED)
    deaths = facts_of_claims(view, {claim for claim, *_ in soon}, evidence.DEATH)
    for claim, person, ordered, later in soon:
        events = (*refs(enrolments[person]), *refs(deaths.get(claim, ())))
        yield Hit(claim, person, ordered, events, figures={"days": later})


def enrolled_after_the_event(view: View, _: Question) -> Iterator[Hit]:
    """Yield claims whose participant was first reported as a member after the event, with cover from before it."""
    facts, filed = evidence.facts(view), claims.claim_table(view)
    joined = (
        select(
            facts.c.person,
            func.min(facts.c.happened).label("first"),
            func.min(facts.c.sent_on).label("sent_on"),
        )
        .where(facts.c.kind == evidence.ENROLLED, facts.c.counts == 1)
        .group_by(facts.c.person)
        .subquery()
    )
    query = (
        select(filed.c.claim, filed.c.person, filed.c.ordered, filed.c.event_date, joined.c.sent_on)
        .join(joined, joined.c.person == filed.c.person)
        .where(filed.c.shown == 1, joined.c.first <= filed.c.event_date)
        .where(joined.c.sent_on > filed.c.event_date)
    )
    found = [tuple(map(str, row)) for row in view.rows(query)]
    enrolments = facts_of_persons(view, {row[1] for row in found}, evidence.ENROLLED)
    filings = facts_of_claims(view, {row[0] for row in found}, evidence.FILED)
    for claim, person, ordered, event_date, sent_on in found:
        events = (*refs(enrolments[person]), *refs(filings.get(claim, ())))
        yield Hit(claim, person, int(ordered), events, figures={"days": days(event_date, sent_on)})
