"""How the reader of the outboxes waits."""

from __future__ import annotations

from redis.asyncio import ConnectionPool

from services.intake.stream_reader import POLL_MS


def test_a_reader_asks_again_well_before_its_connection_gives_up():
    """A wait that ends in a timeout of the socket is a fault."""
    patience = ConnectionPool().make_connection().socket_timeout
    assert patience is None or patience / 2 >= POLL_MS / 1000
