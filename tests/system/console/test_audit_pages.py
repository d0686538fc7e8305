"""The pages over the audit engine: each says what the command at its foot says, and each act is recorded once."""

from __future__ import annotations

import datetime as dt
import hashlib
import html
import io
import json
import re
import shlex
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

import duckdb
import httpx
import pytest

from projections.payments import of_claim
from services.audit_trail.records import PersonalDataRead
from services.audit_trail.trail import read
from services.cli import main
from services.console.results import Results
from services.controls.registry import CONTROLS
from services.texts.catalogue import text
from services.wording.terms import day, moment
from tests.consoles import RunningConsole, lives, post, running_console, settings_of_the_book, settled
from tests.lives import Life, heir
from tests.small_installation import niks

_COMMAND = re.compile(r'<p class="command">.*?<code>(.*?)</code>', re.DOTALL)
_FIGURE = re.compile(r'data-figure="([^"]+)" value="(-?[0-9]+)"')


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningConsole]:
    """A console over a book of its own, in which a claim was paid more than was ordered: ``P-1``."""
    paid = Life(niks(12)[-1]).insured().filed("P-1").died(claim="P-1").heirs(heir(), claim="P-1")
    paid = paid.paid("P-1.1", 42_000_007, "P-1", "P-1-paid")
    with running_console(Path(tmp_path_factory.mktemp("audit")), *lives(), paid) as running:
        yield running


@pytest.fixture
def command(
    book: RunningConsole, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Any]:
    """Runs a command with ``--json``; returns what it answers."""
    settings_of_the_book(monkeypatch)

    def told(*words: str) -> Any:
        capsys.readouterr()
        place = [] if words[:2] == ("sample", "plan") else ["--data", str(book.installation.settings.data)]
        assert main([*words, "--json", *place]) in (0, 1)
        return json.loads(capsys.readouterr().out)

    return told


@pytest.fixture
def answer(command: Callable[..., Any]) -> Callable[[httpx.Response], Any]:
    """Runs the command at the foot of a page with ``--json``; returns what it answers."""

    def told(page: httpx.Response) -> Any:
        *_, line = _COMMAND.findall(page.text)
        return command(*shlex.split(html.unescape(line))[1:])

    return told


def asked(book: RunningConsole, address: str, role: str = "auditor") -> httpx.Response:
    """A page, asked for until what it says is as of now."""
    page = settled(book.signed_in(role), address)  # type: ignore[arg-type]
    assert page.status_code == 200, page.text
    return page


def figures(page: httpx.Response) -> dict[str, int]:
    """Every figure of a page by its name."""
    return {name: int(value) for name, value in _FIGURE.findall(page.text)}


@pytest.mark.parametrize(
    "address", ["/exceptions", "/exceptions?kind=paid-beyond-order", "/exceptions?claim=P-1"]
)
def test_exceptions_are_those_of_the_command(
    book: RunningConsole, answer: Callable[[httpx.Response], Any], address: str
):
    """Each kind with its number and rupiah, each line once, and the handle of the command."""
    page = asked(book, address)
    told, shown = answer(page), figures(page)
    assert told["totals"]
    for total in (*told["totals"], *told["apart"]):
        for name in ("exceptions", "claims", "amount"):
            assert shown[f"{total['kind']}.{name}"] == total[name]
    assert shown["exceptions.count"] == len(told["exceptions"])
    assert len(told["exceptions"]) == sum(total["exceptions"] for total in told["totals"])
    assert (text("exception.apart").id in page.text) == bool(told["apart"])
    assert told["figure"] in page.text
    assert "/claims/P-1" in page.text


def test_a_kind_says_what_to_do_about_it(book: RunningConsole):
    """Below what it is and its ground, where one kind is asked for."""
    said = text("exception-to-do.paid-beyond-order").id
    assert said in asked(book, "/exceptions?kind=paid-beyond-order").text
    assert said not in asked(book, "/exceptions").text


def test_an_order_says_when_it_was_paid_and_how_late(book: RunningConsole):
    """On the page of its claim; of one that is not paid yet how late it is by now, and at an earlier moment by then."""
    client = book.signed_in("auditor")
    shown = client.get("/claims/P-1").text
    with closing(book.installation.read_models()) as store, store.view() as view:
        (order,) = of_claim(view, "P-1")
        (open_one,) = of_claim(view, "A-1")
    assert order.paid_on
    row = re.search(r'<th scope="row"><code>P-1\.1</code>.*?</tr>', shown, re.DOTALL)
    assert row is not None
    days = (dt.date.fromisoformat(order.paid_on) - dt.date.fromisoformat(order.due_on)).days
    assert f'data-label="Dibayar penuh pada">{day(dt.date.fromisoformat(order.paid_on))}<' in row[0]
    assert f'data-label="Hari terlambat">{days if days > 0 else "–"}<' in row[0]
    before = client.get("/claims/P-1?known_on=1").text
    assert (
        day(dt.date.fromisoformat(order.paid_on))
        not in before.partition('id="orders"')[2].partition("</section>")[0]
    )
    late = (book.clock().date() - dt.date.fromisoformat(open_one.due_on)).days
    waits = re.search(
        r'<th scope="row"><code>A-1\.1</code>.*?</tr>', client.get("/claims/A-1").text, re.DOTALL
    )
    assert waits is not None
    assert 'data-label="Dibayar penuh pada">–<' in waits[0]
    assert f'data-label="Hari terlambat">{late if late > 0 else "–"}<' in waits[0]


def test_deadlines_are_those_of_the_command(book: RunningConsole, answer: Callable[[httpx.Response], Any]):
    """By each group and narrowed, with the same sums; what there is something of is drawn."""
    for by in ("district", "month&agency=dinsos"):
        page = asked(book, f"/deadlines?by={by}")
        assert page.text.count("<figure") == 1
        told, shown = answer(page), figures(page)
        assert shown["orders.-1.overdue_amount"] == told["orders"][-1]["overdue_amount"]
        assert shown["deadline-orders.count"] == len(told["orders"])
        assert told["figure"] in page.text
        assert '<option value="JKM"' in page.text
        assert text("deadline.compensation-is").id in page.text
    assert book.signed_in("auditor").get("/deadlines?by=moon").status_code == 400


@pytest.mark.parametrize("path", ["/deadlines", "/deadlines/orders"])
def test_agencies_that_filed_something_are_offered_first(
    book: RunningConsole, command: Callable[..., Any], path: str
):
    """As the overview by agency counts them; every other one that is registered stands below, under a heading."""
    page = asked(book, f"{path}?agency=dinsos").text
    field = page[page.index('<select id="field-agency"') :]
    first, _, others = field[: field.index("</select>")].partition("<optgroup")
    filed = [one["group"] for one in command("overview", "--by", "agency")["groups"] if one["claims"]]
    assert re.findall('<option value="([^"]+)"', first) == sorted(filed)
    assert '<option value="dinsos" selected>' in first + others
    assert not set(filed) & set(re.findall('<option value="([^"]+)"', others))
    assert len(filed) + others.count("<option") >= len(book.run(book.installation.registry.agencies()))


def test_deadlines_by_agency_say_whose_they_are(book: RunningConsole, command: Callable[..., Any]):
    """Of who filed, which the page says; how long each agency itself took stands beside, as its command says it."""
    page = asked(book, "/deadlines?by=agency")
    assert text("deadline.filed-by").id in page.text
    days = command("agencies")["days_until_sent"]
    assert figures(page)["senders.count"] == len(days) > 0
    assert all(f'href="/agencies/{agency}"' in page.text for agency in days)
    assert "kelambu deadlines --by agency" in page.text
    assert text("deadline.filed-by").id not in asked(book, "/deadlines?by=district").text


def test_days_of_an_agency_lead_to_the_claims_behind_them(
    book: RunningConsole, answer: Callable[[httpx.Response], Any], command: Callable[..., Any]
):
    """From each figure of who acted, with the place that the page is narrowed to; a slip is told with what there is."""
    page = asked(book, "/deadlines?programme=JKM")
    acting = command("deadlines", "--programme", "JKM")["acting"]
    links = set(re.findall(r'href="(/deadlines/acts\?[^"]*)"', page.text))
    phases = ("family", "office", "both", "recording", "ordering", "payment", "whole")
    assert len(links) == sum(one[phase]["number"] > 0 for one in acting for phase in phases) > 0
    by_agency = {one["agency"] or "?": one for one in acting}
    for link in links:
        told, shown = answer(list_page := asked(book, html.unescape(link))), figures(list_page)
        days = by_agency[told["acts"]][told["phase"] or "whole"]
        assert told["place"]["programme"] == "JKM"
        assert (shown["deadline-acts.count"], shown["deadline-acts.days"]) == (days["number"], days["sum"])
        assert (told["phases"], told["days"], len(told["listed"])) == (
            days["number"],
            days["sum"],
            days["number"],
        )
    refused = book.signed_in("auditor").get("/deadlines/acts?acts=nobody")
    assert refused.status_code == 400
    assert "dinsos" in refused.text


def test_orders_against_their_day_are_narrowed_on_their_own_page(
    book: RunningConsole, answer: Callable[[httpx.Response], Any]
):
    """By benefit, programme, district and the agency that filed, which is said.

    What the page was asked stays chosen.
    """
    base = asked(book, "/deadlines/orders?by=agency&group=dinsos&standing=")
    assert text("deadline.agency-filed").id in base.text
    assert '<input type="hidden" name="group" value="dinsos">' in base.text
    every = answer(base)["listed"]
    assert every
    benefit = "jkm.death"
    for narrowed in (
        f"benefit={benefit}",
        f"district={every[0]['district']}",
        "programme=JKM",
        "agency=rsud",
    ):
        page = asked(book, f"/deadlines/orders?by=agency&group=dinsos&{narrowed}")
        told, (name, _, value) = answer(page), narrowed.partition("=")
        assert f'<option value="{value}" selected>' in page.text
        assert figures(page).get("deadline-orders.count", 0) == len(told["listed"])
        assert bool(told["listed"]) == (name != "agency")
        if name != "benefit":
            assert told["listed"] == [one for one in every if one[name] == value]
    assert book.signed_in("auditor").get("/deadlines/orders?benefit=moon").status_code == 400


def test_no_test_is_asked_where_there_is_no_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The list says at once that there is none."""

    def asked_one(*_: object) -> bytes:
        raise AssertionError("a command was begun")

    with running_console(tmp_path / "data") as running:
        monkeypatch.setattr(Results, "command", asked_one)
        page = running.signed_in("auditor").get("/findings")
        assert page.status_code == 200
        assert text("console.findings.empty").id in page.text


def test_controls_are_those_of_the_command(book: RunningConsole, answer: Callable[[httpx.Response], Any]):
    """Every test with its hits and rupiah, but those that open sealed values.

    Of one its meaning and each hit, its events leading to the claim's history; a name that is none is not there.
    """
    page = asked(book, "/controls")
    told, shown = answer(page), figures(page)
    closed = [one.name for one in CONTROLS if not one.opens]
    assert [one["name"] for one in told["controls"]] == closed
    assert shown["controls.count"] == len(CONTROLS)
    for one in told["controls"]:
        assert (shown[f"{one['name']}.count"], shown[f"{one['name']}.amount"]) == (
            one["count"],
            one["amount"],
        )
    assert told["figure"] in page.text
    page = asked(book, "/controls/paid-not-ordered")
    told = answer(page)
    (one,) = told["controls"]
    assert told["figure"] in page.text
    assert one["count"] == 1
    assert figures(page)["controls.0.count"] == one["count"]
    assert all(hit["hit"] in page.text for hit in one["hits"])
    for hit in one["hits"]:
        claim = asked(book, f"/claims/{hit['claim']}").text
        assert hit["events"]
        for ref in hit["events"]:
            assert f'href="/claims/{hit["claim"]}#{quote(ref)}"' in page.text
            assert f'id="{ref}"' in claim
    rows = book.signed_in("auditor").get("/controls/paid-not-ordered?format=csv").text
    assert one["hits"][0]["hit"] in rows
    assert book.signed_in("auditor").get("/controls/astrology").status_code == 404


def test_what_is_sealed_is_opened_for_a_test_only_on_request(book: RunningConsole):
    """Looking records nothing; who asks says why, which stands in the trail before, and is shown what it points at."""

    def openings() -> list[str]:
        return [
            one.reason
            for one in book.run(read(book.installation))
            if isinstance(one.record, PersonalDataRead)
        ]

    auditor, where, before = book.signed_in("auditor"), "/controls/gathered-reviews", openings()
    closed = sum(not one.opens for one in CONTROLS)
    number_is_of = text("controls.figure-of").id.partition("{closed}")[0] + str(closed)
    listed = asked(book, "/controls").text
    assert number_is_of in listed
    (number,) = re.findall(r'<p class="handle">[^<]*<code>(F-[^<]+)</code>', listed)
    assert number_is_of in asked(book, f"/figures/{number}").text
    assert text("controls.no-figure").id not in asked(book, where).text
    assert figures(asked(book, "/controls"))["controls.count"] == len(CONTROLS)
    assert text("controls.nothing").id not in asked(book, where).text
    assert post(auditor, f"{where}/open", page=where).status_code == 400
    assert auditor.get("/controls/late/open").status_code == 405
    assert openings() == before
    assert post(auditor, f"{where}/open", page=where, reason="ST-17").headers["location"] == where
    opened = asked(book, where).text
    assert text("controls.nothing").id in opened
    assert text("controls.no-figure").id in opened
    assert openings() == [*before, "ST-17"]


def test_a_claim_names_the_tests_that_point_at_it(
    book: RunningConsole, answer: Callable[[httpx.Response], Any], command: Callable[..., Any]
):
    """By their last answers, each with its hit, and which were not asked; with the handle of the command.

    To an officer none.
    """
    asked(book, "/controls")
    (hit,) = answer(asked(book, "/controls/paid-not-ordered"))["controls"][0]["hits"]
    page = asked(book, "/claims/P-1")
    assert command("claim", "P-1")["figure"] in page.text
    shown = page.text[page.text.index('id="amiss"') :]
    assert hit["hit"] in shown
    assert 'href="/controls/paid-not-ordered"' in shown
    assert 'href="/controls/duplicate-person"' in shown
    assert "/controls" not in book.signed_in("officer").get("/claims/P-1").text


def test_a_finding_goes_from_hit_to_follow_up(book: RunningConsole, answer: Callable[[httpx.Response], Any]):
    """An auditor opens it once, a supervisor assesses it, and it is not followed while its test is not clean."""
    auditor, supervisor = book.signed_in("auditor"), book.signed_in("supervisor")
    page = asked(book, "/controls/paid-not-ordered")
    hit = answer(page)["controls"][0]["hits"][0]
    opened = {"item": hit["hit"], "note": "<b>Siti</b>", "reason": "7 rupiah"}
    where = "/controls/paid-not-ordered"
    box = f'type="checkbox" form="choose" name="item" value="{hit["hit"]}"'
    assert box in page.text[page.text.index("<tbody>") : page.text.index("</tbody>")]
    assert box not in supervisor.get(where).text
    faulty = post(auditor, f"{where}/findings", page=where, **opened | {"item": [hit["hit"], "H-NONE"]})
    assert faulty.status_code == 400
    assert f"{box} checked" in faulty.text
    assert 'href="#field-item"' in faulty.text
    assert 'id="field-item"' in faulty.text
    assert post(supervisor, f"{where}/findings", page="/findings", **opened).status_code == 403
    sent = post(auditor, f"{where}/findings", page=where, **opened)
    assert (sent.status_code, sent.headers["location"]) == (303, "/findings/T-0001")
    assert 'name="item"' not in asked(book, where).text
    assert post(auditor, f"{where}/findings", page="/findings", **opened).status_code == 409
    assert post(auditor, f"{where}/findings", page="/findings", reason="none").status_code == 400
    assert 'href="/findings/T-0001"' in asked(book, "/claims/P-1").text
    finding = asked(book, "/findings/T-0001").text
    assert "&lt;b&gt;Siti&lt;/b&gt;" in finding
    assert "<b>Siti" not in finding
    assert "/findings/T-0001/assess" not in finding
    said = {"outcome": "finding", "note": "", "reason": "as the bank says"}
    assert post(auditor, "/findings/T-0001/assess", page="/findings", **said).status_code == 403
    assert post(supervisor, "/findings/T-0001/assess", page="/findings/T-0001", **said).status_code == 303
    for state, reason, status in (
        ("compliant", "", 409),
        ("cannot-be-followed", "", 409),
        ("perhaps", "", 400),
        ("not-compliant", "waits for the bank", 303),
    ):
        told = post(
            auditor, "/findings/T-0001/follow-up", page="/findings/T-0001", state=state, reason=reason
        )
        assert (state, told.status_code) == (state, status)
        assert told.text.count('<option value="compliant"') == (status != 303)
    page = asked(book, "/findings")
    answered = answer(page)
    (told,) = answered["findings"]
    assert figures(page)["finding_amount"] == answered["sums"]["finding_amount"]
    assert (told["finding"]["outcome"], told["finding"]["state"]) == ("finding", "not-compliant")
    assert figures(page)["T-0001.hits_left"] == told["hits_left"] == 1
    assert figures(asked(book, "/findings/T-0001"))["T-0001.amount"] == hit["amount"]
    assert auditor.get("/findings/T-0009").status_code == 404


def test_what_is_done_under_an_audit_stands_in_its_bundle(book: RunningConsole, answer: Callable[..., Any]):
    """Chosen for a session it is on each page and record.

    Closed, its bundle can be taken, and nothing more is done under it. Whoever closed it goes on under none; a
    colleague is led to where another is chosen.
    """
    auditor, where = book.sign_in(book.nobody(), "auditor"), "/engagements"
    begun = {
        "number": "17/ST",
        "letter": "ST-17",
        "from": "01-01-2026",
        "to": "31-12-2026",
        "until": "31-12-2099",
    }
    assert post(auditor, f"{where}/begin", page=where, **begun | {"to": "01-01-2025"}).status_code == 400
    assert post(auditor, f"{where}/begin", page=where, **begun | {"districts": "99.99.99"}).status_code == 400
    sent = post(auditor, f"{where}/begin", page=where, **begun)
    assert sent.headers["location"] == "/engagements/one?number=17%2FST"
    assert post(auditor, f"{where}/begin", page=where, **begun).status_code == 409
    assert post(auditor, f"{where}/choose", page=where, number="17/ST").status_code == 303
    page = settled(auditor, "/exceptions?kind=held")
    assert "17/ST" in page.text
    shown = auditor.get("/engagements/one?number=17/ST")
    told = answer(shown)
    assert figures(shown)["records"] == told["engagement"]["records"] == 1
    assert [entry["record"]["type"] for entry in told["done"]] == ["engagement-opened", "figure-recorded"]
    assert auditor.get("/engagements/bundle?number=17/ST").status_code == 400
    colleague = book.sign_in(book.nobody(), "supervisor")
    assert post(colleague, f"{where}/choose", page=where, number="17/ST").status_code == 303
    assert post(auditor, f"{where}/close", page=where, number="17/ST").status_code == 303
    assert settled(auditor, "/exceptions?kind=unpaid").status_code == 200
    refused = settled(colleague, "/exceptions?kind=unpaid")
    assert refused.status_code == 409
    assert f'href="{where}"' in refused.text.partition("<main")[2]
    assert f'action="{where}/choose"' in colleague.get(where).text
    with zipfile.ZipFile(io.BytesIO(auditor.get("/engagements/bundle?number=17/ST").content)) as bundle:
        assert b"F-" in bundle.read("figures.jsonl")
        manifest = hashlib.sha256(bundle.read("manifest.json")).hexdigest()
    assert manifest in auditor.get("/engagements/one?number=17/ST").text
    assert post(colleague, f"{where}/choose", page=where, number="").status_code == 303
    assert colleague.get("/exceptions?kind=unpaid").status_code == 200
    assert auditor.get("/engagements/one?number=18").status_code == 404


@pytest.mark.parametrize(
    ("address", "typed", "known"),
    [
        ("/samples/plan?tolerable=5%25&method=zzz", "zzz", "attribute, monetary-unit"),
        ("/samples/new?method=zzz", "zzz", "attribute, monetary-unit"),
        ("/samples/new?of=moons", "moons", "claims, orders, payments"),
        ("/samples/new?district=99.99.99", "99.99.99", "16.06.01"),
    ],
)
def test_a_choice_of_a_sample_that_there_is_not_is_named(
    book: RunningConsole, address: str, typed: str, known: str
):
    """With those that there are; no plan by another method stands below it."""
    answer = book.signed_in("auditor").get(address)
    assert answer.status_code == 400
    assert f"Tidak ada «{typed}». Yang ada: {known}" in answer.text
    assert 'data-figure="size"' not in answer.text


def test_a_sample_alternates_between_pages_and_commands(
    book: RunningConsole, command: Callable[..., Any], answer: Callable[[httpx.Response], Any]
):
    """Frozen on a page, seeded by a command, drawn and examined on pages, evaluated by both alike."""
    auditor = book.signed_in("auditor")
    planned = auditor.get("/samples/plan?method=attribute&tolerable=5%25")
    assert figures(planned)["size"] == answer(planned)["size"] == 59
    assert auditor.get("/samples/plan?method=attribute&tolerable=0%25").status_code == 400
    frozen = {"name": "s-1", "of": "claims", "tolerable": "50%", "size": "2"}
    for wrong in ({"name": "S 1"}, {"of": "moons"}, {"tolerable": "x"}, {"size": "99"}, {"agency": "nobody"}):
        assert post(auditor, "/samples/freeze", page="/samples/new", **frozen | wrong).status_code == 400
    assert post(book.signed_in("supervisor"), "/samples/freeze", page="/samples", **frozen).status_code == 403
    sent = post(auditor, "/samples/freeze", page="/samples/new", **frozen)
    assert sent.headers["location"] == "/samples/s-1"
    assert post(auditor, "/samples/freeze", page="/samples/new", **frozen).status_code == 400
    page = auditor.get("/samples/s-1")
    (listed,) = answer(page)
    assert listed["frozen"]["frame_sha256"] in page.text
    assert hashlib.sha256(auditor.get("/samples/s-1/frame").content).hexdigest() in page.text
    assert post(auditor, "/samples/s-1/draw", page="/samples/s-1").status_code == 409
    command("sample", "seed", "s-1", "--seed", "847261", "--source", "lottery")
    assert "847261" in auditor.get("/samples/s-1").text
    assert post(auditor, "/samples/s-1/seed", page="/samples/s-1", seed="1", source="x").status_code == 400
    assert post(auditor, "/samples/s-1/draw", page="/samples/s-1").status_code == 303
    page = asked(book, "/samples/s-1")
    items = [one["item"] for one in answer(page)["items"]]
    assert len(items) == 2
    assert all(f'value="{item}"' in page.text for item in items)
    open_still = text("sample.once-examined").id
    assert page.text.count(open_still.format(left=2)) == 5  # projections and limits
    examined = {"item": items[0], "found": "wrong", "error": "no-hash", "note": "<i>Siti</i>"}
    assert post(auditor, "/samples/s-1/examine", page="/samples/s-1", found="right").status_code == 400
    assert post(auditor, "/samples/s-1/examine", page="/samples/s-1", **examined).status_code == 303
    command("sample", "examine", "s-1", items[1], "--ok")
    page = asked(book, "/samples/s-1")
    assert "<i>Siti" not in page.text
    told, shown = command("sample", "evaluate", "s-1"), figures(page)
    assert open_still.partition(":")[0] not in page.text
    assert [shown[name] for name in ("errors", "projected", "limit", "examined")] == [
        told[name] for name in ("errors", "projected", "limit", "examined")
    ]
    done = asked(book, "/samples/s-1?open=1").text
    assert text("console.samples.none-left").id in done
    assert "/samples/s-1/examine" not in done
    assert post(auditor, "/samples/s-1/extend", page="/samples/s-1", size="2").status_code == 400
    assert post(auditor, "/samples/s-1/extend", page="/samples/s-1", size="3").status_code == 303
    sheet = asked(book, "/samples/s-1/sheet")
    assert sheet.text.count('<tr><th scope="row"><code>') == 3
    assert {"847261", "50 %", "95 %", listed["frozen"]["frame_sha256"]} <= set(
        re.findall(r"[\w %]+", sheet.text)
    )
    assert [sheet.text.count(f"{box} {said}") for box in "☒☐" for said in ("benar", "keliru")] == [1, 1, 2, 2]
    assert sheet.text.count(text("console.samples.signature").id) == 2
    assert auditor.get("/samples/none").status_code == 404


def test_a_figure_is_the_same_again_and_who_saw_it_is_listed(
    book: RunningConsole, answer: Callable[[httpx.Response], Any]
):
    """By its handle, with the same sums; the reading log lists it under the name of the account."""
    page = asked(book, "/exceptions?kind=paid-beyond-order")
    handle = answer(page)["figure"]
    again = asked(book, f"/figures/{handle.lower()}")
    told, shown = answer(again), figures(again)
    assert told["same"]
    for part in ("again", "movement", "today"):
        assert shown[f"{part}.paid-beyond-order"] == told[part]["paid-beyond-order"]
    assert book.signed_in("auditor").get("/figures/F-0000-0000").status_code == 404
    log = asked(book, "/reading-log?by=auditor&kind=figure-recorded")
    assert len(answer(log)) == figures(log)["reading-log.count"]
    assert f"{handle}: penyimpangan " in log.text
    assert "jenis: Dibayar melebihi perintah" in log.text


def test_tables_are_taken_away_once_by_who_asked_for_them(book: RunningConsole, command: Callable[..., Any]):
    """With their manifest, recorded before; in clear only for a reason; another account finds nothing there."""
    auditor = book.signed_in("auditor")
    for wrong in ({}, {"table": "moons"}, {"table": "claims", "form": "doc"}, {"clear": "1"}):
        assert post(auditor, "/exports/begin", page="/exports", **wrong).status_code == 400
    place = post(
        auditor, "/exports/begin", page="/exports", table="claims", form="csv", reason="--clear: 2026"
    ).headers["location"]
    page = asked(book, place)
    assert figures(page)["claims.rows"] == len(lives()) + 1
    assert book.signed_in("supervisor").get(place).status_code == 404
    with zipfile.ZipFile(io.BytesIO(auditor.get(f"{place}/download").content)) as packed:
        manifest = json.loads(packed.read("manifest.json"))
        assert {file["file"] for file in manifest["files"]} < set(packed.namelist())
    assert auditor.get(f"{place}/download").status_code == 404
    last = command("trail", "--kind", "exported", "--by", "auditor")[-1]
    assert (last["reason"], last["record"]["what"]) == ("--clear: 2026", "tables")
    assert not last["record"]["clear"]


def test_what_is_said_to_be_in_clear_is_handed_out_and_nobody_else_is_opened(
    book: RunningConsole, command: Callable[..., Any], tmp_path: Path
):
    """On the page and by the command: the persons of the chosen tables, behind their tokens; the record names these."""
    auditor, nik = book.signed_in("auditor"), niks(12)[-1]
    asked_for: dict[str, str | list[str]] = {
        "table": ["bank_statements", "mismatches"],
        "form": "parquet",
        "clear": "1",
    }
    place = post(auditor, "/exports/begin", page="/exports", **asked_for, reason="LHP-9").headers["location"]
    page = asked(book, place)
    assert "persons, order_accounts, personal_data" in page.text
    with zipfile.ZipFile(io.BytesIO(auditor.get(f"{place}/download").content)) as packed:
        packed.extractall(tmp_path / "page")
    options = ("--tables", "bank_statements", "mismatches", "--clear", "--format", "parquet")
    command("export", "tables", "--out", str(tmp_path / "command"), *options, "--reason", "LHP-9")
    readings = command("trail", "--kind", "personal-data-read")[-2:]
    for folder, reading in zip(("page", "command"), readings, strict=True):

        def rows(sql: str, place: Path = tmp_path / folder) -> list[tuple[Any, ...]]:
            return duckdb.connect().execute(sql.replace("$", f"{place}/")).fetchall()

        assert rows("SELECT nik FROM '$persons.parquet'") == [(nik,)]
        ((token,),) = rows("SELECT DISTINCT person FROM '$personal_data.parquet'")
        claims = rows("SELECT DISTINCT claim FROM '$personal_data.parquet' WHERE claim IS NOT NULL")
        assert claims == rows("SELECT DISTINCT claim FROM '$bank_statements.parquet'") == [("P-1",)]
        numbers = rows("SELECT number FROM '$order_accounts.parquet' WHERE claim = 'P-1'")
        assert numbers
        assert numbers == rows("SELECT DISTINCT value FROM '$personal_data.parquet' WHERE bank IS NOT NULL")
        assert "`personal_data`" in (tmp_path / folder / "README.md").read_text("utf-8")
        assert (reading["record"]["subject"], reading["record"]["persons"]) == ("", [token])
        assert reading["reason"] == "LHP-9"
    assert (
        "data pribadi: ekspor tabel dari 1 peserta"
        in asked(book, "/reading-log?kind=personal-data-read").text
    )
    assert auditor.get(f"/persons/{token}").text.count("LHP-9") == len(readings)
    nobody = asked_for | {"table": "codes", "reason": "LHP-9"}
    assert post(auditor, "/exports/begin", page="/exports", **nobody).status_code == 400


def test_a_question_in_sql_is_answered_and_recorded(book: RunningConsole, answer: Callable[..., Any]):
    """In the name of the account; what it may not ask is refused in words, and recorded too."""
    auditor = book.signed_in("auditor")
    question = "SELECT claim, entitled FROM claims ORDER BY claim"
    page = asked(
        book, post(auditor, "/sql/ask", page="/sql", question=question, reason="look").headers["location"]
    )
    rows = answer(page)["rows"]
    assert figures(page)["sql.count"] == len(rows) == len(lives()) + 1
    assert all(row["claim"] in page.text for row in rows)
    assert post(auditor, "/sql/ask", page="/sql", question=" ").status_code == 400
    refused = post(auditor, "/sql/ask", page="/sql", question="DROP TABLE claims").headers["location"]
    said = settled(auditor, refused)
    assert said.status_code == 409
    assert "DROP TABLE claims</textarea>" in said.text
    assert "SELECT" in said.text
    log = asked(book, "/reading-log?kind=query-run&by=auditor").text
    assert "DROP TABLE" in log
    assert "entitled" in log


def test_a_seed_comes_from_outside_after_the_frame_was_frozen(
    book: RunningConsole, command: Callable[..., Any], answer: Callable[[httpx.Response], Any]
):
    """Page and command say when the frame was frozen, before the seed is given and after; both times stand there.

    None is refused.
    """
    frozen = {"name": "s-2", "of": "claims", "tolerable": "50%", "size": "2"}
    auditor = book.signed_in("auditor")
    post(auditor, "/samples/freeze", page="/samples/new", **frozen)
    (at,) = [one["at"] for one in answer(auditor.get("/samples/s-2")) if one["frozen"]["sample"] == "s-2"]
    said = text("sample.seed-from-outside").id.format(frozen=moment(dt.datetime.fromisoformat(at)))
    assert said in auditor.get("/samples/s-2").text
    seeded = command("sample", "seed", "s-2", "--seed", "1", "--source", "made up")
    assert seeded["frozen_at"] == at < seeded["seeded_at"]
    page = auditor.get("/samples/s-2").text
    assert said in page
    assert f"<dd>{moment(dt.datetime.fromisoformat(seeded['seeded_at']))}</dd>" in page


def test_a_sample_that_is_too_small_is_called_so(book: RunningConsole, command: Callable[..., Any]):
    """Where it is frozen, before anybody draws it; and drawn without an error it is too small, not failed."""
    frozen = {"name": "s-3", "of": "claims", "tolerable": "5%", "size": "1"}
    auditor = book.signed_in("auditor")
    post(auditor, "/samples/freeze", page="/samples/new", **frozen)
    post(auditor, "/samples/freeze", page="/samples/new", **frozen | {"name": "s-4", "size": ""})
    assert "terlalu sedikit" not in auditor.get("/samples/s-4").text
    needed = re.search(r"1 terlalu sedikit: .* sekurang-kurangnya (\d+)\.", auditor.get("/samples/s-3").text)
    assert needed is not None
    assert int(needed[1]) > 1
    post(auditor, "/samples/s-3/seed", page="/samples/s-3", seed="7", source="undian")
    post(auditor, "/samples/s-3/draw", page="/samples/s-3")
    drawn = settled(auditor, "/samples/s-3").text
    assert "terlalu kecil: belum ada kesalahan" in drawn
    assert "tidak lulus" not in drawn
    assert command("sample", "evaluate", "s-3")["verdict"] == "failed"
