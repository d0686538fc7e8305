"""Which changes of the contract break whom: single changes one by one, and any change against real documents."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from events.catalogue import AGENCY_TYPES
from services.benefits.reading.folder import load
from services.contract.__main__ import main
from services.contract.compatibility import as_it_is, breaking, keep, last, read
from services.contract.examples import STORY
from tests.unit.events.examples import GOLDEN

NOW = as_it_is(load().codes)
FILED = "kelambu.claim.filed.v1"


def test_nothing_breaks_a_sender_or_a_reader_since_the_last_release():
    """If this fails, give the type a new version (docs/events.md), or take the change back."""
    assert breaking(read(last()), NOW) == []


def edit(at: str, how: str, value: object = None) -> Any:
    """Return a change of a schema: at a path of keys, ``set``, ``drop`` or ``add`` to a list."""

    def change(schema: Any) -> None:
        *way, key = at.split("/")
        place = schema["$defs"]
        for step in way:
            place = place[step]
        if how == "set":
            place[key] = value
        elif how == "drop":
            del place[key]
        elif how == "add":
            place[key] = [*place[key], value]
        else:
            place[key] = [each for each in place[key] if each != value]

    return change


TEXT = {"type": "string"}
CHANGES = [
    ("an optional field more", edit("Filing/properties/note", "set", TEXT), "ok", "ok"),
    ("a field gone", edit("Filing/properties/summary", "drop"), "breaks", "breaks"),
    ("an optional field required", edit("Filing/required", "add", "summary"), "breaks", "breaks"),
    ("a required field optional", edit("Filing/required", "remove", "cause"), "ok", "breaks"),
    ("another type", edit("Filing/properties/event_date/type", "set", "integer"), "breaks", "breaks"),
    ("another format", edit("Filing/properties/event_date/format", "set", "date-time"), "breaks", "breaks"),
    ("another pattern", edit("Filing/properties/claim/pattern", "set", "^[A-Z]+$"), "breaks", "breaks"),
    ("no pattern any more", edit("Filing/properties/claim/pattern", "drop"), "ok", "breaks"),
    ("a choice more", edit("Claimant/properties/relation/enum", "add", "neighbour"), "ok", "ok"),
    ("a choice less", edit("Claimant/properties/relation/enum", "remove", "other"), "breaks", "breaks"),
    ("a longer list", edit("Filing/properties/children/maxItems", "set", 60), "ok", "ok"),
    ("a shorter list", edit("Filing/properties/children/maxItems", "set", 2), "breaks", "breaks"),
    ("a first limit", edit("Filing/properties/children/minItems", "set", 1), "breaks", "breaks"),
    ("an element changed", edit("Child/properties/birth_date/type", "set", "integer"), "breaks", "breaks"),
    ("other words", edit("Filing/description", "set", "Said in another way."), "ok", "ok"),
    ("a keyword that is not known", edit("Filing/minProperties", "set", 7), "breaks", "breaks"),
    ("nothing unknown allowed", edit("Filing/additionalProperties", "drop"), "breaks", "breaks"),
]


@pytest.mark.parametrize(
    ("change", "sender", "reader"), [c[1:] for c in CHANGES], ids=[c[0] for c in CHANGES]
)
def test_a_single_change_is_judged_for_senders_and_for_readers(change, sender, reader):
    """Each from the schema of a filing as it is now."""
    found = {}
    for side, other in (("sender", sender), ("reader", reader)):
        new: Any = copy.deepcopy(NOW)
        change(new[side][FILED])
        found[side] = ("breaks" if breaking(NOW, new) else "ok", other)
    assert [given for given, _ in found.values()] == [expected for _, expected in found.values()]


def test_a_type_or_a_kind_that_is_gone_breaks_and_a_new_one_does_not():
    """Of events, and of medical items."""
    new: Any = copy.deepcopy(NOW)
    kinds = new["sender"]["kelambu.claim.verified.v1"]["$defs"]["MedicalFinding"]["properties"]["items"][
        "items"
    ]["anyOf"]
    kinds.pop(0)
    del new["reader"]["kelambu.claim.closed.v1"]
    assert [(c.side, c.what) for c in breaking(NOW, new)] == [("sender", "is gone"), ("reader", "is gone")]
    assert breaking(new, NOW) == []


def documents(name: str) -> list[Any]:
    """Return right documents of a type: of the story, and the golden one, which has every field."""
    return [STORY[name], json.loads((GOLDEN / f"{name}.sent.json").read_bytes())]


VALIDATORS = {name: Draft202012Validator(NOW["sender"][name]) for name in AGENCY_TYPES}


@st.composite
def changed(draw: st.DrawFn) -> tuple[str, Any]:
    """Draw a type, and its schema with one or two places changed at random."""
    name = draw(st.sampled_from(list(AGENCY_TYPES)))
    schema: Any = copy.deepcopy(NOW["sender"][name])
    for _ in range(draw(st.integers(1, 2))):
        struct = schema["$defs"][draw(st.sampled_from(sorted(schema["$defs"])))]
        names = sorted(struct["properties"])
        field = draw(st.sampled_from(names))
        value = struct["properties"][field]
        match draw(
            st.sampled_from(["drop", "add", "require", "relax", "limit", "choice", "type", "pattern"])
        ):
            case "drop":
                del struct["properties"][field]
                struct["required"] = [each for each in struct["required"] if each != field]
                if len(names) == 1:
                    struct["properties"]["other"] = TEXT
            case "add":
                struct["properties"]["added"] = draw(st.sampled_from([TEXT, {"type": "integer"}]))
            case "require":
                struct["required"] = sorted({*struct["required"], field})
            case "relax":
                struct["required"] = [each for each in struct["required"] if each != field]
            case "limit":
                key = draw(
                    st.sampled_from(["maxLength", "minLength", "maximum", "minimum", "maxItems", "minItems"])
                )
                value[key] = draw(st.integers(0, 300))
            case "choice" if "enum" in value:
                value["enum"] = draw(
                    st.lists(st.sampled_from([*value["enum"], "new"]), min_size=1, unique=True)
                )
            case "type" if "type" in value:
                value["type"] = draw(st.sampled_from(["string", "integer", "number", "array"]))
            case "pattern" if "type" in value:
                value["pattern"] = draw(st.sampled_from(["^[0-9]+$", ".*"]))
            case _:
                value["description"] = "Other words."
    return name, schema


@given(changed())
def test_what_was_right_before_an_allowed_change_is_right_after_it(drawn):
    """Whatever is changed: either it is refused, or every document that was right still is."""
    name, schema = drawn
    if not breaking({"sender": {name: NOW["sender"][name]}}, {"sender": {name: schema}}):
        after = Draft202012Validator(schema)
        assert all(after.is_valid(each) for each in documents(name) if VALIDATORS[name].is_valid(each))


def test_the_command_names_what_breaks_and_a_kept_release_is_never_written_over(tmp_path, capsys):
    """Exit code 1 for a change that breaks somebody, 0 for none."""
    new: Any = copy.deepcopy(NOW)
    new["sender"][FILED]["$defs"]["Filing"]["required"].append("summary")
    old_file, new_file = keep(NOW, "1.0.0", tmp_path), keep(new, "1.10.0", tmp_path)
    assert last(tmp_path) == new_file
    assert main(["compare", str(old_file), str(new_file)]) == 1
    assert f"breaks senders of {FILED}: $.data.summary is required now" in capsys.readouterr().out
    assert main(["compare", str(new_file), str(old_file)]) == 0
    assert main(["compare", "a", "b", "c"]) == 2
    with pytest.raises(FileExistsError):
        keep(NOW, "1.0.0", tmp_path)
