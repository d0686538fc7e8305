"""``erase PERSON``: a person's key destroyed for good, with its copies in backups.

``--list`` and ``--finish`` what is left of it.
"""

from __future__ import annotations

from pathlib import Path

from events.message import message
from services.cli.commands.release import until_decided
from services.cli.exit_codes import FINDING, OK, command_error
from services.cli.opening import with_installation
from services.cli.output import agreed, console, errors, show_json, show_table, tell
from services.cli.persons import Person, named_person
from services.cli.trail_options import By, Reason, TrailOptions
from services.erasure import erasing
from services.erasure.backups import note_gone
from services.erasure.erasing import ErasureProspect, ErasureStatus
from services.runtime.bootstrap import Installation
from services.wording.terms import LanguageTexts, moment, number


def erase(
    person: Person = None,
    /,
    *,
    by: By = None,
    reason: Reason = "",
    despite: bool = False,
    yes: bool = False,
    list_: bool = False,
    finish: bool = False,
    gone: Path | None = None,
    json: bool = False,
    data: Path | None = None,
) -> int:
    """Erase a person, or say with --list, or do with --finish, what is left of erasures.

    --gone says that a backup was destroyed. Exit code 1 where something is left to do.
    """
    if [person is not None, list_, finish or gone is not None].count(True) != 1:
        raise command_error("erase.whom-or-what", "erase.name-one")
    if person is None:
        signed = TrailOptions(by=by, reason=reason)
        return _remaining(finish=finish, gone=gone, signed=signed, json=json, data=data)
    if not (by and reason.strip()):
        raise command_error("erase.no-name", "erase.give-both")
    officer, named, stopped = by, person, until_decided(data)

    async def work(installation: Installation) -> tuple[ErasureStatus | None, bool]:
        prospect = await erasing.prospect(installation, named_person(named, installation))
        _show(prospect)
        if prospect.open and not despite:
            raise command_error("erase.open", "erase.say-despite")
        if not (yes or agreed(message("erase.sure"))):
            return None, False
        return await erasing.erase(installation, prospect, officer, reason, stopped), True

    erasure, consented = with_installation(data, work)
    if not consented:
        tell(console(), message("erase.nothing-done"))
        return OK
    if erasure is None:
        tell(console(), message("erase.waiting"))
        return FINDING
    return _tell(erasure, json=json)


def _remaining(
    *, finish: bool, gone: Path | None, signed: TrailOptions, json: bool, data: Path | None
) -> int:
    place = gone.absolute() if gone else None
    if place is not None and not signed.reason.strip():
        raise command_error("erase.no-name", "erase.give-both")

    async def work(installation: Installation) -> ErasureStatus:
        if place is not None:
            await note_gone(installation, place, signed.signature)
        return await (erasing.finish if finish else erasing.status)(installation)

    return _tell(with_installation(data, work), json=json)


def _show(prospect: ErasureProspect) -> None:
    """Show what is about to be destroyed, and what is still open."""
    out, words = errors(), LanguageTexts()
    counts = {"events": number(prospect.events), "claims": number(len(prospect.claims))}
    tell(out, message("erase.about-to", person=prospect.person, **counts), style="bold")
    for one in prospect.open:
        amount = f", {words.amount(one.amount)}" if one.amount else ""
        about = f": {one.claim}{amount}" if one.claim else ""
        tell(out, f"{words.name('erase-open', one.code)}{about}", indent=2, hang=2)
    if prospect.extracted is None:
        tell(out, message("erase.no-extract", person=prospect.person))
    else:
        tell(out, message("erase.extract-made", when=moment(prospect.extracted)))
    if prospect.batches:
        tell(out, message("erase.batch-files", batches=", ".join(prospect.batches)))


def _tell(status: ErasureStatus, *, json: bool) -> int:
    if json:
        show_json({"complete": status.complete, "outstanding": status.outstanding, "standing": status})
        return OK if status.complete else FINDING
    out, words = console(), LanguageTexts()
    show_table(
        status.persons,
        ("column.person", lambda one: one.person, "left"),
        ("column.position", lambda one: f"{one.partition}:{one.position}", "right"),
        ("column.recorded", lambda one: moment(one.recorded), "left"),
        ("erase.key", lambda one: words.say("erase.destroyed" if one.destroyed else "erase.still"), "prose"),
        title=words.say("erase.title"),
    )
    for person in status.unrecorded:
        tell(out, message("erase.unrecorded", person=person))
    for place in status.copies:
        tell(out, message("erase.copy", place=place))
    if status.backups:
        show_table(
            status.backups,
            ("erase.backup", lambda one: one.place, "prose"),
            ("erase.made", lambda one: moment(one.made), "left"),
            ("erase.generation", lambda one: number(one.generation), "right"),
            ("erase.state", lambda one: words.name("backup-state", one.state), "prose"),
        )
    if status.documents:
        tell(out, message("erase.documents", count=number(status.documents)))
    if status.persons or not status.complete:
        tell(out, message("erase.complete" if status.complete else "erase.left"))
    return OK if status.complete else FINDING
