"""What each row of the disability table needs beside its part of the body: a side, which one, units, a percentage."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from events.message import Message, message
from events.parse import Object

SIDE_DECIDES = frozenset(
    {
        "arm-shoulder",
        "arm-elbow",
        "hand-wrist",
        "thumb",
        "index-finger",
        "other-finger",
        "index-first-phalanx",
        "other-first-phalanx",
    }
)
"""Parts whose percentage depends on the side; at the other parts of one side it only distinguishes them."""

WITHOUT_SIDE = frozenset(
    {
        "both-legs-hip",
        "both-feet-ankle",
        "both-eyes",
        "hearing-both",
        "both-auricles",
        "scalp",
        "impotence",
        "nose-lobe",
        "nasal-septum",
        "smell",
        "colour-vision",
        "mental-capacity",
        "work-capacity-51-70",
        "work-capacity-26-50",
        "work-capacity-10-25",
        "hearing-loss-both-10db",
    }
)

WHICH = {
    "other-finger": ("middle", "ring", "little"),
    "other-first-phalanx": ("middle", "ring", "little"),
    "other-toe": ("third", "fourth", "fifth"),
}
"""Parts of which there are several on one side."""

IN_UNITS = frozenset(
    {
        "hearing-loss-both-10db",
        "hearing-loss-one-10db",
        "vision-10-percent",
        "visual-field-10-percent",
    }
)
"""Parts that count once per unit."""

SCALP_PERCENT = (10, 30)
"""The least and the most; the assessor states the figure."""


def wrong_fields(row: Object) -> Iterator[tuple[str, Message]]:
    """Yield the field and the message about it, for each that a disability row lacks or must not have."""
    part = row.get("part")
    if not isinstance(part, str):
        return
    if part in SIDE_DECIDES and "side" not in row:
        yield "side", message("fault.no-side")
    if part in WITHOUT_SIDE and "side" in row:
        yield "side", message("fault.without-side")
    if part in WHICH and row.get("which") not in WHICH[part]:
        yield "which", message("fault.no-which", choices=", ".join(WHICH[part]))
    if part not in WHICH and "which" in row:
        yield "which", message("fault.without-which")
    if part in IN_UNITS and "units" not in row:
        yield "units", message("fault.no-units")
    if part not in IN_UNITS and "units" in row:
        yield "units", message("fault.without-units")
    if part == "scalp" and not _within(row.get("percent"), *SCALP_PERCENT):
        least, most = SCALP_PERCENT
        yield "percent", message("fault.no-percent", least=least, most=most)
    if part != "scalp" and "percent" in row:
        yield "percent", message("fault.without-percent")


def _within(value: object, least: int, most: int) -> bool:
    return isinstance(value, int | Decimal) and least <= value <= most
