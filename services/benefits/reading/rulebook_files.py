"""All files of a rulebook: each is read, and all of them are held against each other before a rulebook is made."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import TypeAlias

import msgspec
from msgspec import Struct

from events.message import Message, message
from services.benefits.calendar import ONE_DAY
from services.benefits.reading.law_file import FileLine, LawFile, LawFileFault, RulebookError, fault
from services.benefits.reading.regulation_file import Places, read_regulation
from services.benefits.reading.scheme_file import SCHEME, read_scheme
from services.benefits.rulebook import Confidence, LawStatement, Regulation, Rulebook
from services.benefits.scheme import Scheme

SOURCES = "sources.toml"
HOLIDAYS = "holidays"


class HolidayList(Struct, frozen=True, forbid_unknown_fields=True):
    """The national holidays of one year, one file of ``holidays/``."""

    year: int
    source: str
    confidence: Confidence
    days: tuple[dt.date, ...]


class SourceList(Struct, frozen=True, forbid_unknown_fields=True):
    """The register of sources: number to the page on which figures were found."""

    sources: dict[str, str]


def read_files(files: Mapping[str, str], folder: str = "") -> Rulebook:
    """Read a rulebook from the text of its files by their paths in its ``folder``.

    Raises ``RulebookError`` with file, line and what to do for the first fault.
    """
    scheme, regulations, holidays = _checked(files, folder)
    days = {one.year: frozenset(one.days) for one in holidays}
    digest = hashlib.sha256(_stated(scheme, regulations, holidays)).hexdigest()
    return Rulebook(scheme, regulations, days, digest)


def stated_in(files: Mapping[str, str]) -> bytes:
    """Return what the files of a rulebook state, as the JSON of which its hash is the SHA-256.

    Raises as ``read_files``.
    """
    return _stated(*_checked(files, ""))


def _checked(
    files: Mapping[str, str], folder: str
) -> tuple[Scheme, tuple[Regulation, ...], tuple[HolidayList, ...]]:
    if SCHEME not in files:
        missing = fault("rulebook.no-scheme", "rulebook.advice.write-scheme", folder=folder, file=SCHEME)
        raise RulebookError(FileLine(SCHEME, 1), missing)
    scheme = read_scheme(files[SCHEME])
    regulations: dict[str, Regulation] = {}
    holidays: dict[int, HolidayList] = {}
    places: Places = {}
    for name, text in sorted(files.items()):
        parent = name.rpartition("/")[0]
        if name in (SCHEME, SOURCES):
            continue
        if parent not in ("", HOLIDAYS):
            misplaced = fault("rulebook.misplaced", "rulebook.advice.folder", folder=folder)
            raise RulebookError(FileLine(name, 1), misplaced)
        file = LawFile(name, text)
        if parent:
            holiday_list = _holidays(file)
            if (year := holiday_list.year) in holidays:
                twice = fault("rulebook.whole.year-twice", "rulebook.advice.one-file", "year", year=year)
                raise file.refuse(twice)
            holidays[year] = holiday_list
        else:
            regulation = read_regulation(file, scheme, places)
            if (regulation_name := regulation.name) in regulations:
                path = ("regulation",)
                twice = fault(
                    "rulebook.whole.another-file", "rulebook.advice.keep-one", *path, name=regulation_name
                )
                raise file.refuse(twice)
            regulations[regulation_name] = regulation
    laws = tuple(regulations.values())
    _check_sources(laws, read_sources(files), places)
    _check_periods(laws, scheme, places, files[SCHEME])
    return scheme, laws, tuple(holidays.values())


def _stated(scheme: Scheme, regulations: Iterable[Regulation], holidays: Iterable[HolidayList]) -> bytes:
    """Return what is hashed: nothing of layout, comments, file names or sources' addresses."""
    stated = [
        [
            [regulation.name, regulation.title, regulation.applies_from, regulation.applies_until],
            sorted(regulation.statements, key=lambda statement: statement.code),
        ]
        for regulation in sorted(regulations, key=lambda regulation: regulation.name)
    ]
    holiday_lists = sorted(holidays, key=lambda holiday_lists: holiday_lists.year)
    return msgspec.json.encode([scheme, stated, holiday_lists], order="deterministic")


def read_sources(files: Mapping[str, str]) -> dict[int, str]:
    """Return the register of sources, page by number; empty where there is none."""
    if SOURCES not in files:
        return {}
    file = LawFile(SOURCES, files[SOURCES])
    sources = file.convert(file.data, SourceList).sources
    for number, page in sources.items():
        if not number.isdecimal() or not page.strip():
            path = ("sources", number)
            raise file.refuse(fault("rulebook.whole.bad-source", "rulebook.advice.give-both", *path))
    return {int(number): page for number, page in sources.items()}


def _holidays(file: LawFile) -> HolidayList:
    holidays = file.convert(file.data, HolidayList)
    for day in holidays.days:
        if day.year != holidays.year:
            what = message("rulebook.whole.other-year", day=str(day), year=holidays.year)
            raise file.refuse(LawFileFault(("days",), what, message("rulebook.advice.year")))
    if list(holidays.days) != sorted(set(holidays.days)):
        raise file.refuse(fault("rulebook.whole.not-ascending", "rulebook.advice.order", "days"))
    return holidays


def _check_sources(regulations: Iterable[Regulation], sources: Mapping[int, str], places: Places) -> None:
    """Refuse a source that no register lists."""
    for stated in (stated for regulation in regulations for stated in regulation.statements):
        for number in (*stated.source, *(n for reading in stated.readings for n in reading.source)):
            if number not in sources:
                what = message("rulebook.whole.no-source", code=stated.code, number=number, file=SOURCES)
                unknown = LawFileFault((), what, message("rulebook.advice.add-source"))
                raise RulebookError(places[stated.regulation, stated.code], unknown)


_Versions: TypeAlias = Sequence[tuple[LawStatement, FileLine]]


def _check_periods(regulations: Iterable[Regulation], scheme: Scheme, places: Places, text: str) -> None:
    """Refuse two versions of a figure for one day, a day between two, and a day on which a needed one is missing."""
    versions: dict[str, list[tuple[LawStatement, FileLine]]] = {}
    for regulation in regulations:
        for stated in regulation.statements:
            place = places[stated.regulation, stated.code]
            versions.setdefault(stated.code, []).append((stated, place))
    for code, stated_in in versions.items():
        stated_in.sort(key=lambda version: version[0].applies_from)
        _check_succession(code, stated_in)
    codes = (*scheme.figures, *sorted(scheme.reasons))
    missing = [
        code
        for code in codes
        if code not in versions
        and not (code in scheme.optional and scheme.needed_with[code].isdisjoint(versions))
    ]
    if missing:
        raise _missing(missing, scheme, text)
    for code in codes:
        needing = [other for other in sorted(scheme.needed_with[code]) if other in versions]
        for other in needing if code in versions else ():
            _check_span(code, versions[code], other, versions[other])


def _missing(codes: Sequence[str], scheme: Scheme, text: str) -> RulebookError:
    """Return the error for what the scheme asks for and no file states, at the line that asks for the first of it."""
    code, *more = codes
    mention = next(
        (code for code in (f'"{code}"', f'"{code.removeprefix("disability.")}"') if code in text), ""
    )
    line = text.partition(mention)[0].count("\n") + 1 if mention else 1
    advice = message("rulebook.advice.state-reason")
    if unit := scheme.figures.get(code):
        advice = message("rulebook.advice.state-figure", unit=unit)
    if more:
        advice = message("rulebook.advice.state-more", advice=advice, codes=", ".join(more))
    return RulebookError(
        FileLine(SCHEME, line), LawFileFault((), message("rulebook.whole.not-stated", code=code), advice)
    )


def _check_succession(code: str, stated_in: _Versions) -> None:
    for (before, where), (after, place) in pairwise(stated_in):
        day_before = after.applies_from - ONE_DAY
        if after.applies_from <= before.applies_until:
            overlap = message(
                "rulebook.whole.overlap",
                code=code,
                first=str(after.applies_from),
                file=where.file,
                line=where.line,
                until=_until(before.applies_until),
            )
            advice = message("rulebook.advice.end-earlier", day=str(day_before))
            raise RulebookError(place, LawFileFault((), overlap, advice))
        if day_before > before.applies_until:
            gap = fault(
                "rulebook.whole.gap",
                "rulebook.advice.one-after-other",
                code=code,
                first=str(before.applies_until + ONE_DAY),
                last=str(day_before),
                file=where.file,
                line=where.line,
            )
            raise RulebookError(place, gap)


def _check_span(code: str, stated_in: _Versions, anchor: str, anchored: _Versions) -> None:
    first, last = anchored[0][0].applies_from, anchored[-1][0].applies_until
    (begins, where), (ends, end) = stated_in[0], stated_in[-1]
    parameters, advice = {"code": code, "anchor": anchor}, "rulebook.advice.what-applied"
    if begins.applies_from > first:
        parameters |= {"first": str(first), "last": str(begins.applies_from - ONE_DAY)}
        raise RulebookError(where, fault("rulebook.whole.missing-between", advice, **parameters))
    if ends.applies_until < last:
        parameters["first"] = str(ends.applies_until + ONE_DAY)
        raise RulebookError(end, fault("rulebook.whole.missing-on", advice, **parameters))


def _until(day: dt.date) -> Message:
    if day == dt.date.max:
        return message("rulebook.whole.without-end")
    return message("rulebook.whole.until", day=str(day))
