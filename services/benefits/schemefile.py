"""Reading ``scheme.toml``: strict, and whatever does not hold together is refused with its line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias, get_args

from events.findings import Part
from services.benefits.families.disability import BOTH_SIDES, DisabilityTable
from services.benefits.families.lump_sum import IncomeShare, Sum
from services.benefits.families.scholarship import Scholarship, SchoolRules
from services.benefits.lawfiles import LawFile, Place, RulebookError
from services.benefits.scheme import AnyBenefit, Programme, Scheme

SCHEME = "scheme.toml"

Fault: TypeAlias = tuple[tuple[str | int, ...], str, str]
"""Where it stands, what is wrong, what to do."""


def read_scheme(folder: Path) -> Scheme:
    """Read the scheme of a rulebook folder; raises ``RulebookError`` with the line of the first fault."""
    if not (folder / SCHEME).is_file():
        raise RulebookError(
            Place(SCHEME, 1), f"{folder.name} has no {SCHEME}", "Write it; docs/new-scheme.md"
        )
    file = LawFile(folder / SCHEME, folder)
    scheme = file.convert(file.data, Scheme)
    for path, fault, advice in _faults(scheme):
        raise file.refuse(path, fault, advice)
    return scheme


def _faults(scheme: Scheme) -> Iterator[Fault]:
    if not scheme.programme:
        yield ("programme",), "no programme", "A scheme has at least one"
    for field in ("sign", "separator", "decimal"):
        if any(character.isdigit() for character in getattr(scheme.currency, field)):
            yield ("currency", field), f"{field} has a digit", "Write what stands beside the digits"
    if not scheme.currency.groups or min(scheme.currency.groups) < 1:
        yield ("currency", "groups"), "no group of digits", "Count the digits of each group, as in [3]"
    yield from _repeated(scheme)
    for n, programme in enumerate(scheme.programme):
        for path, fault, advice in _in_programme(programme, scheme):
            yield ("programme", n, *path), f"{programme.code}: {fault}", advice
    if scheme.scholarship:
        yield from _in_scholarship(scheme.scholarship)
    units: dict[str, str] = {}
    for code, unit, _ in scheme.asked:
        if units.setdefault(code, unit) != unit:
            yield (), f"{code} is asked for as {units[code]} and as {unit}", "Name another figure for one"


def _repeated(scheme: Scheme) -> Iterator[Fault]:
    """Find a programme, cause or benefit that stands twice where it may stand once."""
    codes = Counter(programme.code for programme in scheme.programme)
    causes = Counter(cause for programme in scheme.programme for cause in programme.causes)
    for n, programme in enumerate(scheme.programme):
        if codes[programme.code] > 1:
            yield ("programme", n, "code"), f"{programme.code} stands twice", "Give each its own code"
        for cause in programme.causes:
            if causes[cause] > 1:
                yield (
                    ("programme", n, "causes", cause),
                    f"{cause} stands twice",
                    "A cause is filed under one programme",
                )
    first: dict[str, AnyBenefit] = {}
    for n, programme in enumerate(scheme.programme):
        own: set[str] = set()
        for m, benefit in enumerate(programme.benefit):
            known = first.setdefault(benefit.code, benefit)
            if benefit.code in own or (type(known), known.name) != (type(benefit), benefit.name):
                path = ("programme", n, "benefit", m, "code")
                yield path, f"{benefit.code} stands twice", "Give each its own code"
            own.add(benefit.code)


def _in_programme(programme: Programme, scheme: Scheme) -> Iterator[Fault]:
    if not programme.causes:
        yield ("causes",), "no cause", "Name those under which a claim is filed"
    if not programme.benefit:
        yield ("benefit",), "no benefit", "Say what is paid"
    for key in ("documents", "documents_on_death"):
        for paper in getattr(programme, key):
            if paper not in scheme.documents:
                yield (key,), f"{paper} has no name", "Add it to documents"
    if programme.law not in (code for code, _ in programme.figures):
        yield ("law",), f"no benefit asks for {programme.law}", "Name a figure of this programme"
    yield from _in_rules(programme, scheme)
    for m, benefit in enumerate(programme.benefit):
        for path, fault, advice in _in_benefit(benefit, scheme):
            yield ("benefit", m, *path), f"{benefit.code}: {fault}", advice


def _in_rules(programme: Programme, scheme: Scheme) -> Iterator[Fault]:
    if programme.otherwise and programme.otherwise not in scheme.by_code:
        yield ("otherwise",), f"there is no programme {programme.otherwise}", "Name one of the scheme's"
    if programme.otherwise and programme.insures == "any":
        yield ("otherwise",), "it insures any cause", "Remove it, or say what it insures"
    if programme.insures == "rest" and not programme.otherwise:
        yield ("insures",), "nothing says what becomes of a death by work", "Name the programme otherwise"
    if programme.covers == "accident" and programme.first_months:
        yield ("first_months",), "first months are for a death programme", "Remove it"
    if programme.covers == "death" and programme.income_raised:
        yield ("income_raised",), "a raised income is looked at after an accident", "Remove it"
    if programme.income_raised and not programme.of_income:
        yield ("income_raised",), "no benefit is a share of the income", "Remove it"


def _in_benefit(benefit: AnyBenefit, scheme: Scheme) -> Iterator[Fault]:
    match benefit:
        case Sum():
            if not benefit.on:
                yield ("on",), "nothing opens it", "Write death, total-disability or both"
            if benefit.to != "participant" and benefit.on != ("death",):
                yield (
                    ("to",),
                    f"{benefit.to} are paid for a death",
                    'Write on = ["death"], or to = "participant"',
                )
            if isinstance(benefit, IncomeShare) and benefit.to == "funeral":
                yield ("to",), "funeral money is a fixed sum", "Write the heirs or the participant"
        case DisabilityTable():
            yield from _in_table(benefit)
        case Scholarship():
            if not scheme.scholarship:
                yield (), "the scheme has no rules of a scholarship", "Add [scholarship]"
            if bool(benefit.on) == bool(benefit.after_months):
                yield (), "either on or after_months opens it", "Keep one"


def _in_table(table: DisabilityTable) -> Iterator[Fault]:
    if bool(table.multiple) == bool(table.sum):
        yield (), "it is taken of a multiple of the income base, or of a sum", "Give one of multiple and sum"
    if not table.rows:
        yield ("rows",), "no row", "Name the parts of the body that are insured"
    for row in table.rows:
        part, _, kind = row.partition(".")
        if row in get_args(Part):
            part, kind = row, ""
        if (
            part not in get_args(Part)
            or part in BOTH_SIDES
            or kind not in ("", "right", "left", "least", "most")
        ):
            advice = "Write a part of docs/events.md, with .right and .left, or .least and .most, if need be"
            yield ("rows",), f"{row} is no row", advice
    for parent in table.contains:
        seen, below = {parent}, list(table.contains[parent])
        while below:
            part = below.pop()
            if part in seen:
                yield (
                    ("contains",),
                    f"{part} is contained twice",
                    "A part is contained once, and never in itself",
                )
                return
            seen.add(part)
            below += table.contains.get(part, ())


def _in_scholarship(rules: SchoolRules) -> Iterator[Fault]:
    for level in rules.amounts:
        if rules.counted_as(level) not in rules.years:
            yield ("scholarship", "years"), f"nothing says how many years of {level}", "Give its years"
    for level in rules.years:
        if level not in rules.amounts:
            yield ("scholarship", "amounts"), f"nothing says what {level} is paid", "Give its amount"
