"""``docs/programme-figures.md``: each sum is that of its scenario, each figure that of the rulebook."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest

from services.benefits.reading.folder import load
from services.benefits.rulebook import LawStatement
from services.scenarios.reading import read_all
from services.scenarios.running import run

DOCS = Path(__file__).parents[2] / "docs"
DAY = dt.date(2026, 3, 1)
"""The day of every accident and death in these scenarios."""
TABLES = [
    [[cell.strip() for cell in row.strip("|").split("|")] for row in rows.splitlines()]
    for rows in re.findall(
        r"^\|-.*\n((?:\|.*\n)+)", (DOCS / "programme-figures.md").read_text(), re.MULTILINE
    )
]
PRINTED, FIGURES = TABLES
SCENARIOS = read_all([DOCS / "scenarios" / "angka-terbitan.md"])


@pytest.mark.parametrize("row", PRINTED, ids=lambda row: row[0])
def test_what_the_rules_give_is_what_its_scenario_comes_to(row: list[str]):
    """Each benefit with its sum; where a total stands, it is all that the claim is due."""
    _, _, given, _, name = row
    due = [
        claim.entitled
        for scenario in SCENARIOS
        if scenario.name == name or scenario.name.startswith(f"{name} ")
        for claim in run(scenario, load()).seen.result.claims.values()
    ]
    listed = {code: _rupiah(amount) for amount, code in re.findall(r"(Rp[0-9.]+) \(`([a-z.-]+)`\)", given)}
    assert listed
    [entitled] = [each for each in due if listed.items() <= each.items()] or due[:1]
    assert listed.items() <= entitled.items()
    if total := re.search(r"= (Rp[0-9.]+)$", given):
        assert sum(listed.values()) == sum(entitled.values()) == _rupiah(total[1])


@pytest.mark.parametrize("row", FIGURES, ids=lambda row: row[0])
def test_a_figure_is_that_of_the_rulebook(row: list[str]):
    """Its value, its article, its confidence and its readings."""
    said, value, citation, confidence, applied, others = row
    words, code = re.fullmatch(r"(.+) \(`(.+)`\)", said).groups()  # type: ignore[union-attr]
    [stated] = [
        statement
        for regulation in load().regulations
        for statement in regulation.statements
        if statement.code == code and statement.applies_from <= DAY <= statement.applies_until
    ]
    readings = [
        "; ".join(each.en for each in stated.readings if each.applied is is_applied)
        for is_applied in (True, False)
    ]
    assert (words, value, citation) == (stated.en, _value(stated), stated.citation)
    assert (confidence, applied, others) == (stated.confidence, *readings)


def _value(statement: LawStatement) -> str:
    scheme = load().scheme
    unit = scheme.figures[statement.code]
    if unit == "brackets":
        return "table"
    if not isinstance(statement.value, int):
        return str(statement.value)
    written = {"amount": scheme.currency.write(statement.value), "percent": f"{statement.value} %"}
    return written.get(unit, str(statement.value))


def _rupiah(text: str) -> int:
    return int(re.sub(r"\D", "", text))
