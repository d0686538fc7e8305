"""The supervisor, with posts so small that only their beginning and end can be seen."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from services.platform.heartbeat import SIGNS, last_sign, signs_in
from services.platform.settings import Settings
from services.runtime.embedded_server import EmbeddedServer
from services.runtime.supervisor import SupervisedProcess, Supervisor, processes_of
from tests.system.running import until

POST = """
import pathlib, signal, sys
name, diary = sys.argv[1], pathlib.Path(sys.argv[2])
def end(*_):
    with diary.open("a") as pages: pages.write(f"{name} ended\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
with diary.open("a") as pages: pages.write(f"{name} began\\n")
while True: signal.pause()
"""
WORKER = """
import asyncio, pathlib, sys
from services.platform.heartbeat import give_signs
with pathlib.Path(sys.argv[1]).open("a") as pages: pages.write("intake-1 began\\n")
asyncio.run(give_signs(2))
"""
PATIENCE = 60.0
"""Seconds after which a program that says nothing is taken to have failed."""
PARENT = """
import asyncio, pathlib, sys
from services.platform.settings import Settings
from services.runtime.supervisor import SupervisedProcess, Supervisor
async def main():
    child = "import signal, sys; pipe = open(sys.argv[1], 'wb', 0); pipe.write(b'!'); signal.pause()"
    post = SupervisedProcess("child-1", (sys.executable, "-c", child, sys.argv[1]), {})
    await Supervisor(Settings.read(), [post]).start()
    await asyncio.Event().wait()
asyncio.run(main())
"""


def posts(diary: Path, names: Sequence[str]) -> list[SupervisedProcess]:
    return [SupervisedProcess(name, (sys.executable, "-c", POST, name, str(diary)), {}) for name in names]


@asynccontextmanager
async def supervised(
    diary: Path, *names: str, server: EmbeddedServer | None = None
) -> AsyncIterator[Supervisor]:
    """Posts of these names, each of which has begun; stopped at the end."""
    supervisor = Supervisor(Settings.read({}, diary.parent), posts(diary, names), server)
    try:
        await supervisor.start()
        for name in names:
            await wrote(diary, f"{name} began", 1)
        yield supervisor
    finally:
        await supervisor.stop()


def lines(diary: Path) -> list[str]:
    return diary.read_text().splitlines() if diary.exists() else []


async def wrote(diary: Path, line: str, times: int) -> None:
    async def look() -> bool:
        return lines(diary).count(line) >= times

    await until(look, f"{line} stands {times} times in the diary")


async def test_a_post_that_dies_is_started_again(tmp_path: Path):
    """Another process takes the place of one that was killed; the others go on as they were."""
    diary = tmp_path / "diary"
    async with supervised(diary, "intake-1", "http-1") as supervisor:
        before = supervisor.pids()
        os.kill(before["intake-1"], signal.SIGKILL)
        await wrote(diary, "intake-1 began", 2)

        async def manned() -> dict[str, int] | None:
            return found if (found := supervisor.pids()).keys() == before.keys() else None

        after = await until(manned, "both are there")
        assert after["intake-1"] != before["intake-1"]
        assert after["http-1"] == before["http-1"]


async def test_all_come_back_when_the_process_that_they_were_forked_from_dies(tmp_path: Path):
    """It takes its services with it, and another is started, from which they are forked anew."""
    diary = tmp_path / "diary"
    async with supervised(diary, "intake-1", "http-1") as supervisor:
        before = supervisor.pids()
        parents = {parent_of(pid) for pid in before.values()}
        assert len(parents) == 1
        assert os.getpid() not in parents
        os.kill(parents.pop(), signal.SIGKILL)
        for name in before:
            await wrote(diary, f"{name} began", 2)

        async def manned() -> dict[str, int] | None:
            return found if (found := supervisor.pids()).keys() == before.keys() else None

        after = await until(manned, "both are there")
        assert not set(after.values()) & set(before.values())


def parent_of(pid: int) -> int:
    parent = subprocess.run(["ps", "-o", "ppid=", "-p", str(pid)], capture_output=True, text=True, check=True)
    return int(parent.stdout)


async def test_services_are_stopped_one_after_the_other_in_the_order_of_the_posts(tmp_path: Path):
    """What feeds another is ended first; the posts of one service end together."""
    diary = tmp_path / "diary"
    async with supervised(diary, "intake-1", "intake-2", "adjudication-1", "http-1"):
        pass
    ended = [line.split()[0] for line in lines(diary) if line.endswith("ended")]
    assert [sorted(ended[:2]), *ended[2:]] == [["intake-1", "intake-2"], "adjudication-1", "http-1"]


async def test_a_server_that_dies_is_started_again_on_its_data(tmp_path: Path):
    """After kill -9 the embedded server answers again with what it had acknowledged."""
    server = EmbeddedServer.start(tmp_path)
    try:
        async with supervised(tmp_path / "diary", server=server) as supervisor:
            before = supervisor.pids()["server"]
            os.kill(before, signal.SIGKILL)

            async def back() -> bool:
                return supervisor.pids().get("server", before) != before and server.socket.exists()

            await until(back, "the server is back")
    finally:
        server.stop()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks the Linux kernel to end children")
def test_no_post_outlives_a_supervisor_that_is_killed(tmp_path: Path):
    """The pipe that a child holds open reaches its end when the supervisor is killed with -9."""
    pipe = tmp_path / "held-by-the-child"
    os.mkfifo(pipe)
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(pipe)])
    held = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert select.select([held], [], [], PATIENCE)[0], "the child has not begun"
        assert os.read(held, 1) == b"!"
        parent.kill()
        parent.wait()
        assert select.select([held], [], [], PATIENCE)[0], "the child lives on"
        assert os.read(held, 1) == b""
    finally:
        os.close(held)


def test_an_installation_has_as_many_workers_as_its_settings_say(tmp_path: Path):
    """Each has a name of its own, and none but http tells health and metrics."""
    settings = Settings.read(
        {"KELAMBU_ADJUDICATORS": "3", "KELAMBU_INTAKES": "2", "KELAMBU_GATEWAYS": "2"}, tmp_path
    )
    found = processes_of(settings, tmp_path)
    assert [post.name for post in found] == [
        "gateway-1", "gateway-2", "console-1", "intake-1", "intake-2", "disbursement-1", "adjudication-1", "adjudication-2", "adjudication-3",
        "outcomes-1", "projector-1", "notary-1", "http-1",
    ]  # fmt: skip
    assert len({post.environment["KELAMBU_WORKER"] for post in found}) == len(found)
    assert [p.name for p in found if p.environment["KELAMBU_HTTP_PORT"] != "0"] == ["http-1"]


def test_without_a_port_nobody_answers_http(tmp_path: Path):
    """Port 0 leaves the service out."""
    settings = Settings.read(
        {"KELAMBU_HTTP_PORT": "0", "KELAMBU_GATEWAY_PORT": "0", "KELAMBU_CONSOLE_PORT": "0"}, tmp_path
    )
    assert {"http-1", "gateway-1", "console-1"}.isdisjoint(
        post.name for post in processes_of(settings, tmp_path)
    )


async def test_a_post_that_stands_still_is_killed_and_started_again(tmp_path: Path):
    """One stopped by SIGSTOP gives no sign of life: that is said, it is killed, and another takes its place."""
    diary, signs = tmp_path / "diary", tmp_path / "intake-1"
    post = SupervisedProcess("intake-1", (sys.executable, "-c", WORKER, str(diary)), {SIGNS: str(signs)})
    supervisor = Supervisor(Settings.read({"KELAMBU_SILENCE": "2"}, tmp_path), [post])
    with capture_logs() as said:
        await supervisor.start()
        try:

            async def alive() -> bool:
                return last_sign(signs) is not None

            await until(alive, "the post gives signs")
            stopped = supervisor.pids()["intake-1"]
            os.kill(stopped, signal.SIGSTOP)
            await wrote(diary, "intake-1 began", 2)
            await until(alive, "its successor gives signs")
            assert supervisor.pids()["intake-1"] != stopped
        finally:
            await supervisor.stop()
    assert [(line["event"], line["pid"]) for line in said][:2] == [
        ("service.silent", stopped),
        ("service.lost", stopped),
    ]
    assert signs_in(tmp_path)[1] == {"intake-1": 1}


async def test_a_server_that_stands_still_is_killed_and_started_again(tmp_path: Path):
    """Stopped by SIGSTOP it answers nobody: it is killed, and its successor reads its data."""
    server = EmbeddedServer.start(tmp_path)
    supervisor = Supervisor(Settings.read({"KELAMBU_SILENCE": "2"}, tmp_path), [], server)
    with capture_logs() as said:
        await supervisor.start()
        try:
            before = supervisor.pids()["server"]
            os.kill(before, signal.SIGSTOP)

            async def back() -> bool:
                return supervisor.pids().get("server", before) != before and server.answers(1)

            await until(back, "the server is back")
        finally:
            await supervisor.stop()
            server.stop()
    assert [line["event"] for line in said] == ["server.silent", "server.lost", "server.restarted"]
