"""The rows of the disability table behind a disability line, each with its percentage."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from msgspec import Struct

from events.findings import Disability
from events.message import Text
from services.benefits.award import Award
from services.benefits.claim import Claim
from services.benefits.families.disability import DisabilityTable, PercentLost
from services.benefits.history import History
from services.benefits.law import Law
from services.benefits.scheme import Scheme
from services.explanation.quotations import Quotations


class Row(Struct, frozen=True):
    """A part of the body, and what of the table of a benefit counts for it by side and loss; ``percent`` as written.

    ``times`` is what it was multiplied from, as in ``15% × 40%``, where that is another. ``swapped`` where the table's
    right and left change places, for a left-handed person. ``absorbed`` where it is not counted, because what else is
    stated of its limb comes to at least as much.
    """

    part: str
    side: str
    which: str
    benefit: str
    percent: str
    says: Text | None
    swapped: bool
    times: str = ""
    absorbed: bool = False


def rows_of(
    history: History, claim: Claim, award: Award, law: Law, scheme: Scheme, quotations: Quotations
) -> tuple[Row, ...]:
    """Return the rows that a disability line adds up, before absorption and cap; none without such a line."""
    period = history.period_on(award.event_date)
    due = (scheme.benefits[line.benefit] for line in award.lines)
    table = next((benefit for benefit in due if isinstance(benefit, DisabilityTable)), None)
    if period is None or table is None:
        return ()
    stated = (item for item, _ in claim.stated(Disability))
    losses = table.losses(stated, law, period.dominant_hand)
    stand = table.counting_rows({row: loss.percent for row, loss in losses.items()})
    write = law.currency.plain
    return tuple(
        Row(
            part,
            side,
            which,
            table.code,
            write(loss.percent),
            quotations.of_part(part, side, period.dominant_hand),
            period.dominant_hand == "left" and f"{part}.left" in table.rows,
            _times(loss, write),
            (part, side, which) not in stand,
        )
        for (part, side, which), loss in losses.items()
    )


def _times(loss: PercentLost, write: Callable[[Decimal], str]) -> str:
    by = [f"{write(loss.degree * 100)}%"] if loss.degree != 1 else []
    by += [str(loss.units)] if loss.units != 1 else []
    return " × ".join((f"{write(loss.whole)}%", *by)) if by else ""
