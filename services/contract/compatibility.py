"""The contract as it was released and as it is now, and whether a change breaks anybody who holds to the old one.

A sender is broken by whatever makes a document wrong that was right. A reader is broken by whatever makes an event
unlike what was promised, and Kelambu reads its own ledger for ever: what was once recorded must stay right as well.
Readers are told to pass over fields, types and choices that they do not know (docs/events.md), so these may be added.
What cannot be judged counts as breaking.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias, cast

import msgspec

from events.catalogue import AGENCY_TYPES, EVENT_TYPES
from events.codes import Codes
from events.schema import schema
from services.contract.components import answer_schemas, in_words, ref
from services.contract.openapi import http_answers
from services.ledger.edge import ClaimOutcome
from services.ledger.payments import Departure, OrderBatch
from services.ledger.refusals import Notice

Json: TypeAlias = dict[str, object]
Side: TypeAlias = Literal["sender", "reader"]
Release: TypeAlias = dict[Side, dict[str, Json]]
"""The schemas of a release: what may be sent, and what may be read, each by its name."""

_WORDS = frozenset({"title", "description", "$id", "$schema", "default", "examples", "discriminator"})
"""Keywords that inform people and decide nothing."""
_LEAST = frozenset({"minimum", "exclusiveMinimum", "minLength", "minItems"})
_MOST = frozenset({"maximum", "exclusiveMaximum", "maxLength", "maxItems"})
_LOOKED_AT = (
    _WORDS | _LEAST | _MOST | {"$ref", "$defs", "properties", "required", "items", "anyOf", "enum", "const"}
)
_DEEPEST = 32


class BreakingChange(NamedTuple):
    """A change that breaks somebody: whom, of which schema, where in it, and how."""

    side: Side
    schema: str
    path: str
    what: str


def breaking(old: Release, new: Release) -> list[BreakingChange]:
    """Return every change from one release to another that breaks a sender or a reader."""
    breaking_changes: list[BreakingChange] = []
    for side in old:
        for name, before in old[side].items():
            after = new[side].get(name)
            if after is None:
                breaking_changes.append(BreakingChange(side, name, "$", "is gone"))
            else:
                breaking_changes += [
                    BreakingChange(side, name, path, what)
                    for path, what in _Comparison(side, before, after).run()
                ]
    return breaking_changes


class _Comparison:
    """Two schemas of one name, walked side by side; references are followed within each."""

    def __init__(self, side: Side, old: Json, new: Json) -> None:
        self._side, self._old, self._new = side, old, new

    def run(self) -> Iterator[tuple[str, str]]:
        yield from self._walk(self._old, self._new, "$", 0)

    def _walk(self, old: Json, new: Json, path: str, depth: int) -> Iterator[tuple[str, str]]:
        old, new = _resolved(old, self._old), _resolved(new, self._new)
        if depth > _DEEPEST or old == new == {}:
            return
        yield from self._choices(old, new, path)
        yield from _limits(old, new, path)
        yield from self._fields(old, new, path, depth)
        yield from self._elements(old, new, path, depth)
        yield from self._kinds(old, new, path, depth)
        for key in sorted((old.keys() | new.keys()) - _LOOKED_AT):
            if old.get(key) != new.get(key) and not self._looser(key, old, new):
                yield path, f"{key} is another"

    def _looser(self, key: str, old: Json, new: Json) -> bool:
        """Tell whether a keyword changed so that a sender may do more than before."""
        if self._side == "reader":
            return False
        if key == "type":
            return (old.get(key), new.get(key)) == ("integer", "number")
        return key in {"pattern", "format"} and key not in new

    def _choices(self, old: Json, new: Json, path: str) -> Iterator[tuple[str, str]]:
        before, after = _values(old), _values(new)
        if before is None and after is not None:
            yield path, "has become a choice"
        elif before is not None and after is None and (self._side == "reader" or "type" not in new):
            yield path, "is no choice any more"
        elif (
            before is not None
            and after is not None
            and (lost := [each for each in before if each not in after])
        ):
            yield path, f"has lost the choice {lost[0]}"

    def _fields(self, old: Json, new: Json, path: str, depth: int) -> Iterator[tuple[str, str]]:
        before, after = _parts(old, "properties"), _parts(new, "properties")
        was, now = _names(old), _names(new)
        for name in before:
            if name in after:
                yield from self._walk(before[name], after[name], f"{path}.{name}", depth + 1)
            else:
                yield f"{path}.{name}", "is gone"
        for name in sorted(now - was):
            yield f"{path}.{name}", "is required now"
        if self._side == "reader":
            for name in sorted((was - now) & after.keys()):
                yield f"{path}.{name}", "may be missing now"

    def _elements(self, old: Json, new: Json, path: str, depth: int) -> Iterator[tuple[str, str]]:
        before, after = old.get("items"), new.get("items")
        if isinstance(before, dict) and isinstance(after, dict):
            yield from self._walk(before, after, f"{path}[]", depth + 1)
        elif before != after:
            yield f"{path}[]", "is another"

    def _kinds(self, old: Json, new: Json, path: str, depth: int) -> Iterator[tuple[str, str]]:
        """Compare objects of several kinds by their tags."""
        before, after = _tagged(old, self._old), _tagged(new, self._new)
        if (before is None) != (after is None):
            yield path, "has other kinds"
        for tag, kind in (before or {}).items():
            if after is not None and tag in after:
                yield from self._walk(kind, after[tag], f"{path}({tag})", depth + 1)
            elif after is not None:
                yield f"{path}({tag})", "is gone"


def _resolved(schema: Json, root: Json) -> Json:
    for _ in range(_DEEPEST):
        reference = schema.get("$ref")
        if not isinstance(reference, str):
            return schema
        definitions = cast("dict[str, Json]", root["$defs"])
        beside = {key: value for key, value in schema.items() if key not in {"$ref", *_WORDS}}
        schema = definitions[reference.rpartition("/")[2]] | {k: v for k, v in beside.items() if k != "$defs"}
    raise ValueError("a reference leads to itself")


def _limits(old: Json, new: Json, path: str) -> Iterator[tuple[str, str]]:
    """Yield each limit that is tighter; wider ones break nobody who passes over what is new."""
    for key in sorted(_LEAST | _MOST):
        before, after = old.get(key), new.get(key)
        if after == before or not isinstance(after, int | float):
            continue
        if (
            not isinstance(before, int | float)
            or (key in _LEAST and after > before)
            or (key in _MOST and after < before)
        ):
            yield path, f"{key} is tighter"


def _values(schema: Json) -> list[object] | None:
    if "const" in schema:
        return [schema["const"]]
    values = schema.get("enum")
    return list(values) if isinstance(values, list) else None


def _parts(schema: Json, key: str) -> Mapping[str, Json]:
    return cast("Mapping[str, Json]", schema.get(key, {}))


def _names(schema: Json) -> set[str]:
    return set(cast("list[str]", schema.get("required", [])))


def _tagged(schema: Json, root: Json) -> dict[str, Json] | None:
    """Return the kinds of ``anyOf`` by a name that stays: the constant of a tag, else the type."""
    options = schema.get("anyOf")
    if not isinstance(options, list):
        return None
    kinds = {}
    for option in options:
        kind = _resolved(option, root)
        constants = [
            value[0]
            for part in _parts(kind, "properties").values()
            if (value := _values(part)) and len(value) == 1
        ]
        kinds[str(constants[0] if constants else kind.get("type"))] = kind
    return kinds


RELEASED = Path(__file__).parents[2] / "docs" / "schemas" / "released"
"""A file for each release, ``v0.1.0.json``; never changed afterwards."""


def as_it_is(codes: Codes) -> Release:
    """Return the schemas in force: what agencies send, what is recorded, what Kelambu answers."""
    recorded = {name: schema(name, "recorded", codes) for name in EVENT_TYPES}
    sent = {name: schema(name, codes=codes) for name in AGENCY_TYPES}
    return cast("Release", in_words({"sender": sent, "reader": recorded | {"answers": _answers()}}))


def _answers() -> Json:
    """Return everything that Kelambu answers, over HTTP and over Redis, as the fields of one object."""
    schemas = http_answers() | answer_schemas(ClaimOutcome, Notice, Departure, OrderBatch)
    return {"type": "object", "properties": {name: ref(name) for name in sorted(schemas)}, "$defs": schemas}


def read(file: Path) -> Release:
    """Return a release as it was kept."""
    return msgspec.json.decode(file.read_bytes(), type=Release)


def keep(release: Release, version: str, place: Path = RELEASED) -> Path:
    """Keep a release for ever; raises ``FileExistsError`` if this version is kept already."""
    place.mkdir(parents=True, exist_ok=True)
    file = place / f"v{version}.json"
    with file.open("xb") as new:
        new.write(msgspec.json.format(msgspec.json.encode(release), indent=1) + b"\n")
    return file


def last(place: Path = RELEASED) -> Path:
    """Return the file of the last release."""
    return max(place.glob("v*.json"), key=lambda file: [int(part) for part in file.stem[1:].split(".")])
