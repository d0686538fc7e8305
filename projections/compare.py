"""Do the rows still say what the ledger says? Dumps, and a comparison with a fresh rebuild."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest

from msgspec import Struct
from sqlalchemy import Table, select

from projections.bulk import Row
from projections.runner import Entry, Reader, Runner
from projections.shape import Projection
from projections.store import Store, View


class Difference(Struct, frozen=True):
    """The first row of a table that is not as a rebuild makes it; ``live`` or ``rebuilt`` is None where missing."""

    projection: str
    table: str
    live: Row | None
    rebuilt: Row | None


def dump(view: View, projections: Sequence[Projection]) -> Iterator[tuple[str, Row]]:
    """Yield (table, row) of the live builds, tables in the order of the projections, rows by their keys.

    Two stores that hold the same say the same here, whatever way they came to it.
    """
    for projection in projections:
        for pattern in projection.tables:
            for row in _sorted(view, projection, pattern):
                yield pattern.name, row


async def compare(store: Store, reader: Reader, projections: Sequence[Projection]) -> list[Difference]:
    """Rebuild the live rows from the ledger, up to where each stands; return the first difference of each table."""
    with store.view() as live, Store.temporary() as fresh:
        groups: dict[tuple[int, ...], list[Projection]] = {}
        for projection in projections:
            groups.setdefault(tuple(live.positions[projection.name].values()), []).append(projection)
        for group in groups.values():
            until = Until(reader, live.positions[group[0].name])
            await Runner(fresh, until, group).catch_up()
        with fresh.view() as rebuilt:
            return list(_differences(projections, live, rebuilt))


class Until:
    """A reader of a ledger that ends at given positions."""

    def __init__(self, reader: Reader, last: Mapping[int, int]) -> None:
        """Read from ``reader`` what is not after ``last``."""
        self._reader, self._last = reader, last

    @property
    def partitions(self) -> int:
        """As many as the ledger has."""
        return self._reader.partitions

    async def read(self, partition: int, after: int = 0, limit: int = 1000) -> Sequence[Entry]:
        """Up to ``limit`` events after ``after``, none after the end."""
        limit = min(limit, self._last[partition] - after)
        return await self._reader.read(partition, after, limit) if limit > 0 else []

    async def follow(
        self,
        after: Mapping[int, int],
        limit: int,
        block_ms: int,  # noqa: ARG002 - nothing comes after the end, so nothing is waited for
    ) -> Mapping[int, Sequence[Entry]]:
        """Per partition its next events."""
        return {partition: await self.read(partition, last, limit) for partition, last in after.items()}


def _differences(projections: Sequence[Projection], live: View, rebuilt: View) -> Iterator[Difference]:
    for projection in projections:
        for pattern in projection.tables:
            keys = [i for i, column in enumerate(pattern.columns) if column.primary_key]
            rows = (_sorted(view, projection, pattern) for view in (live, rebuilt))
            pair = next(((a, b) for a, b in zip_longest(*rows) if a != b), None)
            if pair is not None:
                yield Difference(projection.name, pattern.name, *_aligned(*pair, keys))


def _aligned(live: Row | None, rebuilt: Row | None, keys: Sequence[int]) -> tuple[Row | None, Row | None]:
    """Of two rows with different keys, keep the first: the other store does not have it."""
    if live is None or rebuilt is None:
        return live, rebuilt
    ours, theirs = (tuple(row[key] for key in keys) for row in (live, rebuilt))
    if ours == theirs:
        return live, rebuilt
    return (live, None) if ours < theirs else (None, rebuilt)


def _sorted(view: View, projection: Projection, pattern: Table) -> Iterator[Row]:
    table = view.table(projection, pattern)
    return view.walk(select(table).order_by(*table.primary_key))
