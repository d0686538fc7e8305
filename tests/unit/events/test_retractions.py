"""What is struck by retractions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.retraction import Struck, struck_by


@pytest.mark.parametrize(
    ("retractions", "gone"),
    [
        ([], set()),
        ([("r1", "e")], {"e"}),
        ([("r1", "e"), ("r2", "r1")], {"r1"}),
        ([("r1", "e"), ("r2", "r1"), ("r3", "r2")], {"r2", "e"}),
        ([("r1", "e"), ("r2", "e"), ("r3", "r1")], {"r1", "e"}),
        ([("r2", "r1"), ("r1", "e")], {"r1"}),
    ],
)
def test_a_retraction_can_be_retracted(retractions: list[tuple[str, str]], gone: set[str]) -> None:
    """An event counts unless a retraction that counts names it, in whatever order they came."""
    assert struck_by(retractions) == gone


@pytest.mark.parametrize(
    ("retractions", "since"),
    [
        ([], 5),
        ([("r1", "other", 6)], 5),
        ([("r1", "e", 6), ("r2", "r1", 8)], 8),
        ([("r1", "e", 6), ("r2", "r1", 8), ("r3", "r1", 9)], 9),
        ([("r1", "e", 6), ("r2", "r1", 8), ("r3", "r3", 9), ("r4", "r5", 10), ("r5", "r4", 11)], 8),
        ([("r1", "e", 6), ("r2", "r1", 7), ("r3", "r2", 8), ("r4", "r3", 9), ("r5", "other", 10)], 9),
        ([("r1", "e", 2), ("r2", "r1", 3)], 5),
        ([("r2", "r1", 6), ("r1", "e", 7)], 7),
    ],
)
def test_what_was_taken_back_for_a_while_counts_since_its_retraction_was(
    retractions: list[tuple[str, str, int]], since: int
) -> None:
    """An event counts since its own place, or since the last retraction that concerns it."""
    assert Struck.by(retractions).since("e", 5) == since


def test_a_chain_of_retractions_may_be_of_any_length():
    """Each takes back the one before: of ten thousand the last counts, and with it every second one."""
    chain = [("r0", "e"), *((f"r{n}", f"r{n - 1}") for n in range(1, 10_000))]
    gone = struck_by(chain)
    assert ("r9998" in gone, "r9997" in gone, "e" in gone) == (True, False, False)
    struck = Struck.by((*pair, position) for position, pair in enumerate(chain, 2))
    assert struck.since("e", 1) == 10_001


names = st.sampled_from("abcdef")


@given(st.lists(st.tuples(names, names), unique_by=lambda pair: pair[0], max_size=6))
def test_what_counts_is_named_by_nothing_that_counts(retractions: list[tuple[str, str]]) -> None:
    """Where nothing goes in a circle, a retraction strikes exactly if no other that strikes names it."""
    targets = dict(retractions)
    if any(_circles(ref, targets) for ref in targets):
        return
    gone = struck_by(retractions)
    assert gone == {target for ref, target in retractions if ref not in gone}


def _circles(ref: str, targets: dict[str, str]) -> bool:
    seen = set()
    while ref in targets and ref not in seen:
        seen.add(ref)
        ref = targets[ref]
    return ref in seen
