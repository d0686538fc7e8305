"""Waiting until everything sent is worked off: known from positions, never guessed from time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Sequence

from msgspec import Struct

from events.message import Message, message
from events.payment import PaymentOrdered
from projections.store import Store
from services.cli.exit_codes import CommandError
from services.disbursement.proposals import LedgerSpan, is_of_interest
from services.ledger import backlog
from services.ledger.payments import Payments, Progress
from services.runtime.bootstrap import Installation

_PAUSE_SECONDS = 0.02
_PATIENCE_SECONDS = 180
_PAGE = 500


class Work(Struct, frozen=True):
    """What is still to be done: all zero but ``events`` when nothing is left to do."""

    sent: int
    """Documents that intake has not admitted."""
    undecided: int
    """Partitions with events that no adjudicator has decided."""
    unpaid: int
    """Partitions in which disbursement has still to look at an event that may decide what leaves."""
    unread: int
    """Builds of read models that do not show every event."""
    events: int
    """Events in the ledger."""

    @property
    def done(self) -> bool:
        """Whether everything sent is decided, has left for the bank, and can be read."""
        return not (self.sent or self.undecided or self.unpaid or self.unread)


Watch = Callable[[Work], None]


class Gauge:
    """Reads how much is left to do."""

    def __init__(self, installation: Installation, agencies: Sequence[str]) -> None:
        """Look at what these agencies sent and at every partition."""
        self._core, self._edge = installation.core, installation.edge
        self._ledger, self._payments = installation.ledger, Payments(installation.core)
        self._agencies = agencies
        self._day_ends = dict.fromkeys(range(installation.ledger.partitions), 0)

    async def sent(self, agencies: Collection[str] | None = None) -> int:
        """Return how many documents of these agencies, or of all, intake has not admitted."""
        chosen = self._agencies if agencies is None else agencies
        return await backlog.documents(self._core, self._edge, chosen)

    async def read(self, store: Store | None = None) -> Work:
        """Look once, along the way that an event goes, so that nothing slips past between two looks.

        What disbursement has done is read before what is decided: a release that it proposes meanwhile is still to be
        decided, or its order to be looked at.
        """
        sent = await self.sent()
        every_progress = await self._payments.every_progress(self._ledger.partitions)
        decided = await backlog.decided(self._core, self._ledger.partitions)
        unpaid = 0
        for partition, progress in enumerate(every_progress):
            unpaid += await self._unpaid(partition, progress, decided.heads[partition])
        heads = dict(enumerate(decided.heads))
        unread = 0 if store is None else sum(dict(build.positions) != heads for build in store.builds())
        return Work(sent, decided.waiting, unpaid, unread, sum(decided.heads))

    async def _unpaid(self, partition: int, progress: Progress, head: int) -> bool:
        """Tell whether disbursement has still to look at an event that may decide what leaves."""
        position = min(progress.to, progress.proposed)
        if head - position > _PAGE:
            return True
        entries = await self._ledger.read(partition, position, head - position) if head > position else ()
        return any(is_of_interest(entry.body) for entry in entries)

    async def admitted(self, agencies: Collection[str]) -> None:
        """Return once everything that these agencies sent is admitted."""

        async def look() -> Work:
            return Work(await self.sent(agencies), 0, 0, 0, 0)

        await self._until(lambda work: not work.sent, look)

    async def settle(self, store: Store | None = None, watch: Watch | None = None) -> None:
        """Return once nothing is left to do; ``watch`` is told what is, again and again."""
        await self._until(lambda work: work.done, lambda: self.read(store), watch)

    async def end_day(self) -> None:
        """Return once all that was sent is decided and whatever was ordered by it has left for the bank."""
        heads: list[int] = []

        async def look() -> Work:
            nonlocal heads
            sent = await self.sent()
            decided = await backlog.decided(self._core, self._ledger.partitions)
            heads = decided.heads
            return Work(sent, decided.waiting, 0, 0, sum(heads))

        await self._until(lambda work: work.done, look)
        ordered = False
        for partition, head in enumerate(heads):
            position = self._day_ends[partition]
            if head == position:
                continue
            since = LedgerSpan(self._ledger, partition, position)
            await since.read_to(head)
            ordered = ordered or bool(since.of(PaymentOrdered, position, head))
            self._day_ends[partition] = head
        if ordered:
            await self.settle()

    async def _until(
        self, is_done: Callable[[Work], bool], look: Callable[[], Awaitable[Work]], watch: Watch | None = None
    ) -> None:
        """Look until it is done; give up when nothing has moved for a long time."""
        last, moved = None, time.monotonic()
        while True:
            work = await look()
            if watch:
                watch(work)
            if is_done(work):
                return
            if work != last:
                last, moved = work, time.monotonic()
            elif time.monotonic() - moved > _PATIENCE_SECONDS:
                raise CommandError(_stuck(work), message("demo.see-logs"))
            await asyncio.sleep(_PAUSE_SECONDS)


def _stuck(work: Work) -> Message:
    return message(
        "demo.stuck",
        seconds=_PATIENCE_SECONDS,
        sent=work.sent,
        undecided=work.undecided,
        unpaid=work.unpaid,
        unread=work.unread,
    )
