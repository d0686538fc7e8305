"""The pages for auditors, command by command, on the demo that they are written from."""

from __future__ import annotations

import os
import re
import shlex
import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

from services.benefits.reading.folder import LAW
from tests import forked
from tests.demos import copy_of_demo

DOCS = Path(__file__).parents[3] / "docs"
PAGES = ("auditors.md", "auditors-tutorial.md")
SETTINGS = {"KELAMBU_DATA": "data/demo", "KELAMBU_LANG": "en", "COLUMNS": "120"}
LEFT_OUT = "…"
NAME = re.compile(
    r"\b[FH]-[0-9A-Z-]{8,9}\b|\b[0-9a-f]{64}\b|\b\d:\d+\b|~[\w-]{22}|\bed_[0-9a-f]{16}\b|\b\d{13}-\d+\b"
)
"""What differs from run to run: handles of figures and hits, hashes, positions, tokens, keys, receipts."""
HANDLE = re.compile(r"\b[FH]-[0-9A-Z-]{8,9}\b")


class Example(NamedTuple):
    """A command that a page shows, and what it shows as its answer."""

    page: str
    command: str
    shown: str


def examples(page: str) -> list[Example]:
    """Return every command of the console blocks of a page, in order, but for those that ``place`` runs for all pages."""
    blocks = re.findall(r"^```console\n(.*?)^```$", (DOCS / page).read_text(), re.DOTALL | re.MULTILINE)
    shown = [one for block in blocks for one in block.removeprefix("$ ").split("\n$ ")]
    return [_example(page, one) for one in shown if not one.startswith(("./kelambu demo", "export "))]


def _example(page: str, shown: str) -> Example:
    """Part a command, which may go on over several lines within quotes or after a backslash, from its answer."""
    lines = shown.split("\n")
    for length in range(1, len(lines) + 1):
        command = "\n".join(lines[:length])
        if not command.endswith("\\") and command.count('"') % 2 == 0:
            break
    return Example(page, command, "\n".join(lines[length:]))


def fits(answer: str, shown: str) -> bool:
    """Tell whether an answer reads as it is shown, wherever its lines end; an ellipsis stands for any text."""
    answer, shown = (" ".join(NAME.sub("NAME", text).split()) for text in (answer, shown))
    pattern = r"\s*.*\s*".join(re.escape(part.strip()) for part in shown.split(LEFT_OUT))
    return re.fullmatch(pattern, answer, re.DOTALL) is not None


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Return a directory with the demo's installation, and a rulebook of another funeral money."""
    place = tmp_path_factory.mktemp("auditor")
    shutil.copytree(LAW, place / "other")
    law = place / "other" / "pp-82-2019.toml"
    law.write_text(law.read_text().replace("\nvalue = 10_000_000", "\nvalue = 12_000_000"))
    copy_of_demo(tmp_path_factory, place / "data" / "demo")
    return place


def run(place: Path, command: str) -> str:
    """Run a command of a page, which asks a shell for nothing but its quotes and lines, in a directory."""
    program, *arguments = shlex.split(command.replace("\\\n", ""))
    assert program == "./kelambu"
    done = forked.run((*forked.KELAMBU, *arguments), os.environ | SETTINGS, directory=place)
    assert done.returncode in {0, 1}, (done.stdout + done.stderr).decode()
    return done.stdout.decode()


@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_the_page_answers_as_it_is_shown(place, page, tmp_path):
    """In the order of the page, since what one leaves another may ask for; no page finds what another has left."""
    place = shutil.copytree(place, tmp_path / "auditor")
    known: dict[str, list[str]] = {}
    for example in examples(page):
        command = HANDLE.sub(lambda shown: known[shown[0][0]].pop(0), example.command)
        answer = run(place, command)
        assert fits(answer, example.shown), f"{example.command}\n{answer}"
        handles = {kind: re.findall(rf"\b{kind}-[0-9A-Z-]{{8,9}}\b", answer) for kind in "FH"}
        known.update({kind: found for kind, found in handles.items() if found})
