"""Everything on the server that is no partition, key by key: copied from a running server, written to an empty one.

What stays behind: partitions (see ``cut``), leases, sessions of the console, and outboxes, whose documents have no
receipt yet and are sent again. A copy is taken before the partitions are cut, so that whatever it says was handed on
is in them; what is handed on a second time after a restore is recognised there.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any, Literal, cast

from msgspec import Struct
from redis.asyncio import Redis

from services.ledger import keys

Kind = Literal["hash", "list", "set", "zset", "stream"]
_PAGE = 1000
_LEFT_OUT = re.compile(
    r"\{p\d\d\}:|\{lease:|\{meta\}|\{edge\}:meta|\{a:[^}]*\}:outbox$|\{console\}:(?:session|attempts):"
)
_IN_ORDER = ("{audit}", "{outcomes}", "{a:", "{c:", "{pay}", "")
"""Beginnings of key names, in the order in which they are copied: what hands on before what receives."""


class Copy(Struct, frozen=True):
    """Some elements of one key, in order.

    An element of a hash is (field, value), of a list or set (value), of a sorted set (member, score), of a stream
    (id, field, value, …). ``last`` is the last id that a stream has assigned, on its last page; empty on the others.
    """

    key: str
    kind: Kind
    elements: list[tuple[bytes, ...]]
    last: str = ""


async def copied(client: Redis) -> AsyncIterator[Copy]:
    """Every key that is no partition, in pages."""
    every = [name.decode() async for name in client.scan_iter(count=_PAGE)]
    names = sorted(set(every))
    for beginning in _IN_ORDER:
        of_kind = [name for name in names if name.startswith(beginning) and not _LEFT_OUT.match(name)]
        names = [name for name in names if not name.startswith(beginning)]
        if beginning in _WHOLE:
            async for copy in _WHOLE[beginning](client):
                yield copy
        else:
            for name in of_kind:
                async for copy in _key(client, name):
                    yield copy


async def _payments(client: Redis) -> AsyncIterator[Copy]:
    """The streams only up to the number of entries that the progress of the same moment knows."""
    async with client.pipeline(transaction=True) as pipe:
        pipe.hgetall(keys.PROGRESS)
        pipe.hgetall(keys.HELD)
        pipe.hgetall(keys.ADOPTED)
        progress, held, adopted = await pipe.execute()
    yield Copy(keys.PROGRESS, "hash", list(progress.items()))
    yield Copy(keys.HELD, "hash", list(held.items()))
    yield Copy(keys.ADOPTED, "hash", list(adopted.items()))
    for name, count in ((keys.ORDERS, b"orders"), (keys.BATCHES, b"batches")):
        last = f"{int(progress.get(count, 0))}-0"
        if last != "0-0":
            async for copy in _stream(client, name, last):
                yield copy


async def _trail(client: Redis) -> AsyncIterator[Copy]:
    """The trail only up to its head."""
    head = cast("dict[bytes, bytes]", await _reply(client.hgetall(keys.TRAIL_HEAD)))
    if head:
        yield Copy(keys.TRAIL_HEAD, "hash", list(head.items()))
        async for copy in _stream(client, keys.TRAIL, f"{int(head[b'position'])}-0"):
            yield copy


_WHOLE = {"{audit}": _trail, "{pay}": _payments}
"""What several keys hold together is read up to the end that one of them tells."""


async def _key(client: Redis, name: str) -> AsyncIterator[Copy]:
    kind = cast("bytes", await client.type(name)).decode()
    if kind == "stream":
        info = await client.xinfo_stream(name)
        async for copy in _stream(client, name, info["last-generated-id"].decode()):
            yield copy
    elif kind == "list":
        reply = await _reply(client.lrange(name, 0, -1))
        yield Copy(name, "list", [(element,) for element in reply])
    elif kind in _SCANS:
        cursor = 0
        while True:
            cursor, page = await getattr(client, _SCANS[kind])(name, cursor, count=_PAGE)
            yield Copy(name, cast("Kind", kind), _elements(kind, page))
            if cursor == 0:
                break


_SCANS = {"hash": "hscan", "set": "sscan", "zset": "zscan"}


def _elements(kind: str, page: Any) -> list[tuple[bytes, ...]]:
    if kind == "hash":
        return list(page.items())
    if kind == "zset":
        return [(member, repr(score).encode()) for member, score in page]
    return [(member,) for member in page]


async def _stream(client: Redis, name: str, last: str) -> AsyncIterator[Copy]:
    after = "-"
    while True:
        reply = await client.xrange(name, after, last, count=_PAGE)
        page = cast("list[tuple[bytes, dict[bytes, bytes]]]", reply)
        elements = [(entry, *(part for field in fields.items() for part in field)) for entry, fields in page]
        yield Copy(name, "stream", elements, last if len(page) < _PAGE else "")
        if len(page) < _PAGE:
            return
        after = f"({page[-1][0].decode()}"


async def write(client: Redis, copies: Iterable[Copy]) -> None:
    """Write keys to a server that does not have them."""
    for copy in copies:
        async with client.pipeline(transaction=False) as pipe:
            if copy.elements:
                _queue(pipe, copy.key, copy.kind, copy.elements)
            if copy.kind == "stream" and copy.last not in ("", "0-0"):
                if not copy.elements and not await client.exists(copy.key):
                    pipe.xadd(copy.key, {"-": "-"}, id=copy.last)
                    pipe.xdel(copy.key, copy.last)
                else:
                    pipe.execute_command("XSETID", copy.key, copy.last)
            await pipe.execute()


def _queue(pipe: Any, key: str, kind: Kind, elements: Sequence[tuple[bytes, ...]]) -> None:
    match kind:
        case "hash":
            pipe.hset(key, mapping=dict(cast("Sequence[tuple[bytes, bytes]]", elements)))
        case "list":
            pipe.rpush(key, *(element for (element,) in elements))
        case "set":
            pipe.sadd(key, *(member for (member,) in elements))
        case "zset":
            pipe.zadd(key, {member: float(score) for member, score in elements})
        case "stream":
            for entry, *fields in elements:
                pipe.execute_command("XADD", key, entry, *fields)


async def _reply(pending: Any) -> Any:  # redis-py types one method for both its clients
    return await pending
