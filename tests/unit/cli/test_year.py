"""A year is played day by day on its own clock, and every order that leaves is answered within its own time."""

import datetime as dt

from events.bank import ClaimPaid
from events.catalogue import decode
from services.cli.demo.year import Calls, play, waves
from services.ledger.payments import Departure
from services.simulation import AgencyMessage, Bank, World


def departure(number: int, due_on: dt.date) -> tuple[int, Departure]:
    order = Departure(
        order=f"C-{number}.1",
        claim=f"C-{number}",
        payee="heir:spouse",
        amount=10_000_000,
        due_on=due_on,
        person="~",
        partition=0,
        released_at=number,
    )
    return number, order


async def test_the_bank_answers_each_order_once_and_after_it_was_made():
    """Each order is answered once, on a day after the one on which it left, and the clock has come as far by then."""
    world = World(1, 200, 20, trouble=False)
    sent: list[AgencyMessage] = []
    moments: list[dt.datetime] = []
    made = [departure(n, dt.date(2025, 4, n)) for n in range(1, 6)]

    async def send(messages) -> None:
        assert max(message.time for message in messages) <= max(moments)
        sent.extend(messages)

    async def settle() -> None:
        pass

    async def orders(after: int):
        return [entry for entry in made if entry[0] > after][:2]

    year = play(
        world.claims(),
        dt.date(2025, 1, 1),
        Bank(1, world.courses),
        Calls(moments.append, send, settle, orders),
    )
    days = [day async for day in year]

    paid = [event.data for event in map(decode, (m.body for m in sent)) if isinstance(event, ClaimPaid)]
    assert sorted(one.order for one in paid) == [f"C-{n}.1" for n in range(1, 6)]
    assert days == sorted(set(days))
    assert all(one.paid_on > days[0] for one in paid)
    assert len(sent) == len(world.claims()) + 5


def test_a_claims_messages_keep_their_order_between_agencies():
    """What two agencies say about one claim goes out in two waves; other claims do not wait for it."""
    when = dt.datetime(2025, 4, 1, tzinfo=dt.UTC)
    rows = [
        AgencyMessage(a, b"", when, c)
        for a, c in (("x", "1"), ("y", "1"), ("x", "2"), ("y", "1"), ("x", "1"))
    ]
    assert waves(rows) == [[rows[0], rows[2]], [rows[1], rows[3]], [rows[4]]]
