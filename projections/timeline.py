"""What happened to a claim, event by event?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, TypeAlias

from msgspec import Struct
from sqlalchemy import Select, select

from events.content import Content
from events.retraction import Struck, struck_by
from events.settlement import Discrepancy
from projections.batch import EventBatch
from projections.claim_state import claim_state_at
from projections.claim_status import discrepancies
from projections.columns import table
from projections.projection import Projection, Rows
from projections.retractions import RetractionRow, record, retraction_table
from projections.steps import Step, instant
from projections.store import View

AsOf: TypeAlias = int | dt.datetime | None
"""Up to which position of the claim's partition, or which recorded instant, to look; None: everything."""

_STEP = table("timeline", Step, key=("claim", "partition", "position"))
_RETRACTION = retraction_table("timeline")


class Moment(Struct, frozen=True):
    """One step of a claim; ``retracted`` when it no longer counts (at the moment that is looked at)."""

    step: Step
    retracted: bool


def _apply(rows: Rows, batch: EventBatch) -> None:
    rows.put(_STEP, batch.steps)
    record(rows, _RETRACTION, batch)


TIMELINE = Projection("timeline", 3, (_STEP, _RETRACTION), _apply)


def mismatches(claim: str, told: Sequence[Moment]) -> list[Discrepancy]:
    """Return what the bank reported for a claim and that does not fit its orders, by the moments that are shown."""
    steps = [moment.step for moment in told if moment.step.type != "event.retracted"]
    return discrepancies(claim_state_at(claim, steps), struck_in(told))


def struck_in(told: Sequence[Moment]) -> Struck:
    """Return what no longer counts by the retractions that are shown."""
    steps = (moment.step for moment in told if moment.step.type == "event.retracted")
    return Struck.by((step.ref, step.says.retracts, step.position) for step in steps)


def moments(view: View, claim: str, as_of: AsOf = None) -> list[Moment]:
    """Return every step of the claim in order, with the retractions of its events; empty if there is no claim."""
    steps, retractions = view.table(TIMELINE, _STEP), view.table(TIMELINE, _RETRACTION)
    told = view.read(_until(select(steps).where(steps.c.claim == claim), as_of), Step)
    if not told:
        return []
    of_person = select(retractions).where(retractions.c.person == told[0].person)
    taken_back = view.read(_until(of_person, as_of), RetractionRow)
    gone = struck_by([(r.ref, r.retracts) for r in taken_back])
    concerned = _concerning({step.ref for step in told}, taken_back)
    every = told + [_step(claim, retraction) for retraction in concerned]
    every.sort(key=lambda step: (step.recordedtime, step.partition, step.position))
    return [Moment(step, step.ref in gone) for step in every]


def is_of(view: View, claim: str, agency: str) -> bool:
    """Tell whether this agency sent an event of the claim."""
    steps = view.table(TIMELINE, _STEP)
    sent = steps.c.claim == claim, steps.c.ref.startswith(f"{agency}:", autoescape=True)
    return bool(view.rows(select(steps.c.position).where(*sent).limit(1)))


def _concerning(refs: set[str], retractions: Sequence[RetractionRow]) -> list[RetractionRow]:
    """Return the retractions of these events, the retractions of those, and so on."""
    found: list[RetractionRow] = []
    while refs:
        more = [r for r in retractions if r.retracts in refs and r not in found]
        found += more
        refs = {r.ref for r in more}
    return found


def _step(claim: str, told: RetractionRow) -> Step:
    return Step(
        claim=claim,
        partition=told.partition,
        position=told.position,
        person=told.person,
        recordedtime=told.recordedtime,
        time=told.time,
        type="event.retracted",
        ref=told.ref,
        cause="",
        says=Content(retracts=told.retracts),
    )


def _until(query: Select[Any], as_of: AsOf) -> Select[Any]:
    columns = query.selected_columns
    if isinstance(as_of, dt.datetime):
        query = query.where(columns.recordedtime <= instant(as_of))
    elif as_of is not None:
        query = query.where(columns.position <= as_of)
    return query.order_by(columns.recordedtime, columns.partition, columns.position)
