"""Every small change of a scheme that still is one: something left out, put elsewhere, or said the other way round."""

from __future__ import annotations

import copy
from collections.abc import Callable, Container, Iterator
from typing import Any, TypeAlias

import msgspec

from services.benefits.reading.scheme_file import faults_of
from services.benefits.scheme import Scheme

Path: TypeAlias = tuple[str | int, ...]
Change: TypeAlias = Callable[[Any], Any]
"""Returns a changed copy of a scheme's content."""

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
    for name, change in _changes(content, (), content):
        try:
            changed = msgspec.convert(change(content), Scheme, strict=True)
        except msgspec.ValidationError:
            continue
        if not any(faults_of(changed)):
            yield name, changed


def together(scheme: Scheme, names: Container[str]) -> Scheme:
    """Return the scheme with these changes at once, of which none leaves out a member of a list."""
    content = changed = _without_empty(msgspec.to_builtins(scheme))
    for name, change in _changes(content, (), content):
        if name in names:
            changed = change(changed)
    return msgspec.convert(changed, Scheme, strict=True)


def _without_empty(part: Any) -> Any:
    """Leave out what is not said, as a scheme's file does."""
    if isinstance(part, dict):
        return {key: _without_empty(value) for key, value in part.items() if value != ""}
    if isinstance(part, list | tuple):
        return [_without_empty(value) for value in part]
    return part


def _changes(part: Any, path: Path, whole: Any) -> Iterator[tuple[str, Change]]:
    if isinstance(part, dict):
        for key, value in part.items():
            if key in IN_WORDS or (not path and key == "documents"):
                continue
            for other in OTHERWISE.get(key, ()):
                if other != value:
                    yield f"{_named((*path, key), whole)} {other}", _set((*path, key), other)
            if isinstance(value, bool):
                yield f"{_named((*path, key), whole)} turned round", _set((*path, key), not value)
            if key in LEFT_OUT or path[-1:] in (("counts_as",), ("contains",)):
                yield f"no {_named((*path, key), whole)}", _without((*path, key))
            yield from _changes(value, (*path, key), whole)
    elif isinstance(part, list | tuple):
        for place, value in enumerate(part):
            if len(part) > 1:
                yield f"no {_named((*path, place), whole)}", _without((*path, place))
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


def _set(path: Path, value: object) -> Change:
    def change(whole: Any) -> Any:
        changed, place = _at(whole, path)
        place[path[-1]] = value
        return changed

    return change


def _without(path: Path) -> Change:
    def change(whole: Any) -> Any:
        changed, place = _at(whole, path)
        del place[path[-1]]
        return changed

    return change
