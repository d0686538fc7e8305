"""Audit tests as people read them: the list, the hits of one, and what one means."""

from __future__ import annotations

from collections.abc import Sequence

from services.cli.output import console, show_table, tell
from services.controls.hits import Control, ControlResult
from services.controls.registry import CONTROLS
from services.wording.controls import PARTS, certainty, how_certain, measures, title
from services.wording.terms import LanguageTexts, number


def show_results(results: Sequence[tuple[Control, ControlResult]], words: LanguageTexts) -> None:
    """Print each control with its count and rupiah."""
    show_table(
        results,
        ("", lambda one: str(CONTROLS.index(one[0]) + 1), "right"),
        ("controls.name", lambda one: title(one[0], words), "left"),
        ("controls.kind", lambda one: certainty(one[0], words), "left"),
        ("controls.hits", lambda one: number(one[1].count), "right"),
        ("controls.amount", lambda one: words.amount(one[1].amount), "right"),
        title=words.say("controls.title"),
    )
    tell(console(), words.say("controls.see-one"))


def show_hits(control: Control, result: ControlResult, words: LanguageTexts) -> None:
    """Print what one control points at, hit by hit, and the total."""
    if not result.hits:
        tell(console(), f"{title(control, words)}. {words.say('controls.nothing')}")
        return
    show_table(
        result.hits,
        ("controls.hit", lambda hit: hit.handle(control.name), "left"),
        ("controls.claim", lambda hit: hit.claim, "left"),
        ("controls.person", lambda hit: hit.person, "left"),
        ("controls.amount", lambda hit: words.amount(hit.amount), "right"),
        ("controls.about", lambda hit: hit.about, "prose"),
        ("controls.measured-values", lambda hit: measures(hit, words), "prose"),
        ("controls.events", lambda hit: " ".join(hit.events), "prose"),
        title=title(control, words),
        last=(
            f"{words.say('controls.all')}: {number(result.count)}",
            "",
            "",
            words.amount(result.amount),
            "",
            "",
            "",
        ),
    )


def show_meaning(control: Control, words: LanguageTexts) -> None:
    """Print what a control finds, on what ground and by what evidence, what it does not prove, and how sure it is."""
    out = console()
    tell(out, f"{title(control, words)} ({control.name})", style="bold")
    meanings = [(part, words.say(f"control.{control.name}.{part}")) for part in PARTS]
    for part, text in (*meanings, ("certainty", how_certain(control, words))):
        out.print()
        tell(out, words.say(f"controls.{part}"), style="bold")
        tell(out, text, indent=2)
    if control.opens:
        out.print()
        tell(out, words.say("controls.opened"))
