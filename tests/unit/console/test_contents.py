"""A page of many sections begins with links to them."""

from __future__ import annotations

import re

from services.console.rendering import environment
from services.wording.terms import LanguageTexts

PAGE = "{% filter with_contents %}<h1>A</h1>{% for one in titles %}<h2{{ ids }}>{{ one }}</h2>{% endfor %}{% endfilter %}"


def filled(*titles: str) -> str:
    words = LanguageTexts("en")
    return environment().from_string(PAGE).render(titles=titles, ids="", words=words, language="en")


def test_each_section_is_led_to_below_the_title():
    """By an id that it is given; what a title says stays text."""
    page = filled("one", "two", "<b>three</b>", "four")
    assert page.startswith('<h1>A</h1>\n<nav class="contents" aria-label="On this page">')
    named = re.findall(r'<a href="#([^"]+)">(.*?)</a>', page)
    assert named == re.findall(r'<h2 id="([^"]+)">(.*?)</h2>', page)
    assert [title for _, title in named] == ["one", "two", "&lt;b&gt;three&lt;/b&gt;", "four"]


def test_a_page_of_few_sections_has_no_list_of_them():
    """It is as it was."""
    assert filled("one", "two") == "<h1>A</h1><h2>one</h2><h2>two</h2>"
