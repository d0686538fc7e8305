"""The page of a claim, at any moment, and what changed between two: the same figures as the commands beside them."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
import zipfile
from pathlib import Path

import msgspec
import pytest

from projections import claim_counts, claims, timeline
from services.book.cut import cut_of
from services.claim_file.archive import read
from services.claim_file.recheck import recheck
from services.evidence import verifier
from services.evidence.issuing import LogPlaces, proof_of, public_keys
from services.evidence.recalculation import claim_file_in
from services.ledger.user_accounts import Role
from services.notary.log import Log
from services.runtime.bootstrap import Installation
from services.runtime.notary import NotaryService
from services.texts.catalogue import text
from services.wording import terms
from tests.consoles import HOSTILE, RunningConsole, finished, post
from tests.lives import Life
from tests.small_installation import niks

FIGURE = re.compile(r'data-figure="([^"]+)" value="(-?[0-9]+)"')


def figures(page: str) -> dict[str, int]:
    """Every figure of a page by its name."""
    return {name: int(value) for name, value in FIGURE.findall(page)}


def row_of(console: RunningConsole, number: str) -> tuple[claims.ClaimRow, list[timeline.Moment]]:
    """A claim and its story as the commands read them."""
    store = console.installation.read_models()
    try:
        with store.view() as view:
            found = claims.claim(view, number)
            assert found is not None
            return found, timeline.moments(view, number)
    finally:
        store.close()


@pytest.mark.parametrize("number", ["A-1", "A-2", "A-3", "A-4", "A-5"])
@pytest.mark.parametrize("language", ["id", "en"])
def test_a_claim_shows_its_money_and_every_event(console: RunningConsole, number: str, language: str):
    """Each sum is that of the command; each event stands in the list, in the drawing and as it is recorded."""
    client = console.signed_in("auditor")
    client.get(f"/language/{language}?next=/")
    page = client.get(f"/claims/{number}").text
    row, moments = row_of(console, number)
    shown = figures(page)
    assert {name: shown[name] for name in ("entitled", "ordered", "released", "paid_by_bank")} == {
        "entitled": row.entitled,
        "ordered": row.ordered,
        "released": row.released,
        "paid_by_bank": row.paid_by_bank,
    }
    for moment in moments:
        assert f'id="event-{moment.step.position}"' in page
        assert f'<a href="#event-{moment.step.position}" aria-label=' in page
    assert page.count('<details class="raw">') >= len(moments)
    assert len(re.findall("<h1>", page)) == 1
    assert HOSTILE not in page
    assert "<script>alert" not in page
    client.get("/language/id?next=/")


@pytest.mark.parametrize(
    ("language", "approval"), [("id", "menyetujui dengan alasan"), ("en", "approves, naming")]
)
def test_no_code_stands_in_brackets_beside_its_words(console: RunningConsole, language: str, approval: str):
    """What a claim lacks, the reasons that an approval names among it, is told in words only."""
    client = console.signed_in("auditor")
    client.get(f"/language/{language}?next=/")
    pages = [client.get(f"/claims/{number}").text for number in ("A-1", "A-2", "A-3", "A-4", "A-5")]
    client.get("/language/id?next=/")
    prose = [re.sub(r"<pre>.*?</pre>|<[^>]+>", "", page, flags=re.DOTALL) for page in pages]
    assert any(approval in one for one in prose)
    assert [re.findall(r"\([a-z]+(?:[-.][a-z]+)+\)", one) for one in prose] == [[]] * len(pages)


def test_what_is_due_names_its_law_and_leads_to_its_facts(console: RunningConsole):
    """Every fact that a line rests on is a link to an event of the page."""
    page = console.signed_in("auditor").get("/claims/A-1").text
    assert "<dd>meninggal bukan karena kerja, 01-03-2026</dd>" in page
    award = page.partition('id="award"')[2].partition("</section>")[0]
    assert "PP 44/2015" in award
    links = re.findall(r'href="#(event-[0-9]+)"', award)
    assert links
    assert all(f'id="{link}"' in page for link in links)


def test_a_claim_is_seen_as_it_was_known_after_each_event(console: RunningConsole):
    """By the number of the step, which leads to its position; on a day; not before it was filed."""
    client = console.signed_in("officer")
    _, moments = row_of(console, "A-1")
    first = moments[0].step.position
    sent = client.get("/claims/A-1?step=1")
    assert (sent.status_code, sent.headers["location"]) == (303, f"/claims/A-1?known_on={first}")
    then = client.get(f"/claims/A-1?known_on={first}")
    assert figures(then.text)["entitled"] == 0
    now, amiss = client.get("/claims/A-1").text, text("console.claim.amiss-now").id
    nothing = text("console.claim.nothing-amiss").id
    assert [amiss in then.text, nothing in then.text] == [True, False]
    assert [amiss in now, nothing in now] == [False, True]
    assert f'id="event-{moments[-1].step.position}"' not in then.text
    on_a_day = client.get(f"/claims/A-1?step={len(moments)}&known_day=30-06-2026")
    assert on_a_day.headers["location"] == "/claims/A-1?known_on=30-06-2026"
    assert client.get("/claims/A-1?known_on=2020-01-01").status_code == 400
    assert client.get("/claims/A-1?known_on=never").status_code == 400
    assert client.get("/claims/A-1?true_on=01-01-2099").status_code == 200


def test_the_moment_is_that_of_the_state_below_it_where_something_was_taken_back(console: RunningConsole):
    """At each event, before and after the one that a later event takes back, the number, the chosen option and the state are its own.

    The form that nobody touched leads to what is shown, at a position between two events and on a day too.
    """
    taken_back = Life(niks(9)[8]).insured().filed("R-1").died(claim="R-1", id="R-1-died")
    console.live(taken_back.retracted("R-1-died", agency="rsud").died("2026-03-02", claim="R-1"))
    client = console.signed_in("auditor")
    _, moments = row_of(console, "R-1")
    assert [moment.step.type for moment in moments if moment.retracted]
    for number, moment in enumerate(moments, 1):
        page = client.get(f"/claims/R-1?known_on={moment.step.position}").text
        chosen = re.search(r'<output for="field-step">([0-9]+) · ', page)
        slider = re.search(r'name="step" min="1" max="[0-9]+" value="([0-9]+)"', page)
        link = re.search(r'<a [^>]*aria-current="step"[^>]*>([0-9]+)</a>', page)
        assert [one and one[1] for one in (chosen, slider, link)] == [str(number)] * 3
        shown = re.findall(r'<li id="event-([0-9]+)"', page.partition('id="award"')[0])
        assert shown == [str(one.step.position) for one in moments[:number]]
    for known_on in (moments[0].step.position, "30-06-2099"):
        page = client.get(f"/claims/R-1?known_on={known_on}").text
        form = page.partition('<section id="moment">')[2].partition("</form>")[0]
        sent = dict(re.findall(r'<input [^>]*?name="([a-z_]+)"[^>]* value="([^"]*)"', form))
        again = client.get("/claims/R-1", params=sent)
        assert again.headers["location"].partition("?")[2] == f"known_on={known_on}"


def test_a_position_that_there_is_not_yet_is_refused_with_the_last_one(console: RunningConsole):
    """It is not taken as now: who asks for it would hold the answer for one of that position."""
    client = console.signed_in("auditor")
    store = console.installation.read_models()
    try:
        with store.view() as view:
            row = claims.claim(view, "A-1")
            assert row is not None
            last = cut_of(view).positions[row.partition]
    finally:
        store.close()
    assert client.get(f"/claims/A-1?known_on={row.partition}:{last}").status_code == 200
    for place in (f"{last + 1}", f"{row.partition}:{last + 1}"):
        refused = client.get(f"/claims/A-1?known_on={place}")
        assert refused.status_code == 400
        assert f"{row.partition}:{last}" in refused.text


def test_only_problems_and_the_newest_first(console: RunningConsole):
    """The order and the choice stand in the address."""
    client = console.signed_in("supervisor")
    _, moments = row_of(console, "A-4")
    newest = client.get("/claims/A-4?order=newest&times=1").text
    places = re.findall(r'<li id="event-([0-9]+)"', newest.partition('id="award"')[0])
    assert places == [str(moment.step.position) for moment in reversed(moments)]
    problems = client.get("/claims/A-4?only=problems").text.partition('id="award"')[0]
    assert 0 < problems.count('<li id="event-') < len(moments)


def test_the_article_of_a_benefit_leads_to_what_the_rulebook_says_by_it(console: RunningConsole):
    """The list of the rulebook that opens there holds at least one statement of this article."""
    client = console.signed_in("auditor")
    addresses = re.findall(r'href="(/rulebook\?q=[^"]+)"', client.get("/claims/A-1").text)
    assert addresses
    for address in addresses:
        assert figures(client.get(address.replace("&amp;", "&")).text)["rulebook.count"] > 0


def test_each_fact_that_a_result_rests_on_leads_to_its_event(console: RunningConsole):
    """By its reference, wherever the page names it; no link leads nowhere."""
    page = console.signed_in("auditor").get("/claims/A-1").text
    basis = page.partition(f"<summary>{text('why.basis').id}</summary>")[2].partition("</details>")[0]
    assert '<a href="#event-' in basis
    for position in set(re.findall(r'href="#event-(\d+)"', page)):
        assert f'id="event-{position}"' in page


def test_between_two_moments_each_event_says_what_it_moved(console: RunningConsole):
    """The sums before and after are those of the claim then and now."""
    client = console.signed_in("auditor")
    row, moments = row_of(console, "A-1")
    page = client.get(f"/claims/A-1/between?from={moments[0].step.position}").text
    shown = figures(page)
    assert (shown["before.entitled"], shown["after.entitled"]) == (0, row.entitled)
    assert console.installation.rulebook.scheme.currency.write(row.entitled) in page
    assert client.get("/claims/A-1/between").status_code == 400
    of_days = client.get("/claims/A-1/between?from=01-01-2020&to=31-12-2099").text
    assert figures(of_days)["after.entitled"] == row.entitled
    assert re.search(r'<input id="field-days-from" name="from" type="text" +value="01-01-2020"', of_days)


def test_two_moments_are_headed_by_their_days(console: RunningConsole):
    """As they were asked for, or when the last event before was recorded.

    The positions, or the handle, stand beside them.
    """
    client = console.signed_in("auditor")
    _, moments = row_of(console, "A-1")
    first, last = moments[0].step, moments[-1].step

    def recorded(time: str) -> str:
        return terms.moment(dt.datetime.fromisoformat(time))

    def headed(query: str) -> tuple[str, str]:
        page = client.get(f"/claims/A-1/between?{query}").text
        found = re.search(r'<p class="lead">(.*?)</p>\n<p class="note">(.*?)</p>', page)
        assert found is not None
        return found[1], found[2]

    days, places = headed(f"from={first.position}")
    assert days == f"Dari {recorded(first.recordedtime)} sampai {recorded(last.recordedtime)}"
    assert places == f"Posisi 0:{first.position} sampai 0:{last.position}"
    assert headed("from=01-01-2020&to=2020-02-01") == (
        "Dari 01-01-2020 23.59 WIB sampai 01-02-2020 23.59 WIB",
        "Posisi 0:0 sampai 0:0",
    )
    shown = re.search(r"F-[0-9A-Z]{4}-[0-9A-Z]{4}", finished(client, "/claims"))
    assert shown is not None
    days, places = headed(f"from={first.position}&to={shown[0]}")
    assert days.startswith(f"Dari {recorded(first.recordedtime)} sampai ")
    assert places == f"Posisi 0:{first.position} sampai 0:{last.position} ({shown[0]})"


def test_a_claim_that_is_none_says_so(console: RunningConsole):
    """As a page that is not there; on both pages."""
    client = console.signed_in("auditor")
    assert client.get("/claims/NONE").status_code == 404
    assert client.get("/claims/NONE/between?from=1").status_code == 404


def test_the_list_is_narrowed_and_counted(console: RunningConsole):
    """Each choice says how many claims it leaves; the sums are those of all that match."""
    client = console.signed_in("officer")
    row, _ = row_of(console, "A-1")
    page = client.get("/claims?status=ordered&amount_from=1&sort=largest").text
    shown = figures(page)
    assert shown["claims.count"] >= 1
    assert shown["claims.entitled"] >= row.entitled > 0
    assert 'href="/claims/A-1"' in page
    assert 'href="/claims/A-2"' not in page
    waiting = re.search(r'<option value="waiting">[^<]*\(([0-9]+)\)', page)
    assert waiting is None, "a claim that waits is entitled to nothing"
    assert re.search(r'<option value="waiting">[^<]*\([1-9]', client.get("/claims?status=ordered").text)
    late = client.get("/claims?filed_from=2099-01-01")
    assert late.status_code == 200
    assert 'name="filed_from" type="text"  value="01-01-2099"' in late.text
    for narrowed in ("amount_of=ordered&amount_from=1", "ordered_from=01-01-2025"):
        of_orders = client.get(f"/claims?{narrowed}").text
        assert 'href="/claims/A-1"' in of_orders
        assert 'href="/claims/A-2"' not in of_orders
        option, _, value = narrowed.partition("&")[0].partition("=")
        assert f"--{option.replace('_', '-')} {value}" in of_orders
    assert figures(client.get("/claims?ordered_from=2099-01-01").text).get("claims.count", 0) == 0
    assert figures(client.get("/claims?paid_from=2099-01-01").text).get("claims.count", 0) == 0
    every = figures(client.get("/claims").text)
    assert figures(client.get("/claims?amount_of=paid").text) == every, "of no amount nothing is asked"
    for wrong in ("amount_from=42.000", "filed_to=31-02-2025", "amount_of=owed", "paid_to=31-02-2025"):
        assert client.get(f"/claims?{wrong}").status_code == 400


def test_what_takes_its_time_to_count_is_counted_beside_the_page(
    console: RunningConsole, monkeypatch: pytest.MonkeyPatch
):
    """Where many claims must be looked at; the figures are the same, and the page says as of when they are."""
    client, path = console.signed_in("auditor"), "/claims?amount_from=1"
    figures = re.compile(r'data-figure="claims\.\w+" value="\d+"')
    at_once = client.get(path).text
    monkeypatch.setattr(claim_counts, "MANY", 0)
    beside = finished(client, path)
    assert figures.findall(beside) == figures.findall(at_once) != []
    as_of = "dari buku sampai saat itu"
    assert (as_of in at_once, as_of in beside) == (False, True)


def test_what_is_typed_finds_a_claim_and_no_nik_stands_in_an_address(console: RunningConsole):
    """A number leads to its claim; a NIK to the claims of its token; what there is not says what could be."""
    client = console.signed_in("officer")
    assert post(client, "/claims/find", page="/claims", text="a-1").headers["location"] == "/claims/A-1"
    nik = niks(1)[0]
    row, _ = row_of(console, "A-1")
    found = post(client, "/claims/find", page="/claims", text=nik)
    assert found.headers["location"] == f"/claims?person={row.person}"
    agency = post(client, "/claims/find", page="/claims", text=row.agency)
    assert agency.headers["location"] == f"/claims?agency={row.agency}"
    amount = post(client, "/claims/find", page="/claims", text="Rp42.000.000")
    assert amount.headers["location"] == "/claims?amount_from=42000000&amount_to=42000000"
    assert post(client, "/claims/find", page="/claims", text="42000000").status_code == 400
    nothing = post(client, "/claims/find", page="/claims", text="nobody-has-this")
    assert nothing.status_code == 400
    assert 'value="nobody-has-this"' in nothing.text


@pytest.mark.parametrize(
    ("role", "typed", "leads"),
    [
        ("auditor", "rsud", "/agencies/rsud"),
        ("auditor", " Dins ", "/agencies/dinsos"),
        ("supervisor", "dinsos", "/agencies/dinsos"),
        ("auditor", "di", "/agencies?q=di"),
        ("auditor", "officer", "/officers/officer"),
        ("officer", "dins", "/claims?agency=dinsos"),
        ("officer", "rsud", ""),
        ("officer", "auditor", ""),
    ],
)
def test_what_is_typed_finds_an_agency_or_an_account(
    console: RunningConsole, role: Role, typed: str, leads: str
):
    """By the whole name or a part of it; several are offered, and nobody is led to a page that they may not see."""
    client = console.signed_in(role)
    answer = post(client, "/claims/find", page="/claims", text=typed)
    assert answer.status_code == (303 if leads else 400)
    assert answer.headers.get("location", "") == leads
    if leads:
        assert client.get(leads).status_code == 200
    if leads.startswith("/agencies?"):
        assert re.findall(r'href="/agencies/(\w+)"', client.get(leads).text) == ["dinsos", "disdukcapil"]


def test_personal_data_is_opened_once_for_a_reason_that_is_recorded(console: RunningConsole):
    """Not without a reason; not by an address; and it shows in the person's own report who looked, and why."""
    client = console.signed_in("officer")
    person = row_of(console, "A-1")[0].person
    nothing = post(client, "/claims/A-1/unmask", page="/claims/A-1", reason="  ")
    assert nothing.status_code == 400
    before = client.get(f"/persons/{person}").text
    assert "surat tugas 99/2026" not in before
    sent = post(client, "/claims/A-1/unmask", page="/claims/A-1", reason="surat tugas 99/2026")
    address = sent.headers["location"]
    assert console.signed_in("supervisor").get(address).status_code == 404
    shown = client.get(address)
    assert (shown.status_code, client.get(address).status_code) == (200, 404)
    assert shown.headers["cache-control"] == "no-store"
    values = re.findall(r'data-label="Isi">([^<]+)</td>', shown.text)
    assert values
    assert "ahli waris 1: rekening" in shown.text
    closed = client.get("/claims/A-1/unmask")
    assert (closed.status_code, closed.headers["location"]) == (303, "/claims/A-1")
    assert not any(value in client.get("/claims/A-1").text for value in values if len(value) > 8)
    after = client.get(f"/persons/{person}").text
    assert after.count("surat tugas 99/2026") == 1
    assert "officer" in after.partition('id="list-person-looks"')[2]
    assert client.get("/claims/NONE/unmask").status_code == 303
    assert post(client, "/claims/NONE/unmask", page="/claims/A-1", reason="x").status_code == 400


def test_hostile_text_is_shown_letter_by_letter_where_it_is_opened(console: RunningConsole):
    """Names, grounds and reasons of agencies, and the reason of whoever opens them, are text and never markup."""
    client = console.signed_in("supervisor")
    sent = post(client, "/claims/A-5/unmask", page="/claims/A-5", reason=HOSTILE)
    shown = client.get(sent.headers["location"]).text
    assert HOSTILE not in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
    assert "49" not in re.findall(r'data-label="Isi">([^<]+)</td>', shown)
    person = row_of(console, "A-5")[0].person
    assert HOSTILE not in client.get(f"/persons/{person}").text


def test_a_person_is_shown_by_token_only(console: RunningConsole):
    """Membership, months, claims with their sums, events; a NIK in the address finds nobody, also where it is known."""
    client = console.signed_in("auditor")
    row, _ = row_of(console, "A-1")
    page = client.get(f"/persons/{row.person}").text
    shown = figures(page)
    assert shown["person-claims.entitled"] == row.entitled
    assert shown["months_paid.count"] > 0
    assert 'href="/claims/A-1"' in page
    assert client.get(f"/persons/{niks(1)[0]}").status_code == 404
    assert client.get("/persons/~nobodynobodynobodynob").status_code == 404


def test_nobody_is_led_to_what_they_may_not_see(console: RunningConsole) -> None:
    """An officer reads of agencies and exceptions without links to their pages."""
    assert 'href="/agencies/' in console.signed_in("auditor").get("/claims/A-1").text
    seen = console.signed_in("officer").get("/claims/A-1").text
    assert 'href="/agencies/' not in seen
    assert 'href="/exceptions' not in seen


async def seal(installation: Installation) -> None:
    """Let the notary take and seal what was recorded so far."""
    service = NotaryService(installation)
    try:
        await service.step(asyncio.Event())
    finally:
        service.forget()


def test_a_claim_is_proven_to_who_has_nothing_but_the_verifier(
    console: RunningConsole, tmp_path: Path, capsys
):
    """The bundle of the page, the proof of an event and the log itself, all as the notary keeps them."""
    installation = console.installation
    console.run(seal(installation))
    client = console.signed_in("auditor")
    page = client.get("/claims/A-1").text
    _, moments = row_of(console, "A-1")
    assert 'href="/claims/A-1/proof"' in page
    assert page.count("entri log ") == len(moments)
    assert console.signed_in("officer").get("/claims/A-1/proof").status_code == 403

    origin = Log(installation.settings.log).checkpoint()
    assert origin is not None
    key, made = tmp_path / "fund.key", tmp_path / "A-1.zip"
    key.write_text(public_keys(installation, origin.origin), encoding="utf-8")
    made.write_bytes(client.get("/claims/A-1/proof").content)
    assert verifier.main(["bundle", str(made), "--key", str(key), "--lang", "en"]) == 0
    said = capsys.readouterr().out
    assert "All of it is about claim A-1" in said
    assert "due, Rp42.000.000" in said
    with zipfile.ZipFile(made) as archive:
        inside = b"".join(archive.read(name) for name in archive.namelist() if name.startswith("entries/"))
    assert niks(1)[0].encode() not in inside
    assert b"Siti Aminah" not in inside
    assert recheck(claim_file_in(read(made)), lambda *_: {}).findings == []

    noted = files_of_claim(tmp_path, client.get("/claims/A-1/file").content)
    places = msgspec.json.decode(noted["log.json"], type=LogPlaces)
    assert (places.origin, {one.step.position for one in moments} - places.indices.keys()) == (
        origin.origin,
        set(),
    )
    assert recheck(noted, lambda *_: {}).findings == []

    for name in (moments[0].step.ref, f"{moments[0].step.partition}:{moments[0].step.position}"):
        found = console.run(proof_of(installation, name))
        assert found is not None
        alone = tmp_path / "event.tlog-proof"
        alone.write_bytes(found[1])
        assert verifier.main(["proof", str(alone), "--key", str(key)]) == 0
        assert moments[0].step.ref.split(":")[1] in capsys.readouterr().out
    assert [console.run(proof_of(installation, name)) for name in ("nobody:1", "dinsos:none", "9:1")] == [
        None
    ] * 3

    assert verifier.main(["log", str(installation.settings.log), "--key", str(key)]) == 0


def files_of_claim(folder: Path, content: bytes) -> dict[str, bytes]:
    """What is in a ZIP that was handed out."""
    place = folder / "claim-file.zip"
    place.write_bytes(content)
    return read(place)


def test_nobody_filed_it_so_nothing_proves_it(console: RunningConsole):
    assert console.signed_in("auditor").get("/claims/NOBODY/proof").status_code == 404
