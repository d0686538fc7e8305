"""The outcomes that agencies can read, compared with what the ledger concluded: all of them, and no others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial

from msgspec import Struct, field
from msgspec.structs import replace
from redis.asyncio import Redis

from events.catalogue import Event
from events.claim import ClaimFiled
from events.envelope import agency_of
from events.message import message
from services.ledger.edge import KEPT, ClaimOutcome, Edge
from services.ledger.outcome_checkpoints import OutcomeCheckpoints
from services.ledger.registry import Registry
from services.outcomes.notification import outcome_of
from services.verification.admission import pages
from services.verification.discrepancies import AuditFinding


class Conclusions(Struct):
    """What one partition concluded, by position, and who filed its claims."""

    outcomes: dict[int, ClaimOutcome] = field(default_factory=dict)
    filers: dict[str, str] = field(default_factory=dict)

    def take(self, event: Event) -> None:
        """Enter one event, in the order of positions."""
        if isinstance(event, ClaimFiled):
            self.filers.setdefault(event.data.claim, agency_of(event.source))
        if (outcome := outcome_of(event)) is not None:
            self.outcomes[outcome.position] = outcome


class PublishedOutcomes(Struct, frozen=True):
    """What the agencies' streams hold, and up to which position of each partition all outcomes were published."""

    outcomes: dict[str, list[ClaimOutcome]]
    to: dict[int, int]


async def read_published(core: Redis, edge: Redis, partitions: int) -> PublishedOutcomes:
    """Read the published outcomes; to be called before the partitions are read."""
    to, streams = await OutcomeCheckpoints(core).positions(partitions), Edge(edge)
    outcomes: dict[str, list[ClaimOutcome]] = {}
    for agency in [one.name for one in await Registry(core).agencies()]:
        outcomes[agency] = [one async for _, one in pages(partial(streams.outcomes, agency))]
    return PublishedOutcomes(outcomes, to)


def compare(published: PublishedOutcomes, concluded: Mapping[int, Conclusions]) -> Iterable[AuditFinding]:
    """Yield what was published and not concluded so, and what was concluded and not published.

    Old entries may be gone.
    """
    published_places: dict[str, set[tuple[int, int]]] = {}
    for agency, outcomes in published.outcomes.items():
        published_places[agency] = {(one.partition, one.position) for one in outcomes}
        for one in outcomes:
            book = concluded.get(one.partition, Conclusions())
            ours = book.outcomes.get(one.position)
            if ours != replace(one, log=None) or book.filers.get(one.claim) != agency:
                what = message("audit.outcome-otherwise", agency=agency, claim=one.claim)
                yield AuditFinding("outcome", what, one.partition, one.position)
    for partition, book in concluded.items():
        for position, outcome in book.outcomes.items():
            agency = book.filers.get(outcome.claim, "")
            if position > published.to.get(partition, 0) or len(published.outcomes.get(agency, ())) >= KEPT:
                continue
            if agency in published_places and (partition, position) not in published_places[agency]:
                what = message("audit.outcome-untold", agency=agency, claim=outcome.claim)
                yield AuditFinding("outcome", what, partition, position)
