"""The micro-batch: what an agency's requests send while one call of reception is under way goes with the next.

So a hundred requests at a time cost one write to disk, not a hundred; each is answered when that write is done.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence

from msgspec import Struct

from projections.checkpoint import DivergedError
from services.gateway.problems import Problem
from services.intake.context import IntakeContext
from services.intake.http_reception import ReceivedDocument, Reply, receive
from services.runtime.machine_faults import MACHINE_FAULTS

AT_ONCE, BYTES_AT_ONCE = 200, 128 * 1024
"""So many documents go with one call, and of so many bytes: more would keep everybody else waiting."""


_OF_ALL: tuple[type[Exception], ...] = (Problem, DivergedError, *MACHINE_FAULTS)
"""What fails for all that goes together, and not for one document in it."""


class _Request(Struct):
    incoming: Sequence[ReceivedDocument]
    answered: asyncio.Future[list[Reply]]


class MicroBatch:
    """The documents on their way to reception, by agency."""

    def __init__(self, context: IntakeContext) -> None:
        self._context = context
        self._waiting: dict[str, list[_Request]] = {}
        self._working: dict[str, asyncio.Task[None]] = {}

    async def receive(self, agency: str, incoming: Sequence[ReceivedDocument]) -> list[Reply]:
        """Hand documents to reception; on return they are durable, in this order.

        Raises:
            Problem: the agency is not registered.
        """
        replies: list[Reply] = []
        for part in _parts(incoming):
            request = _Request(part, asyncio.get_running_loop().create_future())
            self._waiting.setdefault(agency, []).append(request)
            if agency not in self._working:
                self._working[agency] = asyncio.ensure_future(self._work(agency))
            replies += await request.answered
        return replies

    async def _work(self, agency: str) -> None:
        try:
            await asyncio.sleep(0)  # what came in the same moment goes together
            while self._waiting.get(agency):
                await self._carry(agency, self._next(agency))
        finally:
            del self._working[agency]

    def _next(self, agency: str) -> list[_Request]:
        """Take the requests that go together, at least one, in the order in which they came."""
        waiting, count, size, number = self._waiting[agency], 0, 0, 0
        for request in waiting:
            count += len(request.incoming)
            size += sum(len(one.document) for one in request.incoming)
            if number and (count > AT_ONCE or size > BYTES_AT_ONCE):
                break
            number += 1
        self._waiting[agency] = waiting[number:]
        return waiting[:number]

    async def _carry(self, agency: str, requests: list[_Request]) -> None:
        try:
            replies = await self._received(agency, [one for each in requests for one in each.incoming])
        except _OF_ALL as error:
            _fail(requests, error)
        except Exception as error:  # noqa: BLE001 -- each is told
            if len(requests) == 1:
                _fail(requests, error)
            for request in requests if len(requests) > 1 else ():  # one is at fault, the others are not
                await self._carry(agency, [request])
        else:
            remaining = iter(replies)
            for request in requests:
                own = [next(remaining) for _ in request.incoming]
                if not request.answered.done():
                    request.answered.set_result(own)

    async def _received(self, agency: str, incoming: Sequence[ReceivedDocument]) -> list[Reply]:
        registered = await self._context.registry.get(agency)
        if registered is None:
            raise Problem("not-registered")
        return await receive(self._context, registered, incoming)


def _parts(incoming: Sequence[ReceivedDocument]) -> Iterator[Sequence[ReceivedDocument]]:
    """Yield documents in parts that go with one call each, at least one document in each part."""
    start = size = 0
    for end, one in enumerate(incoming):
        size += len(one.document)
        if end > start and (end - start == AT_ONCE or size > BYTES_AT_ONCE):
            yield incoming[start:end]
            start, size = end, len(one.document)
    yield incoming[start:]


def _fail(requests: Sequence[_Request], error: Exception) -> None:
    for request in requests:
        if not request.answered.done():
            request.answered.set_exception(error)
