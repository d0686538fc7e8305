"""What regulations state: figures and reasons of the law, each with its article, its sources and how sure they are."""

from __future__ import annotations

import datetime as dt
from typing import Literal, TypeAlias

from msgspec import UNSET, Struct

from events.message import Text

Confidence: TypeAlias = Literal["F", "M", "C", "D"]
"""``F`` found on a public page, ``M`` from memory, ``C`` sources conflict, ``D`` design decision."""


class LegalReading(Text, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One way to read what sources dispute or leave open; ``value`` where it is another than the figure's."""

    applied: bool = False
    value: object = UNSET
    source: tuple[int, ...] = ()


class LawStatement(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a regulation states about one figure or reason; ``value`` is unset for a reason.

    ``article`` is empty where it could not be found. ``id`` and ``en`` quote or paraphrase. ``applies_until`` is the
    last day; ``verified_until`` the last event date for which somebody has looked whether it still holds.
    """

    code: str
    regulation: str
    article: str
    see: tuple[str, ...] = ()
    value: object = UNSET
    id: str
    en: str
    confidence: Confidence
    source: tuple[int, ...] = ()
    applies_from: dt.date
    applies_until: dt.date = dt.date.max
    verified_until: dt.date
    readings: tuple[LegalReading, ...] = ()

    @property
    def citation(self) -> str:
        """Regulation and article, and what else to see."""
        return "; ".join((f"{self.regulation} {self.article}".strip(), *self.see))


class Regulation(Struct, frozen=True):
    """One regulation and all that it states."""

    name: str
    title: Text
    applies_from: dt.date
    applies_until: dt.date
    statements: tuple[LawStatement, ...]
