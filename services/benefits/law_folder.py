"""A folder of law: its scheme, every file read, and all of them held against each other, before a rulebook is made."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path

import msgspec
from msgspec import Struct

from events.message import Message, message
from services.benefits.law_files import (
    FileLine,
    HolidayList,
    LawFile,
    LawStatement,
    Regulation,
    RulebookError,
    SourceList,
    read_regulation,
)
from services.benefits.scheme import Scheme
from services.benefits.scheme_file import SCHEME, read_scheme

SOURCES = "sources.toml"
HOLIDAYS = "holidays"
ONE_DAY = dt.timedelta(days=1)


class Lawbook(Struct, frozen=True):
    """A folder that has been read: scheme, regulations, national holidays by year, sources by number, and its hash."""

    scheme: Scheme
    regulations: tuple[Regulation, ...]
    holidays: dict[int, frozenset[dt.date]]
    sources: dict[int, str]
    hash: str


def read_folder(folder: Path) -> Lawbook:
    """Read and check a folder; raises ``RulebookError`` with file, line and what to do for the first fault."""
    scheme = read_scheme(folder)
    regulations: list[Regulation] = []
    holidays: dict[int, HolidayList] = {}
    sources: dict[int, str] = {}
    for path in sorted(folder.rglob("*.toml")):
        if path == folder / SCHEME:
            continue
        file = LawFile(path, folder)
        if file.name == SOURCES:
            sources = _sources(file)
        elif path.parent == folder / HOLIDAYS:
            listed = _holidays(file)
            if listed.year in holidays:
                twice = message("rulebook.whole.year-twice", year=listed.year)
                raise file.refuse(("year",), twice, message("rulebook.advice.one-file"))
            holidays[listed.year] = listed
        elif path.parent == folder:
            regulation = read_regulation(file, scheme)
            if regulation.name in (known.name for known in regulations):
                fault = message("rulebook.whole.another-file", name=regulation.name)
                raise file.refuse(("regulation",), fault, message("rulebook.advice.keep-one"))
            regulations.append(regulation)
        else:
            raise RulebookError(
                FileLine(file.name, 1),
                message("rulebook.misplaced"),
                message("rulebook.advice.folder", folder=folder.name),
            )
    check_sources(regulations, sources)
    check_periods(regulations, scheme, folder)
    days = {year: frozenset(listed.days) for year, listed in holidays.items()}
    return Lawbook(scheme, tuple(regulations), days, sources, digest(scheme, regulations, holidays.values()))


def digest(scheme: Scheme, regulations: Iterable[Regulation], holidays: Iterable[HolidayList]) -> str:
    """Return the SHA-256 (hex) of what the files state: not of layout, comments, file names or sources' addresses."""
    stated = [
        [
            [regulation.name, regulation.title, regulation.applies_from, regulation.applies_until],
            sorted(regulation.statements, key=lambda statement: statement.code),
        ]
        for regulation in sorted(regulations, key=lambda regulation: regulation.name)
    ]
    listed = sorted(holidays, key=lambda listed: listed.year)
    return hashlib.sha256(msgspec.json.encode([scheme, stated, listed], order="deterministic")).hexdigest()


def check_sources(regulations: Iterable[Regulation], sources: dict[int, str]) -> None:
    """Refuse a source that stands in no register."""
    for regulation in regulations:
        for stated in regulation.statements:
            cited = (*stated.source, *(number for reading in stated.readings for number in reading.source))
            for number in cited:
                if number not in sources:
                    raise RulebookError(
                        regulation.place(stated.code),
                        message("rulebook.whole.no-source", code=stated.code, number=number, file=SOURCES),
                        message("rulebook.advice.add-source"),
                    )


def check_periods(regulations: Iterable[Regulation], scheme: Scheme, folder: Path) -> None:
    """Refuse two versions of a figure for one day, a day between two, and a day on which a needed one is missing."""
    versions: dict[str, list[tuple[LawStatement, FileLine]]] = {}
    for regulation in regulations:
        for stated in regulation.statements:
            versions.setdefault(stated.code, []).append((stated, regulation.place(stated.code)))
    for code, stated_in in versions.items():
        stated_in.sort(key=lambda version: version[0].applies_from)
        _check_succession(code, stated_in)
    missing = [
        code
        for code in (*scheme.figures, *sorted(scheme.reasons))
        if code not in versions
        and not (code in scheme.optional and scheme.needed_with[code].isdisjoint(versions))
    ]
    if missing:
        raise _missing(missing, scheme, folder)
    for code in (*scheme.figures, *sorted(scheme.reasons)):
        needing = [other for other in sorted(scheme.needed_with[code]) if other in versions]
        for other in needing if code in versions else ():
            _check_span(code, versions[code], other, versions[other])


def _missing(codes: Sequence[str], scheme: Scheme, folder: Path) -> RulebookError:
    """Return the error for what the scheme asks for and no file states, at the line that asks for the first of it."""
    code, *more = codes
    unit = scheme.figures.get(code)
    text = (folder / SCHEME).read_text(encoding="utf-8")
    asked = next(
        (code for code in (f'"{code}"', f'"{code.removeprefix("disability.")}"') if code in text), ""
    )
    line = text.partition(asked)[0].count("\n") + 1 if asked else 1
    advice = message("rulebook.advice.state-reason")
    if unit:
        advice = message("rulebook.advice.state-figure", unit=unit)
    if more:
        advice = message("rulebook.advice.state-more", advice=advice, codes=", ".join(more))
    return RulebookError(FileLine(SCHEME, line), message("rulebook.whole.not-stated", code=code), advice)


def _check_succession(code: str, stated_in: Sequence[tuple[LawStatement, FileLine]]) -> None:
    for (before, where), (after, place) in pairwise(stated_in):
        if after.applies_from <= before.applies_until:
            raise RulebookError(
                place,
                message(
                    "rulebook.whole.overlap",
                    code=code,
                    first=str(after.applies_from),
                    file=where.file,
                    line=where.line,
                    until=_until(before.applies_until),
                ),
                message("rulebook.advice.end-earlier", day=str(after.applies_from - ONE_DAY)),
            )
        if after.applies_from - ONE_DAY > before.applies_until:
            raise RulebookError(
                place,
                message(
                    "rulebook.whole.gap",
                    code=code,
                    first=str(before.applies_until + ONE_DAY),
                    last=str(after.applies_from - ONE_DAY),
                    file=where.file,
                    line=where.line,
                ),
                message("rulebook.advice.one-after-other"),
            )


def _check_span(
    code: str,
    stated_in: Sequence[tuple[LawStatement, FileLine]],
    anchor: str,
    anchored: Sequence[tuple[LawStatement, FileLine]],
) -> None:
    first, last = anchored[0][0].applies_from, anchored[-1][0].applies_until
    (begins, where), (ends, end) = stated_in[0], stated_in[-1]
    if begins.applies_from > first:
        place = where
        told = {"first": str(first), "last": str(begins.applies_from - ONE_DAY)}
        fault = message("rulebook.whole.missing-between", code=code, anchor=anchor, **told)
    elif ends.applies_until < last:
        place, gap = end, str(ends.applies_until + ONE_DAY)
        fault = message("rulebook.whole.missing-on", code=code, anchor=anchor, first=gap)
    else:
        return
    raise RulebookError(place, fault, message("rulebook.advice.what-applied"))


def _until(day: dt.date) -> Message:
    if day == dt.date.max:
        return message("rulebook.whole.without-end")
    return message("rulebook.whole.until", day=str(day))


def _sources(file: LawFile) -> dict[int, str]:
    listed = file.convert(file.data, SourceList).sources
    for number, page in listed.items():
        if not number.isdecimal() or not page.strip():
            fault = message("rulebook.whole.bad-source")
            raise file.refuse(("sources", number), fault, message("rulebook.advice.give-both"))
    return {int(number): page for number, page in listed.items()}


def _holidays(file: LawFile) -> HolidayList:
    listed = file.convert(file.data, HolidayList)
    for day in listed.days:
        if day.year != listed.year:
            fault = message("rulebook.whole.other-year", day=str(day), year=listed.year)
            raise file.refuse(("days",), fault, message("rulebook.advice.year"))
    if list(listed.days) != sorted(set(listed.days)):
        raise file.refuse(
            ("days",), message("rulebook.whole.not-ascending"), message("rulebook.advice.order")
        )
    return listed
