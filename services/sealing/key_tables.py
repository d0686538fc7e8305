"""The tables of the key store, and what is said to the two databases that it may be in."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.schema import CreateTable

KEY_BYTES = 32

METADATA = sa.MetaData()
KEYS = sa.Table(
    "keys",
    METADATA,
    sa.Column("name", sa.String(200), primary_key=True),
    sa.Column("key", sa.LargeBinary(KEY_BYTES), nullable=False),
)
DESTROYED = sa.Table("destroyed", METADATA, sa.Column("name", sa.String(200), primary_key=True))
ERASED = sa.Table("erased", METADATA, sa.Column("name", sa.String(200), primary_key=True))
INSTALLATION = sa.Table(
    "installation",
    METADATA,
    sa.Column("only", sa.Integer, primary_key=True),
    sa.Column("owner", sa.String(100), nullable=False),
    sa.Column("whole", sa.Boolean, nullable=False),
)
GENERATIONS = sa.Table(
    "generations",
    METADATA,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("mark", sa.String(16), nullable=False),
)


class KeyStatements(NamedTuple):
    """Finding and making keys as the database itself says it: what every batch of intake does is not compiled anew."""

    find: str
    destroyed: str
    erased: str
    several: Callable[[list[str]], object]
    """What these three take for a list of names."""
    insert: str
    begin_generation: str
    mark_of: str


SQLITE = KeyStatements(
    "SELECT keys.name, keys.key FROM json_each(?) AS asked CROSS JOIN keys ON keys.name = asked.value",
    "SELECT name FROM json_each(?) AS asked CROSS JOIN destroyed ON name = asked.value",
    "SELECT name FROM json_each(?) AS asked CROSS JOIN erased ON name = asked.value",
    json.dumps,
    "INSERT INTO keys (name, key) VALUES (?, ?) ON CONFLICT DO NOTHING",
    "INSERT INTO generations (number, mark) SELECT coalesce(max(number), 0) + 1, ? FROM generations",
    "SELECT mark FROM generations WHERE number = ?",
)
POSTGRESQL = KeyStatements(
    "SELECT name, key FROM keys WHERE name = ANY(%s)",
    "SELECT name FROM destroyed WHERE name = ANY(%s)",
    "SELECT name FROM erased WHERE name = ANY(%s)",
    list,
    "INSERT INTO keys (name, key) VALUES (%s, %s) ON CONFLICT DO NOTHING",
    "INSERT INTO generations (number, mark) SELECT coalesce(max(number), 0) + 1, %s FROM generations",
    "SELECT mark FROM generations WHERE number = %s",
)
LAST_GENERATION = "SELECT number, mark FROM generations ORDER BY number DESC LIMIT 1"
_SCHEMA_LOCK = 0x6B656C63
"""The advisory lock under which PostgreSQL's tables are created."""


def create_tables(engine: sa.Engine) -> None:
    """Create what is missing, however many processes do so at once."""
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_SCHEMA_LOCK})")
        for table in METADATA.sorted_tables:
            connection.execute(CreateTable(table, if_not_exists=True))


def sqlite_safety(connection: sqlite3.Connection) -> None:
    """Let a connection write through to disk, and overwrite what it deletes."""
    for setting in ("busy_timeout=30000", "journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
        connection.execute(f"PRAGMA {setting}")


def postgres_safety(connection: DBAPIConnection, _record: object) -> None:
    """Let a connection commit only what is on disk."""
    cursor = connection.cursor()
    cursor.execute("SET synchronous_commit = on")
    connection.commit()
