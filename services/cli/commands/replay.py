"""``replay`` decides a file of agency events offline, by the same core as the services."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from events.message import message
from services.adjudication.replay import ReplayResult
from services.adjudication.replay import replay as decide
from services.benefits.reading.folder import named
from services.cli.exit_codes import FINDING, OK
from services.cli.output import Steps, console, show_json, show_table
from services.platform.garbage_collection import collect_seldom
from services.platform.settings import Settings
from services.wording.terms import LanguageTexts, number


def replay(file: Path, /, *, rulebook: Path | None = None, json: bool = False) -> int:
    """Decide a file of agency events: no server, no clock, the same rules as the services.

    Prints what each claim comes to. Exit code 1 if a line was refused.
    """
    with file.open("rb") as lines, Steps() as steps, steps(message("replay.replaying", file=file.name)):
        law = named(rulebook or Settings.read().rulebook)
        collect_seldom()
        result = decide(lines, law)
    if json:
        show_json(result)
    else:
        _print(result, LanguageTexts(scheme=law.scheme))
    return FINDING if result.refused else OK


def _print(result: ReplayResult, words: LanguageTexts) -> None:
    claims = result.claims.values()
    by_status = Counter(claim.status for claim in claims)
    out = console()
    out.print(f"{words.say('demo.participants')}: {number(result.participants)}")
    show_table(
        sorted(by_status.items(), key=lambda one: (-one[1], one[0])),
        ("", lambda one: words.name("status", one[0]), "left"),
        ("column.claims", lambda one: number(one[1]), "right"),
        (
            "sum.ordered",
            lambda one: words.amount(sum(c.ordered for c in claims if c.status == one[0])),
            "right",
        ),
        ("sum.paid", lambda one: words.amount(sum(c.paid for c in claims if c.status == one[0])), "right"),
    )
    for code, count in Counter(refusal.code for refusal in result.refused).most_common():
        out.print(f"{number(count)} × {words.name('refused', code)} ({code})")
