"""What is said of errors that the system told, in the language that is spoken and not in that of the machine."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from services.cli.error_messages import explain
from services.runtime.machine_faults import reason_of
from services.texts.catalogue import render
from services.texts.errors import message_of, of_system
from services.texts.language import said

COMMON = ["EACCES", "EADDRINUSE", "EEXIST", "EIO", "EISDIR", "ENOENT", "ENOSPC", "ENOTDIR", "EROFS"]


@pytest.mark.parametrize("name", COMMON)
def test_common_faults_are_said_in_both_languages(name: str):
    """With the file where there is one; none of it is the system's own English."""
    number = getattr(errno, name)
    error = OSError(number, os.strerror(number), "/srv/kelambu/x")
    words = {render(of_system(error), language) for language in ("id", "en")}
    assert len(words) == 2
    assert os.strerror(number) not in words
    assert render(message_of(error), "id").endswith("(/srv/kelambu/x)")


def test_what_is_not_common_is_said_as_the_system_says_it():
    error = OSError(errno.EXDEV, os.strerror(errno.EXDEV))
    assert render(of_system(error), "id") == os.strerror(errno.EXDEV)
    assert render(of_system(OSError()), "id") == "OSError"


def test_a_file_that_is_not_there_stands_in_the_way_of_a_command_and_of_no_service(tmp_path: Path):
    """A command names it; a service that waits for its machine would wait for ever."""
    with pytest.raises(FileNotFoundError) as found:
        (tmp_path / "none").read_bytes()
    assert said(explain(found.value).what) == f"berkas atau direktori tidak ada: {tmp_path / 'none'}."
    assert reason_of(found.value) is None
