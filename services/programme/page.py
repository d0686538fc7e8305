"""The page that reconciles the published figures with the rulebook."""

from __future__ import annotations

from collections.abc import Iterator

from services.benefits.lawfiles import Statement
from services.benefits.rulebook import Rulebook
from services.benefits.scheme import Scheme
from services.programme.lives import EVENT
from services.programme.published import PUBLISHED

HEAD = f"""# Programme figures

Written by `uv run python -m services.programme`; change the rulebook or `services/programme`, not this page.

When the regency's programme began in April and July 2025, newspapers printed these figures. Beside each stands what
Kelambu pays: not a constant, but what `replay` gives for a small life under the rulebook. Everywhere the participant has the lowest
income base, every paper is there, and the accident or death is of {EVENT.day} {EVENT:%B %Y}.

| printed | | the rules give | how to read it |
|---|---|---|---|
"""

RESTS = """
## What they rest on

| figure | value | article | confidence | reading applied | other readings |
|---|---:|---|---|---|---|
"""


def write(rulebook: Rulebook) -> str:
    """Return the page as Markdown; the same for the same rulebook."""
    return "".join((HEAD, *_findings(rulebook), RESTS, *_figures(rulebook)))


def _findings(rulebook: Rulebook) -> Iterator[str]:
    for published in PUBLISHED:
        found = published.check(rulebook)
        mark = published.holds if found.right else "**wrong**"
        yield f"| {published.printed} | {mark} | {found.parts} | {found.verdict} |\n"


def _figures(rulebook: Rulebook) -> Iterator[str]:
    codes = dict.fromkeys(code for published in PUBLISHED for code in published.codes)
    stated = {
        statement.code: statement
        for regulation in rulebook.regulations
        for statement in regulation.statements
        if statement.applies_from <= EVENT <= statement.applies_until
    }
    for statement in (stated[code] for code in codes if code in stated):
        applied = "; ".join(reading.en for reading in statement.readings if reading.applied)
        others = "; ".join(reading.en for reading in statement.readings if not reading.applied)
        yield (
            f"| {statement.en} (`{statement.code}`) | {_value(statement, rulebook.scheme)} | {statement.citation} | {statement.confidence}"
            f" | {applied} | {others} |\n"
        )


def _value(statement: Statement, scheme: Scheme) -> str:
    """Write a figure in its unit; income brackets are too many for one cell."""
    value, unit = statement.value, scheme.figures[statement.code]
    if unit == "brackets":
        return "table"
    if not isinstance(value, int):
        return str(value)
    if unit == "amount":
        return scheme.currency.write(value)
    return f"{value} %" if unit == "percent" else f"{value}"
