"""What is remembered of a claim, one record for each filing, order, word of the bank, document, account and objection.

``projections.claim_state`` keeps them and folds the steps of a claim into them.
"""

from __future__ import annotations

from msgspec import Struct


class FilingRecord(Struct, frozen=True, omit_defaults=True):
    """``time`` is when the claim was filed at the agency."""

    ref: str
    time: str
    cause: str
    event_date: str


class OrderRecord(Struct, omit_defaults=True):
    """A payment order. ``made_at`` is the position of the fact that made it due.

    ``counted`` is when the fact of this claim happened that made it due; empty where it was no fact of the claim.
    ``since`` is the fact from whose day ``since_on`` the days until ``due_on`` count.
    """

    order: str
    position: int
    payee: str
    amount: int
    benefits: dict[str, int]
    due_on: str
    calendar: str
    ordered_at: str
    counted: str
    since: str = ""
    since_on: str = ""
    batch: str = ""
    released_at: str = ""
    cancelled_at: str = ""
    moved: int = 0
    """What of it came back and was ordered again; ``amount`` is without it."""
    first_due_on: str = ""
    """Of one that orders again what came back or could not be transferred: the day until which that was first due."""
    made_at: int = 0
    ref: str = ""
    by: str = ""
    """The agency whose fact made it due."""
    release: tuple[int, str] = (0, "")
    """Position and reference of its release."""
    released_while: str = ""
    """The claim's outcome when the order was released, where that was not ``due``."""
    account: str = ""
    stated_at: int = 0
    """Token of the account to which it goes, and the position of the event that states it."""
    approved_by: str = ""
    refused_by: str = ""
    decided_at: str = ""
    """Token of the person with whose approval it may leave, or who does not let it, and when that was recorded."""


class StatementRecord(Struct, frozen=True, omit_defaults=True):
    """What the bank said about an order.

    ``date`` is the bank's, ``amount`` in rupiah, 0 where a return does not say.
    """

    ref: str
    partition: int
    position: int
    returned: bool
    order: str
    amount: int
    date: str
    reference: str = ""
    stood: str = ""
    """Of a payment: ``waiting`` or ``referred``, as the claim stood, if the order had not left before it stood so."""


class AccountsRecord(Struct, frozen=True, omit_defaults=True):
    """The accounts that an event states, by payee: tokens, or the name of a provider."""

    ref: str
    position: int
    accounts: dict[str, str]


class DocumentsRecord(Struct, frozen=True, omit_defaults=True):
    """Documents that came with an event.

    Kinds ``hashed``, with the SHA-256 of their content, and kinds ``bare`` without.
    """

    ref: str
    position: int
    hashed: tuple[str, ...] = ()
    bare: tuple[str, ...] = ()


class AnswerRecord(Struct, frozen=True, omit_defaults=True):
    """An officer's review, who knew the claim up to ``position``; ``lifts``: it approves and names the objection."""

    ref: str
    position: int
    lifts: bool = False


class ObjectionRecord(Struct, frozen=True, omit_defaults=True):
    """An objection, and the civil day on which it was recorded."""

    ref: str
    position: int
    day: str


class MismatchRecord(Struct, frozen=True, omit_defaults=True):
    """A payment that did not fit its order."""

    partition: int
    position: int
    recordedtime: str
    order: str
    kind: str
    expected: int
    paid: int
