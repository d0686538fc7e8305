"""What happened to a claim, event by event?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, Select, Table, or_, select

from events.content import Content
from events.payment_matching import Discrepancy
from events.retraction import Struck, struck_by
from projections.as_of import NOW, AsOf
from projections.claim_state import ClaimState, claim_state_at
from projections.claim_status import discrepancies
from projections.claim_steps import Step, instant
from projections.columns import table
from projections.event_batch import EventBatch
from projections.projection import Projection, Rows
from projections.retractions import RetractionRow, record, retraction_table
from projections.store import View

_STEP = table("timeline", Step, key=("claim", "partition", "position"))
_RETRACTION = retraction_table("timeline")


class Moment(Struct, frozen=True):
    """One step of a claim; ``retracted`` when it no longer counts (at the moment that is looked at)."""

    step: Step
    retracted: bool


def _apply(rows: Rows, batch: EventBatch) -> None:
    rows.put(_STEP, batch.steps)
    record(rows, _RETRACTION, batch)


TIMELINE = Projection("timeline", 6, (_STEP, _RETRACTION), _apply)


def mismatches(claim: str, moments: Sequence[Moment]) -> list[Discrepancy]:
    """Return what the bank reported for a claim and that does not fit its orders, by the moments that are shown."""
    return discrepancies(state_in(claim, moments), struck_in(moments))


def state_in(claim: str, moments: Sequence[Moment]) -> ClaimState:
    """Return the state of the claim after the moments that are shown."""
    return claim_state_at(claim, [one.step for one in moments if one.step.type != "event.retracted"])


def struck_in(moments: Sequence[Moment]) -> Struck:
    """Return what no longer counts by the retractions that are shown."""
    steps = (moment.step for moment in moments if moment.step.type == "event.retracted")
    return Struck.by((step.ref, step.says.retracts, step.position) for step in steps)


def moments(view: View, claim: str, as_of: AsOf = NOW) -> list[Moment]:
    """Return every step of the claim in order, with the retractions of its events; empty if there is no claim."""
    steps, retractions = view.table(TIMELINE, _STEP), view.table(TIMELINE, _RETRACTION)
    query = select(steps).where(steps.c.claim == claim)
    if as_of.true_on is not None:
        query = query.where(steps.c.happened <= as_of.true_on.isoformat())
    steps_found = view.read(_until(query, as_of.known_on), Step)
    if not steps_found:
        return []
    of_person = select(retractions).where(retractions.c.person == steps_found[0].person)
    return _moments(claim, steps_found, view.read(_until(of_person, as_of.known_on), RetractionRow))


def _moments(claim: str, steps: Sequence[Step], taken_back: Sequence[RetractionRow]) -> list[Moment]:
    """Bring the steps of a claim and its person's retractions together."""
    struck = struck_by([(r.ref, r.retracts) for r in taken_back])
    concerned = _concerning({step.ref for step in steps}, taken_back)
    every = [*steps, *(_step(claim, retraction) for retraction in concerned)]
    every.sort(key=lambda step: (step.recordedtime, step.partition, step.position))
    return [Moment(step, step.ref in struck) for step in every]


_AT_ONCE = 500
"""Claims that are read together."""


def changed(view: View, after: Mapping[int, int]) -> Iterator[tuple[str, list[Moment]]]:
    """Yield each claim of which anything was recorded after these positions by partition, with all its moments, by number.

    A retraction of anything that its person is said to have done counts for each of the person's claims.
    """
    steps, retractions = view.table(TIMELINE, _STEP), view.table(TIMELINE, _RETRACTION)

    def later(of: Table) -> ColumnElement[bool]:
        return or_(*((of.c.partition == partition) & (of.c.position > at) for partition, at in after.items()))

    persons = select(retractions.c.person).where(later(retractions))
    claims = select(steps.c.claim).where(or_(later(steps), steps.c.person.in_(persons)))
    numbers = [str(row[0]) for row in view.rows(claims.distinct().order_by(steps.c.claim))]
    for begin in range(0, len(numbers), _AT_ONCE):
        query = select(steps).where(steps.c.claim.in_(numbers[begin : begin + _AT_ONCE]))
        found_steps = view.read(query.order_by(steps.c.claim, steps.c.partition, steps.c.position), Step)
        of_persons = select(retractions).where(
            retractions.c.person.in_({step.person for step in found_steps})
        )
        taken_back: dict[str, list[RetractionRow]] = {}
        for row in view.read(_until(of_persons, None), RetractionRow):
            taken_back.setdefault(row.person, []).append(row)
        for claim, group in groupby(found_steps, lambda step: step.claim):
            own = list(group)
            yield claim, _moments(claim, own, taken_back.get(own[0].person, ()))


def reviews(view: View, claims: Collection[str]) -> list[Step]:
    """Return every review of these claims, also what was taken back."""
    steps = view.table(TIMELINE, _STEP)
    query = select(steps).where(steps.c.type == "claim.reviewed")
    return view.read_among(query, steps.c.claim, claims, Step)


def is_of(view: View, claim: str, agency: str) -> bool:
    """Tell whether this agency sent an event of the claim."""
    steps = view.table(TIMELINE, _STEP)
    sent = steps.c.claim == claim, steps.c.ref.startswith(f"{agency}:", autoescape=True)
    return bool(view.rows(select(steps.c.position).where(*sent).limit(1)))


def _concerning(refs: set[str], retractions: Sequence[RetractionRow]) -> list[RetractionRow]:
    """Return the retractions of these events, the retractions of those, and so on."""
    rows: list[RetractionRow] = []
    while refs:
        more = [r for r in retractions if r.retracts in refs and r not in rows]
        rows += more
        refs = {r.ref for r in more}
    return rows


def _step(claim: str, retraction: RetractionRow) -> Step:
    return Step(
        claim=claim,
        partition=retraction.partition,
        position=retraction.position,
        person=retraction.person,
        recordedtime=retraction.recordedtime,
        time=retraction.time,
        type="event.retracted",
        ref=retraction.ref,
        cause="",
        says=Content(retracts=retraction.retracts),
        happened=retraction.happened,
        admittedtime=retraction.admittedtime,
    )


def _until(query: Select[Any], known_on: int | dt.datetime | None) -> Select[Any]:
    columns = query.selected_columns
    if isinstance(known_on, dt.datetime):
        query = query.where(columns.recordedtime <= instant(known_on))
    elif known_on is not None:
        query = query.where(columns.position <= known_on)
    return query.order_by(columns.recordedtime, columns.partition, columns.position)
