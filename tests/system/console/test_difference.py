"""What changed in the whole book between two moments.

A page that says what the command says, and which moments it takes.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest
from msgspec.structs import asdict

from events.values import JAKARTA
from projections.checkpoint import Checkpoint
from projections.sums import Sums
from services.book.cut import last_cut, recorded_until
from services.cli import main
from services.notary.checkpoint_text import LogCheckpoint
from services.notary.notes import Note, NoteSignature
from tests.consoles import RunningConsole, running_console, secret, settings_of_the_book, settled
from tests.lives import Life, heir
from tests.small_installation import niks
from tests.system.console.test_programme_pages import figures


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunningConsole, str]]:
    """A console over a book of its own, and a position.

    Before it an ordered claim, since then its payment and another claim.
    """
    first, second = niks(2)
    ordered = Life(first).insured().filed("D-1").died(claim="D-1").heirs(heir(), claim="D-1")
    with running_console(Path(tmp_path_factory.mktemp("difference")), ordered) as running:
        earlier = str(running.run(last_cut(running.installation.ledger)))
        paid = Life(first).paid("D-1.1", 42_000_000, "D-1", "D-1-paid")
        running.live(paid, Life(second).insured().filed("D-2"))
        yield running, earlier


@pytest.fixture
def command(
    book: tuple[RunningConsole, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Any]:
    """Asks ``diff`` of the same book; returns what it answers."""
    settings_of_the_book(monkeypatch)

    def said(*options: str) -> Any:
        capsys.readouterr()
        assert main(["diff", *options, "--json", "--data", str(book[0].installation.settings.data)]) == 0
        return json.loads(capsys.readouterr().out)

    return said


def test_with_facts_up_to_a_day_only(book: tuple[RunningConsole, str], command: Callable[..., Any]):
    """What was paid on a later day moved nothing by then, on the page as by the command below it."""
    console, earlier = book
    for day, paid in (("01-01-2026", 0), ("31-12-2099", 42_000_000)):
        page = settled(console.signed_in("auditor"), f"/difference?from={earlier}&true_on={day}").text
        assert f"kelambu diff --known-on {earlier} --true-on {day}</code>" in page
        said = command("--known-on", earlier, "--true-on", day)
        assert figures(page)["movement.paid_by_bank"] == said["movement"]["paid_by_bank"] == paid
        assert said["figure"] in page


def test_what_is_asked_most_is_counted_back_from_the_last_event(
    book: tuple[RunningConsole, str], monkeypatch: pytest.MonkeyPatch
):
    """And not from today, when a book that has ended no longer moves; the links name their days."""
    console, _ = book
    ledger = console.installation.ledger
    last = console.run(recorded_until(ledger, console.run(last_cut(ledger))))
    assert last is not None
    day = last.astimezone(JAKARTA).date()
    monkeypatch.setattr(console.clock, "now", console.clock.now + dt.timedelta(days=400))
    page = console.sign_in(console.nobody(), "auditor").get("/difference").text
    assert f'href="/difference?from={day.replace(day=1) - dt.timedelta(days=1):%d-%m-%Y}">' in page
    assert f'href="/difference?from=31-12-{day.year - 1}">' in page


def test_the_page_says_what_the_command_says(book: tuple[RunningConsole, str], command: Callable[..., Any]):
    """Sums, facts, claims, and the handle; the movements lead from the first sums to the second."""
    console, earlier = book
    page = settled(console.signed_in("auditor"), f"/difference?from={earlier}&sum=paid_by_bank").text
    assert f"kelambu diff --known-on {earlier}</code>" in page
    said, shown = command("--known-on", earlier), figures(page)
    assert said["adds_up"]
    for name in asdict(Sums()):
        before, movement, after = (shown[f"{key}.{name}"] for key in ("before", "movement", "after"))
        assert before + movement == after
        assert (before, movement, after) == tuple(said[key][name] for key in ("before", "movement", "after"))
    assert shown["movement.paid_by_bank"] == shown["facts.paid_by_bank"] == 42_000_000
    assert {kind: shown[f"counts.{kind}"] for kind in ("new", "changed", "gone")} == said["counts"]
    assert said["counts"] == {"new": 1, "changed": 1, "gone": 0}
    assert [(fact["type"], fact["events"], fact["paid_by_bank"]) for fact in said["facts"]] == [
        ("claim.paid", 1, 42_000_000)
    ]
    assert said["figure"] in page
    assert 'id="chart-difference-t"' in page


def test_each_claim_leads_to_what_moved_it(book: tuple[RunningConsole, str]):
    """By the positions of its partition; and the list is a file of the same rows."""
    console, earlier = book
    client = console.signed_in("supervisor")
    page = settled(client, f"/difference?from={earlier}").text
    between = next(one for one in re.findall(r'href="(/claims/D-1/between[^"]+)"', page))
    moved = client.get(unescape(between)).text
    assert "+Rp42.000.000" in moved
    file = client.get(f"/difference?from={earlier}&list=movement&format=csv").text
    rows = list(csv.DictReader(io.StringIO(file)))
    assert [(row["Klaim"], row["dibayar bank"]) for row in rows] == [("D-1", "42000000"), ("D-2", "0")]
    of_ever = next(one for one in re.findall(r'href="(/difference\?from=[^"]+to=[^"]+)"', page))
    assert figures(settled(client, unescape(of_ever)).text) == figures(page)
    assert re.search(r'<details class="positions"><summary>[^<]+</summary>Posisi [0-9:,]+ sampai', page)


def test_a_checkpoint_stands_for_its_positions(book: tuple[RunningConsole, str]):
    """And a file that is none is refused at its field."""
    console, earlier = book
    client = console.signed_in("auditor")
    head = {"ledger/0": Checkpoint(int(earlier.partition(":")[2]), "ab" * 32)}
    note = Note(LogCheckpoint("kelambu/x", 9, bytes(32), head).text(), (NoteSignature("k", b"1234", b"s"),))
    answer = sent(client, str(note).encode())
    assert answer.status_code == 303
    page = settled(client, answer.headers["location"]).text
    assert figures(page)["movement.paid_by_bank"] == 42_000_000
    refused = sent(client, b"Dear auditor")
    assert refused.status_code == 400
    assert "bukan titik pemeriksaan" in refused.text
    assert 'href="#field-checkpoint"' in refused.text


def sent(client: httpx.Client, file: bytes) -> httpx.Response:
    """The form that brings a checkpoint, as a browser sends it."""
    form = {"csrf": secret(client, "/difference")}
    return client.post("/difference/checkpoint", data=form, files={"checkpoint": ("kept", file)})


@pytest.mark.parametrize(
    ("asked", "field", "said"),
    [
        ("from=31-02-2026", "from", "bukan posisi dan bukan waktu"),
        ("from=0:9999", "from", "paling jauh"),
        ("from=F-0000-0000", "from", "F-0000-0000"),
        ("from=0:4&to=0:2", "to", "saat yang lebih awal dahulu"),
        ("from=0:4&sum=colour", "sum", "colour"),
        ("from=0:4&true_on=yesterday", "true_on", "yesterday"),
    ],
)
def test_a_moment_that_is_none_is_said_at_its_field(
    book: tuple[RunningConsole, str], asked: str, field: str, said: str
):
    """With what to write."""
    answer = settled(book[0].signed_in("auditor"), f"/difference?{asked}")
    assert answer.status_code == 400
    assert f'href="#field-{field}"' in answer.text
    assert said in answer.text
    assert book[0].signed_in("officer").get(f"/difference?{asked}").status_code == 403
