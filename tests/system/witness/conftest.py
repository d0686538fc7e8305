"""The keys of a log, and a witness that knows it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.cli import main
from services.notary import witnesses
from services.notary.notes import read_key
from services.notary.signing_keys import changing, draft_keys, take_up
from services.runtime import notary
from tests.system.witness.witnessing import ORIGIN, WitnessProcess


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine is, a witness that answers is none that is away."""
    monkeypatch.setattr(witnesses, "TIMEOUT_SECONDS", 180.0)
    monkeypatch.setattr(notary, "TIMEOUT_SECONDS", 180.0)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The keys of the log, which the insider has too."""
    directory, now = tmp_path_factory.mktemp("notary") / "keys", dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    with changing(directory):
        draft_keys(directory, now)
        take_up(directory, now)
    return directory


@pytest.fixture
def witness(tmp_path: Path, keys: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[WitnessProcess]:
    """A witness that knows the log."""
    one = WitnessProcess(tmp_path / "witness")
    assert main(["witness", "key", "--name", "saksi.inspektorat", "--data", str(one.directory)]) == 0
    one.keys = [read_key(line) for line in capsys.readouterr().out.split()]
    one.know(ORIGIN, keys)
    one.start()
    yield one
    one.kill()
