"""The runner: nothing missing, nothing twice, whoever crashes or comes second; a new version takes over whole."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import text

from projections import agencies, claims
from projections.agencies import AGENCIES
from projections.catalogue import PROJECTIONS
from projections.checkpoint import Checkpoint, DivergedError
from projections.compare import compare
from projections.event_batch import EventBatch
from projections.projection import Projection, Rows
from projections.read_model_builds import OutdatedError, OvertakenError
from projections.runner import BrokenLedgerError, Runner
from projections.store import DamagedError, NotBuiltError, Store
from tests.read_models import dump
from tests.stores.projections.book import Book, Entry, Shuffled

PEOPLE = [f"~{partition}{name}" for partition in range(3) for name in ("ani", "budi")]


def _history(claims: int = 12) -> Book:
    book = Book()
    for person in PEOPLE:
        book.enrol(person)
        book.pay_months(person, "2025-01", "2025-03")
    for number in range(claims):
        person = PEOPLE[number % len(PEOPLE)]
        filed = book.file(person, f"K-{number}")
        book.assess(person, f"K-{number}", "due", {("jkm.death", "heir:h1"): 42_000_000}, cause=filed)
        book.order(person, f"K-{number}.1", 42_000_000, cause=filed)
        book.pay(person, f"K-{number}.1", 42_000_000)
    return book


def _rows(store: Store) -> list[object]:
    with store.view() as view:
        return list(dump(view, PROJECTIONS))


def _next(version: Projection) -> Projection:
    return msgspec.structs.replace(version, version=version.version + 1)


async def test_positions_stand_where_the_rows_do(store: Store) -> None:
    """After catching up every live build stands at the head of every partition."""
    book = _history()
    await Runner(store, book, PROJECTIONS, batch=7).catch_up()
    with store.view() as view:
        assert view.positions == {projection.name: book.positions for projection in PROJECTIONS}


@pytest.mark.parametrize("wrong", ["missing", "moved", "mislabelled"])
async def test_gap_stops_the_runner(store: Store, wrong: str) -> None:
    """An event that is not the next one, or says that it stands elsewhere, is refused; nothing of it is applied."""
    book = _history()
    runner = Runner(store, book, PROJECTIONS)
    log = book.logs[1]
    if wrong == "missing":
        del log[2]
    elif wrong == "mislabelled":
        log[2] = Entry(1, 4, log[2].body)
    else:
        log[2] = Entry(1, 3, log[3].body)
    with pytest.raises(BrokenLedgerError) as refused:
        await runner.catch_up()
    assert (refused.value.partition, refused.value.expected) == (1, 3)
    with store.view() as view:
        assert set(view.positions["claims"].values()) == {0}


@pytest.mark.parametrize("how", ["older copy", "older copy that went on", "other event"])
async def test_another_ledger_stops_the_runner(store: Store, how: str) -> None:
    """A ledger without what was seen, or with another event there, is refused and nothing written.

    The right one goes on.
    """
    book = _history()
    runner = Runner(store, book, PROJECTIONS)
    await runner.catch_up()
    before, right = _rows(store), [list(log) for log in book.logs]
    if how == "other event":
        book.logs[1][-1] = Entry(1, len(book.logs[1]), book.logs[1][-1].body.replace(b"2025", b"2024"))
    else:
        del book.logs[1][-5:]
    if how == "older copy that went on":
        for number in range(9):
            book.pay_months(PEOPLE[2], f"2026-0{number + 1}", f"2026-0{number + 1}")
    with pytest.raises(DivergedError) as refused:
        await runner.step()
    assert (refused.value.partition, refused.value.ahead) == (1, how == "older copy")
    assert _rows(store) == before
    book.logs = right
    book.enrol("~1citra")
    await runner.catch_up()
    with store.view() as view:
        assert view.positions["claims"] == book.positions


@pytest.mark.parametrize("how", ["torn", "foreign", "later program"])
async def test_a_store_that_cannot_be_used_is_set_aside(url: str, how: str) -> None:
    """It is told apart from a fault of the machine, and an empty one takes its place.

    Who has it open sees the new one.
    """
    book = _history()
    store, reader = Store(url), Store(url)
    await Runner(store, book, PROJECTIONS).catch_up()
    whole = _rows(store)
    assert _rows(reader) == whole
    expected: type[Exception] = DamagedError
    if how == "foreign":
        _execute(store, "ALTER TABLE projection_position RENAME COLUMN hash TO hsh")
    elif how == "later program":
        _execute(store, "UPDATE projection_build SET version = version + 1")
        expected = OutdatedError
    elif url.startswith("sqlite"):
        store.close()
        reader.close()
        _tear(url)
    else:
        _execute(store, "DROP TABLE projection_position")
        _execute(store, "CREATE TABLE projection_position (projection text)")
    with pytest.raises(expected):
        Runner(store, book, PROJECTIONS)
    assert _kept(store.set_aside(PROJECTIONS)) == url.startswith("sqlite")
    await Runner(store, book, PROJECTIONS).catch_up()
    assert _rows(reader) == whole
    store.close()
    reader.close()


async def test_crash_in_the_middle_of_a_batch_leaves_no_trace(store: Store) -> None:
    """What fails after some projections have written takes their rows back too; the next run continues there."""
    book = _history()

    def crash(rows: Rows, batch: EventBatch) -> None:
        AGENCIES.apply(rows, batch)
        raise ConnectionError("the database went away")

    broken = [*PROJECTIONS[:-1], msgspec.structs.replace(AGENCIES, apply=crash)]
    await Runner(store, book, PROJECTIONS, batch=9).step()
    before = _rows(store)
    with pytest.raises(ConnectionError):
        await Runner(store, book, broken, batch=9).step()
    assert _rows(store) == before
    await Runner(store, book, PROJECTIONS, batch=9).catch_up()
    assert await compare(store, book, PROJECTIONS) == []


async def test_second_runner_cannot_apply_the_same_batch(store: Store, url: str) -> None:
    """Of two runners that read the same positions one wins; the other writes nothing."""
    book = _history()
    runner = Runner(store, book, [AGENCIES])
    (seen,) = store.builds()
    await runner.catch_up()
    before = agencies_of(store)
    other = Store(url)
    with pytest.raises(OvertakenError):
        other.apply([(AGENCIES, seen)], {0: Checkpoint(1, "")}, EventBatch([]))
    other.close()
    assert agencies_of(store) == before


def agencies_of(store: Store) -> list[agencies.Sort]:
    with store.view() as view:
        return agencies.admitted(view)


async def test_two_runners_at_once_tell_everything_once(store: Store, url: str) -> None:
    """Two runners on one store, in any turn, leave the rows of one."""
    book = _history(60)
    other = Store(url)
    runners = [
        Runner(s, Shuffled(book, random.Random(seed)), PROJECTIONS) for seed, s in enumerate((store, other))
    ]
    await asyncio.gather(*(runner.catch_up() for runner in runners))
    other.close()
    assert await compare(store, book, PROJECTIONS) == []
    with store.view() as view:
        assert view.positions["claims"] == book.positions
        assert len(claims.claims(view)) == 60


async def test_runners_that_share_the_partitions_leave_the_rows_of_one(store: Store, url: str) -> None:
    """Beside live rows a build grows by several runners, each of its own partitions, in any turn.

    One that takes all ends it.
    """
    book = _history(60)
    await Runner(store, book, PROJECTIONS, batch=30).step()
    for projection in PROJECTIONS:
        store.rebuild(projection, book.partitions)
    others = [Store(url) for _ in range(book.partitions)]
    shares = [
        Runner(s, Shuffled(book, random.Random(p)), PROJECTIONS, batch=9, partitions=(p,))
        for p, s in enumerate(others)
    ]
    await asyncio.gather(*(runner.catch_up() for runner in shares))
    for other in others:
        other.close()
    await Runner(store, book, PROJECTIONS).catch_up()
    assert await compare(store, book, PROJECTIONS) == []
    assert [(build.live, build.positions) for build in store.builds()] == [(True, book.positions)] * len(
        PROJECTIONS
    )


async def test_what_others_did_between_two_steps_is_seen(store: Store, url: str) -> None:
    """A busy runner takes nothing twice that another took, and takes a build along that somebody asked for meanwhile."""
    book = _history(60)
    other = Store(url)
    busy, second = Runner(store, book, PROJECTIONS, batch=9), Runner(other, book, PROJECTIONS, batch=9)
    await busy.step()
    await second.step()
    before = _rows(store)
    await busy.step()
    assert _rows(store) == before
    other.rebuild(AGENCIES, book.partitions)
    other.close()
    await busy.step()
    await busy.step()
    (grown,) = [build for build in store.builds() if not build.live]
    assert any(grown.positions.values())
    await busy.catch_up()
    assert await compare(store, book, PROJECTIONS) == []
    assert [build.number for build in store.builds() if build.projection == "agencies"] == [2]


class Ending(Book):
    """A book that tells the runner to stop while a batch is on its way to it."""

    def __init__(self) -> None:
        super().__init__()
        self.stop = asyncio.Event()

    async def follow(
        self, after: Mapping[int, int], limit: int, block_ms: int
    ) -> Mapping[int, Sequence[Entry]]:
        self.stop.set()
        return await super().follow(after, limit, block_ms)


async def test_run_finishes_the_batch_in_hand(store: Store) -> None:
    """A projector that is told to stop applies what it has just read, and ends."""
    book = Ending()
    book.enrol("~0ani")
    runner = Runner(store, book, PROJECTIONS)
    await runner.run(book.stop)
    with store.view() as view:
        assert view.positions["agencies"] == book.positions


async def test_a_step_says_whether_more_is_there_already(store: Store) -> None:
    """Also where one partition alone has more than its share of a batch, and no longer once all is applied."""
    book = _history()
    share = max(book.positions.values()) - 1
    runner = Runner(store, book, PROJECTIONS, batch=share * len(book.positions))
    await runner.step()
    assert runner.has_backlog
    await runner.catch_up()
    assert not runner.has_backlog


async def test_new_version_takes_over_when_it_has_caught_up(store: Store) -> None:
    """While the next version is built, the one before answers; then the next does, and the old tables are gone."""
    book = _history()
    await Runner(store, book, PROJECTIONS).catch_up()
    newer = _next(AGENCIES)
    runner = Runner(store, book, [newer], batch=6)
    await runner.step()
    before = agencies_of(store)
    assert before
    with store.view() as view, pytest.raises(NotBuiltError):
        view.table(newer, newer.tables[0])
    await runner.catch_up()
    with store.view() as view:
        assert view.table(newer, newer.tables[0]).name == "agencies_2"
        assert view.positions["agencies"] == book.positions
        with pytest.raises(NotBuiltError):
            view.table(AGENCIES, AGENCIES.tables[0])
    assert [build.version for build in store.builds() if build.projection == "agencies"] == [newer.version]
    assert not _has_table(store, "agencies_1")


async def test_older_program_is_refused_after_the_takeover(store: Store) -> None:
    """A program that knows only the old version does not begin to build it again."""
    book = _history()
    await Runner(store, book, [_next(AGENCIES)]).catch_up()
    with pytest.raises(OutdatedError):
        Runner(store, book, [AGENCIES])


async def test_rebuild_grows_beside_the_live_rows(store: Store) -> None:
    """Wrong rows answer until the rebuild has caught up and are gone then; the ledger may grow meanwhile."""
    book = _history()
    runner = Runner(store, book, PROJECTIONS, batch=12)
    await runner.catch_up()
    live = store.builds()[0].number
    _spoil(store)
    store.rebuild(PROJECTIONS[0], book.partitions)
    store.rebuild(PROJECTIONS[0], book.partitions)  # asked for twice, built once
    await runner.step()
    with store.view() as view:
        assert {claim.status for claim in claims.claims(view)} == {"spoilt"}
    book.file(PEOPLE[0], "K-99")
    await runner.catch_up()
    assert [b.number for b in store.builds() if b.projection == "claims"] == [live + 1]
    assert await compare(store, book, PROJECTIONS) == []
    with store.view() as view:
        assert {claim.status for claim in claims.claims(view)} == {"paid", "waiting"}


async def test_takeover_survives_a_crash_before_it(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A runner that dies between catching up and taking over leaves the takeover to the next one."""
    book = _history()
    runner = Runner(store, book, PROJECTIONS)
    await runner.catch_up()
    store.rebuild(PROJECTIONS[0], book.partitions)
    with monkeypatch.context() as broken:
        broken.setattr(Store, "take_over", _crash)
        with pytest.raises(ConnectionError):
            await runner.catch_up()
    await Runner(store, book, PROJECTIONS).catch_up()
    assert [build.number for build in store.builds() if build.projection == "claims"] == [2]


async def test_compare_names_the_first_row_that_differs(store: Store) -> None:
    """A row that was changed by hand is found, with what it should be; so is one that is missing."""
    book = _history()
    await Runner(store, book, PROJECTIONS).catch_up()
    assert await compare(store, book, PROJECTIONS) == []
    _spoil(store)
    (found,) = await compare(store, book, PROJECTIONS)
    assert (found.projection, found.table) == ("claims", "claims")
    assert found.live is not None
    assert found.rebuilt is not None
    assert found.live[:3] == ("K-0", 1, "spoilt")
    assert found.rebuilt[:3] == ("K-0", 1, "paid")
    _execute(store, "DELETE FROM claims_1 WHERE claim = 'K-0'")
    (found,) = await compare(store, book, PROJECTIONS)
    assert (found.live, found.rebuilt and found.rebuilt[0]) == (None, "K-0")


def _tear(url: str) -> None:
    Path(url.removeprefix("sqlite:///")).write_bytes(b"this is no database" * 1000)


def _kept(place: str) -> bool:
    return bool(place) and Path(place).exists()


def _crash(*_: object) -> None:
    raise ConnectionError("killed")


def _spoil(store: Store) -> None:
    _execute(store, "UPDATE claims_1 SET status = 'spoilt'")


def _execute(store: Store, sql: str) -> None:
    with store._database.engine.begin() as connection:
        connection.execute(text(sql))


def _has_table(store: Store, name: str) -> bool:
    with store._database.engine.connect() as connection:
        return connection.dialect.has_table(connection, name)
