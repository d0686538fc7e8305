"""Every small change of a scheme that still is one: something left out, put elsewhere, or said the other way round."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any, TypeAlias

import msgspec

from services.benefits.reading.scheme_file import faults_of
from services.benefits.scheme import Scheme

Path: TypeAlias = tuple[str | int, ...]

OTHERWISE: dict[str, tuple[str, ...]] = {
    "to": ("heirs", "participant", "funeral"),
    "late": ("deny", "refer"),
    "paid_after": ("deny", "refer"),
    "covers": ("death", "accident"),
    "insures": ("work", "rest", "any"),
    "degree": ("whole", "share"),
    "year_begins": ("06-30", "07-01", "07-02"),
}
"""Keys with a choice, and what they may say instead."""

LEFT_OUT = ("arrears", "first_months", "income_raised", "floor", "filing", "after_months", "otherwise")
"""Keys that a scheme need not have."""

IN_WORDS = ("title", "name", "currency", "causes", "office")
"""What only says how things are called."""


def changes(scheme: Scheme) -> Iterator[tuple[str, Scheme]]:
    """Yield each change that can be read as a scheme, by name."""
    content = _without_empty(msgspec.to_builtins(scheme))
    for name, changed in _changes(content, (), content):
        try:
            scheme = msgspec.convert(changed, Scheme, strict=True)
        except msgspec.ValidationError:
            continue
        if not any(faults_of(scheme)):
            yield name, scheme


def _without_empty(part: Any) -> Any:
    """Leave out what is not said, as a scheme's file does."""
    if isinstance(part, dict):
        return {key: _without_empty(value) for key, value in part.items() if value != ""}
    if isinstance(part, list | tuple):
        return [_without_empty(value) for value in part]
    return part


def _changes(part: Any, path: Path, whole: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(part, dict):
        for key, value in part.items():
            if key in IN_WORDS or (not path and key == "documents"):
                continue
            for other in OTHERWISE.get(key, ()):
                if other != value:
                    yield f"{_named((*path, key), whole)} {other}", _set(whole, (*path, key), other)
            if isinstance(value, bool):
                yield f"{_named((*path, key), whole)} turned round", _set(whole, (*path, key), not value)
            if key in LEFT_OUT or path[-1:] in (("counts_as",), ("contains",)):
                yield f"no {_named((*path, key), whole)}", _without(whole, (*path, key))
            yield from _changes(value, (*path, key), whole)
    elif isinstance(part, list | tuple):
        for place, value in enumerate(part):
            if len(part) > 1:
                yield f"no {_named((*path, place), whole)}", _without(whole, (*path, place))
            yield from _changes(value, (*path, place), whole)


def _named(path: Path, whole: Any) -> str:
    """Say a path with the codes of programmes and benefits in place of their numbers."""
    words, part = [], whole
    for step in path:
        part = part[step]
        if isinstance(part, dict) and "code" in part:
            words.append(str(part["code"]))
        elif isinstance(step, int):
            words.append(str(part))
        elif step not in ("programme", "benefit"):
            words.append(str(step))
    return " ".join(words)


def _at(whole: Any, path: Path) -> tuple[Any, Any]:
    changed = copy.deepcopy(whole)
    place = changed
    for step in path[:-1]:
        place = place[step]
    return changed, place


def _set(whole: Any, path: Path, value: object) -> Any:
    changed, place = _at(whole, path)
    place[path[-1]] = value
    return changed


def _without(whole: Any, path: Path) -> Any:
    changed, place = _at(whole, path)
    del place[path[-1]]
    return changed
