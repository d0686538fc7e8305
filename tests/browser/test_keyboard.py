"""The forms of the console by keyboard alone, over a small book."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from services.intake import quarantine
from services.intake.context import Keyring, context_of
from services.intake.examination import Refusal, RejectedDocument
from services.ledger.edge import Fault
from services.runtime.bootstrap import Installation
from tests.browser.keyboard import go_to, use
from tests.browser.soundness import grave
from tests.browser.walking import PATIENCE
from tests.consoles import PASSWORD, RunningConsole, lives, running_console


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningConsole]:
    """A console over a book of a few claims."""
    with running_console(Path(tmp_path_factory.mktemp("keyboard")), *lives()) as running:
        yield running


def test_an_auditor_works_by_keyboard_alone(browser: Browser, console: RunningConsole):
    """Signs in, finds a claim, looks back, and sends a form that comes back with the focus on what is wrong."""
    context = browser.new_context(base_url=console.url, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE)
    page, faults = context.new_page(), list[str]()
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if "Content Security" in said.text else None)
    page.goto("/")
    go_to(page, page.locator("[name=name]"))
    page.keyboard.type("auditor")
    go_to(page, page.locator("[name=password]"))
    page.keyboard.type("salah-sama-sekali")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("keliru")
    expect(page.locator("[name=password]")).to_be_focused()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("#menu")).to_be_visible()
    use(page, page.get_by_role("link", name="Klaim", exact=True))
    expect(page.locator("h1")).to_have_text("Klaim")
    go_to(page, page.locator("[name=text]"))
    page.keyboard.type("a-1")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("A-1")
    page.wait_for_load_state()
    go_to(page, page.locator("[name=step]"))
    last = page.locator("output").inner_text()
    page.keyboard.press("ArrowLeft")
    expect(page.locator("output")).not_to_have_text(last)
    told = page.locator("output").inner_text()
    assert page.locator("[name=step]").get_attribute("aria-valuetext") == told
    page.keyboard.press("Enter")
    expect(page.locator(".notice")).to_be_visible()
    expect(page.locator("output")).to_have_text(told)
    page.goto("/samples/new")
    go_to(page, page.locator("[name=name]"))
    page.keyboard.type("S 1")
    go_to(page, page.locator("[name=tolerable]"))
    page.keyboard.type("200%")
    page.keyboard.press("Enter")
    expect(page.locator("[aria-invalid=true]")).to_have_count(1)
    expect(page.locator("[name=tolerable]")).to_be_focused()
    assert page.locator("[name=name]").input_value() == "S 1"
    assert grave(page) == []
    assert faults == []
    context.close()


def test_the_way_back_leads_to_every_answer(browser: Browser, console: RunningConsole):
    """Also to what a form was answered with, as it was typed then; nothing is sent again."""
    page = _signed_in(browser, console, "auditor")
    page.goto("/samples/new")
    for typed in ("200%", "300%"):
        page.locator("[name=name]").fill("S 1")
        page.locator("[name=tolerable]").fill(typed)
        page.keyboard.press("Enter")
        expect(page.locator("main [role=alert]")).to_be_visible()
        expect(page.locator("[name=tolerable]")).to_have_value(typed)
    page.goto("/claims")
    page.go_back()
    expect(page.locator("[name=tolerable]")).to_have_value("300%")
    page.go_back()
    expect(page.locator("[name=tolerable]")).to_have_value("200%")
    page.go_back()
    expect(page.locator("main [role=alert]")).to_have_count(0)
    page.context.close()


def _signed_in(browser: Browser, console: RunningConsole, name: str) -> Page:
    """Return the page of somebody who has signed in by keyboard."""
    context = browser.new_context(base_url=console.url, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto("/")
    go_to(page, page.locator("[name=name]"))
    page.keyboard.type(name)
    go_to(page, page.locator("[name=password]"))
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("#menu")).to_be_visible()
    return page


def test_an_operator_discards_a_refused_document_by_keyboard_alone(browser: Browser, console: RunningConsole):
    """From the list to the document, whose discarding stands folded away; without a reason nothing is done."""
    console.run(_refuse(console.installation))
    page = _signed_in(browser, console, "operator")
    use(page, page.get_by_role("link", name="Operasi", exact=True))
    use(page, page.get_by_role("link", name="Dokumen yang ditolak", exact=True))
    use(page, page.locator("main table a").first)
    expect(page.locator("h1")).to_contain_text("D-9")
    use(page, page.locator("main details:not(.playbook) summary"))
    go_to(page, page.locator("form[action$='/discard'] [name=reason]"))
    page.keyboard.type("dikirim dua kali, lihat surat 7/2026")
    use(page, page.locator("form[action$='/discard'] button"))
    expect(page.locator("main [role=status]")).to_contain_text("dibuang")
    expect(page.locator("main")).to_contain_text("dikirim dua kali, lihat surat 7/2026")
    assert grave(page) == []
    page.context.close()


async def _refuse(installation: Installation) -> None:
    """Let a document of an agency be refused."""
    context = context_of(installation)
    refused = RejectedDocument("D-9", b"{}", Refusal("invalid", (Fault("invalid", "$.data", "x"),), "", ""))
    await quarantine.quarantine(context, "dinsos", [refused], Keyring(context))
