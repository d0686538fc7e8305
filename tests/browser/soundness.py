"""What every page of the console must be, wherever links lead: new pages are found by themselves.

``KELAMBU_SCREENSHOTS=DIR`` keeps a picture of each page: on a desk, on a phone, on paper, in both languages.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from services.ledger.user_accounts import ROLES, Role
from tests.browser.walking import DESKTOP, PHONE, Site, Visitor, links, templates
from tests.consoles import kind_of_page

PICTURES = Path(os.environ["KELAMBU_SCREENSHOTS"]) if os.environ.get("KELAMBU_SCREENSHOTS") else None
ALSO = ("/sign-in", "/no-such-page")
"""Pages to which no link leads."""
BY_FORM = (
    "/claims/{number}/unmask",
    "/exports/{name}",
    "/opened/{name}",
    "/releases/acts/{act}",
    "/releases/confirm",
    "/samples/new",
    "/sql/{name}",
    "/work/{claim}",
    "/work/{claim}/decided/{seen}",
)
"""Pages to which only forms lead, or what a demo has not; those who answer questions there see them."""
_GRAVE = ("serious", "critical")


class Found(NamedTuple):
    """Where links lead from the first page: of each kind of page who saw it and an address; and what was not shown."""

    pages: Mapping[str, tuple[Role, str]]
    broken: Sequence[str]


def followed(browser: Browser, site: Site) -> Found:
    """Follow the links as somebody of each role does, of each kind of page the first."""
    known, seen, broken = templates(), dict[str, tuple[Role, str]](), list[str]()
    for role in ROLES:
        visitor = Visitor(browser, site, role, "id", scripts=False)
        waiting, passed = ["/"], {"/"}
        while waiting:
            path = waiting.pop(0)
            kind = kind_of_page(path, known)
            if kind in seen and path != "/":
                continue
            answer = visitor.see(path)
            if answer.status == 200:
                seen.setdefault(kind, (role, path))
            else:
                broken.append(f"{path} as {role}: {answer.status}")
            for one in links(visitor):
                if one not in passed:
                    passed.add(one)
                    waiting.append(one)
        visitor.close()
    return Found(seen, broken)


def faults_of(visitor: Visitor, path: str, language: str) -> Iterator[str]:
    """Show a page and yield what is wrong with it."""
    visitor.size(DESKTOP)
    visitor.see(path)
    _picture(visitor, path, language, "desk")
    yield from _of_structure(visitor, language)
    yield from _of_axe(visitor)
    visitor.size(PHONE)
    if visitor.page.evaluate("document.scrollingElement.scrollWidth > innerWidth"):
        yield "wider than a phone"
    _picture(visitor, path, language, "phone")
    if PICTURES:
        visitor.page.emulate_media(media="print")
        _picture(visitor, path, language, "paper")
        visitor.page.emulate_media(media="screen")
    yield from (one for one in visitor.faults if "404" not in one)
    visitor.faults.clear()


def _of_structure(visitor: Visitor, language: str) -> list[str]:
    page = visitor.page
    headings = page.locator("h1").count()
    faults = [] if headings == 1 else [f"{headings} headings of the first level"]
    if page.locator("html").get_attribute("lang") != language:
        faults.append("another language is stated")
    page.keyboard.press("Tab")
    first = page.evaluate("document.activeElement.getAttribute('href')")
    return faults if first == "#main" else [*faults, f"the first key leads to {first}"]


def _of_axe(visitor: Visitor) -> list[str]:
    found = Axe().run(visitor.page).response["violations"]
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:120]} ({len(one['nodes'])})"
        for one in found
        if one["impact"] in _GRAVE
    ]


def _picture(visitor: Visitor, path: str, language: str, size: str) -> None:
    if PICTURES:
        name = path.strip("/").replace("/", "_").replace("?", "_")[:60] or "start"
        visitor.page.screenshot(path=PICTURES / f"{name}.{language}.{size}.png", full_page=True)
