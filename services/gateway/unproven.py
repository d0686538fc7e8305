"""Bodies of which nobody knows yet who sends them: a signature is over the body, so that is read first.

Anybody can begin such a request in the name of an agency that has a public key. So all of them together have room
for so many bytes, and where it ends the one that was begun first is given up: an honest one is whole within moments.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from services.gateway.bodies import Receive, expected_size, read_body
from services.gateway.problems import too_many

MOST_UNPROVEN_BYTES = 128 * 1024 * 1024


class Unproven:
    """The bodies of one process that are being read before their sender is known."""

    def __init__(self) -> None:
        """Begin with none."""
        self._sizes: dict[asyncio.Task[bytes], int] = {}
        self._bytes = 0

    async def read(self, receive: Receive, headers: Mapping[str, str]) -> bytes:
        """Return a body, as ``read_body`` does.

        Raises:
            Problem: as ``read_body``, or the body took so long that its room was given to another.
            Gone: the client has left.
        """
        size = expected_size(headers)
        reading = asyncio.ensure_future(read_body(receive, headers))
        while self._sizes and self._bytes + size > MOST_UNPROVEN_BYTES:
            first = next(iter(self._sizes))
            self._forget(first)
            first.cancel()
        self._sizes[reading] = size
        self._bytes += size
        try:
            return await reading
        except asyncio.CancelledError:
            if reading in self._sizes:
                raise
            raise too_many(1, ()) from None
        finally:
            self._forget(reading)

    def _forget(self, reading: asyncio.Task[bytes]) -> None:
        self._bytes -= self._sizes.pop(reading, 0)
