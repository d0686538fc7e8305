"""Persons erased by the command, on a running installation whose parts are killed meanwhile.

Every proof and total holds. Real servers, processes and commands, with a notary.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

from services.evidence import verifier
from services.notary.log import CHECKPOINT
from tests import forked
from tests.small_installation import niks
from tests.system.running import SERVICES, RunningInstallation, running_installation, until
from tests.system.test_older_ledger import Followed, deaths

SIGNED = ("--by", "Rina", "--reason", "surat 12/2026")
VICTIMS = ("adjudication", "notary", "projector", "server")
"""What is killed while a person is erased, one each."""


async def test_everything_is_proven_as_before_once_persons_are_erased(tmp_path: Path) -> None:
    """Extract, refusals, erasure, kills, the end of what broke off; then `verify`, bundles, totals and claims."""
    async with running_installation(tmp_path / "data", partitions=1) as running:
        here = Followed(running)
        running.start(*SERVICES)
        await here.live(deaths(0, len(VICTIMS) + 1))
        await running.until_sealed()
        person, proof, kept = niks(40)[0], tmp_path / "A-0.zip", tmp_path / "kept"
        running.command("prove", "A-0", "--out", str(proof))
        kept.write_bytes((running.data / "log" / CHECKPOINT).read_bytes())
        backup = tmp_path / "backup"
        running.command("backup", str(backup))
        totals = _totals(running)

        extract = tmp_path / "extract.zip"
        running.command("person", person, "--extract", str(extract), code=2)
        running.command("person", person, "--extract", str(extract), "--reason", "permintaan sendiri")
        with zipfile.ZipFile(extract) as archive:
            assert person in archive.read("extract.json").decode()

        running.command("erase", person, "--by", "Rina", code=2)
        running.command("erase", person, *SIGNED, "--yes", code=2)  # what is due is not paid
        running.command("erase", person, *SIGNED, "--despite", code=2)  # there is nobody to ask
        assert json.loads(running.command("claim", "A-0", "--json"))["erased"] is False
        await _erased(running, person)
        gone = ("person", person, "--extract", str(tmp_path / "gone.zip"), "--reason", "permintaan sendiri")
        told = running.command(*gone, "--lang", "en").decode()
        assert "This person was erased" in told
        assert "in clear" not in told
        for victim, other in zip(VICTIMS, niks(40)[1:], strict=False):
            await _erased(running, other, victim)
        done = json.loads(running.command("erase", "--finish", "--json"))
        assert (done["complete"], len(done["standing"]["persons"])) == (True, 1 + len(VICTIMS))

        await running.settled()
        await running.until_sealed()
        running.command("verify", "--since", str(kept))
        assert _totals(running) == totals
        after = tmp_path / "after.zip"
        running.command("prove", "A-0", "--out", str(after))
        keys = tmp_path / "fund.key"
        keys.write_bytes(running.command("notary", "keys"))
        for bundle in (proof, after):
            assert _checked(bundle, keys) == 0
            running.command("recheck", str(bundle))
        assert json.loads(running.command("claim", "A-0", "--json"))["erased"] is True
        assert "were erased for good" in running.command("claim", "A-0", "--lang", "en").decode()
        assert person.encode() not in b"".join(
            file.read_bytes() for file in backup.rglob("*") if file.is_file()
        )


def _checked(bundle: Path, keys: Path) -> int:
    """What the program for outsiders says of a bundle."""
    program = [sys.executable, verifier.__file__, "bundle", str(bundle), "--key", str(keys)]
    return subprocess.run(program, capture_output=True, check=False).returncode


def _totals(running: RunningInstallation) -> object:
    return json.loads(running.command("verify", "--json"))["totals"]


async def _erased(running: RunningInstallation, person: str, victim: str = "") -> None:
    """Begin an erasure, kill something meanwhile where it is named, and ask again until it is recorded."""
    environment = os.environ | running.installation.settings.environment()
    erase = (*forked.KELAMBU, "erase", person, *SIGNED, "--despite", "--yes")
    with (running.data / "erase.log").open("ab") as output:
        begun = forked.start(erase, environment, output.fileno(), output.fileno())
        if victim:
            running.kill(victim)
            running.start_again(victim)
        begun.wait()
    if victim == "server":
        await running.installation.core.connection_pool.disconnect()
    for service in SERVICES:
        await running.until_started(service)

    async def asked_again() -> bool:
        running.look_after()
        if not _is_erased(running, person):
            await asyncio.to_thread(forked.run, erase, environment)
        return _is_erased(running, person)

    await until(asked_again, f"{person} is erased")


def _is_erased(running: RunningInstallation, person: str) -> bool:
    """Whether its erasure is recorded; not known, and so false, where a part that was killed does not answer yet."""
    token = running.installation.tokens.nik(person)
    asked = forked.run(
        (*forked.KELAMBU, "erase", "--list", "--json"),
        os.environ | running.installation.settings.environment(),
    )
    if not asked.stdout:
        return False
    return token in [one["person"] for one in json.loads(asked.stdout)["standing"]["persons"]]
