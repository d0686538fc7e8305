"""``coverage``: how many participants there were month by month, and for how many of them the month was paid."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from events.values import JAKARTA
from projections.participants import Dimension, GroupCover
from projections.participants import coverage as months_of
from services.cli.dates import Day, Known
from services.cli.exit_codes import OK, command_error
from services.cli.figures import recorded_figure, show_handle
from services.cli.output import console, show_json, table
from services.cli.read_models import book
from services.cli.trail_options import EngagementNumber, Reason, TrailOptions
from services.figures.totals import coverage_totals
from services.texts.typed import read_month
from services.wording.terms import LanguageTexts, number, share


def coverage(
    *,
    by: Dimension = "month",
    first: Annotated[str | None, Parameter(name="--from")] = None,
    last: Annotated[str | None, Parameter(name="--to")] = None,
    known_on: Known = None,
    true_on: Day = None,
    reason: Reason = "",
    engagement: EngagementNumber = "",
    json: bool = False,
    data: Path | None = None,
) -> int:
    """Show participants and coverage by month: who belongs on some day of it, and for how many it is paid."""
    until = read_month(last or f"{dt.datetime.now(JAKARTA):%Y-%m}")
    since = until if first is None else read_month(first)
    if since is None or until is None or since > until:
        raise command_error("coverage.bad-months", "coverage.a-month")
    with book(data, known_on, true_on) as chosen_book:
        months = months_of(chosen_book.view, by, since, until)
        question = {"by": by, "from": since, "to": until}
        trail = TrailOptions(reason=reason, engagement=engagement)
        handle = recorded_figure(data, chosen_book, "coverage", question, coverage_totals(months), trail)
    if json:
        show_json({"by": by, "months": months, "figure": handle})
    else:
        _print(months, by, LanguageTexts())
        show_handle(console(), handle)
    return OK


def _print(covers: list[GroupCover], by: Dimension, words: LanguageTexts) -> None:
    rows = [
        (
            words.month(cover.month),
            words.name(by, cover.group),
            number(cover.participants),
            number(cover.covered),
            share(cover.covered, cover.participants),
            number(cover.after_death),
        )
        for cover in covers
    ]
    names = ("month", by, "participants", "covered", "share", "after-death")
    columns = [
        "" if n == 1 and by == "month" else words.say(f"coverage.{name}") for n, name in enumerate(names)
    ]
    console().print(table("", columns, rows, right=(2, 3, 4, 5)))
