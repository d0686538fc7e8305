"""Controls on accounts, by their tokens.

One account over several families, an account changed shortly before payment or after it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

from sqlalchemy import func, or_, select

from projections import claims, evidence, payments
from projections.claim_steps import civil
from projections.columns import unindexed
from projections.evidence import FactRow
from projections.payment_rows import OrderRow, StatementRow
from projections.retractions import RetractionRow
from projections.store import View
from services.controls.hits import Hit, Question, days, facts_of_claims, orders_of_claims

SHORTLY = 14
"""Days from the statement of another account to the payment."""
_PAID_TO = (evidence.HEIR, evidence.BURIAL, evidence.ACCOUNT, evidence.SCHOOLING, evidence.TREATMENT)


def one_account_several_families(view: View, _: Question) -> Iterator[Hit]:
    """Yield each payee whose account is also that of a payee in another participant's claim, with what was paid to it."""
    stated = _on_shared_accounts(view)
    orders = orders_of_claims(view, {fact.claim for fact in stated})
    families: dict[str, set[str]] = {}
    for fact in stated:
        families.setdefault(fact.account, set()).add(fact.person)
    by_account: dict[tuple[str, str, str], list[FactRow]] = {}
    for fact in sorted(stated, key=lambda one: (one.partition, one.position, one.part)):
        by_account.setdefault((fact.claim, payee(fact), fact.account), []).append(fact)
    for (claim, whom, account), facts in by_account.items():
        paid = paid_to(orders.get(claim, []), whom)
        figures: dict[str, int | str] = {"families": len(families[account]), "account": account}
        events = tuple(dict.fromkeys(fact.ref for fact in facts))
        yield Hit(claim, facts[0].person, paid, events, whom, figures)


def _on_shared_accounts(view: View) -> list[FactRow]:
    """Return what is stated of accounts that are in shown claims of several participants.

    Such accounts are few, so only of those that are in claims of several at all is it asked which of these are shown.
    """
    facts, filed = evidence.facts(view), claims.claim_table(view)
    # without the index: one walk of the table costs less
    in_force = (unindexed(facts.c.kind).in_(_PAID_TO), facts.c.counts == 1)
    several = (
        select(facts.c.account)
        .where(*in_force, facts.c.account != "")
        .group_by(facts.c.account)
        .having(func.min(facts.c.person) != func.max(facts.c.person))
    )
    stated = view.read(select(facts).where(*in_force, facts.c.account.in_(several)), FactRow)
    of_shown = select(filed).where(filed.c.shown == 1)
    claim_rows = view.read_among(of_shown, filed.c.claim, {fact.claim for fact in stated}, claims.ClaimRow)
    shown_claims = {row.claim for row in claim_rows}
    families: dict[str, set[str]] = {}
    for fact in stated:
        if fact.claim in shown_claims:
            families.setdefault(fact.account, set()).add(fact.person)
    return [fact for fact in stated if len(families.get(fact.account, ())) > 1]


def account_changed_before_payment(view: View, _: Question) -> Iterator[Hit]:
    """Yield payees of whom another account was stated within ``SHORTLY`` days before a payment.

    Not where the bank had sent money of the payee back before: then another account was asked for.
    """
    facts = evidence.facts(view)
    query = (
        select(facts.c.claim)
        .where(facts.c.account != "", facts.c.counts == 1, facts.c.kind.in_(_PAID_TO))
        .group_by(facts.c.claim, facts.c.kind, facts.c.about)
        .having(func.min(facts.c.account) != func.max(facts.c.account))
    )
    changed = {str(row[0]) for row in view.rows(query)}
    stated = facts_of_claims(view, changed, *_PAID_TO)
    orders, statements = orders_of_claims(view, changed), _statements(view, changed)
    for claim in sorted(changed):
        by_payee: dict[str, list[FactRow]] = {}
        for fact in stated[claim]:
            if fact.account:
                by_payee.setdefault(payee(fact), []).append(fact)
        for whom, facts_of_payee in by_payee.items():
            orders_of_payee = {order.order for order in orders.get(claim, ()) if order.payee == whom}
            bank = [one for one in statements.get(claim, ()) if one.order in orders_of_payee]
            yield from _changes(facts_of_payee, bank, whom)


def _changes(facts: list[FactRow], bank: list[StatementRow], whom: str) -> Iterator[Hit]:
    for before, now in pairwise(facts):
        if before.account == now.account:
            continue
        if any(one.kind != "paid" and one.date <= now.sent_on for one in bank):
            continue
        after = [one for one in bank if one.kind == "paid" and 0 <= days(now.sent_on, one.date) <= SHORTLY]
        if after:
            amount, events = sum(one.amount for one in after), (now.ref, *(one.ref for one in after))
            figures: dict[str, int | str] = {"days": min(days(now.sent_on, one.date) for one in after)}
            yield Hit(now.claim, now.person, amount, events, whom, figures)


def account_changed_after_payment(view: View, _: Question) -> Iterator[Hit]:
    """Yield orders that the bank paid to an account of which the statement was taken back, or replaced, after they had left.

    Not where the same account was stated again since, or the bank had sent the money back before the change.
    """
    facts = evidence.facts(view)
    query = (
        select(facts.c.claim)
        .where(facts.c.account != "", facts.c.kind.in_(_PAID_TO))
        .group_by(facts.c.claim, facts.c.kind, facts.c.about)
        .having(or_(func.min(facts.c.account) != func.max(facts.c.account), func.min(facts.c.counts) == 0))
    )
    changed = {str(row[0]) for row in view.rows(query)}
    of_payees = (facts.c.account != "", func.coalesce(facts.c.kind, "").in_(_PAID_TO))
    stated: dict[tuple[str, str], list[FactRow]] = {}
    for fact in view.read_among(select(facts).where(*of_payees), facts.c.claim, changed, FactRow):
        stated.setdefault((fact.claim, payee(fact)), []).append(fact)
    taken_back = evidence.taken_back(
        view, {fact.person for of in stated.values() for fact in of if not fact.counts}
    )
    orders, bank = orders_of_claims(view, changed), _statements(view, changed)
    for claim in sorted(changed):
        for order in orders.get(claim, ()):
            of_payee = sorted(stated.get((claim, order.payee), ()), key=lambda one: (one.position, one.part))
            statements = [one for one in bank.get(claim, ()) if one.order == order.order]
            if order.paid and of_payee:
                yield from _changed_since(order, of_payee, statements, taken_back)


def _changed_since(
    order: OrderRow,
    stated: list[FactRow],
    bank: list[StatementRow],
    taken_back: Mapping[str, RetractionRow],
) -> Iterator[Hit]:
    """Yield what became of the account that stood when an order left, in the order of the ledger."""
    left = order.released_at
    stood = [
        one
        for one in stated
        if one.recorded <= left and (one.counts or taken_back[one.ref].recordedtime > left)
    ]
    if not stood:
        return
    paid_to = stood[-1]
    later = [one for one in stated if one.counts and _same_matter(one, paid_to)]
    if later and later[-1].account == paid_to.account:
        return
    withdrawn = None if paid_to.counts else taken_back[paid_to.ref]
    replaced = next((one for one in later if one.recorded > left and one.account != paid_to.account), None)
    changes = [one for one in (withdrawn, replaced) if one is not None]
    if not changes or any(
        one.kind != "paid" and one.position < min(change.position for change in changes) for one in bank
    ):
        return
    figures: dict[str, int | str] = {"stated-by": paid_to.agency, "on": paid_to.sent_on}
    if withdrawn:
        figures |= {"withdrawn-by": withdrawn.ref.partition(":")[0], "withdrawn-on": civil(withdrawn.time)}
    if replaced:
        figures |= {"replaced-by": replaced.agency, "replaced-on": replaced.sent_on}
    events = (paid_to.ref, *(one.ref for one in changes), *(one.ref for one in bank if one.kind == "paid"))
    yield Hit(order.claim, paid_to.person, order.paid, events, order.order, figures)


def _same_matter(one: FactRow, other: FactRow) -> bool:
    """Return whether two statements name an account for the same: of a child's school only those of one year."""
    if one.kind != evidence.SCHOOLING or other.kind != evidence.SCHOOLING:
        return True
    return one.value.partition("/")[0] == other.value.partition("/")[0]


def payee(fact: FactRow) -> str:
    """Return the payee whose account a fact states, as orders name it."""
    match fact.kind:
        case evidence.HEIR:
            return f"heir:{fact.about}"
        case evidence.SCHOOLING:
            return f"child:{fact.about}"
        case evidence.TREATMENT:
            return f"provider:{fact.about}"
        case evidence.BURIAL:
            return "burial"
        case _:
            return "participant"


def paid_to(orders: list[OrderRow], whom: str) -> int:
    """Return what the bank paid to a payee and did not send back."""
    return sum(order.paid for order in orders if order.payee == whom)


def _statements(view: View, of: set[str]) -> dict[str, list[StatementRow]]:
    table = payments.statement_table(view)
    query = select(table).where(table.c.retracted == 0)
    by_claim: dict[str, list[StatementRow]] = {}
    for one in view.read_among(query, table.c.claim, of, StatementRow):
        by_claim.setdefault(one.claim, []).append(one)
    return by_claim
