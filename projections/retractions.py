"""Which events no longer count: the retractions of each person, and what they strike."""

from __future__ import annotations

from msgspec import Struct
from sqlalchemy import Table

from events.retraction import Struck
from projections.columns import table
from projections.event_batch import EventBatch
from projections.projection import Rows


class RetractionRow(Struct, frozen=True):
    """An event ``ref`` of this person that takes the event ``retracts`` back (references ``agency:id``)."""

    person: str
    partition: int
    position: int
    recordedtime: str
    time: str
    ref: str
    retracts: str
    happened: str
    admittedtime: str


def retraction_table(projection: str) -> Table:
    """Return the table in which a projection keeps its ``RetractionRow`` rows."""
    return table(f"{projection}_retraction", RetractionRow, key=("person", "partition", "position"))


def record(rows: Rows, retractions: Table, batch: EventBatch) -> None:
    """Keep the batch's retractions."""
    rows.put(
        retractions,
        [
            RetractionRow(
                person=s.person,
                partition=s.partition,
                position=s.position,
                recordedtime=s.recordedtime,
                time=s.time,
                ref=s.ref,
                retracts=s.says.retracts,
                happened=s.happened,
                admittedtime=s.admittedtime,
            )
            for s in batch.retractions
        ],
    )


def struck_of(rows: Rows, retractions: Table, persons: set[str]) -> dict[str, Struck]:
    """Return what is struck, for those of ``persons`` who have a retraction."""
    by_person: dict[str, list[tuple[str, str, int]]] = {}
    for person, _, position, _, _, ref, retracts, *_ in sorted(rows.find(retractions, "person", persons)):
        by_person.setdefault(str(person), []).append((str(ref), str(retracts), int(str(position))))
    return {person: Struck.by(retracted) for person, retracted in by_person.items()}
