"""The batch file: pure, exact and private."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import itertools
import os
import signal
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from events.personal import Account
from services.disbursement.batch_file import HEADER, BatchFileError, clear_drafts, compose, write
from services.ledger.payments import Departure

ANY = st.text(st.characters(codec="utf-8", exclude_categories=["Zs"]), min_size=1, max_size=20)
TEXT = ANY.filter(lambda text: text.isprintable() and text[0] not in "=+-@\uff1d\uff0b\uff0d\uff20")


def departure(n: int, amount: int = 42_000_000) -> Departure:
    return Departure(
        order=f"A-1.{n}",
        claim="A-1",
        payee="heir:h1",
        amount=amount,
        due_on=dt.date(2026, 3, 13),
        person="~p",
        partition=3,
        released_at=n,
    )


def test_a_file_reads_as_its_orders_and_its_totals() -> None:
    """A header, a row per order in the order of release, and a trailer with count, sum and hash of the rows."""
    accounts = {"A-1.1": Account("Bank Sumsel", "12,3", "Siti"), "A-1.2": Account("BRI", "9", "Budi")}
    batch, content = compose(3, 17, (4, 9), [departure(1), departure(2, 7)], accounts)
    rows = content.split(b"\r\n", 1)[1].rsplit(b"TOTAL", 1)[0]
    assert content.decode().splitlines() == [
        ",".join(HEADER),
        'A-1.1,A-1,heir:h1,Siti,Bank Sumsel,"12,3",42000000,2026-03-13',
        "A-1.2,A-1,heir:h1,Budi,BRI,9,7,2026-03-13",
        f"TOTAL,p03-17,2,,,,42000007,{hashlib.sha256(rows).hexdigest()}",
    ]
    assert (batch.count, batch.amount, batch.after, batch.to) == (2, 42_000_007, 4, 9)
    assert batch.sha256 == hashlib.sha256(rows).hexdigest()


def test_an_order_whose_account_is_gone_keeps_its_row() -> None:
    """The totals are those of the ledger even where a key was destroyed before the file was made."""
    batch, content = compose(3, 1, (0, 9), [departure(1)], {})
    assert content.decode().splitlines()[1] == "A-1.1,A-1,heir:h1,,,,42000000,2026-03-13"
    assert batch.amount == 42_000_000


@settings(deadline=None)
@given(TEXT, TEXT, TEXT)
def test_any_account_that_can_be_shown_comes_back_as_it_was(bank: str, number: str, holder: str) -> None:
    """Commas and quotes in a name neither add a row nor move a column."""
    _, content = compose(0, 1, (0, 1), [departure(1)], {"A-1.1": Account(bank, number, holder)})
    header, row, trailer = csv.reader(io.StringIO(content.decode(), newline=""))
    assert dict(zip(header, row, strict=True)) | {"holder": holder, "bank": bank, "number": number} == dict(
        zip(header, row, strict=True)
    )
    assert len(trailer) == len(header)


@example("BCA\r\nA-9.9,A-9,heir:h1,Maling", "999\0", "\x1b[31mSiti")
@example("=cmd|' /C calc'!A0", "+1", "-1")
@example("@SUM(1)", "\t=1", "\r=1")
@example("\u202eitiS", "\U000e0041\x9b31m", "\uff1d1")
@settings(deadline=None)
@given(ANY, ANY, ANY)
def test_no_account_does_anything_to_who_opens_the_file(bank: str, number: str, holder: str) -> None:
    """Whatever stands in an account.

    One row of so many cells, none a formula, nothing that a terminal obeys or hides.
    """
    _, content = compose(0, 1, (0, 1), [departure(1)], {"A-1.1": Account(bank, number, holder)})
    text = content.decode()
    assert len(text.split("\r\n")) == 4
    assert all(line.isprintable() for line in text.replace("\u00a0", " ").split("\r\n"))
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert [len(row) for row in rows] == [len(HEADER)] * 3
    assert not any(
        value.lstrip()[:1] in tuple("=+-@\uff1d\uff0b\uff0d\uff20") for row in rows for value in row if value
    )


def test_a_file_is_for_its_owner_alone_and_written_once(tmp_path: Path) -> None:
    """Mode 0600 in a directory of mode 0700, no draft left; the same bytes again change nothing, others are refused."""
    path = tmp_path / "batches" / "p03-17.csv"
    write(path, b"old")
    before = path.stat()
    assert (before.st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    write(path, b"old")
    assert path.stat().st_ino == before.st_ino
    with pytest.raises(BatchFileError, match=r"p03-17\.csv is there already"):
        write(path, b"new")
    assert path.read_bytes() == b"old"
    assert [file.name for file in path.parent.iterdir()] == ["p03-17.csv"]


def test_what_a_crash_left_of_a_file_is_removed(tmp_path: Path) -> None:
    """Drafts of a partition's files go, and nothing else does."""
    for name in (".p03-17.csv.a1b2", ".p04-1.csv.c3d4", "p03-16.csv", ".other"):
        (tmp_path / name).write_bytes(b"half")
    clear_drafts(tmp_path, 3)
    assert sorted(file.name for file in tmp_path.iterdir()) == [".other", ".p04-1.csv.c3d4", "p03-16.csv"]
    clear_drafts(tmp_path)
    assert sorted(file.name for file in tmp_path.iterdir()) == [".other", "p03-16.csv"]


def test_a_process_killed_at_any_step_leaves_the_whole_file_or_none(tmp_path: Path) -> None:
    """Whatever system call it dies before or after: no half file under the name, and the next writer makes it good."""
    path = tmp_path / "batches" / "p03-17.csv"
    for at in itertools.count(1):
        ended = _killed(at, path)
        assert not path.exists() or path.read_bytes() == b"whole"
        clear_drafts(path.parent, 3)
        write(path, b"whole")
        assert [(file.name, file.read_bytes()) for file in path.parent.iterdir()] == [
            ("p03-17.csv", b"whole")
        ]
        path.unlink()
        if ended:
            break
    assert at > 10


def _killed(at: int, path: Path) -> bool:
    """Write in a process that kills itself at a step; tells whether it came to its end before."""
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1] == 0
    steps = itertools.count(1)

    def step() -> None:
        if next(steps) == at:
            os.kill(os.getpid(), signal.SIGKILL)

    def stepping(real: Callable[..., object]) -> Callable[..., object]:
        def call(*args: object, **named: object) -> object:
            step()
            answer = real(*args, **named)
            step()
            return answer

        return call

    with pytest.MonkeyPatch.context() as patch:
        for owner, name in (
            (tempfile, "mkstemp"),
            (os, "fdopen"),
            (os, "fsync"),
            (os, "link"),
            (Path, "unlink"),
        ):
            patch.setattr(owner, name, stepping(getattr(owner, name)))
        try:
            write(path, b"whole")
        finally:
            os._exit(0)
    return True
