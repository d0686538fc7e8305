"""One console for all tests of a process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.audit_trail.trail import append_all
from tests.consoles import HOSTILE, WRITTEN, RunningConsole, lives, running_console


@pytest.fixture(scope="session")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningConsole]:
    """A console over a book of four claims, with an account of each role."""
    with running_console(Path(tmp_path_factory.mktemp("console")), *lives()) as running:
        yield running


@pytest.fixture(scope="session")
def written(console: RunningConsole) -> None:
    """What auditors wrote by hand stands in the audit trail."""
    console.run(append_all(console.installation, WRITTEN, by=HOSTILE, reason=HOSTILE))
