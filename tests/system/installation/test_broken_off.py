"""A restore that is killed anywhere leaves nothing that starts: it is named, and the same command brings all of it back."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from services.installation.identity import InstallationError
from tests.system.installation.prepared import (
    KELAMBU,
    PARTS,
    Prepared,
    content,
    environment,
    opened,
    start,
    together,
)

KILLED = """
import os, signal, sys
from redis.asyncio.connection import AbstractConnection
send, left = AbstractConnection.send_packed_command, int(sys.argv.pop())
async def counted(self, command, check_health=True):
    global left
    left -= 1
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)
    await send(self, command, check_health)
AbstractConnection.send_packed_command = counted
"""
"""Dies before it sends so many commands to a server."""


def killed(data: Path, sends: int, *arguments: str) -> int:
    """Run a command on a directory that is killed at a moment; returns how it ended."""
    command = [sys.executable, "-c", KILLED + KELAMBU, *arguments, "--data", str(data), str(sends)]
    return subprocess.run(
        command, env=environment(), capture_output=True, check=False, timeout=600
    ).returncode


async def test_a_restore_that_is_killed_is_named_and_done_again(prepared: Prepared, tmp_path: Path) -> None:
    """Wherever it was killed nothing opens before it is whole, then everything is there and proven."""
    whole = together(tmp_path / "whole", {p: prepared.ours for p in PARTS if p != "edge"})
    backup = str(tmp_path / "backup")
    assert start(whole, "backup", backup).returncode == 0
    said = []
    for sends in (18, 30, 46):
        data = together(tmp_path / f"data-{sends}", {"batch files": prepared.ours})
        files = {name: body for name, body in content(data).items() if name.endswith(".csv")}
        assert killed(data, sends, "restore", backup) == -9
        with pytest.raises(InstallationError) as refused:
            async with opened(data, own_edge=False):
                pass
        said.append(str(refused.value).partition("\n")[2])
        done = start(data, "restore", backup)
        assert done.returncode == 0, done.stdout + done.stderr
        assert files.items() <= content(data).items()
    assert any("holds a part of a backup" in one for one in said)
    assert any("the recovery after that was broken off" in one for one in said)
