"""An export, and the server's own file, held against the log.

Whatever another entry says, lacks or has too much is named.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import redis

from services.runtime.embedded_server import EmbeddedServer
from tests.built_logs import LOG_KEY, QUANTUM_KEY, WITNESS, BuiltLog
from tests.unit.evidence.test_verifier_log import LOG, SIZE, judged


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return LOG.written(tmp_path / "log", [LOG_KEY, QUANTUM_KEY, WITNESS])


def command(*parts: bytes) -> bytes:
    """A command as an append-only file has it."""
    return b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts)


def added(leaves: Sequence[bytes]) -> list[bytes]:
    """The commands by which a server adds these entries."""
    made = []
    for stream, position, body in (leaf.split(b"\n", 2) for leaf in leaves):
        partition = stream.removeprefix(b"ledger/")
        key = b"{audit}:trail" if stream == b"trail" else b"{p%02d}:ledger" % int(partition)
        made.append(command(b"XADD", key, position + b"-0", b"e", body))
    return made


def served(data: Path, commands: Sequence[bytes]) -> Path:
    """A data directory whose server has written these commands, some of them before it rewrote its file."""
    folder = data / "server" / "appendonlydir"
    folder.mkdir(parents=True)
    parts = {"appendonly.aof.2.base.aof": commands[:300], "appendonly.aof.2.incr.aof": commands[300:]}
    for name, written in parts.items():
        (folder / name).write_bytes(command(b"SELECT", b"0") + b"".join(written))
    kinds = zip(parts, "bi", strict=True)
    (folder / "appendonly.aof.manifest").write_text(
        "".join(f"file {name} seq 2 type {kind}\n" for name, kind in kinds)
    )
    return data


def test_the_servers_own_file_is_held_against_a_log_that_stands_elsewhere(capsys, tmp_path: Path, log: Path):
    """Where there is none that is said; what was recorded after the checkpoint is counted."""
    (tmp_path / "bare").mkdir()
    assert "no file of a server" in judged(capsys, "data", tmp_path / "bare", "--log", log)[1]
    later = LOG.leaves[0].replace(b"\n1\n", b"\n999\n")
    writes = [*added(LOG.leaves), command(b"HSET", b"{p00}:head", b"position", b"1"), *added([later])]
    code, said = judged(capsys, "data", served(tmp_path / "data", writes), "--log", log)
    assert code == 0, said
    assert f"{SIZE} in all, are exactly the entries" in said
    assert "recorded after this checkpoint: 1." in said


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        (lambda writes: writes[:50] + writes[51:], 1, "is missing"),
        (lambda writes: writes[:650], 1, "is missing"),
        (
            lambda writes: [*writes[:50], writes[50].replace(b'"n":50', b'"n":51'), *writes[51:]],
            1,
            "says something else",
        ),
        (lambda writes: [*writes, writes[5]], 1, "is not in the log"),
        (
            lambda writes: [*writes, command(b"XDEL", b"{p00}:ledger", b"7-0")],
            1,
            "has the command XDEL on ledger/0",
        ),
        (lambda writes: [*writes, command(b"FLUSHALL")], 1, "the command FLUSHALL"),
        (lambda writes: [*writes[:50], command(b"SELECT", b"5"), *writes[50:]], 1, "is missing"),
        (
            lambda writes: [
                *writes,
                command(b"SELECT", b"5"),
                command(b"COPY", b"x", b"{p00}:ledger", b"DB", b"0", b"REPLACE"),
            ],
            1,
            "the command COPY",
        ),
        (lambda writes: [*writes, command(b"eval", b"redis.call('DEL', '{p' .. '00}:ledger')")], 1, "eval"),
        (lambda writes: [*writes, command(b"UNLINK", b"x", b"{audit}:trail")], 1, "UNLINK on trail"),
        (
            lambda writes: [*writes, command(b"XADD", b"{p00}:ledger", b"MAXLEN", b"1", b"9-0", b"e", b"")],
            1,
            "XADD",
        ),
        (lambda writes: [*writes, command(b"SET", b"a", b"b")[:-3]], 2, "breaks off at byte"),
        (lambda writes: [*writes, b"REDIS0011"], 2, "breaks off at byte"),
        (lambda writes: [*writes, b"*0\r\n"], 2, "breaks off at byte"),
        (lambda writes: [*writes, b"*1\r\n$0_5\r\nHELLO\r\n"], 2, "breaks off at byte"),
        (lambda writes: [one.replace(b"$12\r\n{p00}", b"$13\r\n{p000}") for one in writes], 1, "is missing"),
        (lambda writes: [*writes, b"*1\r\n$99999999999999999\r\nSET\r\n"], 2, "breaks off at byte"),
        (lambda writes: [*writes, command(b"SELECT")], 0, "are exactly the entries"),
    ],
)
def test_a_servers_file_that_was_changed_is_named(
    capsys, tmp_path: Path, log: Path, change: Callable[[list[bytes]], list[bytes]], code: int, said: str
):
    data = served(tmp_path / "data", change(added(LOG.leaves)))
    found, words = judged(capsys, "data", data, "--log", log)
    assert (found, said in words) == (code, True), words


@pytest.mark.parametrize("line", ["file 'more.aof' seq 3 type i", "seq 3 file more.aof type i"])
def test_no_file_of_the_server_is_passed_over(capsys, tmp_path: Path, log: Path, line: str):
    """A server reads some lines of its list that the verifier does not; then nothing is judged."""
    data = served(tmp_path / "data", added(LOG.leaves))
    with (data / "server/appendonlydir/appendonly.aof.manifest").open("a") as manifest:
        manifest.write(f"{line}\n")
    code, said = judged(capsys, "data", data, "--log", log)
    assert code == 2
    assert "does not have the form" in said


def test_what_a_real_server_has_written_is_read(capsys, tmp_path: Path, log: Path):
    """Before and after it rewrote its file."""
    server = EmbeddedServer.start(tmp_path)
    try:
        with redis.Redis.from_url(server.url) as client:
            for number, leaf in enumerate(LOG.leaves):
                stream, position, body = leaf.split(b"\n", 2)
                partition = stream.removeprefix(b"ledger/")
                key = b"{audit}:trail" if stream == b"trail" else b"{p%02d}:ledger" % int(partition)
                with client.pipeline() as pipe:
                    pipe.xadd(key, {b"e": body}, id=position + b"-0")
                    pipe.hset("head", "position", number)
                    pipe.execute()
                if number == 400:
                    before = client.info("persistence")["aof_base_size"]
                    client.bgrewriteaof()
                    while client.info("persistence")["aof_base_size"] == before:
                        client.ping()
    finally:
        server.stop()
    code, said = judged(capsys, "data", tmp_path)
    assert code == 0, said
    assert (
        f"The entries in {tmp_path / 'server/appendonlydir'}, {SIZE} in all, are exactly the entries" in said
    )


def exported(directory: Path, leaves: Sequence[bytes]) -> Path:
    """What ``kelambu export`` writes of these entries, and a file beside it that was handed out."""
    directory.mkdir()
    parts = [leaf.split(b"\n", 2) for leaf in leaves]
    ledger = sorted((stream, int(at), body) for stream, at, body in parts if stream != b"trail")
    trail = [body for stream, _, body in parts if stream == b"trail"]
    (directory / "ledger.jsonl").write_bytes(b"".join(body + b"\n" for _, _, body in ledger))
    (directory / "trail.jsonl").write_bytes(b"".join(body + b"\n" for body in trail))
    return directory


def test_an_export_is_held_against_the_log(capsys, tmp_path: Path, log: Path):
    export = exported(tmp_path / "export", LOG.leaves)
    code, said = judged(capsys, "export", export, "--log", log)
    assert code == 0, said
    assert "The entries in ledger.jsonl, " in said
    (export / "claims.jsonl").write_bytes(b"{}\n")
    assert judged(capsys, "export", export, "--log", log)[0] == 2


@pytest.mark.parametrize("name", ["ledger.jsonl", "trail.jsonl"])
def test_a_changed_export_is_named(capsys, tmp_path: Path, log: Path, name: str):
    export = exported(tmp_path / "export", LOG.leaves)
    lines = (export / name).read_bytes().splitlines(keepends=True)
    for changed, said in (
        ([*lines[:50], lines[50].replace(b'"n":', b'"n":1'), *lines[51:]], "something else"),
        (lines[:50] + lines[51:], "something else" if name == "trail.jsonl" else "is missing"),
        ([*lines, lines[0]], "after this checkpoint" if name == "trail.jsonl" else "is not in the log"),
    ):
        (export / name).write_bytes(b"".join(changed))
        code, words = judged(capsys, "export", export, "--log", log)
        assert code in (1, 2)
        assert said in words


def test_what_was_handed_out_is_found_in_the_trail(capsys, tmp_path: Path):
    digest = hashlib.sha256(b"rows\n").hexdigest().encode()
    log = BuiltLog([b'trail\n1\n{"files":[{"sha256":"%s"}]}' % digest]).written(tmp_path / "log")
    (tmp_path / "export").mkdir()
    (tmp_path / "export" / "claims.csv").write_bytes(b"rows\n")
    code, said = judged(capsys, "export", tmp_path / "export", "--log", log)
    assert code == 0
    assert "claims.csv stands in the log as handed out exactly so (trail position 1)" in said


def test_a_hash_that_somebody_let_be_recorded_as_a_text_hands_nothing_out(capsys, tmp_path: Path):
    digest = hashlib.sha256(b"rows\n").hexdigest()
    record = json.dumps({"source": digest, "letter": f'"sha256":"{digest}"'}).encode()
    log = BuiltLog([b"trail\n1\n" + record]).written(tmp_path / "log")
    (tmp_path / "export").mkdir()
    (tmp_path / "export" / "claims.csv").write_bytes(b"rows\n")
    code, said = judged(capsys, "export", tmp_path / "export", "--log", log)
    assert code == 2
    assert "does not stand in the log as handed out" in said
