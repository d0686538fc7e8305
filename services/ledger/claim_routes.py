"""Routes: from a claim number to the person whose claim it is, and the events that wait for the claim's filing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import NamedTuple, cast

from redis.asyncio import Redis
from redis.asyncio.client import Pipeline

from services.ledger import keys
from services.ledger.reservations import WaitingEvent

_SCAN = 5000


class Route(NamedTuple):
    """Where the events of a claim go. ``agency`` filed it; ``person`` is empty until the filing is in its inbox."""

    person: str
    agency: str
    waiting: int

    @property
    def clear(self) -> bool:
        """Whether an event may go to the person at once. Once true it stays true."""
        return bool(self.person) and self.waiting == 0


class RouteOpening(NamedTuple):
    """A filing that is in its inbox: its claim number, its id hash, its person's token."""

    claim: str
    filing: bytes
    person: str


class Routes:
    """The routes of every claim; the server has the functions."""

    def __init__(self, client: Redis) -> None:
        """Use a client of the core server."""
        self._client = client

    async def take(self, filings: Sequence[tuple[str, bytes, str]]) -> list[bool]:
        """Take numbers for filings (number, id hash, agency), in this order.

        A number belongs to the filing that takes it first, for ever; False when that was another.
        """
        if not filings:
            return []
        async with self._client.pipeline(transaction=False) as pipe:
            for claim, filing, agency in filings:
                pipe.execute_command("FCALL", "kelambu_take", 1, keys.route(claim), filing, agency)
            return [taken == 1 for taken in await pipe.execute()]

    async def look(self, claims: Sequence[str]) -> list[Route]:
        """Return where the events of these claims go."""
        if not claims:
            return []
        async with self._client.pipeline(transaction=False) as pipe:
            for claim in claims:
                _ask(pipe, claim)
            return [_route(reply) for reply in await pipe.execute()]

    async def join(self, events: Sequence[tuple[str, WaitingEvent, bool]]) -> list[Route]:
        """Route events (number, event, whether an earlier attempt may have) in this order.

        An event whose route is ``clear`` in the answer did not join the waiting list: it goes to the person.
        """
        if not events:
            return []
        async with self._client.pipeline(transaction=False) as pipe:
            for claim, event, again in events:
                _ask(pipe, claim, event.id, int(again), event.packed())
            return [_route(reply) for reply in await pipe.execute()]

    async def open(self, filings: Sequence[RouteOpening]) -> list[int]:
        """Say whose claims these are; answers for each how many events wait to follow."""
        if not filings:
            return []
        async with self._client.pipeline(transaction=False) as pipe:
            for claim, filing, person in filings:
                places = (keys.route(claim), keys.waiting(claim))
                pipe.execute_command("FCALL", "kelambu_open", 2, *places, filing, person)
            return cast("list[int]", await pipe.execute())

    async def waiting(self, claim: str, limit: int = 100) -> list[WaitingEvent]:
        """Return the first events that wait for a claim, 0 for all, in the order of their arrival."""
        return (await self.first_waiting([claim], limit))[0]

    async def first_waiting(self, claims: Sequence[str], limit: int) -> list[list[WaitingEvent]]:
        """Return for each claim the first events that wait for it, 0 for all, in the order of their arrival."""
        async with self._client.pipeline(transaction=False) as pipe:
            for claim in claims:
                pipe.lrange(keys.waiting(claim), 0, limit - 1)
            reply = cast("list[list[bytes]]", await pipe.execute())
        return [[WaitingEvent.unpacked(element) for element in elements] for elements in reply]

    async def filed(self, claims: Sequence[str]) -> list[tuple[bytes, str, str]]:
        """Return the id hash of each claim's filing, who filed it, and the person: empty until it is in its inbox."""
        if not claims:
            return []
        async with self._client.pipeline(transaction=False) as pipe:
            for claim in claims:
                pipe.hmget(keys.route(claim), ["filing", "agency", "person"])
            reply = cast("list[list[bytes | None]]", await pipe.execute())
        return [
            (one or b"", keys.stored_text(agency), keys.stored_text(person)) for one, agency, person in reply
        ]

    async def waited_for(self) -> AsyncIterator[str]:
        """Go through the numbers of the claims for which something waits; looks at every key name."""
        async for name in self._client.scan_iter(match=keys.waiting("*"), count=_SCAN):
            yield keys.claim_of(keys.stored_text(name))

    async def remove(self, delivered: Mapping[str, Sequence[WaitingEvent]]) -> None:
        """Remove events that have been delivered from the lists of their claims, in this order."""
        if not delivered:
            return
        async with self._client.pipeline(transaction=False) as pipe:
            for claim, events in delivered.items():
                for event in events:
                    pipe.execute_command("LREM", keys.waiting(claim), 1, event.packed())
            await pipe.execute()


def _ask(pipe: Pipeline, claim: str, *arguments: bytes | int) -> None:
    places = (keys.route(claim), keys.waiting(claim))
    pipe.execute_command("FCALL", "kelambu_route", 2, *places, *arguments)


def _route(reply: object) -> Route:
    person, agency, waiting = cast("tuple[bytes, bytes, int]", reply)
    return Route(person.decode(), agency.decode(), waiting)
