"""A partition at one moment, whole: taken from a running server, and put back into an empty one.

What changes in place (head, states, inbox, parked lists) is read in one transaction; the ledger, which only grows,
is read afterwards up to that head. Putting it back goes through ``commit`` like everything else, so that the
restored partition passed every check of a live one and depends on nothing but the ledger's promises.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from typing import cast

import msgspec
from msgspec import Struct
from redis.asyncio import Redis

from events.catalogue import decode, type_of
from events.claim import ClaimFiled
from events.envelope import KELAMBU, agency_of
from events.message import message
from events.operation import ParkedDiscarded
from projections.checkpoint import Checkpoint, LedgerEntry, proceed
from services.ledger import keys
from services.ledger.protocol import Append, Arrival, Commit, CorruptedError, Head, Ledger, StoredState
from services.ledger.reservations import accepted
from services.ledger.store import stored_states

_PAGE = 1000


class PartitionSnapshot(Struct, frozen=True):
    """A partition at one moment, without its ledger and the ids of its ledger's events."""

    partition: int
    head: Head
    inbox: list[Arrival]
    states: dict[str, StoredState]
    parked: dict[str, list[bytes]]
    """Per parked person the bodies of the events, oldest first."""
    ids: dict[str, bytes] = {}
    """Hexadecimal id hash to tag, of every event in the ledger or parked that is remembered."""
    remembered: int = 0
    """How many ids the partition remembers."""
    index: dict[str, bytes] = {}
    """Claim number, or a name for what operators do, to the positions of its events, four bytes each."""

    @property
    def undecided(self) -> list[Arrival]:
        """The arrivals that nobody has decided: those behind the last that was."""
        last = _order(self.head.inbox)
        return [one for one in self.inbox if _order(one.id) > last]


def _order(arrival: str) -> tuple[int, int]:
    """Return an id of an inbox as it is ordered; what is none comes after all."""
    match = re.fullmatch("([0-9]+)-([0-9]+)", arrival)
    return (int(match[1]), int(match[2])) if match else (1 << 64, 0)


async def take(client: Redis, partition: int) -> PartitionSnapshot:
    """Read what changes in place; events that are committed meanwhile are in all of it or in none."""
    persons: set[str] = set()
    while True:
        named = sorted(persons)
        async with client.pipeline(transaction=True) as pipe:
            pipe.hmget(keys.head(partition), ["position", "inbox", "rulebook", "recordedtime", "ids"])
            pipe.xrange(keys.inbox(partition))
            pipe.hgetall(keys.states(partition))
            pipe.hgetall(keys.segments(partition))
            pipe.hgetall(keys.index(partition))
            pipe.smembers(keys.parked(partition))
            for person in named:
                pipe.lrange(keys.parked_events(partition, person), 0, -1)
            head, inbox, states, segments, index, parked, *events = await pipe.execute()
        now = {keys.stored_text(person) for person in cast("set[bytes]", parked)}
        if now <= persons:
            break
        persons |= now  # somebody was parked since we last looked: look again, with them
    *place, count = head
    return PartitionSnapshot(
        partition,
        _head(place),
        [Arrival(i.decode(), fields[b"e"], fields[b"t"]) for i, fields in inbox],
        stored_states(_by_text(states), _by_text(segments)),
        {person: bodies for person, bodies in zip(named, events, strict=True) if person in now},
        remembered=int(count or 0),
        index=_by_text(index),
    )


def _by_text(fields: Mapping[bytes, bytes]) -> dict[str, bytes]:
    return {keys.stored_text(field): value for field, value in fields.items()}


def _head(stored: list[bytes | None]) -> Head:
    position, inbox, rulebook, recordedtime = (keys.stored_text(value) for value in stored)
    return Head(int(position or 0), inbox or "0-0", rulebook, recordedtime)


async def events_until(ledger: Ledger, partition: int, position: int) -> AsyncIterator[Sequence[LedgerEntry]]:
    """The partition's events from the first to ``position``, page by page.

    Raises:
        DivergedError: another ledger answered for a later page.
        CorruptedError: the ledger ends before.
    """
    seen = Checkpoint()
    while seen.position < position:
        entries = await proceed(ledger, {partition: seen}, min(_PAGE, position - seen.position))
        if not entries:
            raise CorruptedError(
                message("ledger.ends", partition=partition, end=seen.position, before=position)
            )
        yield entries[partition]
        seen = Checkpoint.of(entries[partition][-1])


def ids_of(body: bytes) -> list[bytes]:
    """The hashes of the ids that this event has taken: its own, and that of an event which it discards."""
    try:
        named = _named.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        named = _Named()  # parked, and so remembered
    hashes = [keys.id_hash(named.source, named.id)]
    if named.type == _DISCARDED:
        agency, _, name = _discard.decode(body).data.event.partition(":")
        hashes.append(keys.id_hash(f"/agencies/{agency}", name))
    return hashes


async def remembered(ledger: Ledger, partition: int, bodies: Iterable[bytes]) -> dict[bytes, bytes]:
    """The id hashes under which these events are remembered, with their tags; those that are not are left out."""
    hashes = [name for body in bodies for name in ids_of(body)]
    tag_of: dict[bytes, bytes] = {}
    for start in range(0, len(hashes), _PAGE):
        part = hashes[start : start + _PAGE]
        tags = await ledger.recorded_tags(partition, part)
        tag_of.update((name, tag) for name, tag in zip(part, tags, strict=True) if tag is not None)
    return tag_of


class _Named(Struct):
    """As much of an event as its id needs: it may be one that cannot be read otherwise."""

    type: str = ""
    source: str = ""
    id: str = ""


_named = msgspec.json.Decoder(_Named)
_discard = msgspec.json.Decoder(ParkedDiscarded)
_DISCARDED = type_of(ParkedDiscarded)


async def put_back(
    client: Redis,
    ledger: Ledger,
    snapshot: PartitionSnapshot,
    pages: AsyncIterator[list[bytes]],
    index: Callable[[bytes], str],
) -> None:
    """Write a partition into a ledger where it is empty; ``pages`` are the events' bodies, a few hundred at a time.

    ``index`` says under which name an event is in the index of positions. A claim whose filing is in the
    partition gets its route, and an event its reservation, if these were copied before it had one.

    Raises:
        LedgerError: the partition is not empty, or the cut contradicts itself.
    """
    partition = snapshot.partition
    await _put_inbox(client, snapshot)
    place = Head()
    ids = [(bytes.fromhex(name), tag) for name, tag in snapshot.ids.items()]
    async for bodies in pages:
        then = msgspec.structs.replace(snapshot.head, position=place.position + len(bodies))
        await ledger.commit(
            Commit(
                partition=partition,
                expected=place,
                then=then,
                events=[Append(body, index(body)) for body in bodies],
            )
        )
        place = then
        await _open_routes(client, bodies)
        await _reserve(client, bodies, snapshot.ids)
    await _open_routes(client, [arrival.body for arrival in snapshot.inbox])
    states = [(person, stored.body) for person, stored in snapshot.states.items()]
    segments = [
        (person, number, segment)
        for person, stored in snapshot.states.items()
        for number, segment in stored.segments.items()
    ]
    for start in range(0, max(len(states), len(segments), len(ids)), _PAGE):
        part = slice(start, start + _PAGE)
        await ledger.commit(
            Commit(
                partition=partition,
                expected=place,
                then=snapshot.head,
                states=states[part],
                segments=segments[part],
                ids=ids[part],
            )
        )
        place = snapshot.head
    park = [(person, body) for person, bodies in snapshot.parked.items() for body in bodies]
    await ledger.commit(Commit(partition=partition, expected=place, then=snapshot.head, park=park))


async def _open_routes(client: Redis, bodies: Iterable[bytes]) -> None:
    filings = [event for event in map(decode, bodies) if isinstance(event, ClaimFiled)]
    async with client.pipeline(transaction=False) as pipe:
        for filed in filings:
            route = keys.route(filed.data.claim)
            pipe.hsetnx(route, "filing", keys.id_hash(filed.source, filed.id))
            pipe.hsetnx(route, "agency", agency_of(filed.source))
            pipe.hsetnx(route, "person", filed.person or "")
        await pipe.execute()


async def _reserve(client: Redis, bodies: Iterable[bytes], ids: Mapping[str, bytes]) -> None:
    """Let agencies find what they sent after the reservations were copied."""
    async with client.pipeline(transaction=False) as pipe:
        for event in map(decode, bodies):
            name = keys.id_hash(event.source, event.id)
            tag = ids.get(name.hex())
            if event.source != KELAMBU and tag and event.admittedtime and event.person:
                record = accepted(tag, event.admittedtime, event.person)
                pipe.hsetnx(keys.reservations(agency_of(event.source)), name, record)
        await pipe.execute()


async def _put_inbox(client: Redis, snapshot: PartitionSnapshot) -> None:
    """Write the arrivals under the ids they had; the next one will have a later id than any before."""
    inbox = keys.inbox(snapshot.partition)
    async with client.pipeline(transaction=True) as pipe:
        if snapshot.head.inbox != "0-0":
            pipe.xadd(inbox, {"e": b"-", "t": b""}, id=snapshot.head.inbox)
            pipe.xdel(inbox, snapshot.head.inbox)
        for arrival in snapshot.inbox:
            pipe.xadd(inbox, {"e": arrival.body, "t": arrival.tag}, id=arrival.id)
        await pipe.execute()
