"""Rulebooks as text: the files of one, to be kept, and rulebooks read again from what was kept."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from services.benefits.rulebook import Rulebook, RulebookError, read


def files_of(folder: Path) -> dict[str, str]:
    """Return the text of every file of a rulebook folder, by its path in it."""
    return {
        path.relative_to(folder).as_posix(): path.read_text("utf-8")
        for path in sorted(folder.rglob("*.toml"))
    }


def read_files(files: Mapping[str, str]) -> Rulebook:
    """Read a rulebook from its files; raises ``RulebookError`` as ``read`` does."""
    with tempfile.TemporaryDirectory(prefix="kelambu-rulebook-") as place:
        folder = Path(place)
        for name, text in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, "utf-8")
        return read(folder)


def damaged(kept: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Return the hashes under which something else is kept than the rulebook that has this hash.

    One that this program cannot read any more may be of an earlier engine, and is not among them.
    """
    found = []
    for digest, files in kept.items():
        with suppress(RulebookError):
            if read_files(files).hash != digest:
                found.append(digest)
    return found


def at_hand(kept: Mapping[str, Mapping[str, str]]) -> dict[str, Rulebook]:
    """Return the kept rulebooks that this program still reads as they were meant, by ``HASH@ENGINE``.

    One that asks for rules which are no longer there, or comes out with another hash, is left out: what was decided
    by it cannot be repeated.
    """
    found: dict[str, Rulebook] = {}
    for digest, files in kept.items():
        try:
            rulebook = read_files(files)
        except RulebookError:
            continue
        if rulebook.hash == digest:
            found[rulebook.name] = rulebook
    return found
