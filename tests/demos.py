"""A demo that was played once for all processes of a test run; each test file is given a copy of its directory."""

from __future__ import annotations

import fcntl
import os
import shutil
from pathlib import Path

import pytest

from tests import forked

SIZE = ("--claims", "40", "--participants", "3000")


def copy_of_demo(tmp_path_factory: pytest.TempPathFactory, place: Path) -> Path:
    """Copy the directory of a finished demo of ``SIZE`` to ``place``; whoever asks first plays it, others wait.

    ``KELAMBU_PLAYED_DEMO=DIR`` takes one that was played before, for who runs a test again and again.
    """
    if before := os.environ.get("KELAMBU_PLAYED_DEMO"):
        return Path(shutil.copytree(before, place))
    of_this_run = tmp_path_factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        of_this_run = of_this_run.parent
    played = of_this_run / "demo"
    with (of_this_run / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not played.exists():
            draft = of_this_run / "demo.draft"
            done = forked.run((*forked.KELAMBU, "demo", *SIZE, "--data", str(draft)), os.environ)
            assert done.returncode == 0, (done.stdout + done.stderr).decode()
            draft.rename(played)
    return Path(shutil.copytree(played, place))
