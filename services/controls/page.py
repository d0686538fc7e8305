"""``python -m services.controls.page``: writes docs/controls.md, what each control finds and how sure it is, from the texts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from textwrap import fill

from services.controls.hits import Control
from services.controls.registry import CONTROLS
from services.texts.catalogue import text

PAGE = Path(__file__).parents[2] / "docs" / "controls.md"
_INTRODUCTION = """\
# Audit tests

`kelambu controls` asks all of them of the whole book, `kelambu controls NAME` shows each hit of one with its claim,
the token of the person, its events and rupiah, and `kelambu controls --explain NAME` says what stands here, in both
languages. A hit is something to look at, never a verdict; what an auditor makes of it is recorded with
`kelambu findings`.

An *exact* test finds every case of its definition and nothing else; its seeded cases are in
`tests/stores/controls/planted.py`, with lives at the very edge of each definition that must not be found. Of a *fuzzy*
one recall and precision were measured there, over planted cases and over others that only look like them. Limits in
days and amounts are design decisions of `services/controls`. Laws that [domain.md](domain.md) does not name are cited
from memory: look them up before you quote them.

This page is written by `python -m services.controls.page`.
"""
_WIDTH = 119
_PARTS = (
    ("finds", "It finds"),
    ("ground", "Legal ground"),
    ("evidence", "Evidence"),
    ("not-proved", "It does not prove"),
)


def page() -> str:
    """Return the page in Markdown."""
    return "\n".join((_INTRODUCTION, _overview(), *map(_section, CONTROLS)))


def _overview() -> str:
    rows = (
        f"| {number} | [{_text_of(one, 'title')}](#{one.name}) | `{one.name}` | {'exact' if one.exact else 'fuzzy'} |"
        for number, one in enumerate(CONTROLS, 1)
    )
    return "\n".join(("| | test | name | |", "|---|---|---|---|", *rows, ""))


def _section(one: Control) -> str:
    return "\n".join((f"## {one.name}", "", *_lines(one), ""))


def _lines(one: Control) -> Iterator[str]:
    yield from (f"**{_text_of(one, 'title')}.**", "")
    yield from (_point(f"*{heading}:* {_text_of(one, part)}") for part, heading in _PARTS)
    if measured := one.measured:
        yield _point(
            f"*Measured:* {measured.right} of {measured.planted} planted cases found; "
            f"of {measured.hits} that it pointed at, {measured.right} had been planted."
        )


def _point(words: str) -> str:
    return fill(
        words,
        _WIDTH,
        initial_indent="- ",
        subsequent_indent="  ",
        break_on_hyphens=False,
        break_long_words=False,
    )


def _text_of(one: Control, part: str) -> str:
    return text(f"control.{one.name}.{part}").en


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
