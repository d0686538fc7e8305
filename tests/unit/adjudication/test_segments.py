"""A state in segments: each event writes as little after a long life as after a short one, and nothing of it is lost."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.catalogue import AgencyEvent
from services.adjudication.batch_decision import PartitionState, decide_batch, read
from services.adjudication.decider import advance, initial
from services.adjudication.replay import Replay
from services.adjudication.state import SEGMENT, State, UnreadSegmentsError, decode_state, encode_state
from services.adjudication.stored_states import read_states
from services.adjudication.worker import Adjudicator
from services.benefits.reading.folder import load
from services.ledger.protocol import Arrival, Commit, CorruptedError, Head, StoredState
from tests.generated import lives
from tests.inbox import MORNING, arrivals, deliver, recorded, token
from tests.lives import Life
from tests.memory_ledger import MemoryLedger


def long_life(facts: int) -> Life:
    """An enrolment, then a contribution each month."""
    life = Life().enrolled("1980-01-01")
    for month in range(facts - 1):
        name = f"{1980 + month // 12}-{month % 12 + 1:02d}"
        life.paid_months(name, name, f"{name}-10")
    return life


def written(commit: Commit) -> int:
    """Bytes that the states of a commit take among its arguments."""
    bodies = sum(len(person) + len(body) for person, body in commit.states)
    return bodies + sum(len(f"{person}#{n}") + len(segment) for person, n, segment in commit.segments)


def test_an_event_writes_as_little_after_five_hundred_facts_as_after_five():
    """Counted at every one of them: the most that any event writes is at most half as much again as the fifth does."""
    life = long_life(500)
    warm = PartitionState(0, Head())
    bytes_of: list[int] = []
    for number, (_, body, tag) in enumerate(arrivals(life, 1), 1):
        decided = decide_batch(warm, read([Arrival(f"{number}-0", body, tag)]), MORNING, load())
        warm.take(decided)
        bytes_of.append(written(decided.commit))
    assert max(bytes_of[5:]) <= 1.5 * bytes_of[4], (max(bytes_of), bytes_of[4])


async def test_a_long_life_is_decided_on_its_latest_facts_alone(monkeypatch: pytest.MonkeyPatch):
    """A worker that knows nothing of the person yet reads no segment for a contribution, and every one for a claim."""
    ledger, life = MemoryLedger(1), long_life(40)
    await deliver(ledger, life)
    await Adjudicator(ledger, 0, load()).step()
    segments, asked = ledger.segments, list[tuple[str, int]]()

    async def watched(partition: int, wanted: Sequence[tuple[str, int]]) -> list[bytes | None]:
        asked.extend(wanted)
        return await segments(partition, wanted)

    monkeypatch.setattr(ledger, "segments", watched)
    life.income(2_000_000, "2026-01").paid_months("2026-01", "2026-01", "2026-01-02").enrolled("1980-01-01")
    await deliver(ledger, life, since=40)
    worker = Adjudicator(ledger, 0, load())
    await worker.step()
    assert asked == []
    life.filed("A-1", event_date="1983-01-05")
    await deliver(ledger, life, since=43)
    await worker.step()
    assert asked == [(token(life), number) for number in range(43 // SEGMENT)]
    (state,) = (await read_states(ledger, 0, [token(life)])).values()
    assert [fact.ref.partition(":")[2] for fact in state.facts] == [one["id"] for one in life.documents]


@settings(max_examples=60, deadline=None)
@given(life=lives(), held=st.sets(st.integers(0, 60)))
async def test_states_read_anew_at_any_moment_decide_as_those_kept_in_memory(life: Life, held: set[int]):
    """The ledger is the same byte for byte, and so is the state.

    What was read in segments, and what replay comes to.
    """
    warm, cold = MemoryLedger(1), MemoryLedger(1)
    worker = Adjudicator(warm, 0, load(), clock=lambda: MORNING)
    for number, arrival in enumerate(arrivals(life, 1)):
        for ledger in (warm, cold):
            await ledger.deliver([arrival])
        await worker.step()
        if number not in held:
            await Adjudicator(cold, 0, load(), clock=lambda: MORNING).step()
    await Adjudicator(cold, 0, load(), clock=lambda: MORNING).step()
    assert await cold.read(0) == await warm.read(0)
    assert await cold.all_states(0) == await warm.all_states(0)
    state = initial()
    for event in await recorded(warm):
        if isinstance(event, AgencyEvent):
            state, _ = advance(state, event, load())
    assert (await warm.all_states(0))[token(life)] == encode_state(state)
    assert (await read_states(warm, 0, [token(life)]))[token(life)] == state


async def test_a_missing_segment_stops_the_partition_and_parks_nobody():
    """It is an error of the store, as a body is that cannot be read; so is a segment that is none."""
    for damage in (None, b"\xc1"):
        ledger, life = MemoryLedger(1), long_life(20)
        await deliver(ledger, life)
        await Adjudicator(ledger, 0, load()).step()
        stored = ledger._all[0].segments
        if damage is None:
            del stored[token(life), 1]
        else:
            stored[token(life), 1] = damage
        life.filed("A-1")
        await deliver(ledger, life, since=20)
        with pytest.raises(CorruptedError):
            await Adjudicator(ledger, 0, load()).step()
        assert await ledger.parked(0) == {}


def test_facts_that_were_not_read_are_not_taken_for_none():
    """Whoever asks a state for all its facts is told that segments of it are missing."""
    book, life = Replay(load()), long_life(SEGMENT + 1)
    for line in life.lines():
        book.take(line)
    state = book.states[life.nik]
    stored = encode_state(state)
    assert decode_state(stored) == state
    bare = decode_state(StoredState(stored.body))
    assert bare == State((None,), state.latest, (), {}, enrolled=True)
    with pytest.raises(UnreadSegmentsError):
        bare.facts  # noqa: B018 -- asking is what is refused
