"""The console in a real browser.

What auditors, officers, supervisors and operators do, by keyboard alone, and every page looked at. One file, since all
of it needs one demo that runs; the pages come last, so that those which acts leave are among them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from events.message import LANGUAGES, Language
from services.ledger.user_accounts import ROLES, Role
from tests.browser.keyboard import every_stop, go_to, tick, use, write
from tests.browser.soundness import ALSO, BY_FORM, Found, faults_of, faults_shown, followed, look_at
from tests.browser.walking import (
    PHONE,
    Site,
    Visitor,
    figure,
    fill,
    follow,
    press,
    reads,
    said,
    templates,
    to,
    until,
)

CLAIM = "MUBA-2025-00017"
AUDIT = "ST-12/2026"


@pytest.fixture(scope="module")
def window(browser: Browser, site: Site) -> Iterator[Visitor]:
    """The window of an auditor, who goes from one question to the next."""
    visitor = Visitor(browser, site, "auditor", "en", scripts=True)
    visitor.see("/")
    yield visitor
    assert visitor.faults == []
    visitor.close()


@pytest.fixture(scope="module")
def auditor(window: Visitor) -> Page:
    """The page that the auditor sees."""
    return window.page


def test_0_an_auditor_begins_an_engagement(auditor: Page) -> None:
    """Its number stands on every page from then on."""
    to(auditor, "Engagements")
    fill(auditor, number=AUDIT, letter="Letter of 02-11-2026")
    for name, day in (("from", "01-01-2025"), ("to", "31-12-2026"), ("until", "31-12-2099")):
        fill(auditor, **{name: day})
    press(auditor, "Begin an engagement")
    press(auditor, "Use in this session")
    to(auditor, "Start")
    assert AUDIT in auditor.locator("header").inner_text()


def test_1_who_waits_for_whom(auditor: Page) -> None:
    """From the first page to the claim, whose sentence names who must act."""
    to(auditor, "Start", "Which claims wait, and who must act?")
    follow(auditor, auditor.locator("main table a").first)
    reads(auditor, re.compile(r"Claim MUBA-\d{4}-\d{5} \(JK[KM]\) waits for"))


def test_2_how_much_was_paid_and_is_it_the_same_number_again(auditor: Page) -> None:
    """By the month of payment in each district too; the handle below the figures gives the same sum again."""
    to(auditor, "Overview")
    paid = figure(auditor, "paid_by_bank")
    reads(auditor, "How many payments, and their sum less what came back, districts against months")
    assert figure(auditor, "district-payments.paid") == figure(auditor, "payments.paid") > 0
    handle = re.findall(r"\bF-[0-9A-Z-]{8,9}\b", said(auditor))[-1]
    to(auditor, "Figures")
    fill(auditor, handle=handle)
    press(auditor, "Show")
    reads(auditor, handle)
    reads(auditor, f"{paid:,}".replace(",", "."))


def test_3_why_was_this_sum_paid(auditor: Page) -> None:
    """Found by its number: each line of the award with its article, and the facts that it rests on lead to their events."""
    to(auditor, "Claims")
    fill(auditor, text=CLAIM)
    press(auditor, "Find")
    assert CLAIM in auditor.locator("h1").inner_text()
    reads(auditor, "PP 82/2019")
    to(auditor, f"dinas-sosial:{CLAIM}.filed")
    assert auditor.url.partition("#")[2]


def test_4_what_did_we_know_when_it_waited(auditor: Page) -> None:
    """The page of the claim at an earlier event says what it waited for then."""
    auditor.goto(f"/claims/{CLAIM}")
    follow(auditor, auditor.locator("a[title^='Claim opened']").first)
    reads(auditor, f"Claim {CLAIM} (JKK) waits for")
    assert figure(auditor, "paid_by_bank") == 0


def test_5_what_changed_between_two_moments(auditor: Page, window: Visitor) -> None:
    """In rupiah, with the events that moved them.

    Of one claim, and of the whole book, from which a row leads to its claim.
    """
    to(auditor, "See it as it is now", "Compare two moments")
    for name, key in (("from", "Home"), ("to", "End")):
        go_to(auditor, auditor.locator(f"main select[name={name}]"))
        auditor.keyboard.press(key)
    press(auditor, "Compare the events")
    reads(auditor, "+Rp85.000.000")
    to(auditor, "What changed")
    fill(auditor, **{"from": "30-06-2025", "to": "31-07-2025"})
    press(auditor, "Show")
    reads(auditor, "From 30-06-2025 23.59 WIB to 31-07-2025 23.59 WIB")
    assert figure(auditor, "movement.paid_by_bank") == 96_299_667
    look_at(window)
    follow(auditor, auditor.locator(f"main a[href*='{CLAIM}/between']"))
    reads(auditor, "+Rp70.000.000")
    reads(auditor, "bank-sumsel")


def test_6_who_said_so(auditor: Page) -> None:
    """Each event names its sender, and opens as it was recorded."""
    to(auditor, CLAIM)
    use(auditor, auditor.get_by_text(re.compile("^As recorded")).first)
    reads(auditor, '"source"')
    to(auditor, "Dinas Sosial")
    assert "dinas-sosial" in auditor.locator("h1").inner_text()


def test_7_what_is_not_as_it_should_be(auditor: Page) -> None:
    """The list of exceptions, and from each its claim."""
    to(auditor, "Exceptions")
    to(auditor, "Documents without a hash")
    until(auditor, lambda: "MUBA-" in said(auditor))
    follow(auditor, auditor.locator("main table").last.locator("a").first)
    assert auditor.locator("h1").inner_text().startswith("MUBA-")


def test_8_what_else_looks_like_this(auditor: Page) -> None:
    """An audit test, its hits, and a finding about one of them, which somebody else assesses."""
    to(auditor, "Audit tests", "Paid late")
    assert figure(auditor, "count") == 15
    tick(auditor, auditor.locator("main input[name=item]").first)
    fill(auditor, note="Why ten days?", reason="selected by amount")
    press(auditor, "Open the finding")
    reads(auditor, "Waits for a supervisor")


def test_9_which_ones_do_i_look_at(auditor: Page, window: Visitor) -> None:
    """From plan to evaluation of a sample that chance has drawn."""
    to(auditor, "Samples")
    to(auditor, "Plan a sample")
    fill(auditor, tolerable="5%")
    press(auditor, "Show")
    to(auditor, "Next: freeze the frame")
    look_at(window)
    fill(auditor, name="orders-2025")
    press(auditor, "Freeze frame and design")
    fill(auditor, seed="847261", source="lottery of 27-11-2026")
    press(auditor, "Record the seed")
    press(auditor, "Draw the sample")
    assert figure(auditor, "size") == 32
    tick(auditor, auditor.locator("main input[name=item]").first)
    tick(auditor, auditor.locator("main input[name=found][value=right]"))
    press(auditor, "Record what was found")
    assert figure(auditor, "examined") == 1


def test_10_how_do_others_check_it(auditor: Page, window: Visitor) -> None:
    """The file of a claim, tables with their manifest, an answer in SQL, and the bundle of the engagement."""
    auditor.goto(f"/claims/{CLAIM}")
    with auditor.expect_download() as file:
        use(auditor, auditor.get_by_role("link", name="File of the claim (ZIP)"))
    assert file.value.suggested_filename.endswith(".zip")
    to(auditor, "Exports")
    tick(auditor, auditor.locator("main input[name=table][value=claims]"))
    press(auditor, "Write the export")
    reads(auditor, "The export is written")
    look_at(window)
    to(auditor, "SQL")
    fill(
        auditor,
        question="SELECT programme, sum(paid) AS paid FROM claims GROUP BY programme ORDER BY programme",
    )
    press(auditor, "Ask")
    reads(auditor, "JKM")
    look_at(window)
    to(auditor, "Engagements", AUDIT)
    reads(auditor, "orders-2025")


def test_personal_data_is_opened_for_a_reason(browser: Browser, site: Site) -> None:
    """Once, in either language; the page of the claim stays without it."""
    officer = Visitor(browser, site, "officer", "id", scripts=True)
    page = officer.page
    for language in LANGUAGES:
        officer.speak(language)
        officer.see(f"/claims/{CLAIM}")
        fill(page, reason="ST-12/2026")
        follow(page, page.locator("#personal button"))
        assert page.locator("main table td").count()
        look_at(officer, once=True)
    officer.close()


def test_an_officer_decides_and_a_supervisor_releases(browser: Browser, site: Site) -> None:
    """What is referred is approved by one person; its order leaves only when another one has released it by name."""
    officer = Visitor(browser, site, "officer", "en", scripts=True)
    officer.see("/")
    page = officer.page
    to(page, "Work list", "UJI-1")
    look_at(officer)
    tick(page, page.locator("main input[name=decision][value=approve]"))
    tick(page, page.locator("main input[name=reasons]").first)
    fill(page, grounds="The contribution of March was paid on the day of the death, before it was known.")
    press(page, "Check the decision")
    look_at(officer, once=True)
    press(page, "Send the decision")
    reads(page, "payment is ordered")
    reads(page, "Who must act now")
    look_at(officer)
    decided = page.url
    page.go_back()
    reads(page, "Send the decision")
    page.go_forward()
    assert page.url == decided
    officer.close()

    supervisor = Visitor(browser, site, "supervisor", "en", scripts=True)
    supervisor.see("/releases")
    page = supervisor.page
    until(page, lambda: "UJI-1.1" in said(page))
    look_at(supervisor)
    follow(page, page.locator("main form.act").last.get_by_role("button"))
    look_at(supervisor)
    fill(page, reason="Documents seen; account confirmed by the district.")
    follow(page, page.locator("main form[action='/releases/decide'] button"))
    reads(page, "Rp42.000.000")
    look_at(supervisor)
    page.goto("/claims/UJI-1")
    until(page, lambda: figure(page, "released") == 42_000_000)
    supervisor.close()


def test_an_operator_tries_a_refused_document_again(browser: Browser, site: Site) -> None:
    """From the first page to the document and its faults; who did it and why is recorded."""
    operator = Visitor(browser, site, "operator", "en", scripts=True)
    operator.see("/")
    page = operator.page
    to(page, "Operations", "Refused documents")
    follow(page, page.locator("main table a").first)
    write(page, page.locator("form[action$='/retry'] [name=reason]"), "the agency is registered since")
    press(page, "Send it again as it was")
    reads(page, "The document was sent again")
    assert operator.faults == []
    operator.close()


@pytest.mark.parametrize(
    "path", [f"/claims/{CLAIM}", "/samples/new", "/overview", "/difference?from=30-11-2025", "/work/UJI-1"]
)
def test_tab_leads_through_the_whole_page(visit: Callable[..., Visitor], path: str) -> None:
    """To everything that can be used, in its order, each time in sight and seen to have the focus; and on."""
    visitor = visit("auditor")
    visitor.see(path)
    assert every_stop(visitor.page) == []


@pytest.fixture(scope="module")
def found(site: Site) -> Found:
    """Where links lead."""
    return followed(site)


def test_links_lead_to_every_page(found: Found) -> None:
    """From the first page, for somebody of some role.

    And none leads to a page that is none or is not for who sees it.
    """
    seen = {kind for _, kind in found.pages}
    unseen = sorted({*templates()} - {*ALSO} - BY_FORM.keys() - seen)
    assert not unseen, "\n".join(unseen)
    assert not found.broken, "\n".join(found.broken)


def test_the_list_of_claims_fits_paper_where_its_words_are_longest(visit: Callable[..., Visitor]) -> None:
    """Whoever must act on an ordered claim has a long name, which a demo of paid claims does not show."""
    visitor = visit("auditor", "id")
    visitor.see("/claims")
    visitor.page.evaluate("""for (const row of document.querySelectorAll('main .scroll tbody tr')) {
        row.cells[1].textContent = 'diperintahkan';
        row.cells[2].textContent = 'BPJS Ketenagakerjaan';
    }""")
    assert "wider than a sheet" not in list(faults_shown(visitor, contrast=False))


def test_the_overview_is_short_on_a_phone_and_whole_on_a_desktop_screen_and_on_paper(
    visit: Callable[..., Visitor],
) -> None:
    """On a phone its tables are folded away, of which each opens; on paper all of them stand open."""
    visitor = visit("auditor", "id", scripts=False)
    visitor.see("/overview")
    page = visitor.page
    of_tables = page.locator("main .folded table")
    beside_charts = page.locator("main .folded.on-narrow table")
    assert all(one.is_visible() for one in beside_charts.all())
    visitor.size(PHONE)
    assert page.evaluate("document.documentElement.scrollHeight") < 10_000
    assert not any(one.evaluate("table => table.checkVisibility()") for one in of_tables.all())
    page.locator("main .folded > summary").first.click()
    assert of_tables.first.evaluate("table => table.checkVisibility()")
    page.emulate_media(media="print")
    assert of_tables.count() > 8
    assert all(one.evaluate("table => table.checkVisibility()") for one in of_tables.all())


def test_the_story_of_a_claim_needs_no_scrolling_beside_the_edge_of_a_phone(
    visit: Callable[..., Visitor],
) -> None:
    """What is drawn on a desktop screen opens there as days one below the other, as many as there are marks, each with its link."""
    visitor = visit("auditor", "id", scripts=False)
    visitor.see(f"/claims/{CLAIM}")
    drawing, days = (visitor.page.locator(f".storyline {one}") for one in ("svg", ".days"))
    marks = drawing.locator("a").count()
    assert (drawing.is_visible(), days.is_visible()) == (True, False)
    visitor.size(PHONE)
    assert (drawing.is_visible(), days.is_visible()) == (False, True)
    days.locator("summary").click()
    assert days.locator("a").first.is_visible()
    assert days.locator("a").count() == marks > 0
    assert days.evaluate("one => one.scrollWidth <= one.clientWidth")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("role", ROLES)
def test_every_page_is_sound(
    found: Found, visit: Callable[..., Visitor], role: Role, language: Language
) -> None:
    """No complaint of the browser or its policy, no other host, no grave finding of axe, one heading, nothing cut off.

    As each role sees it in Bahasa Indonesia, and in English as the first that may see it.
    """
    visitor = visit(role, language)
    first = {kind: who for who, kind in reversed([*found.pages])}
    pages = [
        (path, first[kind] == who)
        for (who, kind), path in found.pages.items()
        if who == role and (language == "id" or first[kind] == who)
    ]
    faults = [
        f"{path}: {one}" for path, is_first in pages for one in faults_of(visitor, path, contrast=is_first)
    ]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_for_nobody_are_sound(visit: Callable[..., Visitor], language: Language) -> None:
    """The form for signing in, and what is not there."""
    visitor = visit(None, language)
    faults = [f"{path}: {one}" for path in ALSO for one in faults_of(visitor, path)]
    assert not faults, "\n".join(faults)
