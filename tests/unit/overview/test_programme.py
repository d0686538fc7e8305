"""The regency's programme is a file.

The one that ships says what was announced, and what is no such file is refused.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from services.overview.programme import ProgrammeFileError, programme
from services.simulation.population import DECILES
from services.simulation.regency import REGIONS


def test_the_shipped_programme_is_the_announced_one():
    """45,000 participants of three deciles in fifteen districts, those in which the simulation draws its people."""
    ours = programme()
    assert ours.everybody == 45_000
    assert tuple(ours.target.values()) == DECILES
    assert ours.districts == {region.code: region.name for region in REGIONS}


@pytest.mark.parametrize(
    "written", ["", "target = 3", '[title]\nid = "a"\nen = "b"\n[target]\n11 = 4\n[districts]\n', "\xff"]
)
def test_what_is_no_programme_is_refused_with_its_name(tmp_path: Path, written: str):
    """Also where there is no file."""
    file = tmp_path / "programme.toml"
    file.write_bytes(written.encode("latin-1"))
    with pytest.raises(ProgrammeFileError, match=r"programme\.toml"):
        programme(file)
    with pytest.raises(ProgrammeFileError, match=r"none\.toml"):
        programme(tmp_path / "none.toml")
