"""Faults of the machine are told in words that repeat nothing of what was being done."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest
import sqlalchemy as sa
from redis.exceptions import ConnectionError as Unreachable
from redis.exceptions import ResponseError

from events.message import message
from services.cli.error_messages import explain
from services.runtime.machine_faults import reason_of


def test_a_full_disk_is_called_so(tmp_path: Path):
    """As a file says it, as a database says it, and as a server does."""
    with (
        pytest.raises(OSError, match="No space") as of_file,
        Path("/dev/full").open("wb", buffering=0) as full,
    ):
        full.write(b"Siti Aminah")
    assert of_file.value.errno == errno.ENOSPC
    assert reason_of(of_file.value) == message("machine.disk-full")

    engine = sa.create_engine(f"sqlite:///{tmp_path}/small.db")
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE t (v BLOB)")
        connection.exec_driver_sql("PRAGMA max_page_count = 4")
        with pytest.raises(sa.exc.SQLAlchemyError) as of_database:
            connection.exec_driver_sql("INSERT INTO t VALUES (zeroblob(100000))")
        connection.rollback()
    assert reason_of(of_database.value) == message("machine.disk-full")

    server = ResponseError("MISCONF Errors writing to the AOF file: No space left on device")
    assert reason_of(server) == message("machine.server-disk")


@pytest.mark.parametrize("damaged", [b"no database at all", b"SQLite format 3\0" + bytes(84)])
def test_a_damaged_database_is_called_so(tmp_path: Path, damaged: bytes):
    """Whether it never was one or no longer is one."""
    file = tmp_path / "damaged.db"
    file.write_bytes(damaged * 50)
    with (
        pytest.raises(sa.exc.SQLAlchemyError) as raised,
        sa.create_engine(f"sqlite:///{file}").connect() as connection,
    ):
        connection.exec_driver_sql("SELECT * FROM sqlite_master")
    assert reason_of(raised.value) == message("machine.database-damaged")
    assert explain(raised.value).cure


def test_the_reason_is_that_of_the_cause():
    """An error that was raised from a fault of the machine is as much the machine's."""
    error = ValueError("Siti Aminah")
    error.__cause__ = Unreachable("10.0.0.7:6379")
    assert reason_of(error) == message("machine.server-silent")


def test_what_cannot_be_told_is_not_guessed():
    """Any other error has no reason; its type and its place are told anyway."""
    assert reason_of(ValueError("Siti Aminah")) is None
