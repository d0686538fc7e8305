"""``whatif``: the whole book under another rulebook, and the drafted corrections."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from events.document import DocumentRefused
from events.document import read as read_document
from events.message import message
from services.benefits.reading.folder import named, read
from services.benefits.rulebook import Rulebook
from services.cli.dates import Day
from services.cli.exit_codes import FINDING, OK, CommandError, command_error
from services.cli.opening import with_installation
from services.cli.output import Steps, console, show_json, table
from services.platform.settings import Settings
from services.runtime.bootstrap import Installation
from services.runtime.embedded_server import running
from services.whatif.comparison import ClaimAnswer, ClaimChange, Effect
from services.whatif.draft import corrections
from services.whatif.other_rulebooks import OtherRulebook, other_rulebooks
from services.whatif.summary import Comparison, compared
from services.whatif.whole_book import ComparedPart, WhatIfQuestion, whole_file, whole_installation
from services.wording.terms import LanguageTexts, day, number
from services.wording.timeline import payee

SHOWN = 20
"""Claims that are told one by one, the greatest differences first; ``--json`` has all of them."""


def whatif(
    *,
    rulebook: str,
    file: Path | None = None,
    since: Day = None,
    draft: Path | None = None,
    agency: Annotated[str | None, Parameter(name="--as")] = None,
    officer: str | None = None,
    json: bool = False,
    data: Path | None = None,
) -> int:
    """Judge every claim again by another rulebook: who would get more or less, and through which figure.

    Each claim's standing assessment is compared with what the other rulebook gives for the same facts and payments.
    Nothing is changed. Exit code 1 if a claim would come out otherwise.
    """
    if (agency is None or officer is None) and draft is not None:
        raise command_error("whatif.whose-draft", "whatif.name-both")
    with Steps() as steps:
        label = LanguageTexts().say("whatif.judging")
        if file is not None:
            other = _folder(rulebook, {})
            with file.open("rb") as lines:
                question = WhatIfQuestion(other, {}, since)
                today = named(Settings.read(data=data).rulebook)
                _same_scheme(today, other)
                part = whole_file(lines, today, question, tell=lambda done, of: steps.stage(label, done, of))
        else:
            other, part = with_installation(
                data, lambda installation: _with_installation(installation, rulebook, since, steps, label)
            )
    words = LanguageTexts(scheme=other.scheme)
    result = compared(other.hash, part)
    drafted = None if draft is None else _draft(draft, result, agency or "", officer or "")
    if json:
        show_json(result)
    else:
        _print(result, words)
        if drafted is not None:
            console().print(words.say("whatif.drafted", count=number(drafted), file=draft))
    return FINDING if result.changed else OK


def _folder(named: str, others: Mapping[str, OtherRulebook]) -> Rulebook:
    """Return the rulebook of a folder, or the one of this name among those of the installation."""
    if Path(named).is_dir():
        return read(Path(named))
    if (other := others.get(named)) is None:
        raise command_error("whatif.no-directory", "whatif.name-folder", path=named)
    return other.read()


async def _with_installation(
    installation: Installation, rulebook: str, since: dt.date | None, steps: Steps, label: str
) -> tuple[Rulebook, ComparedPart]:
    other = _folder(rulebook, await other_rulebooks(installation))
    _same_scheme(installation.rulebook, other)
    question = WhatIfQuestion(other, await installation.rulebooks(), since)
    settings = installation.settings
    return other, await asyncio.to_thread(
        whole_installation,
        settings.redis_url or running(settings.data) or "",
        installation.ledger.partitions,
        question,
        unsafe=settings.unsafe,
        tell=lambda done, of: steps.stage(label, done, of),
    )


def _same_scheme(today: Rulebook, other: Rulebook) -> None:
    """Refuse a rulebook that cannot judge what was filed here."""
    if unknown := other.codes.lacking(today.codes):
        raise command_error("whatif.other-scheme", "whatif.copy-ours", names=", ".join(unknown))


def _draft(file: Path, result: Comparison, agency: str, officer: str) -> int:
    """Write the corrections, each as intake will read it."""
    at = dt.datetime.now(dt.UTC).replace(microsecond=0)
    lines = list(corrections(result.changes, result.rulebook, agency=agency, officer=officer, at=at))
    try:
        for line in lines[:1]:
            read_document(line)
    except DocumentRefused as refused:
        note = message("whatif.draft-refused", why=refused.faults[0].message)
        raise CommandError(note, message("whatif.check-both")) from None
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.writelines(line + b"\n" for line in lines)
    return len(lines)


def _print(result: Comparison, words: LanguageTexts) -> None:
    out = console()
    out.print(words.say("whatif.judged", claims=number(result.claims), rulebook=result.rulebook[:12]))
    if not result.changed:
        out.print(f"✓ {words.say('whatif.nothing')}", style="green")
        return
    rows = [
        (words.say("whatif.more"), number(result.gaining), words.amount(result.more)),
        (words.say("whatif.less"), number(result.losing), words.amount(-result.less)),
        (words.say("whatif.otherwise"), number(result.answered_otherwise), ""),
        (words.say("whatif.rescheduled"), number(result.rescheduled), ""),
        (words.say("demo.all"), number(result.changed), words.amount(result.difference)),
        (words.say("whatif.undecided"), number(result.undecided), words.amount(result.undecided_difference)),
    ]
    out.print(table("", ("", words.say("column.claims"), words.say("whatif.difference")), rows, right=(1, 2)))
    figures = [
        (
            one.figure,
            _turn(one.figure, one.before, one.after, words),
            words.citation(one.citation),
            number(one.claims),
            words.amount(one.alone),
        )
        for one in result.figures
    ]
    columns = (
        words.say("whatif.figure"),
        words.say("whatif.values"),
        words.say("whatif.citation"),
        words.say("column.claims"),
        words.say("whatif.alone"),
    )
    out.print(table(words.say("whatif.through"), columns, figures, right=(3, 4)))
    if result.together:
        out.print(words.say("whatif.together", amount=words.amount(result.together)))
    out.print()
    changes = sorted(result.changes, key=lambda change: (-abs(change.difference), change.claim))[:SHOWN]
    for change in changes:
        out.print("\n".join(_claim_lines(change, words)))
    if len(changes) < result.changed:
        out.print(words.say("whatif.rest", count=number(result.changed - len(changes))))


def _claim_lines(change: ClaimChange, words: LanguageTexts) -> list[str]:
    """Tell one claim: what it comes to, line by line, and through what."""
    lines = [
        f"{change.claim}  {change.programme} {day(change.event_date)}  {words.signed(change.difference)}"
    ]
    if change.before != change.after:
        lines.append(
            f"    {_answer(change.before, words)} → {_answer(change.after, words)}  {_through(change.effects, words)}"
        )
    lines += [
        f"    {words.name('benefit', line.benefit)}, {payee(line.payee, words)}: {words.amount(line.before)} →"
        f" {words.amount(line.after)}  {_through(line.effects, words, line.citation)}"
        for line in change.lines
    ]
    through = "" if change.amends or not change.effects else f"  {_through(change.effects, words)}"
    lines += [
        f"    {words.say('whatif.due', order=one.order, before=day(one.before), after=day(one.after))}{through}"
        for one in change.due
    ]
    return lines


def _answer(answer: ClaimAnswer, words: LanguageTexts) -> str:
    family = "missing" if answer.outcome == "waiting" else "reason"
    codes = answer.missing or answer.reasons
    why = words.join([words.name(family, code) for code in codes])
    return words.name("whatif", f"outcome-{answer.outcome}") + (f" ({why})" if why else "")


def _through(effects: Sequence[Effect], words: LanguageTexts, citation: str = "") -> str:
    figures = "; ".join(f"{one.figure}, {words.citation(one.citation)}" for one in effects)
    return f"[{figures or words.citation(citation)}]"


def _turn(figure: str, before: str, after: str, words: LanguageTexts) -> str:
    """Write both values of a figure, nothing of a table."""
    if not (before or after):
        return ""
    return f"{_value(figure, before, words)} → {_value(figure, after, words)}"


def _value(figure: str, value: str, words: LanguageTexts) -> str:
    unit = words.scheme.figures.get(figure, "")
    if value and unit == "amount":
        return words.amount(int(value))
    return f"{value}%" if value and unit.startswith("percent") else value or "–"
