"""The columns of records of the audit trail."""

from __future__ import annotations

from services.audit_trail.entries import TrailEntry
from services.audit_trail.records import (
    ActNotTaken,
    ActSent,
    FigureRecorded,
    FindingStep,
    Record,
    SampleStep,
)
from services.console.context import ConsoleContext
from services.console.tables import Column
from services.engagements.engagements import EngagementPage
from services.wording.engagement import done_of
from services.wording.trail import what_was_done


def done_columns(
    console: ConsoleContext, under: EngagementPage | None = None
) -> tuple[Column[TrailEntry], ...]:
    """Return who did what, when and why; ``under`` an audit also what went beyond it."""
    words = console.words

    def act(entry: TrailEntry) -> str:
        return what_was_done(entry.record, words) if under is None else done_of(entry, under, words)

    return (
        Column(key="position", heading="trail.number", kind="number"),
        Column(key="time", heading="column.time", kind="moment"),
        Column(
            key="by",
            heading="trail.by",
            value=lambda entry: entry.by if entry.readable else words.say("trail.unreadable"),
        ),
        Column(key="done", heading="trail.done", value=act, link=lambda entry: leads_to(entry.record)),
        Column(key="reason", heading="console.audit.reason"),
        Column(key="engagement", heading="console.engagements.engagement"),
    )


def leads_to(record: Record) -> str:
    """Return the page of what a record is about, empty where it has none."""
    match record:
        case ActSent(claim=claim) | ActNotTaken(claim=claim):
            return f"/claims/{claim}"
        case FigureRecorded(handle=handle):
            return f"/figures/{handle}"
    if isinstance(record, FindingStep):
        return f"/findings/{record.finding}"
    if isinstance(record, SampleStep):
        return f"/samples/{record.sample}"
    return ""
