"""The folder of a rulebook: the only place of these rules that opens a file."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from services.benefits.reading.law_file import FileLine, RulebookError, fault
from services.benefits.reading.rulebook_files import read_files
from services.benefits.rulebook import Rulebook

SCHEMES = Path(__file__).parents[1] / "schemes"
LAW = SCHEMES / "jkk-jkm"
"""The rulebook that ships with Kelambu, unless an installation names another."""


def files_of(folder: Path) -> dict[str, str]:
    """Return the text of every file of a rulebook folder, by its path in it.

    Raises ``RulebookError`` where a file is no UTF-8 text.
    """
    return {
        (name := path.relative_to(folder).as_posix()): _text_of(path, name)
        for path in sorted(folder.rglob("*.toml"))
    }


def _text_of(path: Path, name: str) -> str:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError as error:
        what = fault("rulebook.no-utf-8", "rulebook.advice.utf-8")
        raise RulebookError(FileLine(name, 1), what) from error


def read(folder: Path) -> Rulebook:
    """Read a rulebook folder; raises ``RulebookError`` with the file and the line of the first fault."""
    return read_files(files_of(folder), folder.name)


def named(folder: Path | None) -> Rulebook:
    """Return the rulebook of a folder, or the one that ships where none is named."""
    return load() if folder is None else read(folder)


@lru_cache(maxsize=1)
def load() -> Rulebook:
    """Return the rulebook that ships with Kelambu."""
    return read(LAW)
