"""The supervisor's side of the process that services are forked from."""

from __future__ import annotations

import sys

from services.runtime.fork_server import ForkServer


async def test_the_end_of_a_server_is_waited_for_once():
    """What comes after it may fail; asked again, the system would know nothing of that server."""
    ended: list[int] = []

    async def end() -> None:
        ended.append(len(ended))

    server = ForkServer(sys.stderr)
    server._ended = end
    await server._waited()
    await server.stop()
    assert ended == [0]
