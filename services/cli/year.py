"""Playing a year: agencies send month by month, the services work it off, the bank answers each order."""

from __future__ import annotations

import datetime as dt
import heapq
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from itertools import count
from typing import Protocol

from events.values import JAKARTA
from services.simulation import Bank, Message


class Order(Protocol):
    """An order that has left for the bank."""

    @property
    def order(self) -> str: ...
    @property
    def claim(self) -> str: ...
    @property
    def payee(self) -> str: ...
    @property
    def amount(self) -> int: ...
    @property
    def due_on(self) -> dt.date: ...


Send = Callable[[Sequence[Message]], Awaitable[None]]
"""Puts messages into their agencies' outboxes and returns when all of them have been taken up."""
Settle = Callable[[], Awaitable[object]]
"""Returns when everything taken up has been decided and every order that stands has left for the bank."""
Orders = Callable[[int], Awaitable[Sequence[tuple[int, Order]]]]
"""The orders after a number, each with its number."""


async def play(
    messages: Sequence[Message], bank: Bank, send: Send, settle: Settle, orders: Orders
) -> AsyncIterator[tuple[dt.date, int]]:
    """Send each month's messages and let the bank answer what was ordered; yields (month, messages sent in it).

    A month is over only when nothing dated in it is left, so that the same messages always meet the same state:
    what comes of a year does not depend on how fast the machine is.
    """
    ties = count()
    calendar = [(message.time, next(ties), message) for message in messages]
    heapq.heapify(calendar)
    answered = 0
    while calendar:
        month = calendar[0][0].astimezone(JAKARTA).date().replace(day=1)
        end = dt.datetime.combine((month + dt.timedelta(days=31)).replace(day=1), dt.time(), JAKARTA)
        sent = 0
        while calendar and calendar[0][0] < end:
            batch = []
            while calendar and calendar[0][0] < end:
                batch.append(heapq.heappop(calendar)[2])
            for wave in waves(batch):
                await send(wave)
            sent += len(batch)
            await settle()
            while left := await orders(answered):
                answered = left[-1][0]
                for _, order in left:
                    answer = bank.answer(order.order, order.claim, order.payee, order.amount, order.due_on)
                    for message in answer:
                        heapq.heappush(calendar, (message.time, next(ties), message))
        yield month, sent


def waves(messages: Iterable[Message]) -> list[list[Message]]:
    """Divide messages so that a claim's messages keep their order although each agency has a stream of its own.

    Within a wave all that is said about one claim comes from one agency; what another says next is a wave later.
    """
    divided: list[list[Message]] = []
    last: dict[str, tuple[str, int]] = {}
    for message in messages:
        agency, wave = last.get(message.about, (message.agency, 0))
        if agency != message.agency:
            wave += 1
        last[message.about] = message.agency, wave
        if wave == len(divided):
            divided.append([])
        divided[wave].append(message)
    return divided
