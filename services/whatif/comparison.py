"""One person's claims under another rulebook: what stands, what would stand, and the figures that make the difference.

Pure: what was last said of a claim and a rulebook give the difference. Facts, orders and payments are as they are; only
the law is another.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from events.assessment import Assessing, Line
from services.adjudication.state import Record, State
from services.benefits.assess import assess
from services.benefits.award import Award
from services.benefits.facts import Ordered
from services.benefits.footing import footing_of
from services.benefits.history import History
from services.benefits.rulebook import Rulebook
from services.whatif.figures import Changes, Turn

Key = tuple[str, str]
"""Benefit and payee."""


class Answer(Struct, frozen=True):
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


class ClaimChange(Struct, frozen=True):
    """A claim that would be worth something else, or be answered otherwise; ``version`` is that of what stands."""

    claim: str
    version: int
    programme: str
    event_date: dt.date
    before: Answer
    after: Answer
    difference: int
    lines: tuple[LineChange, ...]
    effects: tuple[Effect, ...]
    """The figures by which the answer or a line changes, each with what it alone does to the whole claim."""
    denied_by_officer: bool = False


class Suspect(Struct, frozen=True):
    """A claim that is answered otherwise by the other rulebook, with that answer."""

    number: str
    award: Award


class Standing(Struct, frozen=True):
    """What was last said of a claim, and the hash of the rulebook by which it was."""

    version: int
    answer: Answer
    lines: tuple[Line, ...]
    rulebook: str


def claims_of(state: State) -> History:
    """Return the history in which a person's claims are judged: while nobody enrolled them, with what waits."""
    history = History(state.facts)
    return history if history.enrolled else History((*state.facts, *state.waiting))


def examine(state: State, rulebook: Rulebook, since: dt.date | None = None) -> tuple[int, list[Suspect]]:
    """Judge every claim of a person by a rulebook; returns how many were, and those that come out otherwise.

    ``since`` leaves out claims whose event is earlier. A claim whose filing was retracted is none.
    """
    judged, suspects = 0, []
    if not state.claims:
        return 0, []
    history, orders = claims_of(state), _orders(state)
    for number, claim in history.claims.items():
        record = state.claims.get(number)
        if record is None or (since is not None and footing_of(claim, rulebook.scheme).day < since):
            continue
        judged += 1
        award = assess(history, number, rulebook, orders)
        if _answer(record) != answer(award) or _sums(record.sums) != totals(award.lines):
            suspects.append(Suspect(number, award))
    return judged, suspects


def recorded(said: Assessing) -> Standing:
    """Return what an assessment in the ledger says."""
    reasons = tuple(reason.code for reason in said.reasons)
    return Standing(
        said.version, Answer(said.outcome, said.missing, reasons), said.lines, said.receipt.rulebook
    )


def judged_by(state: State, number: str, rulebook: Rulebook) -> Standing:
    """Return what a rulebook gives for a claim, where no ledger says what was recorded."""
    award = assess(claims_of(state), number, rulebook, _orders(state))
    return Standing(state.claims[number].version, answer(award), award.lines, rulebook.hash)


def explain(state: State, suspect: Suspect, standing: Standing, changes: Changes | None) -> ClaimChange:
    """Say what would change in a claim, and through what.

    ``changes`` is what differs between the rulebook of the standing assessment and the other one; None where the
    former is not at hand: then the lines carry their citation and no figures.
    """
    history, orders, award = claims_of(state), _orders(state), suspect.award
    before, after = totals(standing.lines), totals(award.lines)
    turns = changes.at(award.programme, award.event_date) if changes else []
    alone = {turn: _alone(history, suspect.number, orders, turn) for turn in turns}
    by_itself = {turn: found for turn, found in alone.items() if found is not None}
    cited = {(line.benefit, line.payee): line.citation for line in (*standing.lines, *award.lines)}
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
    total = sum(before.values())
    whole = [
        _effect(turn, sum(found[1].values()) - total)
        for turn, found in by_itself.items()
        if found[1] != before or found[0] != standing.answer
    ]
    return ClaimChange(
        claim=suspect.number,
        version=standing.version,
        programme=award.programme,
        event_date=award.event_date,
        before=standing.answer,
        after=answer(award),
        difference=sum(after.values()) - total,
        lines=lines,
        effects=tuple(whole or _together(turns)),
        denied_by_officer=history.claims[suspect.number].denied,
    )


def answer(award: Award) -> Answer:
    """Return an award's outcome and what goes with it."""
    return Answer(award.outcome, award.missing, tuple(reason.code for reason in award.reasons))


def totals(lines: Sequence[Line]) -> dict[Key, int]:
    """Sum award lines by benefit and payee."""
    return _sums([(line.benefit, line.payee, line.amount) for line in lines])


def _sums(parts: Sequence[tuple[str, str, int]]) -> dict[Key, int]:
    sums: dict[Key, int] = {}
    for benefit, payee, amount in parts:
        sums[benefit, payee] = sums.get((benefit, payee), 0) + amount
    return sums


def _answer(record: Record) -> Answer:
    return Answer(record.outcome, record.missing, record.reasons)


def _orders(state: State) -> dict[str, tuple[Ordered, ...]]:
    return {number: record.orders for number, record in state.claims.items()}


def _alone(
    history: History, number: str, orders: Mapping[str, Sequence[Ordered]], turn: Turn
) -> tuple[Answer, dict[Key, int]] | None:
    """Judge by what stands with one figure of the other rulebook in it; None where it cannot stand alone."""
    try:
        award = assess(history, number, turn.rulebook, orders)
    except KeyError:
        return None
    return answer(award), totals(award.lines)


def _line_effects(
    key: Key, before: int, alone: Mapping[Turn, tuple[Answer, dict[Key, int]]]
) -> Iterator[Effect]:
    for turn, (_, sums) in alone.items():
        if sums.get(key, 0) != before:
            yield _effect(turn, sums.get(key, 0) - before)


def _effect(turn: Turn, alone: int) -> Effect:
    return Effect(turn.code, turn.before, turn.after, turn.citation, alone)


def _together(turns: Sequence[Turn]) -> list[Effect]:
    """Where no figure changes anything by itself, all of them do it together."""
    return [_effect(turn, 0) for turn in turns]
