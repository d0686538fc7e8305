"""Signed notes and cosignatures.

Against published vectors, another implementation, and bytes put together here by hand.
"""

from __future__ import annotations

import base64
import hashlib
import json
import struct
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from services.notary.cosignatures import TreeHead, read_tree_head
from services.notary.notes import (
    ED25519,
    ED25519_COSIGNATURE,
    MAX_BYTES,
    ML_DSA_44_COSIGNATURE,
    Note,
    NoteError,
    VerifierKey,
    read_key,
    read_lines,
    read_note,
)
from services.notary.signatures import Signer, is_signed_by, signed, signed_at, verified

VECTORS = Path(__file__).parent
PUBLISHED = json.loads((VECTORS / "signed_note.json").read_text(encoding="utf-8"))
OTHER = json.loads((VECTORS / "aics_tlog.json").read_text(encoding="utf-8"))

ORIGIN, WITNESS, SECONDS = "kelambu/0123456789abcdef/log-1", "saksi.example/inspektorat", 1764190800
ROOT = hashlib.sha256(b"akar").digest()
TEXT = f"{ORIGIN}\n1234\n{base64.b64encode(ROOT).decode()}\nledger/0 12 x\n"
LOG = Signer(ORIGIN, ED25519, Ed25519PrivateKey.from_private_bytes(b"\1" * 32))
LOG_2 = Signer(ORIGIN, ML_DSA_44_COSIGNATURE, MLDSA44PrivateKey.from_seed_bytes(b"\3" * 32))
COSIGNER = Signer(WITNESS, ED25519_COSIGNATURE, Ed25519PrivateKey.from_private_bytes(b"\2" * 32))
SIGNERS = (LOG, LOG_2, COSIGNER)


def test_the_published_note_is_read_checked_and_written_the_same():
    """The vector of C2SP: key, text and signature line."""
    vector = PUBLISHED["c2sp_note"]
    key = read_key(vector["vkey"])
    whole = f"{vector['text']}\n{vector['signature_line']}\n"
    note = read_note(whole.encode())
    assert str(key) == vector["vkey"]
    assert (str(note), note.text) == (whole, vector["text"])
    assert list(verified(note, [key])) == [key]


def test_the_published_checkpoint_has_a_cosignature_with_its_time():
    """Its keys are not published: it is read, not checked."""
    vector = PUBLISHED["c2sp_checkpoint_example"]
    note = read_note(vector["checkpoint"].encode())
    head = read_tree_head(note.text)
    assert (head.origin, head.size) == ("example.com/behind-the-sofa", 20852163)
    assert note.signatures[1].key_id.hex() == "8d66cf3f"
    assert signed_at(note.signatures[1]) == vector["cosignature_timestamp"]


def test_another_implementation_agrees_byte_for_byte():
    """What it signed is right here, and the same keys sign the same here."""
    log, witness = read_key(OTHER["log_key"]), read_key(OTHER["witness_key"])
    assert (log, witness) == (LOG.key, COSIGNER.key)
    note = read_note(OTHER["checkpoint"].encode())
    assert list(verified(note, [log, witness])) == [log, witness]
    assert str(signed(note.text, (LOG, COSIGNER), OTHER["time"])) == OTHER["checkpoint"]


def test_an_ml_dsa_cosignature_covers_name_time_origin_size_and_root():
    """The message is put together here from the structure of the specification, and checked without our code."""
    public = LOG_2.private.public_key()
    whole = LOG_2.sign(TEXT, SECONDS)
    covered = (
        b"subtree/v1\n\0"
        + struct.pack(">B", len(ORIGIN))
        + ORIGIN.encode()
        + struct.pack(">Q", SECONDS)
        + struct.pack(">B", len(ORIGIN))
        + ORIGIN.encode()
        + struct.pack(">QQ", 0, 1234)
        + ROOT
    )
    assert whole.signature[:8] == struct.pack(">Q", SECONDS)
    public.verify(whole.signature[8:], covered)
    assert len(whole.signature) == 8 + 2420
    hashed = hashlib.sha256(ORIGIN.encode() + b"\n\x06" + public.public_bytes_raw()).digest()
    assert whole.key_id == hashed[:4]


@pytest.mark.parametrize("signer", SIGNERS, ids=["log", "log-ml-dsa", "cosigner"])
def test_a_signature_is_of_its_text_key_name_and_time_alone(signer: Signer):
    """Every change of what it covers is told; an ML-DSA cosignature does not cover the lines behind the root."""
    signature = signer.sign(TEXT, SECONDS)
    assert is_signed_by(signer.key, TEXT, signature)
    assert not is_signed_by(signer.key, TEXT.replace("1234", "1235"), signature)
    assert not is_signed_by(signer.key, TEXT.replace("log-1", "log-2"), signature)
    assert is_signed_by(signer.key, TEXT + "x\n", signature) is (signer.kind == ML_DSA_44_COSIGNATURE)
    for at in range(len(signature.signature)):
        if at < 80 or at % 97 == 0:
            changed = bytearray(signature.signature)
            changed[at] ^= 1
            assert not is_signed_by(
                signer.key, TEXT, type(signature)(signature.name, signature.key_id, bytes(changed))
            )
    assert not is_signed_by(signer.key, TEXT, type(signature)(signature.name, signature.key_id, b"short"))


def test_a_wrong_signature_of_a_known_key_spoils_the_note_and_one_of_an_unknown_key_does_not():
    """A name alone makes no known key."""
    note = signed(TEXT, SIGNERS, SECONDS)
    stranger = Signer(ORIGIN, ED25519, Ed25519PrivateKey.generate())
    assert set(verified(note.with_signatures((stranger.sign("x\n", 0),)), [LOG.key])) == {LOG.key}
    with pytest.raises(NoteError, match="trusted here"):
        verified(note, [stranger.key])
    with pytest.raises(NoteError, match="does not match"):
        verified(Note(f"{TEXT}more\n", note.signatures), [LOG.key, COSIGNER.key])


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "not signed"),
        (b"text\n", "not signed"),
        (b"text\n\n", "not signed"),
        ("text\n\n— a/b AAAAAAA=".encode(), "cut"),
        ("text\n\n— a/b AAAAAA==\n".encode(), "signature line"),
        ("text\n\n— a/b AAAAAAB=\n".encode(), "signature line"),
        ("text\n\n— a+b AAAAAAA=\n".encode(), "signature line"),
        ("text\n\n— a\u2003b AAAAAAA=\n".encode(), "signature line"),
        (b"text\n\n- a AAAAAAA=\n", "signature line"),
        ("text\n\n—  AAAAAAA=\n".encode(), "signature line"),
        ("te\rxt\n\n— a AAAAAAA=\n".encode(), "control"),
        (b"te\xff\n\n", "UTF-8"),
        (b"a" * (MAX_BYTES + 1), "longer"),
    ],
)
def test_what_is_no_note_is_refused_with_the_reason(data: bytes, why: str):
    """Base64 has one spelling, lines an end, names neither spaces nor plus signs."""
    with pytest.raises(NoteError, match=why):
        read_note(data)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda text: text.replace("+", "/", 1), "no verifier key"),
        (lambda text: text.replace("example.com", "example.org"), "copied wrongly"),
        (lambda text: text[:-4], "no verifier key"),
        (lambda text: text.replace("+Ae", "+Ag"), "no verifier key"),
        (lambda text: text.upper(), "no verifier key"),
        (lambda text: "", "no verifier key"),
    ],
)
def test_a_key_that_was_copied_wrongly_is_told(change, why: str):
    """Its number is made of name, type and key."""
    with pytest.raises(NoteError, match=why):
        read_key(change(PUBLISHED["c2sp_note"]["vkey"]))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "o\n1\n",
        "o\n01\n{}\n",
        "o\n-1\n{}\n",
        "o\n²\n{}\n",
        "o\n1\nAAAA\n",
        "\n1\n{}\n",
        "o\n1\n{}\n\nx\n",
        "o\n1\n{}",
    ],
)
def test_a_text_that_is_no_checkpoint_is_refused(text: str):
    """Three lines with their ends, the size without leading zeroes, a root of 32 bytes."""
    with pytest.raises(NoteError, match="no checkpoint"):
        read_tree_head(text.format(base64.b64encode(ROOT).decode()))


def test_a_checkpoint_says_its_tree_head():
    """Further lines are of no account."""
    assert read_tree_head(TEXT) == TreeHead(ORIGIN, 1234, ROOT)


@given(st.lists(st.text(st.characters(exclude_categories=["Cc", "Cs"])), min_size=1))
def test_any_text_comes_back_from_its_note(text: list[str]):
    """Empty lines too: the signatures stand behind the last."""
    note = signed("".join(f"{line}\n" for line in text), [LOG], 0)
    again = read_note(str(note).encode())
    assert again == note
    assert verified(again, [LOG.key])


def test_sixteen_signatures_and_more_are_taken():
    """The specification asks for sixteen at least; none is there twice."""
    many = [Signer(f"saksi/{number}", ML_DSA_44_COSIGNATURE, LOG_2.private) for number in range(20)]
    note = signed(TEXT, many, SECONDS)
    assert set(verified(read_note(str(note).encode()), [one.key for one in many])) == {
        one.key for one in many
    }
    assert note.with_signatures(note.signatures) == note
    assert read_lines("".join(f"{one}\n" for one in note.signatures)) == note.signatures
    assert read_key(str(many[0].key)) == VerifierKey("saksi/0", ML_DSA_44_COSIGNATURE, many[0].key.public)
