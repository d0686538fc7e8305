"""A sum is shown where nothing can be recorded, without a handle; under an audit it is not."""

from __future__ import annotations

import asyncio
import json
from contextlib import closing
from pathlib import Path

import pytest

from projections.catalogue import PROJECTIONS
from projections.runner import Runner
from projections.store import Store
from services.cli import main
from services.cli.trail_options import TrailOptions
from tests.stores.projections.acts import recorded

ASKED = [
    ("payments", "sums"),
    ("payments", "due"),
    ("payments", "made"),
    ("claims",),
    ("coverage",),
    ("deadlines",),
    ("exceptions",),
    ("overview",),
]


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data directory with read models and no server."""
    for name in ("REDIS_URL", "EDGE_URL", "KELAMBU_DATABASE", "KELAMBU_ENGAGEMENT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("KELAMBU_LANG", "en")
    with closing(Store(f"sqlite:///{tmp_path}/read-models.db")) as store:
        asyncio.run(Runner(store, recorded([], days=3), PROJECTIONS).catch_up())
    return tmp_path


@pytest.mark.parametrize("asked", ASKED, ids=" ".join)
def test_without_a_server_a_sum_has_no_handle(
    data: Path, capsys: pytest.CaptureFixture[str], asked: tuple[str, ...]
):
    """Why is said on stderr; so where somebody says why they ask, and there is nothing to start."""
    for said, why in (([], "no server is running"), (["--reason", "yearly"], "there is nothing in")):
        assert main([*asked, *said, "--json", "--data", str(data)]) == 0
        shown = capsys.readouterr()
        assert json.loads(shown.out)["figure"] is None
        assert "This figure has no handle" in shown.err
        assert why in " ".join(shown.err.split())


@pytest.mark.parametrize("asked", ASKED, ids=" ".join)
def test_under_an_audit_nothing_is_shown_that_is_not_recorded(
    data: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    asked: tuple[str, ...],
):
    """Whether it is named or set for all commands."""
    assert main([*asked, "--engagement", "17", "--data", str(data)]) == 2
    monkeypatch.setenv("KELAMBU_ENGAGEMENT", "17")
    assert main([*asked, "--data", str(data)]) == 2
    assert capsys.readouterr().out == ""


def test_whoever_is_not_named_is_the_user_of_the_system(monkeypatch: pytest.MonkeyPatch):
    """And nobody has signed then."""
    monkeypatch.setattr("getpass.getuser", lambda: "dewi")
    assert TrailOptions().signature == {"by": "dewi", "reason": "", "engagement": ""}
    assert not TrailOptions().signed
    assert TrailOptions(by="Rahmat").signature["by"] == "Rahmat"
    assert TrailOptions(by="Rahmat").signed
