"""Who contradicts a log and shows it halts the notary, whoever it is.

Who only says so is an alarm and stops nothing alone.
"""

from __future__ import annotations

import asyncio
import base64
import shutil
import threading
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from services.notary.log import CONTRADICTING, Log
from services.notary.notes import ED25519, ED25519_COSIGNATURE, read_note
from services.notary.signatures import Signer, signed, verified
from services.notary.witnesses import ContradictedLogError, keep_witnessed
from services.runtime import halts, lag, metrics, notary
from services.runtime.bootstrap import Installation
from services.runtime.lag import WitnessLag
from tests.system.running import running_installation, until
from tests.system.witness.witnessing import (
    BODIES,
    FORGED,
    ORIGIN,
    Asked,
    WitnessProcess,
    asked,
    push,
    witnessed,
    write,
)

FAR = 10**6


class Liar:
    """Something at an address that answers whatever it likes: ``said`` to checkpoints, ``shows`` as its last one."""

    def __init__(self) -> None:
        self.said: tuple[int, bytes] = (409, b"%d\n" % FAR)
        self.shows: bytes | None = None
        outer = self

        class Answers(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["content-length"]))
                self._answer(*outer.said)

            def do_GET(self) -> None:
                self._answer(*((404, b"") if outer.shows is None else (200, outer.shows)))

            def _answer(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def setting(self) -> str:
        key = Signer("pembohong", ED25519_COSIGNATURE, Ed25519PrivateKey.generate()).key
        return f"http://127.0.0.1:{self.server.server_port} {key}"


@pytest.fixture
def liars() -> Iterator[list[Liar]]:
    """Two liars."""
    both = [Liar(), Liar()]
    yield both
    for one in both:
        one.server.shutdown()
        one.server.server_close()


def forged_by_a_stranger() -> bytes:
    """A checkpoint of this log, larger and signed by a key that is none of its own."""
    root = base64.b64encode(bytes(32)).decode()
    stranger = Signer(ORIGIN, ED25519, Ed25519PrivateKey.generate())
    return str(signed(f"{ORIGIN}\n{FAR}\n{root}\n", [stranger], 0)).encode()


def test_one_that_only_says_so_stops_nothing(
    tmp_path: Path, keys: Path, witness: WitnessProcess, liars: list[Liar]
):
    """Alone or beside an honest one, whatever it says and shows, but what a key of this log has signed.

    The honest one counts.
    """
    directory = tmp_path / "log"
    write(directory, BODIES[:10], keys)
    write(tmp_path / "earlier", BODIES[:5], keys)
    liar = liars[0]
    alone = asked(directory, [liar], keys)
    shown = (None, b"\xff\n", forged_by_a_stranger(), (tmp_path / "earlier" / "checkpoint").read_bytes())
    for said in ((409, b"%d\n" % FAR), (409, b"10\n"), (422, b"")):
        for liar.said, liar.shows in ((said, each) for each in shown):
            assert list(push(alone).values()) == ["refusing"]
            alone.refuse_contradicted()
    for liar.said in ((200, b"\xff\xfe"), (200, b""), (302, b""), (500, b"x" * 100_000), (409, b"many\n")):
        assert list(push(alone).values()) == ["away"]
    assert not (directory / CONTRADICTING).exists()
    liar.said = (409, b"%d\n" % FAR)
    both = asked(directory, [liar, witness], keys)
    for size in (10, 20):
        write(directory, BODIES[:size], keys)
        assert list(push(both).values()) == ["refusing", "confirming"]
        both.refuse_contradicted()
        assert witnessed(directory, witness) == size


def test_one_that_shows_it_halts_whatever_the_quorum(
    tmp_path: Path, keys: Path, witness: WitnessProcess, liars: list[Liar]
):
    """An honest witness of another history is believed beside any number of others.

    What it shows is kept and holds after a restart. A file that no key of the log has signed shows nothing, nor does
    one that the log holds once it was brought back.
    """
    directory, other = tmp_path / "log", tmp_path / "other"
    write(directory, BODIES[:150], keys)
    write(other, FORGED[:120], keys)
    push(asked(other, [witness], keys))
    ours = asked(directory, [witness, *liars], keys, 2)
    push(ours)
    with pytest.raises(ContradictedLogError, match=CONTRADICTING) as refused:
        ours.refuse_contradicted()
    assert "saksi.inspektorat" in str(refused.value)
    assert "pembohong" not in str(refused.value)
    kept = read_note((directory / CONTRADICTING).read_bytes())
    assert kept.text == read_note((other / "checkpoint").read_bytes()).text
    assert set(verified(kept, witness.keys)) == set(witness.keys)
    started = asked(directory, [], keys)
    with pytest.raises(ContradictedLogError, match="120"):
        started.refuse_contradicted()
    (directory / CONTRADICTING).write_bytes(forged_by_a_stranger())
    started.refuse_contradicted()
    shutil.rmtree(directory)
    write(directory, FORGED[:130], keys)
    (directory / CONTRADICTING).write_text(str(kept))
    started.refuse_contradicted()


def test_without_proof_two_halt_where_the_others_are_no_quorum(
    tmp_path: Path, keys: Path, witness: WitnessProcess, liars: list[Liar]
):
    """Two of two do, two of three do not while one is enough, and do where two are needed."""
    directory = tmp_path / "log"
    write(directory, BODIES[:10], keys)
    cases: tuple[tuple[Sequence[Asked], int, bool], ...] = (
        (liars, 1, True),
        ([*liars, witness], 1, False),
        ([*liars, witness], 2, True),
    )
    for named, quorum, halting in cases:
        ours = asked(directory, named, keys, quorum)
        push(ours)
        if halting:
            with pytest.raises(ContradictedLogError, match=f"{FAR}"):
                ours.refuse_contradicted()
        else:
            ours.refuse_contradicted()


def test_witnesses_of_different_speed_make_a_quorum(tmp_path: Path, keys: Path, witness: WitnessProcess):
    """What both have confirmed last is kept, though one is ahead of the other all the time."""
    directory = tmp_path / "log"
    slow = WitnessProcess.made(tmp_path / "slow", "saksi.lambat")
    slow.know(ORIGIN, keys)
    slow.start()
    try:
        write(directory, BODIES[:10], keys)
        ours = asked(directory, [witness, slow], keys, 2)
        first, later = ours.due(0.0)
        first()
        write(directory, BODIES[:20], keys)
        (again,) = ours.due(0.0)
        again()
        later()
        ours.settle()
        assert witnessed(directory, witness, slow) == 10
        push(ours)
        assert witnessed(directory, witness, slow) == 20
    finally:
        slow.kill()


def _size(log: Log) -> int:
    found = log.checkpoint()
    return found.size if found else 0


@asynccontextmanager
async def keeping(installation: Installation, *named: Asked) -> AsyncIterator[None]:
    """The notary at work, which asks these witnesses."""
    settings = replace(installation.settings, witnesses=", ".join(one.setting for one in named))
    stop = asyncio.Event()
    work = asyncio.ensure_future(notary.run(replace(installation, settings=settings), stop))
    try:
        yield
    finally:
        stop.set()
        await work


async def test_the_notary_signs_nothing_more_once_a_witness_shows_another_history(
    tmp_path: Path, witness: WitnessProcess, liars: list[Liar]
):
    """It asks before it signs anything; a liar in the place of the witness holds it up in nothing."""
    data = tmp_path / "data"
    async with running_installation(data, partitions=2) as running:
        settings, log = running.installation.settings, Log(running.installation.settings.log)

        async def sealed_more() -> bool:
            found = log.checkpoint()
            return found is not None and found.size > size

        async def halted() -> str | None:
            return halts.halted(data).get("notary")

        size = 0
        async with keeping(running.installation):
            await until(sealed_more, "the log has begun")
        before = log.checkpoint()
        assert before is not None
        size = before.size
        witness.know(before.origin, settings.signing_keys)
        write(tmp_path / "forged", FORGED[: size + 3], settings.signing_keys, before.origin)
        push(asked(tmp_path / "forged", [witness], settings.signing_keys))
        made = max(one.stat().st_mtime for one in settings.signing_keys.iterdir())

        async def another_second() -> bool:
            return int(time.time()) > int(made)

        await until(another_second, "keys are replaced in no second in which they were made")
        running.command("notary", "rotate", "--by", "pengawas", "--reason", "penggantian tahunan")
        note = log.note()

        async with keeping(running.installation, witness):
            assert CONTRADICTING in str(await until(halted, "the notary has halted"))
        assert log.note() == note
        forged = read_note((tmp_path / "forged" / "checkpoint").read_bytes())
        assert read_note((settings.log / CONTRADICTING).read_bytes()).text == forged.text
        assert CONTRADICTING.encode() in running.command("verify", "--lang", "en", code=1)
        (settings.log / CONTRADICTING).unlink()

        async with keeping(running.installation, liars[0]):
            await until(sealed_more, "what was recorded is sealed")
            assert await halted() is None
        named = replace(
            running.installation, settings=replace(settings, witnesses=liars[0].setting, witness_quorum=1)
        )
        told = (await metrics.exposition(named)).decode().splitlines()
        assert "kelambu_log_witnessed_size 0.0" in told
        assert any(line.startswith("kelambu_log_unwitnessed_seconds ") for line in told)
        keep_witnessed(settings.log, log.note() or "")
        assert lag.witnessed(named) == WitnessLag(_size(log), 0.0)
        assert lag.witnessed(running.installation) is None
