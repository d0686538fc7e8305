"""The answer to a question in SQL, and its values as text, for whoever shows it; asking is another matter, see ``query``."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec import Struct


class QueryAnswer(Struct, frozen=True):
    """What a question found: ``cut`` where there are more rows than were asked for. Money and counts are exact."""

    columns: tuple[str, ...]
    rows: list[tuple[object, ...]]
    cut: bool


def as_text(value: object) -> str:
    """Return a value of an answer as text: empty where there is none, lists and records as JSON."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return msgspec.json.encode(value).decode() if isinstance(value, list | dict) else str(value)


def columns_of_figures(rows: Sequence[Sequence[object]], width: int) -> list[int]:
    """Return which columns hold figures only, in every row that has anything."""

    def figures(n: int) -> bool:
        values = [row[n] for row in rows if row[n] is not None]
        return bool(values) and all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)

    return [n for n in range(width) if figures(n)]
