"""How an installation stands, for its operator.

Partitions, agencies, read models, what waits, who works on what, what has halted.
"""

from __future__ import annotations

import asyncio
import datetime as dt

from msgspec import Struct

from services.audit_trail.trail import read
from services.erasure.backups import backups_in, look_into
from services.ledger import backlog
from services.ledger.lease import holders_of
from services.ledger.registry import INTAKE, SHARDS
from services.runtime import halts, lag
from services.runtime.bootstrap import Installation
from services.runtime.lag import (
    AgencyBacklog,
    BuildProgress,
    LogLag,
    PartitionLag,
    WitnessLag,
)

_BY_PARTITION = ("adjudication", "disbursement")
"""Services of which each worker takes its share of the partitions."""


class LeaseCount(Struct, frozen=True):
    """Pieces of work of one service: how many there are, how many somebody has, and who."""

    service: str
    pieces: int
    held: int
    holders: tuple[str, ...]


OLD_DAYS = 2
"""Of a backup that is older it is said."""


class LastBackup(Struct, frozen=True):
    """The last backup that was noted and did not break off: where, when it began, and how many whole days ago.

    ``state`` as in ``erasure.backups``: ``away`` is one that cannot be seen from here.
    """

    place: str
    made: dt.datetime
    days: int
    state: str

    @property
    def old(self) -> bool:
        """Whether it is so old that another is due."""
        return self.days >= OLD_DAYS


class InstallationStatus(Struct, frozen=True):
    """How an installation stands now.

    ``waiting``: how many events of each agency wait for a filing or for what they retract. ``backup`` is the last one,
    None where none was ever made.
    """

    partitions: tuple[PartitionLag, ...]
    agencies: tuple[AgencyBacklog, ...]
    read_models: tuple[BuildProgress, ...]
    waiting: dict[str, int]
    leases: tuple[LeaseCount, ...]
    log: LogLag
    witnessed: WitnessLag | None
    backup: LastBackup | None
    halted: dict[str, str]
    """Service, or SERVICE-pNN, to why it does not work and what to do, in English."""

    @property
    def amiss(self) -> bool:
        """Whether something has halted, somebody is parked, or a read model does not fit the ledger."""
        parked = any(one.parked_persons for one in self.partitions)
        return bool(self.halted) or parked or any(one.fault for one in self.read_models)


async def status_of(installation: Installation) -> InstallationStatus:
    """Return how an installation stands; nothing personal is in it."""
    return InstallationStatus(
        partitions=tuple(await lag.partitions(installation)),
        agencies=tuple(await lag.agencies(installation)),
        read_models=tuple(await lag.builds(installation)),
        waiting=dict(await backlog.waiting_by_agency(installation.core)),
        leases=tuple(await _leases(installation)),
        log=await lag.sealed(installation),
        witnessed=await asyncio.to_thread(lag.witnessed, installation),
        backup=await _last_backup(installation),
        halted=await asyncio.to_thread(halts.halted, installation.settings.data),
    )


async def _last_backup(installation: Installation) -> LastBackup | None:
    noted = sorted(backups_in(await read(installation)), key=lambda one: one.made, reverse=True)
    for one in noted:
        copy = await asyncio.to_thread(look_into, one, ())
        if copy.state not in ("broken-off", "damaged"):
            age = installation.clock() - copy.made
            return LastBackup(copy.place, copy.made, max(0, age.days), copy.state)
    return None


async def _leases(installation: Installation) -> list[LeaseCount]:
    pieces = dict.fromkeys(_BY_PARTITION, installation.ledger.partitions) | {
        INTAKE: SHARDS,
        "outcomes": 1,
        "notary": 1,
    }
    leases = []
    for service, count in pieces.items():
        names = [f"{service}-p{number:02d}" for number in range(count)]
        holders = [holder for holder in await holders_of(installation.core, names) if holder is not None]
        leases.append(LeaseCount(service, count, len(holders), tuple(sorted(set(holders)))))
    return leases
