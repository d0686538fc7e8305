"""What controls say of themselves: in both languages, on a page of their own, each under one name."""

from __future__ import annotations

import pytest

from services.controls.page import PAGE, page
from services.controls.registry import CONTROLS, control
from services.texts.catalogue import text, texts

PARTS = ("title", "finds", "ground", "evidence", "not-proved")


@pytest.mark.parametrize("name", [one.name for one in CONTROLS])
def test_each_control_says_what_it_finds_and_does_not_prove(name: str) -> None:
    """Title, definition, ground, evidence and limits, in both languages."""
    for part in PARTS:
        told = text(f"control.{name}.{part}")
        assert told.id != told.en


def test_no_text_is_of_a_control_that_there_is_not() -> None:
    """Each name stands once, and found by its name or its number."""
    names = [one.name for one in CONTROLS]
    assert len(set(names)) == len(names) >= 18
    assert {key.split(".")[1] for key in texts() if key.startswith("control.")} == set(names)
    assert [control(name) for name in names] == list(CONTROLS)
    assert [control(str(n)) for n in range(1, len(names) + 1)] == list(CONTROLS)
    assert control("0") is control("nosuch") is None


def test_the_page_is_what_the_texts_say() -> None:
    """``python -m services.controls.page`` writes it anew."""
    assert PAGE.read_text(encoding="utf-8") == page()
