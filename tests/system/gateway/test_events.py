"""Events over HTTP: what each request is answered with, and that what is answered is there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.ledger import keys as names
from tests.system.gateway.answering import Answering, answering, body, post


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Answering]:
    """A gateway of three agencies."""
    async with answering(tmp_path) as running:
        yield running


async def kept(gateway: Answering, agency: str = "dinsos") -> int:
    """How many documents stand in what was taken from an agency."""
    return await gateway.house.core.xlen(names.taken(agency))


async def test_an_event_is_answered_with_its_receipt_and_a_repeat_with_the_same(gateway: Answering):
    """202, then 200 with the same receipt; it is kept once."""
    async with gateway.client() as client:
        first = await post(client, body("p-1"))
        again = await post(client, body("p-1"))
    assert (first.status_code, again.status_code) == (202, 200)
    assert first.content == again.content
    assert first.json()["status"] == "received"
    assert first.json()["id"] == "p-1"
    assert await kept(gateway) == 1
