"""Whether the ledger is still the one that was followed: what each follower has seen, compared with it.

An older copy of a server's files, a replica that was promoted without its tail and a restored backup all look sound by
themselves. Only those who followed the ledger can tell, so nobody takes work before they were asked.
"""

from __future__ import annotations

import asyncio

import structlog
from sqlalchemy.exc import SQLAlchemyError

from projections.checkpoint import Checkpoints, DivergedError, confirm
from projections.store import DamagedError, Store
from services import halts
from services.bootstrap import House
from services.faults import pause
from services.ledger.payments import Payments
from services.ledger.told import Told

log = structlog.get_logger()


async def confirm_followed(house: House) -> None:
    """Raise ``DivergedError`` unless the ledger holds everything that its followers have seen.

    Read models that do not answer are no reason to stop: whoever reads or writes them says so.
    """
    partitions = range(house.ledger.partitions)
    payments = Payments(house.core)
    await _confirm(house, "disbursement", {p: (await payments.progress(p)).seen for p in partitions})
    await _confirm(house, "outcomes", await Told(house.core).seen(house.ledger.partitions))
    for name, seen in (await asyncio.to_thread(_read_models, house)).items():
        known = {partition: at for partition, at in seen.items() if partition in partitions}
        await _confirm(house, f"the read model {name}", known)


async def until_confirmed(house: House, name: str, stop: asyncio.Event) -> None:
    """Return once the ledger holds what was seen, or at ``stop``; until then ``name`` has halted."""
    while not stop.is_set():
        try:
            await confirm_followed(house)
        except DivergedError as error:
            halts.halt(house.settings.data, name, f"{error}; {halts.CURE}")
            await pause(stop, halts.PAUSE_SECONDS)
        else:
            break
    halts.resume(house.settings.data, name)


async def _confirm(house: House, who: str, seen: Checkpoints) -> None:
    try:
        await confirm(house.ledger, seen)
    except DivergedError as error:
        raise DivergedError(error.partition, error.checkpoint, ahead=error.ahead, who=who) from None


def _read_models(house: House) -> dict[str, Checkpoints]:
    store = Store(house.settings.database_url)
    try:
        return {build.projection: build.seen for build in store.builds() if build.live}
    except (DamagedError, SQLAlchemyError):
        log.warning("read-models.not-compared")
        return {}
    finally:
        store.close()
