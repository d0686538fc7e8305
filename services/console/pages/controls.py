"""Audit tests: what each points at, hit by hit, what it means, and findings opened about hits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from litestar import Response, get, post
from litestar.params import FromPath
from msgspec import Struct

from events.message import message
from services.audit_trail.findings import FindingState, findings
from services.book.cut import Cut
from services.console.access import allowed, within
from services.console.asking import READS_ALL, at_work
from services.console.context import Console, ConsoleContext
from services.console.control_results import (
    AskedControls,
    ControlsAnswer,
    asked_options,
    control_results,
    is_opening,
    open_control,
)
from services.console.errors import PageError, missing
from services.console.figures import recorded_handle, shown_handle
from services.console.rendering import command_line, done, see_other
from services.console.results import Result
from services.console.tables import Column, Table, table_answer
from services.controls.hits import Control, Hit, ShownHit
from services.controls.registry import CONTROLS, control
from services.engagements.findings import open_finding
from services.figures.figure import at_cut
from services.figures.totals import Totals, control_totals, overview_of_controls
from services.wording.controls import PARTS, certainty, how_certain, measures, title
from services.wording.terms import moment

OPENING_SECONDS = 20.0
"""How long somebody waits for a test that they asked for."""


class ControlLine(Struct, frozen=True):
    """A test in the list: its place and name, how sure it is, what it points at, and how many findings about it stand how.

    ``count`` and ``amount`` are None where it was not asked, since sealed values are opened for it; ``asked`` says so.
    """

    number: int
    name: str
    title: str
    certainty: str
    count: int | None
    amount: int | None
    opened: int
    findings: int
    explained: int
    false_alarms: int
    closed: bool
    asked: str


class HitLine(Struct, frozen=True):
    """A hit in the list, with the finding in which it stands and where that one stands."""

    hit: ShownHit
    finding: str
    outcome: str

    @property
    def free(self) -> str:
        """The hit, where no finding is about it."""
        return "" if self.finding else self.hit.hit


@get("/controls", guards=[READS_ALL], sync_to_thread=True)
def controls_page(console: Console) -> Response[str] | Response[bytes]:
    """List the audit tests with their hits and rupiah, and what was made of them."""
    result = control_results(console)
    if result is None:
        return at_work(console, "controls.title")
    lines = _lines(console, result, list(findings(console.trail()).values()))
    results = [(one, hits) for one in CONTROLS if (hits := result.of(one))]
    table = Table(
        name="controls",
        caption="console.controls.caption",
        columns=_COLUMNS,
        rows=lines,
    )
    return table_answer(
        console,
        "controls.html",
        table,
        result=result.closed,
        closed=sum(line.closed for line in lines),
        unasked=any(line.count is None for line in lines),
        handle=_handle(console, result.closed, {}, overview_of_controls(results)),
        command=f"{command_line('controls', asked_options(console, result.closed))} --closed",
    )


_COLUMNS = (
    Column[ControlLine](key="number", heading="console.controls.number", kind="number"),
    Column[ControlLine](key="title", heading="controls.name", link=lambda line: f"/controls/{line.name}"),
    Column[ControlLine](key="certainty", heading="controls.kind"),
    Column[ControlLine](
        key="count",
        heading="console.controls.pointed",
        kind="number",
        figure=lambda line: f"{line.name}.count" if line.closed else "",
    ),
    Column[ControlLine](
        key="amount",
        heading="controls.amount",
        kind="rupiah",
        figure=lambda line: f"{line.name}.amount" if line.closed else "",
    ),
    Column[ControlLine](key="asked", heading="console.controls.when"),
    Column[ControlLine](key="opened", heading="console.controls.opened", kind="number"),
    Column[ControlLine](key="findings", heading="console.controls.findings", kind="number"),
    Column[ControlLine](key="explained", heading="console.controls.explained", kind="number"),
    Column[ControlLine](key="false_alarms", heading="console.controls.false-alarms", kind="number"),
)


def _lines(
    console: ConsoleContext, answer: AskedControls, stated: Sequence[FindingState]
) -> list[ControlLine]:
    lines, words = [], console.words
    for number, one in enumerate(CONTROLS, 1):
        hits, result = answer.of(one), answer.result(one)
        outcomes = [finding.outcome for finding in stated if finding.opened.control == one.name]
        lines.append(
            ControlLine(
                number=number,
                name=one.name,
                title=title(one, words),
                certainty=certainty(one, words),
                count=hits.count if hits else None,
                amount=hits.amount if hits else None,
                opened=outcomes.count(None),
                findings=outcomes.count("finding"),
                explained=outcomes.count("explained"),
                false_alarms=outcomes.count("false-alarm"),
                closed=not one.opens,
                asked=moment(result.at) if result else words.say("console.controls.not-asked"),
            )
        )
    return lines


@get("/controls/{name:str}", guards=[READS_ALL], sync_to_thread=True)
def control_page(console: Console, name: FromPath[str]) -> Response[str] | Response[bytes]:
    """Show what a test finds and on what ground, and every hit with its evidence.

    Of an auditor findings are opened here. One for which sealed values are opened is asked on request only.
    """
    one = _control_named(name)
    results = control_results(console)
    if results is None or is_opening(console, one):
        return at_work(console, f"control.{one.name}.title")
    result, answer = results.result(one), results.of(one)
    in_findings = _in_findings(console, one)
    hits = (answer.hits if answer else None) or ()
    lines = [HitLine(hit, *in_findings.get(hit.hit, ("", ""))) for hit in hits]
    table = Table(
        name=f"control-{one.name}",
        answer_path="controls.0.hits",
        caption="console.controls.hits",
        columns=_hit_columns(console),
        rows=lines,
        sums={"amount": answer.amount if answer else 0},
    )
    return table_answer(
        console,
        "control.html",
        table,
        result=result,
        one=one,
        answer=answer,
        meaning=[(f"controls.{part}", f"control.{one.name}.{part}") for part in PARTS],
        certain=how_certain(one, console.words),
        free=not console.looks_back and any(line.free for line in lines),
        handle=_handle(console, results.closed, {"name": one.name}, control_totals(answer))
        if answer and not one.opens
        else "",
        command=command_line(f"controls {one.name}", asked_options(console, result)),
    )


def _handle(
    console: ConsoleContext, result: Result[ControlsAnswer], parameters: Mapping[str, str], totals: Totals
) -> str:
    """Record what is shown of the tests in the book that is asked, and return its handle.

    Of an answer that is older it has none.
    """
    figure_parameters = {"on": result.value.on.isoformat(), **parameters}
    if console.looks_back:
        rulebook = console.installation.rulebook.hash
        cut = Cut(result.value.cut)
        return shown_handle(
            console, at_cut(cut, console.true_on, "controls", figure_parameters, rulebook, totals)
        )
    with console.book() as book:
        if result.version != str(book.cut):
            return ""
        return recorded_handle(console, book, "controls", figure_parameters, totals)


def _hit_columns(console: ConsoleContext) -> tuple[Column[HitLine], ...]:
    words = console.words
    return (
        Column(key="hit", heading="controls.hit", kind="code", value=lambda line: line.hit.hit),
        Column(
            key="claim",
            heading="controls.claim",
            kind="code",
            value=lambda line: line.hit.claim,
            link=lambda line: f"/claims/{line.hit.claim}" if line.hit.claim else "",
        ),
        Column(
            key="person",
            heading="controls.person",
            kind="token",
            value=lambda line: line.hit.person,
            link=lambda line: f"/persons/{line.hit.person}" if line.hit.person else "",
        ),
        Column(key="amount", heading="controls.amount", kind="rupiah", value=lambda line: line.hit.amount),
        Column(
            key="about",
            heading="controls.about",
            value=lambda line: line.hit.about,
            link=lambda line: _about_address(line.hit),
        ),
        Column(
            key="measures",
            heading="controls.measured-values",
            value=lambda line: measures(_hit(line.hit), words),
        ),
        Column(
            key="events",
            heading="controls.events",
            value=lambda line: " ".join(line.hit.events),
            links=lambda line: _events_at(line.hit),
        ),
        Column(
            key="finding",
            heading="console.controls.finding",
            value=lambda line: line.finding,
            link=lambda line: f"/findings/{line.finding}" if line.finding else "",
        ),
        Column(
            key="outcome",
            heading="findings.outcome",
            kind="named",
            family="finding-outcome",
        ),
    )


def _about_address(hit: ShownHit) -> str:
    """Return the page of the second person or claim that a hit names, empty where it names neither."""
    if hit.about.startswith("~") and " " not in hit.about:
        return f"/persons/{hit.about}"
    return f"/claims/{hit.about}" if "with" in hit.measures else ""


def _events_at(hit: ShownHit) -> list[tuple[str, str]]:
    """Return each event of a hit with its place in the history of the claim, or the page of the person where no claim is named."""
    if hit.claim:
        return [(ref, f"/claims/{hit.claim}#{quote(ref)}") for ref in hit.events]
    return [(ref, f"/persons/{hit.person}") for ref in hit.events]


def _hit(hit: ShownHit) -> Hit:
    return Hit(hit.claim, hit.person, hit.amount, hit.events, hit.about, hit.measures)


def _in_findings(console: ConsoleContext, one: Control) -> dict[str, tuple[str, str]]:
    """Return of each hit the number of its last finding and what a supervisor said of it."""
    by_hit: dict[str, tuple[str, str]] = {}
    for number, finding in findings(console.trail()).items():
        if finding.opened.control == one.name:
            by_hit |= dict.fromkeys(finding.opened.items, (number, finding.outcome or ""))
    return by_hit


@post("/controls/again", guards=[READS_ALL], sync_to_thread=True)
def ask_again(console: Console) -> Response[None]:
    """Ask the tests of the book as it is now; the earlier answer is shown until they are done."""
    control_results(console, again=True)
    return see_other(within(console.sent("next", "/controls")))


@post(
    "/controls/{name:str}/open",
    guards=[READS_ALL],
    form="/controls/{name}",
    sync_to_thread=True,
)
def open_sealed(console: Console, name: FromPath[str]) -> Response[None]:
    """Ask a test for which sealed values are opened, with a reason, which is recorded before."""
    one, fields = _control_named(name), console.fields
    if not one.opens:
        raise missing()
    reason = fields.needed("reason", "console.controls.no-reason")
    fields.done()
    open_control(console, one, reason, patience=OPENING_SECONDS)
    return see_other(console.at_same_moment(f"/controls/{one.name}"))


@post(
    "/controls/{name:str}/findings",
    guards=[allowed("auditor")],
    form="/controls/{name}",
    fields={"findings.no-item": "item", "findings.no-hit": "item", "findings.is-open": "item"},
    sync_to_thread=True,
)
def open_about(console: Console, name: FromPath[str]) -> Response[None]:
    """Open a finding about the hits that were chosen, for a supervisor to assess."""
    one = _control_named(name)
    results = control_results(console)
    present, items = results.present(one) if results else None, console.form.get("item", ())
    if present is None:
        raise PageError(409, message("console.controls.at-work"))
    signature = console.signature(console.sent("reason"))
    number = console.run(open_finding(console.installation, present, items, console.sent("note"), signature))
    return done(console, f"/findings/{number}", "finding-opened")


def _control_named(name: str) -> Control:
    one = control(name)
    if one is None:
        raise missing(message("controls.unknown", name=name))
    return one


routes = (controls_page, control_page, ask_again, open_sealed, open_about)
