"""Parked persons: their events wait in order until they are taken from the head."""

from __future__ import annotations

from services.ledger.protocol import Ledger
from tests.stores.ledger.steps import append


async def test_parked_events_wait_in_order(ledger: Ledger):
    """Events parked in one commit and in later ones stand oldest first, person by person."""
    await append(ledger, park=[("~a", b"1"), ("~b", b"2"), ("~a", b"3")])
    await append(ledger, park=[("~a", b"4")])
    assert await ledger.parked(0) == {"~a": 3, "~b": 1}
    assert await ledger.parked_events(0, "~a") == [b"1", b"3", b"4"]
    assert await ledger.parked_events(0, "~a", limit=2) == [b"1", b"3"]
    assert await ledger.parked_events(0, "~c") == []


async def test_parked_events_are_taken_from_the_head(ledger: Ledger):
    """Unparking removes the oldest; a person with none left is parked no longer."""
    await append(ledger, park=[("~a", b"1"), ("~a", b"2"), ("~b", b"3")])
    await append(ledger, unpark=[("~a", 1), ("~b", 1)])
    assert await ledger.parked(0) == {"~a": 1}
    assert await ledger.parked_events(0, "~a") == [b"2"]


async def test_unparking_comes_before_parking(ledger: Ledger):
    """A commit that takes the whole list and parks again leaves what it parked."""
    await append(ledger, park=[("~a", b"1"), ("~a", b"2")])
    await append(ledger, unpark=[("~a", 2)], park=[("~a", b"3")])
    assert await ledger.parked(0) == {"~a": 1}
    assert await ledger.parked_events(0, "~a") == [b"3"]
