"""A sample from its frame to its verdict.

Recorded step by step, drawn again without server, and nothing out of turn.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from projections.catalogue import PROJECTIONS
from projections.runner import Runner
from projections.store import Store
from services.cli import main
from services.cli.opening import with_installation
from services.runtime.bootstrap import Installation
from services.runtime.embedded_server import EmbeddedServer
from tests.stores.projections.book import Book

CLAIMS = 60
AMOUNTS = [1_000_000 * (1 + number % 7) for number in range(CLAIMS)]


def book(partitions: int) -> Book:
    """Sixty claims that are ordered and paid, in three districts."""
    told = Book(partitions)
    for number, amount in enumerate(AMOUNTS):
        person, claim = f"~0p{number:02}", f"K-{number:02}"
        told.enrol(person, district=f"16.06.0{1 + number % 3}")
        told.file(person, claim)
        told.assess(person, claim, "due", {("jkm.death", "heir:h1"): amount})
        told.order(person, f"{claim}.1", amount)
        told.release(person, f"{claim}.1")
        told.pay(person, f"{claim}.1", amount)
    return told


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return the directory of an installation whose read models know the book."""
    place = tmp_path_factory.mktemp("samples") / "data"

    async def fill(installation: Installation) -> None:
        with closing(Store(installation.settings.database_url)) as store:
            store.belong(str(installation.identity))
            await Runner(store, book(installation.ledger.partitions), PROJECTIONS).catch_up()

    with_installation(place, fill, create=True)
    server = EmbeddedServer.start(place)
    yield place
    server.stop()


@pytest.fixture
def ask(data: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """Return what a command of samples answers: its exit code, and what it printed."""

    def asked(*words: str) -> tuple[int, str]:
        code = main(["sample", *words, "--data", str(data), "--lang", "en"])
        told = capsys.readouterr()
        return code, told.out + told.err

    return asked


def drawn_again(data: Path, name: str, *words: str, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Return the items that ``sample check`` draws from the file of a frame."""
    assert main(["sample", "check", str(data / "samples" / f"{name}.csv"), *words, "--json"]) == 0
    return [one["item"]["name"] for one in json.loads(capsys.readouterr().out)["drawn"]]


def test_an_attribute_sample_goes_from_freeze_to_verdict(
    data: Path, ask: Callable[..., tuple[int, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    """Each step in its turn, each once, each in the trail; extended, it keeps its items and what was found."""
    days = ("--from", "01-01-2025", "--to", "31-12-2025", "--until", "31-12-2099")
    main(
        [
            "engagement",
            "open",
            "17",
            "--letter",
            "ST-17",
            *days,
            "--district",
            "16.06.01",
            "--data",
            str(data),
        ]
    )
    capsys.readouterr()
    assert "16.06" not in ask("freeze", "wide", "claims", "--tolerable", "50%")[1]
    told = ask("freeze", "wide-17", "claims", "--tolerable", "50%", "--engagement", "17")[1]
    assert "engagement 17" in told
    code, told = ask("freeze", "a", "orders", "--tolerable", "20%", "--strata", "district", "--json")
    frozen = json.loads(told)
    content = (data / "samples" / "a.csv").read_bytes()
    assert code == 0
    assert frozen["frozen"]["frame_sha256"] == hashlib.sha256(content).hexdigest()
    assert frozen["frozen"]["amount"] == sum(AMOUNTS)
    assert ask("draw", "a")[0] == 2
    assert ask("freeze", "a", "claims", "--tolerable", "20%")[0] == 2
    assert ask("seed", "a", "--seed", "847261", "--source", "lottery of 27-11-2026")[0] == 0
    assert "847261" in ask("seed", "a", "--seed", "847262", "--source", "a better one")[1]
    assert ask("evaluate", "a")[0] == 2
    code, told = ask("draw", "a", "--json")
    items = [one["item"]["name"] for one in json.loads(told)["drawn"]]
    size = frozen["frozen"]["size"]
    assert len(items) == size
    assert {one["item"]["stratum"] for one in json.loads(told)["drawn"]} == {
        "16.06.01",
        "16.06.02",
        "16.06.03",
    }
    again = drawn_again(data, "a", "--seed", "847261", "--size", str(size), capsys=capsys)
    assert again == items
    assert ask("examine", "a", *items, "--ok")[0] == 0
    assert ask("evaluate", "a")[0] == 0
    assert ask("examine", "a", items[0], "--error", "no-hash", "--note", "Siti's letter")[0] == 0
    assert ask("examine", "a", "K-99.1", "--ok")[0] == 2
    assert ask("examine", "a", items[0])[0] == 2
    assert ask("examine", "a", "--ok")[0] == 2
    code, told = ask("evaluate", "a", "--json")
    assert (code, json.loads(told)["verdict"], json.loads(told)["errors"]) == (1, "failed", 1)
    assert ask("extend", "a", "--size", str(size))[0] == 2
    larger = json.loads(ask("extend", "a", "--size", str(size + 15), "--json")[1])
    assert set(items) < {one["item"]["name"] for one in larger["drawn"]}
    added = [one["item"]["name"] for one in larger["drawn"] if one["item"]["name"] not in items]
    assert ask("examine", "a", *added, "--ok")[0] == 0
    said = json.loads(ask("evaluate", "a", "--json")[1])
    assert (said["errors"], said["looks"], said["overall_confidence"]) == (1, 2, "9/10")
    assert said["verdict"] == "passed"
    work = json.loads(ask("list", "a", "--json")[1])["items"]
    found = {one["item"]: one for one in work}
    assert found[items[0]]["examined"]["error"] == "no-hash"
    assert found[items[0]]["note"] == "Siti's letter"
    assert found[items[0]]["claim"] == items[0].removesuffix(".1")
    assert main(["trail", "--kind", "sample-extended", "--data", str(data), "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)[0]["record"]["items"]) == 15


def test_a_size_that_no_sample_can_have_is_never_recorded(ask: Callable[..., tuple[int, str]]) -> None:
    """Neither below 1 nor above the items of the frame, whether it is frozen or extended."""
    for size in ("-5", "0", "61"):
        assert (
            "Give --size from 1 to 60."
            in ask("freeze", "no", "orders", "--tolerable", "5%", "--size", size)[1]
        )
    rupiah = ("freeze", "no", "payments", "--method", "monetary-unit", "--tolerable", "5%", "--size", "-1")
    assert "Give --size from 1 to" in ask(*rupiah)[1]
    assert "no sample no;" in ask("draw", "no")[1]
    assert ask("freeze", "e", "orders", "--tolerable", "5%", "--size", "59")[0] == 0
    assert ask("seed", "e", "--seed", "1", "--source", "a die")[0] == 0
    assert ask("draw", "e")[0] == 0
    assert "from 1 to 60" in ask("extend", "e", "--size", "61")[1]


def test_an_unusual_result_is_said_and_an_earlier_one_replaced(ask: Callable[..., tuple[int, str]]) -> None:
    """More than was booked may be a slip; it is recorded all the same, and examined again it counts no more."""
    assert ask("freeze", "u", "orders", "--tolerable", "5%", "--size", "3")[0] == 0
    assert ask("seed", "u", "--seed", "1", "--source", "a die")[0] == 0
    item = json.loads(ask("draw", "u", "--json")[1])["drawn"][0]["item"]["name"]
    code, told = ask("examine", "u", item, "--found", "99.999.999.999")
    assert (code, "Rp99.999.999.999 is more than the Rp" in told, "before" in told) == (0, True, False)
    code, told = ask("examine", "u", item, "--ok")
    assert (code, "is more than" in told, "examined before" in told) == (0, False, True)


def test_an_audit_begins_only_in_the_future_and_with_agencies_that_there_are(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A district of nobody is said; the audit may be of those who come."""

    def begin(number: str, until: str, *words: str) -> tuple[int, str]:
        days = ("--letter", "ST", "--from", "01-01-2024", "--to", "31-12-2024", "--until", until)
        code = main(["engagement", "open", number, *days, *words, "--data", str(data), "--lang", "en"])
        told = capsys.readouterr()
        return code, told.out + told.err

    code, told = begin("21", "31-12-2024")
    assert (code, "31-12-2024, is over" in told, "begun." in told) == (2, True, False)
    code, told = begin("21", "31-12-2099", "--agency", "nobody")
    assert (code, "no agency is registered as nobody" in told) == (2, True)
    code, told = begin("21", "31-12-2099", "--district", "16.06.01", "--district", "99.99.99")
    assert (code, "district 99.99.99" in told, "district 16.06.01" in told) == (0, True, False)
    assert main(["trail", "--engagement", "21", "--data", str(data), "--json"]) == 0
    assert [one["record"]["type"] for one in json.loads(capsys.readouterr().out)] == ["engagement-opened"]


def test_a_monetary_unit_sample_is_projected_in_rupiah(
    data: Path, ask: Callable[..., tuple[int, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    """What lies above the interval is all taken; what was too much is projected, and its limit is told."""
    told = ask(
        "freeze", "m", "payments", "--method", "monetary-unit", "--tolerable", "Rp48.000.000", "--json"
    )
    frozen = json.loads(told[1])["frozen"]
    assert ask("seed", "m", "--seed", "3", "--source", "a die")[0] == 0
    drawn = json.loads(ask("draw", "m", "--json")[1])["drawn"]
    again = drawn_again(
        data,
        "m",
        *("--seed", "3", "--size", str(frozen["size"])),
        *("--method", "monetary-unit", "--above", str(frozen["above"])),
        capsys=capsys,
    )
    assert again == [one["item"]["name"] for one in drawn]
    certain = [one for one in drawn if not one["hits"]]
    assert all(one["item"]["amount"] > frozen["above"] for one in certain)
    assert ask("examine", "m", *again, "--ok")[0] == 0
    said = json.loads(ask("evaluate", "m", "--json")[1])
    assert (said["verdict"], said["projected"], said["amount"]) == ("passed", 0, sum(AMOUNTS))
    assert said["limit"] == said["basic_precision"] <= said["tolerable"] == 48_000_000
    hit = next(one for one in drawn if one["hits"])
    assert ask("examine", "m", hit["item"]["name"], "--found", "0")[0] == 0
    code, told_again = ask("evaluate", "m", "--json")
    more = json.loads(told_again)
    assert more["limit"] > said["limit"]
    assert more["overstated"] == hit["item"]["amount"]
    assert code == (0 if more["verdict"] == "passed" else 1)


def test_a_frame_that_is_another_is_refused(data: Path, ask: Callable[..., tuple[int, str]]) -> None:
    """One rupiah more, or no file and another ledger: nothing is drawn from it."""
    assert ask("freeze", "f", "claims", "--tolerable", "30%", "--above", "Rp6.500.000")[0] == 0
    assert ask("seed", "f", "--seed", "1", "--source", "a die")[0] == 0
    file = data / "samples" / "f.csv"
    content = file.read_bytes()
    file.write_bytes(content.replace(b"K-00,1000000", b"K-00,1000001"))
    assert "not the frame that was frozen" in ask("draw", "f")[1]
    file.unlink()
    assert "missing" in ask("draw", "f")[1]
    file.write_bytes(content)
    code, told = ask("draw", "f")
    assert (code, f"--sha256 {hashlib.sha256(content).hexdigest()}" in " ".join(told.split())) == (0, True)


@pytest.mark.parametrize("language", ["id", "en"])
def test_every_page_fits_into_80_columns(
    language: str, data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In both languages, each value whole."""
    monkeypatch.setenv("COLUMNS", "80")
    where = ["--data", str(data), "--lang", language]
    for words in (
        ["freeze", f"w-{language}", "orders", "--tolerable", "30%", "--strata", "district", *where],
        ["seed", f"w-{language}", "--seed", "5", "--source", "a die", *where],
        ["draw", f"w-{language}", *where],
        ["examine", f"w-{language}", "K-00.1", "--ok", *where],
        ["list", *where],
        ["list", f"w-{language}", *where],
        ["evaluate", f"w-{language}", *where],
        ["plan", "attribute", "--tolerable", "5%", "--lang", language],
    ):
        main(["sample", *words])
        told = capsys.readouterr().out.replace(str(data), "DATA")
        assert [line for line in told.splitlines() if len(line) > 80 and " " in line.strip()] == []
