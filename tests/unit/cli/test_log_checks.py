"""The doctor looks at the log: its last checkpoint, its keys and where they are, and whether witnesses confirm it."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from projections.checkpoint import Checkpoint
from services.cli.commands.doctor import examine, plain
from services.notary.checkpoint_text import LogCheckpoint
from services.notary.leaves import LogEntry
from services.notary.log import CHECKPOINT, WITNESSED
from services.notary.origins import log_origin
from services.notary.signatures import signed
from services.notary.signing_keys import NotarySigner, draft_keys, take_up
from services.notary.writer import LogWriter
from services.platform.settings import Settings

ORIGIN, SINCE = log_origin("0123", 1), dt.datetime(2026, 1, 2, tzinfo=dt.UTC)


def looked(data: Path, **environment: str) -> dict[str, tuple[bool, str, str]]:
    """What the doctor says in English, by what it looked at."""
    settings = Settings.read({"KELAMBU_HTTP_PORT": "0", "KELAMBU_GATEWAY_PORT": "0", **environment}, data)
    told = {check.name: plain(check) for check in examine(settings)}
    return {
        name: (bool(one["ok"]), str(one["found"]), str(one["cure"]))
        for name, one in told.items()
        if name in ("log", "signing-keys", "witnesses")
    }


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory with a log of three entries, and its keys."""
    data = tmp_path / "data"
    keys = data / "notary-keys"
    keys.mkdir(parents=True, mode=0o700)
    draft_keys(keys, SINCE)
    take_up(keys, SINCE)
    writer = LogWriter(data / "log")
    writer.append([LogEntry("ledger/0", position, b"{}") for position in (1, 2, 3)])
    writer.flush()
    given = LogCheckpoint(ORIGIN, 3, writer.root(), {"ledger/0": Checkpoint(3, "00" * 32)})
    writer.publish(str(signed(given.text(), NotarySigner(keys, ORIGIN).signers(), 1)))
    writer.close()
    return data


@pytest.fixture
def deaf() -> Iterator[str]:
    """An address at which nothing answers, and nothing else will meanwhile."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"


@pytest.fixture
def answering() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def test_nothing_is_amiss_before_there_is_a_log(tmp_path: Path) -> None:
    """It is said where log and keys will be, and that nobody outside confirms anything."""
    found = looked(tmp_path)
    assert all(ok for ok, _, _ in found.values())
    assert str(tmp_path / "notary-keys") in found["signing-keys"][1]
    assert "none" in found["witnesses"][1]


def test_log_and_keys_are_told_with_where_and_since_when(data: Path, tmp_path: Path) -> None:
    """Also whether whoever copies the data has the keys too, and that a rotation is under way."""
    found = looked(data)
    assert all(ok for ok, _, _ in found.values())
    assert "3 entries" in found["log"][1]
    assert "whoever copies the data has the keys; they sign since 02-01-2026" in found["signing-keys"][1]
    draft_keys(data / "notary-keys", SINCE + dt.timedelta(days=1))
    take_up(data / "notary-keys", SINCE + dt.timedelta(days=1))
    apart = tmp_path / "apart"
    shutil.move(data / "notary-keys", apart)
    told = looked(data, KELAMBU_NOTARY_KEYS=str(apart))["signing-keys"][1]
    assert "for this user alone; a rotation is under way, the new ones sign since 03-01-2026" in told


def test_keys_that_are_open_missing_or_others_are_told_with_what_to_do(data: Path, tmp_path: Path) -> None:
    """Each by its place."""
    keys = data / "notary-keys"
    (folder,) = keys.iterdir()
    folder.chmod(0o755)
    ok, found, cure = looked(data)["signing-keys"]
    assert not ok
    assert "other users" in found
    assert "chmod" in cure
    folder.chmod(0o700)
    shutil.move(keys, tmp_path / "aside")
    ok, found, _ = looked(data)["signing-keys"]
    assert not ok
    assert str(keys) in found
    keys.mkdir(mode=0o700)
    draft_keys(keys, SINCE)
    take_up(keys, SINCE)
    ok, found, _ = looked(data)["signing-keys"]
    assert not ok
    assert "signed by no key" in found


def test_a_quorum_that_does_not_answer_or_confirms_nothing_is_told(
    data: Path, answering: str, deaf: str
) -> None:
    """One of two is enough for a quorum of one; what is confirmed late is told once a witness had time for it."""
    key = next(
        str(one) for one in NotarySigner(data / "notary-keys", ORIGIN).verifier_keys() if one.kind == 1
    )
    both = f"{answering} {key}, {deaf} {key}"
    ok, found, _ = looked(data, KELAMBU_WITNESSES=both)["witnesses"]
    assert ok
    assert "1 of 2 must confirm; none of it" in found
    ok, _, cure = looked(data, KELAMBU_WITNESSES=both, KELAMBU_WITNESS_QUORUM="2")["witnesses"]
    assert not ok
    assert deaf in cure
    assert answering not in cure
    long_ago = dt.datetime.now(dt.UTC).timestamp() - 3600
    os.utime(data / "log" / CHECKPOINT, (long_ago, long_ago))
    ok, _, cure = looked(data, KELAMBU_WITNESSES=both)["witnesses"]
    assert not ok
    assert "have not confirmed the last checkpoint" in cure
    shutil.copy2(data / "log" / CHECKPOINT, data / "log" / WITNESSED)
    ok, found, _ = looked(data, KELAMBU_WITNESSES=both)["witnesses"]
    assert ok
    assert "3 entries" in found
    ok, found, _ = looked(data, KELAMBU_WITNESSES="nonsense")["witnesses"]
    assert not ok
    assert "KELAMBU_WITNESSES" in found
