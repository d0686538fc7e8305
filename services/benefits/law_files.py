"""The files of a rulebook: one a regulation, strict; whatever is not understood is refused with file and line.

A regulation file states ``regulation`` (its short name), ``title`` in both languages, the period in which it applies
and until when it was checked; then its articles, each with ``figures`` and ``reasons``. What an article says of
``source``, ``confidence``, ``see`` and periods holds for each of its figures that does not say otherwise.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias, TypeVar

import msgspec
from msgspec import UNSET, Struct, UnsetType

from events.message import Message, Text, message
from services.benefits import toml_lines
from services.benefits.choices import words_at
from services.benefits.figures import fault_in
from services.texts.errors import TextError

if TYPE_CHECKING:
    from services.benefits.scheme import Scheme

Confidence: TypeAlias = Literal["F", "M", "C", "D"]
"""``F`` found on a public page, ``M`` from memory, ``C`` sources conflict, ``D`` design decision."""


class FileLine(NamedTuple):
    """A line, from 1, of a file of the rulebook."""

    file: str
    line: int


class RulebookError(TextError):
    """A rulebook that cannot be used; the message is ``FILE:LINE: what is wrong. What to do``."""

    def __init__(self, place: FileLine, fault: Message, advice: Message) -> None:
        """Keep the place, so that an editor can go there."""
        told = message("rulebook.at-line", file=place.file, line=place.line, fault=fault, advice=advice)
        super().__init__(told)
        self.place = place


class LegalReading(Text, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One way to read what sources dispute or leave open; ``value`` where it is another than the figure's."""

    applied: bool = False
    value: object = UNSET
    source: tuple[int, ...] = ()


class _Inherited(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """What an article may say once for all its figures."""

    article: str | UnsetType = UNSET
    see: tuple[str, ...] = ()
    source: tuple[int, ...] = ()
    confidence: Confidence | UnsetType = UNSET
    verified_until: dt.date | UnsetType = UNSET
    applies_from: dt.date | UnsetType = UNSET
    applies_until: dt.date | UnsetType = UNSET


class _Article(_Inherited, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    article: str
    figures: dict[str, dict[str, object]] = {}
    reasons: dict[str, dict[str, object]] = {}


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


class _Heading(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    regulation: str
    title: Text
    applies_from: dt.date
    applies_until: dt.date = dt.date.max
    verified_until: dt.date
    article: list[dict[str, object]]


class Regulation(Struct, frozen=True):
    """One file of the rulebook; ``places`` says where each figure or reason stands in it."""

    name: str
    title: Text
    applies_from: dt.date
    applies_until: dt.date
    statements: tuple[LawStatement, ...]
    places: Mapping[str, FileLine] = {}

    def place(self, code: str) -> FileLine:
        """Return where a figure or reason is stated."""
        return self.places.get(code, FileLine(self.name, 1))


class HolidayList(Struct, frozen=True, forbid_unknown_fields=True):
    """The national holidays of one year, one file of ``holidays/``."""

    year: int
    source: str
    confidence: Confidence
    days: tuple[dt.date, ...]


class SourceList(Struct, frozen=True, forbid_unknown_fields=True):
    """The register of sources: number to the page on which figures were found."""

    sources: dict[str, str]


DERIVED = {(LawStatement, "code"), (LawStatement, "regulation")}
"""Keys that follow from where a statement stands, and are not written."""

T = TypeVar("T", bound=Struct)


class LawFile:
    """One file while it is read: its data, and the line of each."""

    def __init__(self, path: Path, folder: Path) -> None:
        """Parse the file; raises ``RulebookError`` where it is no TOML, or states something twice."""
        self.name = path.relative_to(folder).as_posix()
        try:
            self.text = path.read_text(encoding="utf-8")
            self.data: dict[str, object] = tomllib.loads(self.text, parse_float=Decimal)
        except UnicodeDecodeError as fault:
            raise RulebookError(
                FileLine(self.name, 1), message("rulebook.no-utf-8"), message("rulebook.advice.utf-8")
            ) from fault
        except tomllib.TOMLDecodeError as fault:
            line = re.search(r"line (\d+)", str(fault))
            last = len(self.text.splitlines())
            raise RulebookError(
                FileLine(self.name, int(line[1]) if line else last),
                message("rulebook.no-toml", fault=str(fault)),
                message("rulebook.advice.toml"),
            ) from fault

    def place(self, *path: str | int) -> FileLine:
        """Return where a value stands."""
        return FileLine(self.name, toml_lines.line_of(self.text, path))

    def refuse(self, path: toml_lines.Path, fault: Message, advice: Message) -> RulebookError:
        """Return the error for what stands at a path."""
        return RulebookError(self.place(*path), fault, advice)

    def convert(self, data: object, kind: type[T], *path: str | int) -> T:
        """Read a table as ``kind``; an unknown, missing or wrong key is refused at its line."""
        try:
            return msgspec.convert(data, kind, builtin_types=(dt.date, Decimal))
        except msgspec.ValidationError as fault:
            where = re.search(r" - at (?:`key` in )?`\$(.*)`$", str(fault))
            inside = re.findall(r"\w+", where[1]) if where else []
            unknown = re.search(r"unknown field `(.+?)`", str(fault))
            named = (*path, *(int(key) if key.isdecimal() else key for key in inside))
            known = ", ".join(key for key in kind.__struct_fields__ if (kind, key) not in DERIVED)
            if "Invalid" in str(fault) and (choices := words_at(kind, data, inside)):
                advice = message("rulebook.advice.one-of", choices=", ".join(choices))
            elif inside:
                advice = message("rulebook.advice.stands-at", place=".".join(inside))
            else:
                advice = message("rulebook.advice.keys", keys=known)
            raise self.refuse(
                (*named, unknown[1]) if unknown else named,
                _unread(path, str(fault).partition(" - at ")[0]),
                advice,
            ) from fault


def _unread(path: toml_lines.Path, fault: str) -> Message:
    """Say what cannot be read; its place is named by its code, or by which article it is, from 1."""
    if not path:
        return message("rulebook.unread", fault=fault)
    if isinstance(path[1], int) and len(path) == 2:
        return message("rulebook.unread-article", number=path[1] + 1, fault=fault)
    return message("rulebook.of", what=path[-1], fault=fault)


def read_regulation(file: LawFile, scheme: Scheme) -> Regulation:
    """Read one regulation; raises ``RulebookError`` with the line of the first fault.

    It may state the figures and the reasons that the scheme asks for, and no others.
    """
    heading = file.convert(file.data, _Heading)
    statements: list[LawStatement] = []
    places: dict[str, FileLine] = {}
    if heading.applies_until < heading.applies_from:
        raise file.refuse(
            ("applies_until",), message("rulebook.ends-early"), message("rulebook.advice.last-day")
        )
    for index, data in enumerate(heading.article):
        article = file.convert(data, _Article, "article", index)
        for family in ("figures", "reasons"):
            entries: dict[str, dict[str, object]] = getattr(article, family)
            for code, entry in entries.items():
                path = ("article", index, family, code)
                if code in places:
                    twice = message("rulebook.stated-twice", code=code, line=places[code].line)
                    raise file.refuse(path, twice, message("rulebook.advice.keep-one"))
                statement = _statement(file, scheme, heading, data, entry, path)
                places[code] = file.place(*path)
                statements.append(statement)
    return Regulation(
        heading.regulation,
        heading.title,
        heading.applies_from,
        heading.applies_until,
        tuple(statements),
        places,
    )


def _statement(
    file: LawFile,
    scheme: Scheme,
    heading: _Heading,
    article: Mapping[str, object],
    entry: Mapping[str, object],
    path: tuple[str | int, ...],
) -> LawStatement:
    family, code = str(path[2]), str(path[3])
    unit = scheme.figures.get(code, "")
    if not unit if family == "figures" else code not in scheme.reasons:
        raise file.refuse(
            path, message("rulebook.not-asked", code=code, family=family), message("rulebook.advice.remove")
        )
    for _, own in sorted(DERIVED, key=str):
        if own in entry:
            raise file.refuse(
                (*path, own),
                message("rulebook.of", what=code, fault=message("rulebook.unknown-key", key=own)),
                message("rulebook.advice.follows"),
            )
    period = {"applies_from": heading.applies_from, "applies_until": heading.applies_until}
    said = {key: value for key, value in article.items() if key not in ("figures", "reasons")}
    merged = {
        "verified_until": heading.verified_until,
        **period,
        **said,
        **entry,
        "code": code,
        "regulation": heading.regulation,
    }
    statement = file.convert(merged, LawStatement, *path)
    for key, fault, advice in _faults(statement, heading, unit):
        raise file.refuse((*path, key), message("rulebook.of", what=code, fault=fault), advice)
    return statement


def _faults(stated: LawStatement, heading: _Heading, unit: str) -> Iterator[tuple[str, Message, Message]]:
    """Yield the key at fault, what is wrong and what to do; a reason has no unit."""
    if not unit and stated.value is not UNSET:
        yield "value", message("rulebook.reason-value"), message("rulebook.advice.remove-it")
    if unit and stated.value is UNSET:
        yield "", message("rulebook.no-value"), message("rulebook.advice.figure")
    elif unit and (wrong := fault_in(unit, stated.value)):
        yield "value", wrong, message("rulebook.advice.in-unit", unit=unit)
    if stated.applies_until < stated.applies_from:
        yield "applies_until", message("rulebook.ends-early"), message("rulebook.advice.last-day")
    if stated.applies_from < heading.applies_from:
        yield "applies_from", message("rulebook.begins-early"), message("rulebook.advice.within")
    if stated.applies_until > heading.applies_until:
        yield "applies_until", message("rulebook.applies-longer"), message("rulebook.advice.within")
    for language, text in (("id", stated.id), ("en", stated.en)):
        if not text.strip():
            yield language, message("rulebook.no-text"), message("rulebook.advice.both-languages")
    if stated.confidence == "F" and not stated.source:
        yield "source", message("rulebook.no-source"), message("rulebook.advice.sources")
    yield from _faults_in_readings(stated)


def _faults_in_readings(stated: LawStatement) -> Iterator[tuple[str, Message, Message]]:
    readings = stated.readings
    if stated.confidence == "C" and len(readings) < 2:
        yield "readings", message("rulebook.one-reading"), message("rulebook.advice.all-readings")
    applied = [reading for reading in readings if reading.applied]
    if readings and len(applied) != 1:
        count = len(applied)
        yield "readings", message("rulebook.applied", count=count), message("rulebook.advice.apply-one")
    if applied and applied[0].value not in (UNSET, stated.value):
        yield "readings", message("rulebook.other-value"), message("rulebook.advice.same")
