"""Tables of read models, made from the Structs of their rows: text and whole numbers only, the same in every store.

A whole number is a number, a text a text; whatever else a field holds is written as JSON. Table, row and answer are of
one Struct, so that no value can get into another's column.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache
from types import UnionType
from typing import Any, TypeAlias

import msgspec
from msgspec import Struct
from sqlalchemy import BigInteger, Column, ColumnElement, MetaData, Table, Text, cast, func
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

Value: TypeAlias = str | int | None
_encode = msgspec.json.Encoder().encode

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
    first: Collection[str] = (),
    last: Collection[str] = (),
    long: bool = False,
) -> Table:
    """Return the pattern from which each build's table of this name is made.

    A column for each field of its rows, in their order. The fields of ``key`` come first in the Struct. Those that are
    ``joined`` come last in it, and are stored in another table. Where rows are added to each other, ``first`` keep the
    lesser of two texts, ``last`` the greater; numbers are added up. ``long`` rows, of more than a thousand characters
    each, are stored beside the index of their keys and not in it: SQLite would break each of them over pages.
    """
    columns = [
        (number if field.type is int else text)(
            field.name,
            key=field.name in key,
            index=field.name in index,
            null=isinstance(field.type, UnionType),
        )
        for field in msgspec.structs.fields(row)
        if field.name not in joined
    ]
    for column in columns:
        column.info["added"] = "first" if column.name in first else "last" if column.name in last else "sum"
    return Table(name, MetaData(), *columns, sqlite_with_rowid=long)


@cache
def written_as_json(row: type[Struct]) -> tuple[str, ...]:
    """Return the fields of a row that are neither text nor numbers, nor may be missing."""
    plain = (str, int, float)
    return tuple(
        field.name
        for field in msgspec.structs.fields(row)
        if field.type not in plain and not isinstance(field.type, UnionType)
    )


class Shape(Struct, frozen=True):
    """What is asked of a pattern with every row.

    How many columns, of which those of the key come first, and where the others that are numbers stand.
    """

    width: int
    key: int
    numbers: tuple[int, ...]


@cache
def shape(pattern: Table) -> Shape:
    """Return the shape of a pattern: SQLAlchemy takes longer to count its columns than a store to take a row."""
    columns, key = list(pattern.columns), len(pattern.primary_key)
    numbers = (at for at, column in enumerate(columns) if isinstance(column.type, BigInteger))
    return Shape(len(columns), key, tuple(at for at in numbers if at >= key))


@cache
def _json_places(row: type[Struct], width: int) -> tuple[int, ...]:
    names = row.__struct_fields__[:width]
    return tuple(names.index(name) for name in written_as_json(row) if name in names)


def written(rows: Sequence[Struct], width: int) -> list[tuple[Value, ...]]:
    """Return what is written of rows of one kind: the first ``width`` fields of each."""
    tuples = list(map(msgspec.structs.astuple, rows))
    if width < len(tuples[0]):
        tuples = [row[:width] for row in tuples]
    json = _json_places(type(rows[0]), width)
    return [_with_json(row, json) for row in tuples] if json else tuples


def _with_json(row: Sequence[object], json: Sequence[int]) -> tuple[Value, ...]:
    values: list[Any] = list(row)
    for at in json:
        values[at] = _encode(values[at]).decode()
    return tuple(values)


@cache
def made(pattern: Table, build: int) -> Table:
    """Return the table of a build, made from ``pattern``: the same each time, so that a statement about it is compiled once."""
    return pattern.to_metadata(MetaData(), name=f"{pattern.name}_{build}")


def total(amount: ColumnElement[int]) -> ColumnElement[int]:
    """Return the sum of a column of whole numbers, 0 over no rows."""
    return cast(func.coalesce(func.sum(amount), 0), BigInteger)


class days_between(FunctionElement[int]):  # noqa: N801 - named as SQL's functions are
    """The days from one civil date, written ``YYYY-MM-DD``, to another: ``days_between(first, last)``."""

    type = BigInteger()
    inherit_cache = True


@compiles(days_between, "sqlite")
def _in_sqlite(
    element: days_between, compiler: SQLCompiler, **options: Any
) -> str:  # the options are SQLAlchemy's
    first, last = (compiler.process(clause, **options) for clause in element.clauses)
    return f"CAST(julianday({last}) - julianday({first}) AS INTEGER)"


@compiles(days_between, "postgresql")
def _in_postgresql(
    element: days_between, compiler: SQLCompiler, **options: Any
) -> str:  # the options are SQLAlchemy's
    first, last = (compiler.process(clause, **options) for clause in element.clauses)
    return f"(CAST({last} AS date) - CAST({first} AS date))"


class json_list(FunctionElement[str]):  # noqa: N801 - named as SQL's functions are
    """Values written as a JSON list: ``json_list(position, ref)``."""

    type = Text()
    inherit_cache = True


@compiles(json_list, "sqlite")
def _json_array(
    element: json_list, compiler: SQLCompiler, **options: Any
) -> str:  # the options are SQLAlchemy's
    return f"json_array({', '.join(compiler.process(clause, **options) for clause in element.clauses)})"


@compiles(json_list, "postgresql")
def _json_build_array(
    element: json_list, compiler: SQLCompiler, **options: Any
) -> str:  # the options are SQLAlchemy's
    values = ", ".join(compiler.process(clause, **options) for clause in element.clauses)
    return f"CAST(json_build_array({values}) AS text)"


class unindexed(FunctionElement[Any]):  # noqa: N801 - named as SQL's functions are
    """A column that no index is to be used for: ``unindexed(column)``.

    PostgreSQL counts its rows and knows by itself.
    """

    inherit_cache = True


@compiles(unindexed, "sqlite")
def _plus(element: unindexed, compiler: SQLCompiler, **options: Any) -> str:  # the options are SQLAlchemy's
    (column,) = element.clauses
    return f"+{compiler.process(column, **options)}"


@compiles(unindexed, "postgresql")
def _bare(element: unindexed, compiler: SQLCompiler, **options: Any) -> str:  # the options are SQLAlchemy's
    (column,) = element.clauses
    return str(compiler.process(column, **options))
