"""The programme of a regency: whom it means to insure, by decile, and what its districts are called.

It is data, a TOML file.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from events.message import Text, message
from services.texts.errors import TextError

_SHIPPED = Path(__file__).with_name("programme.toml")


class ProgrammeFileError(TextError):
    """The file of a programme cannot be read; the message says what is wrong with it."""


class RegencyProgramme(Struct, frozen=True, forbid_unknown_fields=True):
    """A programme: its title, the participants that it means to insure by decile, and its districts by code."""

    title: Text
    target: dict[Annotated[str, Meta(pattern="^[1-9]$|^10$")], Annotated[int, Meta(ge=0)]]
    districts: dict[Annotated[str, Meta(pattern=r"^\d\d\.\d\d\.\d\d$")], str]

    @property
    def everybody(self) -> int:
        """How many participants the programme means to insure."""
        return sum(self.target.values())


@lru_cache(4)
def programme(file: Path | None = None) -> RegencyProgramme:
    """Read the programme of a file, or the one that ships with Kelambu.

    Raises:
        ProgrammeFileError: there is no such file, or it says something else.
    """
    place = file or _SHIPPED
    try:
        return msgspec.toml.decode(place.read_bytes(), type=RegencyProgramme)
    except (OSError, UnicodeDecodeError, msgspec.DecodeError) as error:
        raise ProgrammeFileError(message("overview.bad-programme", file=str(place), why=str(error))) from None
