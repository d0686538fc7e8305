"""A key store that is lost but for an older copy: what nobody can read any more is said, and nothing is paid twice."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from events.catalogue import decode
from events.operation import EpochBegun
from services.ledger.payments import Payments
from tests.system.installation.prepared import PARTS, Prepared, copy_of, dead, opened, paid, start, together

NAMED = ("--officer", "Sri", "--reason", "the disk of the keys failed")


def with_older_keys(prepared: Prepared, place: Path) -> Path:
    """Our own installation with the keys that it had before the second death."""
    parts = {p: prepared.older if p == "keys" else prepared.ours for p in PARTS}
    return together(place, parts)


async def test_what_is_sealed_with_lost_keys_is_given_up_and_paid_once(
    prepared: Prepared, tmp_path: Path
) -> None:
    """The officer says how many keys are lost; then their persons count as erased, and the same death is paid once."""
    data = with_older_keys(prepared, tmp_path / "data")
    looked = start(data, "recover", "--json")
    assert looked.returncode == 1, looked.stderr
    keys = json.loads(looked.stdout)["keys"]
    assert (keys["keys"], keys["persons"], keys["claims"], keys["orders"]) == (1, 1, 1, 0)
    for given_up in ((), ("--lost-keys", "2")):
        refused = start(data, "recover", *NAMED, *given_up)
        assert refused.returncode == 2
        assert "kelambu recover --lost-keys 1" in refused.stderr
    done = start(data, "recover", *NAMED, "--lost-keys", "1")
    assert done.returncode == 0, done.stdout + done.stderr
    assert start(data, "recover").returncode == 0
    async with opened(data) as installation:
        assert installation.keys.were_destroyed([installation.tokens.nik(dead(2).nik)])
        await paid(installation, dead(2), dead(5))
        left = [order.order for _, order in await Payments(installation.core).orders()]
        assert sorted(left) == ["C-1.1", "C-2.1", "C-5.1"]
        epochs = [
            event.data.lost_keys
            for partition in range(installation.ledger.partitions)
            for entry in await installation.ledger.history(partition, "@epoch")
            if isinstance(event := decode(entry.body), EpochBegun)
        ]
        assert [lost for lost in epochs if lost] == [1]
    verified = start(data, "verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr


def test_keys_come_back_from_a_copy(prepared: Prepared, tmp_path: Path) -> None:
    """A backup's keys, or a copy's, take the place of lost ones.

    Ours stay beside them, and a copy of another is refused.
    """
    whole = copy_of(prepared.ours, tmp_path / "whole")
    assert start(whole, "backup", str(tmp_path / "backup")).returncode == 0
    for number, copy in enumerate((whole, tmp_path / "backup")):
        data = with_older_keys(prepared, tmp_path / f"data-{number}")
        looked = start(data, "recover", "--keys", str(copy), "--json")
        assert json.loads(looked.stdout)["keys"]["keys"] == 0
        refused = start(data, "recover", *NAMED, "--keys", str(prepared.theirs))
        assert refused.returncode == 2
        assert "belongs to another installation" in refused.stderr
        done = start(data, "recover", *NAMED, "--keys", str(copy))
        assert done.returncode == 0, done.stdout + done.stderr
        assert len(list(data.glob("keys.*"))) == 1
        assert start(data, "recover").returncode == 0
        assert start(data, "verify").returncode == 0


def test_without_any_copy_of_the_secret_nothing_goes_on(prepared: Prepared, tmp_path: Path) -> None:
    """Whoever has no secret is told why this ledger cannot go on, and how to begin without paying anybody again."""
    data = together(tmp_path / "data", {p: prepared.ours for p in PARTS if p != "keys"})
    refused = start(data, "recover", *NAMED, "--lost-keys", "2")
    assert refused.returncode == 2
    assert "every death could be paid a second time" in refused.stderr
    assert "begin a new installation in another directory" in refused.stderr
    indonesian = start(data, "recover", *NAMED, KELAMBU_LANG="id")
    assert "setiap kematian dapat dibayar dua kali" in indonesian.stderr
    assert not (data / "keys").exists()
    shutil.copytree(prepared.older / "keys", tmp_path / "copy")
    found = start(data, "recover", *NAMED, "--keys", str(tmp_path / "copy"), "--lost-keys", "1")
    assert found.returncode == 0, found.stdout + found.stderr
