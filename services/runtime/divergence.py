"""Whether the ledger is still the one that was followed: what each follower has seen, compared with it.

An older copy of a server's files, a replica that was promoted without its tail and a restored backup all look sound by
themselves. Only those who followed the ledger can notice it, so no worker begins before they have answered.
"""

from __future__ import annotations

import asyncio
from contextlib import closing

import structlog
from sqlalchemy.exc import SQLAlchemyError

from events.message import Message, message
from projections.checkpoint import Checkpoint, Checkpoints, DivergedError, confirm
from projections.store import DamagedError, Store
from services.ledger.outcome_checkpoints import OutcomeCheckpoints
from services.ledger.payments import Payments
from services.ledger.trail import TrailStore
from services.notary.leaves import TRAIL
from services.notary.log import Log
from services.notary.streams import follow_trail, heads_of_ledger
from services.runtime import halts
from services.runtime.backoff import pause
from services.runtime.bootstrap import Installation
from services.runtime.machine_faults import MACHINE_FAULTS
from services.texts.errors import TextError, in_english

_ROUND_SECONDS = 1.0
_QUIET_ROUNDS = 4
"""How many rounds after one that has found nothing new in the ledger pass without another look, unless the server is
lost."""

log = structlog.get_logger()


async def confirm_followed(installation: Installation) -> None:
    """Raise ``DivergedError`` unless the ledger holds everything that its followers have seen.

    Read models that do not answer are no reason to stop: whoever reads or writes them says so.
    """
    partitions = range(installation.ledger.partitions)
    progress = await Payments(installation.core).every_progress(installation.ledger.partitions)
    await _confirm(installation, "disbursement", dict(enumerate(one.seen for one in progress)))
    await _confirm(
        installation,
        "outcomes",
        await OutcomeCheckpoints(installation.core).seen(installation.ledger.partitions),
    )
    await _confirm_sealed(installation)
    for name, seen in (await asyncio.to_thread(_read_models, installation)).items():
        followed = {partition: at for partition, at in seen.items() if partition in partitions}
        await _confirm(installation, message("checkpoint.read-model", name=name), followed)


async def until_confirmed(installation: Installation, name: str, stop: asyncio.Event) -> None:
    """Return once the ledger holds what was seen, or at ``stop``; until then ``name`` has halted."""
    while not stop.is_set():
        try:
            await confirm_followed(installation)
        except DivergedError as error:
            halts.halt(installation.settings.data, name, halts.diverged(error))
            await pause(stop, halts.PAUSE_SECONDS)
        else:
            break
    halts.resume(installation.settings.data, name)


async def attend(installation: Installation, stop: asyncio.Event, over: asyncio.Event) -> None:
    """Set ``over`` at ``stop``, or as soon as the ledger lacks what this process has seen of it.

    What was seen is renewed from time to time, and every new connection is held against it.
    """
    watching = asyncio.ensure_future(_until_diverged(installation, over))
    stopping = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({watching, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        watching.cancel()
        stopping.cancel()
        over.set()


async def _until_diverged(installation: Installation, over: asyncio.Event) -> None:
    """After new connections ask the followers too: the server may lack the little that this process has not seen.

    It ends with ``over`` too, since a cancellation can be lost: ``asyncio.wait_for``, by which redis-py sends, loses
    one before Python 3.12 that comes just when a command has been sent.
    """
    connections_checked, resting = installation.watches[0].connections, 0
    while not over.is_set():
        connections = installation.watches[0].connections
        try:
            if connections != connections_checked:
                await confirm_followed(installation)
                connections_checked, resting = connections, 0
            if resting:
                resting -= 1
            elif not await _remember(installation):
                resting = _QUIET_ROUNDS
        except DivergedError as error:
            log.critical("ledger.diverged", reason=in_english(error))
            return
        except MACHINE_FAULTS:
            log.info("ledger.awaited")
        await pause(over, _ROUND_SECONDS)


async def _remember(installation: Installation) -> bool:
    """Remember the last event of each partition; returns whether any is new."""
    watch, ledger = installation.watches[0], installation.ledger
    last = {partition: Checkpoint.of(entry) for partition, entry in (await ledger.last_entries()).items()}
    if last == watch.seen:
        return False
    await confirm(ledger, watch.seen)
    watch.seen = last
    return True


async def _confirm(installation: Installation, who: str | Message, seen: Checkpoints) -> None:
    try:
        await confirm(installation.ledger, seen)
    except DivergedError as error:
        raise DivergedError(error.partition, error.checkpoint, ahead=error.ahead, who=who) from None


async def _confirm_sealed(installation: Installation) -> None:
    """Hold ledger and audit trail against the last checkpoint of the log, where it can be read.

    The notary says why it cannot.
    """
    try:
        checkpoint = await asyncio.to_thread(Log(installation.settings.log).checkpoint)
    except (OSError, TextError):
        log.warning("log.not-compared")
        return
    if checkpoint is not None:
        partitions = range(installation.ledger.partitions)
        sealed = heads_of_ledger(checkpoint.heads)
        await _confirm(installation, "notary", {p: seen for p, seen in sealed.items() if p in partitions})
        await follow_trail(TrailStore(installation.core), checkpoint.heads.get(TRAIL, Checkpoint()))


def _read_models(installation: Installation) -> dict[str, Checkpoints]:
    try:
        with closing(Store(installation.settings.database_url)) as store:
            return {build.projection: build.seen for build in store.builds() if build.live}
    except (DamagedError, SQLAlchemyError):
        log.warning("read-models.not-compared")
        return {}
