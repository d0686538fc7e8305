"""Dates as people type them: ``30-06-2025`` and ``2025-06-30``, months ``06-2025`` and ``2025-06``."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from typing import Annotated, TypeAlias

from cyclopts import Parameter, Token

from services.cli.exit_codes import command_error

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
