"""Faults of the machine, each made on real servers and files: what it is, what to do, in both languages."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis

from services.cli.commands.doctor import examine, plain
from services.notary.log import CHECKPOINT
from services.platform.settings import Settings
from services.runtime.embedded_server import EmbeddedServer
from services.sealing.key_mark import DamagedKeysError, look_at
from services.sealing.keystore import KeyStore
from tests.forked import KELAMBU, run
from tests.servers import binary_of
from tests.system.running import SERVICES, running_installation, until
from tests.system.test_older_ledger import Followed, deaths

UNFORESEEN = ("unexpected", "tidak terduga", "Traceback")


def refusals(data: Path, *arguments: str, **environment: str) -> tuple[str, str]:
    """What a command that cannot do its work says in Indonesian and in English; it ends with exit code 2."""
    said = []
    for language in ("id", "en"):
        ended = run(
            (*KELAMBU, *arguments, "--data", str(data), "--lang", language),
            os.environ
            | {"KELAMBU_GATEWAY_PORT": "0", "KELAMBU_HTTP_PORT": "0", "COLUMNS": "1000"}
            | environment,
        )
        errors = ended.stderr.decode()
        assert ended.returncode == 2
        assert not [word for word in UNFORESEEN if word in errors]
        said.append(errors)
    return said[0], said[1]


@pytest.fixture(scope="module")
def primary(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServer]:
    """A server to be named in REDIS_URL."""
    server = EmbeddedServer.start(tmp_path_factory.mktemp("primary"))
    yield server
    server.stop()


def test_a_replica_is_refused_by_its_kind(primary: EmbeddedServer, tmp_path: Path):
    """In REDIS_URL it cannot be written to, and it may be behind."""
    with redis.Redis.from_url(primary.url) as client:
        client.replicaof("127.0.0.1", "1")
        try:
            indonesian, english = refusals(tmp_path / "data", "up", REDIS_URL=primary.url)
        finally:
            client.replicaof("NO", "ONE")
    assert "server ini replika" in indonesian
    assert "sebutkan server utamanya" in indonesian
    assert "name its primary" in english


def test_a_cluster_is_refused_by_its_kind(tmp_path: Path):
    """A server that is one of several does not have every key."""
    socket = tmp_path / "cluster.sock"
    program = binary_of("valkey").path
    options = ("--port", "0", "--unixsocket", str(socket), "--dir", str(tmp_path), "--cluster-enabled", "yes")
    with subprocess.Popen([program, *options], stdout=subprocess.DEVNULL) as process:
        try:
            with redis.Redis(unix_socket_path=str(socket)) as client:
                while True:
                    try:
                        client.ping()
                        break
                    except redis.ConnectionError:
                        assert process.poll() is None
            indonesian, english = refusals(tmp_path / "data", "up", REDIS_URL=f"unix://{socket}")
        finally:
            process.kill()
    assert "bagian dari klaster" in indonesian
    assert "one of a cluster" in english


def test_a_server_out_of_memory_is_called_so(primary: EmbeddedServer, tmp_path: Path):
    """Whatever is to be written first fails; what to raise is said."""
    with redis.Redis.from_url(primary.url) as client:
        client.config_set("maxmemory", 1)
        try:
            indonesian, english = refusals(tmp_path / "data", "up", REDIS_URL=primary.url)
        finally:
            client.config_set("maxmemory", 0)
    assert "memori server habis" in indonesian
    assert "the server's memory is used up" in english
    assert "maxmemory" in english


@contextmanager
def mounted(place: Path, size: str) -> Iterator[Path]:
    """A disk of its own, of a size such as 64k."""
    place.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", place], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip("no disk can be mounted here: that takes a superuser")
    try:
        yield place
    finally:
        subprocess.run(["umount", place], check=True)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own on which there is little room."""
    with mounted(tmp_path / "disk", "64k") as place:
        yield place


@pytest.fixture
def log_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own with room for a log."""
    with mounted(tmp_path / "log-disk", "16m") as place:
        yield place


def fill(file: Path) -> None:
    """Write to a file until the disk is full."""
    with file.open("wb", buffering=0) as filling:
        while True:
            try:
                filling.write(bytes(4096))
            except OSError:
                return


def test_a_full_disk_is_called_so(small_disk: Path):
    """Before anything stands there, and once something does; it is never taken for another Kelambu."""
    (small_disk / "data" / "server").mkdir(parents=True)
    fill(small_disk / "filled")
    indonesian, english = refusals(small_disk / "data", "up")
    assert "disk penuh" in indonesian
    assert "the disk is full" in english
    assert "another Kelambu" not in english


def test_a_disk_that_can_only_be_read_is_called_so(small_disk: Path):
    """It is the file system, not the command; another directory is offered."""
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    indonesian, english = refusals(small_disk / "data", "up")
    assert "sistem berkas hanya dapat dibaca" in indonesian
    assert "the file system can only be read" in english


async def test_a_full_disk_under_the_log_holds_nothing_else_up(log_disk: Path, tmp_path: Path):
    """The notary waits; what is recorded meanwhile is sealed once there is room, and the log goes on as the same."""
    async with running_installation(
        tmp_path / "data", partitions=1, log_directory=log_disk / "log"
    ) as running:
        here = Followed(running)
        running.start(*SERVICES)
        await here.live(deaths(0, 2))
        await running.until_sealed()
        kept = tmp_path / "kept"
        kept.write_bytes((log_disk / "log" / CHECKPOINT).read_bytes())
        fill(log_disk / "filled")
        await here.live(deaths(2, 2))

        async def waits() -> bool:
            running.look_after()
            return b'"batch.stopped"' in running.log("notary").read_bytes()

        await until(waits, "the notary finds no room")
        assert (log_disk / "log" / CHECKPOINT).read_bytes() == kept.read_bytes()
        running.command("verify", "--since", str(kept))
        (log_disk / "filled").unlink()
        await running.until_sealed()
        running.stop()
        running.command("verify", "--since", str(kept))


def test_a_cut_or_damaged_key_store_is_refused_with_its_file(tmp_path: Path):
    """Wherever it is cut, and whatever stands at its beginning.

    Nothing is made in its place, and the doctor sees it.
    """
    file = tmp_path / "keys.db"
    url = f"sqlite:///{file}"
    store = KeyStore(url)
    store.get_or_create([f"~{number}" for number in range(500)])
    store.close()
    whole = file.read_bytes()
    assert not look_at(url).empty
    for size in (1, 50, 100, 4096, len(whole) // 2, len(whole) - 1):
        file.write_bytes(whole[:size])
        with pytest.raises(DamagedKeysError, match=r"keys\.db is (cut|damaged).*Nothing was changed"):
            look_at(url)
        assert file.read_bytes() == whole[:size]
    (keys,) = [
        check for check in examine(Settings.read({"KELAMBU_KEYS": url}, tmp_path)) if check.name == "keys"
    ]
    assert not keys.ok
    assert "keys.db is cut" in str(plain(keys)["found"])
    file.write_bytes(b"#" * 100 + whole[100:])
    with pytest.raises(DamagedKeysError, match="does not begin as a database"):
        look_at(url)


def test_a_server_that_may_write_no_further_does_not_stop_without_a_word(tmp_path: Path):
    """Where its file may grow no more the server ends; started again it says why, and what was there is there."""
    data = tmp_path / "data"
    server = EmbeddedServer.start(data)
    with redis.Redis.from_url(server.url) as client:
        client.set("a", "1")
        written = max(server.files.glob("appendonlydir/*.incr.aof")).stat().st_size
        limit = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (written + 20, limit[1]))
        with pytest.raises((redis.ConnectionError, redis.ResponseError)):
            client.set("b", "2" * 1000)
    server.process.send_signal(signal.SIGKILL)
    server.restart()
    try:
        with redis.Redis.from_url(server.url) as client:
            assert client.mget("a", "b") == [b"1", None]
    finally:
        server.stop()
