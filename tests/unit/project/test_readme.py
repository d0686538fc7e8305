"""The first page shows what the commands print, and not what they once printed."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "README.md").read_text()
GOLDEN = (ROOT / "tests" / "golden" / "explanations" / "jkm-death.en.txt").read_text()


def test_the_explanation_on_the_first_page_is_that_of_the_golden_file():
    """Each stretch between two omissions stands in the file as it is, one after the other."""
    shown = re.search(r"(?ms)^\$ \./kelambu explain A-1 --lang en\n(.*?)^```", PAGE)
    assert shown is not None
    stretches = shown[1].split("…\n")
    rest = GOLDEN
    for stretch in stretches:
        before, found, rest = rest.partition(stretch)
        assert found == stretch, f"not in the golden file, or not there: {stretch}"
        assert not before or before.endswith("\n")
    assert len(stretches) > 1
