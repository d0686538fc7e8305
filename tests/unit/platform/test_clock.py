"""The simulated clock of a sandbox: shared, never set back, and refused wherever real people could be recorded."""

import datetime as dt
import subprocess
import sys

import pytest

from services.platform.clock import FILE, SANDBOX, SimulatedClock, SimulatedClockError, clock_of, wall_clock

MARCH = dt.datetime(2025, 3, 1, 9, 30, 0, 250_000, tzinfo=dt.UTC)


@pytest.fixture
def sandbox(tmp_path):
    (tmp_path / SANDBOX).touch()
    return tmp_path


def test_without_a_file_it_is_the_systems(tmp_path):
    """A data directory without a simulated clock works by the system's."""
    assert clock_of(tmp_path) is wall_clock


def test_another_process_sees_where_it_was_moved(sandbox):
    """What one process moves, another one reads at once, to the microsecond."""
    clock = SimulatedClock.create(sandbox, dt.datetime(2020, 12, 8, tzinfo=dt.UTC))
    clock.move(MARCH)
    reading = "import sys, pathlib, services.platform.clock as c; print(c.clock_of(pathlib.Path(sys.argv[1]))().isoformat())"
    seen = subprocess.run([sys.executable, "-c", reading, str(sandbox)], capture_output=True, check=True)
    assert seen.stdout.decode().strip() == MARCH.isoformat()


def test_it_never_goes_back(sandbox):
    """Moved to an earlier moment it stays; released it is the system's for everybody, and cannot be moved again."""
    clock, other = SimulatedClock.create(sandbox, MARCH), SimulatedClock(sandbox)
    clock.move(MARCH - dt.timedelta(days=1))
    assert clock() == MARCH
    clock.release()
    assert abs(other() - wall_clock()) < dt.timedelta(days=1)
    with pytest.raises(ValueError, match="released"):
        clock.move(MARCH)


def test_only_a_sandbox_has_one(tmp_path, sandbox):
    """A clock in a directory that is not marked as a demo is refused, and so is a file that is none."""
    SimulatedClock.create(sandbox, MARCH)
    (sandbox / SANDBOX).unlink()
    with pytest.raises(SimulatedClockError, match="no demo"):
        clock_of(tmp_path)
    with pytest.raises(SimulatedClockError):
        SimulatedClock.create(tmp_path, MARCH)
    (tmp_path / SANDBOX).touch()
    (tmp_path / FILE).write_bytes(b"123")
    with pytest.raises(SimulatedClockError, match="8 bytes"):
        clock_of(tmp_path)
