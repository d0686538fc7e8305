"""Which events no longer count: the retractions of each person, and what they strike."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from sqlalchemy import Table

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


def struck_of(rows: Rows, retractions: Table, persons: set[str]) -> dict[str, frozenset[str]]:
    """Return what is struck, for those of ``persons`` who have a retraction."""
    found: dict[str, list[tuple[str, str]]] = {}
    for person, *_, ref, retracts in sorted(rows.find(retractions, "person", persons)):
        found.setdefault(str(person), []).append((str(ref), str(retracts)))
    return {person: struck(pairs) for person, pairs in found.items()}


def struck(retractions: Sequence[tuple[str, str]]) -> frozenset[str]:
    """Return the references that no longer count, given (retraction, what it retracts) in the order of the ledger.

    A retraction may come before its target, and may itself be retracted; of two that retract each other, the
    first counts.
    """
    against: dict[str, list[str]] = {}
    for ref, target in retractions:
        against.setdefault(target, []).append(ref)
    counts: dict[str, bool] = {}

    def count(ref: str) -> bool:
        if ref not in counts:
            counts[ref] = True
            counts[ref] = not any(count(other) for other in against.get(ref, ()) if other != ref)
        return counts[ref]

    return frozenset(target for ref, target in retractions if count(ref))
