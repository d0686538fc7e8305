"""A cut append-only file: refused with its name and byte and left as it is, or without what nobody was told of."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import redis

from services.runtime import append_only_file
from services.runtime.append_only_file import DamagedFilesError
from services.runtime.embedded_server import EmbeddedServer, ServerError
from tests.servers import STORES, binary_of

CUTS = 50
STARTS = int(os.environ.get("TORN_STARTS", "3"))
"""Of the cuts, how many are also tried with a real server, started twice."""


def write(client: redis.Redis, first: int, last: int) -> None:
    """One transaction for each number, as commits are: an entry and how many there are."""
    for number in range(first, last + 1):
        with client.pipeline() as pipe:
            pipe.xadd("ledger", {"e": "x" * 50}, id=f"{number}-0")
            pipe.hset("head", "position", number)
            pipe.execute()


def rewrite(client: redis.Redis) -> None:
    """Have the server write a new base."""
    before = client.info("persistence")["aof_base_size"]
    client.bgrewriteaof()
    while client.info("persistence")["aof_base_size"] == before:
        client.ping()


@pytest.fixture(scope="module", params=STORES)
def installation(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> EmbeddedServer:
    """A server that has stopped, with a base of 300 commits and a last file of 100 more."""
    server = EmbeddedServer.start(tmp_path_factory.mktemp("torn") / "data", binary_of(request.param))
    with redis.Redis.from_url(server.url) as client:
        write(client, 1, 300)
        rewrite(client)
        write(client, 301, 400)
    server.stop()
    return server


@pytest.fixture
def copied(installation: EmbeddedServer, tmp_path: Path) -> Callable[[], Path]:
    """Make a fresh copy of its data directory each time, as a crash leaves it before anything was noted."""

    def copy() -> Path:
        shutil.rmtree(tmp_path / "data", ignore_errors=True)
        shutil.copytree(installation.data, tmp_path / "data")
        (tmp_path / "data" / "server" / append_only_file.WRITTEN).unlink()
        return tmp_path / "data"

    return copy


def file_of(data: Path, kind: str) -> Path:
    """The newest base or incremental file."""
    return max((data / "server" / append_only_file.FOLDER).glob(f"*.{kind}.aof"))


def cut(file: Path, size: int) -> None:
    """Leave so many bytes of a file."""
    with file.open("r+b") as opened:
        opened.truncate(size)


def cuts(file: Path, count: int = CUTS) -> list[int]:
    """So many sizes, each less than the file's."""
    return random.Random(8).sample(range(file.stat().st_size), count)


def contents(data: Path) -> dict[str, bytes]:
    """Every append-only file."""
    return {file.name: file.read_bytes() for file in (data / "server" / append_only_file.FOLDER).iterdir()}


def test_a_base_cut_anywhere_is_known_at_once(copied: Callable[[], Path]):
    """Wherever it is cut, also between two commands, and to nothing: the file and the byte are named."""
    data = copied()
    base = file_of(data, "base")
    whole = base.read_bytes()
    append_only_file.examine(data / "server")
    between = [len(whole) - len(whole.rpartition(b"*3\r\n")[2]) - 4, 0]
    for size in [*cuts(base), *between]:
        base.write_bytes(whole[:size])
        with pytest.raises(DamagedFilesError, match=rf"{base.name} is cut at byte {size}\b.*kelambu recover"):
            append_only_file.examine(data / "server")


def test_a_server_does_not_start_on_a_cut_base(installation: EmbeddedServer, copied: Callable[[], Path]):
    """Two starts, both refused; no file is other than it was."""
    for size in cuts(file_of(installation.data, "base"), STARTS):
        data = copied()
        cut(file_of(data, "base"), size)
        before = contents(data)
        for _ in range(2):
            with pytest.raises(ServerError, match=f"is cut at byte {size}"):
                EmbeddedServer.start(data, installation.binary)
        assert contents(data) == before


def test_what_a_crash_tore_off_is_taken_off_and_kept(
    installation: EmbeddedServer, copied: Callable[[], Path]
):
    """Wherever the last file is cut.

    It ends with a whole commit, and what is taken off plus what stays is what was there.
    """
    data = copied()
    last = file_of(data, "incr")
    whole = last.read_bytes()
    ends = [0]
    while (end := whole.find(b"EXEC\r\n", ends[-1])) >= 0:
        ends.append(end + len(b"EXEC\r\n"))
    for size in cuts(last):
        last.write_bytes(whole[:size])
        kept = append_only_file.take_off_torn_end(data / "server", installation.binary.path)
        assert len(last.read_bytes()) == max(end for end in ends if end <= size)
        assert last.read_bytes() + (kept.read_bytes() if kept else b"") == whole[:size]
        assert kept is None or kept.stat().st_mode & 0o077 == 0


def test_a_server_starts_on_a_torn_last_file_with_whole_commits(
    installation: EmbeddedServer, copied: Callable[[], Path]
):
    """Two starts: the same whole commits, and what is written after the first is there at the second."""
    for size in cuts(file_of(installation.data, "incr"), STARTS):
        data = copied()
        cut(file_of(data, "incr"), size)
        server = EmbeddedServer.start(data, installation.binary)
        with redis.Redis.from_url(server.url, decode_responses=True) as client:
            position = int(client.hget("head", "position"))
            assert client.xlen("ledger") == position
            assert client.xrevrange("ledger", count=1)[0][0] == f"{position}-0"
            write(client, position + 1, position + 1)
        server.stop()
        again = EmbeddedServer.start(data, installation.binary)
        with redis.Redis.from_url(again.url, decode_responses=True) as client:
            assert again.torn is None
            assert (client.xlen("ledger"), client.hget("head", "position")) == (
                position + 1,
                str(position + 1),
            )
        again.stop()


def test_damage_with_whole_writes_behind_it_is_not_taken_off(
    installation: EmbeddedServer, copied: Callable[[], Path]
):
    """A byte that changed amid the last file looks like a torn end; what follows it is whole, and is left alone."""
    data = copied()
    last = file_of(data, "incr")
    whole = last.read_bytes()
    for damaged in (whole.replace(b"$50\r\n", b"$9999999\r\n", 1), whole.replace(b"$50\r\n", b"?50\r\n", 1)):
        last.write_bytes(damaged)
        before = contents(data)
        for _ in range(2):
            with pytest.raises(
                ServerError, match=rf"{last.name} is damaged at byte \d+.*whole writes follow"
            ):
                EmbeddedServer.start(data, installation.binary)
        assert contents(data) == before


def test_a_file_that_others_follow_must_be_whole(installation: EmbeddedServer, copied: Callable[[], Path]):
    """A torn incremental file is no torn end where another comes after it."""
    data = copied()
    last = file_of(data, "incr")
    later = last.with_name("appendonly.aof.9.incr.aof")
    later.write_bytes(last.read_bytes().replace(b"ledger", b"behind"))
    manifest = last.with_name("appendonly.aof.manifest")
    manifest.write_text(f"{manifest.read_text()}file {later.name} seq 9 type i\n")
    cut(last, last.stat().st_size - 3)
    before = contents(data)
    for _ in range(2):
        with pytest.raises(ServerError, match=f"{last.name} is damaged at byte.*others follow"):
            EmbeddedServer.start(data, installation.binary)
    assert contents(data) == before


def test_a_lost_or_cut_list_of_files_is_refused(installation: EmbeddedServer, copied: Callable[[], Path]):
    """Without it a server would begin anew over what is there; with a line less it would leave commits out."""
    for line, said in (
        ("", "is missing or empty"),
        ("file appendonly.aof.1.base.aof seq", "is damaged at the line"),
    ):
        data = copied()
        manifest = file_of(data, "incr").with_name("appendonly.aof.manifest")
        manifest.write_text(line)
        with pytest.raises(ServerError, match=said):
            EmbeddedServer.start(data, installation.binary)
    data = copied()
    manifest = file_of(data, "incr").with_name("appendonly.aof.manifest")
    base_line, _, _ = manifest.read_text().partition("\n")
    for text, said in (
        (f"{base_line}\n", "it does not name appendonly"),
        (manifest.read_text()[:-1], "is cut at byte"),
    ):
        manifest.write_text(text)
        with pytest.raises(ServerError, match=said):
            EmbeddedServer.start(data, installation.binary)
    manifest.unlink()
    with pytest.raises(ServerError, match="is missing or empty"):
        EmbeddedServer.start(data, installation.binary)
    data = copied()
    file_of(data, "base").unlink()
    with pytest.raises(ServerError, match=r"base\.aof is missing, which"):
        EmbeddedServer.start(data, installation.binary)


def test_a_last_file_cut_below_what_was_noted_is_refused(
    installation: EmbeddedServer, copied: Callable[[], Path]
):
    """Wherever it is cut after the server has stopped, also between two commits: two starts, nothing is changed."""
    data = copied()
    last = file_of(data, "incr")
    whole = last.read_bytes()
    shutil.copy(installation.files / append_only_file.WRITTEN, data / "server")
    append_only_file.examine(data / "server")
    between = whole.index(b"EXEC\r\n", len(whole) // 2) + len(b"EXEC\r\n")
    for size in [*cuts(last), between]:
        last.write_bytes(whole[:size])
        with pytest.raises(DamagedFilesError, match=f"is cut at byte {size}: it had {len(whole)}"):
            append_only_file.examine(data / "server")
    for _ in range(2):
        with pytest.raises(ServerError, match=f"is cut at byte {between}"):
            EmbeddedServer.start(data, installation.binary)
    assert last.read_bytes() == whole[:between]


def test_what_is_noted_while_the_server_runs_is_never_more_than_stays(
    installation: EmbeddedServer, copied: Callable[[], Path]
):
    """It is what stood there one look before; a write torn behind it is taken off, one before it is damage."""
    data = copied()
    server = EmbeddedServer.start(data, installation.binary)
    with redis.Redis.from_url(server.url) as client:
        server.note_written()
        assert not (server.files / append_only_file.WRITTEN).exists()
        before = file_of(data, "incr").stat().st_size
        write(client, 401, 410)
        server.note_written()
        noted = (server.files / append_only_file.WRITTEN).read_text()
        assert noted == f"{file_of(data, 'incr').name} {before}\n"
    server.process.kill()
    server.process.wait()
    cut(file_of(data, "incr"), before + 100)
    server.restart()
    assert server.torn is not None
    server.process.kill()
    server.process.wait()
    cut(file_of(data, "incr"), before - 10)
    with pytest.raises(ServerError, match=f"is cut at byte {before - 10}: it had {before}"):
        server.restart()
    server.stop()


def test_an_older_copy_of_the_files_is_refused(installation: EmbeddedServer, copied: Callable[[], Path]):
    """Where a later file had been written already, the list that does not know it is older."""
    data = copied()
    (data / "server" / append_only_file.WRITTEN).write_text("appendonly.aof.9.incr.aof 700\n")
    with pytest.raises(
        ServerError, match=r"is older than appendonly\.aof\.9\.incr\.aof, which was written since"
    ):
        EmbeddedServer.start(data, installation.binary)
