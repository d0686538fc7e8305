"""What a question may be: one SELECT over our tables, that changes nothing and asks nothing of the machine."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import msgspec
from msgspec import Struct

from events.message import MessageError, message

_NODES = {"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"}
"""Parts of a plan that read only."""
_SCHEMAS = {"main", "memory"}
"""Where our tables are."""
_OF_MACHINE = ("duckdb_", "pg_", "pragma_", "sqlite_")
"""How the names of DuckDB's own views begin, which need no schema before them."""
_TABLE_FUNCTIONS = {
    "generate_series",
    "generate_subscripts",
    "histogram",
    "histogram_values",
    "json_each",
    "json_tree",
    "range",
    "repeat",
    "repeat_row",
    "unnest",
}
"""The only functions that a question may select from."""
_FORBIDDEN = {
    "current_setting",
    "getenv",
    "getvariable",
    "json_deserialize_sql",
    "json_execute_serialized_sql",
    "json_serialize_plan",
    "pg_conf_load_time",
    "pg_postmaster_start_time",
    "user_agent",
    "write_log",
}
"""Functions that tell of the machine, write, or run SQL that is in a text."""


class QueryError(MessageError):
    """A question that cannot be answered, and why."""


class _Serialized(Struct, frozen=True):
    error: bool
    statements: list[dict[str, object]] = []


def require_permitted(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    """Refuse with ``QueryError`` whatever is no single SELECT of tables; raises ``duckdb.Error`` where it is no SQL.

    Nothing of it is run, and no table needs to be there.
    """
    statements = connection.extract_statements(sql)
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise QueryError(message("sql.one-select"))
    (text,) = connection.execute("SELECT json_serialize_sql($1)", [sql]).fetchone() or ("",)
    try:
        serialized = msgspec.json.decode(text, type=_Serialized)
    except RecursionError:
        raise QueryError(message("sql.too-nested")) from None
    if serialized.error:
        raise QueryError(message("sql.one-select"))
    for part in _parts(serialized.statements):
        _permit(part)


def _parts(tree: object) -> Iterator[dict[str, object]]:
    remaining = [tree]
    while remaining:
        part = remaining.pop()
        if isinstance(part, dict):
            yield part
            remaining += part.values()
        elif isinstance(part, list):
            remaining += part


def _permit(part: dict[str, object]) -> None:
    kind = str(part.get("type", ""))
    if kind.endswith("_NODE") and kind not in _NODES:
        raise QueryError(message("sql.one-select"))
    if kind == "SHOW_REF" and part.get("query") is None:
        raise QueryError(message("sql.one-select"))
    if kind == "BASE_TABLE" and not _ours(part):
        raise QueryError(message("sql.not-allowed"))
    if kind == "TABLE_FUNCTION" and _name(part.get("function")) not in _TABLE_FUNCTIONS:
        raise QueryError(message("sql.not-allowed"))
    if kind == "FUNCTION" and _name(part) in _FORBIDDEN:
        raise QueryError(message("sql.not-allowed"))


def _ours(table: dict[str, object]) -> bool:
    name = str(table["table_name"]).lower()
    schemas = {str(table[one]).lower() for one in ("catalog_name", "schema_name")} - {""}
    return schemas <= _SCHEMAS and not name.startswith(_OF_MACHINE)


def _name(function: object) -> str:
    return str(function.get("function_name", "")).lower() if isinstance(function, dict) else ""
