"""A recovery says what would be lost, loses nothing else, and lets no rupiah leave twice."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from pathlib import Path

from events.catalogue import decode
from events.operation import EpochBegun
from services.disbursement import worker as disbursement
from services.ledger.payments import Payments
from services.runtime.halts import halted
from tests.system.installation.prepared import (
    PARTITIONS,
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


def orders_in(data: Path) -> list[str]:
    """The order ids in all files for the bank."""
    lines = [line for file in (data / "batches").glob("*.csv") for line in file.read_text().splitlines()]
    return sorted(line.split(",")[0] for line in lines if line.startswith("C-"))


async def test_an_older_ledger_is_recovered_and_pays_nothing_twice(
    prepared: Prepared, tmp_path: Path
) -> None:
    """What left after the copy is taken over from its file.

    When it is ordered anew it is recorded and stays where it is.
    """
    data = together(
        tmp_path / "data",
        {p: prepared.older if p == "ledger" else prepared.ours for p in PARTS},
    )
    files = {name: body for name, body in content(data).items() if name.endswith(".csv")}
    looked = start(data, "recover", "--json")
    assert looked.returncode == 1, looked.stderr
    lost = json.loads(looked.stdout)["lost"]
    assert (lost["claims"], lost["orders"], lost["amount"]) == (["C-2"], 1, 42_000_000)
    done = start(data, "recover", "--officer", "Sri", "--reason", "an older copy was brought back")
    assert done.returncode == 0, done.stdout + done.stderr
    assert start(data, "recover").returncode == 0
    async with opened(data) as installation:
        assert installation.identity.epoch == 2
        await paid(installation, dead(2), dead(5))
        payments = Payments(installation.core)
        left = [order.order for _, order in await payments.orders()]
        assert sorted(left) == ["C-1.1", "C-2.1", "C-5.1"]
        epochs = [
            event
            for partition in range(installation.ledger.partitions)
            for entry in await installation.ledger.history(partition, "@epoch")
            if isinstance(event := decode(entry.body), EpochBegun)
        ]
        assert [event.data.number for event in epochs] == [2, 2]
        assert [name for event in epochs for name in event.data.adopted] == lost["batches"]
        assert all(event.data.officer == event.data.reason == "~" for event in epochs)
    assert orders_in(data) == ["C-1.1", "C-2.1", "C-5.1"]
    assert files.items() <= content(data).items()
    verified = start(data, "verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr


def test_a_restore_over_a_newer_installation_takes_over_what_left(prepared: Prepared, tmp_path: Path) -> None:
    """A backup comes back into a directory with newer batch files and read models.

    None is replaced, nothing differs.
    """
    older = copy_of(prepared.older, tmp_path / "older")
    assert start(older, "backup", str(tmp_path / "backup")).returncode == 0
    data = together(tmp_path / "data", {p: prepared.ours for p in PARTS if p != "ledger"})
    files = {name: body for name, body in content(data).items() if name.endswith(".csv")}
    done = start(data, "restore", str(tmp_path / "backup"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert files.items() <= content(data).items()
    assert start(data, "recover").returncode == 0
    again = start(data, "restore", str(tmp_path / "backup"))
    assert again.returncode == 2
    assert start(data, "projections", "status").returncode == 0


def test_a_backup_of_another_installation_is_not_mixed_in(prepared: Prepared, tmp_path: Path) -> None:
    """Keys and batch files of one, ledger of another: refused before anything is written."""
    theirs = copy_of(prepared.theirs, tmp_path / "theirs")
    assert start(theirs, "backup", str(tmp_path / "backup")).returncode == 0
    data = together(tmp_path / "data", dict.fromkeys(("keys", "batch files"), prepared.ours))
    before = content(data)
    done = start(data, "restore", str(tmp_path / "backup"))
    assert done.returncode == 2
    assert "belongs to another installation" in done.stderr
    assert content(data) == before


def test_lost_batch_files_and_read_models_are_written_again(prepared: Prepared, tmp_path: Path) -> None:
    """What is made from the ledger comes back from it, the files with the same bytes."""
    data = copy_of(prepared.ours, tmp_path / "data")
    files = {name: body for name, body in content(data).items() if name.endswith(".csv")}
    shutil.rmtree(data / "batches")
    assert start(data, "recover").returncode == 1
    done = start(data, "recover", "--officer", "Sri", "--reason", "the disk of the batch files failed")
    assert done.returncode == 0, done.stdout + done.stderr
    assert files.items() <= content(data).items()


def test_read_models_of_another_installation_say_nothing_of_ours(prepared: Prepared, tmp_path: Path) -> None:
    """What they know is nobody's loss here; they are set aside, and ours are built from the ledger."""
    sources = {p: prepared.theirs if p == "read models" else prepared.ours for p in PARTS}
    data = together(tmp_path / "data", sources)
    looked = json.loads(start(data, "recover", "--json").stdout)
    assert [(one["part"], one["how"]) for one in looked["mismatches"]] == [("read models", "foreign")]
    assert (looked["lost"]["claims"], looked["lost"]["orders"], looked["blocked"]) == ([], 0, [])
    done = start(data, "recover", "--officer", "Sri", "--reason", "the wrong file was brought")
    assert done.returncode == 0, done.stdout + done.stderr
    assert start(data, "projections", "status").returncode == 0


def test_what_stops_a_service_is_said_by_a_recovery_too(prepared: Prepared, tmp_path: Path) -> None:
    """A batch file that was changed is named, and nothing is done before it is right.

    Damaged read models are built anew.
    """
    data = copy_of(prepared.ours, tmp_path / "data")
    file = min((data / "batches").glob("*.csv"))
    left = file.read_bytes()
    file.write_bytes(left.replace(b"42000000", b"42000001", 1))
    (data / "read-models.db").write_bytes(b"no database" * 500)
    looked = start(data, "recover")
    assert looked.returncode == 1, looked.stdout + looked.stderr
    assert str(file) in looked.stdout.replace("\n", "")
    refused = start(data, "recover", "--officer", "Sri", "--reason", "the disk was damaged")
    assert refused.returncode == 2
    assert "Put the right file back" in refused.stderr
    file.write_bytes(left)
    done = start(data, "recover", "--officer", "Sri", "--reason", "the disk was damaged")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "set the read models aside" in done.stdout
    assert start(data, "projections", "status").returncode == 0


def test_a_copy_with_which_nothing_can_be_recovered_changes_nothing(
    prepared: Prepared, tmp_path: Path
) -> None:
    """Another's ledger, and a backup of it, are refused and our own stands as it stood.

    The right copy begins an epoch.
    """
    data = copy_of(prepared.ours, tmp_path / "data")
    theirs = copy_of(prepared.theirs, tmp_path / "theirs")
    assert start(theirs, "backup", str(tmp_path / "backup")).returncode == 0
    named = ("--officer", "Sri", "--reason", "a copy", "--ledger")
    for copy in (theirs, tmp_path / "backup"):
        refused = start(data, "recover", *named, str(copy))
        assert refused.returncode == 2
        assert "belongs to another installation" in refused.stderr
        assert not list(data.glob("server.*"))
        assert start(data, "recover").returncode == 0
    done = start(data, "recover", *named, str(prepared.ours))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "begin a new epoch" in done.stdout
    assert len(list(data.glob("server.*"))) == 1
    assert json.loads(start(data, "recover", "--json").stdout)["epoch"] == 2


def test_a_restore_that_was_stopped_goes_on_when_its_reason_is_gone(
    prepared: Prepared, tmp_path: Path
) -> None:
    """A file among the batches that is none of ours stops it.

    `restore` or `recover` then takes up what was put back.
    """
    whole = copy_of(prepared.ours, tmp_path / "whole")
    assert start(whole, "backup", str(tmp_path / "backup")).returncode == 0
    for number, again in enumerate(
        [("restore", str(tmp_path / "backup")), ("recover", "--officer", "S", "--reason", "R")]
    ):
        data = together(tmp_path / f"data-{number}", {"batch files": prepared.ours})
        stray = data / "batches" / "p00-1 (1).csv"
        stray.touch()
        stopped = start(data, "restore", str(tmp_path / "backup"))
        assert stopped.returncode == 2
        assert "is no batch file" in stopped.stderr
        stray.unlink()
        done = start(data, *again)
        assert done.returncode == 0, done.stdout + done.stderr
        assert start(data, "recover").returncode == 0


def test_a_damaged_ledger_and_a_copy_are_looked_at_and_nothing_is_changed(
    prepared: Prepared, tmp_path: Path
) -> None:
    """What stands only in read models and batch files is told; so is what a copy, or a backup of it, would lack."""
    older = copy_of(prepared.older, tmp_path / "older")
    assert start(older, "backup", str(tmp_path / "backup")).returncode == 0
    data = copy_of(prepared.ours, tmp_path / "data")
    file = next((data / "server" / "appendonlydir").glob("*.incr.aof"))
    os.truncate(file, file.stat().st_size // 2)
    before = content(data)
    looked = start(data, "recover")
    assert looked.returncode == 1, looked.stdout + looked.stderr
    text = looked.stdout.replace("\n", " ")
    assert "is cut at byte" in text
    assert "2 claims" in text
    assert "2 orders of Rp84.000.000" in text
    assert "First look for a newer copy" in text
    for copy in (older, tmp_path / "backup"):
        lost = json.loads(start(data, "recover", "--ledger", str(copy), "--json").stdout)["lost"]
        assert (lost["claims"], lost["orders"], lost["amount"]) == (["C-2"], 1, 42_000_000)
    text = start(data, "recover", "--ledger", str(older)).stdout.replace("\n", " ")
    assert "nothing has been taken from it yet" in text
    assert f"kelambu recover --ledger {older} --officer NAME --reason WHY" in text
    assert content(data) == before
    assert not list(data.glob("server.*"))


def test_orders_that_only_the_read_models_know_do_not_leave_again(prepared: Prepared, tmp_path: Path) -> None:
    """An older ledger whose newer batch files are gone is not recovered before they are back from the bank."""
    data = together(
        tmp_path / "data",
        {p: prepared.older if p == "ledger" else prepared.ours for p in PARTS},
    )
    (data / "batches").rename(tmp_path / "bank")
    lost = json.loads(start(data, "recover", "--json").stdout)["lost"]
    assert (lost["orders"], lost["amount"], len(lost["batches"])) == (1, 42_000_000, 1)
    named = ("--officer", "Sri", "--reason", "the batch files are gone")
    refused = start(data, "recover", *named)
    assert refused.returncode == 2
    assert "Bring them back from the bank" in refused.stderr
    (data / "batches").mkdir()
    name = f"{lost['batches'][0]}.csv"
    shutil.copy2(tmp_path / "bank" / name, data / "batches" / name)
    done = start(data, "recover", *named)
    assert done.returncode == 0, done.stdout + done.stderr
    assert start(data, "recover").returncode == 0


async def test_what_nothing_here_can_tell_is_asked_of_the_bank(prepared: Prepared, tmp_path: Path) -> None:
    """Without batch files and read models an older ledger pays nothing before an officer has said what the bank has."""
    data = together(
        tmp_path / "data", {p: prepared.older if p == "ledger" else prepared.ours for p in ("ledger", "keys")}
    )
    (data / "read-models.db").write_bytes(b"no database" * 500)
    known = sorted(file.stem for file in (prepared.older / "batches").glob("*.csv"))
    later = next(file for file in (prepared.ours / "batches").glob("*.csv") if file.stem not in known)
    partitions = {0: "p00-0", 1: "p01-0"} | {int(name[1:3]): name for name in known}
    asked = ",".join(partitions.values())
    looked = json.loads(start(data, "recover", "--json").stdout)
    assert f"kelambu recover --last-at-bank {asked} " in looked["ask"]
    named = ("--officer", "Sri", "--reason", "the disk failed")
    done = start(data, "recover", *named)
    assert done.returncode == 0, done.stdout + done.stderr
    async with opened(data) as installation:
        stop = asyncio.Event()
        worker = asyncio.create_task(disbursement.run(installation, stop))
        async with asyncio.timeout(180):
            while len(halted(installation.settings.data)) < PARTITIONS:
                await installation.ledger.head(0)
        assert all(
            "which batch files the bank has" in why for why in halted(installation.settings.data).values()
        )
        stop.set()
        await worker
    assert start(data, "recover").returncode == 1
    refused = start(data, "recover", *named)
    assert refused.returncode == 2
    assert "ask the bank" in refused.stderr
    at_bank = ",".join((partitions | {int(later.stem[1:3]): later.stem}).values())
    refused = start(data, "recover", *named, "--last-at-bank", at_bank)
    assert refused.returncode == 2
    assert f"the bank has {at_bank}" in refused.stderr
    shutil.copy2(later, data / "batches" / later.name)
    done = start(data, "recover", *named, "--last-at-bank", at_bank)
    assert done.returncode == 0, done.stdout + done.stderr
    assert start(data, "recover").returncode == 0
    async with opened(data) as installation:
        await paid(installation, dead(2), dead(5))
    assert orders_in(data) == ["C-1.1", "C-2.1", "C-5.1"]


def test_without_the_right_keys_nothing_is_recovered(prepared: Prepared, tmp_path: Path) -> None:
    """Keys cannot be made up: the key store stays missing, and it is said which one is needed."""
    data = together(tmp_path / "data", {p: prepared.ours for p in PARTS if p != "keys"})
    done = start(data, "recover", "--officer", "Sri", "--reason", "the keys are gone")
    assert done.returncode == 2
    assert "newest copy of the key store" in done.stderr
    assert not (data / "keys").exists()
