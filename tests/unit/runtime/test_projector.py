"""How long a projector lets events gather."""

from __future__ import annotations

import itertools

from services.runtime.projector import gathering


def test_the_more_events_came_the_longer_the_next_may_gather_but_no_backlog_waits() -> None:
    """One event is followed by a look within two milliseconds, hundreds within a twentieth of a second."""
    few = [gathering(count) for count in range(1, 1000)]
    assert 0 < few[0] <= 0.002
    assert all(one <= other for one, other in itertools.pairwise(few))
    assert few[-1] <= 0.05
    assert gathering(16_000) == 0
