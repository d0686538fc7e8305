"""What is struck by retractions."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.retractions import struck
from services.benefits.facts import Retracted
from services.benefits.history import struck_by


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
    assert struck(retractions) == gone


names = st.sampled_from("abcdef")


@given(st.lists(st.tuples(names, names), unique_by=lambda pair: pair[0], max_size=6))
def test_read_models_strike_what_the_decider_strikes(retractions: list[tuple[str, str]]) -> None:
    """Also where retractions name each other or themselves, both answer alike."""
    facts = [Retracted(ref, dt.date(2025, 1, 1), n, target) for n, (ref, target) in enumerate(retractions)]
    assert struck(retractions) == struck_by(facts)
