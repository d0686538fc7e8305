"""What waits for officers, and one claim while it is decided: what is seen, what it would bring about, what is sent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import cast, get_args

from litestar import Response, get, post
from litestar.params import FromPath
from msgspec.structs import replace

from events.message import Message, message
from events.personal import LONGEST_TEXT
from projections import claims
from projections.phases import TASKS, Task
from projections.store import View
from services.book.cut import cut_of
from services.console.access import allowed
from services.console.asking import asked_again, require_known, unapproved
from services.console.context import Console, ConsoleContext
from services.console.errors import PageError, missing
from services.console.forms import form_error
from services.console.pages.opened import show_once
from services.console.rendering import command_line, page, see_other
from services.console.tables import Column, Table, tables_answer
from services.review.brief import MOST_WEIGHED, DecisionBrief, at_stake, brief
from services.review.decision import (
    MovedError,
    ReviewDecision,
    ReviewError,
    check,
    recorded,
    send,
    until_recorded,
)
from services.review.objections import objections
from services.review.prospect import Verdict, compared
from services.review.work_list import (
    WorkItem,
    WorkSought,
    WorkTotal,
    WorkTotals,
    with_amounts,
    work,
    work_totals,
)
from services.wording.explanation import sentence
from services.wording.facets import next_act
from services.wording.obstacles import obstacle_sentence
from services.wording.review import awaited, consequences, facts_side_by_side, reason_guide, who

_READS = allowed("officer", "supervisor", "auditor")
_DECIDES = allowed("officer")
_PATIENCE_SECONDS = 2
"""How long the answer to a decision waits until it is recorded."""
_FILTERS = ("task", "reason", "district", "agency", "programme", "days")
_REFUSED_FOR = {
    "review.no-reasons": "reasons",
    "review.unknown-reason": "reasons",
    "review.grounds-too-long": "grounds",
}
"""In which field it is why a decision is not taken."""
_TOTALS = (
    Column[WorkTotal](key="claims", heading="work.claims", kind="number"),
    Column[WorkTotal](key="amount", heading="work.amount", kind="rupiah"),
    Column[WorkTotal](key="unknown", heading="work.unknown", kind="number"),
    Column[WorkTotal](key="days", heading="work.longest", kind="number"),
)


@get("/work", guards=[_READS], sync_to_thread=True)
def work_list(console: Console) -> Response[str] | Response[bytes]:
    """List what waits for officers, narrowed by what the address asks, with its totals."""
    filters = {name: value for name in _FILTERS if (value := console.one(name))}
    today = console.today
    with console.view() as view:
        sought = _sought(console, view, filters)
        totals = work_totals(view, today, sought)
        decided = _decided(view, today, sought)
        weighed, note = _weighed(console, decided, totals, f"{cut_of(view)} {today}")
        listed = totals.weighed(with_amounts(decided, weighed))

        def rows(first: int, count: int) -> Sequence[WorkItem]:
            return with_amounts(work(view, today, sought, first, count), weighed)

        answer = tables_answer(
            console,
            "work.html",
            {
                "tasks": _totals(console, "work-tasks", "task", listed.tasks),
                "reasons": _totals(console, "work-reasons", "reason", listed.reasons),
                "work": Table(
                    name="work",
                    answer_path="work.items",
                    caption="work.every",
                    columns=_columns(console),
                    rows=rows,
                    counted=listed.claims,
                    sums={"amount": listed.amount},
                ),
            },
            filters=filters,
            note=note,
            task_choices=[(task, console.words.say(f"task.{task}")) for task in TASKS],
            reason_choices=[(one.name, _called(console, "reason", one.name)) for one in listed.reasons],
            command=command_line("work list", filters),
        )
    if note is not None and note.key == "console.work.weighing":
        asked_again(console, answer)
    return answer


@get("/work/{claim:str}", guards=[_READS], sync_to_thread=True)
def one_claim(claim: FromPath[str], console: Console) -> Response[str]:
    """Show a claim before it is decided."""
    officer = console.account.name if console.may("officer") else ""
    decision_brief = console.run(brief(console.installation, claim, officer=officer))
    if decision_brief is None:
        raise missing(message("review.no-claim", claim=claim))
    words, explanation = console.words, decision_brief.told
    prospects = [one for one in (decision_brief.approval, decision_brief.denial) if one is not None]
    guides = [reason_guide(code, words) for code in decision_brief.stands.liftable]
    return page(
        console,
        "work_claim.html",
        brief=decision_brief,
        sentence=sentence(explanation, words) if explanation else "",
        obstacles=[obstacle_sentence(one, words) for one in explanation.obstacles] if explanation else [],
        facts=facts_side_by_side(explanation, words) if explanation else [],
        objected=[one for one in explanation.sources if one.kind == "claim.objected" and not one.struck]
        if explanation
        else [],
        guides=guides,
        reasons=[(one.code, one.name) for one in guides],
        prospects=[(one, list(consequences(one, words))) for one in prospects],
        lines=compared(prospects),
        why_not=_why_not(console, decision_brief),
        longest=LONGEST_TEXT,
        command=command_line(f"work show {claim}", {}),
    )


@post("/work/{claim:str}/confirm", guards=[_DECIDES], form="/work/{claim}", sync_to_thread=True)
def confirm(claim: FromPath[str], console: Console) -> Response[str]:
    """Show what would be recorded and what it would bring about; nothing is sent yet."""
    decision = _decision(console, claim)
    try:
        prospect = console.run(check(console.installation, decision))
    except MovedError as error:
        return _moved(console, decision, error)
    except ReviewError as error:
        raise form_error(error, _REFUSED_FOR) from error
    return page(
        console,
        "work_confirm.html",
        decision=decision,
        prospects=[(prospect, list(consequences(prospect, console.words)))],
        lines=compared([prospect]),
        guides=[reason_guide(code, console.words) for code in decision.reasons],
    )


@post("/work/{claim:str}/send", guards=[_DECIDES], form="/work/{claim}", sync_to_thread=True)
def decide(claim: FromPath[str], console: Console) -> Response[str] | Response[None]:
    """Send the decision; lead on to what became of it."""
    decision = _decision(console, claim)
    try:
        console.run(send(console.installation, decision))
    except MovedError as error:
        return _moved(console, decision, error)
    except ReviewError as error:
        raise form_error(error, _REFUSED_FOR) from error
    console.run(until_recorded(console.installation, decision, _PATIENCE_SECONDS))
    return see_other(f"/work/{claim}/decided/{decision.seen}")


@get("/work/{claim:str}/decided/{seen:str}", guards=[_DECIDES], sync_to_thread=True)
def decided(claim: FromPath[str], seen: FromPath[str], console: Console) -> Response[str]:
    """Show where the decision stands, and the claim as it is now."""
    decision = ReviewDecision(
        claim=claim,
        decision="deny",
        reasons=(),
        grounds="",
        agency=console.account.agency,
        officer=console.account.name,
        seen=_position(seen),
    )
    place = console.run(recorded(console.installation, decision))
    decision_brief = console.run(brief(console.installation, claim))
    if decision_brief is None or (place is None and decision.event not in decision_brief.on_their_way):
        raise missing(message("review.not-sent", claim=claim))
    status = sentence(decision_brief.told, console.words) if decision_brief.told else ""
    following = _following(console, claim, place.position) if place else ""
    answer = page(
        console, "work_decided.html", decision=decision, place=place, sentence=status, next=following
    )
    return answer if following else asked_again(console, answer)


@post(
    "/work/{claim:str}/objection", guards=[_READS], form="/work/{claim}", fields="reason", sync_to_thread=True
)
def objection(claim: FromPath[str], console: Console) -> Response[None]:
    """Show once what the objections of a claim say, for a reason that is recorded."""
    texts = console.run(objections(console.installation, claim, console.signature(console.sent("reason"))))
    answer = page(console, "work_objection.html", claim=claim, objections=texts, today=console.today)
    return show_once(console, answer)


def _following(console: ConsoleContext, claim: str, position: int) -> str:
    """Say who must act after a decision; empty while the read models have not come to its position."""
    with console.view() as view:
        row = claims.claim(view, claim)
    if row is None or row.position < position:
        return ""
    return next_act(row, console.words, by_name=claim in unapproved(console, [row]))


def _why_not(console: ConsoleContext, decision_brief: DecisionBrief) -> Message | None:
    """Return why who is signed in cannot decide the claim now; None where they can."""
    if not console.may("officer"):
        return message("console.work.only-officers")
    if decision_brief.approval is None:
        return message("review.nothing-to-decide", claim=decision_brief.claim)
    if decision_brief.on_their_way:
        return message("console.work.on-its-way", event=decision_brief.on_their_way[0])
    if console.account.agency not in decision_brief.reviewers:
        return message("console.work.no-right", agency=console.account.agency or "–")
    return decision_brief.against


def _moved(console: ConsoleContext, decision: ReviewDecision, error: MovedError) -> Response[str]:
    return page(console, "work_moved.html", 409, decision=decision, what=error.message, later=error.later)


def _decision(console: ConsoleContext, claim: str) -> ReviewDecision:
    """Read the form of a decision; raises ``FormError`` for one that is none."""
    seen, fields = _position(console.sent("seen")), console.fields
    verdict = console.sent("decision")
    if verdict not in get_args(Verdict):
        fields.wrong("decision", message("console.work.no-decision"))
    grounds = fields.needed("grounds", message("review.no-grounds"))
    fields.done()
    return ReviewDecision(
        claim=claim,
        decision=cast("Verdict", verdict),
        reasons=tuple(console.form.get("reasons", ())) if verdict == "approve" else (),
        grounds=grounds,
        agency=console.account.agency,
        officer=console.account.name,
        seen=seen,
    )


def _position(text: str) -> int:
    """Read a position; raises ``PageError`` where it is none."""
    if not (text.isascii() and text.isdecimal() and len(text) < 18):
        raise PageError(400, message("console.error.400.detail"))
    return int(text)


def _sought(console: ConsoleContext, view: View, filters: dict[str, str]) -> WorkSought:
    """Read the filters of the address; raises ``FormError`` for one that cannot be."""
    reasons = work_totals(view, console.today).reasons if "reason" in filters else ()
    require_known(console, view, filters, task=TASKS, reason=[one.name for one in reasons])
    fields = console.filters
    days = fields.read("days", _days, None)
    fields.done()
    return WorkSought(
        task=cast("Task | None", filters.get("task")),
        reason=filters.get("reason"),
        programme=filters.get("programme"),
        district=filters.get("district"),
        agency=filters.get("agency"),
        days=days,
    )


def _days(typed: str) -> int:
    """Read a number of days; raises ``PageError`` where it is none."""
    if not (typed.isascii() and typed.isdecimal() and len(typed) < 6):
        raise PageError(400, message("console.work.no-days", typed=typed))
    return int(typed)


def _decided(view: View, today: dt.date, sought: WorkSought) -> list[WorkItem]:
    """Return the claims that are to be decided, as many as are weighed; an objection is decided too."""
    tasks: tuple[Task, ...] = ("decide", "answer")
    sought_tasks = [task for task in tasks if sought.task in (None, task)]
    items = [
        one for task in sought_tasks for one in work(view, today, replace(sought, task=task), 0, MOST_WEIGHED)
    ]
    return sorted(items, key=lambda one: (one.since, one.claim))[:MOST_WEIGHED]


def _weighed(
    console: ConsoleContext, decided: Sequence[WorkItem], totals: WorkTotals, version: str
) -> tuple[dict[str, int | None], Message | None]:
    """Return what hangs on the claims that are to be decided, as far as it is worked out, and what is to be said of it."""
    claims = tuple(one.claim for one in decided)
    if not claims:
        return {}, None

    def weigh() -> dict[str, int | None]:
        return console.run(at_stake(console.installation, claims))

    result = console.services.results.get(("work", claims), version, weigh, clock=console.installation.clock)
    if result is None or not result.current:
        return result.value if result else {}, message("console.work.weighing")
    left_out = sum(one.claims for one in totals.tasks if one.name in ("decide", "answer")) - len(claims)
    if left_out:
        too_many = message("work.too-many", most=MOST_WEIGHED)
        return result.value, message("work.not-weighed", count=left_out, why=too_many)
    return result.value, None


def _totals(console: ConsoleContext, name: str, family: str, totals: Sequence[WorkTotal]) -> Table[WorkTotal]:
    column = Column[WorkTotal](
        key="name",
        heading="work.task" if family == "task" else "work.why",
        value=lambda one: _called(console, family, one.name),
        link=lambda one: console.address(**{family: one.name}, page=None, list=None),
    )
    return Table(
        name=name,
        answer_path=name.replace("-", "."),
        caption=f"work.by-{family}",
        columns=(column, *_TOTALS),
        rows=totals,
    )


def _columns(console: ConsoleContext) -> tuple[Column[WorkItem], ...]:
    return (
        Column[WorkItem](
            key="claim", heading="column.claim", kind="code", link=lambda one: f"/work/{one.claim}"
        ),
        Column[WorkItem](key="task", heading="work.task", kind="named", family="task"),
        Column[WorkItem](key="who", heading="work.who", value=lambda one: who(one, console.words)),
        Column[WorkItem](
            key="awaited", heading="work.awaited", value=lambda one: awaited(one, console.words)
        ),
        Column[WorkItem](key="programme", heading="work.programme"),
        Column[WorkItem](key="district", heading="work.district", kind="named", family="district"),
        Column[WorkItem](key="since", heading="work.since", kind="day", value=lambda one: _day(one.since)),
        Column[WorkItem](key="days", heading="work.days", kind="number"),
        Column[WorkItem](key="amount", heading="work.amount", kind="rupiah"),
    )


def _day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def _called(console: ConsoleContext, family: str, code: str) -> str:
    """Name a task, a reason, or what is missing."""
    name = console.words.name(family, code)
    return console.words.name("missing", code) if name == code else name


routes = (work_list, one_claim, confirm, decide, decided, objection)
