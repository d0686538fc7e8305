"""The store of the read models: SQLite by default, PostgreSQL where shared.

Rows and positions move in one transaction, so a reader never sees half a batch and a crash loses nothing.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Executable,
    Select,
    Table,
    inspect,
)
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.exc import DatabaseError

from events.message import MessageError, message
from projections import read_model_builds
from projections.bulk import Bulk, Row
from projections.checkpoint import Checkpoints
from projections.columns import made, written_as_json
from projections.database import Database, driver_cursor
from projections.event_batch import EventBatch
from projections.projection import Projection, Rows
from projections.read_model_builds import Build

_SCHEMA_LOCK = 0x6B656C61
"""The advisory lock under which PostgreSQL's tables are created, so that two starters do not collide."""
_AMONG = 1000
"""How many values one statement names; every store takes more."""
_LASTING = ("journal_mode=WAL", "synchronous=NORMAL", "cache_size=-65536", "wal_autocheckpoint=16384")
_READING = ("query_only=ON", "cache_size=-65536")
_SCRATCH = ("journal_mode=MEMORY", "synchronous=OFF", "cache_size=-65536")

_KEPT = f"LOCK TABLE {read_model_builds.BUILDS.name} IN ACCESS SHARE MODE"
"""On PostgreSQL before the snapshot of who reads: no table that it shows may be dropped under it."""
_DAMAGE_WORDS = ("not a database", "malformed", "no such column", "no such table")
"""What SQLite says of a file that is none of its own, is torn, or has other tables than ours."""
_DAMAGE_STATES = frozenset({"42703", "42P01", "XX001", "XX002"})
"""PostgreSQL: a column or table that there is not, corrupted data or index."""

S = TypeVar("S", bound=msgspec.Struct)


class NotBuiltError(MessageError):
    """The projection's version is still being built, or was never begun."""

    def __init__(self, projection: str, version: int) -> None:
        """Keep which projection and version."""
        super().__init__(message("read-model.not-built", projection=projection, version=version))
        self.projection, self.version = projection, version


class DamagedError(MessageError):
    """The store's tables cannot be read as those of read models; it can be set aside and built anew."""

    def __init__(self, place: str) -> None:
        """Keep where the store is."""
        super().__init__(message("read-model.damaged", place=place))
        self.place = place


class View:
    """A consistent look at the live builds, to ask questions of."""

    def __init__(self, connection: Connection, live: Mapping[str, Build]) -> None:
        """Look through ``connection``; ``Store.view`` does this."""
        self._connection, self._live = connection, live

    def table(self, projection: Projection, pattern: Table) -> Table:
        """Return the live table made from ``pattern``; raises ``NotBuiltError``."""
        live = self._live.get(projection.name)
        if live is None or live.version != projection.version:
            raise NotBuiltError(projection.name, projection.version)
        return made(pattern, live.number)

    def rows(self, query: Executable) -> list[Row]:
        """Return the rows of a query over tables of this view."""
        return [tuple(row) for row in self._connection.execute(query)]

    def read(self, query: Executable, kind: type[S]) -> list[S]:
        """Return the rows as Structs of the same field names."""
        result = self._connection.execute(query)
        names = list(result.keys())
        decoders = _decoders(kind)
        if names == list(kind.__struct_fields__) and not decoders:
            return [kind(*row) for row in result]
        read = [(name, decoders.get(name)) for name in names]
        return [
            kind(
                **{
                    name: decode(value) if decode else value
                    for (name, decode), value in zip(read, row, strict=True)
                }
            )
            for row in result
        ]

    def read_among(
        self, query: Select[Any], column: ColumnElement[str], values: Collection[str], kind: type[S]
    ) -> list[S]:
        """Return the rows whose ``column`` is among so many values as there may be, in the order of the values."""
        ordered, rows = sorted(values), list[S]()
        for start in range(0, len(ordered), _AMONG):
            rows += self.read(query.where(column.in_(ordered[start : start + _AMONG])), kind)
        return rows

    def walk(self, query: Executable) -> Iterator[Row]:
        """Yield the rows of a query that may not fit into memory."""
        for row in self._connection.execute(query, execution_options={"yield_per": 2000}):
            yield tuple(row)

    @property
    def address(self) -> str:
        """Where another process can look at the same read models."""
        return self._connection.engine.url.render_as_string(hide_password=False)

    @property
    def positions(self) -> dict[str, dict[int, int]]:
        """How far each projection's live build has come: position by partition."""
        return {name: dict(build.positions) for name, build in self._live.items()}


class Store:
    """The read models of one installation.

    ``url`` is an SQLAlchemy URL of an SQLite file or of PostgreSQL. SQLite runs in WAL mode with
    ``synchronous=NORMAL``: a power cut may take the last transactions back, rows and positions together, and the
    runner applies them again.
    """

    def __init__(
        self,
        url: str,
        *,
        scratch: bool = False,
        reads: bool = False,
        admits: Callable[[str], None] | None = None,
    ) -> None:
        """Open the store; ``scratch`` gives up its durability, for rows that are compared and thrown away.

        Who only ``reads`` can open either on SQLite.

        Each transaction that writes first shows ``admits`` the mark of the store (empty where there is none), and is
        given up if that raises.
        """
        pragmas = _READING if reads else _SCRATCH if scratch else _LASTING
        self._database = Database(url, pragmas)
        self._sqlite = self._database.sqlite
        self._admits = admits
        self._standing: set[str] = set()
        self._bulk = Bulk("sqlite" if self._sqlite else "postgresql")

    @classmethod
    @contextlib.contextmanager
    def temporary(cls) -> Iterator[Store]:
        """Open an empty SQLite store that is gone afterwards."""
        with tempfile.TemporaryDirectory(prefix="kelambu-") as folder:
            store = cls(f"sqlite:///{Path(folder) / 'read-models.db'}", scratch=True)
            try:
                yield store
            finally:
                store.close()

    def close(self) -> None:
        """Give the connections back."""
        self._database.close()

    def owner(self) -> str:
        """Return the mark of the installation to which the read models belong, empty where there is none."""
        with self._begin_in_driver(writes=False) as cursor:
            return self._owner(cursor)

    def bare(self) -> bool:
        """Tell whether no read model was ever begun here."""
        return not self.builds()

    def belong(self, owner: str) -> None:
        """Mark the read models, whatever mark they had."""
        with self._begin(shown=False) as connection:
            if not self._sqlite:
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_SCHEMA_LOCK})")
            read_model_builds.META.create_all(connection)
            read_model_builds.belong(connection, owner)

    def forget(self) -> None:
        """Drop every read model, so that all are built anew."""
        with self._begin(shown=False) as connection:
            if not self._sqlite:
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_SCHEMA_LOCK})")
            read_model_builds.META.create_all(connection)
            read_model_builds.drop_all(connection)

    def prepare(self, projections: Sequence[Projection], partitions: int) -> None:
        """Begin a build of every projection whose version has none; raises ``OutdatedError``."""
        with self._begin_in_driver(writes=False) as cursor:
            self._show(cursor)
            if self._stands(cursor, read_model_builds.BUILDS) and not read_model_builds.without(
                projections, read_model_builds.read(cursor)
            ):
                return
        with self._begin() as connection:
            if not self._sqlite:
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_SCHEMA_LOCK})")
            read_model_builds.META.create_all(connection)
            for projection, own in read_model_builds.without(
                projections, read_model_builds.read(driver_cursor(connection))
            ):
                read_model_builds.begin(connection, projection, own, partitions)

    def rebuild(self, projection: Projection, partitions: int) -> None:
        """Begin a fresh build beside the live one, unless one is growing; a runner fills it and it takes over."""
        with self._begin() as connection:
            read_model_builds.rebuild(connection, projection, partitions)

    def builds(self) -> list[Build]:
        """Return every build with its positions, by projection and number; none before ``prepare``."""
        with self._begin_in_driver(writes=False) as cursor:
            return read_model_builds.read(cursor) if self._stands(cursor, read_model_builds.BUILDS) else []

    def apply(
        self, targets: Sequence[tuple[Projection, Build]], then: Checkpoints, batch: EventBatch
    ) -> list[Build]:
        """Apply ``batch`` to these builds and move them to ``then``, all or nothing; others wait only for the writing.

        Returns every build as it stood when the batch was looked at, and these where they stand now. Raises
        ``OvertakenError`` when a build is no longer where it was read.
        """
        moved, changes = [build for _, build in targets], list[Rows]()
        with self._begin_in_driver(writes=False) as cursor:
            if not self._sqlite:
                cursor.execute(_KEPT)
            stood = read_model_builds.expect(cursor, moved, then)
            for projection, build in targets:
                rows = Rows(cursor, self._bulk, build.number)
                projection.apply(rows, batch)
                changes.append(rows)
        with self._begin_in_driver(writes=True) as cursor:
            if not self._sqlite:
                read_model_builds.lock(cursor, moved)
            read_model_builds.move(cursor, self._bulk, moved, then)
            for rows in changes:
                rows.write(cursor)
        return read_model_builds.moved(stood, moved, then)

    def take_over(self, build: Build) -> None:
        """Make ``build`` the live one, and drop every other of its projection, if it is still there."""
        with self._begin() as connection:
            if not self._sqlite:
                connection.exec_driver_sql(
                    f"LOCK TABLE {read_model_builds.BUILDS.name} IN ACCESS EXCLUSIVE MODE"
                )
            if any(
                (b.projection, b.number) == (build.projection, build.number)
                for b in read_model_builds.read(driver_cursor(connection))
            ):
                read_model_builds.crown(connection, build)

    @contextlib.contextmanager
    def view(self) -> Iterator[View]:
        """Look at all live builds at one moment."""
        with self._begin(writes=False) as connection:
            if not self._sqlite:
                connection.exec_driver_sql(_KEPT)
            yield View(
                connection,
                {b.projection: b for b in read_model_builds.read(driver_cursor(connection)) if b.live},
            )

    def set_aside(self, projections: Sequence[Projection]) -> str:
        """Begin anew with an empty store, whatever is there; returns where the old one is kept, if anywhere.

        An SQLite file is kept beside the new one. On PostgreSQL the tables are dropped.
        """
        address = self._database.engine.url
        self._standing.clear()
        if not self._sqlite:
            patterns = {pattern.name for projection in projections for pattern in projection.tables}
            with self._database.engine.begin() as connection:
                for name in inspect(connection).get_table_names():
                    if name in read_model_builds.META.tables or name.rpartition("_")[0] in patterns:
                        connection.exec_driver_sql(f'DROP TABLE "{name}"')
            return ""
        self._database.close()
        kept = f"{address.database}.{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%SZ}"
        for suffix in ("-wal", "-shm", ""):
            with contextlib.suppress(FileNotFoundError):
                Path(f"{address.database}{suffix}").rename(f"{kept}{suffix}")
        return kept

    @contextlib.contextmanager
    def _begin(self, *, writes: bool = True, shown: bool = True) -> Iterator[Connection]:
        with self._sound(), self._database.begin(writes=writes) as connection:
            if writes and shown:
                self._show(driver_cursor(connection))
            yield connection

    @contextlib.contextmanager
    def _begin_in_driver(self, *, writes: bool) -> Iterator[DBAPICursor]:
        with self._sound(), self._database.begin_in_driver(writes=writes) as cursor:
            if writes:
                self._show(cursor)
            yield cursor

    @contextlib.contextmanager
    def _sound(self) -> Iterator[None]:
        """Tell a store that is no read models' from a fault of the machine, and leave one that was set aside."""
        if self._database.exchanged():
            self._standing.clear()
        try:
            yield
        except DatabaseError as error:
            if _is_damage(error):
                raise DamagedError(self._database.place) from error
            raise

    def _show(self, cursor: DBAPICursor) -> None:
        if self._admits is not None:
            self._admits(self._owner(cursor))

    def _owner(self, cursor: DBAPICursor) -> str:
        return read_model_builds.owner(cursor) if self._stands(cursor, read_model_builds.INSTALLATION) else ""

    def _stands(self, cursor: DBAPICursor, register: Table) -> bool:
        """Tell whether a register was made; from then on it is there until the store is set aside."""
        name = register.name
        if name not in self._standing and self._bulk.has_table(cursor, name):
            self._standing.add(name)
        return name in self._standing


@cache
def _decoders(kind: type[msgspec.Struct]) -> dict[str, Callable[[str], object]]:
    """Return how the fields of a row are read that are written as JSON."""
    types = {field.name: field.type for field in msgspec.structs.fields(kind)}
    return {name: msgspec.json.Decoder(types[name]).decode for name in written_as_json(kind)}


def _is_damage(error: DatabaseError) -> bool:
    """Tell a file or a table that is no read model's from a fault of the machine."""
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return state in _DAMAGE_STATES
    words_of_store = str(error.orig)
    return any(words in words_of_store for words in _DAMAGE_WORDS)
