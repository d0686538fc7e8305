"""The recipe for an event, followed.

Every event of an agency has each place of it, and there is no place beside them.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from msgspec import inspect

from events.catalogue import AGENCY_TYPES, EVENT_TYPES, ClaimEvent

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "recipes.md").read_text()
EVENT = PAGE.split("\n## An event that agencies send\n")[1].split("\n## ")[0]
ROWS = dict(re.findall(r"(?m)^\| (\d+) \| ([^|]*) \|", EVENT))


def data_of(name: str) -> type:
    """Return the Struct of what an event type says."""
    envelope = inspect.type_info(EVENT_TYPES[name])
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
    """Where a row names several, in one of them."""
    text = "\n".join(content(place) for place in re.findall(r"`([^`]+)`", ROWS[row]))
    assert [name for name in EVENTS if not names(text, name)] == []


def test_every_event_that_names_a_claim_is_an_event_of_a_claim():
    """Without it no read model sees the event."""
    about = {kind for name, kind in EVENT_TYPES.items() if "claim" in data_of(name).__annotations__}
    assert about == set(ClaimEvent.__args__)


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
    """Six for each event, without a gap."""
    assert list(ROWS) == [str(number) for number in range(1, 7)]
    assert "six places by hand" in EVENT
