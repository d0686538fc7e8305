"""What people type: amounts ``Rp42.000.000``, ``42.000.000``, ``42000000``; shares ``5%``, ``3,5 %``, ``0.05``.

Days ``30-06-2025``, ``2025-06-30``.
"""

from __future__ import annotations

import datetime as dt
import re
from fractions import Fraction

from services.texts.errors import advised

_PLAIN = re.compile(r"[0-9]{1,18}")
_GROUPED = re.compile(r"[0-9]{1,3}(\.[0-9]{3}){2,5}")
_RUPIAH = re.compile(r"Rp ?([0-9]{1,18}|[0-9]{1,3}(?:\.[0-9]{3}){1,5})")
_SHARE = re.compile(r"([0-9]{1,9})(?:[.,]([0-9]{1,9}))? ?(%?)")
_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)|(\d\d?)-(\d\d?)-(\d{4})")
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])|(0?[1-9]|1[0-2])-(\d{4})")
YEARS = 1900, 2200
"""The first and the last year of which anything can be asked."""


def read_amount(text: str) -> int:
    """Read whole rupiah. Points part thousands; without ``Rp`` there must be two, as ``42.000`` is 42 to some.

    Raises:
        AdvisedError: it is none.
    """
    digits = text.strip()
    if match := _RUPIAH.fullmatch(digits):
        digits = match[1]
    elif not (_PLAIN.fullmatch(digits) or _GROUPED.fullmatch(digits)):
        raise advised("typed.no-amount", "typed.write-amount", typed=text)
    return int(digits.replace(".", ""))


def read_share(text: str) -> Fraction:
    """Read a share of all: a percentage, or a decimal fraction below 1.

    Raises:
        AdvisedError: it is none, or more than all.
    """
    if match := _SHARE.fullmatch(text.strip()):
        share = Fraction(f"{match[1]}.{match[2] or 0}") / (100 if match[3] else 1)
        if share <= 1 and (match[3] or share < 1):
            return share
    raise advised("typed.no-share", "typed.write-share", typed=text)


def read_share_of(text: str, book: int) -> int:
    """Read rupiah, or a share of a book as whole rupiah, rounded down.

    Raises:
        AdvisedError: it is neither.
    """
    if text.strip().endswith("%") or text.strip().startswith(("0.", "0,")):
        return int(read_share(text) * book)
    return read_amount(text)


def read_day(text: str) -> dt.date:
    """Read a civil date; day and month come first where the year comes last.

    Raises:
        AdvisedError: it is none.
    """
    match = _DAY.fullmatch(text.strip())
    try:
        if match and match[1]:
            day = dt.date(int(match[1]), int(match[2]), int(match[3]))
        elif match:
            day = dt.date(int(match[6]), int(match[5]), int(match[4]))
        else:
            raise advised("calendar.no-day", "calendar.write-day", typed=text)
    except ValueError:
        raise advised("calendar.no-day", "calendar.write-day", typed=text) from None
    if not YEARS[0] <= day.year <= YEARS[1]:
        raise advised("calendar.no-year", "calendar.write-year", typed=text, first=YEARS[0], last=YEARS[1])
    return day


def read_month(text: str) -> str | None:
    """Return a month as ``YYYY-MM``; None where it is none."""
    match = _MONTH.fullmatch(text.strip())
    if not match or not YEARS[0] <= int(match[1] or match[4]) <= YEARS[1]:
        return None
    return text.strip() if match[1] else f"{match[4]}-{int(match[3]):02d}"
