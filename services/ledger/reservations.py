"""Reservations: which ids an agency has used, for what content, with what result; and retractions that came early.

Everything here is under the agency's own hash tag on the core server. It is the truth about receipts: what
is in the agency's stream of receipts is a copy for the agency to read.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Literal, NamedTuple, TypeAlias, cast

from msgspec import Struct
from redis.asyncio import Redis

from events.message import message
from services.ledger import keys
from services.ledger.installation_marks import Guard
from services.ledger.protocol import CorruptedError

Verdict: TypeAlias = Literal["new", "unfinished", "finished", "conflict", "free"]
"""``unfinished``: same content, but an earlier attempt did not come to its end. ``free``: was only looked up."""

Status: TypeAlias = Literal["begun", "accepted", "waiting", "claim-exists", "not-allowed", "person-erased"]

_VERDICTS: dict[str, Verdict] = {"n": "new", "u": "unfinished", "f": "finished", "c": "conflict", "-": "free"}
_STATUSES: dict[str, Status] = {
    "n": "begun",
    "t": "begun",
    "b": "begun",
    "a": "accepted",
    "w": "waiting",
    "x": "claim-exists",
    "v": "not-allowed",
    "e": "person-erased",
}
_LETTERS = {
    "accepted": b"a",
    "waiting": b"w",
    "claim-exists": b"x",
    "not-allowed": b"v",
    "person-erased": b"e",
}
_PAGE = 1000
_YES, _RECORD = ord("1"), 2
"""In an answer: what says that retractions wait, and where the record begins."""
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MILLISECOND = dt.timedelta(milliseconds=1)


class Target(NamedTuple):
    """Where an event goes: to a ``person`` (token), a ``claim`` (number) or after an ``event`` not yet seen (id hash, hex)."""

    kind: Literal["person", "claim", "event"]
    name: str


class Wanted(Struct, frozen=True):
    """An id to reserve. ``take`` False asks whether it is taken and leaves it free otherwise.

    ``parts`` tell later which parts of another content differ, see ``services.sealing.part_digests``.
    """

    id: bytes
    tag: bytes
    target: Target
    take: bool = True
    parts: bytes = b""


class Offered(NamedTuple):
    """An id to reserve for a document that came over HTTP, and the document, sealed."""

    wanted: Wanted
    packet: bytes


class Taken(NamedTuple):
    """A document that came over HTTP and waits for intake.

    Its place in the stream, its id hash, the sealed document.
    """

    entry: str
    id: bytes
    packet: bytes


class Reservation(Struct, frozen=True):
    """What is known of an id. ``awaited``: retractions wait for it. Only the verdict means anything when ``free``."""

    verdict: Verdict
    awaited: bool = False
    status: Status = "begun"
    admitted: dt.datetime = _EPOCH
    """When the content that has the id was first read; UTC, milliseconds."""
    target: Target = Target("event", "")
    parts: bytes = b""
    """As they came with the content that has the id."""
    tag: bytes = b""
    """Of the content that has the id."""


Result: TypeAlias = tuple[bytes, Status, Target]
"""An id, what became of the document that has it, and where it went."""


class WaitingEvent(NamedTuple):
    """An event that waits: sealed, with its id hash and the tag of its content."""

    id: bytes
    tag: bytes
    body: bytes

    def packed(self) -> bytes:
        """Return the element of a list."""
        return self.id + self.tag + self.body

    @classmethod
    def unpacked(cls, element: bytes) -> WaitingEvent:
        """Read an element of a list."""
        return cls(element[:16], element[16:24], element[24:])


class Reservations:
    """The reserved ids of every agency; the server has the functions."""

    def __init__(self, client: Redis, owner: str = "") -> None:
        """Use a client of the core server; ``owner`` as in ``create_or_open``."""
        self._client, self._guard = client, Guard(client, owner)

    async def reserve(self, agency: str, wanted: Sequence[Wanted], now: dt.datetime) -> list[Reservation]:
        """Reserve ids in this order, in one step.

        A free one is taken with admission at ``now``, in whole milliseconds.
        """
        if not wanted:
            return []
        arguments = [((now - _EPOCH) // _MILLISECOND).to_bytes(6), *map(_asked, wanted)]
        places = (keys.reservations(agency), keys.awaited(agency))
        reply = await self._guard.run("kelambu_reserve", places, arguments)
        answers = cast("list[bytes]", reply)
        return [_reservation(answer, one.target, now) for answer, one in zip(answers, wanted, strict=True)]

    async def receive(self, agency: str, offered: Sequence[Offered], now: dt.datetime) -> list[Reservation]:
        """Reserve ids for documents that came over HTTP and keep the documents until intake has them, in one step.

        A document whose id is taken for the same content is kept only if none is kept and admission is not at its
        end; one with another content is not kept.
        """
        if not offered:
            return []
        arguments: list[bytes] = [((now - _EPOCH) // _MILLISECOND).to_bytes(6)]
        for one in offered:
            arguments += (_asked(one.wanted), one.packet)
        places = (keys.reservations(agency), keys.taken(agency))
        reply = await self._guard.run("kelambu_receive", places, arguments)
        answers = cast("list[bytes]", reply)
        return [
            _reservation(answer, one.wanted.target, now) for answer, one in zip(answers, offered, strict=True)
        ]

    async def backlog(self, agency: str) -> int:
        """Return how many documents came over HTTP and are not yet admitted."""
        return await self._client.xlen(keys.taken(agency))

    async def taken(self, agency: str) -> list[Taken]:
        """Return every document that came over HTTP and is not yet admitted."""
        reply = cast("list[tuple[bytes, dict[bytes, bytes]]]", await self._client.xrange(keys.taken(agency)))
        return [taken(entry, fields) for entry, fields in reply]

    async def forget(self, agency: str, documents: Sequence[Taken]) -> None:
        """Forget documents that came over HTTP, and free their ids: they can be sent again as if for the first time."""
        if documents:
            await self._client.hdel(keys.reservations(agency), *(one.id for one in documents))
            await self.done(agency, [one.entry for one in documents])

    async def done(self, agency: str, entries: Sequence[str]) -> None:
        """Forget documents that came over HTTP, once their results are recorded."""
        if entries:
            await self._client.xdel(keys.taken(agency), *entries)

    async def finish(self, results: Mapping[str, Sequence[Result]]) -> dict[str, list[Reservation | None]]:
        """Record what became of ids of agencies: ``waiting`` may still become another, the rest is final.

        Returns for each None for what is recorded so, and the record where another worker had come further.
        """
        async with self._client.pipeline(transaction=False) as pipe:
            for agency, of_agency in results.items():
                arguments = [packed_result(one) for one in of_agency]
                pipe.execute_command("FCALL", "kelambu_finish", 1, keys.reservations(agency), *arguments)
            replies = cast("list[list[bytes | None]]", await pipe.execute())
        return {
            agency: [reservation_in(record) for record in reply]
            for agency, reply in zip(results, replies, strict=True)
        }

    async def hold(self, agency: str, event: WaitingEvent, awaited: str, *, again: bool) -> Target | None:
        """Keep a retraction until ``awaited`` (id hash, hex) is seen; ``again``: it may be kept already.

        Returns None, or where to go instead when the awaited id has been seen by now.
        """
        awaited_id = bytes.fromhex(awaited)
        places = (keys.reservations(agency), keys.awaited(agency), keys.early(agency, awaited_id))
        reply = await self._client.execute_command(  # type: ignore[no-untyped-call]
            "FCALL", "kelambu_hold", 3, *places, event.id, awaited_id, int(again), event.packed()
        )
        return None if reply is None else _target(cast("bytes", reply))

    async def early(self, agency: str, awaited_id: bytes) -> list[WaitingEvent]:
        """Return the retractions that wait for an id, in the order of their arrival."""
        reply = await self._client.lrange(keys.early(agency, awaited_id), 0, -1)
        return [WaitingEvent.unpacked(element) for element in cast("list[bytes]", reply)]

    async def let_go(self, agency: str, awaited_id: bytes, events: Sequence[WaitingEvent]) -> None:
        """Forget retractions that have been moved."""
        places = (keys.awaited(agency), keys.early(agency, awaited_id))
        elements = [event.packed() for event in events]
        await self._client.execute_command("FCALL", "kelambu_let_go", 2, *places, awaited_id, *elements)  # type: ignore[no-untyped-call]

    async def note_unfinished(self, agency: str, work: Mapping[bytes, str]) -> None:
        """Note events that others wait for, each with its claim number (or nothing), before they are delivered."""
        if work:
            await self._client.hset(keys.unfinished(agency), mapping=dict(work.items()))

    async def unfinished(self, agency: str) -> dict[bytes, str]:
        """Return what ``note_unfinished`` noted and nobody has settled."""
        reply = cast("dict[bytes, bytes]", await self._client.hgetall(keys.unfinished(agency)))
        return {event_id: claim.decode() for event_id, claim in reply.items()}

    async def settle(self, agency: str, ids: Sequence[bytes]) -> None:
        """Forget that work is unfinished."""
        if ids:
            await self._client.hdel(keys.unfinished(agency), *ids)

    async def look(self, agency: str, ids: Sequence[bytes]) -> list[Reservation | None]:
        """Return what is known of ids, None where nothing is; targets are as recorded."""
        if not ids:
            return []
        reply = await self._client.hmget(keys.reservations(agency), list(ids))
        return [reservation_in(record) for record in cast("list[bytes | None]", reply)]

    async def every(self, agency: str) -> AsyncIterator[tuple[bytes, Reservation]]:
        """Go through all ids of an agency that are taken, in no order; one that is taken meanwhile may be left out."""
        cursor = 0
        while True:
            cursor, page = await self._client.hscan(keys.reservations(agency), cursor, count=_PAGE)
            for event_id, record in cast("dict[bytes, bytes]", page).items():
                yield event_id, _record(record, "finished", awaited=False)
            if not cursor:
                return


def accepted(tag: bytes, admitted: dt.datetime, person: str) -> bytes:
    """Return the record of an event that was accepted for a person, without what would tell its parts apart."""
    milliseconds = ((admitted - _EPOCH) // _MILLISECOND).to_bytes(6)
    return b"".join((b"a", tag, milliseconds, b"\0", _packed(Target("person", person))))


def taken(entry: bytes, fields: Mapping[bytes, bytes]) -> Taken:
    """Read an entry of the stream of what came over HTTP."""
    return Taken(entry.decode(), fields[b"i"], fields[b"e"])


def _asked(one: Wanted) -> bytes:
    """Return how an id is asked for; one argument, because each costs the server and the client something."""
    mode = b"r" if one.take else b"k"
    return b"".join((one.id, mode, one.tag, len(one.parts).to_bytes(), one.parts, _packed(one.target)))


def _packed(target: Target) -> bytes:
    if target.kind == "event":
        return b"W" + bytes.fromhex(target.name)
    return (b"P" if target.kind == "person" else b"C") + target.name.encode()


def _target(packed: bytes) -> Target:
    kind, name = packed[:1], packed[1:]
    if kind == b"W":
        return Target("event", name.hex())
    return Target("person" if kind == b"P" else "claim", name.decode(errors="replace"))


def _reservation(answer: bytes, target: Target, now: dt.datetime) -> Reservation:
    """Read an answer; one without a record is of an id that is free, or that is recorded with the same content."""
    verdict, awaited = _VERDICTS[chr(answer[0])], answer[1] == _YES
    if len(answer) > _RECORD:
        return _record(answer[_RECORD:], verdict, awaited=awaited)
    return Reservation(verdict, awaited, "begun", now, target)


def packed_result(result: Result) -> bytes:
    """Return a result as the functions take it."""
    event_id, status, target = result
    return event_id + _LETTERS[status] + _packed(target)


def reservation_in(record: bytes | None) -> Reservation | None:
    """Read what is recorded of an id."""
    return None if record is None else _record(record, "finished", awaited=False)


def _record(record: bytes, verdict: Verdict, *, awaited: bool) -> Reservation:
    try:
        admitted = _EPOCH + int.from_bytes(record[9:15]) * _MILLISECOND
        end, status = 16 + record[15], _STATUSES[chr(record[0])]
        target = _target(record[end:])
    except (LookupError, ValueError, OverflowError):
        raise CorruptedError(message("unsound.reservation")) from None
    return Reservation(verdict, awaited, status, admitted, target, record[16:end], record[1:9])
