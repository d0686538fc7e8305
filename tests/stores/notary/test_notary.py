"""The notary against a real server: whoever dies where, and however many there are, there is one log and it never forks."""

from __future__ import annotations

import os
import shutil
from itertools import count
from pathlib import Path

import pytest
from redis.asyncio import Redis

from projections.checkpoint import DivergedError
from services.ledger.log_head import LogHead, LogHeadConflictError, LogHeads
from services.notary.kept_checkpoints import KeptCheckpoints
from services.notary.log import Log
from services.notary.notary import BATCH, BrokenLogError, pause_after
from services.notary.streams import TrailDivergedError
from services.notary.writer import LogInUseError, LogWriter
from tests.memory_ledger import MemoryLedger
from tests.stores.notary.installation import PARTITIONS, SmallInstallation


@pytest.fixture
async def house(valkey: Redis, tmp_path: Path) -> SmallInstallation:
    """An empty installation."""
    return await SmallInstallation.create(valkey, tmp_path / "log")


class Killed(BaseException):
    """The process ends here."""


class Killing:
    """Ends the process before the call of a number of everything that is written, from 1 on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begin(0)
        for owner, name in (
            (os, "fsync"),
            (Path, "replace"),
            (Path, "mkdir"),
            (Path, "unlink"),
            (shutil, "rmtree"),
            (os, "truncate"),
        ):
            monkeypatch.setattr(owner, name, self._counted(getattr(owner, name)))
        monkeypatch.setattr(LogHeads, "move", self._moving(LogHeads.move))

    def begin(self, at: int) -> None:
        """Kill at the call of this number; at none with 0."""
        self.at, self.calls = at, count(1)

    def _reached(self) -> None:
        if next(self.calls) == self.at:
            raise Killed

    def _counted(self, original):
        def call(*args, **kwargs):
            self._reached()
            return original(*args, **kwargs)

        return call

    def _moving(self, original):
        async def move(*args):
            self._reached()
            await original(*args)
            self._reached()

        return move


@pytest.fixture
def killing(monkeypatch: pytest.MonkeyPatch) -> Killing:
    """What ends processes."""
    return Killing(monkeypatch)


async def test_an_empty_installation_has_an_empty_log(house: SmallInstallation):
    """Its checkpoint says that nothing was recorded yet."""
    notary = await house.open()
    given = await house.caught_up(notary)
    assert (given.origin, given.size, set(given.heads)) == (
        "kelambu/one/log-1",
        0,
        {"ledger/0", "ledger/1", "trail"},
    )
    await house.check()


async def test_everything_recorded_stands_in_the_log_once(house: SmallInstallation):
    """Over several steps, more than a tile, and restarts between; what a checkpoint covers is told."""
    sealed = 0
    for counts in ((3, 1), (0, 0), (600, 700), (0, 1), (254, 2)):
        notary = await house.open()
        await house.record(*counts, records=2)
        while await notary.take(house.ledger, house.trail):
            sealed += await notary.seal()
            house.look()
        sealed += await notary.seal()
        notary.close()
        await house.check()
    assert sealed == house.look().size == 600 + 700 + 3 + 1 + 1 + 254 + 2 + 10


async def test_it_says_whether_more_follows(house: SmallInstallation):
    """Of any stream, so that it goes on taking before it seals."""
    notary = await house.open()
    await house.record(BATCH + 1, 3)
    told = [(await notary.take(house.ledger, house.trail), notary.behind) for _ in range(3)]
    assert told == [(BATCH + 3, True), (1, False), (0, False)]


@pytest.mark.parametrize(
    ("sealing", "pause"), [(0.0, 0.2), (0.01, 0.2), (0.03, 0.3), (0.05, 0.5), (9.0, 0.5)]
)
def test_sealing_takes_a_tenth_of_the_time(sealing: float, pause: float):
    """Where it takes long, the next checkpoint waits, but no more than half a second; never less than a fifth."""
    assert pause_after(sealing) == pytest.approx(pause)


async def test_nothing_new_gives_no_new_checkpoint(house: SmallInstallation):
    """The file of the last one stays as it is."""
    await house.record(1, 1)
    notary = await house.open()
    await house.caught_up(notary)
    written = (house.directory / "checkpoint").stat()
    assert (await notary.take(house.ledger, house.trail), await notary.seal()) == (0, 0)
    assert (house.directory / "checkpoint").stat() == written


@pytest.mark.parametrize(("first", "then"), [((0, 0), (2, 1)), ((3, 2), (1, 3)), ((250, 3), (4, 1))])
async def test_it_may_die_before_everything_that_it_writes(
    house: SmallInstallation, killing: Killing, first: tuple[int, int], then: tuple[int, int]
):
    """Each time the next one goes on, without a fork, a gap or an event twice; so it may die while it begins, too."""
    await house.record(*first, records=1)
    (await opened_and_caught_up(house)).close()
    await house.record(*then, records=1)
    before = house.copied(house.directory.with_name("before"))
    head, given = await house.heads.read(), dict(house.given)
    for at in range(1, 1000):
        shutil.rmtree(house.directory)
        shutil.copytree(before, house.directory)
        await house.heads.begin(head.origin)
        await house.heads.move(LogHead(head.origin), head)
        house.given = dict(given)
        killing.begin(at)
        ended = await killed_or_done(house)
        for again in (at // 2 or 1, 0):
            killing.begin(again)
            ended = await killed_or_done(house) and ended
        killing.begin(0)
        await house.check()
        if ended:
            return
    raise AssertionError("it was killed each time")


async def opened_and_caught_up(house: SmallInstallation):
    """A notary that has nothing more to do."""
    notary = await house.open()
    try:
        await house.caught_up(notary)
    except BaseException:
        notary.close()
        raise
    return notary


async def killed_or_done(house: SmallInstallation) -> bool:
    """Let a notary work until it is killed; tells whether it came to its end. What it has given out is remembered."""
    try:
        (await opened_and_caught_up(house)).close()
    except Killed:
        if (house.directory / "checkpoint").exists():
            house.look()
        return False
    return True


async def test_two_notaries_of_one_directory_cannot_be(house: SmallInstallation):
    """The second is refused while the first lives."""
    notary = await house.open()
    with pytest.raises(LogInUseError):
        await house.open()
    notary.close()
    (await house.open()).close()


async def test_two_notaries_with_copies_of_the_directory_never_fork(house: SmallInstallation, tmp_path: Path):
    """Both take what follows; whoever moves the head first gives out a checkpoint, the other none, and never again."""
    await house.record(5, 5)
    first = await opened_and_caught_up(house)
    second = await house.open(house.copied(tmp_path / "copy"))
    await house.record(2, 3)
    assert await second.take(house.ledger, house.trail) == 5
    await house.record(1, 0)
    assert await first.take(house.ledger, house.trail) == 6
    await first.seal()
    with pytest.raises(LogHeadConflictError):
        await second.seal()
    second.close()
    assert Log(tmp_path / "copy").checkpoint() == house.given[10]
    with pytest.raises(BrokenLogError, match="does not reach"):
        await house.open(tmp_path / "copy")
    await house.check()


async def test_a_directory_that_was_rolled_back_is_refused(house: SmallInstallation, tmp_path: Path):
    """Also one that is empty: the server knows that there is more."""
    await house.record(5, 5)
    (await opened_and_caught_up(house)).close()
    older = house.copied(tmp_path / "older")
    await house.record(300, 0)
    (await opened_and_caught_up(house)).close()
    for place in (older, tmp_path / "new"):
        with pytest.raises(BrokenLogError, match="does not reach the 310 entries"):
            await house.open(place)


async def test_a_server_that_was_rolled_back_is_refused(house: SmallInstallation):
    """Where it knows less of the log than was given out, nothing is signed."""
    await house.record(5, 5)
    (await opened_and_caught_up(house)).close()
    for head in (LogHead("kelambu/one/log-1", 3, b"\x01" * 32), LogHead("kelambu/one/log-2")):
        await house.heads.begin(head.origin)
        await house.heads.move(LogHead(head.origin), head)
        with pytest.raises(BrokenLogError, match="an older copy"):
            await house.open()


async def test_a_log_whose_entries_were_changed_is_refused(house: SmallInstallation):
    """In the last bundle it shows at the start; the checkpoint that the log was given out with stays."""
    await house.record(5, 5)
    (await opened_and_caught_up(house)).close()
    bundle = house.directory / "tile/entries/000.p/10"
    content = bundle.read_bytes()
    bundle.write_bytes(content.replace(b'"says":"5-0"', b'"says":"5-9"'))
    with pytest.raises(BrokenLogError, match="is not the one that was given out"):
        await house.open()
    bundle.write_bytes(content)
    (await house.open()).close()


async def test_a_checkpoint_of_another_key_is_refused(house: SmallInstallation):
    """Whoever put it there."""
    (await opened_and_caught_up(house)).close()
    note = (house.directory / "checkpoint").read_text()
    name, _, signature = note.strip().rpartition(" ")
    (house.directory / "checkpoint").write_text(f"{name} {signature[:-8]}AAAAAAA=\n")
    with pytest.raises(BrokenLogError, match="signed by no key"):
        await house.open()


async def test_what_can_be_made_from_the_entries_is_made_again(house: SmallInstallation):
    """Partial tiles that a fall of the machine has emptied, and the indices by position."""
    await house.record(300, 20, records=3)
    (await opened_and_caught_up(house)).close()
    for file in house.directory.glob("tile/[0-9]/*.p/*"):
        file.write_bytes(b"")
    shutil.rmtree(house.directory / "index")
    (await opened_and_caught_up(house)).close()
    await house.check()


@pytest.mark.parametrize("kept", [(2, 5), (0, 5), (5, 3)])
async def test_a_ledger_that_went_back_is_noticed(house: SmallInstallation, kept: tuple[int, int]):
    """Cut in one partition, or begun anew with other events: nothing is taken from it."""
    await house.record(5, 5)
    notary = await opened_and_caught_up(house)
    house.ledger = MemoryLedger(PARTITIONS)
    await house.record(*kept)
    with pytest.raises(DivergedError):
        await notary.take(house.ledger, house.trail)
    assert (await notary.seal(), house.look().size) == (0, 10)


async def test_a_trail_that_went_back_is_noticed(house: SmallInstallation, valkey: Redis):
    """Its records stand under the same log."""
    await house.record(0, 0, records=3)
    notary = await opened_and_caught_up(house)
    await valkey.delete("{audit}:trail", "{audit}:head")
    with pytest.raises(TrailDivergedError, match="older-trail"):
        await notary.take(house.ledger, house.trail)


async def test_checkpoints_are_kept_sparsely(house: SmallInstallation, monkeypatch: pytest.MonkeyPatch):
    """One a minute of the last hour, one an hour of two days, one a day before."""
    notary = await opened_and_caught_up(house)
    now, sizes = 1_800_000_000.0, list[int]()
    monkeypatch.setattr("services.notary.notary.time.time", lambda: now)
    for minute in range(0, 3 * 24 * 60, 40):
        now = 1_800_000_000.0 + minute * 60
        await house.record(1, 0)
        await notary.take(house.ledger, house.trail)
        await notary.seal()
        sizes.append(house.look().size)
    kept = KeptCheckpoints(house.directory).sizes()
    assert kept[-3:] == sizes[-3:]
    assert len(kept) <= 2 * 24 + 6 < len(sizes) / 1.9


async def test_a_writer_that_opens_a_foreign_lock_lets_go_of_it(tmp_path: Path):
    """So that it can be tried again in the same process."""
    first = LogWriter(tmp_path)
    for _ in range(2):
        with pytest.raises(LogInUseError):
            LogWriter(tmp_path)
    first.close()
    LogWriter(tmp_path).close()
