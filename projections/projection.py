"""The shape that all projections share: a name, a version, tables, and ``apply``."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TypeVar

from msgspec import Struct
from sqlalchemy import Connection, Table

from projections.batch import EventBatch
from projections.bulk import Bulk, Row
from projections.columns import written

S = TypeVar("S", bound=Struct)


class Rows:
    """The tables of one build inside one transaction, as ``apply`` sees them; named by their patterns."""

    def __init__(self, connection: Connection, bulk: Bulk, build: int) -> None:
        """Bind the tables of ``build``."""
        self._connection, self._bulk, self._build = connection, bulk, build

    def find(self, pattern: Table, column: str, values: Collection[str] | Collection[int]) -> Sequence[Row]:
        """Return the rows whose ``column`` is among ``values``, in no order."""
        if not values:
            return ()
        return self._bulk.find(self._connection, pattern, self._build, column, values)

    def known(
        self, pattern: Table, kind: type[S], column: str, values: Collection[str] | Collection[int]
    ) -> list[S]:
        """Return the rows whose ``column`` is among ``values``, of a table whose fields are text and numbers only."""
        return [kind(*row) for row in self.find(pattern, column, values)]

    def put(self, pattern: Table, rows: Sequence[Struct]) -> None:
        """Insert each row, replacing the one with the same key; no key may stand twice in ``rows``."""
        if rows:
            self._bulk.put(self._connection, pattern, self._build, written(rows, len(pattern.columns)))

    def add(self, pattern: Table, rows: Sequence[Struct]) -> None:
        """Add each row's numbers to those of the same key; a sum that returns to nothing leaves no row."""
        if rows:
            self._bulk.add(self._connection, pattern, self._build, written(rows, len(pattern.columns)))


class Projection(Struct, frozen=True):
    """One question's read model.

    ``apply(rows, batch)`` writes what a batch changes. It must give the same rows for any interleaving of the
    partitions and any cut into batches. Whoever changes ``tables`` or ``apply`` raises ``version``.
    """

    name: str
    version: int
    tables: tuple[Table, ...]
    apply: Callable[[Rows, EventBatch], None]
