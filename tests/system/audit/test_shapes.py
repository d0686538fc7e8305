"""An installation written by an earlier version, whose states are laid out otherwise.

They are written anew from the ledger.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest
from msgspec.structs import replace
from redis.asyncio import Redis

from services.adjudication.decider import decode_state, encode_state
from services.adjudication.state import SHAPE, ShapeError, shape_of
from services.adjudication.worker import Adjudicator
from services.benefits.rulebook import Rulebook
from services.ledger import keys
from services.ledger.protocol import Commit, CorruptedError, StoredState
from tests.lives import Life
from tests.small_installation import SmallInstallation, niks
from tests.system.audit.tampering import PARTITIONS, audited, busy_installation
from tests.unit.whatif.books import JKM_DEATH, changed


@pytest.fixture
async def installation(redis: Redis, tmp_path: Path) -> SmallInstallation:
    return await busy_installation(redis, tmp_path)


async def all_states(installation: SmallInstallation) -> dict[str, StoredState]:
    found: dict[str, StoredState] = {}
    for partition in range(PARTITIONS):
        found |= await installation.ledger.all_states(partition)
    return found


async def store(installation: SmallInstallation, states: Mapping[str, StoredState]) -> None:
    """Put other states in place of those that stand there."""
    for person, state in states.items():
        for partition in range(PARTITIONS):
            if await installation.client.hexists(keys.states(partition), person):
                head = await installation.ledger.head(partition)
                there = (await installation.ledger.all_states(partition))[person]
                segments = {**dict.fromkeys(there.segments, b""), **state.segments}
                await installation.ledger.commit(
                    Commit(
                        partition=partition,
                        expected=head,
                        then=head,
                        states=[(person, state.body)],
                        segments=[(person, number, segment) for number, segment in segments.items()],
                    )
                )


def earlier(states: Iterable[str]) -> dict[str, StoredState]:
    """As a version that did not number its shapes would have stored them, with another layout too."""
    return dict.fromkeys(states, StoredState(b"\x93\x90\x80\x90", {1: b"otherwise", 7: b"laid out"}))


def worker(installation: SmallInstallation, partition: int, rulebook: Rulebook | None = None) -> Adjudicator:
    return Adjudicator(installation.ledger, partition, rulebook or installation.rulebook)


async def test_a_worker_writes_states_of_an_earlier_shape_anew_before_it_decides(
    installation: SmallInstallation,
):
    """Byte for byte those that stood there, whether or not anything has arrived; the next event is decided on them."""
    before = await all_states(installation)
    heads = [await installation.ledger.head(partition) for partition in range(PARTITIONS)]
    await store(installation, earlier(before))
    workers = [worker(installation, partition) for partition in range(PARTITIONS)]
    for one in workers:
        await one.step()
    assert await all_states(installation) == before
    assert [await installation.ledger.head(partition) for partition in range(PARTITIONS)] == heads
    late = Life(niks(9)[0])
    late.documents = []
    await installation.admit(late.objected("A-0"))
    for one in workers:
        await one.step()
    result = await audited(installation)
    assert ([str(finding) for finding in result.findings], result.explained) == ([], ())


async def test_what_was_written_anew_already_stays_where_a_worker_was_killed_in_between(
    installation: SmallInstallation,
):
    """States of both shapes beside each other: only the earlier ones are written."""
    before = await all_states(installation)
    half = dict(list(before.items())[::2])
    await store(installation, earlier(half))
    for partition in range(PARTITIONS):
        await worker(installation, partition).step()
    assert await all_states(installation) == before


async def test_the_auditor_does_not_take_another_shape_for_a_changed_state(installation: SmallInstallation):
    """It says how many there are and who will write them anew; a state of today's shape is still compared."""
    before = await all_states(installation)
    person, *rest = sorted(before)
    await store(installation, earlier([person]))
    result = await audited(installation)
    assert result.ok
    assert "1 stored states" in result.explained[0].what
    state = decode_state(before[rest[0]])
    await store(installation, {rest[0]: encode_state(replace(state, enrolled=not state.enrolled))})
    assert "state" in {finding.check for finding in (await audited(installation)).findings}


async def test_states_of_a_later_version_stop_a_worker(installation: SmallInstallation):
    """It decides nothing and says which version is needed."""
    before = await all_states(installation)
    later = {
        person: replace(state, body=bytes([SHAPE + 1]) + state.body[1:]) for person, state in before.items()
    }
    await store(installation, later)
    somewhere, *_ = [p for p in range(PARTITIONS) if await installation.ledger.state_marks(p)]
    with pytest.raises(ShapeError, match="later version"):
        await worker(installation, somewhere).step()
    assert await all_states(installation) == later


async def test_what_cannot_be_repeated_is_not_written_anew(installation: SmallInstallation, tmp_path: Path):
    """Where the rulebook that decided is not at hand the partition stops, rather than guess what was ordered."""
    before = await all_states(installation)
    judged = {person for person, state in before.items() if decode_state(state).claims}
    await store(installation, earlier(before))
    other = changed(tmp_path, JKM_DEATH)
    for partition in range(PARTITIONS):
        if judged & (await installation.ledger.state_marks(partition)).keys():
            with pytest.raises(CorruptedError, match="cannot be repeated"):
                await worker(installation, partition, other).step()
    marks = await all_states(installation)
    assert {shape_of(marks[person].body) for person in judged} == {0}
