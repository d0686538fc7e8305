"""The story of a claim as a drawing.

Acts, decisions, money and deadlines on a line of days, each mark a link to its event.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Literal, TypeAlias

from msgspec import Struct

from events.values import civil_date
from projections.timeline import Moment

Lane: TypeAlias = Literal["acts", "decisions", "money", "deadlines"]
LANES: tuple[Lane, ...] = ("acts", "decisions", "money", "deadlines")

_LEFT, _RIGHT, _TOP, _LANE, _BOTTOM = 120, 48, 18, 34, 26
WIDTH = 920
HEIGHT = _TOP + _LANE * len(LANES) + _BOTTOM
_RADIUS = 6
_TICKS = 6
_MONEY = frozenset(
    (
        "claim.payment-ordered",
        "claim.payment-released",
        "claim.payment-cancelled",
        "claim.paid",
        "claim.payment-returned",
        "claim.payment-mismatched",
        "claim.overpaid",
    )
)
_DECISIONS = frozenset(
    ("claim.opened", "claim.assessed", "claim.referred", "claim.denied", "claim.reviewed", "claim.closed")
)

_AMISS = frozenset(
    (
        "claim.referred",
        "claim.denied",
        "claim.objected",
        "claim.payment-cancelled",
        "claim.payment-mismatched",
        "claim.payment-returned",
        "claim.overpaid",
        "event.retracted",
    )
)
"""Types of events that somebody has to look at."""


class Happening(Struct, frozen=True):
    """Something on a day: in which lane, what is said of it, where it leads. ``amiss`` is drawn as a diamond."""

    lane: Lane
    day: dt.date
    says: str
    link: str
    amiss: bool = False


class Mark(Struct, frozen=True):
    """A happening with its place in the drawing."""

    x: float
    y: float
    happening: Happening

    @property
    def diamond(self) -> str:
        """The corners of a diamond around the place."""
        x, y, r = self.x, self.y, _RADIUS + 1
        return f"{x:.1f},{y - r:.1f} {x + r:.1f},{y:.1f} {x:.1f},{y + r:.1f} {x - r:.1f},{y:.1f}"


class Storyline(Struct, frozen=True):
    """A drawing: the height of each lane, the days that are named below it, and its marks."""

    lanes: tuple[tuple[Lane, float], ...]
    ticks: tuple[tuple[float, dt.date], ...]
    marks: tuple[Mark, ...]


def lane_of(kind: str) -> Lane:
    """Return the lane of an event by its type."""
    return "money" if kind in _MONEY else "decisions" if kind in _DECISIONS else "acts"


def is_amiss(one: Moment) -> bool:
    """Whether somebody has to look at a step; that nothing is overpaid any more is the end of it."""
    ended = one.step.type == "claim.overpaid" and not one.step.says.amount
    return one.retracted or (one.step.type in _AMISS and not ended)


def storyline(happenings: Sequence[Happening]) -> Storyline | None:
    """Place happenings by their days; what is of one lane and day stands side by side. None where there are none."""
    if not happenings:
        return None
    days = [one.day for one in happenings]
    first, span = min(days), max((max(days) - min(days)).days, 1)
    wide = WIDTH - _LEFT - _RIGHT

    def across(day: dt.date) -> float:
        return _LEFT + wide * (day - first).days / span

    heights = {lane: _TOP + _LANE * (n + 0.5) for n, lane in enumerate(LANES)}
    marks: list[Mark] = []
    last: dict[Lane, float] = {}
    for one in sorted(happenings, key=lambda one: one.day):
        x = max(across(one.day), last.get(one.lane, 0) + 2 * _RADIUS + 1)
        last[one.lane] = x
        marks.append(Mark(x, heights[one.lane], one))
    beyond = max([mark.x for mark in marks]) - (WIDTH - _RIGHT)
    if beyond > 0:
        marks = [Mark(mark.x - beyond * (mark.x - _LEFT) / wide, mark.y, mark.happening) for mark in marks]
    steps = min(_TICKS, span)
    labelled = sorted({first + dt.timedelta(days=round(span * n / steps)) for n in range(steps + 1)})
    return Storyline(tuple(heights.items()), tuple((across(day), day) for day in labelled), tuple(marks))


def day_of(instant: str) -> dt.date:
    """Return the civil day of an instant."""
    return civil_date(dt.datetime.fromisoformat(instant))
