"""``operations``: how far everything is, what waits, who works on what, and what has halted."""

from __future__ import annotations

from pathlib import Path

from services.cli.exit_codes import FINDING, OK
from services.cli.opening import with_installation
from services.cli.output import console, show_json, show_table, tell
from services.operations.installation_status import InstallationStatus, LastBackup, status_of
from services.wording.terms import LanguageTexts, moment, number


def operations(*, json: bool = False, data: Path | None = None) -> int:
    """Show what has halted, how far each partition, agency and read model is, and who works on what.

    Exit code 1 where something has halted, somebody is parked, or a read model does not fit the ledger.
    """
    status = with_installation(data, status_of)
    if json:
        show_json(status)
    else:
        _print(status, LanguageTexts())
    return FINDING if status.amiss else OK


def _print_backup(last: LastBackup | None, words: LanguageTexts) -> None:
    if last is None:
        tell(console(), words.say("installation-status.no-backup"), style="yellow")
        return
    text = words.say(
        "installation-status.backup", place=last.place, at=moment(last.made), days=number(last.days)
    )
    tell(console(), text, style="yellow" if last.old else "")
    if last.old:
        tell(console(), words.say("installation-status.backup-old"), style="yellow")


def _print(status: InstallationStatus, words: LanguageTexts) -> None:
    out = console()
    for service, reason in status.halted.items():
        tell(
            out,
            words.say("installation-status.halted-because", service=service, reason=reason),
            style="bold red",
        )
    if not status.halted:
        tell(out, words.say("installation-status.nothing-halted"))
    tell(out, words.say("installation-status.waiting-events", count=number(sum(status.waiting.values()))))
    log = {"size": number(status.log.size), "unsealed": number(status.log.unsealed)}
    tell(out, words.say("installation-status.log", **log))
    if status.witnessed is not None:
        tell(out, words.say("installation-status.witnessed", size=number(status.witnessed.size)))
    _print_backup(status.backup, words)
    out.print()
    show_table(
        status.partitions,
        ("column.partition", lambda one: str(one.partition), "right"),
        ("installation-status.position", lambda one: number(one.position), "right"),
        ("installation-status.arrivals", lambda one: number(one.arrivals), "right"),
        ("installation-status.untold", lambda one: number(one.untold), "right"),
        ("installation-status.parked-persons", lambda one: number(one.parked_persons), "right"),
        ("installation-status.parked-events", lambda one: number(one.parked_events), "right"),
    )
    out.print()
    show_table(
        status.agencies,
        ("column.agency", lambda one: one.agency, "left"),
        ("installation-status.outbox", lambda one: number(one.outbox), "right"),
        ("installation-status.oldest", lambda one: words.span(one.oldest_seconds), "right"),
        ("installation-status.taken", lambda one: number(one.taken), "right"),
        ("installation-status.refused", lambda one: number(one.refused), "right"),
    )
    out.print()
    show_table(
        status.read_models,
        ("column.read-model", lambda one: one.projection, "left"),
        ("column.version", lambda one: str(one.version), "right"),
        ("column.state", lambda one: words.say("build.live" if one.live else "build.building"), "left"),
        ("column.behind", lambda one: number(one.behind), "right"),
        ("column.fault", lambda one: words.say(f"build.{one.fault}") if one.fault else "", "prose"),
    )
    out.print()
    show_table(
        status.leases,
        ("installation-status.service", lambda one: one.service, "left"),
        ("installation-status.pieces", lambda one: str(one.pieces), "right"),
        ("installation-status.held", lambda one: str(one.held), "right"),
        ("installation-status.holders", lambda one: ", ".join(one.holders), "prose"),
    )
