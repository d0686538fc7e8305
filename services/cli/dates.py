"""Days as options of a command, and both axes of a look back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, TypeAlias

from cyclopts import Parameter, Token

from events.message import Message, message
from events.values import JAKARTA
from services.book.cut import KnownOn
from services.claims.moment import asked_day as moment_day
from services.claims.moment import look_back, of_checkpoint
from services.cli.output import errors, tell
from services.texts.errors import AdvisedError, advised
from services.texts.typed import read_day
from services.wording.terms import moment


def _converted(_hint: object, tokens: Sequence[Token]) -> dt.date:
    return read_day(tokens[0].value)


Day: TypeAlias = Annotated[dt.date | None, Parameter(converter=_converted, metavar="DD-MM-YYYY")]


def _known(text: str) -> KnownOn:
    """Read ``--known-on``: a moment, or the file of a checkpoint, which stands for the positions that it names.

    Of a moment that has not come yet it is said on stderr up to when one knows.
    """
    try:
        known_on = look_back(text)
    except AdvisedError:
        if not Path(text).is_file():
            raise
        known_on = _in_file(Path(text))
    now = dt.datetime.now(JAKARTA)
    if isinstance(known_on, dt.datetime) and known_on > now:
        tell(errors(), message("look-back.to-come", asked=moment(known_on), now=moment(now)))
    return known_on


def _in_file(file: Path) -> KnownOn:
    try:
        return of_checkpoint(file.read_bytes(), file.name)
    except OSError:
        raise advised("look-back.no-checkpoint", "look-back.write-moment", file=file.name) from None


def _looked_back(_hint: object, tokens: Sequence[Token]) -> KnownOn:
    return _known(tokens[0].value)


Known: TypeAlias = Annotated[KnownOn | None, Parameter(converter=_looked_back, metavar="WHEN", n_tokens=1)]


def _all_looked_back(_hint: object, tokens: Sequence[Token]) -> list[KnownOn]:
    return [_known(token.value) for token in tokens]


KnownTwice: TypeAlias = Annotated[
    list[KnownOn], Parameter(converter=_all_looked_back, metavar="WHEN", n_tokens=1, accepts_keys=False)
]


def asked_day(on: dt.date | None, known_on: KnownOn | None, true_on: dt.date | None) -> dt.date:
    """Return the day that is asked about, today where none is named."""
    return moment_day(on, known_on, true_on, dt.datetime.now(JAKARTA).date())


def with_later_acts(on: dt.date, known_on: KnownOn | None, true_on: dt.date | None) -> Message | None:
    """Return what is said where a day in the past is asked of the book of today."""
    if known_on is not None or true_on is not None or on >= dt.datetime.now(JAKARTA).date():
        return None
    return message("look-back.with-later-acts", day=f"{on:%d-%m-%Y}")
