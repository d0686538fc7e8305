"""What an event says, without anything personal.

The fact that rules compute with, and its content for people and read models. Each noun's file has its own: a fact is
beside the event of an agency that it comes from, and says its content; what Kelambu records says its content itself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import ClassVar, NamedTuple

from msgspec import Struct


class Content(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What an event says. Amounts are whole rupiah, dates ``YYYY-MM-DD``, months ``YYYY-MM``.

    What it does not say is empty.
    """

    codes: tuple[str, ...] = ()
    """What no figure is computed from: document kinds, findings, children, decisions, laws, changes."""
    cause: str = ""
    programme: str = ""
    programmes: tuple[str, ...] = ()
    event_date: str = ""
    version: int = 0
    outcome: str = ""
    missing: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    benefits: dict[str, int] = {}
    """Rupiah by benefit: of the award, or of the order."""
    payees: dict[str, int] = {}
    """Rupiah of the award by payee."""
    order: str = ""
    payee: str = ""
    amount: int = 0
    expected: int = 0
    date: str = ""
    """When a membership begins or ends, an order is due, or money was paid or came back."""
    first_month: str = ""
    last_month: str = ""
    calendar: str = ""
    since: str = ""
    since_on: str = ""
    """The fact from whose civil date an order's working days count, and that date."""
    batch: str = ""
    replaces: dict[str, int] = {}
    """Rupiah of earlier orders that came back and are ordered again by this one."""
    made_at: int = 0
    """Position of the fact that made an order due."""
    reference: str = ""
    """Token of the bank's reference of a payment."""
    retracts: str = ""
    """Reference of the event that no longer counts."""
    account: str = ""
    stated_at: int = 0
    """Token of the account to which an order goes, and the position of the event that states it."""
    officer: str = ""
    """Token of the person who decided."""
    seen: int = 0
    """Up to which position of the partition that person knew it."""
    last_seen: str = ""
    """Reference of the last event that the person knew who reviewed a claim."""
    accounts: dict[str, str] = {}
    """Token of the account that is stated of each payee; of a provider without one the agency's name."""
    without_hash: tuple[str, ...] = ()
    """Kinds of the documents that came without the SHA-256 of their content."""

    @property
    def died_on(self) -> str:
        """The day of death that it finds; empty where it finds none."""
        return next((code.removeprefix("death:") for code in self.codes if code.startswith("death:")), "")


def summed(amounts: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Return the sum of the amounts of each name, in the order in which the names come first."""
    sums: dict[str, int] = {}
    for name, amount in amounts:
        sums[name] = sums.get(name, 0) + amount
    return sums


class CitedEvent(NamedTuple):
    """Which event a fact comes from: its reference, the civil date of its ``time``, its position in the ledger."""

    ref: str
    day: dt.date
    position: int


class Fact(Struct, frozen=True, array_like=True):
    """Of an agency's event only what the rules compute with, small enough to keep a person's whole history in memory.

    ``ref`` cites the event, ``day`` is the civil date of its ``time``, ``position`` its place in the ledger. Facts are
    in the order of the person's ledger; that order, never ``time``, says what is later. Months are counted as ``year *
    12 + month - 1``.
    """

    kind: ClassVar[str]
    """The type of the event in short, e.g. ``claim.paid``."""

    ref: str
    day: dt.date
    position: int

    @property
    def agency(self) -> str:
        """The agency that sent the event."""
        return self.ref.partition(":")[0]

    @property
    def happened_on(self) -> dt.date:
        """The own date of what it tells; where it tells none, the day on which the agency acted."""
        return self.day

    def content(self) -> Content:
        """Return what it says."""
        return Content()


class ClaimFact(Fact, frozen=True, array_like=True):
    """A fact about one claim."""

    claim: str
