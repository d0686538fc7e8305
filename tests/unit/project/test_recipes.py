"""The recipe for an event, followed: every event of an agency has each place of it, and there is no place beside them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from msgspec import inspect

from events.catalogue import AGENCY_TYPES, EVENT_TYPES

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "recipes.md").read_text()
EVENT = PAGE.split("\n## An event that agencies send\n")[1].split("\n## ")[0]
ROWS = dict(re.findall(r"(?m)^\| (\d+) \| ([^|]*) \|", EVENT))
OF_A_CLAIM = "10"
"""The place that only events of a claim have."""


def data_of(name: str) -> type:
    """Return the Struct of what an event type says."""
    envelope = inspect.type_info(AGENCY_TYPES[name])
    assert isinstance(envelope, inspect.StructType)
    data = next(field.type for field in envelope.fields if field.name == "data")
    assert isinstance(data, inspect.StructType)
    return data.cls


EVENTS = list(AGENCY_TYPES)
CLAIM_EVENTS = [name for name in EVENTS if "claim" in data_of(name).__annotations__]


def names(text: str, name: str) -> bool:
    """Whether a text names an event: by its type, its class, or the Struct of what it says."""
    short = name.removeprefix("kelambu.").removesuffix(".v1")
    data = data_of(name)
    module = data.__module__.removeprefix("events.")
    written = rf"{re.escape(short)}(?![\w-])|\b{AGENCY_TYPES[name].__name__}\b|\b{module}\.{data.__name__}\b"
    return re.search(written, text) is not None


def content(place: str) -> str:
    """Return the text of a file, or of every file of a folder with its name."""
    path = ROOT / place
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    return "\n".join(f"{file.name}\n{file.read_text()}" for file in files)


@pytest.mark.parametrize("row", ROWS)
def test_every_event_has_each_place_of_the_recipe(row: str):
    """An event of an agency is in each, one about a claim in the last one too; where a row names several, in one."""
    text = "\n".join(content(place) for place in re.findall(r"`([^`]+)`", ROWS[row]))
    wanted = CLAIM_EVENTS if row == OF_A_CLAIM else EVENTS
    assert [name for name in wanted if not names(text, name)] == []


def test_what_kelambu_says_of_a_claim_has_the_last_place_too():
    """As the recipe tells of its own events: without it no read model sees them."""
    text = "\n".join(content(place) for place in re.findall(r"`([^`]+)`", ROWS[OF_A_CLAIM]))
    own = [one for name, one in EVENT_TYPES.items() if name.startswith("kelambu.claim.")]
    assert [one.__name__ for one in own if not re.search(rf"\b{one.__name__}\b", text)] == []


def test_no_file_that_must_know_every_event_is_missing_from_the_recipe():
    """A file of the product that names each event of a claim is one that whoever adds another has to open."""
    sources = [
        file.relative_to(ROOT).as_posix()
        for room in ("events", "projections", "services")
        for file in sorted((ROOT / room).rglob("*"))
        if file.suffix in (".py", ".toml", ".json") and "published" not in file.parts
    ]
    whole = [file for file in sources if all(names((ROOT / file).read_text(), name) for name in CLAIM_EVENTS)]
    assert [file for file in whole if f"`{file}`" not in EVENT] == []
    assert whole


def test_the_recipe_counts_its_places():
    """Nine for each event and one more for those of a claim, without a gap."""
    assert list(ROWS) == [str(number) for number in range(1, 11)]
    assert "nine places by hand, ten for an event of a claim" in EVENT
