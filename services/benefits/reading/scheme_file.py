"""Reading ``scheme.toml``: strict, and whatever does not hold together is refused with its line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import get_args

from events.findings import Part
from services.benefits.families.disability import BOTH_SIDES, DisabilityTable
from services.benefits.families.lump_sum import IncomeShare, Sum
from services.benefits.families.scholarship import Scholarship
from services.benefits.law import SchoolRules
from services.benefits.reading.law_file import LawFile, LawFileFault, fault
from services.benefits.scheme import AnyBenefit, Programme, Scheme

SCHEME = "scheme.toml"


def read_scheme(text: str) -> Scheme:
    """Read the scheme of a rulebook; raises ``RulebookError`` with the line of the first fault."""
    file = LawFile(SCHEME, text)
    scheme = file.convert(file.data, Scheme)
    for one in faults_of(scheme):
        raise file.refuse(one)
    return scheme


def faults_of(scheme: Scheme) -> Iterator[LawFileFault]:
    """Yield what does not hold together in a scheme."""
    if not scheme.programme:
        yield fault("rulebook.scheme.no-programme", "rulebook.advice.a-programme", "programme")
    for field in ("sign", "separator", "decimal"):
        if any(character.isdigit() for character in getattr(scheme.currency, field)):
            path = ("currency", field)
            yield fault("rulebook.scheme.digit", "rulebook.advice.beside-digits", *path, field=field)
    if not scheme.currency.groups or min(scheme.currency.groups) < 1:
        yield fault("rulebook.scheme.no-group", "rulebook.advice.groups", "currency", "groups")
    yield from _repeated(scheme)
    for n, programme in enumerate(scheme.programme):
        for one in _in_programme(programme, scheme):
            yield one.within(programme.code, "programme", n)
    if scheme.scholarship:
        yield from _in_scholarship(scheme.scholarship)
    units: dict[str, str] = {}
    for code, unit, _ in scheme.asked:
        if (unit_before := units.setdefault(code, unit)) != unit:
            parameters = {"code": code, "unit": unit_before, "other": unit}
            yield fault("rulebook.scheme.two-units", "rulebook.advice.another-figure", **parameters)


def _repeated(scheme: Scheme) -> Iterator[LawFileFault]:
    """Find a programme, cause or benefit that is named twice where it may be named once."""
    codes = Counter(programme.code for programme in scheme.programme)
    causes = Counter(cause for programme in scheme.programme for cause in programme.causes)
    first: dict[str, AnyBenefit] = {}
    for n, programme in enumerate(scheme.programme):
        path = ("programme", n)
        if codes[programme.code] > 1:
            code = programme.code
            yield fault("rulebook.scheme.twice", "rulebook.advice.own-code", *path, "code", code=code)
        for cause in programme.causes:
            if causes[cause] > 1:
                advice = "rulebook.advice.one-programme"
                yield fault("rulebook.scheme.twice", advice, *path, "causes", cause, code=cause)
        own: set[str] = set()
        for m, benefit in enumerate(programme.benefit):
            code = benefit.code
            earlier = first.setdefault(code, benefit)
            if code in own or (type(earlier), earlier.name) != (type(benefit), benefit.name):
                place = (*path, "benefit", m, "code")
                yield fault("rulebook.scheme.twice", "rulebook.advice.own-code", *place, code=code)
            own.add(code)


def _in_programme(programme: Programme, scheme: Scheme) -> Iterator[LawFileFault]:
    if not programme.causes:
        yield fault("rulebook.scheme.no-cause", "rulebook.advice.name-causes", "causes")
    if not programme.benefit:
        yield fault("rulebook.scheme.no-benefit", "rulebook.advice.say-paid", "benefit")
    for key in ("documents", "documents_on_death"):
        for paper in getattr(programme, key):
            if paper not in scheme.documents:
                yield fault("rulebook.scheme.no-name", "rulebook.advice.documents", key, code=paper)
    law = programme.law
    if law not in (code for code, _ in programme.figures):
        yield fault("rulebook.scheme.law-unasked", "rulebook.advice.own-figure", "law", code=law)
    yield from _in_rules(programme, scheme)
    for m, benefit in enumerate(programme.benefit):
        for one in _in_benefit(benefit, scheme):
            yield one.within(benefit.code, "benefit", m)


def _in_rules(programme: Programme, scheme: Scheme) -> Iterator[LawFileFault]:
    other = programme.otherwise
    if other and other not in scheme.by_code:
        advice = "rulebook.advice.own-programme"
        yield fault("rulebook.scheme.unknown-programme", advice, "otherwise", code=other)
    if other and programme.insures == "any":
        yield fault("rulebook.scheme.insures-any", "rulebook.advice.what-insures", "otherwise")
    if programme.insures == "rest" and not other:
        yield fault("rulebook.scheme.no-otherwise", "rulebook.advice.otherwise", "insures")
    if programme.covers == "accident" and programme.first_months:
        yield fault("rulebook.scheme.death-months", "rulebook.advice.remove-it", "first_months")
    if programme.covers == "death" and programme.income_raised:
        yield fault("rulebook.scheme.income-raised", "rulebook.advice.remove-it", "income_raised")
    if programme.income_raised and not programme.of_income:
        yield fault("rulebook.scheme.no-income-share", "rulebook.advice.remove-it", "income_raised")


def _in_benefit(benefit: AnyBenefit, scheme: Scheme) -> Iterator[LawFileFault]:
    match benefit:
        case Sum():
            if not benefit.on:
                yield fault("rulebook.scheme.never-opened", "rulebook.advice.opens", "on")
            if benefit.to != "participant" and benefit.on != ("death",):
                yield fault("rulebook.scheme.for-death", "rulebook.advice.on-death", "to", who=benefit.to)
            if isinstance(benefit, IncomeShare) and benefit.to == "funeral":
                yield fault("rulebook.scheme.funeral-share", "rulebook.advice.heirs", "to")
        case DisabilityTable():
            yield from _in_table(benefit)
        case Scholarship():
            if not scheme.scholarship:
                yield fault("rulebook.scheme.no-school-rules", "rulebook.advice.scholarship")
            if bool(benefit.on) == bool(benefit.after_months):
                yield fault("rulebook.scheme.opened-twice", "rulebook.advice.keep-one")


def _in_table(table: DisabilityTable) -> Iterator[LawFileFault]:
    if bool(table.multiple) == bool(table.sum):
        yield fault("rulebook.scheme.multiple-or-sum", "rulebook.advice.multiple-or-sum")
    if not table.rows:
        yield fault("rulebook.scheme.no-row", "rulebook.advice.insured-parts", "rows")
    parts = get_args(Part)
    for row in table.rows:
        part, _, kind = (row, "", "") if row in parts else row.partition(".")
        if part not in parts or part in BOTH_SIDES or kind not in ("", "right", "left", "least", "most"):
            yield fault("rulebook.scheme.bad-row", "rulebook.advice.a-row", "rows", row=row)
    for parent in table.contains:
        contained, below = {parent}, list(table.contains[parent])
        while below:
            part = below.pop()
            if part in contained:
                advice = "rulebook.advice.contained-once"
                yield fault("rulebook.scheme.contained-twice", advice, "contains", part=part)
                return
            contained.add(part)
            below += table.contains.get(part, ())


def _in_scholarship(rules: SchoolRules) -> Iterator[LawFileFault]:
    for level in rules.amounts:
        if rules.counted_as(level) not in rules.years:
            path = ("scholarship", "years")
            yield fault("rulebook.scheme.no-years", "rulebook.advice.years", *path, level=level)
    for level in rules.years:
        if level not in rules.amounts:
            path = ("scholarship", "amounts")
            yield fault("rulebook.scheme.no-amount", "rulebook.advice.amount", *path, level=level)
