"""``controls``: audit tests of the whole book, what each points at, and what each means."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from events.message import message
from events.values import JAKARTA, civil_date
from projections.store import View
from services.audit_trail.records import PersonalDataRead
from services.audit_trail.trail import append
from services.book.cut import KnownOn
from services.cli.book_options import NOW, BookOptions
from services.cli.exit_codes import FINDING, OK, command_error
from services.cli.figures import recorded_figure, show_handle
from services.cli.opening import with_installation
from services.cli.output import console, errors, show_json, tell
from services.cli.render.controls import show_hits, show_meaning, show_results
from services.cli.trail_options import NOBODY, TrailOptions, require_reason
from services.controls.hits import Control, ControlResult, Question, shown
from services.controls.opening import question
from services.controls.registry import CONTROLS, control
from services.controls.shared_asking import ask_controls
from services.figures.totals import control_totals, overview_of_controls
from services.runtime.bootstrap import Installation
from services.wording.controls import PARTS, how_certain, title
from services.wording.terms import LanguageTexts


def controls(
    name: str | None = None,
    /,
    *,
    explain: str | None = None,
    hits: bool = False,
    closed: bool = False,
    of: BookOptions = NOW,
) -> int:
    """Ask the audit tests of the whole book: how many hits each has and for how many rupiah; of one, each hit.

    For some of them sealed values are opened in memory, which needs --reason and is recorded before; without one, or
    with --closed, these are left out. Exit code 1 if any has a hit. With --explain: what one finds, its legal ground
    and evidence, what a hit does not prove.
    """
    if name is not None and explain is not None:
        raise command_error("controls.one-of-both", "controls.see-all")
    words = LanguageTexts()
    if explain is not None:
        _explain(named_control(explain), words, json=of.json)
        return OK
    if name is not None and closed:
        raise command_error("controls.closed-of-all", "controls.see-all")
    left_out = tuple(one for one in CONTROLS if one.opens and (closed or not of.trail.reason.strip()))
    every = tuple(one for one in CONTROLS if one not in left_out)
    asked_controls = every if name is None else (named_control(name),)
    require_reason(of.trail, opens=any(one.opens for one in asked_controls))
    if name is None and left_out and not closed:
        tell(errors(), message("controls.left-out", count=len(left_out)))
    with of.book() as chosen_book:
        on = day_of(of.known_on, of.true_on)
        results = results_of(asked_controls, chosen_book.view, on, of.data, of.trail)
        cut, handle, parameters = chosen_book.cut.positions, None, {"on": on.isoformat()}
        if name is None:
            handle = recorded_figure(
                of.data, chosen_book, "controls", parameters, overview_of_controls(results), of.trail
            )
        elif not asked_controls[0].opens:
            parameters["name"] = asked_controls[0].name
            totals = control_totals(results[0][1])
            handle = recorded_figure(of.data, chosen_book, "controls", parameters, totals, of.trail)
    if of.json:
        shown_controls = [shown(one, result, whole=hits or name is not None) for one, result in results]
        show_json({"on": on, "cut": cut, "controls": shown_controls, "figure": handle})
    elif hits and name is None:
        for one, result in results:
            show_hits(one, result, words)
    elif name is None:
        show_results(results, words)
    else:
        show_hits(*results[0], words)
    if not of.json:
        _show_number(handle, opened=name is None and any(one.opens for one in asked_controls))
    return FINDING if any(result.hits for _, result in results) else OK


def _show_number(handle: str | None, *, opened: bool) -> None:
    """Show the handle of what was found, and where tests were asked that open what is sealed, that it is not of these."""
    show_handle(console(), handle)
    if handle and opened:
        tell(console(), message("controls.figure-of", closed=sum(not one.opens for one in CONTROLS)))


def results_of(
    asked_controls: Sequence[Control],
    view: View,
    on: dt.date,
    data: Path | None,
    trail: TrailOptions = NOBODY,
) -> list[tuple[Control, ControlResult]]:
    """Ask controls of a book; only where one needs what is sealed, the installation is opened, which is recorded before."""
    opens = {one.opens for one in asked_controls if one.opens}

    async def work(installation: Installation) -> Question:
        what = ", ".join(one.name for one in asked_controls if one.opens)
        opening = PersonalDataRead(what=f"controls {what}", subject="all", values=None)
        await append(installation, opening, **trail.signature)
        return await question(on, opens, view, installation.ledger, installation.keys, installation.tokens)

    def open_question() -> Question:
        return with_installation(data, work) if opens else Question(on)

    return ask_controls(asked_controls, view, on, open_question)


def day_of(known_on: KnownOn | None, true_on: dt.date | None) -> dt.date:
    """Return as of which day something is late: the day that is asked about, else today."""
    if true_on is None and isinstance(known_on, dt.datetime):
        return civil_date(known_on)
    return true_on or dt.datetime.now(JAKARTA).date()


def named_control(name: str) -> Control:
    """Return the control of this name or number."""
    named = control(name)
    if named is None:
        raise command_error("controls.unknown", "controls.see-all", name=name)
    return named


def _explain(one: Control, words: LanguageTexts, *, json: bool) -> None:
    if not json:
        show_meaning(one, words)
        return
    parts = {part: words.say(f"control.{one.name}.{part}") for part in PARTS}
    show_json(
        {
            "name": one.name,
            "title": title(one, words),
            **parts,
            "certainty": how_certain(one, words),
            "exact": one.exact,
        }
    )
