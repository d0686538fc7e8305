"""``scholarships``: each child's school years, what was paid, what is left, and what it may still cost."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from pathlib import Path

from events.message import message
from events.values import JAKARTA
from services.adjudication.decider import State
from services.adjudication.replay import Replay
from services.audit_trail.records import Concerns
from services.benefits.reading.folder import named
from services.benefits.rulebook import Rulebook
from services.benefits.scholarship_balance import ChildLedger
from services.cli.dates import Day
from services.cli.exit_codes import OK, CommandError
from services.cli.figures import figure_shown, show_handle
from services.cli.opening import with_installation
from services.cli.output import console, show_json, show_table, tell
from services.cli.trail_options import NOBODY, TrailOptions
from services.figures.figure import at_cut, concerning_claim
from services.figures.totals import scholarship_totals
from services.overview.scholarships import (
    ScholarshipSums,
    every_scholarship,
    scholarship_sums,
    scholarships_in,
    scholarships_of_claim,
)
from services.platform.settings import Settings
from services.runtime.bootstrap import Installation
from services.wording.terms import LanguageTexts, day, number


def scholarships(
    *,
    claim: str | None = None,
    as_of: Day = None,
    file: Path | None = None,
    trail: TrailOptions = NOBODY,
    json: bool = False,
    data: Path | None = None,
) -> int:
    """Show the scholarship of every child: school years confirmed and paid, years left per level, years missed.

    «At most still» is a ceiling: every school year until the age limit, the dearest levels first, within the caps.
    """
    words, handle = LanguageTexts(), None
    on = as_of or dt.datetime.now(JAKARTA).date()
    if file is not None:
        rules = named(Settings.read(data=data).rulebook)
        states = _in_file(file, claim, rules)
        children = None if states is None else scholarships_in(states, rules, on)
    else:
        children, handle = with_installation(
            data, lambda installation: _with_installation(installation, claim, on, trail)
        )
    if children is None:
        raise CommandError(
            message("unknown-claim.sentence", claim=claim or ""),
            message("unknown-claim.in-file" if file else "unknown-claim.cure"),
        )
    children.sort(key=lambda child: (child.claim, child.born, child.child))
    sums = scholarship_sums(children)
    if json:
        document = {"as_of": on, "children": children, "sums": sums}
        show_json(document if file is not None else {**document, "figure": handle})
    else:
        _print(children, sums, on, words)
        show_handle(console(), handle)
    return OK


def _in_file(file: Path, claim: str | None, rules: Rulebook) -> Iterable[State] | None:
    book = Replay(rules)
    with file.open("rb") as lines:
        for line in lines:
            if line.strip():
                book.take(line.strip())
    if claim is None:
        return book.states.values()
    state = book.state_of(claim)
    return None if state is None else [state]


async def _with_installation(
    installation: Installation, claim: str | None, on: dt.date, trail: TrailOptions
) -> tuple[list[ChildLedger] | None, str | None]:
    """Return the children, and the handle of their sums at the positions up to which they are known."""
    concerns = Concerns()
    if claim is None:
        children, cut = await every_scholarship(installation, on)
    else:
        of_claim = await scholarships_of_claim(installation, claim, on)
        if of_claim is None:
            return None, None
        children, cut = of_claim
        concerns = await concerning_claim(installation, claim, trail.engagement)
    parameters = {"on": on.isoformat()} | ({"claim": claim} if claim is not None else {})
    query = "scholarships" if claim is None else "scholarships NUMBER"
    totals, rulebook = scholarship_totals(scholarship_sums(children)), installation.rulebook.hash
    figure = at_cut(cut, None, query, parameters, rulebook, totals, concerns)
    return children, await figure_shown(installation, figure, trail)


def _print(children: list[ChildLedger], sums: ScholarshipSums, on: dt.date, words: LanguageTexts) -> None:
    if not children:
        tell(console(), words.say("scholarship.none"))
        return
    total = (words.amount(sums.confirmed), words.amount(sums.paid), "", words.amount(sums.future))
    show_table(
        children,
        ("column.claim", lambda child: child.claim, "left"),
        ("scholarship.child", lambda child: words.label(child.child), "left"),
        ("scholarship.born", lambda child: day(child.born), "left"),
        ("scholarship.years", lambda child: str(len(child.years)), "right"),
        ("scholarship.confirmed", lambda child: words.amount(child.confirmed), "right"),
        ("sum.paid", lambda child: words.amount(child.paid), "right"),
        (
            "scholarship.left",
            lambda child: " ".join(f"{level} {n}" for level, n in child.left.items()),
            "left",
        ),
        ("scholarship.future", lambda child: words.amount(child.future), "right"),
        ("scholarship.missed", lambda child: ", ".join(map(str, child.missed)), "left"),
        ("scholarship.state", lambda child: _state(child, words), "prose"),
        title=words.say("scholarship.title", children=number(len(children)), day=day(on)),
        last=(words.say("demo.all"), "", "", "", *total, "", ""),
    )


def _state(child: ChildLedger, words: LanguageTexts) -> str:
    if child.ended:
        return words.say(f"scholarship.{child.ended}")
    return words.say("scholarship.awaited") if child.awaited else ""
