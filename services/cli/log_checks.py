"""The log of everything recorded as the doctor sees it.

How far it is sealed, its keys, and who confirms it from outside.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import socket
from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct

from events.message import Message, message
from services.notary.log import CHECKPOINT, WITNESSED, Log
from services.notary.notes import read_note
from services.notary.signatures import verified
from services.notary.signing_keys import has_keys, read_keys
from services.notary.witnesses import WitnessAddress, read_addresses
from services.platform.clock import wall_clock
from services.platform.settings import Settings
from services.runtime.bootstrap import open_installation
from services.runtime.embedded_server import running
from services.runtime.lag import LogLag, sealed
from services.wording.terms import moment

SEALED_WITHIN = dt.timedelta(seconds=60)
"""Whatever is recorded is under a checkpoint long before; the alarm on the metric is the same."""
WITNESSED_WITHIN = dt.timedelta(minutes=10)
"""A witness that is away is asked once a minute."""
_REACHED_WITHIN_SECONDS = 3.0


class Check(Struct, frozen=True):
    """One thing that was looked at, named as in ``doctor.check``; ``cure`` says what to do when it is not ``ok``."""

    name: str
    ok: bool
    observed: Message | str
    cure: tuple[Message | str, ...] = ()


def look_at_log(settings: Settings) -> Check:
    """Look at the last checkpoint, and where a server runs at what is recorded and is under none."""
    log = Log(settings.log)
    checkpoint = log.checkpoint()
    if checkpoint is None:
        note: Message = message("doctor.log-none", place=settings.log)
    else:
        at = _written_at(settings.log / CHECKPOINT)
        note = message("doctor.log", place=settings.log, size=checkpoint.size, at=moment(at))
    url = settings.redis_url or running(settings.data)
    if not url:
        return Check("log", ok=True, observed=note)
    lag = asyncio.run(_sealed(settings.with_server(url)))
    if lag.unsealed_seconds <= SEALED_WITHIN.total_seconds():
        return Check("log", ok=True, observed=note)
    late = message("doctor.log-behind", log=note, count=lag.unsealed, seconds=int(lag.unsealed_seconds))
    return Check("log", ok=False, observed=late, cure=(message("doctor.cure.log-behind"),))


def look_at_signing_keys(settings: Settings) -> Check:
    """Look where the keys of log and letters are, whether they can be read by us alone, and whether they are those of the log.

    Raises:
        SigningKeysError: they are missing, damaged or open to others, or cannot be read.
    """
    place, log = settings.signing_keys, Log(settings.log)
    published = log.published()
    if published is None and not has_keys(place):
        return Check("signing-keys", ok=True, observed=message("doctor.no-signing-keys", place=place))
    keys = read_keys(place)
    if published is not None:
        origin = published.checkpoint.origin
        verified(read_note(published.note.encode()), [key.verifier(origin) for key in keys])
    signing = sorted({key.since for key in keys if key.private is not None})
    where = "beside" if _is_within(place, settings.data) else "apart"
    rotating = "-rotating" if len(signing) > 1 else ""
    note = message(f"doctor.signing-keys-{where}{rotating}", place=place, since=moment(signing[-1]))
    return Check("signing-keys", ok=True, observed=note)


def look_at_witnesses(settings: Settings) -> Check:
    """Look whether as many witnesses as the quorum answer, and whether they have confirmed what the log gave out.

    Raises:
        WitnessSettingError, NoteError: the setting cannot be.
    """
    addresses, quorum = read_addresses(settings.witnesses, settings.witness_quorum), settings.witness_quorum
    if not addresses:
        return Check("witnesses", ok=True, observed=message("doctor.no-witnesses"))
    log = Log(settings.log)
    newest, confirmed = log.checkpoint(), log.checkpoint(WITNESSED)
    parameters: dict[str, str | int] = {"quorum": quorum, "count": len(addresses)}
    if confirmed is None:
        note = message("doctor.never-witnessed", **parameters)
    else:
        at = moment(_written_at(settings.log / WITNESSED))
        note = message("doctor.witnessed", size=confirmed.size, at=at, **parameters)
    away = [one.url for one in addresses if not _answers(one)]
    if len(addresses) - len(away) < quorum:
        cure = message("doctor.cure.witnesses-away", urls=", ".join(away))
        return Check("witnesses", ok=False, observed=note, cure=(cure,))
    behind = newest is not None and newest.size > (confirmed.size if confirmed else 0)
    if behind and wall_clock() - _written_at(settings.log / CHECKPOINT) > WITNESSED_WITHIN:
        return Check("witnesses", ok=False, observed=note, cure=(message("doctor.cure.witnesses-behind"),))
    return Check("witnesses", ok=True, observed=note)


async def _sealed(settings: Settings) -> LogLag:
    async with open_installation(settings) as installation:
        return await sealed(installation)


def _written_at(file: Path) -> dt.datetime:
    return dt.datetime.fromtimestamp(file.stat().st_mtime, dt.UTC)


def _is_within(place: Path, data: Path) -> bool:
    return place.resolve().is_relative_to(data.resolve())


def _answers(witness: WitnessAddress) -> bool:
    """Whether anything answers at the address of a witness; nothing is asked of it."""
    address = urlsplit(witness.url)
    port = address.port or (443 if address.scheme == "https" else 80)
    try:
        socket.create_connection((address.hostname or "", port), _REACHED_WITHIN_SECONDS).close()
    except OSError:
        return False
    return True
