"""Running a scenario: its documents through the offline replay, its expectations held against what comes of them."""

from __future__ import annotations

from msgspec import Struct

from events.codes import Codes
from events.document import Refused, read
from services.adjudication.replay import Replay
from services.benefits.rulebook import Rulebook
from services.scenarios.expectations import Got, Seen, refused
from services.scenarios.reading import Scenario, Step
from services.scenarios.story import Story
from services.texts.catalogue import render


class Failure(Struct, frozen=True):
    """An expectation that was not met: where it stands, what it says, and what came instead."""

    line: int
    expected: str
    got: Got


class Outcome(Struct, frozen=True):
    """A scenario that was run; it has passed when nothing failed. ``seen`` is everything at its end."""

    scenario: Scenario
    failures: tuple[Failure, ...]
    seen: Seen

    @property
    def passed(self) -> bool:
        """Whether every expectation was met."""
        return not self.failures


def run(scenario: Scenario, rulebook: Rulebook) -> Outcome:
    """Tell the story sentence by sentence, and look at each *Maka* at what the facts so far have come to."""
    story, book = Story(), Replay(rulebook)
    failures: list[Failure] = []
    refusals: list[Failure] = []
    for step in scenario.steps:
        story.tell(step.telling)
        if step.sentence.section == "fact":
            step.sentence.meaning(story, **step.values)
            for line in story.drain():
                before = len(book.refused)
                book.take(line)
                if len(book.refused) > before:
                    refusals.append(
                        Failure(step.line, step.text, _why(line, book.refused[-1].code, rulebook.codes))
                    )
            continue
        if step.sentence.meaning is refused:
            refusals.clear()
        got = _held(step, Seen(book.result(), story.claim))
        if got is not None:
            failures.append(Failure(step.line, step.text, got))
    return Outcome(scenario, (*refusals, *failures), Seen(book.result(), story.claim))


def _held(step: Step, seen: Seen) -> Got:
    got: Got = step.sentence.meaning(seen, **step.values)  # type: ignore[assignment]
    return got


def _why(line: bytes, code: str, codes: Codes) -> tuple[str, ...]:
    try:
        read(line, codes)
    except Refused as refusal:
        return (code, *(f"{fault.path}: {render(fault.message, 'en')}" for fault in refusal.faults))
    return (code,)
