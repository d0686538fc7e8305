"""A claim's file on disk: one content gives one ZIP, nothing is replaced, and what is read is not trusted."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from services.claim_file import archive
from services.claim_file.archive import ClaimFileError, read, write, zipped

FILES = {"manifest.json": b"{}\n", "rulebooks/ab/scheme.toml": b"x = 1\n", "index.html": b"<p>"}


@pytest.mark.parametrize("name", ["claim.zip", "claim"])
def test_what_is_written_is_read(tmp_path: Path, name: str):
    """As a ZIP and as a folder; for its owner alone, and never over anything."""
    place = tmp_path / name
    write(place, FILES)
    assert read(place) == FILES
    first = place if place.is_file() else place / "index.html"
    assert first.stat().st_mode & 0o777 == 0o600
    with pytest.raises(ClaimFileError):
        write(place, {})
    assert read(place) == FILES
    assert sorted(one.name for one in tmp_path.iterdir()) == [name]


def test_a_zip_has_no_clock_and_no_order():
    """The order in which files were made and the day leave no trace."""
    assert zipped(FILES) == zipped(dict(reversed(FILES.items())))


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_damaged_file_of_a_zip_hides_no_other(tmp_path: Path, name: str):
    """It is read as empty, so that the hash of the manifest names it, and the rest as it is."""
    content = zipped(FILES)
    at = content.index(FILES[name])
    (tmp_path / "x.zip").write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
    assert read(tmp_path / "x.zip") == {**FILES, name: b""}


def test_what_is_no_file_of_a_claim_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Nothing there, no ZIP, a name twice, more than a claim can have."""
    place = tmp_path / "x.zip"
    with pytest.raises(ClaimFileError):
        read(place)
    place.write_bytes(b"PK\x03\x04 and nothing else")
    with pytest.raises(ClaimFileError):
        read(place)
    with zipfile.ZipFile(place, "w") as twice:
        twice.writestr("a", b"1")
        with pytest.warns(UserWarning, match="Duplicate"):
            twice.writestr("a", b"2")
    with pytest.raises(ClaimFileError):
        read(place)
    place.unlink()
    write(place, FILES)
    monkeypatch.setattr(archive, "MOST", 8)
    with pytest.raises(ClaimFileError):
        read(place)


def test_a_name_that_leads_elsewhere_is_only_a_name(tmp_path: Path):
    """Nothing is ever unpacked."""
    place = tmp_path / "x.zip"
    with zipfile.ZipFile(place, "w") as file:
        file.writestr("../../evil", b"!")
    assert read(place) == {"../../evil": b"!"}
    assert sorted(one.name for one in tmp_path.iterdir()) == ["x.zip"]
