"""What has halted is told to every process over the data directory, as long as the process that says it lives."""

from __future__ import annotations

import errno
import fcntl
import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest

from events.message import message
from services.runtime.halts import end, halt, halted, resume

ELSEWHERE = """
import sys; from pathlib import Path; from events.message import message; from services.runtime.halts import halt
halt(Path(sys.argv[1]), "projector", message("verbatim", words="the ledger is another")); print("said", flush=True); sys.stdin.read()
"""


def test_a_reason_stands_until_the_service_works_again(tmp_path: Path) -> None:
    """The last reason counts; what works again is not named any more, and nothing is left in the directory."""
    halt(tmp_path, "disbursement-p03", message("verbatim", words="a file is unknown"))
    halt(tmp_path, "disbursement-p03", message("verbatim", words="two files are unknown"))
    halt(tmp_path, "projector", message("verbatim", words="the ledger is another"))
    assert halted(tmp_path) == {
        "disbursement-p03": "two files are unknown",
        "projector": "the ledger is another",
    }
    resume(tmp_path, "projector")
    resume(tmp_path, "disbursement-p03")
    resume(tmp_path, "intake")
    assert halted(tmp_path) == {}
    assert list((tmp_path / "halted").iterdir()) == []


def test_another_process_is_heard_until_it_is_killed(tmp_path: Path) -> None:
    """A halt is seen from any process, for its owner alone on disk; kill -9 leaves none behind."""
    with subprocess.Popen(
        [sys.executable, "-c", ELSEWHERE, tmp_path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as other:
        assert other.stdout is not None
        while other.stdout.readline() != b"said\n":
            assert other.poll() is None
        assert halted(tmp_path) == {"projector": "the ledger is another"}
        (path,) = (tmp_path / "halted").iterdir()
        assert path.stat().st_mode & 0o777 == 0o600
        other.kill()
    assert halted(tmp_path) == {}
    assert list((tmp_path / "halted").iterdir()) == []


def test_what_ends_while_it_is_halted_says_nothing_more(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody reads that it works again, when its reason stands."""
    halt(tmp_path, "projector", message("verbatim", words="the ledger is another"))
    end(tmp_path, "projector")
    assert halted(tmp_path) == {}
    assert "service.resumed" not in "".join(capsys.readouterr())
    halt(tmp_path, "projector", message("verbatim", words="the ledger is another"))
    resume(tmp_path, "projector")
    assert "service.resumed" in "".join(capsys.readouterr())


def test_a_reason_that_is_being_written_is_left_to_its_writer(tmp_path: Path) -> None:
    """Whoever looks for halted services at that moment does not remove it."""
    draft = tmp_path / "halted" / ".projector@1"
    draft.parent.mkdir()
    draft.touch()
    assert halted(tmp_path) == {}
    assert draft.exists()


def test_a_reason_that_changes_beneath_a_reader_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader that has opened the old reason takes it for a dead process's; it must not remove the new one."""
    halt(tmp_path, "projector", message("verbatim", words="the ledger ends too early"))
    flock = fcntl.flock

    def changing(file: IO[str], operation: int) -> None:
        if operation & fcntl.LOCK_SH:
            monkeypatch.setattr(fcntl, "flock", flock)
            halt(tmp_path, "projector", message("verbatim", words="the ledger is another"))
        flock(file, operation)

    monkeypatch.setattr(fcntl, "flock", changing)
    halted(tmp_path)
    (path,) = (tmp_path / "halted").iterdir()
    assert path.read_text() == "the ledger is another"
    end(tmp_path, "projector")


def test_a_disk_that_is_full_leaves_no_draft(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A service says it again every half minute, which must not fill the directory."""

    def full(_draft: Path, _path: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "rename", full)
    halt(tmp_path, "projector", message("verbatim", words="the ledger is another"))
    assert list((tmp_path / "halted").iterdir()) == []
    end(tmp_path, "projector")


def test_a_reason_that_could_not_be_written_is_written_as_soon_as_it_can_be(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As after a full disk; what is said again is not logged again."""
    (tmp_path / "halted").touch()
    reason = message("verbatim", words="the ledger is another")
    halt(tmp_path, "projector", reason)
    (tmp_path / "halted").unlink()
    halt(tmp_path, "projector", reason)
    (path,) = (tmp_path / "halted").iterdir()
    assert path.read_text() == "the ledger is another"
    assert "".join(capsys.readouterr()).count("[critical") == 1
    end(tmp_path, "projector")
