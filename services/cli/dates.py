"""Dates as people type them: ``30-06-2025`` and ``2025-06-30``, months ``06-2025`` and ``2025-06``; and ``--as-of``, a position or a moment."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from typing import Annotated, TypeAlias

from cyclopts import Parameter, Token

from events.message import message
from events.values import JAKARTA
from projections.timeline import AsOf
from services.cli.exit_codes import CommandError, command_error
from services.cli.render.terms import LanguageTexts, moment

_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)|(\d\d?)-(\d\d?)-(\d{4})")
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])|(0?[1-9]|1[0-2])-(\d{4})")


def read_day(text: str) -> dt.date:
    """Read a civil date; day and month come first where the year comes last.

    Raises:
        CommandError: it is none.
    """
    found = _DAY.fullmatch(text.strip())
    try:
        if found and found[1]:
            return dt.date(int(found[1]), int(found[2]), int(found[3]))
        if found:
            return dt.date(int(found[6]), int(found[5]), int(found[4]))
    except ValueError:
        pass
    raise command_error("calendar.no-day", "calendar.write-day", typed=text)


def read_month(text: str) -> str | None:
    """Return a month as ``YYYY-MM``; None where it is none."""
    found = _MONTH.fullmatch(text.strip())
    if not found:
        return None
    return text.strip() if found[1] else f"{found[4]}-{int(found[3]):02d}"


def _converted(_hint: object, tokens: Sequence[Token]) -> dt.date:
    return read_day(tokens[0].value)


Day: TypeAlias = Annotated[dt.date | None, Parameter(converter=_converted, metavar="DD-MM-YYYY")]


_PLACE = re.compile(r"(?:([0-9]{1,3}):)?([0-9]{1,18})")
"""A position, as it is or behind its partition."""
_TIME = re.compile(r"([0-9]{1,2}-[0-9]{1,2}-[0-9]{4})(?:[T ](.+))?")


def look_back(text: str) -> AsOf:
    """Read ``--as-of``: digits are a position; a time without offset is on the clock of Jakarta, a date its end.

    Raises:
        CommandError: it is neither.
    """
    if place := _PLACE.fullmatch(text):
        return int(place[2])
    try:
        if local := _TIME.fullmatch(text):
            clock = (local[2] or "").removesuffix(" WIB").replace(".", ":")
            text = f"{read_day(local[1]).isoformat()}{'T' + clock if clock else ''}"
        told = dt.datetime.fromisoformat(text)
    except (ValueError, CommandError):
        raise command_error("look-back.no-moment", "look-back.write-moment", typed=text) from None
    if len(text) <= len("2026-11-21"):
        told += dt.timedelta(days=1, microseconds=-1)
    return told if told.tzinfo else told.replace(tzinfo=JAKARTA)


def require_partition(text: str | None, claim: str, partition: int, position: int) -> None:
    """Refuse a position that names another partition than the claim's; ``position`` is one that there is."""
    place = _PLACE.fullmatch(text or "")
    if place and place[1] and int(place[1]) != partition:
        raise command_error(
            "look-back.other-partition",
            "look-back.write-position",
            claim=claim,
            partition=partition,
            typed=place[1],
            position=position,
        )


def as_it_stood(point: AsOf, words: LanguageTexts) -> str:
    """Say which moment is looked at."""
    when = moment(point) if isinstance(point, dt.datetime) else words.say("position", position=point)
    return words.say("sentence.as-of", when=when)


def unknown(claim: str, *, in_file: bool = False) -> CommandError:
    """Return what is said of a number that nobody has filed."""
    cure = "unknown-claim.in-file" if in_file else "unknown-claim.cure"
    return CommandError(message("unknown-claim.sentence", claim=claim), message(cure))


def unrecorded(claim: str) -> CommandError:
    """Return what is said of a claim that was not recorded at the moment that is looked at."""
    return command_error("unrecorded-claim.sentence", "unrecorded-claim.cure", claim=claim)
