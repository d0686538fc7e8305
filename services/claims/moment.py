"""The moment at which a claim is looked at.

Read as people write it, resolved where it is a figure's, and held against the claim.
"""

from __future__ import annotations

import datetime as dt
import re

from events.catalogue import decode
from events.message import message
from events.values import JAKARTA, civil_date
from projections.as_of import AsOf
from services.audit_trail.trail import read
from services.book.cut import Cut, FigureHandle, KnownOn, Places, Recorded, cut_at
from services.figures.figure import find, looked_at
from services.notary.checkpoint_text import MalformedCheckpointError, read_checkpoint
from services.notary.notes import NoteError, read_note
from services.notary.streams import heads_of_ledger
from services.runtime.bootstrap import Installation
from services.texts.errors import AdvisedError, advised
from services.texts.typed import read_day
from services.wording.terms import moment

_PLACES = re.compile(r"[0-9]{1,18}|[0-9]{1,3}:[0-9]{1,18}(?:,[0-9]{1,3}:[0-9]{1,18})*")
"""A position of a claim's partition, or positions behind their partitions."""
_TIME = re.compile(r"([0-9]{1,2}-[0-9]{1,2}-[0-9]{4})(?:[T ](.+))?")


def look_back(text: str) -> KnownOn:
    """Read a moment: positions, a figure's handle, a time (without offset in Jakarta), or a day, which is its end.

    Raises:
        AdvisedError: it is none of them.
    """
    if _PLACES.fullmatch(text):
        parts = [part.rpartition(":") for part in text.split(",")]
        return Places({int(place) if place else None: int(position) for place, _, position in parts})
    if text.upper().startswith("F-"):
        return FigureHandle(text)
    try:
        if local := _TIME.fullmatch(text):
            clock = (local[2] or "").removesuffix(" WIB").replace(".", ":")
            text = f"{read_day(local[1]).isoformat()}{'T' + clock if clock else ''}"
        moment = dt.datetime.fromisoformat(text)
    except (ValueError, AdvisedError):
        raise advised("look-back.no-moment", "look-back.write-moment", typed=text) from None
    if len(text) <= len("2026-11-21"):
        moment += dt.timedelta(days=1, microseconds=-1)
    return moment if moment.tzinfo else moment.replace(tzinfo=JAKARTA)


def of_checkpoint(note: bytes, file: str) -> Places:
    """Return up to where a checkpoint of the log covers each partition.

    Whether it is one of this log is for ``verify``.

    Raises:
        AdvisedError: the file of this name holds none.
    """
    try:
        heads = heads_of_ledger(read_checkpoint(read_note(note).text).heads)
    except (NoteError, MalformedCheckpointError):
        raise advised("look-back.no-checkpoint", "look-back.write-moment", file=file) from None
    return Places({partition: head.position for partition, head in heads.items()})


async def resolve(installation: Installation, known_on: KnownOn | None) -> Recorded | None:
    """Return the moment; raises ``FigureError`` where no such figure was shown."""
    if not isinstance(known_on, FigureHandle):
        return known_on
    (_, figure), *_ = find(await read(installation), known_on.typed)
    return Places(looked_at(figure))


async def cut_asked(installation: Installation, known_on: KnownOn | None) -> Cut:
    """Return the cut at which the whole book is looked at.

    Raises:
        AdvisedError: nothing had been recorded by that time, where something is by now: an empty answer would look
            like one of the book.
        FigureError, NoCutError: there is no such figure, or no such cut.
    """
    cut = await cut_at(installation.ledger, await resolve(installation, known_on))
    if not cut.events and isinstance(known_on, dt.datetime):
        firsts = [await installation.ledger.read(n, 0, 1) for n in range(installation.ledger.partitions)]
        times = [decode(entry.body).recordedtime for entries in firsts for entry in entries]
        if recorded_times := [time for time in times if time]:
            first = moment(min(recorded_times))
            raise advised(
                "look-back.before-first", "look-back.ask-later", asked=moment(known_on), first=first
            )
    return cut


async def end_of(installation: Installation, partition: int) -> int:
    """Return the last position of a partition."""
    return (await installation.ledger.head(partition)).position


def asked_day(
    on: dt.date | None, known_on: KnownOn | None, true_on: dt.date | None, today: dt.date
) -> dt.date:
    """Return the day that is asked about.

    The one that is named, else that of the moment one looks back to, else today.
    """
    recorded_on = civil_date(known_on) if isinstance(known_on, dt.datetime) else None
    return on or true_on or recorded_on or today


def as_of(
    known_on: Recorded | None, true_on: dt.date | None, claim: str, partition: int, position: int, end: int
) -> AsOf:
    """Return the moment at which a claim of this partition is looked at.

    ``position`` is its last, ``end`` the partition's.

    Raises:
        AdvisedError: positions were typed, and none of them is of the claim's partition, or it lies after the end.
    """
    if not isinstance(known_on, Places):
        return AsOf(known_on, true_on)
    typed = known_on.positions
    at = typed.get(partition, typed.get(None))
    if at is None:
        raise advised(
            "look-back.other-partition",
            "look-back.write-position",
            claim=claim,
            partition=partition,
            typed=", ".join(str(one) for one in typed),
            position=position,
        )
    if at > end:
        raise advised("look-back.beyond-end", "look-back.at-most", partition=partition, typed=at, end=end)
    return AsOf(at, true_on)


def unknown(claim: str, *, in_file: bool = False) -> AdvisedError:
    """Return what is said of a number that nobody has filed."""
    cure = "unknown-claim.in-file" if in_file else "unknown-claim.cure"
    return AdvisedError(message("unknown-claim.sentence", claim=claim), message(cure))


def unrecorded(claim: str, true_on: dt.date | None = None) -> AdvisedError:
    """Return what is said of a claim of which nothing was recorded, or had happened, at the moment that is looked at."""
    if true_on is not None:
        return advised("not-happened-claim.sentence", "not-happened-claim.cure", claim=claim)
    return advised("unrecorded-claim.sentence", "unrecorded-claim.cure", claim=claim)
