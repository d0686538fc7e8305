"""The signed line of a letter: it reads back as what was said, and nothing else is taken for one."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from services.letters.signature import is_signed, signed
from services.letters.statement import LetterStatement, LetterTextError, Says, read
from services.notary.notes import ED25519
from services.notary.signatures import Signer

PAGE = Path(__file__).parents[3] / "docs" / "letters.md"
ORIGIN = "kelambu/0123456789abcdef0123456789abcdef/letters"
STATEMENT = LetterStatement("MUBA-2025-00005", "ordered", 42_000_000, dt.date(2025, 6, 30), 3, 1234, ORIGIN)
KEY = Signer(ORIGIN, ED25519, Ed25519PrivateKey.from_private_bytes(bytes(range(32))))

statements = st.builds(
    LetterStatement,
    claim=st.from_regex(re.compile(r"[A-Z0-9-]{1,40}", re.ASCII), fullmatch=True),
    says=st.sampled_from(Says.__args__),  # type: ignore[attr-defined]
    amount=st.integers(0, 10**15 - 1),
    on=st.dates(),
    partition=st.integers(0, 999),
    position=st.integers(1, 10**15 - 1),
    origin=st.from_regex(re.compile(r"[!-{}~]{1,200}", re.ASCII), fullmatch=True),
)


@given(statements)
def test_a_line_reads_back(statement: LetterStatement):
    """Whatever a letter says; and its own key has signed it, another has not."""
    signer = replace(KEY, name=statement.origin)
    again, signature = read(signed(statement, signer))
    assert again == statement
    assert is_signed(again, signature, [signer.key])
    assert not is_signed(again, signature, [Signer(signer.name, ED25519, Ed25519PrivateKey.generate()).key])
    assert not is_signed(again, signature, [replace(signer, name=f"{signer.name}x").key])


def test_white_space_counts_for_nothing():
    """As a line comes out of a message or from below a photo."""
    line = signed(STATEMENT, KEY)
    wrapped = "\n  ".join(line[start : start + 40] for start in range(0, len(line), 40))
    assert read(f"  {wrapped} \r\n") == read(line)


def test_every_changed_character_is_found():
    """It is no line any more, or not what the key has signed."""
    line = signed(STATEMENT, KEY)
    for at, was in enumerate(line):
        for put in {"0", "1", "A", "|", "-", "é"} - {was}:
            try:
                statement, signature = read(line[:at] + put + line[at + 1 :])
            except LetterTextError:
                continue
            assert not is_signed(statement, signature, [KEY.key]), (at, put)


@pytest.mark.parametrize(
    "changed",
    [
        "",
        "kelambu-letter/1",
        "kelambu-letter/2{rest}",
        "{line}|",
        "{line}=",
        "x{line}",
        "{line}\n{line}",
    ],
)
def test_what_is_no_line_is_refused(changed: str):
    """With what to do, and without repeating what was read."""
    line = signed(STATEMENT, KEY)
    with pytest.raises(LetterTextError) as told:
        read(changed.format(line=line, rest=line.removeprefix("kelambu-letter/1")))
    assert "copied whole" in str(told.value)


def test_a_day_that_there_is_not_is_refused():
    """30 February is no day."""
    line = signed(STATEMENT, KEY).replace("2025-06-30", "2025-02-30")
    with pytest.raises(LetterTextError):
        read(line)


def test_the_published_vector():
    """What the page publishes is what is written here, so that others can build a reader by it."""
    blocks = re.findall(r"```toml\n(.*?)```", PAGE.read_text(), re.DOTALL)
    vector = tomllib.loads(blocks[0])
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(vector["private_key"]))
    statement = LetterStatement(
        vector["claim"],
        vector["says"],
        vector["amount"],
        vector["on"],
        vector["partition"],
        vector["position"],
        vector["origin"],
    )
    signer = Signer(vector["origin"], ED25519, key)
    assert key.public_key().public_bytes_raw().hex() == vector["public_key"]
    assert str(signer.key) == vector["key"]
    assert statement.signed.encode().hex() == vector["signed_bytes"]
    assert signed(statement, signer) == vector["line"]


def test_nothing_personal_has_a_place():
    """A line has these fields and no other: neither name nor NIK nor account could be said in one."""
    assert [field.name for field in msgspec.structs.fields(LetterStatement)] == [
        "claim",
        "says",
        "amount",
        "on",
        "partition",
        "position",
        "origin",
    ]
