"""What the scenarios leave untouched, each with its reason; and that every figure of the law matters to one."""

from __future__ import annotations

from tests.scenarios.coverage import untouched
from tests.scenarios.mutations import EXPLAINED, survivors

UNTOUCHED = {
    "lines": {
        'assess.py: raise AssertionError("a claim without a membership is denied before this")': "cannot happen",
        "assess.py: return None": "the claim itself always ends the search for an earlier one",
        **dict.fromkeys(
            (
                "award.py: due: dict[str, int] = {}",
                "award.py: for one in self.lines:",
                "award.py: due[one.payee] = due.get(one.payee, 0) + one.amount",
                "award.py: for paid in self.counted:",
                "award.py: if paid.payee in due:",
                "award.py: due[paid.payee] = max(0, due[paid.payee] - paid.amount)",
                "award.py: return due",
            ),
            "asked for an explanation's least change, not by the decider",
        ),
        'lump_sum.py: amount, formula = least, f"max({formula}; {case.money(least)})"': (
            "the floor never binds: the smallest base gives more"
        ),
        "bills.py: continue": "every device that a finding may state has a cap or a price in this scheme",
        "disability.py: return None": "every part that a finding may state has a row in this scheme",
        **dict.fromkeys(
            (
                "disability.py: degree = Decimal(degree == 1)",
                "disability.py: insured = case.law[self.sum]",
                "disability.py: amount = whole(percent / 100 * insured.decimal)",
                'disability.py: formula = f"{text} × {case.money(insured.whole)}"',
            ),
            "this scheme's table is of the income base, and of any degree",
        ),
    },
}
"""By family, what no scenario can touch, and why."""


def test_scenarios_touch_every_figure_reason_paper_benefit_and_line_of_the_rules():
    """What is untouched is on the list, with why, and the list holds nothing else."""
    found = {family: set(names) for family, names in untouched().items()}
    assert found == {family: set(UNTOUCHED.get(family, {})) for family in found}


def test_every_change_of_the_law_makes_a_scenario_fail():
    """Each figure, bracket, rank, holiday and date of the law, moved by one step, is noticed or explained."""
    tried, alive = survivors()
    assert tried > 300
    assert [m.name for m in alive if m.code not in EXPLAINED and m.name not in EXPLAINED] == []
    assert {m.code for m in alive} | {m.name for m in alive} >= EXPLAINED.keys()
