"""Which log it is: its name, under which it signs checkpoints, and where an earlier one is kept."""

from __future__ import annotations

import re
from pathlib import Path

from services.notary.log import Log

_NUMBER = re.compile(r"/log-([1-9][0-9]{0,8})", re.ASCII)


def log_origin(installation: str, number: int) -> str:
    """Return the origin of a log by the id of its installation; a new number begins where a recovery gave events up."""
    return f"kelambu/{installation}/log-{number}"


def number_of(origin: str) -> int:
    """Return which log of its installation it is, from 1; 0 where the text names none."""
    match = _NUMBER.search(origin, origin.rfind("/"))
    return int(match[1]) if match else 0


def current_origin(directory: Path, installation: str) -> str:
    """Return the origin of the log in a directory, of the installation of this id.

    Of one that has not begun, what it will be.
    """
    last = Log(directory).checkpoint()
    return log_origin(installation, last_set_aside(directory) + 1) if last is None else last.origin


def set_aside(directory: Path, number: int) -> Path:
    """Return where the log of this number is kept once another is written in its place."""
    return directory.with_name(f"{directory.name}-{number}")


def last_set_aside(directory: Path) -> int:
    """Return the number of the last log that was set aside; 0 where none was."""
    beside = directory.parent.glob(f"{directory.name}-[1-9]*") if directory.parent.is_dir() else ()
    numbers = (path.name.removeprefix(f"{directory.name}-") for path in beside)
    return max((int(number) for number in numbers if number.isdigit()), default=0)
