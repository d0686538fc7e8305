"""Where read models stand: SQLite by default, PostgreSQL where shared.

Rows and positions move in one transaction, so a reader never sees half a batch and a crash loses nothing.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from sqlite3 import Connection as SQLiteConnection
from typing import TypeVar

import msgspec
from sqlalchemy import Connection, Engine, Executable, Table, create_engine, event
from sqlalchemy.engine import make_url

from projections import builds
from projections.batch import Batch
from projections.builds import Build, OutdatedError
from projections.bulk import Bulk, Row
from projections.columns import made
from projections.shape import Projection, Rows

_SCHEMA_LOCK = 0x6B656C61
"""The advisory lock under which PostgreSQL's tables are created, so that two starters do not collide."""
_LASTING = ("journal_mode=WAL", "synchronous=NORMAL", "cache_size=-65536", "wal_autocheckpoint=16384")
_SCRATCH = ("journal_mode=MEMORY", "synchronous=OFF", "cache_size=-65536")

S = TypeVar("S", bound=msgspec.Struct)


class NotBuiltError(Exception):
    """The projection's version is still being built, or was never begun."""

    def __init__(self, projection: str, version: int) -> None:
        """Keep which projection and version."""
        super().__init__(f"{projection} version {version} is not built yet; see `kelambu projections status`")
        self.projection, self.version = projection, version


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

    def read(self, query: Executable, kind: type[S], json: Collection[str] = ()) -> list[S]:
        """Return the rows as Structs of the same field names; the columns named in ``json`` are decoded first."""
        found = []
        for row in self._connection.execute(query).mappings():
            values = {str(name): value for name, value in row.items()}
            for name in json:
                values[name] = msgspec.json.decode(values[name])
            found.append(msgspec.convert(values, kind))
        return found

    def walk(self, query: Executable) -> Iterator[Row]:
        """Yield the rows of a query that may not fit into memory."""
        for row in self._connection.execute(query, execution_options={"yield_per": 2000}):
            yield tuple(row)

    @property
    def positions(self) -> dict[str, dict[int, int]]:
        """How far each projection's live build has come: position by partition."""
        return {name: dict(build.positions) for name, build in self._live.items()}


class Store:
    """The read models of one house.

    ``url`` is an SQLAlchemy URL of an SQLite file or of PostgreSQL. SQLite runs in WAL mode with
    ``synchronous=NORMAL``: a power cut may take the last transactions back, rows and positions together, and the
    runner applies them again.
    """

    def __init__(self, url: str, *, scratch: bool = False) -> None:
        """Open the store; ``scratch`` gives up its durability, for rows that are compared and thrown away."""
        self._engine = _engine(url, _SCRATCH if scratch else _LASTING)
        self._sqlite = self._engine.dialect.name == "sqlite"
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
            prepared = connection.dialect.has_table(connection, builds.BUILDS.name)
            return builds.read(connection) if prepared else []

    def apply(
        self, targets: Sequence[tuple[Projection, Build]], then: Mapping[int, int], batch: Batch
    ) -> None:
        """Apply ``batch`` to these builds and move their positions to ``then``, all or nothing.

        Raises ``OvertakenError`` when a build is no longer where it was read.
        """
        with self._begin() as connection:
            builds.lock(connection, [build for _, build in targets])
            for _, build in targets:
                builds.move(connection, build, then)
            for projection, build in targets:
                projection.apply(Rows(connection, self._bulk, build.number), batch)

    def take_over(self, build: Build) -> None:
        """Make ``build`` the live one, and drop every other of its projection, if it still stands."""
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
        with self._begin(writes=False) as connection:
            if not self._sqlite:  # before the snapshot: no table that it shows may be dropped under it
                connection.exec_driver_sql(f"LOCK TABLE {builds.BUILDS.name} IN ACCESS SHARE MODE")
            yield View(connection, {b.projection: b for b in builds.read(connection) if b.live})

    @contextlib.contextmanager
    def _begin(self, *, writes: bool = True) -> Iterator[Connection]:
        with self._engine.connect() as connection:
            if self._sqlite:
                connection.execution_options(writes=writes)
            elif not writes:
                connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                yield connection


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
