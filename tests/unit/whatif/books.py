"""Rulebook folders with something changed in them, and lives to judge by them."""

from __future__ import annotations

import shutil
from pathlib import Path

from services.benefits.reading.folder import LAW, read
from services.benefits.rulebook import Rulebook

JKM_DEATH = ('"jkm.death" = { value = 20_000_000', '"jkm.death" = { value = 25_000_000')
JKK_FUNERAL = ('"jkk.funeral" = { value = 10_000_000', '"jkk.funeral" = { value = 9_500_000')
PP_82 = "pp-82-2019.toml"


def copied(place: Path, *edits: tuple[str, str], file: str = PP_82) -> Path:
    """Copy the law that ships with Kelambu, with these replacements in one file, each of something that is there."""
    folder = place / "law"
    shutil.copytree(LAW, folder, dirs_exist_ok=True)
    text = (folder / file).read_text("utf-8")
    for was, now in edits:
        assert text.count(was) == 1
        text = text.replace(was, now)
    (folder / file).write_text(text, "utf-8")
    return folder


def changed(place: Path, *edits: tuple[str, str], file: str = PP_82) -> Rulebook:
    """Read such a copy."""
    return read(copied(place, *edits, file=file))
