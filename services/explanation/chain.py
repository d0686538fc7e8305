"""One claim explained: the chain from what agencies reported to the rupiah, as codes and figures for any language.

Pure: the same state under the same rulebook gives the same explanation. Names, accounts and free texts never enter.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable

from msgspec import Struct

from events.assessment import Basis
from events.catalogue import AnyFact
from events.content import ClaimFact
from events.message import Text
from events.payment_matching import Discrepancy
from projections.sums import Sums, matched
from services.adjudication.decider import status
from services.adjudication.state import ClaimRecord, State
from services.benefits.assess import assess
from services.benefits.award import Award, Ordered
from services.benefits.citation import Citation
from services.benefits.claim import Claim
from services.benefits.history import History
from services.benefits.law import Currency
from services.benefits.rulebook import Rulebook
from services.explanation.disability_rows import Row, rows_of
from services.explanation.membership import Base, Membership, base_of, membership_of
from services.explanation.obstacles import JudgedClaim, Obstacle, obstacles
from services.explanation.quotations import Quotation, Quotations
from services.explanation.remedy import Remedy, child_to_be_named, is_limited, least_change
from services.explanation.schooling import UnpaidYear, unpaid_years
from services.explanation.sources import Source, source_of


class PayeePart(Struct, frozen=True):
    """What one payee gets of a benefit, and the formula with its numbers."""

    payee: str
    amount: int
    formula: str


class BenefitChain(Struct, frozen=True):
    """Lines of an award by the same rule: their sum, their parts, the facts and the law they rest on."""

    benefit: str
    amount: int
    parts: tuple[PayeePart, ...]
    inputs: tuple[str, ...]
    quotation: Quotation


class OrderHistory(Struct, frozen=True):
    """An order and what became of it: ordered, released, paid, returned, cancelled or replaced.

    ``due_on`` is counted from the day ``started_on`` of the fact ``started_by``. ``weekends_only`` where the holidays of
    the year in which it is due are not listed.
    """

    order: str
    payee: str
    amount: int
    due_on: dt.date
    state: str
    paid: int
    weekends_only: bool
    started_by: str
    started_on: dt.date


class PaidBefore(Struct, frozen=True):
    """What another claim has paid to a payee of this one, in whole rupiah; it counts as ordered here."""

    claim: str
    payee: str
    amount: int


class InForce(Struct, frozen=True):
    """A regulation in force on the day of the event."""

    name: str
    title: Text


class Explanation(Struct, frozen=True):
    """Everything that leads to what a claim comes to.

    ``basis`` is what it rests on, and names facts that are in ``sources``. ``remedies`` are the least change that makes it payable (or pays it in full), then, where that is an officer's
    approval, the least change of the facts. ``as_recorded`` is False where the rulebook gives another award
    than was recorded last.
    """

    claim: str
    status: str
    programme: str
    cause: str
    event_date: dt.date
    missing: tuple[str, ...]
    reasons: tuple[str, ...]
    sources: tuple[Source, ...]
    basis: Basis
    membership: Membership | None
    laws: tuple[InForce, ...]
    law_in_force: bool
    base: Base | None
    benefits: tuple[BenefitChain, ...]
    table: tuple[Row, ...]
    unpaid_years: tuple[UnpaidYear, ...]
    money: Sums
    payments: tuple[OrderHistory, ...]
    mismatches: tuple[Discrepancy, ...]
    paid_before: tuple[PaidBefore, ...]
    obstacles: tuple[Obstacle, ...]
    remedies: tuple[Remedy, ...]
    rulebook: str
    as_recorded: bool


def explain(state: State, number: str, rulebook: Rulebook) -> Explanation | None:
    """Explain a claim of a person; None where no filing of that number counts."""
    history = History(state.facts)
    facts = state.facts
    if not history.enrolled:
        facts = (*state.facts, *state.waiting)
        history = History(facts)
    claim = history.claims.get(number)
    if claim is None:
        return None
    orders = {claimed: record.orders for claimed, record in state.claims.items()}
    record = state.claims.get(number, ClaimRecord())
    judged = assess(history, number, rulebook, orders)
    award = Citation(history, number, rulebook, orders, judged).award
    law = rulebook.applied(award.programme, award.event_date)
    quotations = Quotations(rulebook, award.event_date)
    scheme = rulebook.scheme
    programme = scheme.by_code[award.programme]
    membership = membership_of(history, award, law, programme)
    limited = is_limited(history, number, award, scheme)
    judged_claim = JudgedClaim(history, claim, award, law, programme, membership, record.orders)
    base = base_of(history, award, law, quotations) if programme.of_income else None
    benefits = tuple(_benefits(award, quotations))
    cited = {*award.basis.facts, *(order.started_by for order in record.orders)}
    cited |= set(membership.inputs) if membership else set()
    cited |= {base.declared} if base else set()
    claim_status = status(record, claim)
    return Explanation(
        claim=number,
        status=claim_status,
        programme=award.programme,
        cause=claim.filed.cause,
        event_date=award.event_date,
        missing=award.missing,
        reasons=tuple(reason.code for reason in award.reasons),
        sources=tuple(_sources(facts, history, number, cited, scheme.currency)),
        basis=award.basis,
        membership=membership,
        laws=tuple(InForce(r.name, r.title) for r in rulebook.regulations if r.name in award.laws),
        law_in_force=award.programme in rulebook.on(award.event_date).covered,
        base=base,
        benefits=benefits,
        table=rows_of(history, claim, award, law, scheme, quotations),
        unpaid_years=unpaid_years(history, claim, rulebook, orders) if history.enrolled else (),
        money=_money(record, claim, award, due=claim_status in ("ordered", "paid")),
        payments=tuple(order_history(order, claim, rulebook.holidays.keys()) for order in record.orders),
        mismatches=tuple(claim.discrepancies(record.orders)),
        paid_before=tuple(_paid_before(award)),
        obstacles=obstacles(judged_claim, quotations, limited=limited),
        remedies=tuple(_remedies(facts, number, rulebook, orders)),
        rulebook=rulebook.name,
        as_recorded=record.digest == judged.digest,
    )


def _sources(
    facts: tuple[AnyFact, ...], history: History, number: str, cited: set[str], currency: Currency
) -> Iterable[Source]:
    """Name what the claim's agencies reported and what else is cited, in the order of the ledger."""
    effective = {fact.ref for fact in history.facts}
    for fact in sorted(facts, key=lambda fact: fact.position):
        if fact.ref in cited or (isinstance(fact, ClaimFact) and fact.claim == number):
            yield source_of(fact, currency, struck=fact.ref not in effective)


def _benefits(award: Award, quotations: Quotations) -> Iterable[BenefitChain]:
    """Bring lines together that follow from one rule by one formula and differ only in who is paid."""
    grouped: dict[tuple[object, ...], list[int]] = {}
    for index, line in enumerate(award.lines):
        kind = line.formula.partition(":")[0] if ":" in line.formula else ""
        key = (line.benefit, line.inputs, line.citation, kind)
        grouped.setdefault(key, []).append(index)
    for indexes in grouped.values():
        lines = [award.lines[index] for index in indexes]
        yield BenefitChain(
            benefit=lines[0].benefit,
            amount=sum(line.amount for line in lines),
            parts=tuple(PayeePart(line.payee, line.amount, line.formula) for line in lines),
            inputs=lines[0].inputs,
            quotation=quotations.of_line(lines[0]),
        )


def _money(record: ClaimRecord, claim: Claim, award: Award, *, due: bool) -> Sums:
    paid = {order.order: claim.paid_on(order) for order in record.orders}
    standing = [order for order in record.orders if order.stands]
    by_bank = claim.by_bank(record.orders)
    covered = sum(matched(order.amount, paid[order.order], stands=True) for order in standing)
    return Sums(
        entitled=sum(line.amount for line in award.lines) if due else 0,
        ordered=sum(order.amount for order in standing),
        released=sum(order.amount for order in standing if order.released_at),
        paid_by_bank=by_bank,
        matched=covered,
        unmatched=by_bank - covered,
        overpaid=sum(amount for _, amount in record.overpaid),
    )


def order_history(order: Ordered, claim: Claim, years_with_holidays: Collection[int]) -> OrderHistory:
    """Say what became of an order; of ``years_with_holidays`` the holidays are listed."""
    paid = claim.paid_on(order)
    if not order.stands:
        state = "cancelled" if order.cancelled else "replaced"
    elif claim.open_of(order):
        state = "returned"
    elif paid >= order.amount:
        state = "paid"
    else:
        state = "released" if order.released_at else "ordered"
    weekends_only = order.due_on.year not in years_with_holidays
    return OrderHistory(
        order.order,
        order.payee,
        order.amount or order.moved,
        order.due_on,
        state,
        paid,
        weekends_only,
        order.started_by,
        order.day,
    )


def _paid_before(award: Award) -> Iterable[PaidBefore]:
    sums: dict[tuple[str, str], int] = {}
    for paid in award.counted:
        key = (paid.claim, paid.payee)
        sums[key] = sums.get(key, 0) + paid.amount
    return (PaidBefore(claim, payee, amount) for (claim, payee), amount in sums.items())


def _remedies(
    facts: tuple[AnyFact, ...],
    number: str,
    rulebook: Rulebook,
    orders: dict[str, tuple[Ordered, ...]],
) -> Iterable[Remedy]:
    least = least_change(facts, number, rulebook, orders)
    if least is None:
        forgotten = child_to_be_named(facts, number, rulebook, orders)
        if forgotten is not None:
            yield forgotten.remedy
        return
    yield least.remedy
    if any(change.code == "approval" for change in least.remedy.changes):
        other = least_change(facts, number, rulebook, orders, approvals=False)
        if other is not None:
            yield other.remedy
