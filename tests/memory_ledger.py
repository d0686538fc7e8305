"""The ledger in memory: the promises of ``services.ledger.protocol`` without a server."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from msgspec import Struct, field

from services.ledger.partitions import MAX_PARTITIONS
from services.ledger.protocol import (
    Arrival,
    Commit,
    ConflictError,
    DuplicateError,
    Entry,
    Head,
    MalformedError,
    StoredState,
)

_Found = TypeVar("_Found", list[Arrival], dict[int, list[Entry]])

_INBOX_ID = re.compile(r"(0|[1-9]\d{0,19})-(0|[1-9]\d{0,19})", re.ASCII)
_RECORDEDTIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)
_MAX_POSITION = 2**32 - 1


class _Partition(Struct):
    head: Head = Head()
    events: list[bytes] = field(default_factory=list)
    index: dict[str, list[int]] = field(default_factory=dict)
    inbox: list[Arrival] = field(default_factory=list)
    arrived: int = 0
    states: dict[str, bytes] = field(default_factory=dict)
    segments: dict[tuple[str, int], bytes] = field(default_factory=dict)
    ids: dict[bytes, bytes] = field(default_factory=dict)
    parked: dict[str, list[bytes]] = field(default_factory=dict)


class MemoryLedger:
    """Implements ``protocol.Ledger`` within one event loop; what it holds ends with it."""

    def __init__(self, partitions: int = 8) -> None:
        """Begin an empty ledger of this many partitions."""
        if not 1 <= partitions <= MAX_PARTITIONS:
            raise MalformedError(f"a ledger has 1 to {MAX_PARTITIONS} partitions, not {partitions}")
        self._all = [_Partition() for _ in range(partitions)]
        self._news = asyncio.Condition()

    @property
    def partitions(self) -> int:
        """How many partitions there are, fixed at creation."""
        return len(self._all)

    async def head(self, partition: int) -> Head:
        """Where the partition stands."""
        return self._at(partition).head

    async def read(self, partition: int, after: int = 0, limit: int = 1000) -> list[Entry]:
        """Up to ``limit`` events after position ``after``."""
        events = self._at(partition).events[after : after + limit]
        return [Entry(partition, position, body) for position, body in enumerate(events, after + 1)]

    async def last_entries(self) -> dict[int, Entry]:
        """The last event of each partition that has any."""
        events = {partition: self._at(partition).events for partition in range(self.partitions)}
        return {p: Entry(p, len(bodies), bodies[-1]) for p, bodies in events.items() if bodies}

    async def follow(self, after: Mapping[int, int], limit: int, block_ms: int) -> dict[int, list[Entry]]:
        """Up to ``limit`` next events of each partition in ``after`` that has any, waiting if none has."""
        for partition in after:
            self._at(partition)

        def look() -> dict[int, list[Entry]]:
            found = {}
            for partition, position in after.items():
                events = self._all[partition].events[position : position + limit]
                if events:
                    found[partition] = [
                        Entry(partition, n, body) for n, body in enumerate(events, position + 1)
                    ]
            return found

        return await self._wait(look, block_ms if after else 0)

    async def history(self, partition: int, claim: str, as_of: int | None = None) -> list[Entry]:
        """Every event of one claim, in order, read through its index of positions; up to ``as_of``, if given."""
        positions = self._at(partition).index.get(claim, [])
        return await self.entries(partition, [p for p in positions if as_of is None or p <= as_of])

    async def entries(self, partition: int, positions: Sequence[int]) -> list[Entry]:
        """The events at these positions, in the order asked; raises ``MalformedError`` where there is none."""
        events = self._at(partition).events
        for position in positions:
            if not 1 <= position <= len(events):
                raise MalformedError(f"partition {partition} has no position {position}")
        return [Entry(partition, position, events[position - 1]) for position in positions]

    async def states(self, partition: int, persons: Sequence[str]) -> list[bytes | None]:
        """The bodies of these persons' stored states, None where there is none."""
        states = self._at(partition).states
        return [states.get(person) for person in persons]

    async def segments(self, partition: int, wanted: Sequence[tuple[str, int]]) -> list[bytes | None]:
        """The segments of states, asked for by person and number; None where there is none."""
        segments = self._at(partition).segments
        return [segments.get(one) for one in wanted]

    async def state_marks(self, partition: int) -> dict[str, bytes]:
        """The first byte of every stored state of the partition, which says in which shape it is."""
        return {person: state[:1] for person, state in self._at(partition).states.items()}

    async def all_states(self, partition: int) -> dict[str, StoredState]:
        """Every stored state of the partition."""
        at = self._at(partition)
        persons = dict.fromkeys((*at.states, *(person for person, _ in at.segments)))
        return {
            person: StoredState(
                at.states.get(person, b""),
                {number: body for (whose, number), body in at.segments.items() if whose == person},
            )
            for person in persons
        }

    async def recorded_tags(self, partition: int, ids: Sequence[bytes]) -> list[bytes | None]:
        """The tags under which these ids were recorded, None where they were not."""
        if any(len(event_id) != 16 for event_id in ids):
            raise MalformedError("an id has 16 bytes")
        known = self._at(partition).ids
        return [known.get(event_id) for event_id in ids]

    async def commit(self, commit: Commit) -> None:
        """Carry the step out, or raise ``ConflictError``, ``DuplicateError`` or ``MalformedError``."""
        at = self._at(commit.partition)
        fault = _fault(commit)
        if fault:
            raise MalformedError(f"partition {commit.partition}: {fault}")
        if at.head != commit.expected:
            raise ConflictError(commit.partition, commit.expected, at.head)
        if _order(commit.then.inbox) > (at.arrived, 0):
            raise MalformedError(f"partition {commit.partition}: the inbox has not given this id yet")
        duplicates = [event_id for event_id, _ in commit.ids if event_id in at.ids]
        if duplicates:
            raise DuplicateError(commit.partition, duplicates)
        if any(len(at.parked.get(person, ())) < count for person, count in commit.unpark):
            raise MalformedError(f"partition {commit.partition}: fewer events are parked")

        _carry_out(at, commit)
        await self._tell()

    async def deliver(self, arrivals: Sequence[tuple[int, bytes, bytes]]) -> list[str]:
        """Append (partition, body, tag) to inboxes in this order; returns the inbox ids."""
        for partition, body, tag in arrivals:
            self._at(partition)
            if not body or len(tag) not in (0, 8):
                raise MalformedError("an arrival has a body, and a tag of 8 bytes or none")
        given = []
        for partition, body, tag in arrivals:
            at = self._all[partition]
            at.arrived += 1
            given.append(f"{at.arrived}-0")
            at.inbox.append(Arrival(given[-1], body, tag))
        await self._tell()
        return given

    async def inbox(self, partition: int, after: str, limit: int, block_ms: int = 0) -> list[Arrival]:
        """Up to ``limit`` arrivals after inbox id ``after``; waits up to ``block_ms`` when there is none."""
        at = self._at(partition)

        def look() -> list[Arrival]:
            return [arrival for arrival in at.inbox if _order(arrival.id) > _order(after)][:limit]

        return await self._wait(look, block_ms)

    async def parked(self, partition: int) -> dict[str, int]:
        """Parked persons of the partition and how many events wait for each."""
        return {person: len(events) for person, events in sorted(self._at(partition).parked.items())}

    async def parked_events(self, partition: int, person: str, limit: int = 1000) -> list[bytes]:
        """A parked person's events, oldest first."""
        return self._at(partition).parked.get(person, [])[:limit]

    def _at(self, partition: int) -> _Partition:
        if not 0 <= partition < len(self._all):
            raise MalformedError(f"there is no partition {partition}, only 0 to {len(self._all) - 1}")
        return self._all[partition]

    async def _wait(self, look: Callable[[], _Found], block_ms: int) -> _Found:
        found = look()
        if found or not block_ms:
            return found
        try:
            async with asyncio.timeout(block_ms / 1000), self._news:
                await self._news.wait_for(lambda: bool(look()))
        except TimeoutError:
            pass
        return look()

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()


def _carry_out(at: _Partition, commit: Commit) -> None:
    for position, event in enumerate(commit.events, commit.expected.position + 1):
        at.events.append(event.body)
        if event.claim:
            at.index.setdefault(event.claim, []).append(position)
    for person, state in commit.states:
        if state:
            at.states[person] = state
        else:
            at.states.pop(person, None)
    for person, number, segment in commit.segments:
        if segment:
            at.segments[person, number] = segment
        else:
            at.segments.pop((person, number), None)
    at.ids.update(commit.ids)
    for person, count in commit.unpark:
        del at.parked[person][:count]
    for person, body in commit.park:
        at.parked.setdefault(person, []).append(body)
    at.parked = {person: events for person, events in at.parked.items() if events}
    at.inbox = [arrival for arrival in at.inbox if _order(arrival.id) > _order(commit.then.inbox)]
    at.head = commit.then


def _order(inbox_id: str) -> tuple[int, int]:
    ms, _, sequence = inbox_id.partition("-")
    return int(ms), int(sequence)


def _fault(commit: Commit) -> str | None:
    """Say what the commit contradicts in itself; the same rules as the server's function has."""
    expected, then = commit.expected, commit.then
    for head in (expected, then):
        if head.position < 0:
            return "a position is a whole number"
        if not _INBOX_ID.fullmatch(head.inbox):
            return "an inbox id is MILLISECONDS-SEQUENCE"
        if len(head.rulebook.encode()) > 200:
            return "a rulebook has at most 200 bytes"
        if head.recordedtime and not _RECORDEDTIME.fullmatch(head.recordedtime):
            return "a recordedtime is RFC 3339, UTC, milliseconds"
    lists: tuple[Sequence[tuple[str, object]], ...] = (commit.states, commit.park, commit.unpark)
    persons = [person for pairs in lists for person, _ in pairs]
    persons += [person for person, _, _ in commit.segments]
    rules = (
        (
            then.position == expected.position + len(commit.events),
            "the new position is not the old one plus the events",
        ),
        (then.position <= _MAX_POSITION, "the partition is full"),
        (_order(then.inbox) >= _order(expected.inbox), "the inbox position falls"),
        (then.recordedtime >= expected.recordedtime, "recordedtime falls"),
        (then.recordedtime or not commit.events, "events without a recordedtime"),
        (all(event.body for event in commit.events), "an event has no body"),
        (
            all(len(event.claim.encode()) <= 64 for event in commit.events),
            "a claim number has at most 64 bytes",
        ),
        (all(1 <= len(person.encode()) <= 64 for person in persons), "a person has 1 to 64 bytes"),
        (_distinct(person for person, _ in commit.states), "a person has two states"),
        (_distinct((person, number) for person, number, _ in commit.segments), "a segment is given twice"),
        (all(len(i) == 16 and len(t) == 8 for i, t in commit.ids), "an id has 16 bytes and its tag 8"),
        (_distinct(event_id for event_id, _ in commit.ids), "an id is given twice"),
        (all(body for _, body in commit.park), "a parked event has no body"),
        (all(count >= 1 for _, count in commit.unpark), "one or more events are unparked"),
        (_distinct(person for person, _ in commit.unpark), "a person is unparked twice"),
    )
    return next((fault for holds, fault in rules if not holds), None)


def _distinct(values: Iterable[object]) -> bool:
    listed = list(values)
    return len(set(listed)) == len(listed)
