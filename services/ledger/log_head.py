"""How far the log of everything recorded has come, as the core server knows it.

Whichever notary moves it first goes on.
"""

from __future__ import annotations

from typing import cast

from msgspec import Struct
from redis.asyncio import Redis

from events.message import message
from services.ledger import keys
from services.ledger.installation_marks import Guard
from services.ledger.protocol import CorruptedError, LedgerError, MalformedError


class LogHead(Struct, frozen=True):
    """Which log it is, how many entries it has, and the root over them. ``origin`` is empty before the first."""

    origin: str = ""
    size: int = 0
    root: bytes = b""


class LogHeadConflictError(LedgerError):
    """Another notary has moved the head of the log since it was read."""


class LogHeads:
    """The head of the log on the core server."""

    def __init__(self, client: Redis, owner: str = "") -> None:
        """Use a client whose server has the ledger's functions loaded; ``owner`` as in ``create_or_open``."""
        self._client, self._guard = client, Guard(client, owner)

    async def read(self) -> LogHead:
        """Where the log ends.

        Raises:
            CorruptedError: the key holds no head.
        """
        reply = await self._client.hmget(keys.LOG_HEAD, ["origin", "size", "root"])
        origin, size, root = (value or b"" for value in cast("list[bytes | None]", reply))
        try:
            return LogHead(origin.decode(), int(size or 0), bytes.fromhex(root.decode()))
        except ValueError:
            raise CorruptedError(message("unsound.log-head")) from None

    async def move(self, expected: LogHead, then: LogHead) -> None:
        """Move it from where it was read.

        Raises:
            LogHeadConflictError: the head has moved meanwhile; nothing was changed.
            ExchangedError: the server is another installation's.
        """
        arguments = [part for head in (expected, then) for part in (head.origin, head.size, head.root.hex())]
        reply = await self._guard.run("kelambu_move_log_head", (keys.LOG_HEAD,), arguments)
        match [part.decode() for part in cast("list[bytes]", reply)]:
            case ["CONFLICT", origin, size, _]:
                raise LogHeadConflictError(message("log.conflict", origin=origin, size=size))
            case ["MALFORMED", why]:
                raise MalformedError(why)
            case ["CORRUPTED", why]:
                raise CorruptedError(why)

    async def begin(self, origin: str) -> None:
        """Begin another log, of which nobody has seen anything. No notary may run meanwhile."""
        await self._client.hset(keys.LOG_HEAD, mapping={"origin": origin, "size": 0, "root": ""})
