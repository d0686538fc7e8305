"""``recheck FILE``: a claim's file checked and calculated again on a machine that has nothing else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import msgspec

from events.message import Message, message
from services.claim_file.archive import ClaimFileError, read
from services.claim_file.contents import PROGRAM
from services.claim_file.deciding import DifferingPart
from services.claim_file.recheck import Recheck, RecheckFinding
from services.claim_file.recheck import recheck as checked
from services.cli.exit_codes import FINDING, OK, CommandError, command_error
from services.cli.output import console, show_json, tell
from services.evidence.bundle import BUNDLE
from services.evidence.recalculation import claim_file_in, differing_in
from services.texts.errors import TextError
from services.texts.language import said
from services.wording.claim_file import claim_pages
from services.wording.explanation import sentence
from services.wording.terms import LanguageTexts

_AMOUNT = re.compile(r"^sums\.|(?:^|\.)(?:amount|asked|expected|moved|paid|returned)$")


def recheck(file: Path, /, *, json: bool = False) -> int:
    """Check every hash of a claim's file, decide its events again, and say what is the same and what is not.

    Exit code 1 if something is not.
    """
    try:
        files = read(file)
    except ClaimFileError as error:
        raise CommandError(error.message) from None
    of_bundle = BUNDLE in files
    differing = differing_in(files) if of_bundle else ""
    if differing:
        return _unreadable(file, differing, json=json)
    report = checked(_claim_file_in(file, files) if of_bundle else files, claim_pages)
    if json:
        show_json(report)
    else:
        _print(report, manifest=not of_bundle)
        if of_bundle:
            tell(console(), message("evidence.recalculated-only", place=file))
    return FINDING if report.findings else OK


def _unreadable(place: Path, name: str, *, json: bool) -> int:
    """Say which file of a bundle is not what its entries make it; nothing is calculated from such a bundle."""
    if json:
        show_json({"differing": name})
    else:
        tell(console(), message("evidence.differing", place=place, name=name), style="red")
    return FINDING


def _claim_file_in(place: Path, files: Mapping[str, bytes]) -> dict[str, bytes]:
    try:
        return claim_file_in(files)
    except (msgspec.MsgspecError, LookupError, ValueError):
        raise command_error("evidence.no-bundle", place=place) from None
    except TextError as error:
        raise CommandError(error.message) from None


def _print(report: Recheck, *, manifest: bool) -> None:
    out, words = console(), LanguageTexts()
    tell(out, words.say("recheck.title", claim=report.claim or "?"), style="bold")
    if manifest:
        tell(out, words.say("recheck.manifest", hash=report.manifest))
    tell(out, words.say("recheck.files", count=report.files))
    counts = {"events": report.events, "decided": report.decided, "same": report.same}
    tell(out, words.say("recheck.events", **counts))
    if report.pages:
        tell(out, words.say("recheck.pages", count=report.pages))
    elif report.program not in ("", PROGRAM):
        tell(out, words.say("recheck.pages-other", program=report.program))
    if report.result is not None:
        out.print()
        tell(out, words.say("recheck.comes-to"), style="bold")
        if report.result.told is not None:
            tell(out, sentence(report.result.told, words), indent=2)
        tell(out, words.sums(report.result.sums), indent=2)
    out.print()
    if not report.findings:
        tell(out, words.say("recheck.all-same"), style="green")
        return
    tell(out, words.say("recheck.found", count=len(report.findings)), style="red")
    for one in report.findings:
        tell(out, _finding_text(one, words), indent=2, hang=2)
        for part in one.conclusion.parts if one.conclusion else ():
            tell(out, _part(part, words), indent=4, hang=2)


def _finding_text(finding: RecheckFinding, words: LanguageTexts) -> str:
    facts = dict(finding.message.parameters)
    if finding.conclusion is not None:
        facts["type"] = words.event(finding.conclusion.type)
    elif finding.check == "result":
        facts |= {
            name: _value(str(facts["path"]), str(facts[name]), words)
            for name in ("theirs", "ours")
            if name in facts
        }
    return said(Message(finding.message.key, facts))


def _part(part: DifferingPart, words: LanguageTexts) -> str:
    return words.say(
        "recheck.part",
        path=part.path.removeprefix("data."),
        recorded=_value(part.path, part.recorded, words),
        again=_value(part.path, part.again, words),
    )


def _value(path: str, value: str, words: LanguageTexts) -> str:
    return words.amount(int(value)) if _AMOUNT.search(path) and value.lstrip("-").isdecimal() else value
