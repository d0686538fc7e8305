"""``sample plan|check`` on the command line: no size, rate or frame that cannot be is taken."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from services.cli import main
from services.sampling.design import SampleDesign
from services.sampling.frame import FrameItem, file_hash, frame_file

FRAME = [FrameItem(f"K-{number}", 1_000_000 + number) for number in range(9)]
HASH = file_hash(frame_file(FRAME))

Ask = Callable[..., tuple[int, str]]


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str]) -> Ask:
    """Return what a command of samples answers: its exit code, and what it printed."""

    def asked(*words: str) -> tuple[int, str]:
        code = main(["sample", *words, "--lang", "en"])
        told = capsys.readouterr()
        return code, told.out + told.err

    return asked


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return the file of the frame."""
    written = tmp_path / "frame.csv"
    written.write_bytes(frame_file(FRAME))
    return written


@pytest.mark.parametrize("size", ["-2", "0", "10"])
def test_no_sample_is_smaller_than_one_or_larger_than_its_frame(size: str, ask: Ask, file: Path) -> None:
    """It says which sizes there are."""
    code, told = ask("check", str(file), "--seed", "5", "--size", size)
    assert code == 2
    assert "Give --size from 1 to 9." in told


def test_a_monetary_unit_sample_may_hit_more_often_than_it_has_items(ask: Ask, file: Path) -> None:
    """It hits rupiah; but not less than once."""
    words = ("check", str(file), "--seed", "5", "--method", "monetary-unit", "--size")
    assert ask(*words, "30")[0] == 0
    assert ask(*words, "-1")[0] == 2


def test_only_a_sample_of_items_that_are_all_taken_has_size_0() -> None:
    """Where every item lies above the threshold there is nothing else to draw."""
    design = SampleDesign(method="attribute", confidence="1/2", tolerable="1/2", above=1)
    assert 0 in design.sizes(FRAME)


def test_a_frame_that_is_not_the_one_that_was_frozen_is_told(ask: Ask, file: Path) -> None:
    """One rupiah more in one line: nothing is drawn, and the exit code says so."""
    words = ("check", str(file), "--seed", "5", "--size", "3", "--sha256", HASH.upper())
    code, told = ask(*words)
    assert (code, "is the frame that was frozen" in told) == (0, True)
    changed = frame_file([*FRAME[:-1], FrameItem(FRAME[-1].name, FRAME[-1].amount + 1)])
    file.write_bytes(changed)
    code, told = ask(*words)
    assert code == 1
    assert HASH in told
    assert "K-" not in told
    code, told = ask(*words, "--json")
    assert (code, json.loads(told)) == (1, {"sha256": file_hash(changed), "frozen_sha256": HASH})


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("attribute", "--tolerable", "-5%"), "-5% is no share of a whole."),
        (("attribute", "--tolerable", "5%", "--expected", "-1%"), "-1% is no share of a whole."),
        (("attribute", "--tolerable", "5%", "--confidence", "-95%"), "-95% is no share of a whole."),
        (("attribute", "--tolerable", "5%", "--items", "-3"), "needs at least one item"),
        (("attribute", "--tolerable", "5%", "--items", "0"), "needs at least one item"),
        (("monetary-unit", "--tolerable", "5%", "--book", "0"), "a book value above Rp0"),
        (("monetary-unit", "--tolerable", "5%", "--book", "-Rp5"), "-Rp5 is no amount of whole rupiah."),
    ],
)
def test_a_plan_of_what_cannot_be_is_refused(words: tuple[str, ...], sentence: str, ask: Ask) -> None:
    """In words about what was typed."""
    code, told = ask("plan", *words)
    assert code == 2
    assert sentence in told


@pytest.mark.parametrize("seed", ["-5", "-5%", "--source"])
def test_a_seed_is_no_negative_number(seed: str, ask: Ask) -> None:
    """It is refused before anything is opened."""
    code, told = ask("seed", "s", "--seed", seed, "--source", "a die")
    assert code == 2
    assert "This is no seed." in told
