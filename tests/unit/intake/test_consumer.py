"""How readers of outboxes wait."""

from __future__ import annotations

from services.intake.consumer import POLL_MS
from services.intake.worker import _broker


async def test_a_reader_asks_again_well_before_its_connection_gives_up():
    """A wait that ends in a timeout of the socket is a fault, after which FastStream reads nothing for 5 s."""
    client = await _broker("redis://localhost").connect()
    patience = client.connection_pool.make_connection().socket_timeout
    assert patience is None or patience / 2 >= POLL_MS / 1000
