"""Running a scenario: its documents through the offline replay, its expectations held against what comes of them."""

from __future__ import annotations

from msgspec import Struct

from events.codes import Codes
from events.document import DocumentRefused, read
from services.adjudication.replay import Replay
from services.benefits.rulebook import Rulebook
from services.scenarios.expectations import Got, Seen, refused
from services.scenarios.reading import Scenario, ScenarioStep
from services.scenarios.story import Story
from services.texts.catalogue import render


class UnmetExpectation(Struct, frozen=True):
    """An expectation that was not met: its line, what it says, and what came instead."""

    line: int
    expected: str
    got: Got


class ScenarioResult(Struct, frozen=True):
    """A scenario that was run; it has passed when nothing failed. ``seen`` is everything at its end."""

    scenario: Scenario
    failures: tuple[UnmetExpectation, ...]
    seen: Seen

    @property
    def passed(self) -> bool:
        """Whether every expectation was met."""
        return not self.failures


def run(scenario: Scenario, rulebook: Rulebook) -> ScenarioResult:
    """Tell the story sentence by sentence, and look at each *Maka* at what the facts so far have come to."""
    story, book = Story(), Replay(rulebook)
    failures: list[UnmetExpectation] = []
    refusals: list[UnmetExpectation] = []
    for step in scenario.steps:
        story.begin(step.options)
        if step.sentence.section == "fact":
            step.sentence.meaning(story, **step.values)
            for line in story.drain():
                before = len(book.refused)
                book.take(line)
                if len(book.refused) > before:
                    refusals.append(
                        UnmetExpectation(
                            step.line, step.text, _why(line, book.refused[-1].code, rulebook.codes)
                        )
                    )
            continue
        if step.sentence.meaning is refused:
            refusals.clear()
        got = _held(step, Seen(book.result(), story.claim))
        if got is not None:
            failures.append(UnmetExpectation(step.line, step.text, got))
    return ScenarioResult(scenario, (*refusals, *failures), Seen(book.result(), story.claim))


def _held(step: ScenarioStep, seen: Seen) -> Got:
    got: Got = step.sentence.meaning(seen, **step.values)  # type: ignore[assignment]
    return got


def _why(line: bytes, code: str, codes: Codes) -> tuple[str, ...]:
    try:
        read(line, codes)
    except DocumentRefused as refusal:
        return (code, *(f"{fault.path}: {render(fault.message, 'en')}" for fault in refusal.faults))
    return (code,)
