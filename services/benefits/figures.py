"""The catalogue: every figure and reason that the rules ask the rulebook for, each figure with its unit.

A rulebook that lacks one of them for a day on which it is needed, or has one that no rule asks for, does not load.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import get_args

from events.disability import SIDE_DECIDES
from events.findings import Part
from events.values import MAX_RUPIAH, HeirRelation

BOTH_SIDES = {
    "both-legs-hip": "leg-hip",
    "both-feet-ankle": "foot-ankle",
    "both-eyes": "eye",
    "hearing-both": "hearing-one",
    "both-auricles": "auricle",
}
"""Parts of the body that are two single rows of the disability table, one a side."""


def _rows() -> Iterator[str]:
    """Name the rows of the disability table for the parts that a finding may state."""
    for part in get_args(Part):
        if part in SIDE_DECIDES:
            yield from (f"disability.{part}.right", f"disability.{part}.left")
        elif part == "scalp":
            yield from ("disability.scalp.least", "disability.scalp.most")
        elif part not in BOTH_SIDES:
            yield f"disability.{part}"


ROWS = tuple(_rows())

FIGURES = {
    "jkm.death": "rupiah",
    "jkm.periodic": "rupiah",
    "jkm.funeral": "rupiah",
    "jkm.scholarship-months": "months",
    "jkm.waiting-months": "months",
    "jkm.pay-days": "days",
    "jkm.refer-after-years": "years",
    "jkk.multiple": "times",
    "jkk.death-percent": "percent",
    "jkk.death-floor": "rupiah",
    "jkk.total-disability-percent": "percent",
    "jkk.periodic": "rupiah",
    "jkk.funeral": "rupiah",
    "jkk.pay-days": "days",
    "jkk.lapse-years": "years",
    "jkk.income-raised-days": "days",
    "jkk.treatment": "uncapped",
    "jkk.transport.land": "rupiah",
    "jkk.transport.sea": "rupiah",
    "jkk.transport.air": "rupiah",
    "jkk.incapacity-full-days": "days",
    "jkk.incapacity-later-percent": "percent",
    "jkk.incapacity-divisor": "days",
    "jkk.device.denture": "rupiah",
    "jkk.device.hearing-aid": "rupiah",
    "jkk.device.glasses": "rupiah",
    "jkk.device.reference-percent": "percent of a price",
    "jkk.homecare": "rupiah",
    "jkk.homecare-days": "days",
    "disability.cap": "percent",
    **dict.fromkeys(ROWS, "percent"),
    "scholarship.children": "count",
    "scholarship.age": "years",
    "scholarship.TK": "rupiah",
    "scholarship.SD": "rupiah",
    "scholarship.SMP": "rupiah",
    "scholarship.SMA": "rupiah",
    "scholarship.PT": "rupiah",
    "scholarship.years.SD": "count",
    "scholarship.years.SMP": "count",
    "scholarship.years.SMA": "count",
    "scholarship.years.PT": "count",
    "coverage.arrears-months": "months",
    "income.brackets": "brackets",
    "heirs.ranks": "ranks",
}
"""Code of a figure to its unit."""

ACCIDENT_REASONS = (
    "after-death",
    "claim-lapsed",
    "disability-then-death",
    "income-raised",
    "not-work-related",
)
REASONS = frozenset(
    (
        *ACCIDENT_REASONS,
        "account-changed",
        "already-claimed",
        "coverage-ended",
        "coverage-lapsed",
        "filed-late",
        "in-arrears",
        "no-law-in-force",
        "not-insured",
        "not-yet-covered",
        "objected",
        "paid-after-event",
        "review-denied",
        "three-month-boundary",
    )
)
"""Every reason for which a claim is denied or referred. There are no others."""

ANCHORS = {"JKM": "jkm.death", "JKK": "jkk.multiple"}
"""Programme to the figure that tells whether there is a law for it on a day."""

OPTIONAL = {"jkm.waiting-months": (), "three-month-boundary": ("jkm.waiting-months",)}

RESTS_ON = {
    "jkk.death-percent": ("jkk.multiple", "jkk.death-floor", "income.brackets"),
    "jkk.total-disability-percent": ("jkk.multiple", "income.brackets"),
    "jkk.incapacity-divisor": (
        "jkk.incapacity-full-days",
        "jkk.incapacity-later-percent",
        "income.brackets",
    ),
    "jkk.homecare": ("jkk.homecare-days",),
    "disability.cap": ("jkk.multiple", "income.brackets", *ROWS),
}
"""The figure that an award line cites to the others that its amount rests on."""


def needed_with(code: str) -> tuple[str, ...]:
    """Return the figures on whose every day this figure or reason must be there too."""
    if code in OPTIONAL:
        return OPTIONAL[code]
    if code.startswith("jkm."):
        return (ANCHORS["JKM"],)
    if code.startswith(("jkk.", "disability.")) or code in ACCIDENT_REASONS:
        return (ANCHORS["JKK"],)
    return tuple(ANCHORS.values())


def fault_in(code: str, value: object) -> str:
    """Return what is wrong with the value of a figure and what it must be; empty when it is right."""
    return _CHECKS[FIGURES[code]](value)


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
    """Rows of [income from, in thousands of rupiah; monthly base in rupiah], both ascending, from income 0."""
    if not isinstance(value, list) or not value:
        return "brackets are rows of [income from, in thousands; base in rupiah]"
    before = (-1, 0)
    for row in value:
        if not isinstance(row, list) or len(row) != 2 or any(type(part) is not int for part in row):
            return f"{row!s} is no row of [income from, in thousands; base in rupiah]"
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
    "rupiah": _whole(1, MAX_RUPIAH, "rupiah"),
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
