"""Answers that take their time: kept as of a version, worked out once, told as earlier ones meanwhile."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest

from services.console.progress import WorkProgress
from services.console.results import Results
from services.platform.settings import Settings
from tests.small_installation import NOW


def test_an_answer_is_worked_out_once_for_each_version():
    """Whoever asks again for the same version is given what is there."""
    asked: list[str] = []
    with Results() as results:
        for version in ("1", "1", "2", "2"):

            def work(version: str = version) -> str:
                asked.append(version)
                return f"as of {version}"

            found = results.get("q", version, work, clock=lambda: NOW, patience=60)
            assert found is not None
            assert (found.value, found.version, found.at, found.current) == (
                f"as of {version}",
                version,
                NOW,
                True,
            )
    assert asked == ["1", "2"]


def test_while_an_answer_is_worked_out_the_earlier_one_is_told():
    """Nobody waits: first there is none, later the one before, marked as such; what is at work is not begun again."""
    go, begun = threading.Event(), []

    def slow(value: str) -> str:
        begun.append(value)
        go.wait()
        return value

    with Results() as results:
        for _ in range(2):
            assert results.get("q", "1", lambda: slow("first"), clock=lambda: NOW, patience=0) is None
        go.set()
        first = results.get("q", "1", lambda: slow("again"), clock=lambda: NOW, patience=60)
        assert first is not None
        go.clear()
        earlier = results.get("q", "2", lambda: slow("second"), clock=lambda: NOW, patience=0)
        assert earlier is not None
        assert (earlier.value, earlier.version, earlier.current) == ("first", "1", False)
        go.set()
        second = results.get("q", "2", lambda: slow("again"), clock=lambda: NOW, patience=60)
        assert second is not None
        assert (second.value, second.current) == ("second", True)
    assert begun == ["first", "second"]


def test_what_fails_is_told_and_tried_again():
    """An answer that could not be worked out is not kept."""

    def fails() -> str:
        raise ZeroDivisionError

    with Results() as results:
        with pytest.raises(ZeroDivisionError):
            results.get("q", "1", fails, clock=lambda: NOW, patience=60)
        found = results.get("q", "1", lambda: "there", clock=lambda: NOW, patience=60)
        assert found is not None
        assert found.value == "there"


def test_a_command_answers_in_a_process_of_its_own(tmp_path: Path):
    """What it printed comes back."""
    settings = Settings.read({}, tmp_path)
    with Results() as results:
        printed = results.command(
            settings, ["sample", "plan", "attribute", "--tolerable", "5%", "--json"], "en"
        )
        assert b'"size": 59' in printed


def test_a_program_says_how_far_it_has_come(tmp_path: Path):
    """While it is at work; its answer comes back without, and once it is there nothing is at work."""
    program = [
        sys.executable,
        "-c",
        "from services.console.progress import reporting; advanced = reporting(9); advanced(4); advanced(5); print('there')",
    ]
    seen = list[WorkProgress]()
    with Results() as results:

        def advanced(progress: WorkProgress) -> None:
            results.advance("q", progress)
            seen.extend(filter(None, [results.progress("q")]))

        def work() -> bytes:
            return results.process(program, Settings.read({}, tmp_path), advanced=advanced)

        found = results.get("q", "1", work, clock=lambda: NOW, patience=60)
        assert results.progress("q") is None
    assert found is not None
    assert found.value == b"there\n"
    assert seen == [WorkProgress(4, 9), WorkProgress(9, 9)]
