"""Parts that do not belong together do not start: nothing is made, nothing replaced, and the reason says what to do."""

from __future__ import annotations

import itertools
import shutil
from pathlib import Path

import pytest

from services.installation.identity import InstallationError
from tests.system.installation.prepared import (
    PARTS,
    Prepared,
    content,
    copy_of,
    dead,
    opened,
    paid,
    start,
    together,
)


def without_keys(data: Path, _: Prepared) -> None:
    shutil.rmtree(data / "keys")


def emptied_keys(data: Path, _: Prepared) -> None:
    for file in (data / "keys").iterdir():
        file.unlink()
    (data / "keys" / "keys.db").touch(mode=0o600)


def older_keys(data: Path, prepared: Prepared) -> None:
    shutil.rmtree(data / "keys")
    shutil.copytree(prepared.older / "keys", data / "keys")


def another_ones_keys(data: Path, prepared: Prepared) -> None:
    shutil.rmtree(data / "keys")
    shutil.copytree(prepared.theirs / "keys", data / "keys")


def without_ledger(data: Path, _: Prepared) -> None:
    shutil.rmtree(data / "server")


def without_batches(data: Path, _: Prepared) -> None:
    shutil.rmtree(data / "batches")


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (without_keys, "the key store (KELAMBU_KEYS, or DATA/keys) has no mark"),
        (emptied_keys, "the key store (KELAMBU_KEYS, or DATA/keys) has no mark"),
        (older_keys, "is older than the ledger"),
        (another_ones_keys, "belongs to another installation"),
        (without_ledger, "is empty, and there is something of an installation in the key store"),
        (without_batches, "the batch directory (DATA/batches) has no mark"),
    ],
)
def test_up_refuses_what_does_not_belong_together(
    prepared: Prepared, tmp_path: Path, harm, said: str
) -> None:
    """`kelambu up` ends with 2, names the part and what to do, and has made and replaced no key and no file."""
    data = copy_of(prepared.ours, tmp_path / "data")
    harm(data, prepared)
    before = content(data)
    done = start(data, "up")
    assert done.returncode == 2
    assert said in done.stderr
    assert "kelambu recover" in done.stderr or "Bring back" in done.stderr
    assert content(data) == before


@pytest.mark.parametrize("others", [c for n in range(1, 5) for c in itertools.combinations(PARTS, n)])
async def test_parts_of_two_installations_never_work_together(
    prepared: Prepared, tmp_path: Path, others: tuple[str, ...]
) -> None:
    """Whichever parts are another's, opening names one of them, or the ledger, and nothing is changed."""
    parts = {part: prepared.edged_too if part in others else prepared.edged for part in PARTS}
    data = together(tmp_path / "data", parts)
    before = content(data)
    with pytest.raises(InstallationError, match="belongs to another installation"):
        async with opened(data, own_edge=True):
            pass
    assert content(data) == before


async def test_a_sound_copy_goes_on(prepared: Prepared, tmp_path: Path) -> None:
    """What belongs together opens, and pays the next death once."""
    data = copy_of(prepared.edged, tmp_path / "data")
    before = content(data)
    async with opened(data, own_edge=True) as installation:
        await paid(installation, dead(4))
    after = content(data)
    files = {name: body for name, body in before.items() if name.startswith("batches")}
    assert files.items() <= after.items()
    assert len([name for name in after if name.endswith(".csv")]) == 2


def test_a_forgotten_edge_is_not_replaced_by_the_core(prepared: Prepared, tmp_path: Path) -> None:
    """With no EDGE_URL nothing starts, since outboxes wait at the edge; a recovery goes on without it when asked to."""
    data = copy_of(prepared.edged, tmp_path / "data")
    before = content(data)
    done = start(data, "up")
    assert (done.returncode, "EDGE_URL" in done.stderr) == (2, True), done.stderr
    assert start(data, "recover").returncode == 1
    assert content(data) == before
    done = start(data, "recover", "--officer", "Sri", "--reason", "the edge server burnt down")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "go on without an edge server" in done.stdout
    assert start(data, "verify").returncode == 0
