"""Figures: the units in which a law states them, and the keys of a scheme under which it names their codes.

A scheme says for each benefit and each rule which figure of the law it asks for. A rulebook that lacks one of them for
a day on which it is needed, or has one that nothing asks for, does not load.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import cache
from typing import Annotated, TypeAlias, get_args

import msgspec
from msgspec import Meta, Struct, inspect

from events.message import Message, message
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


def figures_in(law: Struct) -> Iterator[tuple[str, str]]:
    """Yield code and unit of each figure that a part of a scheme names directly, in the order of its keys."""
    for name, unit in _units(type(law)):
        value = getattr(law, name)
        for code in value.values() if isinstance(value, dict) else (value,):
            if isinstance(code, str) and code:
                yield code, unit


@cache
def _units(kind: type[Struct]) -> tuple[tuple[str, str], ...]:
    """Return the fields of a part of a scheme that hold codes of figures, each with the unit."""
    info = msgspec.inspect.type_info(kind)
    assert isinstance(info, inspect.StructType)  # noqa: S101 -- every part of a scheme is a Struct
    units = []
    for field in info.fields:
        inner = field.type.value_type if isinstance(field.type, inspect.DictType) else field.type
        if isinstance(inner, inspect.Metadata) and "unit" in (inner.extra or {}):
            units.append((field.name, str((inner.extra or {})["unit"])))
    return tuple(units)


def fault_in(unit: str, value: object) -> Message | None:
    """Return what is wrong with a value in this unit and what it must be; None when it is right."""
    return _CHECKS[unit](value)


def _whole(least: int, most: int, unit: str) -> Callable[[object], Message | None]:
    def fault(value: object) -> Message | None:
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return None
        return message("rulebook.no-number", value=str(value), unit=message(unit), least=least, most=most)

    return fault


def _percent(least: int, most: int) -> Callable[[object], Message | None]:
    def fault(value: object) -> Message | None:
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            return message("rulebook.no-percentage", value=str(value))
        if not least <= value <= most:
            return message("rulebook.percentage-range", value=str(value), least=least, most=most)
        if value != round(Decimal(value), 2):
            return message("rulebook.decimals", value=str(value))
        return None

    return fault


def _uncapped(value: object) -> Message | None:
    return None if value == "uncapped" else message("rulebook.not-uncapped", value=str(value))


def _brackets(value: object) -> Message | None:
    """Rows of [income from, in thousands; monthly base], both ascending, from income 0."""
    if not isinstance(value, list) or not value:
        return message("rulebook.no-brackets")
    before = (-1, 0)
    for row in value:
        if not isinstance(row, list) or len(row) != 2 or any(type(part) is not int for part in row):
            return message("rulebook.no-bracket", row=str(row))
        if before == (-1, 0) and row[0] != 0:
            return message("rulebook.first-bracket", at=row[0])
        if row[0] <= before[0] or row[1] <= before[1]:
            return message("rulebook.falling-bracket", row=str(row), before=str(list(before)))
        before = (row[0], row[1])
    return None


def _ranks(value: object) -> Message | None:
    """Lists of relations, the first rank first, each relation once."""
    if not isinstance(value, list) or not all(isinstance(rank, list) for rank in value):
        return message("rulebook.no-ranks")
    stated, relations = [relation for rank in value for relation in rank], get_args(HeirRelation)
    for relation in stated:
        if relation not in relations:
            return message("rulebook.no-relation", relation=str(relation), known=", ".join(relations))
        if stated.count(relation) > 1:
            return message("rulebook.two-ranks", relation=str(relation))
    without = [relation for relation in relations if relation not in stated]
    return message("rulebook.no-rank", relations=", ".join(without)) if without else None


_CHECKS = {
    "amount": _whole(1, MAX_RUPIAH, "rulebook.unit.currency"),
    "days": _whole(1, 3_660, "rulebook.unit.days"),
    "months": _whole(1, 1_200, "rulebook.unit.months"),
    "years": _whole(1, 120, "rulebook.unit.years"),
    "count": _whole(1, 100, "rulebook.unit.items"),
    "times": _whole(1, 1_000, "rulebook.unit.times"),
    "percent": _percent(0, 100),
    "percent of a price": _percent(100, 1_000),
    "uncapped": _uncapped,
    "brackets": _brackets,
    "ranks": _ranks,
}
