"""The tutorial, run block by block as a reader would: on an installation of its own, in an empty directory."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from services.platform.child_processes import end_with
from tests.servers import free_port
from tests.system.contract.sending import BIN

PAGE = Path(__file__).parents[3] / "docs" / "tutorial.md"
END = "\x1e"
"""Printed after each block of commands."""


class Block(NamedTuple):
    """A fenced block: its language, and what stands in it."""

    language: str
    text: str


BLOCKS = [
    Block(*found)
    for found in re.findall(r"^```(\w+)\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE)
]
UP = "KELAMBU_REDIS_PORT=6390 ./kelambu up\n"


@pytest.mark.parametrize("tool", ["bash", "curl", "node", "openssl", "redis-cli"])
def test_the_tools_of_the_tutorial_are_installed(tool):
    """Where one is missing the tutorial cannot be tried."""
    if not shutil.which(tool):
        pytest.skip(f"no {tool} on the PATH")


@pytest.mark.skipif(
    not all(map(shutil.which, ("bash", "curl", "node", "openssl", "redis-cli"))),
    reason="a tool is not installed",
)
def test_every_block_of_the_tutorial_does_what_the_page_says(tmp_path):
    """What the page shows as an answer is what is answered; an ellipsis stands for any text."""
    gateway, redis, health = free_port(), free_port(), free_port()
    (tmp_path / "kelambu").write_text(f'#!/bin/sh\nexec "{BIN}/kelambu" "$@"\n')
    (tmp_path / "kelambu").chmod(0o755)
    for block in BLOCKS:
        if named := re.match(r"(?:#|//) (\S+\.\w+)\n", block.text):
            (tmp_path / named[1]).write_text(block.text)
    environment = os.environ | {
        "KELAMBU_LANG": "en",
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        "KELAMBU_GATEWAY_PORT": str(gateway),
        "KELAMBU_HTTP_PORT": str(health),
    }
    commands = [block.text for block in BLOCKS if block.language == "sh"]
    assert commands.pop(0) == UP
    script = f"printf '{END}'\n".join(["set -e\n", *commands, ""])
    script = script.replace(":8601", f":{gateway}").replace(":6390", f":{redis}")
    with up(tmp_path, environment | {"KELAMBU_REDIS_PORT": str(redis)}):
        done = subprocess.run(
            ["bash", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    said = dict(zip(commands, done.stdout.split(END)[1:], strict=False))
    for n, block in enumerate(BLOCKS):
        if block.language == "json":
            command = next(before.text for before in reversed(BLOCKS[:n]) if before.language == "sh")
            assert fits(answered(said[command]), json.loads(block.text)), (command, said[command])


@contextmanager
def up(place: Path, environment: dict[str, str]) -> Iterator[None]:
    """Run ``kelambu up`` as the page says, in a terminal of its own."""
    with (place / "up.log").open("wb") as log:
        process = subprocess.Popen(
            UP.split()[1:],
            cwd=place,
            env=environment,
            stdout=log,
            stderr=log,
            preexec_fn=end_with(os.getpid()),  # noqa: PLW1509 -- only one system call is made there
        )
        try:
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(180) == 0, (place / "up.log").read_text()[-3000:]


def answered(text: str) -> object:
    """Read an answer without what a receipt says of the log.

    Whether it has a checkpoint by then is a matter of a moment.
    """
    answer = json.loads(text)
    if isinstance(answer, dict):
        answer.pop("log", None)
    return answer


def fits(answer: object, shown: object) -> bool:
    """Tell whether an answer is what the page shows."""
    if isinstance(shown, dict) and isinstance(answer, dict):
        return answer.keys() == shown.keys() and all(fits(answer[key], shown[key]) for key in shown)
    if isinstance(shown, list) and isinstance(answer, list):
        return len(answer) == len(shown) and all(map(fits, answer, shown))
    return shown in ("…", answer)
