"""The page of programme figures is what the rulebook gives."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from services.benefits.rulebook import Rulebook, load
from services.programme.page import write
from services.programme.published import PUBLISHED

PAGE = Path(__file__).parents[3] / "docs" / "programme-figures.md"


def with_figure(code: str, value: int) -> Rulebook:
    """The rulebook with one figure changed wherever it is stated."""
    regulations = tuple(
        replace(
            regulation,
            statements=tuple(replace(s, value=value) if s.code == code else s for s in regulation.statements),
        )
        for regulation in load().regulations
    )
    return Rulebook(load().scheme, regulations, load().holidays, "0" * 64)


def test_the_page_is_the_one_that_the_rulebook_gives():
    """Run ``uv run python -m services.programme`` after a change of the rulebook."""
    assert PAGE.read_text(encoding="utf-8") == write(load())


def test_every_printed_figure_but_the_40_million_holds_in_some_sense():
    """42, 70, 244, 174, 56 and 10 million, treatment without a cap, three years and two children."""
    wrong = [published.printed for published in PUBLISHED if not published.check(load()).right]
    assert wrong == ["40 million, «normal» death"]


@pytest.mark.parametrize(
    ("code", "value", "touched"),
    [
        ("jkm.death", 20_000_001, {"42"}),
        ("jkm.funeral", 9_000_000, {"42", "10"}),
        ("jkk.death-percent", 61, {"70", "244"}),
        ("jkk.periodic", 11_000_000, {"70", "244"}),
        ("jkk.total-disability-percent", 71, {"56"}),
        ("scholarship.PT", 12_000_001, {"244", "174"}),
        ("jkm.scholarship-months", 37, {"registered"}),
        ("scholarship.children", 3, {"two"}),
    ],
)
def test_another_figure_of_the_law_makes_the_printed_one_wrong(code: str, value: int, touched: set[str]):
    """Nothing on the page is a constant: it is computed from a life under the rulebook."""
    rulebook = with_figure(code, value)
    wrong = {p.printed.split()[0] for p in PUBLISHED if not p.check(rulebook).right}
    assert wrong - {"40"} == touched
