"""Waiting until everything sent is worked off: known from positions, never guessed from time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

from msgspec import Struct

from projections.store import Store
from services.cli.failures import CommandError
from services.ledger.edge import Edge
from services.ledger.payments import Payments
from services.ledger.protocol import Ledger

_PAUSE_SECONDS = 0.1
_PATIENCE_SECONDS = 180.0


class Work(Struct, frozen=True):
    """What stands where: all zero but ``events`` when nothing is left to do."""

    outbox: int
    """Documents that no intake has taken up."""
    undecided: int
    """Partitions with events that no adjudicator has decided."""
    unpaid: int
    """Partitions in which disbursement has not looked at every event."""
    unread: int
    """Builds of read models that do not show every event."""
    events: int
    """Events in the ledger."""

    @property
    def done(self) -> bool:
        """Whether everything sent is decided, has left for the bank, and can be read."""
        return not (self.outbox or self.undecided or self.unpaid or self.unread)


Watch = Callable[[Work], None]


class Gauge:
    """Reads how much is left to do."""

    def __init__(self, ledger: Ledger, edge: Edge, payments: Payments, agencies: Sequence[str]) -> None:
        """Look at these agencies' outboxes and at every partition."""
        self._ledger, self._edge, self._payments, self._agencies = ledger, edge, payments, agencies

    async def outbox(self) -> int:
        """Return how many documents no intake has taken up."""
        return sum([(await self._edge.backlog(agency))[0] for agency in self._agencies])

    async def read(self, store: Store | None = None) -> Work:
        """Look once, along the way that an event goes, so that nothing slips past between two looks."""
        outbox = await self.outbox()
        undecided = unpaid = 0
        heads: dict[int, int] = {}
        for partition in range(self._ledger.partitions):
            head = await self._ledger.head(partition)
            undecided += bool(await self._ledger.inbox(partition, head.inbox, 1))
            progress = await self._payments.progress(partition)
            unpaid += not head.position == progress.to == progress.proposed
            heads[partition] = head.position
        unread = 0 if store is None else sum(dict(build.positions) != heads for build in store.builds())
        return Work(outbox, undecided, unpaid, unread, sum(heads.values()))

    async def admitted(self) -> None:
        """Return once every outbox is empty."""
        await self._until(lambda work: not work.outbox, self._only_outboxes)

    async def settle(self, store: Store | None = None, watch: Watch | None = None) -> None:
        """Return once nothing is left to do; ``watch`` is told what is, again and again."""
        await self._until(lambda work: work.done, lambda: self.read(store), watch)

    async def _only_outboxes(self) -> Work:
        return Work(await self.outbox(), 0, 0, 0, 0)

    async def _until(
        self, done: Callable[[Work], bool], look: Callable[[], Awaitable[Work]], watch: Watch | None = None
    ) -> None:
        """Look until it is done; give up when nothing has moved for a long time."""
        last, moved = None, time.monotonic()
        while True:
            work = await look()
            if watch:
                watch(work)
            if done(work):
                return
            if work != last:
                last, moved = work, time.monotonic()
            elif time.monotonic() - moved > _PATIENCE_SECONDS:
                raise CommandError(
                    f"nothing has moved for {_PATIENCE_SECONDS:.0f} seconds: {work.outbox} documents in outboxes, "
                    f"{work.undecided} partitions undecided, {work.unpaid} not paid out, {work.unread} read models behind.",
                    "The services' logs say why.",
                )
            await asyncio.sleep(_PAUSE_SECONDS)
