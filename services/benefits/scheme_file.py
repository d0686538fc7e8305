"""Reading ``scheme.toml``: strict, and whatever does not hold together is refused with its line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias, get_args

from events.findings import Part
from events.message import Message, message
from services.benefits.families.disability import BOTH_SIDES, DisabilityTable
from services.benefits.families.lump_sum import IncomeShare, Sum
from services.benefits.families.scholarship import Scholarship, SchoolRules
from services.benefits.law_files import FileLine, LawFile, RulebookError
from services.benefits.scheme import AnyBenefit, Programme, Scheme

SCHEME = "scheme.toml"

Fault: TypeAlias = tuple[tuple[str | int, ...], Message, Message]
"""Where it stands, what is wrong, what to do."""


def read_scheme(folder: Path) -> Scheme:
    """Read the scheme of a rulebook folder; raises ``RulebookError`` with the line of the first fault."""
    if not (folder / SCHEME).is_file():
        raise RulebookError(
            FileLine(SCHEME, 1),
            message("rulebook.no-scheme", folder=folder.name, file=SCHEME),
            message("rulebook.advice.write-scheme"),
        )
    file = LawFile(folder / SCHEME, folder)
    scheme = file.convert(file.data, Scheme)
    for path, fault, advice in _faults(scheme):
        raise file.refuse(path, fault, advice)
    return scheme


def _faults(scheme: Scheme) -> Iterator[Fault]:
    if not scheme.programme:
        yield ("programme",), message("rulebook.scheme.no-programme"), message("rulebook.advice.a-programme")
    for field in ("sign", "separator", "decimal"):
        if any(character.isdigit() for character in getattr(scheme.currency, field)):
            yield (
                ("currency", field),
                message("rulebook.scheme.digit", field=field),
                message("rulebook.advice.beside-digits"),
            )
    if not scheme.currency.groups or min(scheme.currency.groups) < 1:
        yield ("currency", "groups"), message("rulebook.scheme.no-group"), message("rulebook.advice.groups")
    yield from _repeated(scheme)
    for n, programme in enumerate(scheme.programme):
        for path, fault, advice in _in_programme(programme, scheme):
            yield ("programme", n, *path), message("rulebook.of", what=programme.code, fault=fault), advice
    if scheme.scholarship:
        yield from _in_scholarship(scheme.scholarship)
    units: dict[str, str] = {}
    for code, unit, _ in scheme.asked:
        if units.setdefault(code, unit) != unit:
            yield (
                (),
                message("rulebook.scheme.two-units", code=code, unit=units[code], other=unit),
                message("rulebook.advice.another-figure"),
            )


def _repeated(scheme: Scheme) -> Iterator[Fault]:
    """Find a programme, cause or benefit that stands twice where it may stand once."""
    codes = Counter(programme.code for programme in scheme.programme)
    causes = Counter(cause for programme in scheme.programme for cause in programme.causes)
    for n, programme in enumerate(scheme.programme):
        if codes[programme.code] > 1:
            yield (
                ("programme", n, "code"),
                message("rulebook.scheme.twice", code=programme.code),
                message("rulebook.advice.own-code"),
            )
        for cause in programme.causes:
            if causes[cause] > 1:
                yield (
                    ("programme", n, "causes", cause),
                    message("rulebook.scheme.twice", code=cause),
                    message("rulebook.advice.one-programme"),
                )
    first: dict[str, AnyBenefit] = {}
    for n, programme in enumerate(scheme.programme):
        own: set[str] = set()
        for m, benefit in enumerate(programme.benefit):
            known = first.setdefault(benefit.code, benefit)
            if benefit.code in own or (type(known), known.name) != (type(benefit), benefit.name):
                path = ("programme", n, "benefit", m, "code")
                yield (
                    path,
                    message("rulebook.scheme.twice", code=benefit.code),
                    message("rulebook.advice.own-code"),
                )
            own.add(benefit.code)


def _in_programme(programme: Programme, scheme: Scheme) -> Iterator[Fault]:
    if not programme.causes:
        yield ("causes",), message("rulebook.scheme.no-cause"), message("rulebook.advice.name-causes")
    if not programme.benefit:
        yield ("benefit",), message("rulebook.scheme.no-benefit"), message("rulebook.advice.say-paid")
    for key in ("documents", "documents_on_death"):
        for paper in getattr(programme, key):
            if paper not in scheme.documents:
                yield (
                    (key,),
                    message("rulebook.scheme.no-name", code=paper),
                    message("rulebook.advice.documents"),
                )
    if programme.law not in (code for code, _ in programme.figures):
        yield (
            ("law",),
            message("rulebook.scheme.law-unasked", code=programme.law),
            message("rulebook.advice.own-figure"),
        )
    yield from _in_rules(programme, scheme)
    for m, benefit in enumerate(programme.benefit):
        for path, fault, advice in _in_benefit(benefit, scheme):
            yield ("benefit", m, *path), message("rulebook.of", what=benefit.code, fault=fault), advice


def _in_rules(programme: Programme, scheme: Scheme) -> Iterator[Fault]:
    if programme.otherwise and programme.otherwise not in scheme.by_code:
        yield (
            ("otherwise",),
            message("rulebook.scheme.unknown-programme", code=programme.otherwise),
            message("rulebook.advice.own-programme"),
        )
    if programme.otherwise and programme.insures == "any":
        yield ("otherwise",), message("rulebook.scheme.insures-any"), message("rulebook.advice.what-insures")
    if programme.insures == "rest" and not programme.otherwise:
        yield ("insures",), message("rulebook.scheme.no-otherwise"), message("rulebook.advice.otherwise")
    if programme.covers == "accident" and programme.first_months:
        yield ("first_months",), message("rulebook.scheme.death-months"), message("rulebook.advice.remove-it")
    if programme.covers == "death" and programme.income_raised:
        yield (
            ("income_raised",),
            message("rulebook.scheme.income-raised"),
            message("rulebook.advice.remove-it"),
        )
    if programme.income_raised and not programme.of_income:
        yield (
            ("income_raised",),
            message("rulebook.scheme.no-income-share"),
            message("rulebook.advice.remove-it"),
        )


def _in_benefit(benefit: AnyBenefit, scheme: Scheme) -> Iterator[Fault]:
    match benefit:
        case Sum():
            if not benefit.on:
                yield ("on",), message("rulebook.scheme.never-opened"), message("rulebook.advice.opens")
            if benefit.to != "participant" and benefit.on != ("death",):
                yield (
                    ("to",),
                    message("rulebook.scheme.for-death", who=benefit.to),
                    message("rulebook.advice.on-death"),
                )
            if isinstance(benefit, IncomeShare) and benefit.to == "funeral":
                yield ("to",), message("rulebook.scheme.funeral-share"), message("rulebook.advice.heirs")
        case DisabilityTable():
            yield from _in_table(benefit)
        case Scholarship():
            if not scheme.scholarship:
                yield (), message("rulebook.scheme.no-school-rules"), message("rulebook.advice.scholarship")
            if bool(benefit.on) == bool(benefit.after_months):
                yield (), message("rulebook.scheme.opened-twice"), message("rulebook.advice.keep-one")


def _in_table(table: DisabilityTable) -> Iterator[Fault]:
    if bool(table.multiple) == bool(table.sum):
        yield (), message("rulebook.scheme.multiple-or-sum"), message("rulebook.advice.multiple-or-sum")
    if not table.rows:
        yield ("rows",), message("rulebook.scheme.no-row"), message("rulebook.advice.insured-parts")
    for row in table.rows:
        part, _, kind = row.partition(".")
        if row in get_args(Part):
            part, kind = row, ""
        if (
            part not in get_args(Part)
            or part in BOTH_SIDES
            or kind not in ("", "right", "left", "least", "most")
        ):
            advice = message("rulebook.advice.a-row")
            yield ("rows",), message("rulebook.scheme.bad-row", row=row), advice
    for parent in table.contains:
        seen, below = {parent}, list(table.contains[parent])
        while below:
            part = below.pop()
            if part in seen:
                yield (
                    ("contains",),
                    message("rulebook.scheme.contained-twice", part=part),
                    message("rulebook.advice.contained-once"),
                )
                return
            seen.add(part)
            below += table.contains.get(part, ())


def _in_scholarship(rules: SchoolRules) -> Iterator[Fault]:
    for level in rules.amounts:
        if rules.counted_as(level) not in rules.years:
            yield (
                ("scholarship", "years"),
                message("rulebook.scheme.no-years", level=level),
                message("rulebook.advice.years"),
            )
    for level in rules.years:
        if level not in rules.amounts:
            yield (
                ("scholarship", "amounts"),
                message("rulebook.scheme.no-amount", level=level),
                message("rulebook.advice.amount"),
            )
