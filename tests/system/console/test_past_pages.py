"""The book at another moment, on pages.

What it says, that its links stay there, and what is said where there is only now.
"""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from services.console.navigation import has_past
from tests.consoles import RunningConsole, finished, post

PAGES = ("/overview", "/claims", "/exceptions", "/deadlines", "/payments", "/agencies", "/agencies/dinsos")
EARLY, LATER = "known_on=0%3A9&true_on=2026-06-01", "known_on=40"
"""Two moments of the book of all tests, which only grows."""
FIGURE = re.compile(r'data-figure="([^"]+)" value="(-?[0-9]+)"')


def shown(client: httpx.Client, address: str) -> dict[str, int]:
    """Every figure of a page by its name."""
    return {unescape(name): int(value) for name, value in FIGURE.findall(finished(client, address))}


def links(page: str) -> list[str]:
    """Where the links of a page lead."""
    return [unescape(one) for one in re.findall(r' href="(/[^"]*)"', page)]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_stays_at_the_moment_that_is_asked(console: RunningConsole, path: str):
    """It says which book it shows and how to ask the same; every link to a page of the book keeps the moment."""
    page = finished(console.signed_in("auditor"), f"{path}?{EARLY}")
    assert "Buku seperti diketahui pada 0:9." in page
    assert "Hanya dengan fakta sampai 2026-06-01." in page
    assert "9 peristiwa." in page
    assert "<code>0:9</code>" in page
    assert "--known-on 0:9 --true-on 2026-06-01</code>" in page
    of_now = {
        parts.path
        for parts in map(urlsplit, links(page))
        if has_past(parts.path) and not {"known_on", "true_on"} <= parse_qs(parts.query).keys()
    }
    assert of_now <= {path}  # the way back to now, and to the end of last month


def test_what_was_recorded_later_is_not_there(console: RunningConsole):
    """Event by event there are more claims."""
    client = console.signed_in("auditor")
    counts = [shown(client, f"/claims{asked}")["claims.count"] for asked in (f"?{EARLY}", f"?{LATER}", "")]
    assert 0 < counts[0] < counts[1] <= counts[2]


def test_a_figure_leads_to_its_book(console: RunningConsole):
    """By its handle, whatever was recorded since."""
    client = console.signed_in("auditor")
    page = finished(client, f"/claims?{LATER}")
    known = [one for link in links(page) for one in parse_qs(urlsplit(link).query).get("known_on", ())]
    handle = next(one for one in known if one.startswith("F-"))
    assert shown(client, f"/claims?known_on={handle}") == shown(client, f"/claims?{LATER}")


def test_a_question_in_sql_is_asked_of_the_book_at_that_moment(console: RunningConsole):
    """The answer says which, and the command below it asks the same."""
    client = console.signed_in("auditor")
    question = {"question": "SELECT claim FROM claims WHERE filed", "reason": "x", "known_on": "40"}
    asked = post(client, "/sql/ask", page=f"/sql?{LATER}", **question)
    page = finished(client, str(asked.headers["location"]))
    assert "Buku seperti diketahui pada 40." in page
    assert "--known-on 40</code>" in page
    found = {unescape(name): int(value) for name, value in FIGURE.findall(page)}
    assert found["sql.count"] == shown(client, f"/claims?{LATER}")["claims.count"]


def test_where_there_is_only_now_the_page_says_so(console: RunningConsole):
    """And leads on to the other pages at the moment that was asked."""
    page = finished(console.signed_in("supervisor"), "/work?known_on=0%3A9")
    assert "hanya mengenal keadaan sekarang" in page
    assert 'href="/overview?known_on=0%3A9"' in page


def test_a_moment_that_is_none_is_refused(console: RunningConsole):
    """With what to write; one before anything was recorded too, and positions that the book has not reached."""
    client = console.signed_in("auditor")
    for typed in ("never", "2020-01-01", "0:999999", "1:5", "F-0000-0000"):
        answer = client.get(f"/claims?known_on={typed}")
        assert answer.status_code in (400, 409), typed
        assert 'name="known_on"' in answer.text
    assert client.get("/claims?true_on=31-02-2026").status_code == 400
