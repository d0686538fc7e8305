"""A handle gives the same number for ever: after thousands of events, a rebuild, and a backup that was brought back."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest
from msgspec.structs import replace
from redis.asyncio import Redis

from projections.catalogue import PROJECTIONS
from projections.runner import Runner
from projections.store import Store
from services.audit_trail.records import FigureRecorded, FindingOpened, QueryRun
from services.audit_trail.trail import append, append_all, read
from services.backup.backup import backup
from services.backup.restore import restore
from services.book.cut import Cut, cut_within, last_cut
from services.book.read_models_as_of import Book
from services.explanation.lookup import Lookup
from services.figures.again import FigureAgain, ask_again
from services.figures.bridge import OF_NO_CLAIM
from services.figures.figure import (
    OF_ONE_PERSON,
    FigureError,
    at_cut,
    figure,
    find,
    handle,
    looked_at,
    read_handle,
)
from services.figures.queries import QUERIES, AskedBook, Sources
from services.figures.sql import question_tag
from services.ledger.claim_routes import Routes
from services.ledger.partitions import partition_of
from services.sealing.keystore import KeyStore
from tests.lives import Life, heir
from tests.small_installation import SmallInstallation, niks

PARTITIONS = 2
EVENTS = int(os.environ.get("FIGURE_EVENTS", "2000"))
"""How many events come after the figures were shown."""
PORTION = 500
SQL = "SELECT claim, entitled FROM claims"
ASKED = {
    "agencies": {},
    "agency report": {"agency": "dinsos", "on": "2026-09-01"},
    "claim": {"claim": "A-1"},
    "claims": {"status": "ordered", "filed_from": "2020-01-01"},
    "controls": {"on": "2027-01-01"},
    "coverage": {"by": "month", "from": "2025-12", "to": "2026-06"},
    "deadlines": {"on": "2026-09-01", "agency": "dinsos"},
    "diff": {"since": "0:0,1:0"},
    "diff NUMBER": {"claim": "A-1", "since": "0:0,1:0"},
    "exceptions": {"on": "2027-01-01", "district": "16.06.01"},
    "explain": {"claim": "A-1"},
    "findings list": {"trail": "1"},
    "overview": {"on": "2026-09-01", "from": "2025-12", "to": "2026-06"},
    "payments made": {"from": "2025-01-01"},
    "payments due": {"on": "2026-09-01"},
    "payments sums": {},
    "person": {"person": "A-1"},
    "recall": {"agency": "dinsos"},
    "scholarships": {"on": "2026-09-01"},
    "scholarships NUMBER": {"on": "2026-09-01", "claim": "A-1"},
    "sql": {"question": SQL, "language": "en"},
}
"""A question of each query but of samples; a person is named by a claim, and SQL as it is, until they have their
tokens."""
NOTHING = {"payments made", "scholarships", "scholarships NUMBER"}
"""Of what there is nothing in this installation: nothing is paid, and nobody goes to school."""
STAYS = {"findings list", "diff NUMBER", "scholarships NUMBER", *OF_ONE_PERSON}
"""What later events of other persons do not move."""


def death(nik: str, claim: str) -> Life:
    """A participant who died; 42 million are due to one heir."""
    return Life(nik).insured().filed(claim).died(claim=claim).heirs(heir(), claim=claim)


async def many_more(installation: SmallInstallation) -> None:
    """Thousands of contributions, of persons in either partition; so many that what follows them is another book."""
    for number, nik in enumerate(niks(9 + -(-EVENTS // PORTION))[9:]):
        life = Life(nik).enrolled()
        for event in range(PORTION):
            life.paid_months("2026-01", "2026-01", id=f"many-{number}-{event}")
        await installation.live(life)


@pytest.fixture
async def installation(valkey: Redis, tmp_path: Path) -> SmallInstallation:
    """An installation with two deaths, and a finding."""
    installation = await SmallInstallation.opened(valkey, tmp_path / "here", PARTITIONS)
    await installation.live(death(niks(9)[0], "A-1"), death(niks(9)[1], "A-2"))
    opened = FindingOpened(finding="T-0001", control="paid-twice", items=("H-1",), amount=42_000_000)
    await append(installation, opened, by="Dewi")
    await append(installation, QueryRun(sql=SQL, rows=2, seconds=0.1), by="Dewi")
    return installation


async def sources(installation: SmallInstallation) -> Sources:
    """Where its figures can be asked again."""
    routes, rulebook = Routes(installation.client), installation.rulebook
    lookup = Lookup(routes, installation.ledger, {}, rulebook)
    trail = await read(installation)
    return Sources(installation.ledger, lookup, {}, rulebook, installation.tokens, trail)


async def all_shown(
    installation: SmallInstallation,
    queries: Iterable[str],
    questions: Mapping[str, Mapping[str, str]] = ASKED,
) -> list[FigureRecorded]:
    """What is recorded where somebody asks the read models, which have caught up."""
    last, found = await last_cut(installation.ledger), await sources(installation)
    person = await found.lookup.person("A-1")
    partition = partition_of(person, PARTITIONS)
    known = {"question": question_tag(SQL, installation.tokens), "person": person}
    records = []
    with Store.temporary() as store:
        await Runner(store, installation.ledger, PROJECTIONS).catch_up()
        with store.view() as view:
            for query in queries:
                asked = {name: known.get(name, value) for name, value in questions[query].items()}
                cut = cut_within(partition, last.positions[partition], PARTITIONS)
                cut = cut if query in OF_ONE_PERSON else last
                book = AskedBook(view, cut, None, found, installation.rulebook)
                totals = await QUERIES[query].ask(book, asked)
                records.append(at_cut(cut, None, query, asked, "f00d", totals))
    await append_all(installation, records, by="Dewi")
    return records


async def shown(installation: SmallInstallation, query: str) -> FigureRecorded:
    """What is recorded of one query."""
    return (await all_shown(installation, [query]))[0]


async def asked_of(
    installation: SmallInstallation, query: str, parameters: Mapping[str, str]
) -> FigureRecorded:
    """What is recorded of one query with these parameters."""
    return (await all_shown(installation, [query], {query: parameters}))[0]


async def again(installation: SmallInstallation, name: str) -> FigureAgain:
    """The figure of a handle, asked again."""
    found = await sources(installation)
    return await ask_again(find(found.trail, name), found, await last_cut(installation.ledger))


async def test_a_handle_gives_the_same_number_for_ever(installation: SmallInstallation, tmp_path: Path):
    """And the movement leads from it to today's, sum by sum."""
    before = await all_shown(installation, sorted(ASKED))
    assert {one.query for one in before if not any(one.totals.values())} <= NOTHING
    await installation.live(*(death(nik, f"B-{n}") for n, nik in enumerate(niks(9)[2:])))
    await many_more(installation)
    assert (await last_cut(installation.ledger)).events > EVENTS
    await backup(installation.client, installation.ledger, installation.keys, tmp_path / "backup")
    await installation.client.flushall()
    await restore(
        tmp_path / "backup", installation.client, KeyStore(f"sqlite:///{tmp_path}/there/keys/keys.db")
    )
    other = await SmallInstallation.opened(installation.client, tmp_path / "there", PARTITIONS)
    now = {one.query: one.totals for one in await all_shown(other, sorted(ASKED))}
    for record in before:
        found = await again(other, record.handle)
        assert (found.recorded, found.again, found.same) == (record, record.totals, True)
        assert found.today == now[record.query]
        assert {name: amount + found.movement[name] for name, amount in found.again.items()} == found.today
        moved = [] if record.query in {*STAYS, *OF_NO_CLAIM} else [f"B-{n}" for n in range(7)]
        assert [one.claim for one in found.claims] == moved
        if record.query == "claims":
            moves = [one.movement for one in found.claims]
            assert {name: sum(one[name] for one in moves) for name in found.movement} == found.movement
        if record.query not in {*STAYS, *NOTHING}:
            assert found.today != found.again


async def test_a_figure_moves_by_the_claims_of_its_own_question(installation: SmallInstallation):
    """One that comes to be asked of adds its share, one that is no more takes it back, and no other is named."""
    first = await shown(installation, "claims")
    outside = await asked_of(installation, "claims", {"status": "withdrawn"})
    elsewhere = await asked_of(installation, "deadlines", {"on": "2026-09-01", "agency": "bank"})
    life = death(niks(9)[0], "A-1")
    sent = len(life.lines())
    await installation.admit(life.withdrawn("A-1"), since=sent)
    await installation.live(death(niks(9)[2], "B-1"))
    found = await again(installation, first.handle)
    shares = {one.claim: (one.movement["claims"], one.movement["entitled"]) for one in found.claims}
    assert shares == {"A-1": (-1, -42_000_000), "B-1": (1, 42_000_000)}
    for name in found.movement:
        assert sum(one.movement[name] for one in found.claims) == found.movement[name]
    assert [one.claim for one in (await again(installation, outside.handle)).claims] == ["A-1"]
    assert (await again(installation, elsewhere.handle)).claims == ()


async def test_a_figure_of_one_claim_moves_with_its_claim(installation: SmallInstallation):
    """By the events of that claim, and its place is the partition of its person."""
    names = [one.handle for one in await all_shown(installation, sorted(OF_ONE_PERSON))]
    life = death(niks(9)[0], "A-1")
    sent = len(life.lines())
    await installation.admit(life.filed("A-3").withdrawn("A-1"), since=sent)
    await installation.decide()
    trail = await read(installation)
    for name in names:
        found = await again(installation, name)
        assert found.same
        every = ["A-1", "A-3"] if found.recorded.query == "person" else ["A-1"]
        assert [one.claim for one in found.claims] == every
        assert len(looked_at(find(trail, name)[0][1])) == 1


def test_queries_of_one_person_are_those_that_are_answered_so():
    """Both say of which partition a cut is."""
    assert {name for name, query in QUERIES.items() if query.of == "person"} == OF_ONE_PERSON
    assert {*QUERIES} - {*ASKED} == {"sample evaluate"}


async def test_a_figure_that_comes_to_another_number_is_told(installation: SmallInstallation):
    """As where somebody changed what was recorded of it, or of the book."""
    record = await shown(installation, "payments sums")
    wrong = replace(record, handle="F-0000-0000", totals={**record.totals, "ordered": 1})
    await append(installation, wrong, by="Dewi")
    found = await again(installation, "f-oooo-oooo")
    assert not found.same
    assert found.again == record.totals


async def test_the_same_question_of_the_same_book_has_the_same_handle(installation: SmallInstallation):
    """However often it is shown; where two questions have one handle, neither is answered."""
    first, second = await shown(installation, "payments sums"), await shown(installation, "payments sums")
    assert first == second
    found = await again(installation, first.handle)
    assert (found.shown, found.first) == (2, installation.clock())
    await append(installation, replace(first, query="coverage"), by="Dewi")
    with pytest.raises(FigureError, match="two different questions"):
        await again(installation, first.handle)
    with pytest.raises(FigureError, match="no figure F-ABCD-EFGH"):
        await again(installation, "fabcdefgh")


async def test_read_models_that_are_not_equally_far_give_no_handle(installation: SmallInstallation):
    """Their sums are of no one cut."""
    with Store.temporary() as store:
        await Runner(store, installation.ledger, PROJECTIONS).catch_up()
        await installation.live(death(niks(9)[5], "C-1"))
        await Runner(store, installation.ledger, PROJECTIONS[:1]).catch_up()
        with store.view() as view, pytest.raises(FigureError, match="equally far"):
            figure(Book(view, Cut((1, 1))), "payments sums", {}, "f00d", {})


def test_a_handle_follows_from_the_question():
    """Each part of it counts, and the order of parameters does not; whoever types it may mistake O for 0."""
    asked = ("coverage", {"by": "month", "to": "2026-01"}, Cut((3, 4)), None, "f00d")
    name = handle(*asked)
    assert (
        name
        == handle("coverage", {"to": "2026-01", "by": "month"}, Cut((3, 4)), None, "f00d")
        == "F-9QXH-BDXN"
    )
    others = [
        handle("payments due", *asked[1:]),
        handle("coverage", {"by": "month"}, *asked[2:]),
        handle(*asked[:2], Cut((4, 3)), *asked[3:]),
        handle(*asked[:3], dt.date(2026, 1, 1), "f00d"),
        handle(*asked[:4], "beef"),
    ]
    assert len({name, *others}) == 6
    assert read_handle(name.lower().replace("-", "").replace("0", "o").replace("1", "l")) == name
    assert read_handle("U-2") == "U-2"
