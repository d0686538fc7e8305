"""``kelambu up`` as a user runs it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from services.ledger import keys
from services.platform.settings import Settings
from services.runtime.bootstrap import open_installation
from services.runtime.embedded_server import EmbeddedServer, running
from tests.system.running import until

KELAMBU = "import sys; from services.cli import main; sys.exit(main())"
ORDER = ["intake", "disbursement", "adjudication", "outcomes", "projector", "notary"]


@contextmanager
def up(data: Path, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run ``kelambu up`` on a data directory, with its log in a file beside it."""
    own = {"KELAMBU_LOG_FORMAT": "json", "KELAMBU_HTTP_PORT": "0", "REDIS_URL": "", "EDGE_URL": ""}
    own |= {"KELAMBU_GATEWAY_PORT": "0", "KELAMBU_LANG": "en"}
    with data.with_suffix(".log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", KELAMBU, "up", "--data", str(data)],
            env=os.environ | own | environment,
            stderr=log,
            stdin=subprocess.DEVNULL,
            umask=0,
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def said(data: Path) -> list[tuple[str, str]]:
    """Service and event of each line logged so far."""
    lines = data.with_suffix(".log").read_bytes().split(b"\n")[:-1]
    found = [msgspec.json.decode(line, type=dict[str, object]) for line in lines if line.startswith(b"{")]
    return [(str(line["service"]), str(line["event"])) for line in found]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_everything_starts_and_stops_in_order(tmp_path: Path, number: signal.Signals):
    """On SIGTERM or Ctrl-C each service finishes before the next is told, the server last; the exit code is 0."""
    data = tmp_path / "installation"
    with up(data) as process:

        async def started() -> bool:
            assert process.poll() is None
            return {(name, "service.started") for name in ORDER} <= set(said(data))

        await until(started, "every service has started")
        process.send_signal(number)

        async def ended() -> bool:
            return process.poll() is not None

        await until(ended, "everything has stopped")
        assert process.returncode == 0
        assert [service for service, event in said(data) if event == "service.stopped"] == ORDER
        assert running(data) is None


async def test_services_come_back_when_the_process_that_they_were_forked_from_dies(tmp_path: Path):
    """It was forked from the supervisor before this had a loop; the next is a program of its own, and all end with it."""
    data = tmp_path / "installation"
    with up(data) as process:

        async def started(times: int = 1) -> bool:
            assert process.poll() is None
            lines = said(data)
            return all(lines.count((name, "service.started")) == times for name in ORDER)

        async def started_again() -> bool:
            return await started(2)

        await until(started, "every service has started")
        os.kill(fork_server_of(process.pid), signal.SIGKILL)
        await until(started_again, "every service has started again")
        process.send_signal(signal.SIGTERM)
        assert process.wait() == 0
        stopped = [service for service, event in said(data) if event == "service.stopped"]
        assert (
            stopped[-len(ORDER) :] == ORDER
        )  # before, whichever of the first came to its end before it was killed


def fork_server_of(supervisor: int) -> int:
    """Return the child of the supervisor that has most children; a server that rewrites its file has one for a moment."""
    listed = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    parents = {int(pid): int(parent) for pid, parent in map(str.split, listed.splitlines())}
    grandchildren = Counter(parent for parent in parents.values() if parents.get(parent) == supervisor)
    ((found, _),) = grandchildren.most_common(1)
    return found


def test_a_setting_that_cannot_be_ends_it_at_once_with_its_name(tmp_path: Path):
    """Nothing is started; the message names the variable, and the exit code is 2."""
    data = tmp_path / "installation"
    with up(data, KELAMBU_PARTITIONS="many") as process:
        assert process.wait() == 2
        assert b"KELAMBU_PARTITIONS" in data.with_suffix(".log").read_bytes()
        assert not data.exists()


async def test_what_is_kept_is_for_its_user_alone(tmp_path: Path):
    """Under a umask of 0, and where everything stood open before: no right is left to others, and that is logged."""
    data = tmp_path / "installation"
    old = data / "batches" / "old.txt"
    old.parent.mkdir(parents=True)
    old.touch()
    for path in (old, old.parent, data):
        path.chmod(0o777)
    with up(data) as process:

        async def started() -> bool:
            assert process.poll() is None
            return {(name, "service.started") for name in ORDER} <= set(said(data))

        await until(started, "every service has started")
        kept = {path.relative_to(data) for path in data.rglob("*")}
        assert {Path("read-models.db-wal"), Path("keys/keys.db"), Path("server/server.log")} <= kept
        assert {Path("batches/old.txt"), Path("server/appendonlydir/appendonly.aof.manifest")} <= kept
        assert [path for path in (data, *data.rglob("*")) if path.stat().st_mode & 0o077] == []
        assert ("supervisor", "files.closed") in said(data)


def test_a_port_of_another_installation_ends_it_with_the_setting(tmp_path: Path):
    """Nothing is started: agencies would talk to the other one. The exit code is 2."""
    data = tmp_path / "installation"
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with up(data, KELAMBU_GATEWAY_PORT=str(port)) as process:
            assert process.wait() == 2
    log = data.with_suffix(".log").read_text()
    assert f"port {port} is taken" in log
    assert "KELAMBU_GATEWAY_PORT" in log
    assert not (data / "server").exists()


async def test_a_ledger_that_contradicts_itself_ends_it_with_the_reason(tmp_path: Path):
    """No service is started: the log names the partition and what is missing, and says what to do."""
    data = tmp_path / "installation"
    server = EmbeddedServer.start(data)
    async with open_installation(Settings.read({"REDIS_URL": server.url}, data)) as installation:
        await installation.core.hset(keys.head(3), "position", 7)
    server.stop()
    with up(data) as process:
        assert process.wait() == 2
    log = data.with_suffix(".log").read_text()
    assert "partition 3: the ledger has 0 events, and its head says 7" in log
    assert "kelambu recover" in log
    assert "service.started" not in log
