"""One person's claims under another rulebook: the assessment in force, the other one, and the figures that differ.

Pure: what was last said of a claim and a rulebook give the difference. Facts, orders and payments are as they are; only
the law is another.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from events.assessment import Assessing, Line
from services.adjudication.orders import due_date
from services.adjudication.state import ClaimRecord, State
from services.benefits.assess import assess
from services.benefits.award import Award, Ordered
from services.benefits.history import History
from services.benefits.insured_event import insured_event_of
from services.benefits.rulebook import Rulebook
from services.whatif.figures import FigureChanges, Turn

Key = tuple[str, str]
"""Benefit and payee."""


class ClaimAnswer(Struct, frozen=True):
    """An outcome with what it waits for or the codes of its reasons."""

    outcome: str
    missing: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()


class Effect(Struct, frozen=True):
    """A figure that another value has; ``alone`` is what it alone would add, in rupiah (negative: take away).

    ``before`` and ``after`` are empty where the value is a table, or where no law has the figure.
    """

    figure: str
    before: str
    after: str
    citation: str
    alone: int


class LineChange(Struct, frozen=True):
    """A benefit of one payee, in rupiah, before and after; ``effects`` are the figures through which it changes."""

    benefit: str
    payee: str
    before: int
    after: int
    difference: int
    citation: str
    """Of the award line under the other rulebook, or of the one that would fall away."""
    effects: tuple[Effect, ...]


class DueChange(Struct, frozen=True):
    """An order that would be due on another day: the day it was ordered for, and the other one."""

    order: str
    before: dt.date
    after: dt.date


class ClaimChange(Struct, frozen=True):
    """A claim that would be worth something else, be answered otherwise, or be due on another day.

    ``version`` is that of the assessment in force.
    """

    claim: str
    version: int
    programme: str
    event_date: dt.date
    before: ClaimAnswer
    after: ClaimAnswer
    difference: int
    lines: tuple[LineChange, ...]
    effects: tuple[Effect, ...]
    """The figures by which the answer or a line changes, each with what it alone does to the whole claim."""
    denied_by_officer: bool = False
    due: tuple[DueChange, ...] = ()
    """Orders in force that would be due on another day; in their order."""

    @property
    def amends(self) -> bool:
        """Whether judging the claim anew would say anything new; a day that was ordered for stays."""
        return self.before != self.after or bool(self.lines)


class Suspect(Struct, frozen=True):
    """A claim that may come out otherwise by the other rulebook, with its answer."""

    number: str
    award: Award


class LastAssessment(Struct, frozen=True):
    """What was last said of a claim, and the hash of the rulebook by which it was."""

    version: int
    answer: ClaimAnswer
    lines: tuple[Line, ...]
    rulebook: str


def claims_of(state: State) -> History:
    """Return the history in which a person's claims are judged: while nobody enrolled them, with what waits."""
    history = History(state.facts)
    return history if history.enrolled else History((*state.facts, *state.waiting))


def examine(state: State, rulebook: Rulebook, since: dt.date | None = None) -> tuple[int, list[Suspect]]:
    """Judge every claim of a person by a rulebook; returns how many were, and those that may come out otherwise.

    ``since`` leaves out claims whose event is earlier. A claim whose filing was retracted is none.
    """
    judged, suspects = 0, []
    if not state.claims:
        return 0, []
    history, orders = claims_of(state), _orders(state)
    for number, claim in history.claims.items():
        record = state.claims.get(number)
        if record is None or (since is not None and insured_event_of(claim, rulebook.scheme).day < since):
            continue
        judged += 1
        award = assess(history, number, rulebook, orders)
        suspect = Suspect(number, award)
        otherwise = _answer(record) != answer(award) or _sums(record.sums) != totals(award.lines)
        if otherwise or any(day != order.due_on for order, day in _due(state, suspect, rulebook)):
            suspects.append(suspect)
    return judged, suspects


def recorded(assessing: Assessing) -> LastAssessment:
    """Return what an assessment in the ledger says."""
    reasons = tuple(reason.code for reason in assessing.reasons)
    return LastAssessment(
        assessing.version,
        ClaimAnswer(assessing.outcome, assessing.missing, reasons),
        assessing.lines,
        assessing.receipt.rulebook,
    )


def judged_by(state: State, number: str, rulebook: Rulebook) -> LastAssessment:
    """Return what a rulebook gives for a claim, where no ledger says what was recorded."""
    award = assess(claims_of(state), number, rulebook, _orders(state))
    return LastAssessment(state.claims[number].version, answer(award), award.lines, rulebook.hash)


def explain(
    state: State, suspect: Suspect, last: LastAssessment, other: Rulebook, changes: FigureChanges | None
) -> ClaimChange | None:
    """Say what would change in a claim by the other rulebook, and through what.

    None where it changes nothing after all. ``changes`` is what differs between the rulebook of the assessment in
    force and the other one; None where the former is not available: then the lines carry their citation and no
    figures.
    """
    history, orders, award = claims_of(state), _orders(state), suspect.award
    before, after = totals(last.lines), totals(award.lines)
    turns = changes.at(award.programme, award.event_date) if changes else []
    alone = {turn: _alone(history, suspect.number, orders, turn) for turn in turns}
    by_itself = {turn: change for turn, change in alone.items() if change is not None}
    cited = {(line.benefit, line.payee): line.citation for line in (*last.lines, *award.lines)}
    lines = tuple(
        LineChange(
            *key,
            before.get(key, 0),
            after.get(key, 0),
            after.get(key, 0) - before.get(key, 0),
            cited[key],
            tuple(_line_effects(key, before.get(key, 0), by_itself) or _together(turns)),
        )
        for key in dict.fromkeys((*before, *after))
        if before.get(key, 0) != after.get(key, 0)
    )
    due = tuple(_due_changes(state, suspect, other, changes))
    now = answer(award)
    otherwise = bool(lines) or last.answer != now
    if not (otherwise or due):
        return None
    total = sum(before.values())
    effects = [
        _effect(turn, sum(change[1].values()) - total)
        for turn, change in by_itself.items()
        if change[1] != before or change[0] != last.answer or (due and _moves(state, suspect, turn, changes))
    ]
    return ClaimChange(
        claim=suspect.number,
        version=last.version,
        programme=award.programme,
        event_date=award.event_date,
        before=last.answer,
        after=now,
        difference=sum(after.values()) - total,
        lines=lines,
        effects=tuple(effects or (_together(turns) if otherwise else ())),
        denied_by_officer=history.claims[suspect.number].denied,
        due=due,
    )


def _due(state: State, suspect: Suspect, rulebook: Rulebook) -> Iterator[tuple[Ordered, dt.date]]:
    """Yield each order in force of a claim that is due, with the day by which a rulebook wants it paid."""
    if suspect.award.outcome != "due":
        return
    for order in state.claims[suspect.number].orders:
        if order.stands:
            yield order, due_date(order.day, suspect.award, rulebook)[0]


def _due_changes(
    state: State, suspect: Suspect, other: Rulebook, changes: FigureChanges | None
) -> Iterator[DueChange]:
    """Yield the orders that the other rulebook alone wants paid on another day, not what a later fact made of the claim."""
    today = dict(_days(state, suspect, changes.current)) if changes else {}
    for order, day in _due(state, suspect, other):
        if day not in (order.due_on, today.get(order.order)):
            yield DueChange(order.order, order.due_on, day)


def _days(state: State, suspect: Suspect, rulebook: Rulebook) -> list[tuple[str, dt.date]]:
    return [(order.order, day) for order, day in _due(state, suspect, rulebook)]


def _moves(state: State, suspect: Suspect, turn: Turn, changes: FigureChanges | None) -> bool:
    """Whether one figure of the other rulebook moves a day by itself."""
    current = changes.current if changes else turn.rulebook
    return _days(state, suspect, turn.rulebook) != _days(state, suspect, current)


def answer(award: Award) -> ClaimAnswer:
    """Return an award's outcome and what goes with it."""
    return ClaimAnswer(award.outcome, award.missing, tuple(reason.code for reason in award.reasons))


def totals(lines: Sequence[Line]) -> dict[Key, int]:
    """Sum award lines by benefit and payee."""
    return _sums([(line.benefit, line.payee, line.amount) for line in lines])


def _sums(parts: Sequence[tuple[str, str, int]]) -> dict[Key, int]:
    sums: dict[Key, int] = {}
    for benefit, payee, amount in parts:
        sums[benefit, payee] = sums.get((benefit, payee), 0) + amount
    return sums


def _answer(record: ClaimRecord) -> ClaimAnswer:
    return ClaimAnswer(record.outcome, record.missing, record.reasons)


def _orders(state: State) -> dict[str, tuple[Ordered, ...]]:
    return {number: record.orders for number, record in state.claims.items()}


def _alone(
    history: History, number: str, orders: Mapping[str, Sequence[Ordered]], turn: Turn
) -> tuple[ClaimAnswer, dict[Key, int]] | None:
    """Judge by the rulebook in force with one figure of the other in it; None where that is no rulebook."""
    try:
        award = assess(history, number, turn.rulebook, orders)
    except KeyError:
        return None
    return answer(award), totals(award.lines)


def _line_effects(
    key: Key, before: int, alone: Mapping[Turn, tuple[ClaimAnswer, dict[Key, int]]]
) -> Iterator[Effect]:
    for turn, (_, sums) in alone.items():
        if sums.get(key, 0) != before:
            yield _effect(turn, sums.get(key, 0) - before)


def _effect(turn: Turn, alone: int) -> Effect:
    return Effect(turn.code, turn.before, turn.after, turn.citation, alone)


def _together(turns: Sequence[Turn]) -> list[Effect]:
    """Where no figure changes anything by itself, all of them do it together."""
    return [_effect(turn, 0) for turn in turns]
