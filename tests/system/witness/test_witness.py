"""Witnesses as processes of their own: whatever an insider signs, the second history is refused and named, also after a kill."""

from __future__ import annotations

import datetime as dt
import json
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from services.cli import main
from services.notary import witnesses
from services.notary.checkpoints import LogCheckpoint
from services.notary.leaves import LogEntry
from services.notary.log import WITNESSED, Log
from services.notary.notes import VerifierKey, read_key, read_note
from services.notary.signatures import signed, verified
from services.notary.signing_keys import NotarySigner, changing, draft_keys, take_up
from services.notary.witnesses import ContradictedLogError, Witnesses, read_addresses
from services.notary.writer import LogWriter
from services.witness.store import WitnessStore
from tests.forked import KELAMBU, Forked, start
from tests.servers import free_port

ORIGIN = "kelambu/0123456789abcdef/log-1"
BODIES = [b'{"event":%d}' % number for number in range(600)]
FORGED = [*BODIES[:99], b'{"event":"another"}', *BODIES[100:]]


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine is, a witness that answers is none that is away."""
    monkeypatch.setattr(witnesses, "TIMEOUT_SECONDS", 180.0)


class WitnessProcess:
    """``kelambu witness run`` in a directory; it can be killed and started again at the same port, which nobody takes meanwhile."""

    def __init__(self, directory: Path) -> None:
        self.directory, self.port = directory, free_port()
        self.process: Forked | None = None
        self.keys: Sequence[VerifierKey] = ()

    def start(self) -> None:
        arguments = ("witness", "run", "--port", str(self.port), "--data", str(self.directory))
        reading, writing = os.pipe()
        self.process = start((*KELAMBU, *arguments), os.environ, writing, writing)
        os.close(writing)
        self.log = os.fdopen(reading, "rb")
        listening = (json.loads(line)["port"] for line in self.log if b"witness.listening" in line)
        assert next(listening, None) == self.port, "it ended before it listened"

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.log.close()
            self.process = None

    @property
    def setting(self) -> str:
        return " ".join((f"http://127.0.0.1:{self.port}", *map(str, self.keys)))

    def refused(self) -> list[tuple[str, str, int, int]]:
        with WitnessStore(self.directory) as store:
            return [(one.origin, one.why, one.size, one.known) for one in store.refused()]


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The keys of the log, which the insider has too."""
    directory, now = tmp_path_factory.mktemp("notary") / "keys", dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    with changing(directory):
        draft_keys(directory, now)
        take_up(directory, now)
    return directory


@pytest.fixture
def witness(tmp_path: Path, keys: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[WitnessProcess]:
    """A witness that knows the log."""
    one = WitnessProcess(tmp_path / "witness")
    assert main(["witness", "key", "--name", "saksi.inspektorat", "--data", str(one.directory)]) == 0
    one.keys = [read_key(line) for line in capsys.readouterr().out.split()]
    known = [str(key) for key in NotarySigner(keys, ORIGIN).known()]
    assert main(["witness", "add-log", ORIGIN, *known, "--data", str(one.directory)]) == 0
    one.start()
    yield one
    one.kill()


def write(directory: Path, bodies: Sequence[bytes], keys: Path) -> None:
    """Bring a log in a directory up to these bodies, and give out a checkpoint signed by the real keys."""
    writer = LogWriter(directory)
    try:
        last = writer.log.checkpoint()
        size = last.size if last else 0
        writer.load(size)
        writer.append([LogEntry("ledger/0", at + 1, body) for at, body in enumerate(bodies) if at >= size])
        writer.flush()
        text = LogCheckpoint(ORIGIN, writer.size, writer.root()).text()
        writer.publish(str(signed(text, NotarySigner(keys, ORIGIN).signers(), 0)))
    finally:
        writer.close()


def push(ours: Witnesses) -> None:
    """One round, whatever anybody's patience."""
    for each in ours.due(time.monotonic() + 3600):
        each()
    ours.settle()


def asked(directory: Path, known: Sequence[WitnessProcess], quorum: int = 1) -> Witnesses:
    """The client of the log in a directory."""
    return Witnesses(directory, read_addresses(", ".join(one.setting for one in known), quorum), quorum)


def witnessed(directory: Path, *known: WitnessProcess) -> int:
    """How many entries these have confirmed, by the file that is kept; each of its signatures is checked."""
    text = Log(directory).note(WITNESSED)
    if text is None:
        return 0
    keys = [key for one in known for key in one.keys]
    assert set(verified(read_note(text.encode()), keys)) == set(keys)
    return int(text.split("\n")[1])


def test_a_second_history_is_refused_and_named_also_after_a_kill(
    tmp_path: Path, keys: Path, witness: WitnessProcess
):
    """Signed by the real key, of the same size, longer, shorter: none is ever cosigned, and the notary does not go on."""
    honest, forged = tmp_path / "log", tmp_path / "forged"
    write(honest, BODIES[:100], keys)
    ours = asked(honest, [witness])
    push(ours)
    assert witnessed(honest, witness) == 100
    write(honest, BODIES[:300], keys)
    witness.kill()
    push(ours)
    ours.refuse_contradicted()
    assert witnessed(honest, witness) == 100
    witness.start()
    push(ours)
    assert witnessed(honest, witness) == 300

    for size, told in ((300, "other"), (301, "other"), (600, "other"), (200, "ahead")):
        directory = forged / str(size)
        write(directory, FORGED[:size], keys)
        insider = asked(directory, [witness])
        push(insider)
        with pytest.raises(ContradictedLogError, match="300"):
            insider.refuse_contradicted()
        assert insider._standings[0].contradicts == told
        assert witnessed(directory, witness) == 0
        witness.kill()
        witness.start()
    assert [one[1:] for one in witness.refused()] == [
        ("fork", 300, 300),
        ("unproven", 301, 300),
        ("unproven", 600, 300),
    ]
    assert main(["witness", "list", "--data", str(witness.directory)]) == 1

    write(honest, BODIES, keys)
    push(ours)
    ours.refuse_contradicted()
    assert witnessed(honest, witness) == 600


def test_two_notaries_of_one_log_towards_one_witness(tmp_path: Path, keys: Path, witness: WitnessProcess):
    """Two copies of an honest log catch up with each other; a log that was put back is told by how much it lacks."""
    for name in ("a", "b"):
        write(tmp_path / name, BODIES[:10], keys)
    a, b = asked(tmp_path / "a", [witness]), asked(tmp_path / "b", [witness])
    push(a)
    push(b)
    for size in (20, 30):
        write(tmp_path / "a", BODIES[:size], keys)
        push(a)
    push(asked(tmp_path / "b", [witness]))
    back = asked(tmp_path / "b", [witness])
    push(back)
    with pytest.raises(ContradictedLogError, match="30 entries"):
        back.refuse_contradicted()
    write(tmp_path / "b", BODIES[:40], keys)
    push(b)
    b.refuse_contradicted()
    assert (witnessed(tmp_path / "a", witness), witnessed(tmp_path / "b", witness)) == (30, 40)
    assert witness.refused() == []


def test_one_that_lies_or_is_away_holds_nothing_up(tmp_path: Path, keys: Path, witness: WitnessProcess):
    """With a quorum of two, one that contradicts does not stop the log, and nothing counts as witnessed without two."""
    write(tmp_path / "log", BODIES[:10], keys)
    write(tmp_path / "other", FORGED[:200], keys)
    push(asked(tmp_path / "other", [witness]))
    away = WitnessProcess(tmp_path / "away")
    away.port, away.keys = 9, witness.keys
    ours = asked(tmp_path / "log", [witness, away], 2)
    push(ours)
    ours.refuse_contradicted()
    assert ours._standings[0].contradicts == "ahead"
    assert Log(tmp_path / "log").note(WITNESSED) is None


def test_by_file_without_a_network(
    tmp_path: Path,
    keys: Path,
    witness: WitnessProcess,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
):
    """A checkpoint goes to a witness as a file and comes back cosigned; a QR code holds it with its Ed25519 signature."""
    witness.kill()
    monkeypatch.setenv("KELAMBU_NOTARY_KEYS", str(keys))
    home, at = ["--data", str(tmp_path)], ["--data", str(witness.directory)]
    file, answer = tmp_path / "c.txt", tmp_path / "c.txt.cosigned"
    vkeys = [str(key) for key in witness.keys]
    for size, since in ((50, []), (50, []), (80, ["--since", "50"])):
        write(tmp_path / "log", BODIES[:size], keys)
        file.unlink(missing_ok=True)
        assert main(["checkpoint", *since, "--out", str(file), *home]) == 0
        assert main(["witness", "cosign", str(file), *at]) == 0
        assert main(["notary", "receive", str(answer), *vkeys, *home]) == 0
        assert witnessed(tmp_path / "log", witness) == size
    assert main(["checkpoint", "--out", str(file), *home]) == 2, "one that is kept is not written over"
    own = str(NotarySigner(keys, ORIGIN).known()[0])
    assert main(["notary", "receive", str(file), own, *home]) == 2, "the log is no witness of itself"
    assert main(["checkpoint", "--qr", "--out", str(tmp_path / "c.svg"), *home]) == 0
    assert (tmp_path / "c.svg").read_text().startswith("<svg")
    assert main(["checkpoint", "--qr", *home]) == 0
    assert "█" in capsys.readouterr().out
    write(tmp_path / "forged" / "log", [b"{}", *BODIES[1:110]], keys)
    forged = ["--data", str(tmp_path / "forged")]
    for since in ([], ["--since", "80"]):
        file.unlink()
        assert main(["checkpoint", *since, "--out", str(file), *forged]) == 0
        assert main(["--lang", "en", "witness", "cosign", str(file), *at]) == 2
    told = capsys.readouterr().err
    assert "--since 80" in told
    assert "Sign nothing more of that log" in told
