"""A person whose event the decider cannot decide is parked; everybody else goes on."""

from __future__ import annotations

import pytest

from events.operation import ParkedDiscarded, ParkedRetried
from services.adjudication.batch_decision import DISCARDS, NOBODY, named
from services.adjudication.parked_queue import ParkedQueue
from services.adjudication.worker import Adjudicator
from services.benefits.reading.folder import load
from tests.inbox import MORNING, Stumbling, deliver, discard, recorded, references, retry, token
from tests.lives import Life
from tests.memory_ledger import MemoryLedger


def adjudicator(ledger: MemoryLedger, *failing: str) -> Adjudicator:
    return Adjudicator(ledger, 0, load(), clock=lambda: MORNING, advance=Stumbling(*failing))


def five() -> Life:
    """A life of five events, named e1 to e5."""
    life = Life().enrolled(id="e1").paid_months(id="e2")
    for number in (3, 4, 5):
        life.income(number * 500_000, f"2026-0{number}")
        life.documents[-1]["id"] = f"e{number}"
    return life


async def parked(*failing: str) -> MemoryLedger:
    """A ledger in which the five events have arrived and these fail."""
    ledger = MemoryLedger(1)
    await deliver(ledger, five())
    await adjudicator(ledger, *failing).step()
    return ledger


async def test_a_failing_event_and_every_later_one_of_the_person_are_parked():
    """What came before is recorded; the one that failed and what follows stand in line in their order."""
    ledger = await parked("e3")
    assert references(await recorded(ledger)) == ["e1", "e2"]
    bodies = await ledger.parked_events(0, token(five()))
    assert [f'"id":"e{n}"'.encode() in body for n, body in zip((3, 4, 5), bodies, strict=True)] == [True] * 3


async def test_other_persons_of_the_same_batch_are_decided():
    """A parked person holds nobody else up."""
    ledger, other = MemoryLedger(1), Life("1606010101700002").insured()
    await deliver(ledger, five(), other)
    await adjudicator(ledger, "e1").step()
    assert references(await recorded(ledger)) == [document["id"] for document in other.documents]


async def test_an_event_that_arrives_later_joins_the_line():
    """Also a worker that has just started parks what arrives for a parked person, without trying it."""
    ledger, life = await parked("e3"), five().income(9_000_000, "2026-09")
    await deliver(ledger, life, since=5)
    await adjudicator(ledger).step()
    assert await ledger.parked(0) == {token(life): 4}
    assert references(await recorded(ledger)) == ["e1", "e2"]


async def test_a_parked_event_that_is_sent_again_is_parked_once():
    """The id is remembered when its event is parked."""
    ledger = await parked("e3")
    await deliver(ledger, five())
    await adjudicator(ledger).step()
    assert await ledger.parked(0) == {token(five()): 3}


async def test_a_retry_takes_the_line_up_from_its_head():
    """When the cause is mended, the parked events are recorded behind the retry, in the order of arrival."""
    ledger, person = await parked("e3"), token(five())
    await ledger.deliver([(0, *retry(person))])
    await adjudicator(ledger).step()
    events = await recorded(ledger)
    assert references(events) == ["e1", "e2", "e3", "e4", "e5"]
    assert isinstance(events[3], ParkedRetried)
    assert [event.position for event in events] == list(range(1, len(events) + 1))
    assert await ledger.parked(0) == {}


async def test_a_retry_parks_again_at_the_first_failure():
    """What was decided has left the line; what failed stands first."""
    ledger, person = await parked("e3"), token(five())
    await ledger.deliver([(0, *retry(person))])
    await adjudicator(ledger, "e4").step()
    assert references(await recorded(ledger)) == ["e1", "e2", "e3"]
    bodies = await ledger.parked_events(0, person)
    assert [b'"id":"e4"' in bodies[0], b'"id":"e5"' in bodies[1], len(bodies)] == [True, True, 2]


async def test_after_a_retry_in_the_same_batch_the_person_goes_on():
    """Events behind a retry that emptied the line are decided at once."""
    ledger, life = await parked("e3"), five().income(9_000_000, "2026-09")
    await ledger.deliver([(0, *retry(token(life)))])
    await deliver(ledger, life, since=5)
    await adjudicator(ledger).step()
    assert references(await recorded(ledger)) == [document["id"] for document in life.documents]
    assert await ledger.parked(0) == {}


async def test_parking_retrying_and_parking_again_in_one_batch_loses_nothing():
    """A line that begins, is tried and goes on in one batch stands in the ledger as it would over three."""
    ledger, life = MemoryLedger(1), five()
    await deliver(ledger, life)
    await ledger.deliver([(0, *retry(token(life)))])
    life.income(9_000_000, "2026-09")
    await deliver(ledger, life, since=5)
    await adjudicator(ledger, "e3").step()
    assert references(await recorded(ledger)) == ["e1", "e2"]
    assert await ledger.parked(0) == {token(life): 4}


async def test_a_retry_of_somebody_who_is_not_parked_says_nothing():
    """The inbox moves on and nothing is appended."""
    ledger = await parked()
    before = await ledger.head(0)
    await ledger.deliver([(0, *retry(token(five())))])
    await adjudicator(ledger).step()
    assert (await ledger.head(0)).position == before.position


async def test_discarding_drops_the_first_in_line_only():
    """The discarded event is never decided; its discard keeps it byte for byte, and the rest still waits."""
    ledger, person = await parked("e3"), token(five())
    (first,) = await ledger.parked_events(0, person, 1)
    await ledger.deliver([(0, *discard(person, "dinsos:e3"))])
    await adjudicator(ledger).step()
    assert await ledger.parked(0) == {person: 2}
    event = (await recorded(ledger))[-1]
    assert isinstance(event, ParkedDiscarded)
    assert event.data.document == first
    assert [entry.position for entry in await ledger.history(0, DISCARDS)] == [event.position]

    await ledger.deliver([(0, *retry(person))])
    await adjudicator(ledger).step()
    assert references(await recorded(ledger)) == ["e1", "e2", "e4", "e5"]


async def test_discarding_another_event_than_the_first_drops_nothing():
    """A discard that is delivered twice, or too late, does no harm."""
    ledger, person = await parked("e3"), token(five())
    await ledger.deliver([(0, *discard(person, "dinsos:e3"))] * 2 + [(0, *discard(person, "dinsos:e5"))])
    await adjudicator(ledger).step()
    assert await ledger.parked(0) == {person: 2}


async def test_an_arrival_that_cannot_be_read_parks_its_person():
    """A body that is no event of today parks the person it names; the partition goes on."""
    ledger, life = MemoryLedger(1), five()
    body = b'{"type":"kelambu.unheard.of.v9","id":"x","source":"/agencies/dinsos","person":"%s"}'
    await ledger.deliver([(0, body % token(life).encode(), b"12345678")])
    await deliver(ledger, life, Life("1606010101700002").insured())
    await adjudicator(ledger).step()
    assert await ledger.parked(0) == {token(life): 6}
    assert len(references(await recorded(ledger))) == 2


@pytest.mark.parametrize("body", [b"no json", b"{}", b"[1]", b'{"person":5}', b'{"person":"\xff"}'])
async def test_an_arrival_about_nobody_stops_nothing(body: bytes):
    """It is parked under a name of its own, from where it can be discarded."""
    ledger = MemoryLedger(1)
    await ledger.deliver([(0, body, b"")])
    await deliver(ledger, five())
    await adjudicator(ledger).step()
    assert await ledger.parked(0) == {NOBODY: 1}
    assert len(references(await recorded(ledger))) == 5
    await ledger.deliver([(0, *discard(NOBODY, named(body)))])
    await adjudicator(ledger).step()
    event = (await recorded(ledger))[-1]
    assert isinstance(event, ParkedDiscarded)
    assert (event.data.document, event.data.claim) == (body, "")


def test_a_line_says_what_to_remove_and_what_to_append():
    """However far it is taken, what stood in the ledger is removed from the head and new ones are appended."""
    line = ParkedQueue(2, [b"a", b"b"])
    line.join(b"c")
    line.join(b"d")
    seen = []
    while (body := line.first()) is not None:
        seen.append((body, line.unpark, line.park, len(line)))
        line.leave()
    assert seen == [
        (b"a", 0, [b"c", b"d"], 4),
        (b"b", 1, [b"c", b"d"], 3),
        (b"c", 2, [b"c", b"d"], 2),
        (b"d", 2, [b"d"], 1),
    ]
    assert (line.unpark, line.park, len(line)) == (2, [], 0)


def test_a_line_is_not_taken_further_than_its_bodies_are_at_hand():
    """A retry of a very long line takes up what was loaded, and leaves the rest in line."""
    line = ParkedQueue(3, [b"a"])
    line.join(b"d")
    line.leave()
    assert line.first() is None
    assert (line.unpark, line.park, len(line)) == (1, [b"d"], 3)
