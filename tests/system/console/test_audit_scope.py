"""What goes beyond an audit is said where it is shown.

And who read a family's data stands in the report of each of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from events.message import LANGUAGES
from services.audit_trail.records import PersonalDataRead
from services.audit_trail.trail import read
from services.cli import main
from services.engagements.engagements import engagement_page
from services.wording.engagement import engagement_pages, scope_of
from services.wording.terms import LanguageTexts
from tests.consoles import RunningConsole, post, running_console, settings_of_the_book, settled
from tests.lives import Life, heir
from tests.small_installation import niks

DEAD, WIDOW, OTHER = niks(3)
NUMBER = "ST/9"


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningConsole]:
    """A console over the claim ``P-1`` of a family in which the heir is a participant too, and somebody else."""
    family = Life(DEAD).insured().filed("P-1").died(claim="P-1").heirs(heir(nik=WIDOW), claim="P-1")
    place = Path(tmp_path_factory.mktemp("scope"))
    with running_console(place, family, Life(WIDOW).insured(), Life(OTHER).insured()) as running:
        yield running


@pytest.fixture
def command(
    book: RunningConsole, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[Any, str]]:
    """Runs a command with ``--json``; returns what it answers, and what it says on stderr in one line."""
    settings_of_the_book(monkeypatch)

    def told(*words: str) -> tuple[Any, str]:
        capsys.readouterr()
        assert main([*words, "--json", "--data", str(book.installation.settings.data)]) == 0
        shown = capsys.readouterr()
        return json.loads(shown.out), " ".join(shown.err.split())

    return told


def said_on(page: httpx.Response) -> str:
    """What a page says of the scope of the audit."""
    return page.text.partition(f"ruang lingkup penugasan {NUMBER}: ")[2].partition("</p>")[0]


def test_what_is_beyond_an_audit_is_said_where_it_is_shown(book: RunningConsole, command: Callable[..., Any]):
    """On the page of a claim, its letter, what is opened of it, a list, and by a command.

    The parts of its records add up.
    """
    book.add_account("scoped", "auditor")
    client, where = book.sign_in(book.nobody(), "scoped"), "/engagements"
    begun = {"number": NUMBER, "letter": "ST-9", "agencies": "bank", "until": "31-12-2099"}
    post(client, f"{where}/begin", page=where, **begun, **{"from": "01-01-2020", "to": "31-12-2020"})
    claim = "/claims/P-1"
    assert said_on(client.get(claim)) == ""
    assert post(client, f"{where}/choose", page=where, number=NUMBER).status_code == 303
    beyond = said_on(client.get(claim))
    assert beyond.startswith("instansi Dinsos (dinsos); tanggal ")
    assert f"Klaim ini di luar ruang lingkup penugasan {NUMBER}: {beyond}" in client.get(claim).text
    assert said_on(client.get(f"{claim}/letter")) == beyond
    opened = post(client, f"{claim}/unmask", page=claim, reason="ST-9")
    assert said_on(client.get(opened.headers["location"])) == beyond
    assert said_on(settled(client, "/exceptions?kind=held")).startswith("semua instansi; tanggal ")
    assert said_on(settled(client, "/claims?agency=dinsos")) == "instansi Dinsos (dinsos). Itu tercatat."
    for asked in ("claim", "explain"):
        assert beyond in command(asked, "P-1", "--engagement", NUMBER)[1]
    shown = client.get(f"{where}/one?number={NUMBER}").text
    parts = shown.partition('data-figure="records"')[2].partition("(")[2].partition(")")[0]
    records = command("engagement", "show", NUMBER)[0]["engagement"]["records"]
    assert sum(map(int, re.findall(r"\d+", parts))) == records > 4


def test_an_export_beyond_an_audit_is_said_before_it_is_written(
    book: RunningConsole, command: Callable[..., Any]
):
    """On the page where it is chosen, by the same limits as afterwards.

    Under an audit of everything and under none it is not.
    """
    book.add_account("exports", "auditor")
    client, where = book.sign_in(book.nobody(), "exports"), "/engagements"
    for number, agencies in (("ST/10", "bank"), ("ST/11", "")):
        begun = {"number": number, "letter": "ST", "agencies": agencies, "until": "31-12-2099"}
        post(client, f"{where}/begin", page=where, **begun, **{"from": "01-01-2020", "to": "31-12-2020"})
    warning = (
        "Ekspor ini akan berada di luar ruang lingkup penugasan ST/10: semua instansi. Itu akan tercatat."
    )
    assert warning not in client.get("/exports").text
    assert post(client, f"{where}/choose", page=where, number="ST/10").status_code == 303
    assert warning in client.get("/exports").text
    sent = post(client, "/exports/begin", page="/exports", table="claims", form="csv")
    written = settled(client, sent.headers["location"])
    assert "Ekspor ini di luar ruang lingkup penugasan ST/10: semua instansi. Itu tercatat." in written.text
    assert post(client, f"{where}/choose", page=where, number="ST/11").status_code == 303
    assert "ruang lingkup penugasan" not in client.get("/exports").text


def test_an_audit_names_its_agencies_with_the_names_they_are_registered_under(book: RunningConsole):
    """The page, the command, and the pages of the closing bundle alike."""
    book.add_account("naming", "auditor")
    client, where = book.sign_in(book.nobody(), "naming"), "/engagements"
    begun = {"number": "ST/12", "letter": "ST", "agencies": "bank, dinsos", "until": "31-12-2099"}
    post(client, f"{where}/begin", page=where, **begun, **{"from": "01-01-2020", "to": "31-12-2020"})
    said = "Bank (bank), Dinsos (dinsos)"
    assert said in client.get(f"{where}/one?number=ST%2F12").text
    told = engagement_page(book.run(read(book.installation)), "ST/12")
    for language in LANGUAGES:
        assert scope_of(told, LanguageTexts(language))["agencies"] == said
        assert said in engagement_pages(told)[f"{language}.html"].decode()


def test_who_read_the_data_of_a_family_stands_in_the_report_of_each_of_it(
    book: RunningConsole, command: Callable[..., Any]
):
    """Of the heir as of the participant, on the page and by the command; of nobody else."""
    client, claim = book.signed_in("officer"), "/claims/P-1"
    post(client, f"{claim}/unmask", page=claim, reason="tugas keluarga")
    post(client, f"{claim}/letter/names", page=f"{claim}/letter", reason="surat keluarga", format="page")
    token = book.installation.tokens.nik
    for person, times in ((DEAD, 1), (WIDOW, 1), (OTHER, 0)):
        page = client.get(f"/persons/{token(person)}").text
        reasons = [look["reason"] for look in command("person", token(person))[0]["looks"]]
        for reason in ("tugas keluarga", "surat keluarga"):
            assert (page.count(f">{reason}<"), reasons.count(reason)) == (times, times)
    concerns = [
        one.record.concerns
        for one in book.run(read(book.installation))
        if isinstance(one.record, PersonalDataRead) and one.reason == "tugas keluarga"
    ]
    assert concerns == [tuple(sorted((token(DEAD), token(WIDOW))))]


def test_a_figure_names_the_claims_of_its_own_filter_that_moved_it(
    book: RunningConsole, command: Callable[..., Any]
):
    """One that came under the filter since, and none beside it; what each moved adds up to what the figure moved."""
    client = book.signed_in("auditor")
    listed = settled(client, "/claims?filed_from=01-01-2020&status=ordered").text
    (handle,) = set(re.findall(r"F-[0-9A-Z]{4}-[0-9A-Z]{4}", listed))
    fourth, fifth = niks(5)[3:]
    more = Life(fourth).insured().filed("P-2").died(claim="P-2").heirs(heir(account="9"), claim="P-2")
    book.live(more, Life(fifth).insured().filed("P-3"))
    told = command("figure", handle)[0]
    assert [one["claim"] for one in told["claims"]] == ["P-2"]
    assert told["movement"]["claims"] == 1
    assert told["claims"][0]["movement"] == told["movement"]
    page = settled(client, f"/figures/{handle}").text
    shown = dict(re.findall(r'data-figure="claims.0.movement.(\w+)" value="(-?\d+)"', page))
    moved = {name: str(value) for name, value in told["movement"].items() if value}
    assert shown == moved
    assert 'href="/claims/P-2"' in page
    assert "P-3" not in page
