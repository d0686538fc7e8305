"""The walker that lists every fault must agree with the strict decoder on what is right."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.catalogue import AGENCY_TYPES, AgencyEvent
from events.parse import parse
from events.type_faults import misfits, type_info
from tests.unit.events.examples import example, raw

strict = msgspec.json.Decoder(AgencyEvent)
NAMES = [name.removeprefix("kelambu.").removesuffix(".v1") for name in AGENCY_TYPES]

LIKELY = st.sampled_from(
    [
        *("", "~", "1.0", "A" * 41, "x" * 4001, "a\u0000b", "1234567890123456"),
        *("2025-02-29", "2025-02-28", "20250228", "2025-13", "0000-01", "16.06.01", "16.06.01\n"),
        *("2025-09-30T09:30:00", "2025-09-30T09:30:00Z", "2025-09-30 09:30:00+0700"),
        *(
            "JKK",
            "child",
            "other",
            "left",
            "kelambu",
            "disability",
            "treatment",
            "/agencies/a",
            "/agencies/ab",
        ),
    ]
)
LEAVES = (
    LIKELY
    | st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([0, 1, 100, 101, 2**53, 10**30])
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5)
)
JSON: st.SearchStrategy[Any] = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def places(value: object, way: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """List the way to every value in a document."""
    found = [way] if way else []
    children = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, child in children:
        found += places(child, (*way, key))
    return found


@st.composite
def damaged(draw):
    """A right document with one to three changes: a value replaced, a field taken away, added or moved."""
    document: Any = example(draw(st.sampled_from(NAMES)))
    for _ in range(draw(st.integers(1, 3))):
        *way, last = draw(st.sampled_from(places(document)))
        place: Any = document
        for step in way:
            place = place[step]
        change = draw(st.sampled_from(["replace", "replace", "take away", "add", "repeat"]))
        if change == "replace":
            place[last] = draw(JSON)
        elif change == "take away":
            del place[last]
        elif change == "add" and isinstance(place, dict):
            place[draw(st.sampled_from(["side", "percent", "extra", "note", "kind", "person"]))] = draw(JSON)
        elif isinstance(place, list):
            place.extend(place[:] * draw(st.sampled_from([1, 60])))
        if not places(document):
            break
    return document


def accepted(body: bytes) -> bool:
    try:
        strict.decode(body)
    except msgspec.MsgspecError:
        return False
    return True


def misfits_of(body: bytes) -> list[str]:
    value, faults = parse(body)
    assert not faults
    assert isinstance(value, dict)
    name = value.get("type")
    of = AGENCY_TYPES.get(name) if isinstance(name, str) else None
    return ["no such type"] if of is None else [f.path for f in misfits(value, type_info(of), "$")]


@settings(max_examples=400, deadline=None)
@given(damaged())
def test_the_walker_finds_a_fault_exactly_where_the_strict_decoder_refuses(document):
    """Else a wrong document would be refused without a reason, or a right one with one."""
    body = raw(document)
    assert bool(misfits_of(body)) != accepted(body)


@pytest.mark.parametrize("name", NAMES)
def test_a_right_document_has_no_misfits(name):
    """Every field of every type stands in its golden file."""
    assert misfits_of(raw(example(name))) == []


@pytest.mark.parametrize("name", NAMES)
def test_each_field_in_turn_with_a_value_of_a_wrong_kind_is_named_by_its_path(name):
    """No agency event has a field that takes an object without fields, so ``{}`` is wrong for each leaf."""
    for way in places(example(name)):
        document = example(name)
        place: Any = document
        for step in way[:-1]:
            place = place[step]
        if way == ("type",) or isinstance(place[way[-1]], dict | list):
            continue
        place[way[-1]] = {}
        path = "$" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in way)
        assert path in misfits_of(json.dumps(document).encode())
