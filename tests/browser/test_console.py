"""The console in a real browser: ten questions of an auditor answered by links, fields and buttons, and every page looked at.

One file, since all of it needs one demo that runs; the pages come last, so that those which acts leave are among them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from services.ledger.user_accounts import ROLES
from tests.browser.soundness import ALSO, BY_FORM, Found, faults_of, followed
from tests.browser.walking import Site, Visitor, figure, fill, press, reads, said, templates, to

CLAIM = "MUBA-2025-00017"
AUDIT = "ST-12/2026"


@pytest.fixture(scope="module")
def auditor(browser: Browser, site: Site) -> Iterator[Page]:
    """The window of an auditor, who goes from one question to the next."""
    visitor = Visitor(browser, site, "auditor", "en", scripts=True)
    visitor.see("/")
    yield visitor.page
    assert visitor.faults == []
    visitor.close()


def test_0_an_auditor_begins_an_engagement(auditor: Page) -> None:
    """Its number stands on every page from then on."""
    to(auditor, "Engagements")
    fill(auditor, number=AUDIT, letter="Letter of 02-11-2026")
    for name, day in (("from", "01-01-2025"), ("to", "31-12-2026"), ("until", "31-12-2027")):
        auditor.locator(f"main [name={name}]").fill(day)
    press(auditor, "Begin an engagement")
    press(auditor, "Use in this session")
    to(auditor, "Start")
    assert AUDIT in auditor.locator("header").inner_text()


def test_1_who_waits_for_whom(auditor: Page) -> None:
    """From the first page to the claim, whose sentence names who must act."""
    to(auditor, "Start", "Which claims wait, and who must act?")
    auditor.locator("main table a").first.click()
    reads(auditor, re.compile(r"Claim MUBA-\d{4}-\d{5} \(JK[KM]\) waits for"))


def test_2_how_much_was_paid_and_is_it_the_same_number_again(auditor: Page) -> None:
    """The handle below the figures gives the same sum again."""
    to(auditor, "Overview")
    paid = figure(auditor, "paid_by_bank")
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
    auditor.locator("a[title^='Claim opened']").first.click()
    reads(auditor, f"Claim {CLAIM} (JKK) waits for")
    assert figure(auditor, "paid_by_bank") == 0


def test_5_what_changed_between_two_moments(auditor: Page) -> None:
    """In rupiah, with the events that moved them."""
    to(auditor, "See it as it is now", "Compare two moments")
    choices = auditor.locator("main select[name=to] option")
    auditor.locator("main select[name=from]").select_option(index=0)
    auditor.locator("main select[name=to]").select_option(index=choices.count() - 1)
    press(auditor, "Show")
    reads(auditor, "+Rp85.000.000")
    reads(auditor, "bank-sumsel")


def test_6_who_said_so(auditor: Page) -> None:
    """Each event names its sender, and opens as it was recorded."""
    to(auditor, CLAIM)
    raw = auditor.get_by_text(re.compile("^As recorded")).first
    raw.click()
    assert '"source"' in said(auditor)
    to(auditor, "dinas-sosial")
    assert "dinas-sosial" in auditor.locator("h1").inner_text()


def test_7_what_is_not_as_it_should_be(auditor: Page) -> None:
    """The list of exceptions, and from each its claim."""
    to(auditor, "Exceptions")
    reads(auditor, "Documents without a hash")
    auditor.locator("main table").last.locator("a").first.click()
    assert auditor.locator("h1").inner_text().startswith("MUBA-")


def test_8_what_else_looks_like_this(auditor: Page) -> None:
    """An audit test, its hits, and a finding about one of them, which somebody else assesses."""
    to(auditor, "Audit tests", "Paid late")
    assert figure(auditor, "count") == 15
    auditor.locator("main input[name=item]").first.check()
    fill(auditor, note="Why ten days?", reason="selected by amount")
    press(auditor, "Open the finding")
    reads(auditor, "Waits for a supervisor")


def test_9_which_ones_do_i_look_at(auditor: Page) -> None:
    """From plan to evaluation of a sample that chance has drawn."""
    to(auditor, "Samples")
    to(auditor, "Plan a sample")
    fill(auditor, tolerable="5%")
    press(auditor, "Show")
    to(auditor, "Next: freeze the frame")
    fill(auditor, name="orders-2025")
    press(auditor, "Freeze frame and design")
    fill(auditor, seed="847261", source="lottery of 27-11-2026")
    press(auditor, "Record the seed")
    press(auditor, "Draw the sample")
    assert figure(auditor, "size") == 32
    auditor.locator("main input[name=item]").first.check()
    auditor.locator("main input[name=found][value=right]").check()
    press(auditor, "Record what was found")
    assert figure(auditor, "examined") == 1


def test_10_how_do_others_check_it(auditor: Page) -> None:
    """The file of a claim, tables with their manifest, an answer in SQL, and the bundle of the engagement."""
    auditor.goto(f"/claims/{CLAIM}")
    with auditor.expect_download() as file:
        auditor.get_by_role("link", name="File of the claim (ZIP)").click()
    assert file.value.suggested_filename.endswith(".zip")
    to(auditor, "Exports")
    auditor.locator("main input[name=table][value=claims]").check()
    press(auditor, "Write the export")
    reads(auditor, "The export is written")
    to(auditor, "SQL")
    fill(
        auditor,
        question="SELECT programme, sum(paid) AS paid FROM claims GROUP BY programme ORDER BY programme",
    )
    press(auditor, "Ask")
    reads(auditor, "JKM")
    to(auditor, "Engagements", AUDIT)
    reads(auditor, "orders-2025")


def test_an_officer_decides_and_a_supervisor_releases(browser: Browser, site: Site) -> None:
    """What is referred is approved by one person; its order leaves only when another one has released it by name."""
    officer = Visitor(browser, site, "officer", "en", scripts=True)
    officer.see("/")
    page = officer.page
    to(page, "Work list", "UJI-1")
    page.locator("main input[name=decision][value=approve]").check()
    page.locator("main input[name=reasons]").first.check()
    fill(page, grounds="The contribution of March was paid on the day of the death, before it was known.")
    press(page, "Check the decision")
    press(page, "Send the decision")
    reads(page, "payment is ordered")
    assert officer.faults == []
    officer.close()

    supervisor = Visitor(browser, site, "supervisor", "en", scripts=True)
    supervisor.see("/releases")
    page = supervisor.page
    while "UJI-1.1" not in said(page):
        page.reload()
    page.locator("main form.act").last.get_by_role("button").click()
    fill(page, reason="Documents seen; account confirmed by the district.")
    page.locator("main form[action='/releases/decide'] button").click()
    reads(page, "Rp42.000.000")
    page.goto("/claims/UJI-1")
    while figure(page, "released") != 42_000_000:
        page.reload()
    assert supervisor.faults == []
    supervisor.close()


@pytest.fixture(scope="module")
def found(browser: Browser, site: Site) -> Found:
    """Where links lead."""
    return followed(browser, site)


def test_links_lead_to_every_page(found: Found) -> None:
    """From the first page, for somebody of some role; and none leads to a page that is none or is not for who sees it."""
    unseen = sorted(set(templates()) - set(ALSO) - set(BY_FORM) - found.pages.keys())
    assert not unseen, "\n".join(unseen)
    assert not found.broken, "\n".join(found.broken)


@pytest.mark.parametrize("language", ["id", "en"])
def test_every_page_is_sound(found: Found, visit: Callable[..., Visitor], language: str) -> None:
    """No complaint of the browser or its policy, no other host, no grave finding of axe, one heading, nothing cut off on a phone."""
    faults: list[str] = []
    for role in ROLES:
        visitor = visit(role, language)
        pages = [path for who, path in found.pages.values() if who == role]
        for path in (*pages, *(ALSO if role == ROLES[0] else ())):
            faults += [f"{path}: {one}" for one in faults_of(visitor, path, language)]
    assert not faults, "\n".join(faults)
