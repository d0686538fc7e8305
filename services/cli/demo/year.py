"""Playing a year: agencies send day by day, the services work it off, the bank answers each order."""

from __future__ import annotations

import datetime as dt
import heapq
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from itertools import count
from typing import NamedTuple

from events.values import JAKARTA
from services.simulation import AgencyMessage, Bank, ReleasedOrder


class Calls(NamedTuple):
    """What playing asks of the installation.

    ``move`` moves its clock forward to a moment. ``send`` puts messages on their way and returns when all of them have
    been taken up. ``settle`` returns when everything taken up has been decided and every order in force has left for
    the bank. ``orders`` gives the orders after a number, each with its number.
    """

    move: Callable[[dt.datetime], None]
    send: Callable[[Sequence[AgencyMessage]], Awaitable[None]]
    settle: Callable[[], Awaitable[None]]
    orders: Callable[[int], Awaitable[Sequence[tuple[int, ReleasedOrder]]]]


async def play(
    messages: Iterable[AgencyMessage], since: dt.date, bank: Bank, calls: Calls
) -> AsyncIterator[dt.date]:
    """Send each day's messages at their time and let the bank answer what was ordered; yields each day that is over.

    Before ``since`` a month is sent at once, since nothing is ordered then. A day is over only when nothing dated in
    it is left, so that the same messages always meet the same state: what comes of a year does not depend on how fast
    the machine is.
    """
    ties = count()
    calendar = [(message.time, next(ties), message) for message in messages]
    heapq.heapify(calendar)
    answered = 0
    while calendar:
        day = calendar[0][0].astimezone(JAKARTA).date()
        end = _next_day(day) if day >= since else min(_next_month(day), since)
        midnight = dt.datetime.combine(end, dt.time(), JAKARTA)
        batch = []
        while calendar and calendar[0][0] < midnight:
            batch.append(heapq.heappop(calendar)[2])
        for wave in waves(batch):
            calls.move(max(message.time for message in wave))
            await calls.send(wave)
        await calls.settle()
        while orders := await calls.orders(answered):
            answered = orders[-1][0]
            for _, order in orders:
                for message in bank.answer(order, day):
                    heapq.heappush(calendar, (message.time, next(ties), message))
        yield day


def _next_day(day: dt.date) -> dt.date:
    return day + dt.timedelta(days=1)


def _next_month(day: dt.date) -> dt.date:
    return (day.replace(day=1) + dt.timedelta(days=31)).replace(day=1)


def waves(messages: Iterable[AgencyMessage]) -> list[list[AgencyMessage]]:
    """Divide messages so that a claim's messages keep their order although each agency has a stream of its own.

    Within a wave all that is said about one claim comes from one agency; what another says next is a wave later.
    """
    divided: list[list[AgencyMessage]] = []
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
