"""A browser over a running demo: whoever is signed in, what the pages asked for and complained of, where links lead."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, Request, Response, expect

from services.ledger.user_accounts import Role
from tests.consoles import page_kinds

PATIENCE = 120_000
"""Milliseconds in which a page says what is waited for."""
DESKTOP, PHONE = (1366, 768), (390, 844)
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_NO_PAGES = re.compile(
    r"/(static|language|sign-out|sign-in/provider|file|frame|bundle|proof|download)\b|[?&](format|pdf)="
)
"""Files, and what leads elsewhere."""


class Site(NamedTuple):
    """A console that runs over a demo, and the session of an account of each role."""

    url: str
    sessions: Mapping[Role, str]


class Visitor:
    """A browser window in which somebody of a role is signed in; it keeps what went wrong on the pages it showed."""

    def __init__(self, browser: Browser, site: Site, role: Role | None, language: str, scripts: bool) -> None:
        self.site = site
        self.faults: list[str] = []
        self.context: BrowserContext = browser.new_context(
            base_url=site.url,
            viewport={"width": DESKTOP[0], "height": DESKTOP[1]},
            java_script_enabled=scripts,
            reduced_motion="reduce",
        )
        cookies = {"language": language} | ({"session": site.sessions[role]} if role else {})
        self.context.add_cookies(
            [{"name": name, "value": value, "url": site.url} for name, value in cookies.items()]
        )
        self.page: Page = self.context.new_page()
        self.page.on("console", lambda said: self._heard(said.type, said.text))
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("request", self._asked)

    def see(self, path: str) -> Response:
        """Show a page."""
        answer = self.page.goto(path)
        assert answer is not None
        return answer

    def size(self, size: tuple[int, int]) -> None:
        """Make the window this wide and high."""
        self.page.set_viewport_size({"width": size[0], "height": size[1]})

    def close(self) -> None:
        self.context.close()

    def _heard(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.faults.append(text)

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self.site.url, "data:")):
            self.faults.append(f"asked another host: {request.url}")


def templates() -> Sequence[str]:
    """Return the path of each page that is read, with the names of what varies in it."""
    return page_kinds(_NO_PAGES)


def links(visitor: Visitor) -> Iterator[str]:
    """Yield the addresses of pages of the console to which the page shown leads."""
    for address in visitor.page.eval_on_selector_all("a[href]", "found => found.map(one => one.href)"):
        if str(address).startswith(visitor.site.url) and not _NO_PAGES.search(str(address)):
            parts = urlsplit(str(address))
            yield parts.path + (f"?{parts.query}" if parts.query else "")


def to(page: Page, *links: str) -> None:
    """Follow links by what they are called."""
    for link in links:
        page.get_by_role("link", name=link, exact=True).first.click()
        wait_for_answer(page)


def wait_for_answer(page: Page) -> None:
    """Wait while an answer is being worked out: such a page loads again by itself."""
    page.wait_for_load_state()
    page.wait_for_selector("main:not(:has(.empty[aria-live])) h1", timeout=PATIENCE)


def fill(page: Page, **fields: str) -> None:
    for name, value in fields.items():
        page.locator(f"main [name={name}]").fill(value)


def press(page: Page, button: str) -> None:
    page.locator("main").get_by_role("button", name=button, exact=True).click()
    wait_for_answer(page)


def figure(page: Page, name: str) -> int:
    """Return a figure that the page shows."""
    return int(
        page.locator(f"[data-figure='{name}'], [data-figure$='.{name}']").first.get_attribute("value") or ""
    )


def said(page: Page) -> str:
    return page.locator("main").inner_text()


def reads(page: Page, text: str | re.Pattern[str]) -> None:
    """Wait until the page says this."""
    expect(page.locator("main")).to_contain_text(text, timeout=PATIENCE)
