"""The ledger on a Redis or Valkey server."""

from __future__ import annotations

import struct
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import TypeAlias, cast

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from events.message import message
from services.ledger import keys
from services.ledger.client import DirectClient
from services.ledger.function_library import load_functions
from services.ledger.installation_marks import ExchangedError, Guard, Value
from services.ledger.partitions import MAX_PARTITIONS
from services.ledger.protocol import (
    Arrival,
    Commit,
    ConflictError,
    CorruptedError,
    DuplicateError,
    Entry,
    Head,
    LedgerError,
    MalformedError,
    StoredState,
    WrongPartitionsError,
)

_Fields: TypeAlias = list[bytes]
_Stream: TypeAlias = list[tuple[bytes, _Fields]]
"""Entries of a stream as the server sends them: (id, [field, value, …])."""

_SCAN = 1000


async def create_or_open(client: Redis, partitions: int = 8, owner: str = "") -> RedisLedger:
    """Open the server's ledger; create it with this number of partitions if there is none.

    ``owner`` is the mark of the installation on whose server alone it may be written; any, if there is none.

    Raises:
        WrongPartitionsError: it was created with another number.
    """
    if not 1 <= partitions <= MAX_PARTITIONS:
        raise MalformedError(f"a ledger has 1 to {MAX_PARTITIONS} partitions, not {partitions}")
    await load_functions(client)
    ledger = RedisLedger(client, partitions, owner)
    await ledger.fix_partitions()
    return ledger


class RedisLedger:
    """Implements ``protocol.Ledger``; ``client`` comes from ``connection.connect``, its server has the functions."""

    def __init__(self, client: Redis, partitions: int, owner: str = "") -> None:
        """Use ``create_or_open``, unless the ledger is known to exist with this number of partitions."""
        # The same connections without the client's reshaping of replies, which costs as much as parsing them.
        self._server = DirectClient(connection_pool=client.connection_pool)
        self._server.response_callbacks.clear()
        self._partitions = partitions
        self._guard = Guard(client, owner)

    @property
    def partitions(self) -> int:
        """How many partitions there are, fixed at creation."""
        return self._partitions

    async def fix_partitions(self) -> None:
        """Record the number of partitions for ever, or raise ``WrongPartitionsError``.

        Raises:
            CorruptedError: there are partitions, and how many is no longer recorded.
        """
        if not await self._call("HEXISTS", keys.META, "partitions"):
            heads = [keys.head(partition) for partition in range(MAX_PARTITIONS)]
            if await self._call("EXISTS", *heads):
                raise CorruptedError(message("unsound.no-partitions"))
        await self._call("HSETNX", keys.META, "partitions", self._partitions)
        recorded = cast("bytes", await self._call("HGET", keys.META, "partitions"))
        if not recorded.isdigit():
            raise CorruptedError(message("unsound.no-partitions"))
        if int(recorded) != self._partitions:
            raise WrongPartitionsError(int(recorded), self._partitions)

    async def head(self, partition: int) -> Head:
        """The head of the partition."""
        self._check(partition)
        stored = await self._call(
            "HMGET", keys.head(partition), "position", "inbox", "rulebook", "recordedtime"
        )
        return _head(cast("list[bytes | None]", stored))

    async def read(self, partition: int, after: int = 0, limit: int = 1000) -> list[Entry]:
        """Up to ``limit`` events after position ``after``, gapless (raises ``CorruptedError`` on a gap)."""
        self._check(partition)
        entries = await self._call("XRANGE", keys.ledger(partition), f"{after + 1}-0", "+", "COUNT", limit)
        return _entries(partition, after, cast("_Stream", entries))

    async def follow(self, after: Mapping[int, int], limit: int, block_ms: int) -> dict[int, list[Entry]]:
        """Up to ``limit`` next events of each partition in ``after`` that has any, waiting if none has."""
        for partition in after:
            self._check(partition)
        streams = {keys.ledger(partition): f"{position}-0" for partition, position in after.items()}
        if not streams:
            return {}
        streams_read = await self._xread(streams, limit, block_ms)
        names = {keys.ledger(partition).encode(): partition for partition in after}
        return {
            names[name]: _entries(names[name], after[names[name]], events) for name, events in streams_read
        }

    async def history(self, partition: int, claim: str, as_of: int | None = None) -> list[Entry]:
        """Every event of one claim, in order, read through its index of positions.

        Up to ``as_of`` where it is not None.
        """
        self._check(partition)
        packed = cast("bytes | None", await self._call("HGET", keys.index(partition), claim)) or b""
        positions = [position for (position,) in struct.iter_unpack(">I", packed)]
        return await self.entries(partition, [p for p in positions if as_of is None or p <= as_of])

    async def indexed(self, claims: Sequence[tuple[int, str]]) -> list[bool]:
        """Whether anything is recorded of each claim, by partition and number."""
        async with self._server.pipeline(transaction=False) as pipe:
            for partition, claim in claims:
                self._check(partition)
                pipe.hexists(keys.index(partition), claim)
            return [bool(member) for member in await pipe.execute()]

    async def entries(self, partition: int, positions: Sequence[int]) -> list[Entry]:
        """The events at these positions, in the order of the positions.

        Raises ``MalformedError`` where there is none.
        """
        self._check(partition)
        async with self._server.pipeline(transaction=False) as pipe:
            for position in positions:
                pipe.xrange(keys.ledger(partition), f"{position}-0", f"{position}-0")
            replies = cast("list[_Stream]", await pipe.execute())
        missing = [position for position, stream in zip(positions, replies, strict=True) if not stream]
        if missing:
            raise MalformedError(f"partition {partition} has no position {missing[0]}")
        return [Entry(partition, p, stream[0][1][1]) for p, stream in zip(positions, replies, strict=True)]

    async def last_entries(self) -> dict[int, Entry]:
        """The last event of each partition that has any, in one round trip."""
        async with self._server.pipeline(transaction=False) as pipe:
            for partition in range(self._partitions):
                pipe.execute_command("XREVRANGE", keys.ledger(partition), "+", "-", "COUNT", 1)
            replies = cast("list[_Stream]", await pipe.execute())
        return {
            partition: Entry(partition, int(stream[0][0].partition(b"-")[0]), stream[0][1][1])
            for partition, stream in enumerate(replies)
            if stream
        }

    async def states(self, partition: int, persons: Sequence[str]) -> list[bytes | None]:
        """The bodies of these persons' stored states, None where there is none."""
        self._check(partition)
        if not persons:
            return []
        return cast("list[bytes | None]", await self._call("HMGET", keys.states(partition), *persons))

    async def segments(self, partition: int, wanted: Sequence[tuple[str, int]]) -> list[bytes | None]:
        """The segments of states, by person and number; None where there is none."""
        self._check(partition)
        if not wanted:
            return []
        fields = (keys.segment(person, number) for person, number in wanted)
        return cast("list[bytes | None]", await self._call("HMGET", keys.segments(partition), *fields))

    async def state_marks(self, partition: int) -> dict[str, bytes]:
        """The first byte of every stored state of the partition, which says in which shape it is."""
        self._check(partition)
        return {person: body[:1] async for person, body in self._scan(keys.states(partition))}

    async def all_states(self, partition: int) -> dict[str, StoredState]:
        """Every stored state of the partition; of one moment only if no commit happens meanwhile."""
        self._check(partition)
        bodies = {person: body async for person, body in self._scan(keys.states(partition))}
        segments = {field: segment async for field, segment in self._scan(keys.segments(partition))}
        return stored_states(bodies, segments)

    async def _scan(self, key: str) -> AsyncIterator[tuple[str, bytes]]:
        """Go through the fields of a hash."""
        cursor = b""
        while cursor != b"0":
            reply = await self._call("HSCAN", key, cursor or b"0", "COUNT", _SCAN)
            cursor, flat = cast("tuple[bytes, list[bytes]]", reply)
            for field, value in zip(flat[::2], flat[1::2], strict=True):
                yield field.decode(), value

    async def recorded_tags(self, partition: int, ids: Sequence[bytes]) -> list[bytes | None]:
        """The tags under which these ids were recorded, None where they were not."""
        self._check(partition)
        if not ids:
            return []
        places = (keys.head(partition), keys.ids(partition))
        return cast("list[bytes | None]", await self._call("FCALL_RO", "kelambu_known", 2, *places, *ids))

    async def commit(self, commit: Commit) -> None:
        """Carry the step out, or raise ``ConflictError``, ``DuplicateError`` or ``MalformedError``."""
        self._check(commit.partition)
        reply = await self._call(
            *self._guard.call("kelambu_commit", _places(commit.partition), _arguments(commit))
        )
        answer, *facts = cast("list[bytes]", reply)
        if answer == b"OK":
            return
        if answer == b"CONFLICT":
            raise ConflictError(commit.partition, commit.expected, _head(facts))
        if answer == b"DUPLICATE":
            raise DuplicateError(commit.partition, facts)
        kind = MalformedError if answer == b"MALFORMED" else CorruptedError
        raise kind(f"partition {commit.partition}: {facts[0].decode()}")

    async def deliver(self, arrivals: Sequence[tuple[int, bytes, bytes]]) -> list[str]:
        """Append (partition, body, tag) to inboxes, in this order within each.

        Returns the inbox ids in the same order.
        """
        by_partition: dict[int, list[int]] = {}
        for number, (partition, _, _) in enumerate(arrivals):
            self._check(partition)
            by_partition.setdefault(partition, []).append(number)
        inbox_ids = [""] * len(arrivals)
        async with self._server.pipeline(transaction=False) as pipe:
            for partition, numbers in by_partition.items():
                content = [value for number in numbers for value in arrivals[number][1:]]
                pipe.execute_command(*self._guard.call("kelambu_deliver", [keys.inbox(partition)], content))
            replies = await pipe.execute(raise_on_error=False)
        for numbers, reply in zip(by_partition.values(), replies, strict=True):
            if isinstance(reply, ResponseError):
                raise await self._said(reply)
            for number, inbox_id in zip(numbers, cast("list[bytes]", reply), strict=True):
                inbox_ids[number] = inbox_id.decode()
        return inbox_ids

    async def inbox(self, partition: int, after: str, limit: int, block_ms: int = 0) -> list[Arrival]:
        """Up to ``limit`` arrivals after inbox id ``after``; waits up to ``block_ms`` when there is none."""
        self._check(partition)
        streams_read = await self._xread({keys.inbox(partition): after}, limit, block_ms)
        return [
            Arrival(i.decode(), fields[1], fields[3])
            for _, arrivals in streams_read
            for i, fields in arrivals
        ]

    async def parked(self, partition: int) -> dict[str, int]:
        """Parked persons of the partition and how many events wait for each."""
        self._check(partition)
        persons = sorted(cast("list[bytes]", await self._call("SMEMBERS", keys.parked(partition))))
        async with self._server.pipeline(transaction=False) as pipe:
            for person in persons:
                pipe.llen(keys.parked_events(partition, person.decode()))
            counts = cast("list[int]", await pipe.execute())
        return {person.decode(): count for person, count in zip(persons, counts, strict=True) if count}

    async def parked_events(self, partition: int, person: str, limit: int = 1000) -> list[bytes]:
        """A parked person's events, oldest first."""
        self._check(partition)
        bodies = await self._call("LRANGE", keys.parked_events(partition, person), 0, limit - 1)
        return cast("list[bytes]", bodies)

    def _check(self, partition: int) -> None:
        if not 0 <= partition < self._partitions:
            raise MalformedError(f"there is no partition {partition}, only 0 to {self._partitions - 1}")

    async def _xread(
        self, after: Mapping[str, str], limit: int, block_ms: int
    ) -> list[tuple[bytes, _Stream]]:
        block = ("BLOCK", block_ms) if block_ms else ()
        reply = await self._call("XREAD", "COUNT", limit, *block, "STREAMS", *after, *after.values())
        return cast("list[tuple[bytes, _Stream]]", reply or [])

    async def _call(self, *command: Value) -> object:
        try:
            return await self._server.execute_command(*command)
        except ResponseError as error:
            raise await self._said(error) from error

    async def _said(self, error: ResponseError) -> Exception:
        """Return what a refusal means to the ledger's callers."""
        return ExchangedError() if await self._guard.refused(error) else _refused(error) or error


_REFUSALS: dict[str, type[LedgerError]] = {
    "MALFORMED": MalformedError,
    "CORRUPTED": CorruptedError,
    "WRONGTYPE": CorruptedError,
}


def _refused(error: ResponseError) -> LedgerError | None:
    """Return what a function's refusal means to the ledger's callers; None for any other error."""
    refusal = _REFUSALS.get(str(error).partition(" ")[0])
    return None if refusal is None else refusal(str(error))


def _places(partition: int) -> tuple[str, ...]:
    return tuple(name(partition) for name in keys.PARTITION)


def stored_states(bodies: Mapping[str, bytes], segments: Mapping[str, bytes]) -> dict[str, StoredState]:
    """Put the states together from the fields of the two hashes.

    A segment of a person without a body is not left out.
    """
    by_person: dict[str, dict[int, bytes]] = {}
    for field, segment in segments.items():
        person, number = keys.segment_of(field)
        by_person.setdefault(person, {})[number] = segment
    persons = dict.fromkeys((*bodies, *by_person))
    return {person: StoredState(bodies.get(person, b""), by_person.get(person, {})) for person in persons}


def _arguments(commit: Commit) -> list[Value]:
    arguments: list[Value] = []
    for head in (commit.expected, commit.then):
        arguments += (head.position, head.inbox, head.rulebook, head.recordedtime)
    segments = [(keys.segment(person, number), segment) for person, number, segment in commit.segments]
    lists = (commit.states, segments, commit.ids, commit.park, commit.unpark)
    arguments += (len(commit.events), *map(len, lists))
    for event in commit.events:
        arguments += (event.body, event.claim)
    for pairs in lists:
        for pair in pairs:
            arguments += pair
    return arguments


def _head(stored: Sequence[bytes | None]) -> Head:
    position, inbox, rulebook, recordedtime = stored
    return Head(
        int(position or 0),
        (inbox or b"0-0").decode(),
        (rulebook or b"").decode(),
        (recordedtime or b"").decode(),
    )


def _entries(partition: int, after: int, stream: _Stream) -> list[Entry]:
    entries = []
    for position, (entry_id, fields) in enumerate(stream, after + 1):
        if entry_id != b"%d-0" % position:
            raise CorruptedError(
                f"partition {partition}: position {position} expected, {entry_id.decode()} found"
            )
        entries.append(Entry(partition, position, fields[1]))
    return entries
