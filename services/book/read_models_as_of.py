"""The read models as they were: the same projections, filled up to a cut, of what had happened by a day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

from msgspec import Struct

from events.retraction import EventRetracted
from projections.catalogue import PROJECTIONS
from projections.checkpoint import LedgerReader
from projections.compare import Until
from projections.decoding import RecordedEvent, happened
from projections.projection import Projection
from projections.runner import Runner
from projections.store import Store, View
from services.book.cut import Cut


class Book(Struct, frozen=True):
    """The read models at a cut; ``true_on`` leaves in only what had happened by the end of that day."""

    view: View
    cut: Cut
    true_on: dt.date | None = None


def counts_on(day: dt.date | None) -> Callable[[RecordedEvent], bool] | None:
    """Return which events count on a day: those whose own date is not later, and every retraction that is known.

    What a retraction takes back never was, on whatever day. None where no day is asked about: then all do.
    """
    if day is None:
        return None
    last = day.isoformat()

    def counts(event: RecordedEvent) -> bool:
        return isinstance(event, EventRetracted) or happened(event) <= last

    return counts


async def fill(
    store: Store,
    ledger: LedgerReader,
    cut: Cut,
    true_on: dt.date | None = None,
    *,
    advanced: Callable[[int], object] = lambda _: None,
    projections: Sequence[Projection] = PROJECTIONS,
) -> None:
    """Fill the read models of ``store`` up to ``cut``; one that is filled to an earlier cut goes on from there.

    ``advanced`` is told how many events were taken since it was told last.
    """
    until = Until(ledger, cut.by_partition)
    runner = Runner(store, until, projections, counts=counts_on(true_on))
    while done := await runner.step():
        advanced(done)
