"""What ``export`` writes to."""

from __future__ import annotations

import stat
from pathlib import Path

from services.cli.commands.export import _destination


def test_a_file_is_for_its_owner_alone(tmp_path: Path):
    """Also one that was there before, open to everybody; a device is left as it is."""
    old, new = tmp_path / "old", tmp_path / "new"
    old.write_text("before")
    old.chmod(0o644)
    before = Path("/dev/null").stat().st_mode
    for place in (old, new, Path("/dev/null")):
        with _destination(place) as file:
            file.write(b"{}\n")
    assert [stat.S_IMODE(place.stat().st_mode) for place in (old, new)] == [0o600, 0o600]
    assert old.read_bytes() == b"{}\n"
    assert Path("/dev/null").stat().st_mode == before
