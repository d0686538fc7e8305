"""A witness confirms what only grew, by each rule of C2SP ``tlog-witness``, and nothing else ever."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from services.notary.merkle import EMPTY_ROOT, consistency_proof, leaf_hash, root_of
from services.notary.notes import ED25519, Note
from services.notary.signatures import Signer, signed, signed_at, verified
from services.notary.witness_requests import MOST_HASHES, WitnessRequest, read_request
from services.witness.cosigning import Witness, WitnessAnswer
from services.witness.own_keys import make_keys, read_signers
from services.witness.store import WitnessStore

ORIGIN = "kelambu/0123/log-1"
LOG = Signer(ORIGIN, ED25519, Ed25519PrivateKey.from_private_bytes(b"\1" * 32))
OTHER = Signer(ORIGIN, ED25519, Ed25519PrivateKey.from_private_bytes(b"\2" * 32))
LEAVES = [leaf_hash(b"entry %d" % number) for number in range(40)]
FORGED = [*LEAVES[:3], leaf_hash(b"another entry"), *LEAVES[4:]]
NOW = 1_790_000_000


def proof(leaves: list[bytes], old: int, size: int) -> tuple[bytes, ...]:
    """The consistency proof between two sizes of a tree of these leaves."""
    return tuple(
        consistency_proof(
            lambda level, index: root_of(leaves[index << level : index + 1 << level]), old, size
        )
    )


def note(size: int, leaves: list[bytes] = LEAVES, signer: Signer = LOG, origin: str = ORIGIN) -> Note:
    """A checkpoint over the first leaves, with a line behind the root."""
    root = base64.b64encode(root_of(leaves[:size])).decode()
    return signed(f"{origin}\n{size}\n{root}\ntrail 0 x\n", [signer], 0)


def request(old: int, size: int, leaves: list[bytes] = LEAVES) -> bytes:
    """What an honest log of these leaves sends."""
    return str(WitnessRequest(old, proof(leaves, old, size), note(size, leaves))).encode()


class Opened:
    """A witness in its directory, as it is after each start."""

    def __init__(self, directory: Path) -> None:
        self.store = WitnessStore(directory)
        self.signers = make_keys(self.store, directory, "saksi/satu")
        self.witness = Witness(self.store, self.signers, lambda: NOW)

    def judge(self, data: bytes) -> WitnessAnswer:
        return self.witness.judge(data)


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    """A witness that knows one log."""
    one = Opened(tmp_path / "witness")
    one.store.trust(ORIGIN, LOG.key, NOW)
    with one.store:
        yield one


def test_what_grew_is_cosigned_with_every_key_and_the_time(opened: Opened):
    """From nothing, further, and the same once more."""
    for old, size in ((0, 5), (5, 5), (5, 12), (12, 40)):
        judged = opened.judge(request(old, size))
        assert (judged.verdict, judged.size) == ("cosigned", size)
        cosigned = note(size).with_signatures(judged.signatures)
        assert set(verified(cosigned, [one.key for one in opened.signers])) == {
            one.key for one in opened.signers
        }
        assert {signed_at(one) for one in judged.signatures} == {NOW}
    assert opened.store.refused() == []


def test_an_empty_log_can_be_witnessed(opened: Opened):
    """Its root is that of nothing, and only that."""
    assert opened.judge(request(0, 0)).verdict == "cosigned"
    wrong = signed(f"{ORIGIN}\n0\n{base64.b64encode(LEAVES[0]).decode()}\n", [LOG], 0)
    assert opened.judge(str(WitnessRequest(0, (), wrong)).encode()).verdict == "fork"


def test_another_history_is_never_cosigned_and_is_kept(opened: Opened):
    """Of the same size, longer by whatever proof, or from the beginning: signed by the log's own key each time."""
    opened.judge(request(0, 12))
    before = opened.store.log(ORIGIN)
    assert opened.judge(request(12, 12, FORGED)) == WitnessAnswer("fork", 12)
    assert opened.judge(request(5, 12, FORGED)) == WitnessAnswer("fork", 12)
    assert opened.judge(request(12, 40, FORGED)) == WitnessAnswer("unproven", 12)
    assert opened.judge(request(12, 40, FORGED)) == WitnessAnswer("unproven", 12)
    for hashes in ((), proof(LEAVES, 12, 40), proof(LEAVES, 12, 39)):
        forged = WitnessRequest(12, hashes, note(40, FORGED))
        assert opened.judge(str(forged).encode()).verdict == "unproven"
    assert opened.judge(request(0, 40, FORGED)) == WitnessAnswer("elsewhere", 12)
    assert opened.judge(request(5, 11)) == WitnessAnswer("elsewhere", 12)
    assert opened.store.log(ORIGIN) == before
    kept = opened.store.refused()
    assert [(one.why, one.size, one.confirmed_size, one.times) for one in kept] == [
        ("fork", 12, 12, 2),
        ("unproven", 40, 12, 5),
    ]
    again = read_request(kept[0].request.encode())
    assert verified(again.note, [LOG.key])


@pytest.mark.parametrize(
    ("data", "verdict"),
    [
        (b"", "malformed"),
        (b"\xff\n\n" + str(note(5)).encode(), "malformed"),
        (request(0, 5).replace(b"old 0", b"old 00"), "malformed"),
        (request(0, 5).replace(b"old 0", b"old -1"), "malformed"),
        (request(0, 5).replace(b"old 0\n", b"old 0\nAAAA\n"), "malformed"),
        (request(0, 5).replace(b"old 0\n", b"old 0\n" + base64.b64encode(EMPTY_ROOT) + b" \n"), "malformed"),
        (str(WitnessRequest(0, (EMPTY_ROOT,) * (MOST_HASHES + 1), note(5))).encode(), "malformed"),
        (request(0, 5)[:-1], "malformed"),
        (request(0, 5).replace(b"\n5\n", b"\n05\n"), "malformed"),
        (str(WitnessRequest(0, (), note(5, origin="kelambu/0123/log-2"))).encode(), "unknown-log"),
        (str(WitnessRequest(0, (), note(5, signer=OTHER))).encode(), "untrusted"),
        (request(0, 5).replace(b"trail 0 x", b"trail 0 y"), "untrusted"),
        (str(WitnessRequest(6, (), note(5))).encode(), "shrinking"),
        (request(3, 5), "elsewhere"),
        (str(WitnessRequest(0, (EMPTY_ROOT,), note(5))).encode(), "unproven"),
        (str(WitnessRequest(0, (EMPTY_ROOT,) * MOST_HASHES, note(5))).encode(), "unproven"),
    ],
)
def test_each_reason_to_refuse_is_told_apart(opened: Opened, data: bytes, verdict: str):
    """Nothing of it moves the witness."""
    assert opened.judge(data).verdict == verdict
    assert opened.judge(request(0, 5)).verdict == "cosigned"


@settings(max_examples=60)
@given(data=st.data())
def test_no_byte_of_a_request_can_be_another(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject):
    """Whatever is changed in it, it is not confirmed."""
    opened = Opened(tmp_path_factory.mktemp("witness"))
    opened.store.trust(ORIGIN, LOG.key, NOW)
    with opened.store:
        assert opened.judge(request(0, 7)).verdict == "cosigned"
        good = request(7, 12)
        at = data.draw(st.integers(0, len(good) - 1))
        other = data.draw(st.integers(0, 255).filter(lambda byte: byte != good[at]))
        judged = opened.judge(good[:at] + bytes([other]) + good[at + 1 :])
        assert judged.verdict != "cosigned"
        assert opened.store.log(ORIGIN) is not None
        assert opened.judge(good).verdict == "cosigned"


def test_a_start_forgets_nothing_and_the_name_stays(tmp_path: Path, opened: Opened):
    """Store and keys are those of before."""
    opened.judge(request(0, 12))
    again = Opened(tmp_path / "witness")
    with again.store:
        assert [one.key for one in again.signers] == [one.key for one in opened.signers]
        assert again.judge(request(0, 12, FORGED)).verdict == "fork"
        assert again.judge(request(12, 13)).verdict == "cosigned"
        with pytest.raises(Exception, match="saksi/satu"):
            make_keys(again.store, tmp_path / "witness", "saksi/dua")


def test_keys_that_others_may_read_sign_nothing(tmp_path: Path, opened: Opened):
    """Neither do missing ones."""
    (tmp_path / "witness" / "ed25519.pem").chmod(0o644)
    with pytest.raises(Exception, match="other users"):
        read_signers(opened.store, tmp_path / "witness")


def test_of_several_at_once_one_history_grows(tmp_path: Path, opened: Opened):
    """Two histories are sent by two processes each: one of them is cosigned, each size once, and the other never."""
    opened.judge(request(0, 3))
    others = [Opened(tmp_path / "witness") for _ in range(4)]
    cosigned: list[tuple[int, bool]] = []

    def send(one: Opened, leaves: list[bytes]) -> None:
        size = 3
        while size < len(LEAVES):
            judged = one.judge(request(size, size + 1, leaves))
            if judged.verdict == "cosigned":
                cosigned.append((size + 1, leaves is FORGED))
            elif judged.verdict != "elsewhere":
                return
            size = judged.size

    threads = [
        threading.Thread(target=send, args=(one, (LEAVES, FORGED)[n % 2])) for n, one in enumerate(others)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(size for size, _ in cosigned) == list(range(4, len(LEAVES) + 1))
    assert len({forged for _, forged in cosigned}) == 1
    for one in others:
        one.store.close()
