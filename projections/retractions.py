"""Which events no longer count: the retractions of each person, and what they strike."""

from __future__ import annotations

from msgspec import Struct
from sqlalchemy import Table

from events.retraction import Struck
from projections.batch import Batch
from projections.columns import number, table, text
from projections.shape import Rows


class Retraction(Struct, frozen=True):
    """An event ``ref`` of this person that takes the event ``retracts`` back (references ``agency:id``)."""

    person: str
    partition: int
    position: int
    recordedtime: str
    time: str
    ref: str
    retracts: str


def retraction_table(projection: str) -> Table:
    """Return the table in which a projection keeps its ``Retraction`` rows."""
    return table(
        f"{projection}_retraction",
        text("person", key=True),
        number("partition", key=True),
        number("position", key=True),
        text("recordedtime"),
        text("time"),
        text("ref"),
        text("retracts"),
    )


def record(rows: Rows, retractions: Table, batch: Batch) -> None:
    """Keep the batch's retractions."""
    rows.put(
        retractions,
        [
            (s.person, s.partition, s.position, s.recordedtime, s.time, s.ref, s.says.retracts)
            for s in batch.retractions
        ],
    )


def struck_of(rows: Rows, retractions: Table, persons: set[str]) -> dict[str, Struck]:
    """Return what is struck, for those of ``persons`` who have a retraction."""
    found: dict[str, list[tuple[str, str, int]]] = {}
    for person, _, position, *_, ref, retracts in sorted(rows.find(retractions, "person", persons)):
        found.setdefault(str(person), []).append((str(ref), str(retracts), int(str(position))))
    return {person: Struck.by(told) for person, told in found.items()}
