"""A claim's file checked where nothing else is: every hash, every decision, every sum, every page.

No server, no key, no network and no clock: what is wrong is found from the file alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal, TypeAlias

import msgspec
from msgspec import Struct, field

from events.message import Message, message
from services.claim_file.contents import (
    EVENTS,
    MANIFEST,
    PROGRAM,
    RESULT,
    ClaimFile,
    ClaimFileManifest,
    name_of,
    read_back,
    sha256,
)
from services.claim_file.deciding import Conclusion, DecidedAgain, decide, rulebooks_of
from services.claim_file.result import ClaimResult, result_of
from services.claim_file.statement import statement_of
from services.letters.statement import LetterTextError, read
from services.platform.json_differences import differing

Check: TypeAlias = Literal["files", "events", "rulebooks", "decisions", "result", "letter", "pages"]
CHECKS: tuple[Check, ...] = ("files", "events", "rulebooks", "decisions", "result", "letter", "pages")

Pages: TypeAlias = Callable[[ClaimFile, ClaimResult, DecidedAgain], Mapping[str, bytes]]
"""Makes the pages of a file anew, by their names."""

_MOST = 20
"""Parts of a result that are named: where more differ, they follow from the same."""


class RecheckFinding(Struct, frozen=True):
    """What is not as it must be, and which check found it; of a decision with the conclusion and its parts."""

    check: Check
    message: Message
    conclusion: Conclusion | None = None


class Recheck(Struct):
    """What was looked at and what was found.

    ``manifest`` is the SHA-256 of the manifest, to be compared with a note of it.
    """

    manifest: str
    claim: str = ""
    program: str = ""
    files: int = 0
    events: int = 0
    decided: int = 0
    same: int = 0
    pages: int = 0
    result: ClaimResult | None = None
    findings: list[RecheckFinding] = field(default_factory=list)

    def find(self, check: Check, key: str, **facts: str | int) -> None:
        """Note a finding by the key of its text."""
        self.findings.append(RecheckFinding(check, message(f"recheck.{key}", **facts)))


def recheck(files: Mapping[str, bytes], pages: Pages) -> Recheck:
    """Check a claim's file; pages are compared where this version of the program is the one that wrote them."""
    report = Recheck(sha256(files.get(MANIFEST, b"")))
    try:
        manifest = msgspec.json.decode(files[MANIFEST], type=ClaimFileManifest)
    except KeyError:
        report.find("files", "no-manifest")
        return report
    except msgspec.MsgspecError:
        report.find("files", "bad-manifest")
        return report
    report.claim, report.program = manifest.claim, manifest.program
    _check_files(report, manifest, files)
    try:
        file = read_back(manifest, files)
        events = file.events_by_day()
    except (msgspec.MsgspecError, UnicodeDecodeError):
        _check_events(report, manifest, files.get(EVENTS, b"").split(b"\n")[:-1])
        report.find("events", "unreadable-event")
        return report
    _check_events(report, manifest, file.events)
    again = _check_decisions(report, file)
    if again.rulebook is None:
        return report
    try:
        report.result = result_of(file.claim, again.state, again.rulebook, events)
    except KeyError:
        report.find("decisions", "never-filed", claim=file.claim)
        return report
    _check_result(report, files.get(RESULT, b""))
    if file.signed_line:
        _check_letter(report, file, report.result)
    if manifest.program == PROGRAM:
        _check_pages(report, files, pages(file, report.result, again))
    return report


def _check_files(report: Recheck, manifest: ClaimFileManifest, files: Mapping[str, bytes]) -> None:
    marked = {mark.name: mark for mark in manifest.files}
    for name in sorted({*marked, *files} - {MANIFEST}):
        if name not in files:
            report.find("files", "file-missing", name=name)
        elif name not in marked:
            report.find("files", "file-added", name=name)
        elif sha256(files[name]) != marked[name].sha256:
            report.find("files", "file-changed", name=name)
        else:
            report.files += 1


def _check_events(
    report: Recheck, manifest: ClaimFileManifest, bodies: tuple[bytes, ...] | list[bytes]
) -> None:
    """Name each event whose line is another than the manifest says."""
    digests = {sha256(body) for body in bodies}
    report.events = len(bodies)
    for mark in manifest.events:
        if mark.sha256 not in digests:
            place = f"{manifest.partition}:{mark.position}"
            report.find("events", "event-changed", event=mark.event, position=place)
    marked = {mark.sha256 for mark in manifest.events}
    for number, body in enumerate(bodies, 1):
        if sha256(body) not in marked and len(bodies) > len(manifest.events):
            report.find("events", "event-added", line=number)


def _check_decisions(report: Recheck, file: ClaimFile) -> DecidedAgain:
    rulebooks, unreadable = rulebooks_of(file)
    for digest, why in unreadable.items():
        report.find("rulebooks", "rulebook-unreadable", hash=digest, why=why)
    for digest, rulebook in rulebooks.items():
        if rulebook.hash != digest:
            report.find("rulebooks", "rulebook-changed", hash=digest, is_now=rulebook.hash)
    _check_order(report, file)
    again = decide(file, rulebooks)
    for name in sorted(again.lost):
        if name.partition("@")[0] not in unreadable:
            report.find("rulebooks", "rulebook-lost", hash=name)
    report.decided, report.same = again.decided, again.same
    for one in again.conclusions:
        if one.verdict not in ("same", "undecided"):
            report.findings.append(RecheckFinding("decisions", _conclusion_named(one, file.partition), one))
    return again


def _check_order(report: Recheck, file: ClaimFile) -> None:
    """Each event must say where it stands: in the partition of the file, behind the one before it, of one person."""
    before, persons = 0, set[str]()
    for event in file.decoded():
        position = event.position or 0
        if event.partition != file.partition or position <= before:
            report.find(
                "events", "other-place", event=name_of(event), position=f"{event.partition}:{position}"
            )
        before = max(before, position)
        if event.person:
            persons.add(event.person)
    if len(persons) > 1:
        report.find("events", "other-person")


def _conclusion_named(conclusion: Conclusion, partition: int) -> Message:
    place = f"{partition}:{conclusion.position}"
    return message(f"recheck.{conclusion.verdict}", type=conclusion.type, position=place)


def _check_result(report: Recheck, result_file: bytes) -> None:
    """Compare what the events come to with what the file says they do.

    How it comes to that where the sums are the same.
    """
    try:
        theirs = msgspec.json.decode(result_file)
    except msgspec.MsgspecError:
        report.find("result", "no-result", file=f"{RESULT}")
        return
    ours = msgspec.json.decode(msgspec.json.encode(report.result))
    parts = list(differing(ours, theirs))
    summed = [part for part in parts if not part[0].startswith("told.")]
    for path, again, written_value in (summed or parts)[:_MOST]:
        report.find("result", "other-result", path=path, theirs=str(written_value), ours=str(again))


def _check_letter(report: Recheck, file: ClaimFile, result: ClaimResult) -> None:
    """Compare what the letter says with what the claim comes to; whose signature it is, nobody can tell from here."""
    try:
        statement, _ = read(file.signed_line)
    except LetterTextError:
        report.find("letter", "no-line")
        return
    if statement != statement_of(file, result, statement.origin):
        report.find("letter", "other-line")


def _check_pages(report: Recheck, files: Mapping[str, bytes], pages_again: Mapping[str, bytes]) -> None:
    for name, content in pages_again.items():
        if name not in files:
            continue
        if files[name] != content:
            report.find("pages", "other-page", name=name)
        else:
            report.pages += 1
