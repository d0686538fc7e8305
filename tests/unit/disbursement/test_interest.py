"""Which recorded events disbursement looks at: told from their first bytes, and never one too few."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest
from msgspec import Struct

from events.catalogue import EVENT_TYPES, decode, type_of
from events.payment import PaymentOrdered
from events.upcast import UPCASTS, JsonObject, Upcast
from services.disbursement.proposals import LedgerSpan, is_of_interest
from services.ledger.protocol import Entry
from tests.unit.events.examples import golden

OLDER = "kelambu.claim.payment-ordered.v0"
WANTED = {
    "kelambu.claim.assessed.v1",
    "kelambu.claim.payment-cancelled.v1",
    "kelambu.claim.payment-ordered.v1",
    "kelambu.claim.payment-released.v1",
    "kelambu.claim.release-approved.v1",
    "kelambu.release.arranged.v1",
    "kelambu.event.retracted.v1",
}


def recorded(name: str) -> bytes:
    """An event as the ledger holds it."""
    return msgspec.json.encode(decode(golden(name.removeprefix("kelambu.").removesuffix(".v1"), "recorded")))


class OlderOrder(Struct, frozen=True, tag_field="type", tag=OLDER):
    """An order as an earlier version might have written it."""

    order: JsonObject


def newer(document: JsonObject) -> JsonObject:
    data = document.pop("order")
    return {**document, "type": type_of(PaymentOrdered), "data": data}


class OneEvent:
    """A partition that holds one event."""

    def __init__(self, body: bytes) -> None:
        self.body = body

    async def read(self, partition: int, after: int, limit: int) -> Sequence[Entry]:
        return [Entry(partition, after + 1, self.body)]


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_of_todays_events_those_are_looked_at_that_decide_what_leaves(name: str) -> None:
    """Orders and what becomes of them, how they leave, assessments and retractions."""
    assert is_of_interest(recorded(name)) == (name in WANTED)


async def test_an_order_of_an_older_version_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not known by its first bytes is read, and brought up to date."""
    monkeypatch.setitem(UPCASTS, OLDER, Upcast(OlderOrder, newer))
    today = decode(recorded("kelambu.claim.payment-ordered.v1"))
    assert isinstance(today, PaymentOrdered)
    document = msgspec.json.decode(recorded("kelambu.claim.payment-ordered.v1"))
    document |= {"type": OLDER, "order": document.pop("data")}
    after = (today.position or 0) - 1
    span = LedgerSpan(OneEvent(msgspec.json.encode(document)), 3, after)  # type: ignore[arg-type]
    await span.read_to(after + 1)
    assert span.of(PaymentOrdered, after, after + 1) == [today]
