"""A confirmed school year that gives no line says why."""

from __future__ import annotations

from services.benefits.reading.folder import load
from services.explanation.chain import explain
from services.wording.explanation import lines
from services.wording.terms import LanguageTexts
from tests.lives import Life, heir, jkm_death
from tests.unit.explanation.lives import state_after

CHILDREN = [
    {"child": "c1", "name": "Satu", "birth_date": "2015-01-01"},
    {"child": "c2", "name": "Dua", "birth_date": "2003-06-30"},
    {"child": "c3", "name": "Tiga", "birth_date": "2016-01-01"},
]


def bereft() -> Life:
    """A member who died after years of contributions, and left three children."""
    life = Life().enrolled("2020-01-01").paid_months("2020-01", "2026-12").filed(children=CHILDREN)
    return life.died().heirs(heir())


def stages_of(life: Life, number: str = "A-1") -> list[tuple[str, int, str]]:
    """What the explanation says of the school years for which nothing is due."""
    found = explain(state_after(life), number, load())
    assert found is not None
    return [(year.child, year.school_year, year.why) for year in found.unpaid_years]


def test_each_year_without_a_line_says_why():
    """Too old, a third child, a level whose years are used up; what is paid or was taken back is not listed."""
    life = bereft().schooled("c2", "PT", 2026).schooled("c3", "SD", 2026)
    for year in range(2026, 2030):
        life.schooled("c1", "SMP", year)
    life.schooled("c1", "SMA", 2030, studying=False)
    assert stages_of(life) == [("c2", 2026, "age"), ("c3", 2026, "other-child"), ("c1", 2029, "years")]


def test_a_year_that_another_claim_pays_is_told_in_the_later_one():
    """The first says nothing of it."""
    life = bereft().schooled("c1", "SD", 2026)
    life.accident("B-1", children=CHILDREN).at_work(claim="B-1").items(
        {"kind": "total-disability"}, claim="B-1"
    )
    life.schooled("c1", "SD", 2026, claim="B-1")
    assert stages_of(life) == []
    assert stages_of(life, "B-1") == [("c1", 2026, "other-claim")]


def test_it_is_said_in_both_languages():
    """As a line of the award, with the child, the level and the school year."""
    life = bereft().schooled("c3", "SD", 2026)
    found = explain(state_after(life), "A-1", load())
    assert found is not None
    said = {lang: str(lines(found, LanguageTexts(lang, load().scheme))) for lang in ("id", "en")}
    assert "Beasiswa c3: SD 2026/2027: tidak dibayar, bukan salah satu anak yang berhak" in said["id"]
    assert "Scholarship c3: SD 2026/2027: nothing is due, not one of the children who have it" in said["en"]


def test_a_claim_that_opens_no_scholarship_lists_none():
    """Contributions of too few months: the explanation says that by itself."""
    assert stages_of(jkm_death().schooled("c1", "SD", 2026)) == []
