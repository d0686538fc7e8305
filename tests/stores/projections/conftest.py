"""Each contract test runs over SQLite and over PostgreSQL, on an empty store."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from projections.store import Store

_INSTALLED = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))


def _account() -> str:
    """PostgreSQL refuses to run as root: return the account to run it as, or skip."""
    if os.getuid() != 0:
        return pwd.getpwuid(os.getuid()).pw_name
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        pytest.skip("PostgreSQL does not run as root, and there is no account 'postgres'")


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """URL of a PostgreSQL of our own on a unix socket, without a database name; skips where it is not installed."""
    if not _INSTALLED:
        pytest.skip("no PostgreSQL (Debian's package postgresql)")
    programs, account = _INSTALLED[-1], _account()
    folder = Path(tempfile.mkdtemp(prefix="kelambu-pg-"))
    shutil.chown(folder, account)
    as_root = {"user": account, "group": pwd.getpwnam(account).pw_gid, "extra_groups": []}
    options = as_root if os.getuid() == 0 else {}

    def run(*command: str) -> None:
        subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL, **options)  # type: ignore[call-overload]

    data = folder / "data"
    run(str(programs / "initdb"), "-D", str(data), "-U", "kelambu", "-A", "trust", "-E", "UTF8", "--no-sync")
    settings = f"-k {folder} -c listen_addresses='' -c fsync=off"
    control = str(programs / "pg_ctl")
    run(control, "-D", str(data), "-l", str(folder / "log"), "-w", "-o", settings, "start")
    try:
        yield f"postgresql://kelambu@/%s?host={folder}"
    finally:
        run(control, "-D", str(data), "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Address of an empty database of each kind in turn."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'read-models.db'}"
        return
    with database(request.getfixturevalue("postgres")) as address:
        yield address


@contextmanager
def database(server: str) -> Iterator[str]:
    """Address of an empty database on a PostgreSQL, gone afterwards."""
    name = f"models_{uuid.uuid4().hex}"
    _statement(server, f"CREATE DATABASE {name}")
    yield server % name
    _statement(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """An empty store of each kind in turn."""
    opened = Store(url)
    yield opened
    opened.close()


def _statement(server: str, sql: str) -> None:
    address = (server % "postgres").replace("postgresql://", "postgresql+psycopg://")
    engine = create_engine(address, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(sql)
    engine.dispose()
