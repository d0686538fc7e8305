"""Every history that a test of the contract replays is also held against what its awards cite."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from services.adjudication.replay import Replay, ReplayResult
from services.benefits.rulebook import Rulebook
from tests import lives
from tests.citations import hold


@pytest.fixture
def held_against_citations(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace the replay of lives; the modules of the published decisions ask for it by name."""
    monkeypatch.setattr(lives, "replay", _held)


def _held(lines: Iterable[bytes], rulebook: Rulebook) -> ReplayResult:
    book = Replay(rulebook)
    for number, line in enumerate(lines, 1):
        book.take(line, number)
    hold(book)
    return book.result()
