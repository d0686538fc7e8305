"""Every figure of every page is what the command below it says, asked of the same book.

And nothing that is written becomes markup.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
import shlex
from collections.abc import Callable, Iterator, Sequence
from html import unescape
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urldefrag

import openpyxl
import pytest

from services.cli import main
from services.ledger.user_accounts import Role
from tests.consoles import (
    HOSTILE,
    RunningConsole,
    kind_of_page,
    page_kinds,
    post,
    settings_of_the_book,
    settled,
)
from tests.lives import Life, heir
from tests.small_installation import niks

PAST = "known_on=40"
"""An earlier moment of the book of all tests."""
CHANGED = "/difference?from=40"
"""What changed since then; no link of a small book leads to an answer of this page."""
ROLES: tuple[Role, ...] = ("auditor", "operator")
"""They see all pages that have figures between them."""
LISTS = (
    *("/overview", "/claims", "/exceptions", "/deadlines", "/payments"),
    *("/agencies", "/agencies/{name}", "/controls"),
)
"""Pages over the whole book, which are seen at that moment too."""
SEEN = ("/findings/T-5", "/samples/S-5", "/what-if")
"""Pages to which the links of a small book may not lead."""
NOT_WALKED = {
    "/exports/{name}": "shows the manifest that the command wrote",
    "/opened/{name}": "comes after an act",
    "/operations/parked/{person}/event": "nobody is parked in this book",
    "/operations/quarantine/{agency}/{document}": "nothing was refused in this book",
    "/releases/acts/{act}": "comes after an act",
    "/releases/confirm": "comes after a choice",
    "/samples/new": "comes after a plan",
    "/samples/{name}/sheet": "the sample that stands in the audit trail here is of nothing in the book",
    "/work/{claim}/decided/{seen}": "comes after an act",
}
"""Kinds of pages to which nothing leads here, and why; what they show is held by the tests of their own."""
WRITES = "kelambu prove "
"""A command that writes a file and tells no figures."""
WITHOUT = {
    "waits": "the first page counts what stands on other pages, each of which has its own command",
    "types.count": "the page has a row for each month of a type, the command a type with its months",
    "steps": "what was done about a finding stands in the audit trail, of which `trail` tells",
    "person-looks": "who looked at a person stands in the audit trail, of which `trail` tells",
    "controls.count": "the list of tests names those too that open what is sealed",
}
"""Figures, or families of them, that no command at the foot of their page gives, and why."""
_FIGURE = re.compile(
    r'data-answer-path="(?P<list>[^"]+)"|data-figure="(?P<name>[^"]+)" value="(?P<value>-?\d+)"'
    r'|class="command".*?<code>(?P<command>.*?)</code>',
    re.DOTALL,
)
GROWING = ("/reading-log", "/officers", "/officers/{account}")
"""Lists of what was done, to which each file that is taken adds a row."""
_LIST = re.compile(r'<section class="list".*?</section>', re.DOTALL)
_COUNT = re.compile(r'data-figure="[^"]+\.count" value="(\d+)"')
_FILE = re.compile(r'href="([^"]*format=(csv|xlsx)[^"]*)"')
_SUM = re.compile(
    r'<td class="right" data-label="([^"]+)"><data class="figure" data-figure="[^"]+" value="(-?\d+)"'
)
_NO_PAGES = re.compile(
    r"/(static|language|sign-out|sign-in|file|frame|bundle|download|proof)\b|[?&](format|pdf)=|/unmask"
)


class Shown(NamedTuple):
    """A figure of a page: its name, where its list stands in the answer of a command if it has one, its value."""

    name: str
    told: str
    value: int


class Page(NamedTuple):
    """A page as somebody of a role saw it."""

    role: Role
    path: str
    text: str
    status: int

    def parts(self) -> Iterator[tuple[list[Shown], str]]:
        """Yield each command with the figures between the one before and it.

        Last what stands below all, with no command.
        """
        figures: list[Shown] = []
        told = name = ""
        for found in _FIGURE.finditer(self.text):
            if found["list"]:
                told, name = found["list"], ""
            elif found["name"]:
                shown = unescape(found["name"])
                if shown.endswith(".count") and not name:
                    name = shown.removesuffix(".count")
                of_list = told if told and shown.rpartition(".")[0] == name else ""
                figures.append(Shown(shown, of_list, int(found["value"])))
            else:
                yield figures, unescape(found["command"])
                figures, told, name = [], "", ""
        yield figures, ""


KINDS = page_kinds(_NO_PAGES)


def seen_by(console: RunningConsole, role: Role, path: str) -> Page:
    """A page as somebody of a role sees it now."""
    answer = settled(console.signed_in(role), path)
    return Page(role, path, answer.text, answer.status_code)


def walked(console: RunningConsole, role: Role, begin: Sequence[str]) -> dict[str, Page]:
    """Follow the links as somebody of a role does; of each kind of page the first that is there."""
    seen = dict[str, Page]()
    waiting, passed = [*begin], set(begin)
    while waiting:
        path = waiting.pop(0)
        if kind_of_page(path, KINDS) in seen:
            continue
        seen[kind_of_page(path, KINDS)] = page = seen_by(console, role, path)
        for link in re.findall(r' href="(/[^"]*)"', page.text):
            address = urldefrag(unescape(link)).url
            if not _NO_PAGES.search(address) and address not in passed:
                passed.add(address)
                waiting.append(address)
    return seen


@pytest.fixture(scope="module")
def pages(console: RunningConsole, written: None) -> list[Page]:
    """Each kind of page as an auditor and as an operator sees it, those of the book at an earlier moment too.

    The audit tests were asked before the last that was recorded, as of which their pages and commands then are.
    """
    del written
    settled(console.signed_in("auditor"), "/controls")
    nik = niks(40)[-1]
    paid = Life(nik).insured().filed("F-1").died(claim="F-1").heirs(heir(), claim="F-1")
    console.live(paid.paid("F-1.1", 42_000_007, "F-1", "F-1-paid"))
    client = console.signed_in("auditor")
    asked = post(client, "/sql/ask", page="/sql", question="SELECT claim, entitled FROM claims", reason="x")
    begin = ("/", CHANGED, *SEEN, str(asked.headers["location"]))
    found = [
        page
        for role in ROLES
        for page in walked(console, role, begin if role == "auditor" else ("/",)).values()
    ]
    past = [
        f"{page.path}{'&' if '?' in page.path else '?'}{PAST}"
        for page in found
        if page.role == "auditor" and kind_of_page(page.path, KINDS) in LISTS
    ]
    return [*found, *(seen_by(console, "auditor", path) for path in past)]


@pytest.fixture
def command(
    console: RunningConsole,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Callable[[str], Any]:
    """Runs a command line with ``--json``; returns what it answers. What it writes is written aside."""
    monkeypatch.chdir(tmp_path)
    settings_of_the_book(monkeypatch)

    def told(line: str) -> Any:
        capsys.readouterr()
        code = main([*shlex.split(line)[1:], "--json", "--data", str(console.installation.settings.data)])
        printed = capsys.readouterr()
        assert code in (0, 1), f"{line}: {printed.err}"
        return json.loads(printed.out)

    return told


def said(answer: Any, shown: Shown) -> set[int]:
    """What an answer says under the name of a figure.

    Of a list ``count`` is its length and another name the sum of that column.
    """
    first, _, last = shown.name.rpartition(".")
    if isinstance(answer, list):
        answer = {shown.told or first: answer}
    found = at(answer, shown.name.split("."))
    if type(found) is int:
        return {found}
    if isinstance(found, dict):
        return {sum(found.values())}
    if isinstance(rows := at(answer, (shown.told or first).split(".")), list | dict):
        if last == "count":
            return {len(rows)}
        return {sum(one[last] or 0 for one in rows)} if all(last in one for one in rows) else set()
    every = list(nodes(answer))
    rows = [
        one for one in every if first and last in one and first in (v for v in one.values() if type(v) is str)
    ]
    if rows:
        return {one[last] for one in rows if type(one[last]) is int}
    below = [at(one, shown.name.split(".")) for one in every]
    return {one for one in below if type(one) is int}


def at(answer: Any, path: Sequence[str]) -> Any:
    """What stands at a path, numbers being places in a list; None where there is nothing."""
    for part in path:
        if isinstance(answer, dict):
            answer = answer.get(part)
        elif isinstance(answer, list) and part.lstrip("-").isdecimal() and answer:
            answer = answer[int(part)]
        else:
            return None
    return answer


def nodes(answer: Any) -> Iterator[dict[str, Any]]:
    """Every object of an answer."""
    if isinstance(answer, dict):
        yield answer
    for one in answer.values() if isinstance(answer, dict) else answer if isinstance(answer, list) else ():
        yield from nodes(one)


def differences(page: Page, command: Callable[[str], Any]) -> Iterator[str]:
    """What the first command below a figure that gives one of its name says otherwise, and what none gives."""
    answers: dict[str, Any] = {}
    waiting: list[Shown] = []
    for figures, line in page.parts():
        waiting += [
            one for one in figures if not {one.name, one.name.partition(".")[0], one.told} & WITHOUT.keys()
        ]
        if not waiting or not line or line.startswith(WRITES):
            continue
        answers[line] = answers[line] if line in answers else command(line)
        found = {one: said(answers[line], one) for one in waiting}
        for one, values in found.items():
            if values and values != {one.value}:
                yield f"{page.path}: {one.name} is {one.value}, and {values} by {line}"
        waiting = [one for one, values in found.items() if not values]
    yield from (f"{page.path}: {one.name} is given by no command" for one in waiting)


def test_every_figure_is_what_the_command_below_it_says(
    console: RunningConsole, pages: list[Page], command: Callable[[str], Any]
):
    """By its name. What counts looks at the book has had another look since, and is asked for again."""
    wrong = list[str]()
    for page in pages:
        if [*differences(page, command)]:
            wrong += differences(seen_by(console, page.role, page.path), command)
    assert wrong == []
    assert sum(len(figures) for page in pages for figures, line in page.parts() if line) > 200


def test_every_list_is_its_files(console: RunningConsole, pages: list[Page]):
    """Each list has as many rows as its CSV and its XLSX, the same cells in both, and adds up to what the page says."""
    lists = sums = 0
    for page in pages:
        if page.status != 200 or kind_of_page(page.path, KINDS) in GROWING:
            continue
        client = console.signed_in(page.role)
        for found in _LIST.findall(seen_by(console, page.role, page.path).text):
            if not (files := {form: unescape(address) for address, form in _FILE.findall(found)}):
                continue
            heading, *rows = csv.reader(io.StringIO(client.get(files["csv"]).text))
            assert (page.path, len(rows)) == (page.path, int(_COUNT.search(found)[1]))  # type: ignore[index]
            sheet = openpyxl.load_workbook(io.BytesIO(client.get(files["xlsx"]).content)).worksheets[0]
            cells = [["" if cell is None else _plain(cell) for cell in row] for row in sheet.values]
            assert (page.path, cells) == (page.path, [heading, *rows])
            for label, value in _SUM.findall(found.partition("<tfoot>")[2]):
                at_column = heading.index(unescape(label))
                added = sum(int(row[at_column] or 0) for row in rows)
                assert (page.path, label, added) == (page.path, label, int(value))
                sums += 1
            lists += 1
    assert lists > 30
    assert sums > 20


def _plain(cell: object) -> str:
    """Write a cell of a spreadsheet as CSV has it."""
    return cell.date().isoformat() if isinstance(cell, dt.datetime) else str(cell)


def test_every_page_is_walked(pages: list[Page]):
    """And is there, but for those that a small book has not, and those that come after an act."""
    seen = {kind_of_page(page.path, KINDS) for page in pages}
    assert set(KINDS) - seen == NOT_WALKED.keys()
    failed = {page.path: page.status for page in pages if page.status != 200}
    assert {path: status for path, status in failed.items() if path not in SEEN and PAST not in path} == {}
    assert max(failed.values(), default=200) < 500


def test_nothing_that_was_written_is_markup(pages: list[Page]):
    """Names, notes, reasons and grounds of agencies and auditors."""
    assert [page.path for page in pages if HOSTILE in page.text or "<script>" in page.text] == []
