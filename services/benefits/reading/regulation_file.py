"""The file of a regulation: what each article states, strict; what is not understood is refused with file and line.

It states ``regulation`` (its short name), ``title`` in both languages, the period in which it applies and until when it
was checked; then its articles, each with ``figures`` and ``reasons``. What an article says of ``source``,
``confidence``, ``see`` and periods holds for each of its figures that does not say otherwise.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import TypeAlias

from msgspec import UNSET, Struct, UnsetType

from events.message import LANGUAGES, Text, message
from services.benefits.figures import fault_in
from services.benefits.reading.law_file import FileLine, LawFile, LawFileFault, fault
from services.benefits.rulebook import Confidence, LawStatement, Regulation
from services.benefits.scheme import Scheme


class _Article(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """What an article may say once for all its figures and reasons, and these."""

    article: str
    see: tuple[str, ...] = ()
    source: tuple[int, ...] = ()
    confidence: Confidence | UnsetType = UNSET
    verified_until: dt.date | UnsetType = UNSET
    applies_from: dt.date | UnsetType = UNSET
    applies_until: dt.date | UnsetType = UNSET
    figures: dict[str, dict[str, object]] = {}
    reasons: dict[str, dict[str, object]] = {}


class _Heading(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    regulation: str
    title: Text
    applies_from: dt.date
    applies_until: dt.date = dt.date.max
    verified_until: dt.date
    article: list[dict[str, object]]


_DERIVED = ("code", "regulation")
"""Keys of a statement that follow from its place, and are not written."""

Places: TypeAlias = dict[tuple[str, str], FileLine]
"""Regulation and code to where it is stated."""


def read_regulation(file: LawFile, scheme: Scheme, places: Places) -> Regulation:
    """Read one regulation and note its ``places``; raises ``RulebookError`` with the line of the first fault.

    It may state the figures and the reasons that the scheme asks for, and no others.
    """
    heading = file.convert(file.data, _Heading)
    stated: dict[str, LawStatement] = {}
    if heading.applies_until < heading.applies_from:
        raise file.refuse(fault("rulebook.ends-early", "rulebook.advice.last-day", "applies_until"))
    for index, data in enumerate(heading.article):
        article = file.convert(data, _Article, "article", index)
        for family, entries in (("figures", article.figures), ("reasons", article.reasons)):
            for code, entry in entries.items():
                path = ("article", index, family, code)
                if code in stated:
                    line = places[heading.regulation, code].line
                    twice = fault("rulebook.stated-twice", "rulebook.advice.keep-one", code=code, line=line)
                    raise file.refuse(twice._replace(path=path))
                stated[code] = _statement(file, scheme, heading, data, entry, path)
                places[heading.regulation, code] = file.place(*path)
    return Regulation(
        heading.regulation,
        heading.title,
        heading.applies_from,
        heading.applies_until,
        tuple(stated.values()),
    )


def _statement(
    file: LawFile,
    scheme: Scheme,
    heading: _Heading,
    article: Mapping[str, object],
    entry: Mapping[str, object],
    path: tuple[str, int, str, str],
) -> LawStatement:
    _, _, family, code = path
    unit = scheme.figures.get(code, "")
    if not unit if family == "figures" else code not in scheme.reasons:
        unasked = fault("rulebook.not-asked", "rulebook.advice.remove", *path, code=code, family=family)
        raise file.refuse(unasked)
    for own in _DERIVED:
        if own in entry:
            unknown = fault("rulebook.unknown-key", "rulebook.advice.follows", own, key=own)
            raise file.refuse(unknown.within(code, *path))
    merged = {
        "verified_until": heading.verified_until,
        "applies_from": heading.applies_from,
        "applies_until": heading.applies_until,
        **{key: value for key, value in article.items() if key not in ("figures", "reasons")},
        **entry,
        "code": code,
        "regulation": heading.regulation,
    }
    statement = file.convert(merged, LawStatement, *path, derived=_DERIVED)
    for one in (*_faults(statement, heading, unit), *_faults_in_readings(statement)):
        raise file.refuse(one.within(code, *path))
    return statement


def _faults(stated: LawStatement, heading: _Heading, unit: str) -> Iterator[LawFileFault]:
    """Yield what is wrong; a reason has no unit."""
    if not unit and stated.value is not UNSET:
        yield fault("rulebook.reason-value", "rulebook.advice.remove-it", "value")
    if unit and stated.value is UNSET:
        yield fault("rulebook.no-value", "rulebook.advice.figure")
    elif unit and (wrong := fault_in(unit, stated.value)):
        yield LawFileFault(("value",), wrong, message("rulebook.advice.in-unit", unit=unit))
    if stated.applies_until < stated.applies_from:
        yield fault("rulebook.ends-early", "rulebook.advice.last-day", "applies_until")
    if stated.applies_from < heading.applies_from:
        yield fault("rulebook.begins-early", "rulebook.advice.within", "applies_from")
    if stated.applies_until > heading.applies_until:
        yield fault("rulebook.applies-longer", "rulebook.advice.within", "applies_until")
    for language in LANGUAGES:
        if not str(getattr(stated, language)).strip():
            yield fault("rulebook.no-text", "rulebook.advice.both-languages", language)
    if stated.confidence == "F" and not stated.source:
        yield fault("rulebook.no-source", "rulebook.advice.sources", "source")


def _faults_in_readings(stated: LawStatement) -> Iterator[LawFileFault]:
    readings = stated.readings
    if stated.confidence == "C" and len(readings) < 2:
        yield fault("rulebook.one-reading", "rulebook.advice.all-readings", "readings")
    applied = [reading for reading in readings if reading.applied]
    if readings and len(applied) != 1:
        yield fault("rulebook.applied", "rulebook.advice.apply-one", "readings", count=len(applied))
    if applied and applied[0].value not in (UNSET, stated.value):
        yield fault("rulebook.other-value", "rulebook.advice.same", "readings")
