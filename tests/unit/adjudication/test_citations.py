"""What an award cites suffices for it, and all of it matters; no order is due before a fact that it needs.

``CITED_LIVES=2000 ./kelambu test tests/unit/adjudication/test_citations.py`` looks longer.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given

from services.adjudication.replay import Replay
from services.benefits.history import History
from services.benefits.rulebook import load
from services.scenarios.reading import Scenario, read_all
from services.scenarios.story import Story
from tests.citations import (
    assert_cited_matters,
    assert_cited_suffices,
    assert_replay_of_cited,
    cited,
    cited_lives,
    hold,
    known,
)
from tests.generated import lives, replayed

SCENARIOS = read_all([Path(__file__).parents[3] / "docs" / "scenarios"])


@cited_lives
@given(lives())
def test_the_cited_facts_of_any_life_give_its_awards_and_each_matters(life):
    """Lines, missing documents and reasons, from the cited facts alone; with any one of them taken away something changes."""
    book = replayed(life)
    for state in book.states.values():
        for number in History(known(state)).claims:
            award = cited(state, number, book.rulebook)
            assert_cited_suffices(state, number, book.rulebook, award)
            assert_cited_matters(state, number, book.rulebook, award)
            assert_replay_of_cited(life.documents, book, number, award)


@pytest.mark.parametrize("file", sorted({scenario.file for scenario in SCENARIOS}))
def test_the_cited_facts_of_every_scenario_give_its_awards_and_each_matters(file):
    """Whatever a scenario's facts come to, in all of them."""
    for scenario in SCENARIOS:
        if scenario.file == file:
            book = Replay(load())
            for line in told(scenario):
                book.take(line)
            hold(book)


def told(scenario: Scenario) -> list[bytes]:
    """The documents of a scenario."""
    story, documents = Story(), []
    for step in scenario.steps:
        story.tell(step.telling)
        if step.sentence.section == "fact":
            step.sentence.meaning(story, **step.values)
            documents += story.drain()
    return documents
