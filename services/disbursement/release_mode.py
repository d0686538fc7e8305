"""How orders leave: by themselves, or by name. Arranged in each partition by an event, so that it is known for ever."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Sequence
from typing import Literal

from events.catalogue import encode
from events.envelope import KELAMBU
from events.operation import Arrangement, ReleaseArranged
from events.payment import ReleaseMode
from services.adjudication.stored_states import read_releasing
from services.audit_trail.records import OperationRequested
from services.audit_trail.trail import append
from services.disbursement.proposals import decided
from services.ledger.protocol import Ledger
from services.sealing.own_key import ActsHolder, act_id, sealed


async def modes(ledger: Ledger) -> list[ReleaseMode]:
    """Return how orders leave in each partition."""
    return [(await read_releasing(ledger, partition)).mode for partition in range(ledger.partitions)]


async def partitions_by_name(ledger: Ledger, partitions: Collection[int]) -> Collection[int]:
    """Return those of these partitions of which orders leave by name."""
    return {one for one in partitions if (await read_releasing(ledger, one)).mode == "named"}


def common_mode(arranged: Sequence[ReleaseMode]) -> ReleaseMode | Literal["mixed"]:
    """Return how orders leave; ``mixed`` while some partitions have not been arranged yet."""
    return arranged[0] if len(set(arranged)) == 1 else "mixed"


async def arrange_by_setting(
    ledger: Ledger, partition: int, mode: ReleaseMode, now: dt.datetime, stopped: Callable[[], bool]
) -> bool:
    """Let orders of a partition leave by name where the setting says so; returns whether that was new.

    The setting ends nothing: that takes somebody's name.
    """
    if mode != "named" or (await read_releasing(ledger, partition)).mode == "named":
        return False
    body = encode(_arranged(Arrangement(mode), partition, now))
    last = (await ledger.deliver([(partition, body, b"")]))[-1]
    return await decided(ledger, partition, last, stopped)


async def arrange(
    installation: ActsHolder, mode: ReleaseMode, officer: str, reason: str, stopped: Callable[[], bool]
) -> bool:
    """Let orders of every partition leave so from now on, by somebody's name.

    False when stopped before it was decided.
    """
    ledger, now = installation.ledger, installation.clock()
    acts = [
        _arranged(Arrangement(mode, officer, reason), partition, now)
        for partition in range(ledger.partitions)
    ]
    arranged = await sealed(installation, acts)
    request = OperationRequested(what="release-mode", subject=mode)
    await append(installation, request, by=officer, reason=reason)
    ids = await ledger.deliver([(partition, encode(one), b"") for partition, one in enumerate(arranged)])
    return all([await decided(ledger, partition, last, stopped) for partition, last in enumerate(ids)])


def _arranged(data: Arrangement, partition: int, now: dt.datetime) -> ReleaseArranged:
    return ReleaseArranged(
        specversion="1.0",
        id=f"release-{act_id()}-p{partition:02d}",
        source=KELAMBU,
        time=now,
        admittedtime=now,
        data=data,
    )
