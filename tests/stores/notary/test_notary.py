"""The notary against a real server.

Whoever dies where, and however many there are, there is one log and it never forks.
"""

from __future__ import annotations

import os
import shutil
from itertools import count
from pathlib import Path

import pytest
from redis.asyncio import Redis

from projections.checkpoint import DivergedError
from services.ledger.log_head import LogHead, LogHeadConflictError, LogHeads
from services.notary.checkpoint_publisher import BATCH, BrokenLogError, pause_after
from services.notary.kept_checkpoints import KeptCheckpoints
from services.notary.log import Log
from services.notary.streams import TrailDivergedError
from services.notary.writer import LogInUseError, LogWriter
from tests.memory_ledger import MemoryLedger
from tests.stores.notary.installation import PARTITIONS, SmallInstallation


@pytest.fixture
async def installation(valkey: Redis, tmp_path: Path) -> SmallInstallation:
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


async def test_an_empty_installation_has_an_empty_log(installation: SmallInstallation):
    """Its checkpoint says that nothing was recorded yet."""
    notary = await installation.open()
    given = await installation.caught_up(notary)
    assert (given.origin, given.size, set(given.heads)) == (
        "kelambu/one/log-1",
        0,
        {"ledger/0", "ledger/1", "trail"},
    )
    await installation.check()


async def test_everything_recorded_stands_in_the_log_once(installation: SmallInstallation):
    """Over several steps, more than a tile, and restarts between; what a checkpoint covers is told."""
    sealed = 0
    for counts in ((3, 1), (0, 0), (600, 700), (0, 1), (254, 2)):
        notary = await installation.open()
        await installation.record(*counts, records=2)
        while await notary.take(installation.ledger, installation.trail):
            sealed += await notary.seal()
            installation.look()
        sealed += await notary.seal()
        notary.close()
        await installation.check()
    assert sealed == installation.look().size == 600 + 700 + 3 + 1 + 1 + 254 + 2 + 10


async def test_it_says_whether_more_follows(installation: SmallInstallation):
    """Of any stream, so that it goes on taking before it seals."""
    notary = await installation.open()
    await installation.record(BATCH + 1, 3)
    told = [(await notary.take(installation.ledger, installation.trail), notary.behind) for _ in range(3)]
    assert told == [(BATCH + 3, True), (1, False), (0, False)]


@pytest.mark.parametrize(
    ("sealing", "pause"), [(0.0, 0.2), (0.01, 0.2), (0.03, 0.3), (0.05, 0.5), (9.0, 0.5)]
)
def test_sealing_takes_a_tenth_of_the_time(sealing: float, pause: float):
    """Where it takes long, the next checkpoint waits, but no more than half a second; never less than a fifth."""
    assert pause_after(sealing) == pytest.approx(pause)


async def test_nothing_new_gives_no_new_checkpoint(installation: SmallInstallation):
    """The file of the last one stays as it is."""
    await installation.record(1, 1)
    notary = await installation.open()
    await installation.caught_up(notary)
    written = (installation.directory / "checkpoint").stat()
    assert (await notary.take(installation.ledger, installation.trail), await notary.seal()) == (0, 0)
    assert (installation.directory / "checkpoint").stat() == written


@pytest.mark.parametrize(("first", "then"), [((0, 0), (2, 1)), ((3, 2), (1, 3)), ((250, 3), (4, 1))])
async def test_it_may_die_before_everything_that_it_writes(
    installation: SmallInstallation, killing: Killing, first: tuple[int, int], then: tuple[int, int]
):
    """Each time the next one goes on, without a fork, a gap or an event twice; so it may die while it begins, too."""
    await installation.record(*first, records=1)
    (await opened_and_caught_up(installation)).close()
    await installation.record(*then, records=1)
    before = installation.copied(installation.directory.with_name("before"))
    head, given = await installation.heads.read(), dict(installation.given)
    for at in range(1, 1000):
        shutil.rmtree(installation.directory)
        shutil.copytree(before, installation.directory)
        await installation.heads.begin(head.origin)
        await installation.heads.move(LogHead(head.origin), head)
        installation.given = dict(given)
        killing.begin(at)
        ended = await killed_or_done(installation)
        for again in (at // 2 or 1, 0):
            killing.begin(again)
            ended = await killed_or_done(installation) and ended
        killing.begin(0)
        await installation.check()
        if ended:
            return
    raise AssertionError("it was killed each time")


async def opened_and_caught_up(installation: SmallInstallation):
    """A notary that has nothing more to do."""
    notary = await installation.open()
    try:
        await installation.caught_up(notary)
    except BaseException:
        notary.close()
        raise
    return notary


async def killed_or_done(installation: SmallInstallation) -> bool:
    """Let a notary work until it is killed; tells whether it came to its end. What it has given out is remembered."""
    try:
        (await opened_and_caught_up(installation)).close()
    except Killed:
        if (installation.directory / "checkpoint").exists():
            installation.look()
        return False
    return True


async def test_two_notaries_of_one_directory_cannot_be(installation: SmallInstallation):
    """The second is refused while the first lives."""
    notary = await installation.open()
    with pytest.raises(LogInUseError):
        await installation.open()
    notary.close()
    (await installation.open()).close()


async def test_two_notaries_with_copies_of_the_directory_never_fork(
    installation: SmallInstallation, tmp_path: Path
):
    """Both take what follows; whoever moves the head first gives out a checkpoint, the other none, and never again."""
    await installation.record(5, 5)
    first = await opened_and_caught_up(installation)
    second = await installation.open(installation.copied(tmp_path / "copy"))
    await installation.record(2, 3)
    assert await second.take(installation.ledger, installation.trail) == 5
    await installation.record(1, 0)
    assert await first.take(installation.ledger, installation.trail) == 6
    await first.seal()
    with pytest.raises(LogHeadConflictError):
        await second.seal()
    second.close()
    assert Log(tmp_path / "copy").checkpoint() == installation.given[10]
    with pytest.raises(BrokenLogError, match="does not reach"):
        await installation.open(tmp_path / "copy")
    await installation.check()


async def test_a_directory_that_was_rolled_back_is_refused(installation: SmallInstallation, tmp_path: Path):
    """Also one that is empty: the server knows that there is more."""
    await installation.record(5, 5)
    (await opened_and_caught_up(installation)).close()
    older = installation.copied(tmp_path / "older")
    await installation.record(300, 0)
    (await opened_and_caught_up(installation)).close()
    for place in (older, tmp_path / "new"):
        with pytest.raises(BrokenLogError, match="does not reach the 310 entries"):
            await installation.open(place)


async def test_a_server_that_was_rolled_back_is_refused(installation: SmallInstallation):
    """Where it knows less of the log than was given out, nothing is signed."""
    await installation.record(5, 5)
    (await opened_and_caught_up(installation)).close()
    for head in (LogHead("kelambu/one/log-1", 3, b"\x01" * 32), LogHead("kelambu/one/log-2")):
        await installation.heads.begin(head.origin)
        await installation.heads.move(LogHead(head.origin), head)
        with pytest.raises(BrokenLogError, match="an older copy"):
            await installation.open()


async def test_a_log_whose_entries_were_changed_is_refused(installation: SmallInstallation):
    """In the last bundle it shows at the start; the checkpoint that the log was given out with stays."""
    await installation.record(5, 5)
    (await opened_and_caught_up(installation)).close()
    bundle = installation.directory / "tile/entries/000.p/10"
    content = bundle.read_bytes()
    bundle.write_bytes(content.replace(b'"says":"5-0"', b'"says":"5-9"'))
    with pytest.raises(BrokenLogError, match="is not the one that was given out"):
        await installation.open()
    bundle.write_bytes(content)
    (await installation.open()).close()


async def test_a_checkpoint_of_another_key_is_refused(installation: SmallInstallation):
    """Whoever put it there."""
    (await opened_and_caught_up(installation)).close()
    note = (installation.directory / "checkpoint").read_text()
    name, _, signature = note.strip().rpartition(" ")
    (installation.directory / "checkpoint").write_text(f"{name} {signature[:-8]}AAAAAAA=\n")
    with pytest.raises(BrokenLogError, match="signed by no key"):
        await installation.open()


async def test_what_can_be_made_from_the_entries_is_made_again(installation: SmallInstallation):
    """Partial tiles that a fall of the machine has emptied, and the indices by position."""
    await installation.record(300, 20, records=3)
    (await opened_and_caught_up(installation)).close()
    for file in installation.directory.glob("tile/[0-9]/*.p/*"):
        file.write_bytes(b"")
    shutil.rmtree(installation.directory / "index")
    (await opened_and_caught_up(installation)).close()
    await installation.check()


@pytest.mark.parametrize("kept", [(2, 5), (0, 5), (5, 3)])
async def test_a_ledger_that_went_back_is_noticed(installation: SmallInstallation, kept: tuple[int, int]):
    """Cut in one partition, or begun anew with other events: nothing is taken from it."""
    await installation.record(5, 5)
    notary = await opened_and_caught_up(installation)
    installation.ledger = MemoryLedger(PARTITIONS)
    await installation.record(*kept)
    with pytest.raises(DivergedError):
        await notary.take(installation.ledger, installation.trail)
    assert (await notary.seal(), installation.look().size) == (0, 10)


async def test_a_trail_that_went_back_is_noticed(installation: SmallInstallation, valkey: Redis):
    """Its records stand under the same log."""
    await installation.record(0, 0, records=3)
    notary = await opened_and_caught_up(installation)
    await valkey.delete("{audit}:trail", "{audit}:head")
    with pytest.raises(TrailDivergedError, match="older-trail"):
        await notary.take(installation.ledger, installation.trail)


async def test_checkpoints_are_kept_sparsely(
    installation: SmallInstallation, monkeypatch: pytest.MonkeyPatch
):
    """One a minute of the last hour, one an hour of two days, one a day before."""
    notary = await opened_and_caught_up(installation)
    now, sizes = 1_800_000_000.0, list[int]()
    monkeypatch.setattr("services.notary.checkpoint_publisher.time.time", lambda: now)
    for minute in range(0, 3 * 24 * 60, 40):
        now = 1_800_000_000.0 + minute * 60
        await installation.record(1, 0)
        await notary.take(installation.ledger, installation.trail)
        await notary.seal()
        sizes.append(installation.look().size)
    kept = KeptCheckpoints(installation.directory).sizes()
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
