"""Tokens tell equality and nothing else."""

from __future__ import annotations

import hmac
import re

from hypothesis import given
from hypothesis import strategies as st

from services.sealing.tokens import Tokens, hmac_with

TOKENS = Tokens(b"k" * 32)


@given(st.from_regex(r"[0-9]{16}", fullmatch=True))
def test_a_token_has_one_form(nik: str) -> None:
    """A NIK's token is ``~`` and 22 characters, and never the NIK."""
    token = TOKENS.nik(nik)
    assert re.fullmatch(r"~[A-Za-z0-9_-]{22}", token)
    assert nik not in token
    assert token == Tokens(b"k" * 32).nik(nik)


@given(st.binary(max_size=200), st.binary(max_size=80), st.binary(max_size=300))
def test_the_digest_under_a_key_is_the_hmac_of_the_standard(
    key: bytes, prefix: bytes, message: bytes
) -> None:
    """Of keys that are shorter and longer than a block, and again and again."""
    digest = hmac_with(key, prefix)
    for _ in range(2):
        assert digest(message) == hmac.digest(key, prefix + message, "sha256")


def test_tokens_depend_on_the_secret() -> None:
    """Another installation gives another token for the same NIK."""
    assert TOKENS.nik("1606010101900001") != Tokens(b"l" * 32).nik("1606010101900001")


def test_kinds_have_nothing_in_common() -> None:
    """The same digits as NIK and as account give different tokens."""
    digits = "1606010101900001"
    assert (
        len(
            {
                TOKENS.nik(digits),
                TOKENS.account("", digits, ""),
                TOKENS.account(digits, "", ""),
                TOKENS.reference(digits),
            }
        )
        == 4
    )


def test_an_account_is_compared_as_a_whole() -> None:
    """Text moved from one part of an account to another makes another account."""
    assert TOKENS.account("BRI", "1", "Siti") == TOKENS.account("BRI", "1", "Siti")
    assert TOKENS.account('B","RI', "1", "Siti") != TOKENS.account("B", 'RI","1', "Siti")


def test_documents_and_contents_are_named_by_what_they_say() -> None:
    """A document's name depends on the agency and every byte; a content tag has 8 bytes."""
    assert len(TOKENS.content(b"{}")) == 8
    assert TOKENS.document("a", b"x") == TOKENS.document("a", b"x")
    assert len({TOKENS.document("a", b"x"), TOKENS.document("b", b"x"), TOKENS.document("a", b"y")}) == 3
