"""What is published: made from the events, committed, complete, and readable without a network or a script."""

from __future__ import annotations

import json
import posixpath
import re
from html.parser import HTMLParser

import pytest

from events.catalogue import AGENCY_TYPES
from services.benefits.reading.folder import load
from services.contract.examples import STORY
from services.contract.published import PUBLISHED, published
from services.contract.ways import ways

MADE = published(load().codes)
PAGES = {name.removeprefix("docs/"): text.decode() for name, text in MADE.items() if name.endswith(".html")}
VOID = {"meta", "br", "link", "img", "hr", "input"}


class Page(HTMLParser):
    """A page taken apart: what it links to, the text of each example, and whether its elements close."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.examples: list[str] = []
        self.tags: set[str] = set()
        self._open: list[str] = []
        self.feed(text)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for key, value in attrs if key in {"href", "src"}]
        if tag not in VOID:
            self._open.append(tag)
        if tag == "pre":
            self.examples.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "pre" in self._open:
            self.examples[-1] += data


def test_what_is_committed_is_what_the_events_give():
    """Written by ``python -m services.contract``; a change of it is a change of the contract."""
    committed = {
        file.relative_to(PUBLISHED).as_posix(): file.read_bytes()
        for file in PUBLISHED.rglob("*")
        if file.is_file()
    }
    assert committed.keys() == MADE.keys()
    assert [name for name in MADE if committed[name] != MADE[name]] == []


def test_there_is_a_page_for_each_event_in_both_languages():
    """And an index in both."""
    shorts = ["index", *(name.removeprefix("kelambu.").removesuffix(".v1") for name in AGENCY_TYPES)]
    assert PAGES.keys() == {f"{short}{mark}.html" for short in shorts for mark in ("", ".en")}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_works_from_a_file_without_network_or_script(name):
    """Every link leads to a file beside it, and nothing is loaded from anywhere."""
    page = Page(PAGES[name])
    assert page.tags.isdisjoint({"script", "link", "img", "iframe"})
    assert [link for link in page.links if posixpath.normpath(f"docs/{link}") not in MADE] == []
    assert not re.search(r"@import|url\(", PAGES[name])


@pytest.mark.parametrize("name", AGENCY_TYPES)
def test_a_page_shows_each_way_of_sending_as_it_is_run(name):
    """The text that a reader copies is, to the letter, what the tests of the examples run."""
    short = name.removeprefix("kelambu.").removesuffix(".v1")
    expected = [text for way in ways(STORY[name]) for text in (way.text, way.send) if text]
    assert Page(PAGES[f"{short}.html"]).examples == expected
    assert Page(PAGES[f"{short}.en.html"]).examples == expected
    assert json.loads(expected[0]) == STORY[name]
