"""How many claims are alike, and their sums: counted as they change, so that the whole book is never walked to count."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from projections.columns import table
from projections.sums import Sums

DIMENSIONS = ("status", "programme", "district", "agency", "obstacles", "month")


class ClaimGroup(Struct, frozen=True):
    """The claims of one status, programme, district, agency, with the same obstacles, filed in one month.

    What a claim does not have is empty. ``claims`` is their number; the rest are their sums in rupiah.
    """

    status: str
    programme: str
    district: str
    agency: str
    obstacles: tuple[str, ...]
    month: str
    claims: int
    entitled: int
    ordered: int
    released: int
    paid_by_bank: int
    matched: int
    unmatched: int
    overpaid: int


class Grouped(Struct, frozen=True):
    """A claim as it is counted."""

    group: tuple[str, str, str, str, tuple[str, ...], str]
    sums: Sums


GROUP = table("claims_group", ClaimGroup, key=DIMENSIONS)


def changes(gone: Iterable[Grouped], come: Iterable[Grouped]) -> Sequence[ClaimGroup]:
    """Return what is to be added to the groups where some claims are counted no longer and others from now on."""
    names = Sums.__struct_fields__
    added: dict[tuple[str, str, str, str, tuple[str, ...], str], list[int]] = {}
    for sign, claims in ((-1, gone), (1, come)):
        for claim in claims:
            numbers = (1, *(getattr(claim.sums, name) for name in names))
            sums = added.setdefault(claim.group, [0] * len(numbers))
            for n, number in enumerate(numbers):
                sums[n] += sign * number
    return [ClaimGroup(*group, *numbers) for group, numbers in added.items() if any(numbers)]
