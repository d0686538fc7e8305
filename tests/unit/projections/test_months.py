"""Months as bits."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from projections import months

bits = st.integers(0, months.index(months.LAST))


@given(st.sets(bits, max_size=40))
def test_a_set_of_months_is_read_as_it_was_written(chosen: set[int]) -> None:
    """Writing and reading a set gives the same set, and its names are its months in order."""
    within = sum(1 << bit for bit in chosen)
    assert months.read(months.write(within)) == within
    assert months.names(within) == tuple(sorted(months.name(bit) for bit in chosen))


@given(bits, bits)
def test_a_span_holds_both_ends(one: int, other: int) -> None:
    """A span has every month from the first to the last, and none where the last comes first."""
    first, last = months.name(one), months.name(other)
    assert months.names(months.span(first, last)) == tuple(months.name(bit) for bit in range(one, other + 1))


def test_what_is_written_can_be_read_by_anybody() -> None:
    """The first month, then one digit a month."""
    assert (
        months.write(months.span("2025-01", "2025-02") | months.span("2025-04", "2025-04")) == "2025-01 1101"
    )


def test_months_outside_do_not_count() -> None:
    """A span is cut to the months that count, and is empty when it lies outside of them."""
    assert months.names(months.span("0001-01", "1945-02")) == ("1945-01", "1945-02")
    assert months.span("0001-01", "0999-12") == 0
    assert months.span("2201-01", "9999-12") == 0
