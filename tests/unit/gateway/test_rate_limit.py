"""Rates: what an agency may send, to the second."""

from __future__ import annotations

import pytest

from services.gateway.problems import Problem
from services.gateway.rate_limit import MOST_BYTES_IN_HAND, MOST_IN_HAND, Rates


class Clock:
    """A clock that is set by hand."""

    now = 0.0

    def __call__(self) -> float:
        """Return the time that it was set to."""
        return self.now


def refused(rates: Rates, tokens: int, agency: str = "dinsos") -> int:
    """Seconds that an agency is told to wait."""
    with pytest.raises(Problem) as problem:
        rates.take(agency, tokens)
    (name, seconds), *_ = problem.value.headers
    assert (problem.value.kind, name) == ("too-many-requests", b"retry-after")
    return int(seconds)


def test_a_bucket_gives_its_burst_and_then_its_rate():
    """What is refused takes nothing, and after the seconds that are said it is granted."""
    clock = Clock()
    rates = Rates(10, 2000, 1, clock)
    rates.take("dinsos", 2000)
    assert refused(rates, 25) == 3
    clock.now = 2.4
    assert refused(rates, 25) == 1
    clock.now = 3.4
    rates.take("dinsos", 25)
    assert rates.left("dinsos") == b'"agency";r=9;t=200'
    rates.take("rsud", 2000)


def test_a_quiet_agency_saves_no_more_than_its_burst():
    """However long it was quiet."""
    clock = Clock()
    rates = Rates(10, 2000, 1, clock)
    rates.take("dinsos", 1)
    clock.now = 1e9
    assert refused(rates, 2001) == 1
    rates.take("dinsos", 2000)


def test_processes_share_rate_and_burst_but_a_whole_batch_always_passes():
    """All of them together grant no more than the rate."""
    rates = Rates(100, 8000, 4, Clock())
    assert (rates.rate, rates.burst) == (25, 2000)
    assert Rates(100, 1000, 4, Clock()).burst == 1000


def test_requests_in_hand_are_counted_and_given_back():
    """Also when one fails."""
    rates = Rates(1, 1000, 1, Clock())
    held = [rates.in_hand("dinsos", 1) for _ in range(MOST_IN_HAND)]
    for one in held:
        one.__enter__()
    with pytest.raises(Problem), rates.in_hand("dinsos", 1):
        pass
    held[0].__exit__(None, None, None)
    with pytest.raises(KeyError), rates.in_hand("dinsos", 1):
        raise KeyError
    with rates.in_hand("dinsos", 1):
        pass


def test_bodies_in_hand_are_weighed():
    """A large one waits while others are in hand; a small one, or another agency's, does not."""
    rates = Rates(1, 1000, 1, Clock())
    with rates.in_hand("dinsos", MOST_BYTES_IN_HAND - 10):
        with pytest.raises(Problem), rates.in_hand("dinsos", 11):
            pass
        with rates.in_hand("dinsos", 10), rates.in_hand("rsud", 11):
            pass
