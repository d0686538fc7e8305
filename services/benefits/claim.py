"""What is stated about one claim, as it counts today: filing, findings, reviews, payments."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import NamedTuple, TypeVar

from msgspec import Struct, UnsetType
from msgspec.structs import replace

from events.bank import Paid, Returned
from events.catalogue import AnyFact
from events.claim import (
    Amended,
    Documented,
    Filed,
    Objected,
    Reviewed,
    ReviewedUpTo,
    Schooled,
    Verified,
    Withdrawn,
)
from events.findings import CauseFinding, Heir, MedicalItem, Treatment
from events.payment_matching import BankStatement, Discrepancy, Settlement, discrepancies, settle
from events.personal import Account
from events.redaction import REDACTED, account_key
from events.retraction import NOTHING_STRUCK, Struck
from services.benefits.award import Ordered

Item = TypeVar("Item", bound=MedicalItem)


class AccountStatement(Struct, eq=False, dict=True):
    """Where money for a payee is to go, as one event states it; the account's number is recorded as a token."""

    fact: AnyFact
    account: Account

    @property
    def ref(self) -> str:
        """The event that stated the account."""
        return self.fact.ref

    @property
    def position(self) -> int:
        """Where that event is in the ledger."""
        return self.fact.position

    @cached_property
    def key(self) -> str:
        """The text by which it is another account or the same."""
        return account_key(self.account)


def since(statements: Sequence[AccountStatement]) -> AccountStatement:
    """Return the first of the last statements that all name the account in force."""
    current = statements[-1]
    for statement in reversed(statements[:-1]):
        if statement.key != statements[-1].key:
            break
        current = statement
    return current


class Receiver(NamedTuple):
    """The NIKs of whoever receives for a payee, the payee's own and a guardian's, and the event that states them."""

    niks: tuple[str, ...]
    ref: str


class Claim(Struct, eq=False):
    """What is known of one claim; ``facts`` are what says so, the filing first.

    ``struck`` is what was taken back of the person's facts, ``places`` where the events stand that reviews name as
    seen.
    """

    filed: Filed
    struck: Struck = NOTHING_STRUCK
    places: Mapping[str, int] = {}
    facts: list[AnyFact] = []
    amended: dict[str, str] = {}
    documents: set[str] = set()
    cause: CauseFinding | None = None
    cause_ref: str = ""
    died_on: dt.date | None = None
    death_ref: str = ""
    death_position: int = 0
    heirs: Sequence[Heir] | None = None
    heirs_ref: str = ""
    has_burial: bool = False
    burial_ref: str = ""
    has_participant_account: bool = False
    items: dict[str, tuple[MedicalItem, str]] = {}
    schooling: dict[tuple[str, int], Schooled] = {}
    approved: dict[str, Reviewed] = {}
    approved_until: dict[str, int] = {}
    """Up to which position what an approval of each reason answers was known to the person who gave it."""
    denied: bool = False
    overruled: bool = False
    review_ref: str = ""
    objections: list[Objected] = []
    withdrawn: bool = False
    bank: dict[str, list[Paid | Returned]] = {}
    accounts: dict[str, list[AccountStatement]] = {}
    persons: dict[str, Receiver] = {}

    def __post_init__(self) -> None:
        self.facts.append(self.filed)
        self.documents.update(self.filed.documents)

    @property
    def number(self) -> str:
        """The number under which it was filed."""
        return self.filed.claim

    def filing(self, *keys: str) -> tuple[str, ...]:
        """Return the filing's reference, and those of the amendments that say what counts for these keys of it."""
        return (self.filed.ref, *(self.amended[key] for key in keys if key in self.amended))

    def add(self, fact: AnyFact) -> None:
        """Take up one more fact of this claim."""
        self.facts.append(fact)
        match fact:
            case Amended():
                self._amend(fact)
            case Documented():
                self.documents.update(fact.documents)
            case Verified():
                self._verify(fact)
            case Schooled():
                self.schooling.pop((fact.child, fact.school_year), None)
                self.schooling[fact.child, fact.school_year] = fact
                self._state(f"child:{fact.child}", fact, fact.account, fact.nik)
            case Reviewed():
                self.overruled = self.overruled or self.denied
                self.denied = not fact.approved
                self.review_ref = fact.ref
                if fact.approved:
                    self.approved.update(dict.fromkeys(fact.reasons, fact))
                    until = self.known_until(fact)
                    for code in fact.reasons:
                        self.approved_until[code] = max(until, self.approved_until.get(code, -1))
            case Objected():
                self.objections.append(fact)
            case Withdrawn():
                self.withdrawn = True
            case Paid() | Returned():
                self.bank.setdefault(fact.order, []).append(fact)
            case _:
                pass

    def known_until(self, review: Reviewed) -> int:
        """Return up to which position whoever reviewed the claim knew it.

        What stands before the review, or what it names. One that names an event that does not stand before it answers
        nothing that has to be answered anew.
        """
        if not isinstance(review, ReviewedUpTo):
            return review.position - 1
        place = self.places.get(review.last_seen, 0)
        return place if place < review.position else 0

    def _amend(self, fact: Amended) -> None:
        """Let an amendment replace what the filing says, key by key, if it comes from the agency that filed."""
        if fact.agency != self.filed.agency:
            return
        amendments = {
            name: value
            for name in ("children", "event_date", "cause")
            if (value := getattr(fact, name)) is not None
        }
        self.filed = replace(self.filed, **amendments)
        self.amended |= dict.fromkeys(amendments, fact.ref)

    def _verify(self, fact: Verified) -> None:
        findings = fact.findings
        if findings.cause:
            self.cause, self.cause_ref = findings.cause, fact.ref
        if findings.death:
            self.died_on, self.death_ref = findings.death.died_on, fact.ref
            self.death_position = self.death_position or fact.position
        if findings.medical and findings.medical.items:
            for item in findings.medical.items:
                self.items.pop(item.item, None)
                self.items[item.item] = (item, fact.ref)
                if isinstance(item, Treatment):
                    account = (
                        item.payee.account if item.payee else Account(REDACTED, item.provider or "", REDACTED)
                    )
                    nik = item.payee.nik if item.payee else ""
                    self._state(f"provider:{item.item}", fact, account, nik)
        if isinstance(findings.heirs, list):
            self.heirs, self.heirs_ref = findings.heirs, fact.ref
            for heir in findings.heirs:
                guardian = heir.guardian.nik if heir.guardian else ""
                self._state(f"heir:{heir.heir}", fact, heir.account, heir.nik, guardian)
        if findings.burial:
            self.has_burial, self.burial_ref = True, fact.ref
            arranged = findings.burial.arranged_by
            self._state("burial", fact, arranged.account, arranged.nik)
        if findings.participant_account:
            self.has_participant_account = True
            self._state("participant", fact, findings.participant_account)

    def _state(self, payee: str, fact: AnyFact, account: Account, *niks: str | UnsetType) -> None:
        self.accounts.setdefault(payee, []).append(AccountStatement(fact, account))
        self.persons[payee] = Receiver(tuple(nik for nik in niks if nik), fact.ref)

    def stated(self, kind: type[Item]) -> list[tuple[Item, str]]:
        """Return its medical items of one kind, each with the event that states it."""
        return [(item, ref) for item, ref in self.items.values() if isinstance(item, kind)]

    def settlement(self, order: Ordered, approved: int | None = None) -> Settlement:
        """Return what the bank's statements about an order come to; what was reported before it was made is about none.

        ``approved`` replaces the position up to which unclear returns were approved.
        """
        statements = (
            self._statement(fact) for fact in self.bank.get(order.order, ()) if fact.position > order.made_at
        )
        at = self.approved_until.get("return-unclear", -1) if approved is None else approved
        return settle(order.amount + order.moved, statements, at)

    def paid_on(self, order: Ordered) -> int:
        """Return what was paid on an order and has not come back, in rupiah."""
        return self.settlement(order).paid

    def by_bank(self, orders: Sequence[Ordered]) -> int:
        """Return all that the bank paid for the claim and did not take back, in rupiah, also under unknown numbers."""
        return sum(map(self.paid_on, orders)) + sum(self._strays(orders).values())

    def _strays(self, orders: Sequence[Ordered]) -> dict[str, int]:
        made_at = {order.order: order.made_at for order in orders}
        return {
            name: settle(
                0,
                (
                    self._statement(fact)
                    for fact in facts
                    if fact.position <= made_at.get(name, fact.position)
                ),
            ).paid
            for name, facts in self.bank.items()
        }

    def discrepancies(self, orders: Sequence[Ordered]) -> Iterator[Discrepancy]:
        """Yield everything that the bank reported for the claim and that fits no order, or not its order."""
        for order in orders:
            settled, day = self.settlement(order), order.day.isoformat()
            yield from discrepancies(order.order, order.amount, day, settled, stands=order.stands)
        for name, paid in sorted(self._strays(orders).items()):
            if paid:
                yield Discrepancy(name, "unknown", paid, paid)

    def orders_at_approval(self, code: str, orders: Sequence[Ordered]) -> list[Ordered]:
        """Return the orders that there were when a reason was approved last, as they were made: none if it never was.

        What the approval brought about does not change what it was about.
        """
        approved = self.approved_until.get(code, -1)
        return [
            replace(order, cancelled=False, amount=order.amount + order.moved, moved=0)
            for order in orders
            if order.made_at <= approved
        ]

    def moved_from(self, order: Ordered) -> bool:
        """Whether the payee's account in force is another than when the order was made."""
        statements = self.accounts.get(order.payee)
        return statements is not None and statements[-1].key != order.account

    def bank_refs(self, order: Ordered) -> Iterator[str]:
        """Yield which events reported payments and returns of an order."""
        yield from (fact.ref for fact in self.bank.get(order.order, ()))

    def open_of(self, order: Ordered, until: int | None = None) -> int:
        """Return how much of an order in force came back and waits to be ordered again, in rupiah.

        ``until`` leaves out what came back by a return that counts since a later position.
        """
        if not order.stands or order.order not in self.bank:
            return 0
        return self.settlement(order).open(order.amount, order.moved, until)

    def counts_since(self, stated: Objected | Paid | Returned | AccountStatement) -> int:
        """Return from which position on something counts, however often it was taken back and put back."""
        return self.struck.since(stated.ref, stated.position)

    def _statement(self, fact: Paid | Returned) -> BankStatement:
        since = self.counts_since(fact)
        if isinstance(fact, Paid):
            return BankStatement(
                fact.paid_on.isoformat(), fact.position, False, fact.amount, fact.reference, since
            )
        return BankStatement(
            fact.returned_on.isoformat(), fact.position, True, fact.amount, fact.payment, since
        )


def claim_of(
    facts: Sequence[AnyFact],
    struck: Struck = NOTHING_STRUCK,
    places: Mapping[str, int] = MappingProxyType({}),
) -> Claim:
    """Return what facts of one claim say of it; the first is its filing.

    ``struck`` is what was taken back of the person's facts, ``places`` where the events stand that reviews name as
    seen.
    """
    filed, *others = facts
    if not isinstance(filed, Filed):
        raise TypeError("a claim begins with its filing")
    claim = Claim(filed, struck, places)
    for fact in others:
        claim.add(fact)
    return claim
