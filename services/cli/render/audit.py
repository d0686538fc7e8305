"""The outcome of an audit, in words or as programs read it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import to_builtins
from msgspec.structs import asdict

from projections.sums import Reconciliation
from services.cli.output import console, show_json, tell
from services.cli.render.sums import show_sums
from services.texts.catalogue import render
from services.texts.language import said
from services.verification.discrepancies import AuditFinding, AuditResult, HeldCheckpoint
from services.wording.terms import LanguageTexts, number

PAGE = 50
"""Findings that are shown at once."""


def show_audit(result: AuditResult, sums: Reconciliation | None, *, json: bool, page: int = 1) -> int:
    """Print the outcome of an audit, of its findings one page, and return its exit code."""
    if json:
        show_json({**_in_english(result), "sums": sums})
        return result.exit_code
    out, words = console(), LanguageTexts()
    start = (page - 1) * PAGE
    for one in result.findings[start : start + PAGE]:
        tell(out, f"✗ {finding(one, words)}", style="red", hang=2)
    if more := len(result.findings[start + PAGE :]):
        tell(out, words.say("verify.more", count=number(more), page=page + 1))
    counts = {name: number(getattr(result, name)) for name in ("events", "assessments", "persons", "records")}
    tell(out, words.say("verify.counted", **counts))
    if result.unreadable_records:
        tell(out, words.say("verify.unreadable-records", count=number(result.unreadable_records)))
    if sums is not None:
        out.print()
        show_sums(sums, words, out)
        out.print()
    if result.explained:
        tell(out, words.say("verify.explained", count=number(len(result.explained))))
    damaged = any(one.check == "log" for one in result.findings)
    for checkpoint in _newest(result.checkpoints, damaged=damaged):
        key = "verify.held-before" if damaged else "verify.held" if checkpoint.outside else "verify.held-own"
        tell(out, words.say(key, name=checkpoint.name, size=number(checkpoint.size)))
    if result.checkpoints and result.unsealed:
        tell(out, words.say("verify.unsealed", count=number(result.unsealed)))
    for skipped in result.skipped:
        tell(out, words.say("verify.skipped", what=said(skipped)))
    if result.ok:
        tell(out, words.say("verify.clean"), style="green")
    return result.exit_code


def _newest(checkpoints: Sequence[HeldCheckpoint], *, damaged: bool) -> Iterator[HeldCheckpoint]:
    """Of the checkpoints under which everything still stands those from outside, and the newest of the log itself.

    Where something differs its own say nothing beside one from outside: they may have been written anew with it.
    """
    proven = [one for one in checkpoints if one.proven]
    own = max((one.size for one in proven if not one.outside), default=0)
    alone = not (damaged and any(one.outside for one in checkpoints))
    return (one for one in proven if one.size and (one.outside or (alone and one.size == own)))


def _in_english(result: AuditResult) -> dict[str, object]:
    """Return an outcome as programs read it: each sentence in English, with the key and parameters of its message."""
    in_english = {
        name: [{**to_builtins(one), "what": one.what} for one in getattr(result, name)]
        for name in ("findings", "explained")
    }
    return {**asdict(result), **in_english, "skipped": [render(one, "en") for one in result.skipped]}


def finding(one: AuditFinding, words: LanguageTexts) -> str:
    """Say in one line where something is not as it must be, and what it is."""
    where = ""
    if one.partition is not None:
        key = "verify.place" if one.position else "stage.partition"
        where = f"{words.say(key, partition=one.partition, position=one.position)}, "
    return f"{where}{words.name('check', one.check)}: {said(one.message)}"
