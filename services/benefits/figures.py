"""Figures: the units in which a law states them, and the keys of a scheme under which it names their codes.

A scheme says for each benefit and each rule which figure of the law it asks for. A rulebook that lacks one of them for a
day on which it is needed, or has one that nothing asks for, does not load.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import cache
from typing import Annotated, TypeAlias, get_args

import msgspec
from msgspec import Meta, Struct, inspect

from events.values import MAX_RUPIAH, HeirRelation

_CODE = r"^[A-Za-z0-9]+(?:[.-][A-Za-z0-9]+)*$"

Amount: TypeAlias = Annotated[str, Meta(pattern=_CODE, extra={"unit": "amount"})]
"""Code of an amount of money, whole in the scheme's currency; so are the types below codes in their units."""
Percent: TypeAlias = Annotated[str, Meta(pattern=_CODE, extra={"unit": "percent"})]
PriceShare: TypeAlias = Annotated[str, Meta(pattern=_CODE, extra={"unit": "percent of a price"})]
Times: TypeAlias = Annotated[str, Meta(pattern=_CODE, extra={"unit": "times"})]
Count: TypeAlias = Annotated[str, Meta(pattern=_CODE, extra={"unit": "count"})]
Days: TypeAlias = Annotated[str, Meta(pattern=_CODE, extra={"unit": "days"})]
Months: TypeAlias = Annotated[str, Meta(pattern=_CODE, extra={"unit": "months"})]
Years: TypeAlias = Annotated[str, Meta(pattern=_CODE, extra={"unit": "years"})]
Uncapped: TypeAlias = Annotated[str, Meta(pattern=_CODE, extra={"unit": "uncapped"})]

BRACKETS, RANKS = "income.brackets", "heirs.ranks"
"""The two tables of a law: which monthly base an income gives, and which heirs come first."""

TABLES = ("brackets", "ranks")
"""Units of figures whose value is a table."""


def figures_in(told: Struct) -> Iterator[tuple[str, str]]:
    """Yield code and unit of each figure that a part of a scheme names directly, in the order of its keys."""
    for name, unit in _units(type(told)):
        value = getattr(told, name)
        for code in value.values() if isinstance(value, dict) else (value,):
            if isinstance(code, str) and code:
                yield code, unit


@cache
def _units(kind: type[Struct]) -> tuple[tuple[str, str], ...]:
    """Return the fields of a part of a scheme that hold codes of figures, each with the unit."""
    info = msgspec.inspect.type_info(kind)
    assert isinstance(info, inspect.StructType)  # noqa: S101 -- every part of a scheme is a Struct
    found = []
    for field in info.fields:
        inner = field.type.value_type if isinstance(field.type, inspect.DictType) else field.type
        if isinstance(inner, inspect.Metadata) and "unit" in (inner.extra or {}):
            found.append((field.name, str((inner.extra or {})["unit"])))
    return tuple(found)


def fault_in(unit: str, value: object) -> str:
    """Return what is wrong with a value in this unit and what it must be; empty when it is right."""
    return _CHECKS[unit](value)


def _whole(least: int, most: int, unit: str) -> Callable[[object], str]:
    def fault(value: object) -> str:
        right = isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
        return "" if right else f"{value!s} is no whole number of {unit} from {least} to {most}"

    return fault


def _percent(least: int, most: int) -> Callable[[object], str]:
    def fault(value: object) -> str:
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            return f"{value!s} is no percentage"
        if not least <= value <= most:
            return f"{value!s} is no percentage from {least} to {most}"
        return "" if value == round(Decimal(value), 2) else f"{value!s} has more than two decimals"

    return fault


def _uncapped(value: object) -> str:
    return "" if value == "uncapped" else f"{value!s} is not the word uncapped"


def _brackets(value: object) -> str:
    """Rows of [income from, in thousands; monthly base], both ascending, from income 0."""
    if not isinstance(value, list) or not value:
        return "brackets are rows of [income from, in thousands; base]"
    before = (-1, 0)
    for row in value:
        if not isinstance(row, list) or len(row) != 2 or any(type(part) is not int for part in row):
            return f"{row!s} is no row of [income from, in thousands; base]"
        if before == (-1, 0) and row[0] != 0:
            return f"the first bracket begins at {row[0]}, not at 0"
        if row[0] <= before[0] or row[1] <= before[1]:
            return f"the bracket {row!s} does not rise above the one before it, {list(before)!s}"
        before = (row[0], row[1])
    return ""


def _ranks(value: object) -> str:
    """Lists of relations, the first rank first, each relation once."""
    if not isinstance(value, list) or not all(isinstance(rank, list) for rank in value):
        return "ranks are lists of relations, the first rank first"
    stated, known = [relation for rank in value for relation in rank], get_args(HeirRelation)
    for relation in stated:
        if relation not in known:
            return f"{relation!s} is no relation of an heir; there are {', '.join(known)}"
        if stated.count(relation) > 1:
            return f"{relation} has two ranks"
    without = [relation for relation in known if relation not in stated]
    return f"{', '.join(without)} has no rank" if without else ""


_CHECKS = {
    "amount": _whole(1, MAX_RUPIAH, "the currency"),
    "days": _whole(1, 3_660, "days"),
    "months": _whole(1, 1_200, "months"),
    "years": _whole(1, 120, "years"),
    "count": _whole(1, 100, "items"),
    "times": _whole(1, 1_000, "times"),
    "percent": _percent(0, 100),
    "percent of a price": _percent(100, 1_000),
    "uncapped": _uncapped,
    "brackets": _brackets,
    "ranks": _ranks,
}
