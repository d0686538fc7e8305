"""The newest checkpoint as others read it: however often it is asked for, its file is looked at once a second."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from services.platform.newest_checkpoint import LOOKS_EVERY, NewestCheckpoint


def test_the_file_is_looked_at_once_a_second(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A newer one is seen at the next look; what cannot be read takes nothing away."""
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    newest, file = NewestCheckpoint(tmp_path), tmp_path / "checkpoint"
    assert (newest.note, newest.log) == (b"", None)
    file.write_text("log\n7\nroot\n")
    assert newest.note == b""
    now += LOOKS_EVERY
    assert newest.note == file.read_bytes()
    assert newest.log is not None
    assert newest.log.size == 7
    for unread in ("log\nseven\nroot\n", ""):
        file.unlink()
        file.write_text(unread)
        now += LOOKS_EVERY
        assert newest.log.size == 7
