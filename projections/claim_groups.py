"""How many claims are alike, and their sums.

Counted as they change, so that the whole book is never walked to count.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, TypeAlias, TypeVar

from msgspec import Struct

from projections.columns import table
from projections.sums import Sums

Grain: TypeAlias = Literal["month", "day", "ever"]
"""Whether claims are counted by the month or by the day of filing, or all of a district together, whatever they are
like."""
EVERYWHERE = "*"
"""Stands for all districts together, so that a book of many districts is counted without looking at each."""
ALIKE = ("status", "programme", "agency", "obstacles")
_KEY = ("grain", "district", "period", *ALIKE)
_Alike: TypeAlias = tuple[str, str, str, tuple[str, ...]]
_Group = TypeVar("_Group")


class ClaimGroup(Struct, frozen=True):
    """The claims of one district, or ``EVERYWHERE``, filed in one period.

    Of one status, programme and agency, with the same obstacles. What a claim does not have is empty, and so is what a
    group does not tell apart. ``claims`` is their number; the rest are their sums in rupiah.
    """

    grain: str
    district: str
    period: str
    status: str
    programme: str
    agency: str
    obstacles: tuple[str, ...]
    claims: int
    entitled: int
    ordered: int
    released: int
    paid_by_bank: int
    matched: int
    unmatched: int
    overpaid: int


class Grouped(Struct, frozen=True):
    """A claim as it is counted: what it is like, its district, the day of its filing, and its sums."""

    alike: _Alike
    district: str
    filed_on: str
    sums: Sums


GROUP = table("claims_group", ClaimGroup, key=_KEY)
_SUMS = Sums.__struct_fields__


def changes(before: Iterable[Grouped], after: Iterable[Grouped]) -> Sequence[ClaimGroup]:
    """Return what is to be added to the groups where some claims are counted no longer and others from now on."""
    moved: dict[tuple[str, str, _Alike], list[int]] = {}
    for sign, claims in ((-1, before), (1, after)):
        for claim in claims:
            numbers = [sign, *(sign * getattr(claim.sums, name) for name in _SUMS)]
            _add(moved, (claim.district, claim.filed_on, claim.alike), numbers)
    added: dict[tuple[str, str, str, _Alike], list[int]] = {}
    for (district, filed_on, alike), numbers in moved.items():
        if any(numbers):
            for group in _groups_of(district, filed_on, alike):
                _add(added, group, numbers)
    return [
        ClaimGroup(grain, district, period, *alike, *numbers)
        for (grain, district, period, alike), numbers in added.items()
        if any(numbers)
    ]


def _groups_of(district: str, filed_on: str, alike: _Alike) -> Iterator[tuple[Grain, str, str, _Alike]]:
    """Yield every group in which such a claim is counted."""
    for place in (EVERYWHERE, district):
        yield "month", place, filed_on[:7], alike
        yield "day", place, filed_on, alike
    yield "ever", district, "", ("", "", "", ())


def _add(sums: dict[_Group, list[int]], group: _Group, numbers: Sequence[int]) -> None:
    group_sums = sums.get(group)
    sums[group] = (
        list(numbers)
        if group_sums is None
        else [one + other for one, other in zip(group_sums, numbers, strict=True)]
    )
