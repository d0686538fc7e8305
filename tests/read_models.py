"""What all read models hold: two stores that hold the same say the same here, whatever way they came to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import select

from projections.bulk import Row
from projections.projection import Projection
from projections.store import View


def dump(view: View, projections: Sequence[Projection]) -> Iterator[tuple[str, Row]]:
    """Yield (table, row) of the live builds, tables in the order of the projections, rows by their keys."""
    for projection in projections:
        for pattern in projection.tables:
            table = view.table(projection, pattern)
            for row in view.walk(select(table).order_by(*table.primary_key)):
                yield pattern.name, row
