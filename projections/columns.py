"""Tables of read models, made from the Structs of their rows: text and whole numbers only, the same in every store.

A whole number is a number, a text a text; whatever else a field holds is written as JSON. Table, row and answer are of one
Struct, so that no value can stand in another's column.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache
from types import UnionType
from typing import TypeAlias

import msgspec
from msgspec import Struct
from sqlalchemy import BigInteger, Column, ColumnElement, MetaData, Table, Text, cast, func

Value: TypeAlias = str | int | None

_TEXT = Text().with_variant(Text(collation="C"), "postgresql")


def text(name: str, *, key: bool = False, index: bool = False, null: bool = False) -> Column[str]:
    """Return a text column; sorted by code point in every store."""
    return Column(name, _TEXT, primary_key=key, index=index, nullable=null)


def number(name: str, *, key: bool = False, index: bool = False, null: bool = False) -> Column[int]:
    """Return a column of 64-bit whole numbers."""
    return Column(name, BigInteger, primary_key=key, index=index, nullable=null, autoincrement=False)


def table(
    name: str,
    row: type[Struct],
    *,
    key: Collection[str],
    index: Collection[str] = (),
    joined: Collection[str] = (),
) -> Table:
    """Return the pattern from which each build's table of this name is made: a column for each field of its rows, in their order.

    The fields of ``key`` come first in the Struct. Those that are ``joined`` stand last in it, and in another table.
    """
    columns = [
        (number if field.type is int else text)(field.name, key=field.name in key, index=field.name in index)
        for field in msgspec.structs.fields(row)
        if field.name not in joined
    ]
    return Table(name, MetaData(), *columns, sqlite_with_rowid=False)


@cache
def written_as_json(row: type[Struct]) -> tuple[str, ...]:
    """Return the fields of a row that are neither text nor numbers, nor may be missing."""
    plain = (str, int, float)
    return tuple(
        field.name
        for field in msgspec.structs.fields(row)
        if field.type not in plain and not isinstance(field.type, UnionType)
    )


def written(rows: Sequence[Struct], width: int) -> list[tuple[Value, ...]]:
    """Return what is written of rows of one kind: the first ``width`` fields of each."""
    told = list(map(msgspec.structs.astuple, rows))
    if width < len(told[0]):
        told = [row[:width] for row in told]
    if not written_as_json(type(rows[0])):
        return told
    return [
        tuple(v if isinstance(v, str | int) else msgspec.json.encode(v).decode() for v in row) for row in told
    ]


def made(pattern: Table, build: int) -> Table:
    """Return the table of a build, made from ``pattern``."""
    return pattern.to_metadata(MetaData(), name=f"{pattern.name}_{build}")


def total(amount: ColumnElement[int]) -> ColumnElement[int]:
    """Return the sum of a column of whole numbers, 0 over no rows."""
    return cast(func.coalesce(func.sum(amount), 0), BigInteger)
