"""The adjudicator of one partition, on the ledger in memory."""

from __future__ import annotations

import datetime as dt
from itertools import count

import pytest

from events.operation import RulebookAdopted
from projections.checkpoint import Checkpoint, DivergedError
from services.adjudication.batch_decision import ADOPTIONS, PartitionState, decide_batch, read
from services.adjudication.decider import State, advance, decode_state, encode_state, initial
from services.adjudication.worker import Adjudicator, SupersededError
from services.benefits.reading.folder import load
from services.benefits.rulebook import Rulebook
from services.ledger.protocol import Arrival, ConflictError, CorruptedError, Head
from tests.inbox import (
    MORNING,
    Stumbling,
    adoption,
    arrivals,
    deliver,
    recorded,
    references,
    token,
)
from tests.lives import Life, jkm_death
from tests.memory_ledger import MemoryLedger


def other_rulebook(digit: str) -> Rulebook:
    return Rulebook(load().scheme, load().regulations, load().holidays, digit * 64)


def adjudicator(ledger: MemoryLedger, rulebook: Rulebook | None = None, **parts) -> Adjudicator:
    return Adjudicator(ledger, 0, rulebook or load(), clock=parts.pop("clock", lambda: MORNING), **parts)


async def test_the_first_commit_adopts_the_rulebook_and_then_records_what_arrived():
    """Position 1 is the adoption, then each event stands before what Kelambu concludes from it, without a gap."""
    ledger, life = MemoryLedger(1), jkm_death()
    await deliver(ledger, life)
    await adjudicator(ledger).step()

    events = await recorded(ledger)
    assert isinstance(events[0], RulebookAdopted)
    assert references(events) == [document["id"] for document in life.documents]
    assert [event.position for event in events] == list(range(1, len(events) + 1))
    assert {event.recordedtime for event in events} == {MORNING}
    assert (await ledger.head(0)).rulebook == load().name
    assert await ledger.inbox(0, "0-0", 10) == []


async def test_whoever_takes_a_partition_again_decides_on_no_older_ledger():
    """What this process has seen outlives the lease, for the server may have come back with an older copy meanwhile."""
    newer, older, seen = MemoryLedger(1), MemoryLedger(1), dict[int, Checkpoint]()
    for ledger in (newer, older):
        await deliver(ledger, jkm_death())
    await adjudicator(newer, seen=seen).step()
    with pytest.raises(DivergedError):
        await adjudicator(older, seen=seen).step()
    assert (await older.head(0)).position == 0
    await adjudicator(newer, seen=seen).step()


async def test_the_state_stored_is_what_the_decider_comes_to():
    """Folding a person's events with the decider alone gives the stored state, byte for byte."""
    ledger, life = MemoryLedger(1), jkm_death()
    await deliver(ledger, life)
    await adjudicator(ledger).step()

    state = initial()
    for event in await recorded(ledger):
        if event.source != "/agencies/kelambu":
            state, _ = advance(state, event, load())
    assert (await ledger.all_states(0))[token(life)] == encode_state(state)


async def test_a_repeat_in_one_batch_is_recorded_once():
    """The same arrival twice in a batch gives the same ledger as once."""
    ledger, life = MemoryLedger(1), Life().insured()
    await ledger.deliver([one for one in arrivals(life, 1) for _ in range(2)])
    await adjudicator(ledger).step()
    assert references(await recorded(ledger)) == [document["id"] for document in life.documents]


async def test_a_repeat_in_a_later_batch_is_left_out_and_the_rest_is_decided():
    """An arrival recorded before is left out; its inbox entry is gone all the same."""
    ledger, life = MemoryLedger(1), Life().insured()
    await deliver(ledger, life)
    worker = adjudicator(ledger)
    await worker.step()
    life.income(2_000_000, "2026-01")
    await deliver(ledger, life)
    assert await worker.step() == 3
    assert references(await recorded(ledger)) == [document["id"] for document in life.documents]
    assert await ledger.inbox(0, "0-0", 10) == []


async def test_a_batch_of_nothing_but_repeats_moves_the_inbox_and_records_nothing():
    """The head's inbox position moves on though no event was appended."""
    ledger, life = MemoryLedger(1), Life().insured()
    worker = adjudicator(ledger)
    for _ in range(2):
        await deliver(ledger, life)
        await worker.step()
    head = await ledger.head(0)
    assert head.position == 3
    assert head.inbox == "4-0"


async def test_two_owners_of_one_partition_record_every_event_once():
    """The second commit on the same head is refused, and its worker goes on from what it finds."""
    ledger, first, second = MemoryLedger(1), Life("1606010101700001"), Life("1606010101700002")
    one, other = adjudicator(ledger), adjudicator(ledger)
    await other.step()
    await deliver(ledger, first.insured())
    await one.step()
    await deliver(ledger, second.insured())
    with pytest.raises(ConflictError):
        await other.step()

    await one.step()
    expected = [document["id"] for life in (first, second) for document in life.documents]
    assert references(await recorded(ledger)) == expected


async def test_recordedtime_never_falls_when_the_clock_does():
    """Where the clock was set back, the partition's last recordedtime stands."""
    ledger, life = MemoryLedger(1), Life().enrolled()
    hours = iter([MORNING, MORNING - dt.timedelta(hours=1), MORNING + dt.timedelta(milliseconds=1.7)])
    worker = adjudicator(ledger, clock=lambda: next(hours))
    for number in range(3):
        await deliver(ledger, life, since=number)
        await worker.step()
        life.income(1_000_000 + number, "2026-01")
    times = [event.recordedtime for event in await recorded(ledger)][1:]
    assert times == [MORNING, MORNING, MORNING + dt.timedelta(milliseconds=1)]


async def test_a_later_rulebook_is_adopted_before_the_next_event():
    """What stands in the inbox when a new rulebook comes is decided by the new one, and the ledger says so."""
    ledger, life = MemoryLedger(1), Life().enrolled()
    await deliver(ledger, life)
    await adjudicator(ledger).step()
    life.income(2_000_000, "2026-01")
    await deliver(ledger, life, since=1)
    later = other_rulebook("a")
    await adjudicator(ledger, later).step()

    kinds = [type(event).__name__ for event in await recorded(ledger)]
    assert kinds == ["RulebookAdopted", "ParticipantEnrolled", "RulebookAdopted", "IncomeDeclared"]
    assert (await ledger.head(0)).rulebook == later.name
    assert len(await ledger.history(0, ADOPTIONS)) == 2


async def test_a_worker_with_an_earlier_rulebook_refuses_the_partition():
    """A rulebook that was adopted and followed by another is not adopted again; nothing is decided by it."""
    ledger, life = MemoryLedger(1), Life().enrolled()
    earlier = adjudicator(ledger)
    await deliver(ledger, life)
    await earlier.step()
    life.income(2_000_000, "2026-01")
    await deliver(ledger, life, since=1)
    await adjudicator(ledger, other_rulebook("a")).step()
    head = await ledger.head(0)

    life.income(3_000_000, "2026-02")
    await deliver(ledger, life, since=2)
    with pytest.raises(ConflictError):
        await earlier.step()
    with pytest.raises(SupersededError):
        await adjudicator(ledger).step()
    assert await ledger.head(0) == head


async def test_an_adoption_that_arrives_stops_the_batch_behind_it():
    """Events behind an adoption of another rulebook are left for a worker that has it."""
    ledger, life = MemoryLedger(1), Life().enrolled().income(2_000_000, "2026-01")
    enrolment, income = arrivals(life, 1)
    await ledger.deliver([enrolment, (0, *adoption("a" * 64, "1")), income])
    worker = adjudicator(ledger)
    assert await worker.step() == 2
    assert (await ledger.head(0)).rulebook == other_rulebook("a").name
    with pytest.raises(SupersededError):
        await worker.step()

    await adjudicator(ledger, other_rulebook("a")).step()
    assert references(await recorded(ledger)) == [document["id"] for document in life.documents]


async def test_an_adoption_of_what_is_adopted_says_nothing():
    """A repeated adoption moves the inbox and appends nothing."""
    ledger = MemoryLedger(1)
    digest, _, engine = load().name.partition("@")
    await deliver(ledger, Life().enrolled())
    worker = adjudicator(ledger)
    await worker.step()
    await ledger.deliver([(0, *adoption(digest, engine))])
    await worker.step()
    assert (await ledger.head(0)).position == 2


@pytest.mark.parametrize("error", [MemoryError(), TimeoutError(), ConnectionError(), OSError(28, "full")])
async def test_a_fault_of_the_machine_stops_the_batch_and_parks_nobody(error: Exception):
    """Nothing of the batch is written; the same batch is decided when the fault is over."""
    ledger, life = MemoryLedger(1), Life().insured()
    await deliver(ledger, life)
    worker = adjudicator(ledger, advance=Stumbling(life.documents[1]["id"], error=error))
    with pytest.raises(type(error)):
        await worker.step()
    assert await ledger.head(0) == Head()
    assert await ledger.parked(0) == {}
    await adjudicator(ledger).step()
    assert references(await recorded(ledger)) == [document["id"] for document in life.documents]


async def test_a_state_that_cannot_be_read_stops_the_partition():
    """A stored state that is none is an error of the store: nobody is parked for it."""
    ledger, life = MemoryLedger(1), Life().enrolled()
    await deliver(ledger, life)
    await adjudicator(ledger).step()
    ledger._all[0].states[token(life)] = b"\xc1"
    life.income(1_000_000, "2026-01")
    await deliver(ledger, life, since=1)
    with pytest.raises(CorruptedError):
        await adjudicator(ledger).step()
    assert await ledger.parked(0) == {}


async def test_states_beyond_what_is_kept_warm_are_read_again(monkeypatch: pytest.MonkeyPatch):
    """Dropping states from memory changes nothing but speed."""
    monkeypatch.setattr("services.adjudication.worker.WARM", 1)
    ledger, lives = MemoryLedger(1), [Life(f"160601010170000{n}").enrolled() for n in range(1, 4)]
    worker = adjudicator(ledger)
    for number in count():
        await deliver(ledger, *lives, since=number)
        await worker.step()
        if number == 2:
            break
        for life in lives:
            life.income(1_000_000 + number, "2026-01")
    states = await ledger.all_states(0)
    assert [len(decode_state(states[token(life)]).facts) for life in lives] == [3, 3, 3]


def test_deciding_a_batch_leaves_what_it_was_given_alone():
    """A batch that is never committed changes neither the standing nor the states in it."""
    life = jkm_death()
    ledger_arrivals = [Arrival(f"{n}-0", body, tag) for n, (_, body, tag) in enumerate(arrivals(life, 1), 1)]
    warm = PartitionState(0, Head(), {token(life): State()}, {})
    first = decide_batch(warm, read(ledger_arrivals), MORNING, load())
    assert warm == PartitionState(0, Head(), {token(life): State()}, {})
    assert decide_batch(warm, read(ledger_arrivals), MORNING, load()) == first
