"""Do the rows still say what the ledger says? A comparison with a fresh rebuild."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest

import msgspec
from msgspec import UNSET, Struct
from msgspec.structs import replace
from sqlalchemy import Table, select

from events.message import Message, message
from projections.bulk import Row
from projections.checkpoint import LedgerEntry, LedgerReader
from projections.projection import Projection
from projections.runner import Runner
from projections.store import Store, View


class RowDifference(Struct, frozen=True):
    """The first row of a table that is not as a rebuild makes it; ``live`` or ``rebuilt`` is None where missing."""

    projection: str
    table: str
    live: Row | None
    rebuilt: Row | None
    key: str = ""
    """The row's key: ``claim=MUBA-2025-00001``."""
    column: str = ""
    """The first column that differs, and the place in it where it holds JSON: ``standing.filing.event_date``."""
    live_value: object = None
    """What is stored there."""
    rebuilt_value: object = None
    """What a rebuild writes there."""

    @property
    def message(self) -> Message:
        """The place, and what is wrong there."""
        place = {"projection": self.projection, "table": self.table, "key": self.key}
        if self.live is None:
            return message("audit.row-missing", **place)
        if self.rebuilt is None:
            return message("audit.row-surplus", **place)
        differs = {"column": self.column, "found": repr(self.live_value), "due": repr(self.rebuilt_value)}
        return message("audit.row-differs", **place, **differs)


async def compare(
    store: Store, reader: LedgerReader, projections: Sequence[Projection]
) -> list[RowDifference]:
    """Rebuild the live rows from the ledger, up to the position of each; return the first difference of each table."""
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

    def __init__(self, reader: LedgerReader, last: Mapping[int, int]) -> None:
        """Read from ``reader`` what is not after ``last``."""
        self._reader, self._last = reader, last

    @property
    def partitions(self) -> int:
        """As many as the ledger has."""
        return self._reader.partitions

    async def follow(
        self,
        after: Mapping[int, int],
        limit: int,
        block_ms: int,  # noqa: ARG002 - nothing comes after the end, so nothing is waited for
    ) -> Mapping[int, Sequence[LedgerEntry]]:
        """Per partition its next events, none after the end."""
        left = {partition: at for partition, at in after.items() if at < self._last[partition]}
        pages = await self._reader.follow(left, limit, 0) if left else {}
        return {
            partition: [entry for entry in entries if entry.position <= self._last[partition]]
            for partition, entries in pages.items()
        }


def _differences(projections: Sequence[Projection], live: View, rebuilt: View) -> Iterator[RowDifference]:
    for projection in projections:
        for pattern in projection.tables:
            keys = [i for i, column in enumerate(pattern.columns) if column.primary_key]
            rows = (_sorted(view, projection, pattern) for view in (live, rebuilt))
            pair = next(((a, b) for a, b in zip_longest(*rows) if a != b), None)
            if pair is not None:
                names = [column.name for column in pattern.columns]
                yield _named_difference(
                    RowDifference(projection.name, pattern.name, *_aligned(*pair, keys)), names, keys
                )


def _named_difference(difference: RowDifference, names: Sequence[str], keys: Sequence[int]) -> RowDifference:
    """Say of two rows where they differ."""
    live, rebuilt = difference.live, difference.rebuilt
    row = live or rebuilt or ()
    key = ", ".join(f"{names[i]}={row[i]}" for i in keys)
    if live is None or rebuilt is None:
        return replace(difference, key=key)
    at = next(i for i, (ours, theirs) in enumerate(zip(live, rebuilt, strict=True)) if ours != theirs)
    column, live_value, rebuilt_value = _first_difference(names[at], _opened(live[at]), _opened(rebuilt[at]))
    return replace(difference, key=key, column=column, live_value=live_value, rebuilt_value=rebuilt_value)


def _first_difference(place: str, ours: object, theirs: object) -> tuple[str, object, object]:
    """Follow two JSON objects to the first place that differs."""
    while isinstance(ours, dict) and isinstance(theirs, dict):
        name = next(k for k in sorted(ours | theirs) if ours.get(k, UNSET) != theirs.get(k, UNSET))
        place, ours, theirs = f"{place}.{name}", ours.get(name), theirs.get(name)
    return place, ours, theirs


def _opened(value: object) -> object:
    """Return the object that a column holds as JSON; anything else as it is."""
    if isinstance(value, str) and value.startswith("{"):
        with contextlib.suppress(msgspec.DecodeError):
            return msgspec.json.decode(value)
    return value


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
