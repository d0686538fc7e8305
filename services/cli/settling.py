"""Waiting until everything sent is worked off: known from positions, never guessed from time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

from msgspec import Struct

from projections.store import Store
from services.bootstrap import House
from services.cli.failures import CommandError
from services.ledger.edge import Edge
from services.ledger.payments import Payments
from services.ledger.reservations import Reservations

_PAUSE_SECONDS = 0.1
_PATIENCE_SECONDS = 180.0


class Work(Struct, frozen=True):
    """What stands where: all zero but ``events`` when nothing is left to do."""

    sent: int
    """Documents that intake has not admitted."""
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
        return not (self.sent or self.undecided or self.unpaid or self.unread)


Watch = Callable[[Work], None]


class Gauge:
    """Reads how much is left to do."""

    def __init__(self, house: House, agencies: Sequence[str]) -> None:
        """Look at what these agencies sent and at every partition."""
        self._ledger, self._edge, self._payments = house.ledger, Edge(house.edge), Payments(house.core)
        self._reservations, self._agencies = Reservations(house.core), agencies

    async def sent(self) -> int:
        """Return how many documents intake has not admitted."""
        over_http = [await self._reservations.backlog(agency) for agency in self._agencies]
        return sum(over_http) + sum([(await self._edge.backlog(agency))[0] for agency in self._agencies])

    async def read(self, store: Store | None = None) -> Work:
        """Look once, along the way that an event goes, so that nothing slips past between two looks."""
        sent = await self.sent()
        undecided = unpaid = 0
        heads: dict[int, int] = {}
        for partition in range(self._ledger.partitions):
            head = await self._ledger.head(partition)
            undecided += bool(await self._ledger.inbox(partition, head.inbox, 1))
            progress = await self._payments.progress(partition)
            unpaid += not head.position == progress.to == progress.proposed
            heads[partition] = head.position
        unread = 0 if store is None else sum(dict(build.positions) != heads for build in store.builds())
        return Work(sent, undecided, unpaid, unread, sum(heads.values()))

    async def admitted(self) -> None:
        """Return once everything sent is admitted."""
        await self._until(lambda work: not work.sent, self._only_what_was_sent)

    async def settle(self, store: Store | None = None, watch: Watch | None = None) -> None:
        """Return once nothing is left to do; ``watch`` is told what is, again and again."""
        await self._until(lambda work: work.done, lambda: self.read(store), watch)

    async def _only_what_was_sent(self) -> Work:
        return Work(await self.sent(), 0, 0, 0, 0)

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
                    f"nothing has moved for {_PATIENCE_SECONDS:.0f} seconds: {work.sent} documents not admitted, "
                    f"{work.undecided} partitions undecided, {work.unpaid} not paid out, {work.unread} read models behind.",
                    "The services' logs say why.",
                )
            await asyncio.sleep(_PAUSE_SECONDS)
