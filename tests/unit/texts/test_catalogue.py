"""The message catalogue is whole.

Both languages, the same blanks, a text for every key that the code names, and none left over.
"""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from events.message import message
from services.figures.queries import QUERIES
from services.texts.catalogue import render, text, texts

ROOT = Path(__file__).parents[3]
SOURCES = [
    file for room in ("events", "projections", "services") for file in sorted((ROOT / room).rglob("*.py"))
]


@cache
def constants() -> frozenset[str]:
    """Return every text that stands in the code."""
    return frozenset(
        node.value
        for file in SOURCES
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def blanks(words: str) -> set[str]:
    """Return the names of what fills a text."""
    return {name for _, name, _, _ in string.Formatter().parse(words) if name}


def test_every_text_stands_in_both_languages_with_the_same_blanks():
    """No text is empty, and both name the same facts."""
    for key, words in texts().items():
        assert words.id.strip(), key
        assert words.en.strip(), key
        assert blanks(words.id) == blanks(words.en), key


def test_the_playbook_of_the_work_list_names_its_column_of_rupiah_as_it_is_headed():
    """In both languages."""
    playbook, column = texts()["console.work.playbook"], texts()["work.amount"]
    assert f"«{column.id}»" in playbook.id
    assert f"«{column.en}»" in playbook.en


def test_every_message_that_the_code_names_has_a_text():
    """Where a call names its key as it stands."""
    missing = [
        f"{file.relative_to(ROOT)}:{node.lineno} {key.value}"
        for file in SOURCES
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and (
            getattr(node.func, "id", "") in ("message", "text", "fault", "command_error")
            or getattr(node.func, "attr", "") == "say"
        )
        for key in node.args[:2]
        if isinstance(key, ast.Constant)
        and isinstance(key.value, str)
        and re.fullmatch(r"[a-z][a-z-]*\.[a-z0-9.-]+", key.value)
        and key.value not in texts()
    ]
    assert missing == []


def test_every_heading_of_a_table_has_a_text():
    """Of a command's tables and a page's, which no call names."""
    named = {
        key.value
        for file in SOURCES
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        for key in headings(node)
        if isinstance(key, ast.Constant) and isinstance(key.value, str) and "." in key.value
    }
    assert len(named) > 100
    assert named - texts().keys() == set()


def headings(node: ast.AST) -> Iterator[ast.expr]:
    """Yield what stands at the head of a column.

    ``(key, value, side)`` of a command, ``heading=`` or ``caption=`` of a page.
    """
    if isinstance(node, ast.Tuple) and len(node.elts) == 3:
        key, _, side = node.elts
        if isinstance(side, ast.Constant) and side.value in ("left", "right", "prose"):
            yield key
    elif isinstance(node, ast.keyword) and node.arg in ("heading", "caption"):
        yield node.value


def test_every_text_that_a_template_names_is_there():
    """Where it names it as it stands."""
    templates = (ROOT / "services" / "console" / "templates").rglob("*.html")
    named = {
        key for file in templates for key in re.findall(r"""\bt\(["']([\w.-]+)["'][,)]""", file.read_text())
    }
    assert len(named) > 100
    assert named - texts().keys() == set()


def test_every_query_of_a_figure_has_a_name():
    """By which the reading log calls it, and no other has."""
    named = {key.partition(".")[2] for key in texts() if key.startswith("figure-query.")}
    assert named == QUERIES.keys()


FAMILIES = (
    "agency-key audit backup batch-file calendar cell checkpoint clock copy events-file export fault "
    "installation look-back misread origin page parked port provenance publish quarantine read-model "
    "registration replay rulebook scenario stage type typed unidentified workbook"
)


@pytest.mark.parametrize("family", FAMILIES.split())
def test_no_text_of_a_family_is_left_over(family: str):
    """Each is named somewhere in the code, with its family or without."""
    named = constants()
    left = [
        key for key in texts() if key.startswith(f"{family}.") and not {key, key.partition(".")[2]} & named
    ]
    assert left == []


def test_a_message_within_a_message_is_told_in_the_same_language():
    """Words that stand in any language are filled in as they are."""
    fault = message("fault.missing", wanted=message("type.one-of", choices="a, b"))
    assert render(fault, "en") == "This is missing. Give one of a, b."
    assert render(fault, "id") == "Ini belum ada. Isi salah satu dari a, b."


def test_a_key_without_a_text_is_an_error():
    """It is never passed over."""
    with pytest.raises(KeyError):
        text("fault.none-of-this-name")
