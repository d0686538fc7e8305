"""A question in SQL over the tables for auditors: one SELECT, that can reach nothing but these tables."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import duckdb

from events.message import Message, message
from events.values import JAKARTA
from services.exports.answer import QueryAnswer
from services.exports.dictionary import every_table
from services.exports.limits import within
from services.exports.loading import AuditTables
from services.exports.permitted import QueryError, require_permitted

_LOCKED = {
    "enable_external_access": "false",
    "disabled_filesystems": "LocalFileSystem",
    "lock_configuration": "true",
}
"""Set before DuckDB sees the question, whose mere reading may open files; the lock last."""
_MOST = 200_000_000
"""Bytes of the largest answer."""
_THREADS = 2
_POSITION = "\n\nLINE "
"""Begins what DuckDB adds to an error: the line of the question, with a mark below."""
_NO_TABLE = re.compile(r"Table with name (.+) does not exist")
_NO_COLUMN = re.compile(
    r'Referenced column "([^"]+)" not found|Table "[^"]+" does not have a column named "([^"]+)"'
)
_NO_FUNCTION = re.compile(r'Function with name "?([^" ]+)"? (?:does not exist|is not in the catalog)')


def ask(
    tables: AuditTables, sql: str, *, rows: int, seconds: float, memory: int = 2_000_000_000
) -> QueryAnswer:
    """Answer one SELECT with at most so many rows, within so many seconds and bytes of memory.

    It is answered in a process of its own, which ends with the answer or at a limit. Raises ``QueryError``: it is none,
    names what there is not, or takes too long or too much memory.
    """
    connection = tables.connection
    needed = [name for name in every_table() if re.search(rf"\b{name}\b", sql, re.IGNORECASE)]
    connection.execute("SET temp_directory = ''")
    connection.execute(f"SET memory_limit = '{memory}B'")
    with _messages(needed):
        require_permitted(connection, sql)
        tables.make(needed)
        tables.drop_read_models()

    def work() -> bytes:
        connection.execute(f"SET threads = {_THREADS}")
        try:
            with _messages(needed):
                lock(connection)
                answered = _answered(connection, sql, rows)
            outcome: dict[str, object] = {
                "columns": answered.columns,
                "rows": answered.rows,
                "cut": answered.cut,
            }
        except QueryError as error:
            outcome = {"refused": error.message.key, "parameters": dict(error.message.parameters)}
        return json.dumps(outcome).encode()

    connection.execute("SET threads = 1")  # a process that is forked has none of the others
    try:
        outcome = json.loads(within(work, seconds=seconds, memory=memory, most=_MOST))
    except TimeoutError:
        raise QueryError(message("sql.too-long", seconds=f"{seconds:g}")) from None
    except MemoryError:
        raise QueryError(message("sql.too-much-memory")) from None
    except ChildProcessError:
        raise QueryError(message("sql.broken-off")) from None
    if "refused" in outcome:
        raise QueryError(message(outcome["refused"], **outcome["parameters"]))
    return QueryAnswer(tuple(outcome["columns"]), list(map(tuple, outcome["rows"])), outcome["cut"])


def lock(connection: duckdb.DuckDBPyConnection) -> None:
    """Take from a connection, for good, whatever reaches beyond its tables."""
    for name, setting in _LOCKED.items():
        connection.execute(f"SET {name} = '{setting}'")


def _answered(connection: duckdb.DuckDBPyConnection, sql: str, rows: int) -> QueryAnswer:
    cursor = connection.execute(sql)
    columns = tuple(str(column[0]) for column in cursor.description or ())
    if twice := [name for name, count in Counter(columns).items() if count > 1]:
        raise QueryError(message("sql.same-name", columns=", ".join(twice)))
    fetched = cursor.fetchmany(rows + 1)
    return QueryAnswer(columns, [tuple(map(_plain, row)) for row in fetched[:rows]], len(fetched) > rows)


@contextmanager
def _messages(needed: Sequence[str]) -> Iterator[None]:
    """Tell an error of DuckDB as one of the question, which names the tables that are ``needed``."""
    try:
        yield
    except (duckdb.OutOfMemoryException, MemoryError):
        raise QueryError(message("sql.too-much-memory")) from None
    except duckdb.PermissionException:
        raise QueryError(message("sql.not-allowed")) from None
    except duckdb.Error as error:
        raise QueryError(_refusal(_words(error), needed)) from None


def _refusal(words: str, needed: Sequence[str]) -> Message:
    if match := _NO_TABLE.search(words):
        return message("sql.no-table", table=match[1], tables=", ".join(every_table()))
    if match := _NO_COLUMN.search(words):
        tables = every_table()
        columns = "; ".join(f"{name}: {', '.join(tables[name].written)}" for name in needed)
        return message("sql.no-column", column=match[1] or match[2], columns=columns)
    if match := _NO_FUNCTION.search(words):
        return message("sql.no-function", function=match[1])
    return message("sql.refused", words=words)


def _words(error: duckdb.Error) -> str:
    """Return DuckDB's own words, which are English, without where in the question."""
    return str(error).partition(_POSITION)[0].strip()


def _plain(value: object) -> object:
    """Return a value as JSON, CSV and a screen show it.

    An instant on the clock of Jakarta, a list or record as it is.
    """
    if isinstance(value, dt.datetime):
        return value.astimezone(JAKARTA).isoformat() if value.tzinfo else value.isoformat()
    if isinstance(value, dict):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return str(value)
