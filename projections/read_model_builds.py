"""The register of builds: which tables each projection has, and how far each has come.

A *build* is one set of a projection's tables, filled from position 1 on. One is live and answers; beside it a
new one may grow, of a new version or to replace rows that somebody doubts.
"""

# ruff: noqa: S608 - only names of our own tables and columns are put into statements

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection, MetaData, Table, delete, insert, update
from sqlalchemy.engine.interfaces import DBAPICursor

from events.message import MessageError, message
from projections.bulk import Bulk
from projections.checkpoint import Checkpoint, Checkpoints
from projections.columns import made, number, text
from projections.database import driver_cursor
from projections.projection import Projection

META = MetaData()
BUILDS = Table(
    "projection_build",
    META,
    text("projection", key=True),
    number("build", key=True),
    number("version"),
    number("live"),
    text("tables"),
)
POSITIONS = Table(
    "projection_position",
    META,
    text("projection", key=True),
    number("build", key=True),
    number("partition", key=True),
    number("position"),
    text("hash"),
)
INSTALLATION = Table("projection_installation", META, number("only", key=True), text("owner"))
_MOVE = (
    f"UPDATE {POSITIONS.name} SET position = ?, hash = ? "
    "WHERE projection = ? AND build = ? AND partition = ? AND position = ?"
)


class Build(Struct, frozen=True):
    """One set of a projection's tables, and what it has seen of each partition."""

    projection: str
    number: int
    version: int
    live: bool
    tables: tuple[str, ...]
    seen: dict[int, Checkpoint]

    @property
    def positions(self) -> dict[int, int]:
        """Its position in each partition."""
        return {partition: seen.position for partition, seen in self.seen.items()}


class OvertakenError(Exception):
    """Another runner moved the build first; nothing was written."""


class OutdatedError(MessageError):
    """The store serves a newer version of a projection than this program knows."""

    def __init__(self, projection: str, newest: int, live: int) -> None:
        """Keep which projection and the two versions."""
        super().__init__(message("read-model.outdated", projection=projection, known=newest, live=live))
        self.projection, self.newest, self.live = projection, newest, live


def owner(cursor: DBAPICursor) -> str:
    """Return the mark of the installation to which the read models belong, empty where they have none."""
    cursor.execute(f"SELECT owner FROM {INSTALLATION.name}")
    rows = cursor.fetchall()
    return rows[0][0] if rows else ""


def belong(connection: Connection, mark: str) -> None:
    """Mark the read models, whatever mark they had."""
    connection.execute(delete(INSTALLATION))
    connection.execute(insert(INSTALLATION).values(only=1, owner=mark))


def drop_all(connection: Connection) -> None:
    """Drop every build with its tables."""
    for build in read(driver_cursor(connection)):
        for name in build.tables:
            connection.exec_driver_sql(f'DROP TABLE "{name}"')
    for register in (BUILDS, POSITIONS):
        connection.execute(delete(register))


def read(cursor: DBAPICursor) -> list[Build]:
    """Return every build, by projection and number."""
    seen: dict[tuple[str, int], dict[int, Checkpoint]] = {}
    for projection, build, partition, position, digest in _all(cursor, POSITIONS):
        seen.setdefault((projection, build), {})[partition] = Checkpoint(position, digest)
    return [
        Build(projection, build, version, bool(live), tuple(tables.split()), seen[projection, build])
        for projection, build, version, live, tables in _all(cursor, BUILDS)
    ]


def _all(cursor: DBAPICursor, register: Table) -> Sequence[Any]:
    """Return the rows of a register by their keys."""
    columns = ", ".join(column.name for column in register.columns)
    keys = ", ".join(column.name for column in register.primary_key)
    cursor.execute(f"SELECT {columns} FROM {register.name} ORDER BY {keys}")
    return cursor.fetchall()


def without(
    projections: Iterable[Projection], stored: Sequence[Build]
) -> list[tuple[Projection, list[Build]]]:
    """Return the projections whose version has no build, each with those that it has; raises ``OutdatedError``."""
    found = []
    for projection in projections:
        own = [build for build in stored if build.projection == projection.name]
        for live in own:
            if live.live and live.version > projection.version:
                raise OutdatedError(projection.name, projection.version, live.version)
        if all(build.version != projection.version for build in own):
            found.append((projection, own))
    return found


def rebuild(connection: Connection, projection: Projection, partitions: int) -> None:
    """Begin a fresh build beside the live one, unless one is growing; a runner fills it and it takes over."""
    own = [build for build in read(driver_cursor(connection)) if build.projection == projection.name]
    if all(build.live for build in own):
        begin(connection, projection, own, partitions)


def begin(connection: Connection, projection: Projection, others: Sequence[Build], partitions: int) -> None:
    """Make the tables of a further build; it is live at once if the projection has no other."""
    build = max((other.number for other in others), default=0) + 1
    tables = [made(pattern, build) for pattern in projection.tables]
    for table in tables:
        table.create(connection)
    connection.execute(
        insert(BUILDS).values(
            projection=projection.name,
            build=build,
            version=projection.version,
            live=int(not others),
            tables=" ".join(table.name for table in tables),
        )
    )
    connection.execute(
        insert(POSITIONS),
        [
            {"projection": projection.name, "build": build, "partition": partition, "position": 0, "hash": ""}
            for partition in range(partitions)
        ],
    )


def expect(cursor: DBAPICursor, builds: Sequence[Build], then: Checkpoints) -> list[Build]:
    """Return every build; raises ``OvertakenError`` unless these are where they were read, of the partitions in ``then``."""
    every = read(cursor)
    stand = {(build.projection, build.number): build.seen for build in every}
    for build in builds:
        seen = stand.get((build.projection, build.number), {})
        if any(seen.get(partition) != build.seen[partition] for partition in then):
            raise OvertakenError(f"{build.projection}: not where it was read")
    return every


def moved(every: Iterable[Build], builds: Iterable[Build], then: Checkpoints) -> list[Build]:
    """Return every build as it is once these have moved to ``then``."""
    those = {(build.projection, build.number) for build in builds}
    return [
        replace(build, seen={**build.seen, **then}) if (build.projection, build.number) in those else build
        for build in every
    ]


def lock(cursor: DBAPICursor, builds: Sequence[Build]) -> None:
    """On PostgreSQL let no other transaction apply to these builds, not even from other partitions, until this one ends.

    SQLite has one writer at a time.
    """
    names = sorted(build.projection for build in builds)
    cursor.execute(
        f"SELECT build FROM {BUILDS.name} WHERE projection = ANY(%s) ORDER BY projection, build FOR UPDATE",
        (names,),
    )


def move(cursor: DBAPICursor, bulk: Bulk, builds: Sequence[Build], then: Checkpoints) -> None:
    """Move the builds to ``then``; raises ``OvertakenError`` if one is no longer where it was read."""
    moves = [
        (at.position, at.hash, build.projection, build.number, partition, build.seen[partition].position)
        for build in builds
        for partition, at in then.items()
    ]
    cursor.executemany(bulk.marked(_MOVE), moves)
    if cursor.rowcount != len(moves):
        names = ", ".join(build.projection for build in builds)
        raise OvertakenError(f"{names}: not all are where they were read")


def crown(connection: Connection, build: Build) -> None:
    """Make the build the live one and drop all others of its projection."""
    for other in read(driver_cursor(connection)):
        if other.projection != build.projection or other.number == build.number:
            continue
        for register in (BUILDS, POSITIONS):
            same = register.c.projection == other.projection, register.c.build == other.number
            connection.execute(delete(register).where(*same))
        for name in other.tables:
            connection.exec_driver_sql(f'DROP TABLE "{name}"')
    chosen = BUILDS.c.projection == build.projection, BUILDS.c.build == build.number
    connection.execute(update(BUILDS).where(*chosen).values(live=1))
