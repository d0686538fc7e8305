"""The rows of the disability table behind a disability line, each with its percentage."""

from __future__ import annotations

from msgspec import Struct

from events.disability import SIDE_DECIDES
from events.findings import Disability
from services.benefits.award import Award, plain
from services.benefits.disability import percentages
from services.benefits.history import Claim, History
from services.benefits.lawfiles import Text
from services.benefits.rulebook import Law
from services.explanation.quotations import Quotations


class Row(Struct, frozen=True):
    """A part of the body, and what of the table counts for it by side and loss; ``percent`` as it is written.

    ``swapped`` where the table's right and left change places, for a left-handed person.
    """

    part: str
    side: str
    which: str
    percent: str
    says: Text | None
    swapped: bool


def rows_of(
    history: History, claim: Claim, award: Award, law: Law, quotations: Quotations
) -> tuple[Row, ...]:
    """Return the rows that a disability line adds up, before absorption and cap; none without such a line."""
    period = history.period_on(award.event_date)
    if period is None or all(line.benefit != "jkk.disability" for line in award.lines):
        return ()
    stated = (item for item, _ in claim.items.values() if isinstance(item, Disability))
    counted = percentages(stated, law, period.dominant_hand)
    return tuple(
        Row(
            part,
            side,
            which,
            plain(percent),
            quotations.of_part(part, side, period.dominant_hand),
            period.dominant_hand == "left" and part in SIDE_DECIDES,
        )
        for (part, side, which), percent in counted.items()
    )
