"""What is measured beside the server's own benchmark program, on a machine that does not have it."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import pytest
from rich.console import Console

from benchmarks.__main__ import NO_PROGRAM, measured
from benchmarks.report import Figure


@pytest.mark.parametrize("program", [None, "#!/bin/sh\nexit 1\n", "#!/bin/sh\necho nothing\n"])
def test_without_the_program_that_is_said_and_the_rest_is_measured(
    program: str | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    """Not installed, failing, or saying something else: the other figures of its group come all the same."""
    if program is not None:
        (tmp_path / "redis-benchmark").write_text(program)
        (tmp_path / "redis-benchmark").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert bool(shutil.which("redis-benchmark")) is bool(program)

    async def stages(sent: object, bare: Figure | None):
        assert bare is None
        yield Figure("all stages", 1.0, "ledger events/s")

    monkeypatch.setattr("benchmarks.together.stages", stages)
    said = io.StringIO()
    console = Console(file=said, width=300)
    assert [figure.name for figure in measured([], ("together",), console)] == ["all stages"]
    assert NO_PROGRAM in said.getvalue()
