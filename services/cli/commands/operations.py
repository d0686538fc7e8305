"""``operations``: how far everything is, what waits, who works on what, and what has halted."""

from __future__ import annotations

from pathlib import Path

from services.cli.exit_codes import FINDING, OK
from services.cli.opening import with_installation
from services.cli.output import console, show_json, show_table, tell
from services.operations.installation_status import BackupStanding, InstallationStanding, standing_of
from services.wording.terms import LanguageTexts, moment, number


def operations(*, json: bool = False, data: Path | None = None) -> int:
    """Show what has halted, how far each partition, agency and read model is, and who works on what.

    Exit code 1 where something has halted, somebody is parked, or a read model does not fit the ledger.
    """
    status = with_installation(data, standing_of)
    if json:
        show_json(status)
    else:
        _print(status, LanguageTexts())
    return FINDING if status.amiss else OK


def _print_backup(last: BackupStanding | None, words: LanguageTexts) -> None:
    if last is None:
        tell(console(), words.say("standing.no-backup"), style="yellow")
        return
    text = words.say("standing.backup", place=last.place, at=moment(last.made), days=number(last.days))
    tell(console(), text, style="yellow" if last.old else "")
    if last.old:
        tell(console(), words.say("standing.backup-old"), style="yellow")


def _print(found: InstallationStanding, words: LanguageTexts) -> None:
    out = console()
    for service, reason in found.halted.items():
        tell(out, words.say("standing.halted-because", service=service, reason=reason), style="bold red")
    if not found.halted:
        tell(out, words.say("standing.nothing-halted"))
    tell(out, words.say("standing.waiting-events", count=number(sum(found.waiting.values()))))
    log = {"size": number(found.log.size), "unsealed": number(found.log.unsealed)}
    tell(out, words.say("standing.log", **log))
    if found.witnessed is not None:
        tell(out, words.say("standing.witnessed", size=number(found.witnessed.size)))
    _print_backup(found.backup, words)
    out.print()
    show_table(
        found.partitions,
        ("column.partition", lambda one: str(one.partition), "right"),
        ("standing.position", lambda one: number(one.position), "right"),
        ("standing.arrivals", lambda one: number(one.arrivals), "right"),
        ("standing.untold", lambda one: number(one.untold), "right"),
        ("standing.parked-persons", lambda one: number(one.parked_persons), "right"),
        ("standing.parked-events", lambda one: number(one.parked_events), "right"),
    )
    out.print()
    show_table(
        found.agencies,
        ("column.agency", lambda one: one.agency, "left"),
        ("standing.outbox", lambda one: number(one.outbox), "right"),
        ("standing.oldest", lambda one: words.span(one.oldest_seconds), "right"),
        ("standing.taken", lambda one: number(one.taken), "right"),
        ("standing.refused", lambda one: number(one.refused), "right"),
    )
    out.print()
    show_table(
        found.read_models,
        ("column.read-model", lambda one: one.projection, "left"),
        ("column.version", lambda one: str(one.version), "right"),
        ("column.state", lambda one: words.say("build.live" if one.live else "build.building"), "left"),
        ("column.behind", lambda one: number(one.behind), "right"),
        ("column.fault", lambda one: words.say(f"build.{one.found}") if one.found else "", "prose"),
    )
    out.print()
    show_table(
        found.leases,
        ("standing.service", lambda one: one.service, "left"),
        ("standing.pieces", lambda one: str(one.pieces), "right"),
        ("standing.held", lambda one: str(one.held), "right"),
        ("standing.holders", lambda one: ", ".join(one.holders), "prose"),
    )
