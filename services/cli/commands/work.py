"""``work list|show``: what waits for officers, and one claim before it is decided."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number
from msgspec.structs import asdict

from events.message import message
from projections.phases import Task
from services.cli.dates import Day, asked_day
from services.cli.error_messages import explain
from services.cli.exit_codes import FINDING, OK, CommandError
from services.cli.narrowing import District, require_known
from services.cli.opening import with_installation
from services.cli.output import console, show_json, table, tell
from services.cli.read_models import book
from services.cli.trail_options import NOBODY, TrailOptions
from services.review.brief import MOST_WEIGHED, DecisionBrief, at_stake, brief
from services.review.objections import ObjectionText, objections
from services.review.prospect import Prospect
from services.review.work_list import WorkItem, WorkList, WorkSought, WorkTotal, listed, work
from services.runtime.bootstrap import Installation
from services.texts.language import said
from services.wording.explanation import sentence
from services.wording.obstacles import obstacle_sentence
from services.wording.review import awaited, consequences, reason_guide, who
from services.wording.terms import LanguageTexts, day, number
from services.wording.timeline import payee


def listing(
    *,
    task: Task | None = None,
    reason: str | None = None,
    district: District = None,
    agency: str | None = None,
    programme: str | None = None,
    days: Annotated[int | None, Parameter(validator=Number(gte=0))] = None,
    on: Day = None,
    json: bool = False,
    data: Path | None = None,
) -> int:
    """List the claims that wait for officers, the longest wait first, with the rupiah that hang on them, and the totals.

    Exit code 1 if there are any.
    """
    sought = WorkSought(task, reason, programme, district, agency, days)
    day = asked_day(on, None, None)
    with book(data) as chosen_book:
        require_known(chosen_book.view, agency=agency, programme=programme, district=district)
        items = work(chosen_book.view, day, sought)
    amounts, note = _amounts(items, data)
    work_list = listed(day, items, amounts)
    if json:
        show_json({"not_weighed": note, "work": work_list})
    else:
        _print(work_list, note, LanguageTexts(), narrowed=sought != WorkSought())
    return FINDING if work_list.items else OK


def show(
    claim: str,
    /,
    *,
    reasons: Sequence[str] = (),
    clear: bool = False,
    trail: TrailOptions = NOBODY,
    json: bool = False,
    data: Path | None = None,
) -> int:
    """Show a claim before it is decided.

    Its reasons, what to look at, and what an approval and a denial would bring about.

    --reasons: what an approval of these alone would bring about; else of every open one. --clear opens its objections.
    """
    lifts = [code for part in reasons for code in part.split(",") if code] or None

    async def look(installation: Installation) -> tuple[DecisionBrief | None, list[ObjectionText]]:
        decision_brief = await brief(installation, claim, lifts, trail.by or "")
        with_grounds = (
            await objections(installation, claim, trail.signature) if clear and decision_brief else []
        )
        return decision_brief, with_grounds

    decision_brief, with_grounds = with_installation(data, look)
    if decision_brief is None:
        raise CommandError(message("review.no-claim", claim=claim))
    if json:
        show_json({**asdict(decision_brief), "objections": with_grounds})
    else:
        _print_brief(decision_brief, LanguageTexts())
        for one in with_grounds:
            parameters = {"day": day(one.day), "by": one.by, "grounds": one.grounds}
            tell(console(), message("review.objection", **parameters), hang=2)
    return OK


def _amounts(items: Sequence[WorkItem], data: Path | None) -> tuple[dict[str, int | None], str]:
    """Return what hangs on the claims that are to be decided, and why that of some is left out."""
    decided = [one.claim for one in items if one.task in ("decide", "answer")]
    if not decided:
        return {}, ""
    try:
        amounts = with_installation(data, lambda installation: at_stake(installation, decided))
    except Exception as error:  # noqa: BLE001 - whatever keeps the server shut, the read models still answer
        return {}, said(message("work.not-weighed", count=len(decided), why=said(explain(error).what)))
    if len(decided) <= MOST_WEIGHED:
        return amounts, ""
    too_many = message("work.too-many", most=MOST_WEIGHED)
    return amounts, said(message("work.not-weighed", count=len(decided) - MOST_WEIGHED, why=too_many))


def _print(work_list: WorkList, note: str, words: LanguageTexts, *, narrowed: bool) -> None:
    out = console()
    if not work_list.items:
        tell(out, words.say("work.nothing-so" if narrowed else "work.nothing"))
        return
    title = words.say("work.title", day=day(work_list.on))
    _print_totals(title, "work.task", "task", work_list.tasks, words)
    for total in work_list.tasks:
        what = words.say(f"task-what.{total.name}")
        tell(out, f"{words.say(f'task.{total.name}')}: {what}", indent=2, hang=2)
    if work_list.reasons:
        out.print()
        _print_totals(words.say("work.by-reason"), "work.why", "reason", work_list.reasons, words)
        if sum(one.claims for one in work_list.reasons) > len(work_list.items):
            tell(out, words.say("work.several"))
    out.print()
    rows = [
        (
            one.claim,
            words.say(f"task.{one.task}"),
            who(one, words),
            awaited(one, words),
            day(dt.date.fromisoformat(one.since)),
            number(one.days),
            "" if one.amount is None else words.amount(one.amount),
        )
        for one in work_list.items
    ]
    names = (
        "column.claim",
        "work.task",
        "work.who",
        "work.awaited",
        "work.since",
        "work.days",
        "work.amount",
    )
    columns = [words.say(name) for name in names]
    out.print(table(words.say("work.every"), columns, rows, right=(5, 6), prose=(1, 2, 3)))
    if note:
        tell(out, note, style="yellow")


def _print_totals(
    title: str, heading: str, family: str, totals: Sequence[WorkTotal], words: LanguageTexts
) -> None:
    rows = [
        (
            _called(family, one.name, words),
            number(one.claims),
            words.amount(one.amount),
            number(one.unknown) if one.unknown else "",
            number(one.days),
        )
        for one in totals
    ]
    names = (heading, "work.claims", "work.amount", "work.unknown", "work.longest")
    console().print(table(title, [words.say(name) for name in names], rows, right=(1, 2, 3, 4), prose=(0,)))


def _called(family: str, code: str, words: LanguageTexts) -> str:
    """Name a task, a reason, or what is missing."""
    text = words.name(family, code)
    return words.name("missing", code) if text == code else text


def _print_brief(decision_brief: DecisionBrief, words: LanguageTexts) -> None:
    out = console()
    explanation = decision_brief.told
    if explanation is not None:
        tell(out, sentence(explanation, words), style="bold")
        for one in explanation.obstacles:
            tell(out, obstacle_sentence(one, words), indent=2, hang=2)
    if decision_brief.against is not None:
        tell(out, decision_brief.against, style="yellow")
    for event in decision_brief.on_their_way:
        tell(out, words.say("review.decided", claim=decision_brief.claim, event=event), style="yellow")
    if decision_brief.approval is None or decision_brief.denial is None:
        tell(out, words.say("review.nothing-to-decide", claim=decision_brief.claim))
        return
    for code in decision_brief.stands.liftable:
        guide = reason_guide(code, words)
        out.print()
        tell(out, f"{guide.name} ({code})", style="bold")
        for key, text in (("look", guide.look), ("approve", guide.approve), ("deny", guide.deny)):
            if text:
                filled = {"what" if key == "look" else "meaning": text}
                tell(out, words.say(f"review.{key}", **filled), indent=2, hang=2)
    for name, prospect in (("approve", decision_brief.approval), ("deny", decision_brief.denial)):
        out.print()
        show_prospect(words.say(f"review.would-{name}"), prospect, words)
    out.print()
    tell(out, words.say("review.seen", position=decision_brief.position))


def show_prospect(title: str, prospect: Prospect, words: LanguageTexts) -> None:
    """Print what a decision would bring about, by benefit and payee, and what that means."""
    out = console()
    if prospect.lines:
        rows = [
            (
                words.name("benefit", line.benefit),
                payee(line.payee, words),
                words.amount(line.before),
                words.amount(line.after),
            )
            for line in prospect.lines
        ]
        rows.append(
            (words.say("review.all"), "", words.amount(prospect.before), words.amount(prospect.after))
        )
        columns = [words.say(f"review.{name}") for name in ("benefit", "payee", "before", "after")]
        out.print(table(title, columns, rows, right=(2, 3), prose=(0, 1)))
    else:
        tell(out, title, style="bold")
    for line in consequences(prospect, words):
        tell(out, line, indent=2, hang=2)
