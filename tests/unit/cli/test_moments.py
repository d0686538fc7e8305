"""A moment as it is typed after ``--known-on``: the file of a checkpoint stands for the positions that it names."""

from __future__ import annotations

from pathlib import Path

import pytest

from projections.checkpoint import Checkpoint
from services.book.cut import Places
from services.cli.dates import _known
from services.notary.checkpoint_text import LogCheckpoint
from services.notary.notes import Note, NoteSignature
from services.texts.errors import AdvisedError

HEADS = {
    "ledger/0": Checkpoint(412, "ab" * 32),
    "ledger/1": Checkpoint(0, ""),
    "trail": Checkpoint(7, "cd" * 32),
}


def test_a_checkpoint_says_up_to_where_each_partition_is_known(tmp_path: Path) -> None:
    """The audit trail, which it covers too, is no partition."""
    signed = Note(
        LogCheckpoint("kelambu/x", 419, bytes(32), HEADS).text(), (NoteSignature("k", b"1234", b"s"),)
    )
    file = tmp_path / "kept"
    file.write_text(str(signed))
    assert _known(str(file)) == Places({0: 412, 1: 0})


def test_a_file_that_is_no_checkpoint_is_refused_by_its_name(tmp_path: Path) -> None:
    """And what names no file is no moment."""
    file = tmp_path / "letter.txt"
    file.write_text("Dear auditor")
    for typed, key in ((file, "look-back.no-checkpoint"), (tmp_path / "gone", "look-back.no-moment")):
        with pytest.raises(AdvisedError) as refused:
            _known(str(typed))
        assert refused.value.message.key == key
