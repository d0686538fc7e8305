"""The page that agencies read, held against the types that are in force."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec import inspect

from events.catalogue import AGENCY_TYPES, EVENT_TYPES
from events.disability import IN_UNITS, SIDE_DECIDES, WHICH, WITHOUT_SIDE
from events.findings import Part
from events.redaction import personal_kind
from events.type_faults import type_info
from tests.unit.events.examples import golden

PAGE = (Path(__file__).parents[3] / "docs" / "events.md").read_text()
SECTIONS = {
    title: body
    for title, _, body in (part.partition("\n") for part in re.split(r"^#{2,3} ", PAGE, flags=re.MULTILINE))
}
"""Text below each heading."""

NAMES = {
    "CauseFinding": "cause",
    "DeathFinding": "death",
    "MedicalFinding": "medical",
    "BurialFinding": "burial",
}


def parts(info: inspect.Type) -> Iterator[inspect.StructType]:
    """Yield every Struct that a type is made of."""
    match info:
        case inspect.Metadata(type=inner) | inspect.ListType(item_type=inner):
            yield from parts(inner)
        case inspect.UnionType(types=types):
            for each in types:
                yield from parts(each)
        case inspect.StructType(fields=fields):
            yield info
            for field in fields:
                yield from parts(field.type)


def documented() -> dict[str, inspect.StructType]:
    """Return the Struct that each section of the page describes."""
    sections: dict[str, inspect.StructType] = {}
    for name, of in AGENCY_TYPES.items():
        envelope = type_info(of)
        assert isinstance(envelope, inspect.StructType)
        data = next(field.type for field in envelope.fields if field.name == "data")
        first, *others = parts(data)
        sections[name.removeprefix("kelambu.").removesuffix(".v1")] = first
        for part in others:
            sections[
                str(part.tag) if part.tag else NAMES.get(part.cls.__name__, part.cls.__name__.lower())
            ] = part
    return sections


@pytest.mark.parametrize(("section", "struct"), documented().items())
def test_the_page_lists_every_field_of_every_agency_event_and_of_its_parts(section, struct):
    """A ``?`` after what may be left out, bold where personal, and no field more."""
    fields = []
    for field in struct.fields:
        mark = "**" if personal_kind(field.type) in {"nik", "text", "account", "reference", "officer"} else ""
        fields.append(f"{mark}`{field.name}{'' if field.required else '?'}`{mark}")
    text = SECTIONS[section].split("\n|")[0]
    listed = re.findall(r"(?:\n\n|·\s)((?:\*\*)?`[a-z_0-9]+\??`(?:\*\*)?)", f"\n{text}")
    assert sorted(listed) == sorted(fields)


def test_the_page_names_every_choice_of_every_field():
    """A value that the schema allows and the page hides would be found by accident only."""
    for section, struct in documented().items():
        for field in struct.fields:
            if isinstance(field.type, inspect.LiteralType) and field.name != "relation":
                assert all(f"`{v}`" in SECTIONS[section] for v in field.type.values), (section, field.name)


def test_the_page_names_every_type_that_kelambu_says_itself():
    """Each with what it says."""
    own = EVENT_TYPES.keys() - AGENCY_TYPES.keys()
    assert not [n for n in own if f"`{n.removeprefix('kelambu.').removesuffix('.v1')}`" not in PAGE]


def test_the_disability_table_of_the_page_says_what_each_part_needs():
    """Side, which and units as ``events.disability`` asks for them."""
    rows = [row.split("|") for row in SECTIONS["disability"].splitlines() if row.startswith("| `")]
    needs = {part: row[2] for row in rows for part in re.findall(r"`([^`]+)`", row[1])}
    assert set(needs) == set(Part.__args__)  # type: ignore[attr-defined]
    assert {p for p in needs if "no `side`" in needs[p]} == WITHOUT_SIDE
    assert {
        p for p in needs if needs[p].strip().startswith("`side`") and "may be" not in needs[p]
    } == SIDE_DECIDES
    assert {p for p in needs if "`which`" in needs[p]} == set(WHICH)
    assert {p for p in needs if "`units`" in needs[p]} == IN_UNITS


def test_the_example_on_the_page_is_the_golden_file():
    """So it can be sent as it stands."""
    example = re.search(r"```json\n(.*?)```", PAGE, re.DOTALL)
    assert example is not None
    assert example[1].encode() == golden("claim.paid")
