"""The arithmetic of the page on samples, executed as it stands, gives what the commands give."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import pytest

from services.sampling.attributes import upper_error_count
from services.sampling.draw import drawn, hit
from services.sampling.frame import FrameItem, frame_file
from services.sampling.monetary import confidence_factor, stringer_bound

PAGE = (Path(__file__).parents[3] / "docs" / "sampling.md").read_text("utf-8")
CODE = re.search(r"```python\n(.*?)```", PAGE, re.DOTALL)
RISK, CONFIDENCE = Fraction(1, 20), Fraction(19, 20)


@pytest.fixture(scope="module")
def page() -> dict[str, Callable[..., Any]]:
    """Return the functions of the page."""
    assert CODE
    found: dict[str, Any] = {}
    exec(compile(CODE[1], "sampling.md", "exec"), found)  # noqa: S102 - it is our own page
    return found


def frame_of(dice: Random) -> list[FrameItem]:
    districts = ["north", "south", "é,st"][: dice.randint(1, 3)]
    return [
        FrameItem(f"M-{place},{dice.randint(0, 9)}", dice.randint(1, 10**8), dice.choice(districts))
        for place in range(dice.randint(20, 90))
    ]


@pytest.mark.parametrize("trial", range(8))
def test_the_page_draws_what_is_drawn(
    trial: int, page: dict[str, Callable[..., Any]], tmp_path: Path
) -> None:
    """From the file of a frame, by items, by amount and by rupiah, with a threshold and without."""
    dice = Random(trial)
    items, file = frame_of(dice), tmp_path / "frame.csv"
    file.write_bytes(frame_file(items))
    read = page["frame"](file)
    size, above = dice.randint(3, 15), dice.choice([0, 9 * 10**7])
    for by_amount in (False, True):
        weights = None
        if by_amount:
            rest = [item for item in items if not above or item.amount <= above]
            weights = {
                item.stratum: sum(o.amount for o in rest if o.stratum == item.stratum) for item in rest
            }
        told = {one[0] for one in page["attribute"](read, f"seed {trial}", size, above, weights)}
        ours = drawn(items, f"seed {trial}", size, above=above, by_amount=by_amount)
        assert told == {one.item.name for one in ours}
    certain, hits = page["monetary"](read, f"seed {trial}", size, 9 * 10**7)
    sample = hit(items, f"seed {trial}", size, above=9 * 10**7)
    assert {one[0] for one in certain} == {one.item.name for one in sample if one.certain}
    assert {one[0]: times for one, times in hits.items()} == {
        one.item.name: one.hits for one in sample if not one.certain
    }


def test_the_page_evaluates_as_we_do(page: dict[str, Callable[..., Any]]) -> None:
    """Limits, factors and Stringer's bound to the rupiah."""
    assert [page["limit"](451, 60, errors, RISK) for errors in range(5)] == [
        upper_error_count(451, 60, errors, CONFIDENCE) for errors in range(5)
    ]
    assert [page["factor"](errors, RISK) for errors in range(12)] == [
        confidence_factor(errors, CONFIDENCE) for errors in range(12)
    ]
    taints = [Fraction(1, 3), Fraction(1), Fraction(7, 11)]
    assert page["stringer"](900_000_000, 60, taints, RISK) == stringer_bound(
        900_000_000, 60, taints, CONFIDENCE
    )


def test_the_page_keeps_to_its_length() -> None:
    """The part that draws is what somebody types in: about forty lines, the limits beside it."""
    assert CODE
    lines = [line for line in CODE[1].splitlines() if line.strip()]
    assert len(lines) < 60
    assert next(n for n, line in enumerate(lines) if line.startswith("def limit")) <= 40
