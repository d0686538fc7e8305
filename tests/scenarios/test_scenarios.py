"""Every scenario of docs/scenarios, run against the rulebook that ships."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from services.benefits.reading.folder import load
from services.scenarios.reading import Scenario, read_all
from services.scenarios.running import run

FOLDER = Path(__file__).parents[2] / "docs" / "scenarios"
SCENARIOS = read_all([FOLDER])


def _named(scenario: Scenario) -> str:
    return f"{Path(scenario.file).stem}: {scenario.name}"


@pytest.mark.parametrize("scenario", SCENARIOS, ids=_named)
def test_the_rules_give_what_the_scenario_says(scenario: Scenario):
    """Each Maka of each scenario holds when its facts are replayed."""
    outcome = run(scenario, load())
    assert not [(failure.line, failure.expected, failure.got) for failure in outcome.failures]


def test_scenarios_are_many_and_told_apart():
    """There are at least 150 headings' worth of them, and no two of a file share a name."""
    names = Counter(_named(scenario) for scenario in SCENARIOS)
    assert len(SCENARIOS) >= 150
    assert max(names.values()) == 1
