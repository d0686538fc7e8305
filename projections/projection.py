"""The shape that all projections share: a name, a version, tables, and ``apply``."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial
from typing import TypeVar

from msgspec import Struct
from sqlalchemy import Table
from sqlalchemy.engine.interfaces import DBAPICursor

from projections.bulk import Bulk, Row
from projections.columns import shape, written
from projections.event_batch import EventBatch

S = TypeVar("S", bound=Struct)


class Rows:
    """The tables of one build as ``apply`` sees them, named by their patterns.

    What changes is kept until ``write``, so that others write meanwhile; what was put is found from then on.
    """

    def __init__(self, cursor: DBAPICursor, bulk: Bulk, build: int) -> None:
        """Bind the tables of ``build``."""
        self._cursor, self._bulk, self._build = cursor, bulk, build
        self._changes: list[Callable[[DBAPICursor], None]] = []
        self._put: dict[str, list[Row]] = {}

    def find(self, pattern: Table, column: str, values: Collection[str] | Collection[int]) -> Sequence[Row]:
        """Return the rows whose ``column`` is among ``values``, in no order."""
        if not values:
            return ()
        stored = self._bulk.find(self._cursor, pattern, self._build, column, values)
        put = self._put.get(pattern.name)
        return self._with_put(pattern, column, values, stored, put) if put else stored

    def known(
        self, pattern: Table, kind: type[S], column: str, values: Collection[str] | Collection[int]
    ) -> list[S]:
        """Return the rows whose ``column`` is among ``values``, of a table whose fields are text and numbers only."""
        return [kind(*row) for row in self.find(pattern, column, values)]

    def put(self, pattern: Table, rows: Sequence[Struct], before: Sequence[Row] = ()) -> None:
        """Insert each row, replacing the one with the same key; no key may be twice in ``rows``.

        ``before`` are rows that ``find`` has just given: of those that are among ``rows`` only what differs is written.
        """
        if rows:
            put = partial(self._bulk.put, before=before)
            self._put.setdefault(pattern.name, []).extend(self._change(put, pattern, rows))

    def replace(self, pattern: Table, column: str, values: Collection[str], rows: Sequence[Struct]) -> None:
        """Take away the rows whose ``column`` is among ``values``, and insert ``rows`` in their place."""
        if values:
            remove = partial(
                self._bulk.remove, pattern=pattern, build=self._build, column=column, values=values
            )
            self._changes.append(remove)
        self.put(pattern, rows)

    def add(self, pattern: Table, rows: Sequence[Struct]) -> None:
        """Add each row's numbers to those of the same key, and keep the first and last of what ``table`` says so of.

        A sum that returns to nothing leaves no row.
        """
        if rows:
            self._change(self._bulk.add, pattern, rows)

    def write(self, cursor: DBAPICursor) -> None:
        """Write what ``apply`` changed, in its order."""
        for change in self._changes:
            change(cursor)

    def _change(self, how: Callable[..., None], pattern: Table, rows: Sequence[Struct]) -> Sequence[Row]:
        values = written(rows, shape(pattern).width)
        self._changes.append(partial(how, pattern=pattern, build=self._build, rows=values))
        return values

    def _with_put(
        self,
        pattern: Table,
        column: str,
        values: Collection[str] | Collection[int],
        stored: Iterable[Row],
        put: Iterable[Row],
    ) -> Sequence[Row]:
        width, at, sought = (
            shape(pattern).key,
            list(pattern.columns.keys()).index(column),
            frozenset(values),
        )
        rows = {row[:width]: row for row in stored}
        rows |= {row[:width]: row for row in put}
        return [row for row in rows.values() if row[at] in sought]


class Projection(Struct, frozen=True):
    """One question's read model.

    ``apply(rows, batch)`` writes what a batch changes. It must give the same rows for any interleaving of the
    partitions and any cut into batches, also where several write at once, each of its own partitions: a row that is of
    several of these is only added to. Whoever changes ``tables`` or ``apply`` raises ``version``.
    """

    name: str
    version: int
    tables: tuple[Table, ...]
    apply: Callable[[Rows, EventBatch], None]
