"""The notary's keys in files: made once, rotated with an overlap, and never used where anything is wrong with them."""

from __future__ import annotations

import datetime as dt
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from services.notary.key_files import SigningKeysError
from services.notary.notes import ED25519, ML_DSA_44_COSIGNATURE
from services.notary.signatures import signed, verified
from services.notary.signing_keys import (
    NotarySigner,
    changing,
    draft_keys,
    has_keys,
    read_keys,
    retire,
    retiring,
    take_up,
)

ORIGIN = "kelambu/0123/log-1"
T1, T2, T3 = (dt.datetime(2026, month, 1, tzinfo=dt.UTC) for month in (1, 2, 3))
TEXT = f"{ORIGIN}\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"


def made(directory: Path, at: dt.datetime = T1) -> Path:
    """A directory with a generation of keys of this moment."""
    with changing(directory):
        draft_keys(directory, at)
        take_up(directory, at)
    return directory


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A directory with one generation of keys."""
    return made(tmp_path / "keys")


def private(directory: Path) -> list[Path]:
    """Every private key there."""
    return sorted(directory.rglob("*.pem"))


def test_three_keys_are_made_for_their_owner_alone(directory: Path):
    """Two sign the log, one letters, whatever the umask."""
    assert [(one.use, one.kind, one.since, one.until) for one in read_keys(directory)] == [
        ("log", ED25519, T1, None),
        ("log", ML_DSA_44_COSIGNATURE, T1, None),
        ("letters", ED25519, T1, None),
    ]
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (directory, *directory.rglob("*"))}
    assert modes == {0o700, 0o600}
    assert len(private(directory)) == 3


def test_a_rotation_overlaps_and_needs_no_restart(directory: Path):
    """Both generations sign until the earlier is retired; letters are signed by the newest from the first moment on."""
    signer = NotarySigner(directory, ORIGIN)
    first, letters = [one.key for one in signer.signers()], signer.of_letters().key
    made(directory, T2)
    both = [one.key for one in signer.signers()]
    assert (both[:2], len(set(both))) == (first, 4)
    assert signer.of_letters().key != letters
    assert set(verified(signed(TEXT, signer.signers(), 0), both)) == set(both)
    assert {key.verifier(ORIGIN) for key in retiring(directory)} == {*first, letters}
    retire(directory, T3)
    assert [one.key for one in signer.signers()] == both[2:]
    assert signer.verifier_keys() == both
    assert {key.until for key in read_keys(directory)} == {T3, None}
    assert len(private(directory)) == 3


def test_a_key_keeps_its_name_for_letters_when_a_new_log_begins(directory: Path):
    """A key of the log is named by its log."""
    log, _, letters = read_keys(directory)
    assert log.verifier("kelambu/0123/log-2").name == "kelambu/0123/log-2"
    assert letters.verifier("kelambu/0123/log-2") == letters.verifier(ORIGIN)
    assert letters.verifier(ORIGIN).name == "kelambu/0123/letters"


def test_what_was_broken_off_is_taken_up(directory: Path):
    """A draft signs nothing and is made anew; a retired key whose file was left is destroyed by the next end."""
    draft_keys(directory, T2)
    assert len(read_keys(directory)) == 3
    made(directory, T2)
    left = directory / "20260101T000000Z"
    left.rename(directory / f"{left.name}-20260301T000000Z")
    assert len(private(directory)) == 6
    assert [one.since for one in NotarySigner(directory, ORIGIN)._now() if one.private] == [T2] * 3
    retire(directory, T3)
    assert len(private(directory)) == 3


def test_one_rotation_at_a_time(directory: Path):
    """Neither a third generation, nor an end without a beginning, nor two commands at once, nor a clock that went back."""
    with pytest.raises(SigningKeysError, match="no rotation"):
        retiring(directory)
    with pytest.raises(SigningKeysError, match="not come"):
        draft_keys(directory, T1)
    made(directory, T2)
    with pytest.raises(SigningKeysError, match="under way"):
        draft_keys(directory, T3)
    with changing(directory), pytest.raises(SigningKeysError, match="another command"), changing(directory):
        pass


def cut(path: Path) -> None:
    """A file of half its length."""
    os.truncate(path, path.stat().st_size // 2)


@pytest.mark.parametrize(
    ("harm", "why"),
    [
        (lambda path: path.unlink(), "not at"),
        (cut, "damaged"),
        (lambda path: path.write_bytes(b""), "damaged"),
        (lambda path: path.write_bytes(path.with_name("log-ml-dsa-44.pem").read_bytes()), "damaged"),
        (lambda path: path.write_bytes(path.with_name("letters-ed25519.pem").read_bytes()), "damaged"),
        (lambda path: path.with_suffix(".pub").unlink(), "not at"),
        (lambda path: cut(path.with_suffix(".pub")), "damaged"),
        (lambda path: path.chmod(0o640), "other users"),
        (lambda path: path.parent.chmod(0o750), "other users"),
    ],
    ids=[
        "missing",
        "cut",
        "empty",
        "of-another-type",
        "exchanged",
        "no-public",
        "public-cut",
        "open",
        "folder-open",
    ],
)
def test_keys_with_which_something_is_wrong_sign_nothing(
    directory: Path, harm: Callable[[Path], object], why: str
):
    """The file is named, and what to do."""
    harm(directory / "20260101T000000Z" / "log-ed25519.pem")
    with pytest.raises(SigningKeysError, match=why) as refused:
        NotarySigner(directory, ORIGIN).signers()
    assert "20260101T000000Z" in str(refused.value)
    assert refused.value.cure.key.startswith("signing-keys.")


def test_keys_that_are_gone_are_missed(tmp_path: Path, directory: Path):
    """Where there is no directory, or an empty one, none are made up; a signer notices while it runs."""
    signer = NotarySigner(directory, ORIGIN)
    assert signer.signers()
    directory.rename(tmp_path / "elsewhere")
    assert not has_keys(directory)
    for wrong in (lambda: read_keys(directory), signer.signers):
        with pytest.raises(SigningKeysError, match="not at"):
            wrong()
