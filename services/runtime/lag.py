"""How far everything is: each partition, what each agency sent and is not admitted, each build of a read model."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence
from contextlib import closing

import msgspec
from msgspec import Struct

from projections.checkpoint import Checkpoint, DivergedError, confirm
from projections.read_model_builds import Build
from projections.store import Store
from services.ledger import backlog
from services.ledger.edge import Edge
from services.ledger.outcome_checkpoints import OutcomeCheckpoints
from services.ledger.quarantine_store import QuarantineStore
from services.ledger.reservations import Reservations
from services.ledger.trail import TrailStore
from services.notary.kept_checkpoints import KeptCheckpoints
from services.notary.leaves import TRAIL, ledger_stream
from services.notary.log import CHECKPOINT, WITNESSED, Log
from services.platform.clock import wall_clock
from services.runtime.bootstrap import Installation


class PartitionLag(Struct, frozen=True):
    """A partition: where its ledger ends, arrivals not yet decided, outcomes not yet sent, who is parked."""

    partition: int
    position: int
    arrivals: int
    untold: int
    parked_persons: int
    parked_events: int


class AgencyBacklog(Struct, frozen=True):
    """What an agency sent and is not admitted.

    In its outbox, with the age of the oldest, over HTTP, and ever refused.
    """

    agency: str
    outbox: int
    oldest_seconds: int
    taken: int
    refused: int


class LogLag(Struct, frozen=True):
    """The log: entries under its last checkpoint, those recorded and not yet under one, and the age of the oldest."""

    size: int
    unsealed: int
    unsealed_seconds: float


class WitnessLag(Struct, frozen=True):
    """The log among its witnesses.

    Entries that a quorum has confirmed, and for how long there is more that it has not.
    """

    size: int
    unwitnessed_seconds: float


class _Recorded(Struct):
    recordedtime: str


_recorded = msgspec.json.Decoder(_Recorded).decode


class BuildProgress(Struct, frozen=True):
    """How far one build of a read model is, in events over all partitions.

    ``behind``: events of the ledger that it has not seen. ``ahead``: events that it has seen and the ledger does not
    have. ``other_history``: at a position that it has seen the ledger has another event.
    """

    projection: str
    version: int
    build: int
    live: bool
    events: int
    behind: int
    ahead: int
    other_history: bool

    @property
    def fault(self) -> str:
        """What is amiss: ``ahead``, ``other-history`` or nothing."""
        return "ahead" if self.ahead else "other-history" if self.other_history else ""


async def partitions(installation: Installation) -> list[PartitionLag]:
    """Return how far each partition is."""
    count = installation.ledger.partitions
    arrivals = await backlog.arrivals(installation.core, count)
    published = await OutcomeCheckpoints(installation.core).positions(count)
    heads = await installation.heads()  # after the outcomes, which are never ahead of it
    lags = []
    for partition, head in enumerate(heads):
        parked = await installation.ledger.parked(partition)
        lags.append(
            PartitionLag(
                partition=partition,
                position=head,
                arrivals=arrivals[partition],
                untold=head - published[partition],
                parked_persons=len(parked),
                parked_events=sum(parked.values()),
            )
        )
    return lags


async def agencies(installation: Installation) -> list[AgencyBacklog]:
    """Return of each agency what it sent and is not admitted."""
    edge, quarantine = Edge(installation.edge), QuarantineStore(installation.core)
    reservations, backlogs = Reservations(installation.core), []
    for agency in await installation.registry.agencies():
        count, since = await edge.backlog(agency.name)
        age = (wall_clock() - since).total_seconds() if since else 0.0
        backlogs.append(
            AgencyBacklog(
                agency=agency.name,
                outbox=count,
                oldest_seconds=max(0, int(age)),
                taken=await reservations.backlog(agency.name),
                refused=await quarantine.count(agency.name),
            )
        )
    return backlogs


async def sealed(installation: Installation) -> LogLag:
    """Return how far the log is, held against ledger and audit trail."""
    checkpoint = await asyncio.to_thread(Log(installation.settings.log).checkpoint)
    heads = checkpoint.heads if checkpoint else {}
    unsealed, since = 0, list[str]()
    for partition, position in enumerate(await installation.heads()):
        seen = heads.get(ledger_stream(partition), Checkpoint()).position
        if position > seen:
            unsealed += position - seen
            (first,) = await installation.ledger.entries(partition, [seen + 1])
            since.append(_recorded(first.body).recordedtime)
    trail = await TrailStore(installation.core).head()
    if trail.position > (seen := heads.get(TRAIL, Checkpoint()).position):
        unsealed += trail.position - seen
        since.append(trail.time)
    now = installation.clock()
    ages = [(now - dt.datetime.fromisoformat(moment)).total_seconds() for moment in since]
    return LogLag(checkpoint.size if checkpoint else 0, unsealed, max(0.0, *ages) if ages else 0.0)


def witnessed(installation: Installation) -> WitnessLag | None:
    """Return how far a quorum of witnesses has confirmed the log; None where nobody is named as one."""
    settings = installation.settings
    if not settings.witnesses:
        return None
    log = Log(settings.log)
    checkpoint, confirmed = log.checkpoint(), log.checkpoint(WITNESSED)
    size = confirmed.size if confirmed else 0
    if checkpoint is None or checkpoint.size <= size:
        return WitnessLag(size, 0.0)
    file = KeptCheckpoints(settings.log).first_beyond(size) or settings.log / CHECKPOINT
    return WitnessLag(size, max(0.0, wall_clock().timestamp() - file.stat().st_mtime))


async def builds(installation: Installation) -> list[BuildProgress]:
    """Return how far each build of a read model is behind the ledger, or ahead of it."""
    every = await asyncio.to_thread(every_build, installation)
    heads = await installation.heads()
    return [await _progress(installation, build, heads) for build in every]


def every_build(installation: Installation) -> list[Build]:
    """Return the builds of the read models."""
    with closing(Store(installation.settings.database_url)) as store:
        return store.builds()


async def _progress(installation: Installation, build: Build, heads: Sequence[int]) -> BuildProgress:
    lags = [heads[p] - at if p < len(heads) else -at for p, at in build.positions.items()]
    try:
        await confirm(installation.ledger, {p: seen for p, seen in build.seen.items() if p < len(heads)})
    except DivergedError as error:
        other = not error.ahead
    else:
        other = False
    return BuildProgress(
        build.projection,
        build.version,
        build.number,
        build.live,
        sum(build.positions.values()),
        sum(lag for lag in lags if lag > 0),
        -sum(lag for lag in lags if lag < 0),
        other,
    )
