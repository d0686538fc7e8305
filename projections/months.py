"""Months as bits, and how sets of them are written."""

from __future__ import annotations

from functools import lru_cache

FIRST, LAST = "1945-01", "2200-12"
"""Months outside are not counted: no law reaches there, and a mistyped year must not fill a table."""


def index(month: str) -> int:
    """Return the bit of a month ``YYYY-MM``: 0 for ``FIRST``; a month outside counts as the nearest that counts."""
    within = max(FIRST, min(month, LAST))
    return (int(within[:4]) - 1945) * 12 + int(within[5:]) - 1


@lru_cache(4096)
def name(bit: int) -> str:
    """Return the month ``YYYY-MM`` of a bit."""
    year, month = divmod(bit, 12)
    return f"{year + 1945:04}-{month + 1:02}"


@lru_cache(4096)
def span(first: str, last: str) -> int:
    """Return the set of the months ``first`` to ``last``, both included."""
    if last < first or last < FIRST or first > LAST:
        return 0
    start, end = index(first), index(last)
    return ((1 << (end - start + 1)) - 1) << start


@lru_cache(4096)
def names(months: int) -> tuple[str, ...]:
    """Return the months of a set, earliest first."""
    found = []
    while months:
        lowest = months & -months
        found.append(name(lowest.bit_length() - 1))
        months ^= lowest
    return tuple(found)


@lru_cache(4096)
def write(months: int) -> str:
    """Write a set as its first month and one digit a month, e.g. ``2025-01 11011``; empty if there is none."""
    if not months:
        return ""
    low = (months & -months).bit_length() - 1
    return f"{name(low)} {bin(months >> low)[:1:-1]}"


@lru_cache(4096)
def read(text: str) -> int:
    """Read what ``write`` wrote."""
    if not text:
        return 0
    return int(text[:7:-1], 2) << index(text[:7])
