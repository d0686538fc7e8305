"""Witnesses as processes of their own, a log in a directory, and its client."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from services.cli import main
from services.notary.checkpoint_text import LogCheckpoint
from services.notary.leaves import LogEntry
from services.notary.log import WITNESSED, Log
from services.notary.notes import VerifierKey, read_note
from services.notary.signatures import signed, verified
from services.notary.signing_keys import NotarySigner
from services.notary.witnesses import WitnessAnswering, Witnesses, read_addresses
from services.notary.writer import LogWriter
from services.witness.own_keys import make_keys
from services.witness.store import WitnessStore
from tests.forked import KELAMBU, Forked, start
from tests.servers import free_port

ORIGIN = "kelambu/0123456789abcdef/log-1"
BODIES = [b'{"event":%d}' % number for number in range(600)]
FORGED = [*BODIES[:99], b'{"event":"another"}', *BODIES[100:]]


class WitnessProcess:
    """``kelambu witness run`` in a directory.

    It can be killed and started again at the same port, which nobody takes meanwhile.
    """

    def __init__(self, directory: Path) -> None:
        self.directory, self.port = directory, free_port()
        self.process: Forked | None = None
        self.keys: Sequence[VerifierKey] = ()

    @classmethod
    def made(cls, directory: Path, name: str) -> WitnessProcess:
        """A witness of this name, which runs not yet and knows nobody."""
        one = cls(directory)
        with WitnessStore(directory) as store:
            one.keys = [signer.key for signer in make_keys(store, directory, name)]
        return one

    def know(self, origin: str, keys: Path) -> None:
        """Know a log by every key that it has."""
        known = [str(key) for key in NotarySigner(keys, origin).verifier_keys()]
        assert main(["witness", "add-log", origin, *known, "--data", str(self.directory)]) == 0

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
            return [(one.origin, one.why, one.size, one.confirmed_size) for one in store.refused()]


def write(directory: Path, bodies: Sequence[bytes], keys: Path, origin: str = ORIGIN) -> None:
    """Bring a log in a directory up to these bodies, and give out a checkpoint signed by the real keys."""
    writer = LogWriter(directory)
    try:
        last = writer.log.checkpoint()
        size = last.size if last else 0
        writer.load(size)
        writer.append([LogEntry("ledger/0", at + 1, body) for at, body in enumerate(bodies) if at >= size])
        writer.flush()
        text = LogCheckpoint(origin, writer.size, writer.root()).text()
        writer.publish(str(signed(text, NotarySigner(keys, origin).signers(), 0)))
    finally:
        writer.close()


def push(witnesses: Witnesses) -> dict[str, WitnessAnswering]:
    """One round, whatever anybody's patience; returns how each witness has answered."""
    answers = dict(each() for each in witnesses.due(time.monotonic() + 3600))
    witnesses.settle()
    return answers


class Asked(Protocol):
    """A witness by the setting that names it."""

    @property
    def setting(self) -> str: ...


def asked(directory: Path, witnesses: Sequence[Asked], keys: Path, quorum: int = 1) -> Witnesses:
    """The client of the log in a directory, which knows the log's keys."""
    addresses = read_addresses(", ".join(one.setting for one in witnesses), quorum)
    return Witnesses(directory, addresses, quorum, lambda origin: NotarySigner(keys, origin).verifier_keys())


def witnessed(directory: Path, *witnesses: WitnessProcess) -> int:
    """How many entries these have confirmed, by the file that is kept; each of its signatures is checked."""
    text = Log(directory).note(WITNESSED)
    if text is None:
        return 0
    keys = [key for one in witnesses for key in one.keys]
    assert set(verified(read_note(text.encode()), keys)) == set(keys)
    return int(text.split("\n")[1])
