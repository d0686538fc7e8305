"""What a process began ends with it, also where it is killed: commands of the console, and pools of processes."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from pathlib import Path

import pytest

from services.benefits.reading.folder import LAW

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells a child of it")
_SECONDS = 60
"""How long a test waits for what should come at once before it gives up."""
_COMMAND = """
import sys
from pathlib import Path
from services.console.results import Results
from services.platform.settings import Settings
line = ("whatif", "--rulebook", sys.argv[1], "--file", sys.argv[2])
with Results() as results:
    results.command(Settings.read({}, Path(sys.argv[3])), line, "en")
"""
_POOL = """
import sys
from services.platform.process_pool import run_parallel
from tests.unit.platform.test_child_processes import read_to_the_end
if __name__ == "__main__":
    run_parallel(read_to_the_end, sys.argv[1:], processes=2)
"""


def read_to_the_end(file: str) -> bytes:
    """What somebody writes to a pipe, once nobody does so any more."""
    return Path(file).read_bytes()


def opened_by_children(pipes: list[Path], parent: subprocess.Popen[bytes]) -> list[int]:
    """The ends of pipes to which is written, once somebody reads each; fails where the parent ends before."""
    with ThreadPoolExecutor() as threads:
        opening = [threads.submit(os.open, pipe, os.O_WRONLY) for pipe in pipes]
        ended = threads.submit(parent.wait)
        while not ended.done() and not all(one.done() for one in opening):
            wait([one for one in (*opening, ended) if not one.done()], return_when=FIRST_COMPLETED)
        failed = ended.done()
        for pipe in pipes if failed else ():
            os.close(os.open(pipe, os.O_RDONLY | os.O_NONBLOCK))
        parent.kill()  # nobody waits for it any more
    assert not failed, "the parent ended by itself"
    return [one.result() for one in opening]


def test_a_command_ends_when_the_console_is_killed(tmp_path: Path):
    """It reads what does not end; that nobody reads it any more shows at the other end."""
    pipe = tmp_path / "events.jsonl"
    os.mkfifo(pipe)
    killed_while_read(_COMMAND, [str(LAW), str(pipe), str(tmp_path)], [pipe])


def test_a_pool_ends_when_its_process_is_killed(tmp_path: Path):
    """Each of its processes; otherwise they wait for work for ever."""
    pipes = [tmp_path / "first", tmp_path / "second"]
    for pipe in pipes:
        os.mkfifo(pipe)
    killed_while_read(_POOL, [str(pipe) for pipe in pipes], pipes)


def killed_while_read(code: str, words: list[str], pipes: list[Path]) -> None:
    """Run a program whose children read pipes, kill it with -9, and see that each pipe has no reader any more."""
    with subprocess.Popen([sys.executable, "-c", code, *words]) as parent:
        try:
            written = opened_by_children(pipes, parent)
        finally:
            parent.kill()
    waiting = select.poll()
    for one in written:
        waiting.register(one, 0)
    gone = set[int]()
    while gone != set(written):
        found = waiting.poll(_SECONDS * 1000)
        assert found, "somebody still reads"
        for one, event in found:
            assert event & select.POLLERR
            waiting.unregister(one)
            gone.add(one)
    for one in written:
        os.close(one)
