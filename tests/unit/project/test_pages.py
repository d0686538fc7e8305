"""The pages: what they point to exists, and the commands that they name are commands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from services.cli.app import build

ROOT = Path(__file__).parents[3]
PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for pattern in ("*.md", "docs/*.md", "benchmarks/*.md")
    for path in ROOT.glob(pattern)
)


WIDTH = 119


@pytest.mark.parametrize("page", PAGES)
def test_prose_is_wrapped(page):
    """Outside tables and blocks of code no line has 120 characters, so that a change of a sentence shows as one."""
    long, code = [], False
    for number, line in enumerate((ROOT / page).read_text().splitlines(), 1):
        if line.lstrip().startswith("```"):
            code = not code
        elif not code and not line.startswith("|") and len(line) > WIDTH:
            long.append(f"{page}:{number}")

    assert long == []


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page):
    """A link to another page of the repository names a file or folder that is there."""
    text = (ROOT / page).read_text()
    targets = [target.partition("#")[0] for target in re.findall(r"\]\(([^)\s]+)\)", text)]
    inside = [target for target in targets if target and "://" not in target]

    assert [target for target in inside if not ((ROOT / page).parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_path_of_the_repository_is_there(page):
    """A file or folder that a page names in code is there; what is made at run time is not meant."""
    text = (ROOT / page).read_text()
    named = re.findall(r"`((?:events|services|projections|tests|docs|benchmarks)/[\w/.-]*)`", text)
    made = {"benchmarks/results/latest.json"}

    assert [path for path in named if path not in made and not (ROOT / path).exists()] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_command_is_one(page):
    """What a page calls ``kelambu SOMETHING`` in code is known to the command line, down to the last word."""
    text = (ROOT / page).read_text()
    named = re.findall(r"`(?:\./|uv run )?kelambu ((?:[a-z]+ ?)+)", text)
    app, unknown = build(), []
    for words in named:
        known = app
        for word in words.split():
            if word in known:
                known = known[word]
            elif known.default_command is None or known is app:
                unknown.append(words)
                break
    assert [words for words in unknown if words.strip() != "test"] == []
