"""Connecting to a server, and refusing one whose settings would break a promise."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from typing import cast

from redis.asyncio import Redis
from redis.asyncio.connection import AbstractConnection
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as Unreachable

from events.message import Message, message
from projections.checkpoint import Checkpoint, Checkpoints, DivergedError
from services.ledger.client import DirectClient, DirectPool, made_direct
from services.ledger.installation_marks import INSTALLATION
from services.ledger.keys import ledger
from services.ledger.protocol import Entry
from services.texts.errors import TextError

OLDEST = (7, 0)

_REQUIRED = {
    "appendonly": "yes",
    "appendfsync": "always",
    "no-appendfsync-on-rewrite": "no",
    "maxmemory-policy": "noeviction",
}


class UnsafeServerError(TextError):
    """The server's settings would lose what has been acknowledged; ``faults`` names each and its cure."""

    def __init__(self, faults: list[Message]) -> None:
        """Keep every fault and say them all in the message."""
        super().__init__(message("server.unsafe", faults=tuple(faults)))
        self.faults = tuple(faults)


class UnusableServerError(TextError):
    """The server is of a kind that Kelambu cannot work with; the message says which and what to name instead."""


class ConnectionCheck:
    """Looks at the server on every new connection, before any command is sent on it.

    So a server that came back with other or older data, or another one at the same address, gets nothing and gives
    nothing. Until ``admits`` is set every server is let in.
    """

    def __init__(self, place: str) -> None:
        """Look into ``place``: the hash in which the server keeps its mark."""
        self._place = place
        self.admits: Callable[[str], None] | None = None
        self.seen: Checkpoints = {}
        """What this process has seen last of each partition; the ledger on the server must hold it."""
        self.connections = 0
        """How many there have been."""

    async def connected(self, connection: AbstractConnection) -> None:
        """Greet the server; raise what ``admits`` raises, or ``DivergedError``."""
        await connection.on_connect()
        try:
            if self.admits is not None:
                mark = cast("bytes | None", await _ask(connection, "HGET", self._place, INSTALLATION))
                self.admits((mark or b"").decode())
            for partition, seen in self.seen.items():
                await _confirm(connection, partition, seen)
            self.connections += 1
        except BaseException:
            await connection.disconnect(nowait=True)
            raise


async def _confirm(connection: AbstractConnection, partition: int, seen: Checkpoint) -> None:
    if not seen.position:
        return
    at = f"{seen.position}-0"
    reply = cast(
        "list[tuple[bytes, list[bytes]]]", await _ask(connection, "XRANGE", ledger(partition), at, at)
    )
    if not reply or Checkpoint.of(Entry(partition, seen.position, reply[0][1][1])) != seen:
        raise DivergedError(partition, seen, ahead=not reply, who=message("checkpoint.this-process"))


async def _ask(connection: AbstractConnection, *command: str) -> object:
    await connection.send_command(*command)
    return await connection.read_response()


def rolls_back_torn_writes(name: str, version: tuple[int, ...]) -> bool:
    """Tell whether a server drops a half-written transaction whole when it restarts.

    Valkey does from 9.1.2 on. Others keep its opening in the file and lose what is written after it.
    """
    return name == "valkey" and version >= (9, 1, 2)


async def connect(url: str, *, unsafe: bool = False, watch: ConnectionCheck | None = None) -> Redis:
    """Connect and make sure that the server keeps what it acknowledges.

    ``watch`` sees every connection first. A broken connection raises at once; no command is ever sent twice by the
    client.

    Raises:
        UnsafeServerError: a setting breaks a promise, unless ``unsafe``.
        UnusableServerError: it is a replica, a Sentinel or one of a cluster, or its certificate is not trusted.
    """
    pool = DirectPool.from_url(
        url,
        retry=Retry(NoBackoff(), 0),
        protocol=2,
        redis_connect_func=watch.connected if watch else None,
        driver_info=None,  # else each connection reads the metadata of the installed package
    )
    made_direct(pool)
    client = DirectClient.from_pool(pool)
    try:
        await _check_kind(client)
        faults = [] if unsafe else await check_durability(client)
        await client.ping()
    except Unreachable as error:
        await client.aclose()
        if isinstance(error.__context__, ssl.SSLCertVerificationError):
            why = error.__context__.verify_message
            raise UnusableServerError(message("server.untrusted", why=why)) from error
        raise
    except BaseException:
        await client.aclose()
        raise
    if faults:
        await client.aclose()
        raise UnsafeServerError(faults)
    return client


async def _check_kind(client: Redis) -> None:
    info = await client.info()
    if info.get("redis_mode") == "sentinel":
        raise UnusableServerError(message("server.sentinel"))
    if info.get("cluster_enabled"):
        raise UnusableServerError(message("server.cluster"))
    if info.get("role") == "slave":
        raise UnusableServerError(message("server.replica"))
    if info.get("aof_last_write_status", "ok") != "ok":
        raise UnusableServerError(message("server.write-failed"))


async def server_version(client: Redis) -> tuple[str, tuple[int, ...]]:
    """Return ("valkey" or "redis", version numbers)."""
    info = await client.info("server")
    name = "valkey" if "valkey_version" in info else "redis"
    return name, tuple(int(part) for part in str(info[f"{name}_version"]).split("."))


async def check_durability(client: Redis) -> list[Message]:
    """Return one sentence for every setting that breaks a promise, with the command that mends it."""
    name, version = await server_version(client)
    if version < OLDEST:
        return [message("server.too-old", name=name, version=".".join(map(str, version)))]
    required = dict(_REQUIRED)
    if not rolls_back_torn_writes(name, version):
        required["aof-load-truncated"] = "no"
    reply = await client.config_get(*required)
    return [
        message("server.setting", setting=setting, found=str(reply.get(setting, "unknown")), needed=needed)
        for setting, needed in required.items()
        if reply.get(setting) != needed
    ]
