"""``scenarios`` runs Markdown scenarios against the rules, and lists the sentences they are written in."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from events.message import Language, message
from services.adjudication.replay import ClaimView
from services.benefits.reading.folder import named
from services.cli.exit_codes import ERROR, FINDING, OK, command_error
from services.cli.output import console, errors, show_json
from services.platform.settings import Settings
from services.scenarios import care, claims, expectations, membership, wording
from services.scenarios.expectations import UNKNOWN, Got
from services.scenarios.reading import ScenarioUnreadableError, read_all
from services.scenarios.running import ScenarioResult, UnmetExpectation, run
from services.scenarios.sentences import TABLE
from services.texts.language import language, said
from services.wording.terms import LanguageTexts, day, number

_CHAPTERS = {
    "membership": membership,
    "claims": claims,
    "care": care,
    "expectations": expectations,
}
_LISTS = {
    "papers": wording.PAPERS,
    "missing": wording.MISSING,
    "reasons": wording.REASONS,
    "refusals": wording.REFUSALS,
    "cause": wording.CAUSES,
    "relation": wording.RELATIONS,
    "benefit": wording.BENEFITS,
    "part": wording.PARTS,
    "device": wording.DEVICES,
    "level": wording.LEVELS,
    "state": wording.OUTCOMES,
}
"""The words of a kind of value."""


def scenarios(
    paths: list[Path] | None = None,
    /,
    *,
    sentences: bool = False,
    json: bool = False,
    rulebook: Path | None = None,
) -> int:
    """Run scenarios (Diketahui … Ketika … Maka …) and say where the rules give something else.

    Exit code 1 if a scenario fails, 2 if a file cannot be read.
    """
    if sentences:
        _list(language())
        return OK
    for path in paths or ():
        if not path.exists():
            raise command_error("scenarios.no-path", "scenarios.give-path", path=path)
    if not paths:
        raise command_error("scenarios.no-file", "scenarios.give-file")
    try:
        read = read_all(paths)
    except ScenarioUnreadableError as unreadable:
        for fault in unreadable.faults:
            errors().print(f"{fault.file}:{fault.line}: {said(fault.message)}", markup=False)
        return ERROR
    rules = named(rulebook or Settings.read().rulebook)
    outcomes = [run(scenario, rules) for scenario in read]
    if json:
        show_json([_plain(outcome) for outcome in outcomes])
    else:
        _print(outcomes, LanguageTexts(scheme=rules.scheme))
    return OK if all(outcome.passed for outcome in outcomes) else FINDING


def _plain(outcome: ScenarioResult) -> dict[str, object]:
    scenario = outcome.scenario
    failures = [{"line": f.line, "expected": f.expected, "got": f.got} for f in outcome.failures]
    return {
        "file": scenario.file,
        "line": scenario.line,
        "scenario": scenario.name,
        "article": scenario.article,
        "passed": outcome.passed,
        "failures": failures,
    }


def _print(outcomes: list[ScenarioResult], words: LanguageTexts) -> None:
    out = console()
    failed = [outcome for outcome in outcomes if not outcome.passed]
    for outcome in failed:
        scenario = outcome.scenario
        out.print(
            f"✗ {scenario.file}:{scenario.line}: {scenario.name} ({scenario.article})",
            markup=False,
            soft_wrap=True,
        )
        for failure in outcome.failures:
            outcome_text = _in_words(failure, outcome, words)
            line = words.say(
                "scenarios.failure", line=failure.line, expected=failure.expected, got=outcome_text
            )
            out.print(f"    {line}", markup=False, soft_wrap=True)
    passed = number(len(outcomes) - len(failed))
    out.print(words.say("scenarios.sum", passed=passed, failed=number(len(failed))))


def _in_words(failure: UnmetExpectation, outcome: ScenarioResult, words: LanguageTexts) -> str:
    actual = failure.got
    if isinstance(actual, ClaimView):
        return _claim(actual, outcome.seen.number, words)
    if isinstance(actual, int):
        return words.amount(actual)
    return _codes(actual) or words.say("scenarios.nothing")


def _codes(actual: Got) -> str:
    if not isinstance(actual, tuple):
        return ""
    return ", ".join(day(part) if isinstance(part, dt.date) else str(part) for part in actual)


def _claim(claim: ClaimView, number: str, words: LanguageTexts) -> str:
    if claim is UNKNOWN:
        return words.say("unknown-claim.sentence", claim=number)
    parts = [words.status(number, claim.programme, claim.status, claim.missing, claim.reasons)]
    if claim.reasons:
        parts.append(f"({', '.join(claim.reasons)})")
    if claim.status in ("ordered", "paid"):
        parts.append(words.money(sum(claim.entitled.values()), claim.ordered, claim.paid) + ":")
        parts.append(
            ", ".join(f"{benefit} {words.amount(amount)}" for benefit, amount in claim.entitled.items())
        )
    return " ".join(parts)


def _list(spoken: Language) -> None:
    out = console()
    for chapter, module in _CHAPTERS.items():
        out.print(said(message(f"scenarios.chapter.{chapter}")), style="bold")
        for sentence in TABLE:
            if sentence.meaning.__module__ == module.__name__:
                out.print(f"  {sentence.shown(spoken)}", markup=False, soft_wrap=True)
    for kind, words in _LISTS.items():
        out.print(f"«{said(message(f'scenarios.kind.{kind}'))}»", style="bold")
        for code, names in words.names().items():
            out.print(f"  {', '.join((*names, code))}", markup=False, soft_wrap=True)
