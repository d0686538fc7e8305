"""Columns and tables of read models: text and whole numbers only, the same in every store."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ColumnElement, MetaData, Table, Text, cast, func

_TEXT = Text().with_variant(Text(collation="C"), "postgresql")


def text(name: str, *, key: bool = False, index: bool = False, null: bool = False) -> Column[str]:
    """Return a text column; sorted by code point in every store."""
    return Column(name, _TEXT, primary_key=key, index=index, nullable=null)


def number(name: str, *, key: bool = False, index: bool = False, null: bool = False) -> Column[int]:
    """Return a column of 64-bit whole numbers."""
    return Column(name, BigInteger, primary_key=key, index=index, nullable=null, autoincrement=False)


def table(name: str, *columns: Column[str] | Column[int]) -> Table:
    """Return the pattern from which each build's table of this name is made."""
    return Table(name, MetaData(), *columns, sqlite_with_rowid=False)


def made(pattern: Table, build: int) -> Table:
    """Return the table of a build, made from ``pattern``."""
    return pattern.to_metadata(MetaData(), name=f"{pattern.name}_{build}")


def total(amount: ColumnElement[int]) -> ColumnElement[int]:
    """Return the sum of a column of whole numbers, 0 over no rows."""
    return cast(func.coalesce(func.sum(amount), 0), BigInteger)
