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
from sqlite3 import Connection as SQLiteConnection
from typing import Any, TypeVar

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Executable,
    Select,
    Table,
    create_engine,
    event,
    inspect,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError

from events.message import MessageError, message
from projections import builds
from projections.batch import EventBatch
from projections.builds import Build, OutdatedError
from projections.bulk import Bulk, Row
from projections.checkpoint import Checkpoints
from projections.columns import made, written_as_json
from projections.projection import Projection, Rows

_SCHEMA_LOCK = 0x6B656C61
"""The advisory lock under which PostgreSQL's tables are created, so that two starters do not collide."""
_AMONG = 1000
"""How many values one statement names; every store takes more."""
_LASTING = ("journal_mode=WAL", "synchronous=NORMAL", "cache_size=-65536", "wal_autocheckpoint=16384")
_READING = ("query_only=ON", "cache_size=-65536")
_SCRATCH = ("journal_mode=MEMORY", "synchronous=OFF", "cache_size=-65536")

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
        ordered, found = sorted(values), list[S]()
        for start in range(0, len(ordered), _AMONG):
            found += self.read(query.where(column.in_(ordered[start : start + _AMONG])), kind)
        return found

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
        self._engine = _engine(url, _READING if reads else _SCRATCH if scratch else _LASTING)
        self._admits = admits
        self._sqlite = self._engine.dialect.name == "sqlite"
        self._file: int | None = None
        self._standing: set[str] = set()
        self._bulk = Bulk(self._engine.dialect.name)

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
        self._engine.dispose()

    def owner(self) -> str:
        """Return the mark of the installation to which the read models belong, empty where there is none."""
        with self._begin(writes=False) as connection:
            return self._owner(connection)

    def bare(self) -> bool:
        """Tell whether no read model was ever begun here."""
        return not self.builds()

    def belong(self, owner: str) -> None:
        """Mark the read models, whatever mark they had."""
        with self._begin(shown=False) as connection:
            if not self._sqlite:
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_SCHEMA_LOCK})")
            builds.META.create_all(connection)
            builds.belong(connection, owner)

    def forget(self) -> None:
        """Drop every read model, so that all are built anew."""
        with self._begin(shown=False) as connection:
            if not self._sqlite:
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_SCHEMA_LOCK})")
            builds.META.create_all(connection)
            builds.drop_all(connection)

    def prepare(self, projections: Sequence[Projection], partitions: int) -> None:
        """Begin a build of every projection whose version has none; raises ``OutdatedError``."""
        with self._begin() as connection:
            if not self._sqlite:
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_SCHEMA_LOCK})")
            builds.META.create_all(connection)
            known = builds.read(connection)
            for projection in projections:
                own = [build for build in known if build.projection == projection.name]
                live = next((build for build in own if build.live), None)
                if live is not None and live.version > projection.version:
                    raise OutdatedError(projection.name, projection.version, live.version)
                if all(build.version != projection.version for build in own):
                    builds.begin(connection, projection, own, partitions)

    def rebuild(self, projection: Projection, partitions: int) -> None:
        """Begin a fresh build beside the live one, unless one is growing; a runner fills it and it takes over."""
        with self._begin() as connection:
            own = [build for build in builds.read(connection) if build.projection == projection.name]
            if all(build.live for build in own):
                builds.begin(connection, projection, own, partitions)

    def builds(self) -> list[Build]:
        """Return every build with its positions, by projection and number; none before ``prepare``."""
        with self._begin(writes=False) as connection:
            return builds.read(connection) if self._stands(connection, builds.BUILDS) else []

    def apply(
        self, targets: Sequence[tuple[Projection, Build]], then: Checkpoints, batch: EventBatch
    ) -> None:
        """Apply ``batch`` to these builds and move them to ``then``, all or nothing; others wait only for the writing.

        Raises ``OvertakenError`` when a build is no longer where it was read.
        """
        moved, changes = [build for _, build in targets], list[Rows]()
        with self._look() as connection:
            builds.expect(connection, moved, then)
            for projection, build in targets:
                rows = Rows(connection, self._bulk, build.number)
                projection.apply(rows, batch)
                changes.append(rows)
        with self._begin() as connection:
            if not self._sqlite:
                builds.lock(connection, moved)
            builds.move(connection, moved, then)
            for rows in changes:
                rows.write(connection)

    def take_over(self, build: Build) -> None:
        """Make ``build`` the live one, and drop every other of its projection, if it is still there."""
        with self._begin() as connection:
            if not self._sqlite:
                connection.exec_driver_sql(f"LOCK TABLE {builds.BUILDS.name} IN ACCESS EXCLUSIVE MODE")
            if any(
                (b.projection, b.number) == (build.projection, build.number) for b in builds.read(connection)
            ):
                builds.crown(connection, build)

    @contextlib.contextmanager
    def view(self) -> Iterator[View]:
        """Look at all live builds at one moment."""
        with self._look() as connection:
            yield View(connection, {b.projection: b for b in builds.read(connection) if b.live})

    @contextlib.contextmanager
    def _look(self) -> Iterator[Connection]:
        with self._begin(writes=False) as connection:
            if not self._sqlite:  # before the snapshot: no table that it shows may be dropped under it
                connection.exec_driver_sql(f"LOCK TABLE {builds.BUILDS.name} IN ACCESS SHARE MODE")
            yield connection

    def set_aside(self, projections: Sequence[Projection]) -> str:
        """Begin anew with an empty store, whatever is there; returns where the old one is kept, if anywhere.

        An SQLite file is kept beside the new one. On PostgreSQL the tables are dropped.
        """
        address = self._engine.url
        self._standing.clear()
        if not self._sqlite:
            patterns = {pattern.name for projection in projections for pattern in projection.tables}
            with self._engine.begin() as connection:
                for name in inspect(connection).get_table_names():
                    if name in builds.META.tables or name.rpartition("_")[0] in patterns:
                        connection.exec_driver_sql(f'DROP TABLE "{name}"')
            return ""
        self._engine.dispose()
        kept = f"{address.database}.{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%SZ}"
        for suffix in ("-wal", "-shm", ""):
            with contextlib.suppress(FileNotFoundError):
                Path(f"{address.database}{suffix}").rename(f"{kept}{suffix}")
        return kept

    @contextlib.contextmanager
    def _begin(self, *, writes: bool = True, shown: bool = True) -> Iterator[Connection]:
        self._keep_to_file()
        try:
            with self._transaction(writes=writes, shown=shown) as connection:
                yield connection
        except DatabaseError as error:
            if _is_damage(error):
                raise DamagedError(self._engine.url.database or "the database") from error
            raise

    def _keep_to_file(self) -> None:
        """Let go of an SQLite file that was set aside: another has its name now."""
        if not self._sqlite:
            return
        with contextlib.suppress(FileNotFoundError):
            now = Path(self._engine.url.database or "").stat().st_ino
            if self._file not in (None, now):
                self._engine.dispose()
                self._standing.clear()
            self._file = now

    def _owner(self, connection: Connection) -> str:
        return builds.owner(connection) if self._stands(connection, builds.INSTALLATION) else ""

    def _stands(self, connection: Connection, register: Table) -> bool:
        """Tell whether a register was made; from then on it is there until the store is set aside."""
        name = register.name
        if name not in self._standing and connection.dialect.has_table(connection, name):
            self._standing.add(name)
        return name in self._standing

    @contextlib.contextmanager
    def _transaction(self, *, writes: bool, shown: bool) -> Iterator[Connection]:
        with self._engine.connect() as connection:
            if self._sqlite:
                connection.execution_options(writes=writes)
            elif not writes:
                connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                if writes and shown and self._admits is not None:
                    self._admits(self._owner(connection))
                yield connection


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


def _engine(url: str, pragmas: Sequence[str]) -> Engine:
    address = make_url(url)
    if address.get_backend_name() == "postgresql":
        return create_engine(address.set(drivername="postgresql+psycopg"))
    if address.get_backend_name() != "sqlite" or not address.database:
        raise ValueError(f"read models stand in an SQLite file or in PostgreSQL, not in {address.drivername}")
    file = Path(address.database)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not file.exists():
        file.touch(mode=0o600)
    engine = create_engine(address, connect_args={"timeout": 30})

    @event.listens_for(engine, "connect")
    def connected(connection: SQLiteConnection, _: object) -> None:
        connection.isolation_level = None  # the driver's own BEGIN would leave table changes outside
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine
