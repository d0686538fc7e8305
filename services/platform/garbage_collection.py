"""How often Python looks for objects that refer to each other in a circle: seldom, for events and states never do."""

from __future__ import annotations

import gc

_THRESHOLDS = (50_000, 20, 100)


def collect_seldom() -> None:
    """Leave out of every later search what exists now, and search rarely. Call it once, when all is loaded."""
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)


def collect_never() -> None:
    """Search no more: for a process that takes events by the hundred thousand, leaves no circles, and ends with its work."""
    gc.disable()
