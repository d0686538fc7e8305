"""Demos that are played once for all processes of a test run; each test file is given a copy of a directory."""

from __future__ import annotations

import fcntl
import os
import shutil
from pathlib import Path

import pytest

from tests import forked

SIZE = ("--claims", "40", "--participants", "3000")
"""Of the demo that the pages for auditors are written from."""
SMALL = ("--participants", "300", "--claims", "45", "--seed", "310")
"""Of the demo that the first page shows."""


def copy_of_demo(tmp_path_factory: pytest.TempPathFactory, place: Path) -> Path:
    """Copy the directory of a finished demo of ``SIZE`` to ``place``.

    ``KELAMBU_PLAYED_DEMO=DIR`` takes one that was played before, for who runs a test again and again.
    """
    if before := os.environ.get("KELAMBU_PLAYED_DEMO"):
        return Path(shutil.copytree(before, place))
    return Path(shutil.copytree(_played(tmp_path_factory, "demo", SIZE) / "data", place))


def copy_of_small_demo(tmp_path_factory: pytest.TempPathFactory, place: Path) -> bytes:
    """Copy the directory of a finished demo of ``SMALL`` to ``place``; returns the summary that it printed, as JSON."""
    played = _played(tmp_path_factory, "small-demo", SMALL)
    shutil.copytree(played / "data", place)
    return (played / "summary.json").read_bytes()


def _played(tmp_path_factory: pytest.TempPathFactory, name: str, size: tuple[str, ...]) -> Path:
    """Return where a demo of this size was played in this run; whoever asks first plays it, others wait."""
    of_this_run = tmp_path_factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        of_this_run = of_this_run.parent
    played = of_this_run / name
    with (of_this_run / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not played.exists():
            draft = of_this_run / f"{name}.draft"
            draft.mkdir()
            command = (*forked.KELAMBU, "demo", *size, "--data", str(draft / "data"), "--json")
            done = forked.run(command, os.environ)
            assert done.returncode == 0, (done.stdout + done.stderr).decode()
            (draft / "summary.json").write_bytes(done.stdout)
            draft.rename(played)
    return played
