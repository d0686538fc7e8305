"""What a named person decides about orders that wait to leave: proposed to the decider, and what became of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from events.catalogue import SHORT_NAMES, beginnings, decode, encode
from events.envelope import KELAMBU, agency_of, reference
from events.payment import ReleaseApproved, ReleaseDecision, ReleaseRefused
from services.adjudication.release_rules import Obstacle, obstacle
from services.adjudication.state import initial
from services.adjudication.stored_states import read_states
from services.audit_trail.records import ActNotTaken, ActSent
from services.audit_trail.trail import append_all
from services.benefits.rulebook import Rulebook
from services.disbursement.proposals import decided
from services.ledger.protocol import Ledger
from services.sealing.own_key import ActsHolder, act_id, sealed

Decision: TypeAlias = ReleaseApproved | ReleaseRefused
Hindrance: TypeAlias = Obstacle | Literal["parked"]
"""``parked``: events of its person could not be decided, and this decision stands behind them."""

_PAGE = 2000
_OF_DECISIONS = beginnings(ReleaseApproved, ReleaseRefused)


class SeenOrder(Struct, frozen=True):
    """An order as somebody saw it, in rupiah; ``seen`` is up to which position of its partition."""

    order: str
    claim: str
    person: str
    partition: int
    amount: int
    seen: int


class DecidedOrders(Struct, frozen=True):
    """What became of a decision: the orders about which it is recorded, and why it is not about the others.

    ``waiting``: nobody has decided yet, since the services do not run; it stands in the inboxes and will be.
    """

    act: str
    recorded: tuple[str, ...]
    hindered: dict[str, Hindrance]
    waiting: bool = False


class SentDecision(Struct, frozen=True):
    """A decision that stands in the inboxes.

    Its events, up to where each partition was recorded before, and its inbox ids.
    """

    act: str
    officer: str
    orders: tuple[SeenOrder, ...]
    events: tuple[Decision, ...]
    heads: dict[int, int]
    inboxes: dict[int, str]


async def decide(
    installation: ActsHolder,
    rulebook: Rulebook,
    kind: type[Decision],
    orders: Sequence[SeenOrder],
    *,
    officer: str,
    reason: str,
    stopped: Callable[[], bool],
) -> DecidedOrders:
    """Decide about orders by somebody's name, as they were seen; returns once that is recorded, or hindered.

    That it is decided is recorded in the audit trail before, and behind it what was not taken.
    """
    sent = await send_decision(installation, kind, orders, officer=officer, reason=reason)
    return await outcome_of(installation, rulebook, sent, stopped)


async def send_decision(
    installation: ActsHolder,
    kind: type[Decision],
    orders: Sequence[SeenOrder],
    *,
    officer: str,
    reason: str,
) -> SentDecision:
    """Record in the audit trail that somebody decides so about orders as they were seen, and send it."""
    ledger, act = installation.ledger, act_id()
    acts = await sealed(
        installation, [_act(kind, one, act, officer, reason, installation.clock()) for one in orders]
    )
    records = [
        ActSent(
            claim=one.claim,
            event=reference(KELAMBU, event.id),
            what=SHORT_NAMES[kind],
            agency=agency_of(KELAMBU),
            seen=one.seen,
        )
        for one, event in zip(orders, acts, strict=True)
    ]
    await append_all(installation, records, by=officer, reason=reason)
    heads = {
        one: (await ledger.head(one)).position for one in dict.fromkeys(order.partition for order in orders)
    }
    places = [one.partition for one in orders]
    ids = await ledger.deliver(
        [(place, encode(event), b"") for place, event in zip(places, acts, strict=True)]
    )
    return SentDecision(act, officer, tuple(orders), tuple(acts), heads, dict(zip(places, ids, strict=True)))


async def outcome_of(
    installation: ActsHolder, rulebook: Rulebook, sent: SentDecision, stopped: Callable[[], bool]
) -> DecidedOrders:
    """Return what became of a decision that was sent, once it is recorded or hindered.

    It waits where ``stopped`` before. What was not taken is recorded in the audit trail, so ask no more for what has
    an outcome.
    """
    ledger, act, acts, orders = installation.ledger, sent.act, sent.events, sent.orders
    if not all([await decided(ledger, place, inbox, stopped) for place, inbox in sent.inboxes.items()]):
        return DecidedOrders(act, (), {}, waiting=True)
    recorded = {
        order
        for partition, head in sent.heads.items()
        async for order in _recorded(ledger, partition, head, act)
    }
    hindered = {
        event.data.order: await _hindrance(ledger, one.partition, event, rulebook)
        for one, event in zip(orders, acts, strict=True)
        if event.data.order not in recorded
    }
    not_taken = [
        ActNotTaken(
            claim=event.data.claim, event=reference(KELAMBU, event.id), why=hindered[event.data.order]
        )
        for event in acts
        if event.data.order in hindered
    ]
    if not_taken:
        await append_all(installation, not_taken, by=sent.officer)
    return DecidedOrders(act, tuple(one.order for one in orders if one.order in recorded), hindered)


def _act(
    kind: type[Decision], one: SeenOrder, act: str, officer: str, reason: str, now: dt.datetime
) -> Decision:
    return kind(
        specversion="1.0",
        id=f"{act}-{one.order}",
        source=KELAMBU,
        subject=one.claim,
        time=now,
        person=one.person,
        data=ReleaseDecision(one.claim, one.order, one.amount, one.seen, act, officer, reason),
    )


async def _recorded(ledger: Ledger, partition: int, after: int, act: str) -> AsyncIterator[str]:
    """Yield the orders about which an act is recorded behind a position."""
    while page := await ledger.read(partition, after, _PAGE):
        for entry in page:
            if entry.body.startswith(_OF_DECISIONS):
                event = decode(entry.body)
                if isinstance(event, Decision) and event.data.act == act:
                    yield event.data.order
        after = page[-1].position


async def _hindrance(ledger: Ledger, partition: int, event: Decision, rulebook: Rulebook) -> Hindrance:
    """Return what hinders a decision that was not recorded, as everything stands by now."""
    person = event.person or ""
    if person in await ledger.parked(partition):
        return "parked"
    state = (await read_states(ledger, partition, [person])).get(person) or initial()
    next_event = replace(event, position=(await ledger.head(partition)).position + 1)
    return obstacle(state, next_event, rulebook) or "changed"
