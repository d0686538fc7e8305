"""Findings: what was opened about hits of audit tests, what a supervisor said, and how far each was followed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast, get_args

from litestar import Response, get, post
from litestar.params import FromPath
from msgspec import Struct

from events.message import message
from services.audit_trail.entries import TrailEntry
from services.audit_trail.findings import FindingState, findings
from services.audit_trail.records import FindingAssessed, FindingFollowedUp, FindingOpened, FollowUp, Outcome
from services.console.access import allowed
from services.console.asking import READS_ALL, at_work, present_of_kind
from services.console.context import Console, ConsoleContext
from services.console.control_results import AskedControls, control_results, open_control
from services.console.errors import PageError, missing
from services.console.figures import recorded_handle
from services.console.rendering import command_line, done
from services.console.tables import Column, Table, table_answer
from services.controls.registry import control
from services.engagements.findings import (
    assess_finding,
    exception_kind,
    follow_up_finding,
    has_again,
    left_of,
)
from services.figures.totals import findings_totals
from services.wording.controls import named

_STEPS = FindingOpened, FindingAssessed, FindingFollowedUp
_FIELDS = {
    "findings.no-reason": "reason",
    "findings.not-clean": "state",
    "findings.not-assessed": "state",
    "console.controls.at-work": "state",
}
"""In which field it is why a finding is not followed so."""
_PATIENCE_SECONDS = 60.0
"""How long whoever says that a test is clean waits for what it says of the book of now."""


class FindingLine(Struct, frozen=True):
    """A finding in the list; ``left`` of its ``items`` are hits now, None where the test opens sealed values."""

    number: str
    control: str
    amount: int
    outcome: str
    state: str
    items: int
    left: int | None
    again: bool
    by: str


@get("/findings", guards=[READS_ALL], sync_to_thread=True)
def findings_page(console: Console) -> Response[str] | Response[bytes]:
    """List the findings, what a supervisor said, how far each was followed, and how many of its hits are still there."""
    trail = console.trail()
    stated = list(findings(trail).values())
    result = control_results(console) if stated else None
    if stated and result is None:
        return at_work(console, "console.nav.findings")
    last = max((one.position for one in trail if isinstance(one.record, _STEPS)), default=0)
    sums = findings_totals(stated)
    with console.book() as book:
        handle = recorded_handle(console, book, "findings list", {"trail": str(last)}, sums)
    lines = [_line(console, one, result) for one in stated] if result else []
    table = Table(
        name="findings",
        caption="console.findings.caption",
        columns=_columns(console),
        rows=lines,
    )
    return table_answer(
        console,
        "findings.html",
        table,
        result=result.closed if result else None,
        sums=sums,
        handle=handle,
        command=command_line("findings list", {}),
    )


def _line(console: ConsoleContext, one: FindingState, answer: AskedControls) -> FindingLine:
    present = _present(console, one, answer)
    left = None if present is None else left_of(one, present)
    return FindingLine(
        number=one.opened.finding,
        control=one.opened.control,
        amount=one.opened.amount,
        outcome=one.outcome or "",
        state=one.state if one.outcome == "finding" else "",
        items=len(one.opened.items),
        left=left,
        again=left is not None and has_again(one, left),
        by=one.by,
    )


def _present(
    console: ConsoleContext, one: FindingState, answer: AskedControls | None
) -> Sequence[str] | None:
    """Return the hits of its test, or exceptions of its kind, by handle; None where that was not asked."""
    if kind := exception_kind(one.opened.control):
        return tuple(present_of_kind(console, kind, one.opened.items).amounts)
    test = control(one.opened.control)
    if test is None or answer is None:
        return ()
    present = answer.present(test)
    return None if present is None else tuple(present.amounts)


def _page_of(control: str) -> str:
    kind = exception_kind(control)
    return f"/exceptions?kind={kind}" if kind else f"/controls/{control}"


def _columns(console: ConsoleContext) -> tuple[Column[FindingLine], ...]:
    words = console.words
    return (
        Column(
            key="number", heading="findings.number", kind="code", link=lambda one: f"/findings/{one.number}"
        ),
        Column(
            key="control",
            heading="findings.control",
            value=lambda one: named(one.control, words),
            link=lambda one: _page_of(one.control),
        ),
        Column(
            key="amount", heading="controls.amount", kind="rupiah", figure=lambda one: f"{one.number}.amount"
        ),
        Column(
            key="outcome",
            heading="findings.outcome",
            value=lambda one: words.say(f"finding-outcome.{one.outcome}" if one.outcome else "findings.open"),
        ),
        Column(
            key="state",
            heading="findings.state",
            value=lambda one: (
                words.say("console.findings.again")
                if one.again
                else words.name("follow-up", one.state)
                if one.state
                else ""
            ),
        ),
        Column(key="items", heading="console.findings.items", kind="number"),
        Column(
            key="left", heading="findings.left", kind="number", figure=lambda one: f"{one.number}.hits_left"
        ),
        Column(key="by", heading="trail.by"),
    )


@get("/findings/{number:str}", guards=[READS_ALL], sync_to_thread=True)
def finding_page(console: Console, number: FromPath[str]) -> Response[str] | Response[bytes]:
    """Show a finding: its hits and which are still there, every step with who and why, and what may be said next."""
    trail = console.trail()
    one = _finding_numbered(trail, number)
    result = control_results(console)
    if result is None:
        return at_work(console, message("console.findings.title", number=number))
    present = _present(console, one, result)
    kind, test = exception_kind(one.opened.control), control(one.opened.control)
    test_result = result.of(test) if test else None
    hits = {hit.hit: hit for hit in (test_result.hits if test_result else None) or ()}
    items = [(item, item in (present or ()), hits.get(item)) for item in one.opened.items]
    table = Table(
        name=number,
        answer_path="steps",
        caption="console.findings.steps",
        columns=_step_columns(console),
        rows=[entry for entry in trail if _is_step(entry, number)],
    )
    return table_answer(
        console,
        "finding.html",
        table,
        result=None if present is None else result.closed,
        one=one,
        about=named(one.opened.control, console.words),
        page_of=_page_of(one.opened.control),
        kind=kind,
        items=items,
        left=left_of(one, present or ()),
        outcomes=[(code, console.words.say(f"finding-outcome.{code}")) for code in get_args(Outcome)],
        states=[(code, console.words.say(f"follow-up.{code}")) for code in get_args(FollowUp)],
        may_assess=console.may("supervisor") and one.by != console.account.name,
        may_follow_up=one.outcome == "finding",
        command=command_line("findings list", {}),
    )


def _step_columns(console: ConsoleContext) -> tuple[Column[TrailEntry], ...]:
    words = console.words

    def what_was_said(entry: TrailEntry) -> str:
        match entry.record:
            case FindingAssessed(outcome=outcome):
                return words.say(f"finding-outcome.{outcome}")
            case FindingFollowedUp(state=state):
                return words.say(f"follow-up.{state}")
        return words.say("console.findings.was-opened")

    return (
        Column(key="position", heading="trail.number", kind="number"),
        Column(key="time", heading="column.time", kind="moment"),
        Column(key="by", heading="trail.by"),
        Column(key="said", heading="trail.done", value=what_was_said),
        Column(
            key="note", heading="console.audit.note", value=lambda entry: getattr(entry.record, "note", "")
        ),
        Column(key="reason", heading="console.audit.reason"),
    )


def _is_step(entry: TrailEntry, number: str) -> bool:
    return isinstance(entry.record, _STEPS) and entry.record.finding == number


@post(
    "/findings/{number:str}/assess",
    guards=[allowed("supervisor")],
    form="/findings/{number}",
    sync_to_thread=True,
)
def assess(console: Console, number: FromPath[str]) -> Response[None]:
    """Say what a finding is; not by whoever opened it."""
    outcome = _sent_code(console, "outcome", get_args(Outcome))
    signature = console.signature(console.sent("reason"))
    act = assess_finding(
        console.installation, number, cast("Outcome", outcome), console.sent("note"), signature
    )
    console.run(act)
    return done(console, f"/findings/{number}", "finding-assessed")


@post(
    "/findings/{number:str}/follow-up",
    guards=[READS_ALL],
    form="/findings/{number}",
    fields=_FIELDS,
    sync_to_thread=True,
)
def follow_up(console: Console, number: FromPath[str]) -> Response[None]:
    """Record how far a finding was followed; compliant only once its test is clean in the book of now."""
    state = cast("FollowUp", _sent_code(console, "state", get_args(FollowUp)))
    one = _finding_numbered(console.trail(), number)
    present = _present_now(console, one) if state == "compliant" else ()
    signature = console.signature(console.sent("reason"))
    act = follow_up_finding(console.installation, number, state, present, console.sent("note"), signature)
    console.run(act)
    return done(console, f"/findings/{number}", "finding-followed")


def _present_now(console: ConsoleContext, one: FindingState) -> Sequence[str]:
    """Return the hits of its test in the book as it is now, opening what is sealed for the reason that was sent where it must be."""
    if exception_kind(one.opened.control):
        return _present(console, one, None) or ()
    test = control(one.opened.control)
    if test and test.opens:
        open_control(console, test, console.sent("reason"), patience=_PATIENCE_SECONDS)
    result = control_results(console, again=not (test and test.opens), patience=_PATIENCE_SECONDS)
    answer = result and test and result.result(test)
    if result is None or (test and not (answer and answer.current)):
        raise PageError(409, message("console.controls.at-work"))
    return _present(console, one, result) or ()


def _sent_code(console: ConsoleContext, name: str, codes: Sequence[str]) -> str:
    fields = console.fields
    if fields.needed(name):
        fields.one_of(name, codes)
    fields.done()
    return console.sent(name)


def _finding_numbered(trail: Sequence[TrailEntry], number: str) -> FindingState:
    one = findings(trail).get(number)
    if one is None:
        raise missing(message("findings.unknown", number=number))
    return one


routes = (findings_page, finding_page, assess, follow_up)
