"""How long a projector lets events gather."""

from __future__ import annotations

import itertools

from services.runtime.projector import gathering


def test_the_more_events_came_the_longer_the_next_may_gather() -> None:
    """One event is followed by a look within two milliseconds, hundreds within a twentieth of a second."""
    pauses = [gathering(count) for count in range(1, 1000)]
    assert 0 < pauses[0] <= 0.002
    assert all(one <= other for one, other in itertools.pairwise(pauses))
    assert pauses[-1] <= 0.05
