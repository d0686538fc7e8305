"""What a server keeps of the installation that it belongs to.

The core in ``{meta}``, an edge of its own beside its streams. The core also keeps a fingerprint of the token secret,
and which generation of the key store its events need.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias, cast

from msgspec import Struct
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as Unreachable
from redis.exceptions import ResponseError

from services.ledger import keys

INSTALLATION = "installation"
Value: TypeAlias = str | bytes | int
_RESTORED, _RESTORING, _DIRECTORY, _EDGE = "restored", "restoring", "directory", "edge"


class Guard:
    """Lets functions write on the server of one installation only, also where it is exchanged beneath a connection."""

    def __init__(self, client: Redis, owner: str = "") -> None:
        """Guard the connections of a client; with no ``owner`` every server is let in."""
        self._client, self._owner = client, owner

    def call(self, function: str, places: Sequence[str], arguments: Sequence[Value]) -> list[Value]:
        """Return the command that calls a function on these keys, on this installation's server."""
        if not self._owner:
            return ["FCALL", function, len(places), *places, *arguments]
        return ["FCALL", function, len(places) + 1, *places, keys.META, *arguments, self._owner]

    async def run(self, function: str, places: Sequence[str], arguments: Sequence[Value]) -> object:
        """Call a function and return its reply.

        Raises:
            ExchangedError: the server is another installation's; nothing was written.
        """
        command = self.call(function, places, arguments)
        try:
            return cast("object", await self._client.execute_command(*command))  # type: ignore[no-untyped-call]
        except ResponseError as error:
            if await self.refused(error):
                raise ExchangedError from error
            raise

    async def refused(self, error: ResponseError) -> bool:
        """Tell whether a call was refused for its server.

        Then every connection is let go of, to look at the mark anew.
        """
        if not str(error).startswith("FOREIGN "):
            return False
        await self._client.connection_pool.disconnect()
        return True


class ExchangedError(Unreachable):
    """The server is another installation's since it was connected to; nothing was written."""


class Generation(Struct, frozen=True):
    """How often keys were made or destroyed, and the random mark of the last time; 0 before the first."""

    number: int = 0
    mark: str = ""

    @classmethod
    def read(cls, text: str) -> Generation:
        """Read what ``str`` wrote."""
        number, _, mark = text.partition(":")
        return cls(int(number or 0), mark)

    def __str__(self) -> str:
        """Write it as ``read`` reads it."""
        return f"{self.number}:{self.mark}"


class CoreMark(Struct, frozen=True, kw_only=True):
    """What the core says of itself. ``owner`` is empty on a server that belongs to no installation yet."""

    owner: str = ""
    restored: str = ""
    """Of whom the backup was that was put back here whole; a recovery then makes it theirs."""
    restoring: str = ""
    """Which backup is put back here: only in part while there is no ``restored``. A recovery takes both away."""
    fingerprint: str = ""
    generation: Generation = Generation()
    partitions: int = 0
    events: int = 0
    batches: int = 0
    directory: bool = False
    """A batch directory was made for this ledger, so there must be one: what it holds has left."""
    own_edge: bool = False
    """The agencies' streams are on a server of their own, so there must be one: their outboxes wait there."""
    bare: bool = True
    """The server holds nothing of any ledger."""


async def core_mark(client: Redis) -> CoreMark:
    """Look at a core server; nothing is changed."""
    meta = cast("dict[bytes, bytes]", await client.hgetall(keys.META))
    partitions = int(meta.get(b"partitions", 0))
    async with client.pipeline(transaction=False) as pipe:
        pipe.exists(keys.AGENCIES, keys.PROGRESS)
        pipe.hget(keys.PROGRESS, "batches")
        for partition in range(partitions):
            pipe.hget(keys.head(partition), "position")
            pipe.exists(keys.inbox(partition))
        present, batches, *heads = await pipe.execute()
    events = sum(int(position or 0) for position in heads[::2])
    return CoreMark(
        owner=meta.get(b"installation", b"").decode(),
        restored=meta.get(_RESTORED.encode(), b"").decode(),
        restoring=meta.get(_RESTORING.encode(), b"").decode(),
        fingerprint=meta.get(b"fingerprint", b"").decode(),
        generation=Generation.read(meta.get(b"generation", b"").decode()),
        partitions=partitions,
        events=events,
        batches=int(batches or 0),
        directory=_DIRECTORY.encode() in meta,
        own_edge=_EDGE.encode() in meta,
        bare=not (present or events or any(heads[1::2]) or _RESTORING.encode() in meta),
    )


async def mark_core(
    client: Redis, owner: str, fingerprint: str, generation: Generation, *, before: str = ""
) -> str:
    """Mark a core whose mark is ``before``, all or nothing; returns the mark that it has then."""
    mark = await client.fcall(
        "kelambu_mark", 1, keys.META, before, owner, fingerprint, generation.number, generation.mark
    )
    return cast("bytes", mark).decode()


async def note_restoring(client: Redis, backup: str) -> None:
    """Note on an empty server, before anything else is written, which backup is put back there."""
    await client.hset(keys.META, _RESTORING, backup)


async def note_restored(client: Redis, owner: str) -> None:
    """Note that a backup was put back whole, of which installation if of any: then a recovery has to make it theirs."""
    if owner:
        await client.hset(keys.META, _RESTORED, owner)
    else:
        await client.hdel(keys.META, _RESTORING)


async def note_directory(client: Redis) -> None:
    """Note that a batch directory was made for this ledger."""
    await client.hset(keys.META, _DIRECTORY, "made")


async def note_edge(client: Redis, *, own: bool) -> None:
    """Note on the core whether the agencies' streams are on a server of their own."""
    if own:
        await client.hset(keys.META, _EDGE, "own")
    else:
        await client.hdel(keys.META, _EDGE)


async def note_generation(client: Redis, generation: Generation, owner: str = "") -> None:
    """Note that events may be sealed with the keys of this generation; an earlier one changes nothing.

    With ``owner`` only on the server of this installation.

    Raises:
        ExchangedError: it is another's.
    """
    await Guard(client, owner).run("kelambu_note_keys", [keys.META], [generation.number, generation.mark])


async def edge_mark(client: Redis) -> str:
    """Return the mark of an edge server of its own, empty where it has none."""
    return cast("bytes", await client.hget(keys.EDGE_META, INSTALLATION) or b"").decode()


async def mark_edge(client: Redis, owner: str) -> None:
    """Mark an edge server of its own."""
    await client.hset(keys.EDGE_META, INSTALLATION, owner)
