"""A browser over a running demo: whoever is signed in, what the pages asked for and complained of, where links lead."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from html.parser import HTMLParser
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

from playwright.sync_api import Browser, BrowserContext, Locator, Page, Request, Response, expect

from events.message import Language
from services.ledger.user_accounts import Role
from tests.browser.keyboard import use, write
from tests.consoles import page_kinds

PATIENCE = 120_000
"""Milliseconds in which a page says what is waited for."""
DESKTOP, PHONE, PAPER = (1366, 768), (390, 844), (688, 1000)
"""Width and height of a window, and what is printed of A4 within its margins, at 96 dots an inch."""
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

    def __init__(
        self, browser: Browser, site: Site, role: Role | None, language: Language, scripts: bool
    ) -> None:
        self.site, self.role, self.language = site, role, language
        self.faults: list[str] = []
        self.context: BrowserContext = browser.new_context(
            base_url=site.url,
            viewport={"width": DESKTOP[0], "height": DESKTOP[1]},
            java_script_enabled=scripts,
            reduced_motion="reduce",
        )
        self.context.set_default_timeout(PATIENCE)
        self.speak(language)
        if role:
            session = site.sessions[role]
            self.context.add_cookies([{"name": "session", "value": session, "url": site.url}])
        self.page: Page = self.context.new_page()
        self.answer: Response | None = None
        self.page.on("response", self._answered)
        self.page.on("console", lambda said: self._heard(said.type, said.text))
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("request", self._asked)

    def see(self, path: str) -> int:
        """Show a page, once what it shows is worked out: until then it loads itself again. Returns its status."""
        self.page.goto(path)
        while self.answer is None or "refresh" in self.answer.headers:
            with self.page.expect_navigation():
                pass
        return self.answer.status

    def speak(self, language: Language) -> None:
        """Choose the language of the pages that are shown from now on."""
        self.language = language
        self.context.add_cookies([{"name": "language", "value": language, "url": self.site.url}])

    def size(self, size: tuple[int, int]) -> None:
        """Make the window this wide and high."""
        self.page.set_viewport_size({"width": size[0], "height": size[1]})

    def close(self) -> None:
        self.context.close()

    def _answered(self, answer: Response) -> None:
        if answer.request.is_navigation_request():
            self.answer = answer

    def _heard(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.faults.append(text)

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self.site.url, "data:")):
            self.faults.append(f"asked another host: {request.url}")


def templates() -> Sequence[str]:
    """Return the path of each page that is read, with the names of what varies in it."""
    return page_kinds(_NO_PAGES)


class _Links(HTMLParser):
    """Collects what the links of a page name."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if tag == "a" and name == "href" and value is not None]


def links(site: Site, page: str, text: str) -> Iterator[str]:
    """Yield the addresses of pages of the console to which a page leads, from its address and its markup."""
    parser = _Links()
    parser.feed(text)
    for name in parser.found:
        address = urljoin(page, name)
        if address.startswith(site.url) and not _NO_PAGES.search(address):
            parts = urlsplit(address)
            yield parts.path + (f"?{parts.query}" if parts.query else "")


def to(page: Page, *links: str) -> None:
    """Follow links by what they are called."""
    for link in links:
        follow(page, page.get_by_role("link", name=link, exact=True).first)


def follow(page: Page, link: Locator) -> None:
    """Follow a link, or press a button, and wait for where it leads and what is worked out there.

    A page that will load itself again says so in a live region. Within the page there is nothing to wait for.
    """
    if (link.get_attribute("href") or "").startswith("#"):
        use(page, link)
        return
    page.evaluate("document.getElementById('main').dataset.left = ''")
    use(page, link)
    page.wait_for_selector("main:not([data-left]):not(:has([aria-live])) h1")
    page.wait_for_load_state()


def fill(page: Page, **fields: str) -> None:
    """Write into fields by their names."""
    for name, value in fields.items():
        write(page, page.locator(f"main [name={name}]"), value)


def press(page: Page, button: str) -> None:
    """Press a button by what stands on it."""
    follow(page, page.locator("main").get_by_role("button", name=button, exact=True))


def until(page: Page, found: Callable[[], bool]) -> None:
    """Load a page again until it is so, as somebody does who waits for others."""
    end = time.monotonic() + PATIENCE / 1000
    while not found():
        assert time.monotonic() < end, said(page)
        page.reload()


def figure(page: Page, name: str) -> int:
    """Return a figure that the page shows."""
    return int(
        page.locator(f"[data-figure='{name}'], [data-figure$='.{name}']").first.get_attribute("value") or ""
    )


def said(page: Page) -> str:
    return page.locator("main").inner_text()


def reads(page: Page, text: str | re.Pattern[str]) -> None:
    """Wait until the page says this."""
    expect(page.locator("main")).to_contain_text(text)
