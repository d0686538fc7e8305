"""``findings open|assess|follow-up|list``: what auditors make of the hits of audit tests, in the audit trail."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Collection, Sequence
from pathlib import Path

from events.message import message
from services.audit_trail.entries import TrailEntry
from services.audit_trail.findings import FindingError, FindingState, findings, known_finding
from services.audit_trail.records import FollowUp, Outcome
from services.audit_trail.trail import read
from services.book.read_models_as_of import Book
from services.cli.book_options import NOW as OF_NOW
from services.cli.book_options import BookOptions
from services.cli.commands.controls import day_of, named_control, results_of
from services.cli.exit_codes import FINDING, OK, CommandError
from services.cli.figures import recorded_figure, show_handle
from services.cli.opening import with_installation
from services.cli.output import console, show_json, show_table, tell
from services.cli.read_models import book
from services.cli.trail_options import NOBODY, TrailOptions
from services.controls.hits import Control
from services.controls.registry import CONTROLS, control
from services.engagements.findings import (
    PresentHits,
    assess_finding,
    exception_kind,
    follow_up_finding,
    has_again,
    left_of,
    open_finding,
    present_exceptions,
)
from services.figures.totals import findings_totals
from services.runtime.bootstrap import Installation
from services.wording.controls import named
from services.wording.terms import LanguageTexts


def begin(
    name: str,
    hit: Sequence[str],
    /,
    *,
    note: str = "",
    trail: TrailOptions = NOBODY,
    data: Path | None = None,
) -> int:
    """Open a finding about hits of a control, or about exceptions of a kind, for a supervisor to assess.

    Prints its number.
    """
    kind = exception_kind(name)
    present = _exceptions(kind, hit, data) if kind else _present(named_control(name), data, trail)

    async def work(installation: Installation) -> str:
        return await open_finding(installation, present, hit, note, trail.signature)

    tell(console(), message("findings.opened", number=_recorded(work, data)))
    return OK


def assess(
    number: str,
    outcome: Outcome,
    /,
    *,
    note: str = "",
    trail: TrailOptions = NOBODY,
    data: Path | None = None,
) -> int:
    """Say, as a supervisor, what it is: a finding, explained, or a false alarm; not by whoever opened it."""

    async def work(installation: Installation) -> str:
        await assess_finding(installation, number, outcome, note, trail.signature)
        return number

    tell(console(), message("findings.assessed", number=_recorded(work, data)))
    return OK


def follow_up(
    number: str,
    state: FollowUp,
    /,
    *,
    note: str = "",
    trail: TrailOptions = NOBODY,
    data: Path | None = None,
) -> int:
    """Record how far it was followed, in BPK's four states.

    Compliant only once its control is clean of every hit; cannot-be-followed only with the valid reason in --reason.
    """
    one = finding_of(number, data)
    hits = _hits(one, data, trail)

    async def work(installation: Installation) -> str:
        await follow_up_finding(installation, number, state, hits, note, trail.signature)
        return number

    tell(console(), message("findings.followed-up", number=_recorded(work, data)))
    return OK


def listing(*, of: BookOptions = OF_NOW) -> int:
    """List the findings, what a supervisor said, how far each was followed, and how many of its hits are still there.

    Exit code 1 while one has not ended, or has hits again.
    """
    entries = _known_by(with_installation(of.data, read), of)
    states = list(findings(entries).values())
    with of.book() as chosen_book:
        hits_left = _hits_left(states, chosen_book, of)
        parameters = {"trail": str(entries[-1].position if entries else 0)}
        totals = findings_totals(states)
        handle = recorded_figure(of.data, chosen_book, "findings list", parameters, totals, of.trail)
    if of.json:
        rows = [
            {"number": one.opened.finding, "finding": one, "hits_left": hits_left[one.opened.finding]}
            for one in states
        ]
        show_json({"findings": rows, "sums": totals, "figure": handle})
    else:
        _print(states, hits_left, LanguageTexts())
        show_handle(console(), handle)
    return (
        FINDING
        if any(not one.ended or has_again(one, hits_left[one.opened.finding]) for one in states)
        else OK
    )


def finding_of(number: str, data: Path | None) -> FindingState:
    """Return a finding by its number."""
    try:
        return known_finding(with_installation(data, read), number)
    except FindingError as error:
        raise _command_error(error) from None


def _print(findings: list[FindingState], hits_left: dict[str, int], words: LanguageTexts) -> None:
    show_table(
        findings,
        ("findings.number", lambda one: one.opened.finding, "left"),
        ("findings.control", lambda one: named(one.opened.control, words), "prose"),
        ("controls.amount", lambda one: words.amount(one.opened.amount), "right"),
        ("findings.outcome", lambda one: _outcome(one, words), "prose"),
        (
            "findings.state",
            lambda one: _state(one, words),
            "prose",
        ),
        ("findings.left", lambda one: f"{hits_left[one.opened.finding]}/{len(one.opened.items)}", "right"),
    )


def _outcome(one: FindingState, words: LanguageTexts) -> str:
    return words.say(f"finding-outcome.{one.outcome}" if one.outcome else "findings.open")


def _state(one: FindingState, words: LanguageTexts) -> str:
    if one.outcome != "finding":
        return ""
    state = words.say(f"follow-up.{one.state}")
    return f"{state}: {one.reason}" if one.state == "cannot-be-followed" else state


def _known_by(trail: list[TrailEntry], of: BookOptions) -> list[TrailEntry]:
    """Return what had been recorded of findings by the moment that is asked about, where that is one in time."""
    if not isinstance(of.known_on, dt.datetime):
        return trail
    return [entry for entry in trail if entry.time <= of.known_on]


def _hits_left(findings: list[FindingState], chosen_book: Book, of: BookOptions) -> dict[str, int]:
    """Return how many hits of each finding its control has in a book.

    One that this program no longer has is asked of nothing.
    """
    controls = {one.opened.control for one in findings}
    chosen, day = [one for one in CONTROLS if one.name in controls], day_of(of.known_on, of.true_on)
    results = results_of(chosen, chosen_book.view, day, of.data, of.trail)
    hits = {one.name: {hit.handle(one.name) for hit in result.hits} for one, result in results}
    left: dict[str, int] = {}
    for one in findings:
        present: Collection[str] = hits.get(one.opened.control, ())
        if kind := exception_kind(one.opened.control):
            present = present_exceptions(chosen_book.view, day, kind, one.opened.items).amounts
        left[one.opened.finding] = left_of(one, present)
    return left


def _hits(finding: FindingState, data: Path | None, trail: TrailOptions) -> Collection[str]:
    """Return the handles of what a finding is about now.

    A control that this program no longer has is asked of nothing.
    """
    if kind := exception_kind(finding.opened.control):
        return _exceptions(kind, finding.opened.items, data).amounts
    one = control(finding.opened.control)
    return () if one is None else _present(one, data, trail).amounts


def _exceptions(kind: str, items: Sequence[str], data: Path | None) -> PresentHits:
    with book(data) as looked:
        return present_exceptions(looked.view, day_of(None, None), kind, items)


def _present(one: Control, data: Path | None, trail: TrailOptions) -> PresentHits:
    with book(data) as chosen_book:
        ((_, result),) = results_of([one], chosen_book.view, day_of(None, None), data, trail)
        amounts = {hit.handle(one.name): hit.amount for hit in result.hits}
        return PresentHits(one.name, amounts, chosen_book.cut.positions)


def _recorded(work: Callable[[Installation], Awaitable[str]], data: Path | None) -> str:
    try:
        return with_installation(data, work)
    except FindingError as error:
        raise _command_error(error) from None


def _command_error(error: FindingError) -> CommandError:
    return CommandError(error.message, message("findings.see-list"))
