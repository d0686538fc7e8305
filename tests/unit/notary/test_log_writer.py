"""What the writer of the log has made durable when its calls return."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from services.notary import merkle
from services.notary.leaves import LogEntry
from services.notary.log import Log
from services.notary.writer import LogWriter


def entries(count: int) -> list[LogEntry]:
    """So many events of one partition."""
    return [LogEntry("ledger/0", position, b"event %d" % position) for position in range(1, count + 1)]


def test_what_a_flush_wrote_is_synced_with_its_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Every entry and full tile, and each directory from there up to the log: entries make everything else."""
    synced, sync = set[int](), os.fsync

    def noted(descriptor: int) -> None:
        synced.add(os.fstat(descriptor).st_ino)
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    log = tmp_path / "log"
    writer = LogWriter(log)
    writer.append(entries(700))
    writer.flush()
    writer.close()
    names = ["0/000", "0/001", "entries/000", "entries/001", "entries/002.p/188"]
    durable = {log / "tile" / name for name in names}
    named = {parent for path in durable for parent in path.parents if parent.is_relative_to(log)}
    assert {path.stat().st_ino for path in durable | named} <= synced


def test_little_is_held_back_before_a_flush(tmp_path: Path):
    """Whoever appends without end keeps no more than some hundred files in memory, and the tree is the same."""
    told = entries(20_000)
    writer = LogWriter(tmp_path)
    for start in range(0, len(told), 500):
        writer.append(told[start : start + 500])
    assert (tmp_path / "tile/entries/063").exists()
    writer.flush()
    assert Log(tmp_path).root(len(told)) == merkle.root_of([merkle.leaf_hash(one.encoded()) for one in told])
    writer.close()
