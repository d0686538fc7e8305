"""Signs of life: what counts as one, and when they are missed."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from services.platform.heartbeat import (
    SIGNS,
    HeartbeatMonitor,
    beat,
    give_signs,
    interval,
    last_sign,
    note_killed,
    signs_in,
    working,
)
from services.runtime.backoff import pause

SILENCE = 0.5
LOOKS = round(SILENCE / interval(SILENCE))


def looks(watch: HeartbeatMonitor, sign: float | None, times: int) -> list[list[str]]:
    """So many looks at a process that gives no other sign."""
    return [watch.look({"intake-1": sign}) for _ in range(times)]


def test_a_process_is_missed_after_so_many_looks():
    """Not one look earlier; a new sign begins the count anew."""
    watch = HeartbeatMonitor(SILENCE)
    assert looks(watch, 1.0, LOOKS) == [[]] * LOOKS
    assert looks(watch, 2.0, LOOKS) == [[]] * LOOKS
    assert looks(watch, 2.0, 1) == [["intake-1"]]


def test_a_machine_that_was_asleep_has_missed_nobody():
    """However old a sign is when the watcher wakes up: it has taken no look in between."""
    watch = HeartbeatMonitor(SILENCE)
    assert looks(watch, -1e9, LOOKS) == [[]] * LOOKS


def test_a_process_that_starts_has_longer():
    """Until its first sign it is not missed; one that is started again has given none."""
    watch = HeartbeatMonitor(SILENCE)
    looks(watch, 1.0, LOOKS)
    assert looks(watch, None, 20 * LOOKS) == [[]] * 20 * LOOKS
    assert looks(watch, 3.0, LOOKS) == [[]] * LOOKS


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where this process gives its signs."""
    monkeypatch.setenv(SIGNS, str(tmp_path / "intake-1"))
    return tmp_path / "intake-1"


async def signs_stop(place: Path) -> bool:
    """Tell whether no sign follows within twice the silence that is suffered."""
    giving = asyncio.ensure_future(give_signs(SILENCE))
    try:
        for _ in range(4):
            before = last_sign(place)
            await asyncio.sleep(SILENCE)
            if last_sign(place) == before:
                return True
        return False
    finally:
        giving.cancel()


async def test_a_loop_that_stands_still_ends_the_signs(place: Path):
    """The event loop turns, and yet nothing is said while one loop of work has not moved."""

    async def stuck() -> None:
        beat()
        await asyncio.Event().wait()

    loop = asyncio.ensure_future(stuck())
    try:
        assert await signs_stop(place)
    finally:
        loop.cancel()


async def test_a_piece_of_work_that_does_not_end_ends_the_signs(place: Path):
    """As long as it is under way."""
    with working():
        assert await signs_stop(place)
    assert not await signs_stop(place)


async def test_waiting_on_purpose_and_having_ended_are_no_silence(place: Path):
    """A loop that pauses, or is over, is not missed."""

    async def once() -> None:
        beat()

    async def pausing() -> None:
        beat()
        await pause(asyncio.Event(), 60)

    await asyncio.ensure_future(once())
    loop = asyncio.ensure_future(pausing())
    try:
        assert not await signs_stop(place)
    finally:
        loop.cancel()


def test_kills_are_counted_beside_the_signs(tmp_path: Path):
    """By process, however often."""
    (tmp_path / "intake-1").write_text("12.5   ")
    for _ in range(2):
        note_killed(tmp_path / "intake-1")
    assert signs_in(tmp_path) == ({"intake-1": 12.5}, {"intake-1": 2})
