"""What every page of the console must be, wherever links lead: new pages are found by themselves.

``KELAMBU_SCREENSHOTS=DIR`` keeps a picture of each page: on a desktop screen, on a phone, on paper, in both languages.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import httpx
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

from events.message import LANGUAGES, Language
from services.ledger.user_accounts import ROLES, Role
from tests.browser.walking import DESKTOP, PAPER, PHONE, Site, Visitor, links, templates
from tests.consoles import PATIENCE_SECONDS, kind_of_page, settled

PICTURES = Path(os.environ["KELAMBU_SCREENSHOTS"]) if os.environ.get("KELAMBU_SCREENSHOTS") else None
ALSO = ("/sign-in", "/no-such-page")
"""Pages to which no link leads."""
BY_FORM = {
    "/claims/{number}/unmask": "leads back to the claim",
    "/exports/{name}": "looked at where tables are exported",
    "/opened/{name}": "looked at where personal data is opened",
    "/operations/parked/{person}/event": "nobody is parked in a demo",
    "/releases/acts/{act}": "looked at where orders are released",
    "/releases/confirm": "looked at where orders are released",
    "/samples/new": "looked at where a sample is frozen",
    "/sql/{name}": "looked at where a question is asked",
    "/work/{claim}": "looked at where a claim is decided",
    "/work/{claim}/decided/{seen}": "looked at where a claim is decided",
}
"""Kinds of pages to which only forms lead, or what a demo has not, and where else they are looked at."""
_GRAVE = ("serious", "critical")
_ALSO_GRAVE = ("landmark-unique",)
"""What axe thinks little of and whoever listens to a page does not: parts that are called the same."""
_BEYOND_EDGE = "document.scrollingElement.scrollWidth > innerWidth"
_CUT = "[...document.querySelectorAll('main .scroll')].some(one => one.scrollWidth > one.clientWidth)"
_CUT_CARDS = "[...document.querySelectorAll('main .scroll:has(.cards)')].some(one => one.scrollWidth > one.clientWidth)"
_CUT_CHARTS = "[...document.querySelectorAll('main .chart .scroll-plain')].some(one => one.scrollWidth > one.clientWidth)"
_OUT_OF_ORDER = "[...document.querySelectorAll('[tabindex]')].some(one => one.tabIndex > 0)"


class Found(NamedTuple):
    """Where links lead from the first page: the address of each kind of page for each role; and what was not shown."""

    pages: Mapping[tuple[Role, str], str]
    broken: Sequence[str]


def followed(site: Site) -> Found:
    """Follow the links as somebody of each role does, of each kind of page the first; read as they are sent, not shown."""
    known, seen, broken = templates(), dict[tuple[Role, str], str](), list[str]()
    for role in ROLES:
        cookies = {"session": site.sessions[role], "language": "id"}
        with httpx.Client(
            base_url=site.url, cookies=cookies, follow_redirects=True, timeout=PATIENCE_SECONDS
        ) as client:
            waiting, passed = ["/"], {"/"}
            while waiting:
                path = waiting.pop(0)
                kind = kind_of_page(path, known)
                if (role, kind) in seen:
                    continue
                answer = settled(client, path)
                if answer.status_code == 200:
                    seen[role, kind] = path
                else:
                    broken.append(f"{path} as {role}: {answer.status_code}")
                for one in links(site, str(answer.url), answer.text):
                    if one not in passed:
                        passed.add(one)
                        waiting.append(one)
    return Found(seen, broken)


def faults_of(visitor: Visitor, path: str, *, contrast: bool = True) -> Iterator[str]:
    """Show a page and yield what is wrong with it."""
    visitor.see(path)
    yield from faults_shown(visitor, contrast=contrast)


def faults_shown(visitor: Visitor, *, once: bool = False, contrast: bool = True) -> Iterator[str]:
    """Yield what is wrong with the page that is shown: on a desktop screen, on a phone, on paper.

    Since axe takes most of the time, it looks at the desktop screen in Bahasa Indonesia and at phone and paper in
    English, unless the page is shown once. Most of that is contrast, which is left out where another role was shown
    the same kind of page.
    """
    page = visitor.page
    _picture(visitor, "desktop")
    yield from _of_structure(visitor)
    if page.evaluate(f"{_BEYOND_EDGE} || {_CUT}"):
        yield "wider than a desktop screen"
    if once or visitor.language == "id":
        yield from grave(page, contrast=contrast)
    visitor.size(PHONE)
    _picture(visitor, "phone")
    if page.evaluate(f"{_BEYOND_EDGE} || {_CUT_CARDS} || {_CUT_CHARTS}"):
        yield "wider than a phone"
    if once or visitor.language == "en":
        yield from (f"on a phone: {one}" for one in grave(page))
    visitor.size(PAPER)
    page.emulate_media(media="print")
    _picture(visitor, "paper")
    if page.evaluate(f"{_BEYOND_EDGE} || {_CUT}"):
        yield "wider than a sheet"
    if once or visitor.language == "en":
        yield from (f"on paper: {one}" for one in grave(page))
    page.emulate_media(media="screen")
    visitor.size(DESKTOP)
    yield from (one for one in visitor.faults if "404" not in one)
    visitor.faults.clear()


def look_at(visitor: Visitor, *, once: bool = False) -> None:
    """Fail where anything is wrong with the page that is shown, in both languages unless it is shown once."""
    before: Language = visitor.language
    faults = [f"{visitor.page.url}: {one}" for one in faults_shown(visitor, once=once)]
    for language in () if once else (one for one in LANGUAGES if one != before):
        visitor.speak(language)
        visitor.page.reload()
        faults += [f"{visitor.page.url} in {language}: {one}" for one in faults_shown(visitor)]
        visitor.speak(before)
        visitor.page.reload()
    assert not faults, "\n".join(faults)


def _of_structure(visitor: Visitor) -> list[str]:
    page = visitor.page
    headings = page.locator("h1").count()
    faults = [] if headings == 1 else [f"{headings} headings of the first level"]
    if page.locator("html").get_attribute("lang") != visitor.language:
        faults.append("another language is stated")
    if page.evaluate(_OUT_OF_ORDER):
        faults.append("the keyboard does not go in the order of the page")
    page.keyboard.press("Tab")
    first = page.evaluate("document.activeElement.getAttribute('href')")
    return faults if first == "#main" else [*faults, f"the first key leads to {first}"]


def grave(page: Page, *, contrast: bool = True) -> list[str]:
    """What axe finds serious on a page, of contrast only where that is asked."""
    options = {"resultTypes": ["violations"], "rules": {"color-contrast": {"enabled": contrast}}}
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found = page.evaluate("options => axe.run(options).then(results => results.violations)", options)
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:120]} ({len(one['nodes'])})"
        for one in found
        if one["impact"] in _GRAVE or one["id"] in _ALSO_GRAVE
    ]


def _picture(visitor: Visitor, size: str) -> None:
    if PICTURES:
        parts = urlsplit(visitor.page.url)
        name = f"{parts.path}_{parts.query}".strip("/_").replace("/", "_")[:60] or "start"
        picture = PICTURES / f"{name}.{visitor.role}.{visitor.language}.{size}.png"
        visitor.page.screenshot(path=picture, full_page=True)
