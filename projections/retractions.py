"""Which events no longer count: the retractions of each person, and what they strike."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable

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
    for person, *_, ref, retracts in rows.find(retractions, "person", persons):
        found.setdefault(str(person), []).append((str(ref), str(retracts)))
    return {person: struck(pairs) for person, pairs in found.items()}


def struck(retractions: Iterable[tuple[str, str]]) -> frozenset[str]:
    """Return the references that no longer count, given (retraction, what it retracts).

    A retraction may itself be retracted, and may come before its target; those that retract each other in a
    circle strike nothing.
    """
    targets = dict(retractions)
    open_against = Counter(targets.values())
    settled = deque(ref for ref in targets if ref not in open_against)
    gone: set[str] = set()
    while settled:
        ref = settled.popleft()
        target = targets[ref]
        if ref not in gone:
            gone.add(target)
        open_against[target] -= 1
        if not open_against[target] and target in targets:
            settled.append(target)
    return frozenset(gone)
