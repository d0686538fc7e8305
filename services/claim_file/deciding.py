"""The events of a claim's file decided again, each conclusion compared with the one that was recorded.

Pure: the file alone, no ledger, no key, no clock.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, TypeAlias

import msgspec
from msgspec import Struct, field

from events.assessment import ClaimAssessed
from events.catalogue import AgencyEvent, Event, Operation, OrderProposal, encode, type_of
from events.operation import RulebookAdopted
from events.values import civil_date
from services.adjudication.decider import advance
from services.adjudication.state import State, initial, with_orders_of
from services.benefits.reading.law_file import RulebookError
from services.benefits.reading.rulebook_files import read_files
from services.benefits.rulebook import ENGINE, Rulebook
from services.claim_file.contents import ClaimFile, name_of
from services.platform.json_differences import differing

Verdict: TypeAlias = Literal["same", "differs", "missing", "unfounded", "undecided"]
"""Of a conclusion: ``missing`` was not recorded, to ``unfounded`` nothing leads, ``undecided`` cannot be repeated
here."""


class DifferingPart(Struct, frozen=True):
    """A part in which a conclusion differs, by its path: as it was recorded, as it is calculated again."""

    path: str
    recorded: str
    again: str


class Conclusion(Struct, frozen=True):
    """What Kelambu concluded from an event, or recorded as concluded, and whether it comes out the same."""

    position: int
    event: str
    type: str
    claim: str
    verdict: Verdict
    parts: tuple[DifferingPart, ...] = ()


class DecidedAgain(Struct):
    """What the events of a file come to. ``decided`` of them were decided on, ``rulebook`` assessed the claim last."""

    state: State = field(default_factory=initial)
    rulebook: Rulebook | None = None
    decided: int = 0
    conclusions: list[Conclusion] = field(default_factory=list)
    lost: set[str] = field(default_factory=set)
    """``HASH@ENGINE`` of rulebooks that are needed and cannot be asked."""

    @property
    def same(self) -> int:
        """How many conclusions come out as they were recorded."""
        return sum(one.verdict == "same" for one in self.conclusions)


def rulebooks_of(file: ClaimFile) -> tuple[dict[str, Rulebook], dict[str, str]]:
    """Return the rulebooks of a file by the hash they are under, and why others cannot be read."""
    read: dict[str, Rulebook] = {}
    unreadable: dict[str, str] = {}
    for digest, files in file.rulebooks.items():
        try:
            read[digest] = read_files(files)
        except RulebookError as error:
            unreadable[digest] = str(error)
    return read, unreadable


def decide(file: ClaimFile, rulebooks: Mapping[str, Rulebook]) -> DecidedAgain:
    """Decide the events of a file again, each by the rulebook that was adopted when it was decided.

    Where the file asks about a day, the state is what the facts of that day come to, beside what had been ordered by
    then.
    """
    again, done = DecidedAgain(), initial()
    adopted = ""
    for event, recorded in _turns(file.decoded()):
        if isinstance(event, RulebookAdopted):
            is_repeatable = event.data.engine == ENGINE and event.data.rulebook in rulebooks
            adopted = event.data.rulebook
            if not is_repeatable:
                again.lost.add(f"{event.data.rulebook}@{event.data.engine}")
                adopted = ""
        rulebook = rulebooks.get(adopted)
        if not isinstance(event, AgencyEvent | OrderProposal):
            again.conclusions += [_conclusion(one, "unfounded") for one in recorded]
        elif rulebook is None:
            again.conclusions += [_conclusion(one, "undecided") for one in recorded]
        else:
            again.decided += 1
            again.state, conclusions = advance(again.state, event, rulebook)
            again.conclusions += _compared(conclusions[1:], recorded)
            if not conclusions:
                again.conclusions.append(_conclusion(event, "unfounded"))
            if any(_assesses(one, file.claim) for one in (*conclusions, *recorded)):
                again.rulebook = rulebook
            if file.day and event.recordedtime and civil_date(event.recordedtime) <= file.day:
                done = again.state
    again.rulebook = again.rulebook or next(iter(rulebooks.values()), None)
    if file.day and again.rulebook:
        again.state = with_orders_of(_facts_come_to(file, again.rulebook), done)
    return again


def _facts_come_to(file: ClaimFile, rulebook: Rulebook) -> State:
    """Return what the facts come to by themselves that had happened by the day that is asked about."""
    state = initial()
    for event in file.events_by_day():
        if isinstance(event, AgencyEvent):
            state, _ = advance(state, event, rulebook)
    return state


def decided_by(events: Sequence[Event], position: int) -> set[int]:
    """Return the positions of a person's events that were decided by then, each with all that was concluded from it."""
    turns = ([cause, *recorded] for cause, recorded in _turns(events))
    places = ([event.position or 0 for event in turn] for turn in turns)
    return {place for turn in places if max(turn) <= position for place in turn}


def _turns(events: Sequence[Event]) -> Iterator[tuple[Event, list[Event]]]:
    """Yield what was decided, with everything that was recorded behind it until the next."""
    cause: Event | None = None
    recorded: list[Event] = []
    for event in events:
        if cause is None or isinstance(event, AgencyEvent | OrderProposal | Operation):
            if cause is not None:
                yield cause, recorded
            cause, recorded = event, []
        else:
            recorded.append(event)
    if cause is not None:
        yield cause, recorded


def _assesses(event: Event, claim: str) -> bool:
    return isinstance(event, ClaimAssessed) and event.data.claim == claim


def _compared(expected: Sequence[Event], recorded: Sequence[Event]) -> Iterator[Conclusion]:
    """Compare what follows from an event with what was recorded behind it, each with its own kind."""
    remaining = list(recorded)
    for ours in expected:
        theirs = next((one for one in remaining if _kind(one) == _kind(ours)), None)
        if theirs is None:
            yield _conclusion(ours, "missing")
            continue
        remaining.remove(theirs)
        if encode(ours) == encode(theirs):
            yield _conclusion(theirs, "same")
        else:
            yield _conclusion(theirs, "differs", _parts(ours, theirs))
    for theirs in remaining:
        yield _conclusion(theirs, "unfounded")


def _kind(event: Event) -> tuple[object, ...]:
    data = event.data
    names = ("claim", "order", "version") if not hasattr(data, "payee") else ("claim", "order", "payee")
    return (type(event), *(getattr(data, name, None) for name in names))


def _conclusion(event: Event, verdict: Verdict, parts: tuple[DifferingPart, ...] = ()) -> Conclusion:
    claim = getattr(event.data, "claim", "")
    return Conclusion(event.position or 0, name_of(event), type_of(event), claim, verdict, parts)


def _parts(ours: Event, theirs: Event) -> tuple[DifferingPart, ...]:
    """Name each part that differs: of what is said, and only where that is the same of its place and times."""
    every = [
        DifferingPart(path, _as_text(recorded), _as_text(again))
        for path, again, recorded in differing(msgspec.to_builtins(ours), msgspec.to_builtins(theirs))
    ]
    data_parts = [part for part in every if part.path.startswith("data.")]
    plain = [part for part in data_parts if not part.path.startswith("data.receipt.")]
    return tuple(plain or data_parts or every)


def _as_text(value: object) -> str:
    if value is None:
        return "–"
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
