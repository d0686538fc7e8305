"""The pages about the programme, agencies and the law: each figure is the one of its command."""

from __future__ import annotations

import datetime as dt
import re
from html import unescape

import pytest
from msgspec.structs import asdict

from projections.claim_status import STATUSES
from services.book.cut import cut_of
from services.explanation.statements import statements
from services.operations.parked_requests import parked_persons
from services.overview.agency_report import agency_report
from services.overview.overview import claims_by_status, overview
from services.overview.programme import programme
from services.overview.scholarships import every_scholarship, scholarship_sums
from services.platform.clock import SANDBOX
from services.texts.catalogue import text
from tests.consoles import RunningConsole, settled


def figures(page: str) -> dict[str, int]:
    """Every figure of a page by its name."""
    return {
        unescape(name): int(value)
        for name, value in re.findall(r'data-figure="([^"]+)" value="(-?\d+)"', page)
    }


MONTHS = "from=01-2025&to=12-2026&on=01-09-2026"


@pytest.mark.parametrize("by", ["district", "month", "benefit", "agency"])
def test_the_overview_shows_what_its_command_says(console: RunningConsole, by: str):
    """Cover, claims, sums, orders and what is open; and the tables add up to the same."""
    page = settled(console.signed_in("auditor"), f"/overview?by={by}&{MONTHS}").text
    shown = figures(page)
    store = console.installation.read_models()
    try:
        with store.view() as view:
            said = overview(view, programme(), dt.date(2026, 9, 1), "2025-01", "2026-12", by)  # type: ignore[arg-type]
            positions = cut_of(view).events
    finally:
        store.close()
    assert positions > 0
    assert said.claims >= 4
    assert shown["claims"] == said.claims
    assert {name: shown[f"sums.{name}"] for name in ("entitled", "ordered", "released", "paid_by_bank")} == {
        name: amount
        for name, amount in asdict(said.sums).items()
        if name in ("entitled", "ordered", "released", "paid_by_bank")
    }
    assert shown["cover.participants"] == said.cover.participants
    assert shown["open_total"] == shown["open.open"] == said.open_total
    assert shown["orders.orders"] == said.orders.orders
    assert shown["district-payments.count"] == len(said.district_payments)
    paid = sum(one.paid for one in said.payments)
    assert shown.get("district-payments.paid", 0) == shown.get("payments.paid", 0) == paid
    for name in ("returned", "net"):
        due = sum(getattr(one, name) for one in said.payments)
        assert shown.get(f"district-payments.{name}", 0) == shown.get(f"payments.{name}", 0) == due
    assert shown["months.entitled"] == shown["groups.entitled"] == said.sums.entitled
    assert f"kelambu overview --by {by} --from 01-2025 --to 12-2026 --on 01-09-2026" in page


@pytest.mark.parametrize("by", ["district", "month", "agency", "programme"])
def test_each_group_leads_to_its_claims(console: RunningConsole, by: str):
    """As many of them, with the same sum, as the group says."""
    client = console.signed_in("auditor")
    page = settled(client, f"/overview?by={by}&{MONTHS}").text
    shown = page[page.index('id="list-groups"') :]
    links = re.findall(r'<a href="(/claims\?[^"]+)"><data value="(\d+)">', shown[: shown.index("</section>")])
    assert sum(int(count) for _, count in links) == figures(page)["claims"] > 3
    for address, count in links:
        assert figures(settled(client, unescape(address)).text)["claims.count"] == int(count)


def test_each_list_of_the_overview_is_a_file_of_its_own(console: RunningConsole):
    """And one that there is not is none."""
    client = console.signed_in("auditor")
    file = settled(client, f"/overview?{MONTHS}&list=deciles&format=csv")
    assert file.headers["content-disposition"] == 'attachment; filename="deciles.csv"'
    assert "12451" in file.text
    assert client.get(f"/overview?{MONTHS}&list=nothing&format=csv").status_code == 404


def test_the_overview_leads_to_its_parts_and_opens_the_list_that_is_asked_about(console: RunningConsole):
    """A folded list of which another page is asked for stands open, and no other."""
    page = settled(console.signed_in("auditor"), f"/overview?{MONTHS}&list=districts&page=2").text
    contents = re.findall(r'<li><a href="#(part-[a-z]+)">', page)
    assert len(contents) == 7
    assert all(f'id="{part}"' in page for part in contents)
    assert re.findall(r'<details class="folded[^>]* open>.*?id="list-([a-z-]+)"', page, re.DOTALL) == [
        "districts"
    ]


@pytest.mark.parametrize(
    "asked",
    ["from=13-2025", "from=02-2026&to=01-2026", "from=01-2000&to=12-2026", "by=colour", "on=31-02-2026"],
)
def test_an_overview_that_cannot_be_is_refused(console: RunningConsole, asked: str):
    """With what to write."""
    assert console.signed_in("auditor").get(f"/overview?{asked}").status_code == 400


def test_scholarships_show_what_may_still_be_paid(console: RunningConsole):
    """The sums are those of the command."""
    shown = figures(settled(console.signed_in("supervisor"), "/overview/scholarships").text)
    today = console.clock().date()
    children, _ = console.run(every_scholarship(console.installation, today))
    sums = scholarship_sums(children)
    assert {name: shown[f"sums.{name}"] for name in ("children", "confirmed", "paid", "future")} == asdict(
        sums
    )


def test_the_overview_says_where_it_leaves_claims_out(console: RunningConsole):
    """Above the figures, with a link to all months of the book, where nothing is left out and nothing is said."""
    client = console.signed_in("auditor")
    said = re.compile(r"Masa ini memuat (\d+) dari (\d+) klaim .*?</p>", re.DOTALL)
    part = said.search(settled(client, "/overview?from=01-2020&to=01-2020").text)
    assert part is not None
    (link,) = re.findall(r'href="(/overview[^"]+)"', part[0])
    whole = settled(client, unescape(link)).text
    assert said.search(whole) is None
    assert (int(part[1]), int(part[2])) == (0, figures(whole)["claims"])


def test_agencies_lead_to_their_report_cards(console: RunningConsole):
    """With the counts of the command, what it may send, and what waits for it."""
    client = console.signed_in("operator")
    assert 'href="/agencies/bpjs"' in settled(client, "/agencies").text
    shown = figures(settled(client, "/agencies/bpjs").text)
    store = console.installation.read_models()
    try:
        with store.view() as view:
            said = agency_report(view, "bpjs", console.clock().date())
    finally:
        store.close()
    assert said.admitted > 0
    assert shown["admitted"] == shown["types.admitted"] == said.admitted
    assert client.get("/agencies/nobody").status_code == 404


def test_a_report_card_tells_how_long_claims_waited_for_the_agency(console: RunningConsole):
    """As many days as the list of these claims has, to which it leads who may read it."""
    auditor = console.signed_in("auditor")
    rows = settled(auditor, "/deadlines?by=agency").text
    agencies = set(re.findall(r'href="/deadlines/acts\?acts=(\w+)"', rows))
    assert agencies
    for agency in agencies:
        card = settled(auditor, f"/agencies/{agency}").text
        listed = figures(settled(auditor, f"/deadlines/acts?acts={agency}").text)
        assert figures(card)["waited.days"] == listed["deadline-acts.days"]
        assert listed["deadline-acts.count"] > 0
        assert f'href="/deadlines/acts?acts={agency}"' in card
        assert "/deadlines/acts" not in settled(console.signed_in("operator"), f"/agencies/{agency}").text


def test_the_rulebook_is_listed_and_each_figure_tells_all(console: RunningConsole):
    """Every statement is a row; a figure shows its readings and what it replaced."""
    client = console.signed_in("officer")
    every = statements(console.installation.rulebook)
    shown = figures(settled(client, "/rulebook").text)
    assert shown["rulebook.count"] == len(every)
    found = figures(settled(client, "/rulebook?on=01-01-2026&confidence=C").text)["rulebook.count"]
    in_force = statements(console.installation.rulebook, dt.date(2026, 1, 1))
    assert found == sum(one.confidence == "C" for one in in_force) > 0
    page = settled(client, "/rulebook/jkm.funeral").text
    assert "Rp10.000.000" in page
    assert "PP 44/2015" in page
    for number in set(re.findall(r'href="#source-(\d+)"', page)):
        assert f'id="source-{number}"' in page
    assert 'href="#source-' in page
    assert client.get("/rulebook/nothing").status_code == 404
    assert "zzz" in settled(client, "/rulebook?q=zzz").text


def test_the_first_page_leads_to_what_waits(console: RunningConsole):
    """And to questions that the reader may ask."""
    page = settled(console.signed_in("auditor"), "/").text
    assert 'href="/claims?status=waiting"' in page
    store = console.installation.read_models()
    try:
        with store.view() as view:
            waiting = claims_by_status(view)["waiting"]
    finally:
        store.close()
    assert figures(page)["waits.incomplete"] == waiting >= 1
    operator = settled(console.signed_in("operator"), "/").text
    parked = console.run(parked_persons(console.installation))
    assert figures(operator)["waits.parked"] == len(parked)
    assert 'href="/agencies"' in operator
    assert 'href="/claims?status=waiting"' not in operator


def test_the_playbook_tells_of_every_page_of_the_reader(console: RunningConsole):
    """And of none that the reader may not open, nor of itself."""
    assert '<h2><a href="/"' not in settled(console.signed_in("auditor"), "/playbook").text
    assert 'href="/overview"' in settled(console.signed_in("auditor"), "/playbook").text
    assert '<h2><a href="/overview"' not in settled(console.signed_in("officer"), "/playbook").text


def test_the_first_page_of_a_demo_counts_every_claim_once(console: RunningConsole):
    """Each state that there is by its name; together they make up all that were filed.

    And it tells apart what agencies sent.
    """
    mark = console.installation.settings.data / SANDBOX
    mark.touch()
    try:
        page = settled(console.signed_in("auditor"), "/").text
    finally:
        mark.unlink()
    told = re.search(r"diajukan (\d+) klaim: ([^;]+);", page)
    assert told is not None
    became = dict(part.split(" ", 1)[::-1] for part in told[2].split(", "))
    assert int(told[1]) == sum(map(int, became.values()))
    assert "0" not in became.values()
    named = {text(f"status.{status}").id for status in STATUSES}
    assert set(became) <= named
    events = re.search(r"mengirim (\d+) peristiwa\. .* buku memuat (\d+) peristiwa", page)
    assert events is not None
    assert int(events[1]) < int(events[2])
    assert text("console.start.waits-twice").id in page
