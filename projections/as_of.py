"""Which moment of a history is looked at, on both axes: what had been recorded, and what had happened."""

from __future__ import annotations

import datetime as dt

from msgspec import Struct


class AsOf(Struct, frozen=True):
    """How far a look goes; on an axis where nothing is said it goes to the end.

    ``known_on``: what had been recorded up to a position of the claim's partition, or by an instant. ``true_on``: what
    had happened by the end of that day by its own date. A retraction that is known counts on every day that is asked
    about.
    """

    known_on: int | dt.datetime | None = None
    true_on: dt.date | None = None


NOW = AsOf()
"""Everything that is recorded, whenever it happened."""
