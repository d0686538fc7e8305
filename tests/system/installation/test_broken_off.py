"""A restore that is killed anywhere leaves nothing that starts.

It is named, and the same command brings all of it back.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from services.installation.identity import InstallationError
from tests.forked import KELAMBU
from tests.system.installation.prepared import (
    Prepared,
    content,
    copy_of,
    environment,
    opened,
    start,
    together,
)

KILLED = """
import os, signal, sys
from redis.asyncio.connection import AbstractConnection
send, last = AbstractConnection._send_packed_command, sys.argv.pop().encode()
async def watched(self, command):
    if last in (command if isinstance(command, bytes) else b"".join(command)):
        os.kill(os.getpid(), signal.SIGKILL)
    await send(self, command)
AbstractConnection._send_packed_command = watched
"""
"""Dies before it sends a command with this text to a server."""


def killed(data: Path, before: str, *arguments: str) -> int:
    """Run a command on a directory that is killed before it sends a text; returns how it ended."""
    command = [sys.executable, "-c", KILLED + KELAMBU[-1], *arguments, "--data", str(data), before]
    return subprocess.run(
        command, env=environment(), capture_output=True, check=False, timeout=600
    ).returncode


async def test_a_restore_that_is_killed_is_named_and_done_again(prepared: Prepared, tmp_path: Path) -> None:
    """Wherever it was killed nothing opens before it is whole, then everything is there and proven."""
    whole = copy_of(prepared.ours, tmp_path / "whole")
    backup = str(tmp_path / "backup")
    assert start(whole, "backup", backup).returncode == 0
    half, whole_but = "holds a part of a backup", "the recovery after that was broken off"
    for text, said in {"FUNCTION": half, "restored": half, "kelambu_mark\r\n": whole_but}.items():
        data = together(tmp_path / f"data-{text.strip()}", {"batch files": prepared.ours})
        files = {name: body for name, body in content(data).items() if name.endswith(".csv")}
        assert killed(data, text, "restore", backup) == -9
        with pytest.raises(InstallationError, match=said):
            async with opened(data):
                pass
        done = start(data, "restore", backup)
        assert done.returncode == 0, done.stdout + done.stderr
        assert files.items() <= content(data).items()
