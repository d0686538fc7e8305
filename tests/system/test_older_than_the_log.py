"""A ledger behind a checkpoint of its log that was given out: nothing goes on, and what an operator does then is said.

Real servers, processes and commands, with a notary; nothing but the log knows that there was more.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
from pathlib import Path

import pytest

from services.cli import log_checks
from services.ledger.backlog import arrivals
from services.notary.log import CHECKPOINT, Log
from services.runtime.halts import halted
from services.runtime.health import readiness
from tests.forked import KELAMBU, run
from tests.servers import free_port
from tests.system.running import SERVICES, running_installation, until
from tests.system.test_older_ledger import FOLLOWERS, Followed, deaths, installed

EVERY = (*SERVICES, "gateway", "console")


async def _sealed_beyond(here: Followed) -> Path:
    """Let some more deaths be decided and sealed, and nobody but the log know of them.

    Returns the server's files before.
    """
    here.running.stop()
    older = await here.copied("older")
    here.start("adjudication", "notary")
    await here.admit(deaths(4, 4))

    async def decided() -> bool:
        here.running.look_after()
        return await arrivals(here.running.installation.core, 1) == [0]

    await until(decided, "all is decided")
    await here.running.until_sealed()
    here.running.stop()
    return older


async def test_every_service_halts_behind_a_checkpoint_that_was_given_out(tmp_path: Path) -> None:
    """Each says that the notary has seen more, and goes on once the right server is back.

    Nothing was given out meanwhile.
    """
    async with running_installation(
        tmp_path, partitions=1, gateway_port=free_port(), console_port=free_port()
    ) as running:
        here = Followed(running)
        here.start("intake", *FOLLOWERS, "notary")
        await here.live(deaths(0, 4))
        await running.until_sealed()
        older = await _sealed_beyond(here)
        newer, given = await here.copied("newer"), (tmp_path / "log" / CHECKPOINT).read_bytes()

        await here.put(older)
        here.start(*EVERY)
        reasons = await here.halts(*EVERY)
        assert {name for name, why in reasons.items() if "which notary has seen" not in why} == set()
        assert (await readiness(running.installation)).ok is False
        running.stop()
        assert (tmp_path / "log" / CHECKPOINT).read_bytes() == given

        await here.put(newer)
        here.start(*SERVICES)
        await here.live(deaths(30, 1))
        await running.until_sealed()
        assert halted(tmp_path) == {}
        running.stop()
        kept = tmp_path / "kept"
        kept.write_bytes(given)
        running.command("verify", "--since", str(kept))


async def test_what_was_given_out_is_given_up_by_name_and_the_next_log_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`recover` says so before and does it.

    The earlier log stays beside, and whoever kept a checkpoint of it is told where.
    """
    async with installed(tmp_path) as here:
        running, settings = here.running, here.running.installation.settings
        with monkeypatch.context() as impatient:
            impatient.setattr(log_checks, "SEALED_WITHIN", dt.timedelta(days=-1))
            looked = await asyncio.to_thread(log_checks.look_at_log, settings)
        assert not looked.ok
        here.start("notary")
        await running.until_sealed()
        assert (await asyncio.to_thread(log_checks.look_at_log, settings)).ok
        older = await _sealed_beyond(here)
        kept = tmp_path / "kept"
        kept.write_bytes((tmp_path / "log" / CHECKPOINT).read_bytes())
        size = _entries(tmp_path / "log")

        await here.put(older)
        told = json.loads(running.command("verify", "--json", "--since", str(kept), code=1))
        assert {one["check"] for one in told["findings"]} == {"log"}
        assert {one["message"]["key"] for one in told["findings"]} >= {"audit.log-cut", "audit.log-missing"}
        assert "begin the next" in running.command("recover", "--lang", "en", code=1).decode()
        running.command("recover", "--officer", "Kepala", "--reason", "the newer server is lost")
        assert _entries(tmp_path / "log-1") == size
        assert Log(tmp_path / "log").checkpoint() is None

    async with running_installation(tmp_path, partitions=1) as running:
        recovered = Followed(running)
        recovered.start("intake", *FOLLOWERS, "notary")
        await recovered.live(deaths(4, 4))
        await running.until_sealed()
        running.stop()
        running.command("verify")
        said = running.command("verify", "--since", str(kept), "--lang", "en", code=1).decode()
        assert f"verifier.py log {tmp_path / 'log-1'}" in said
        origin = Log(tmp_path / "log").checkpoint()
        assert origin is not None
        assert origin.origin.endswith("/log-2")


async def test_a_restored_backup_begins_the_next_log_and_keeps_its_own_beside(tmp_path: Path) -> None:
    """The commands restore it elsewhere.

    Nothing differs, the log of the backup stands beside, and its checkpoint is found there.
    """
    installation, other = tmp_path / "installation", tmp_path / "other"
    async with installed(installation) as here:
        here.start("notary")
        await here.running.until_sealed()
        here.running.command("backup", str(tmp_path / "backup"))
        await here.running.until_sealed()
        kept = tmp_path / "kept"
        kept.write_bytes((installation / "log" / CHECKPOINT).read_bytes())
        here.running.stop()
        here.running.command("verify", "--since", str(kept))
        backed_up = json.loads((tmp_path / "backup" / "manifest.json").read_bytes())
        assert "log.checkpoint" in backed_up["files"]
    restore = ("restore", str(tmp_path / "backup"), "--officer", "Kepala", "--reason", "fire")
    restored = run((*KELAMBU, *restore, "--data", str(other)), os.environ | {"KELAMBU_PARTITIONS": "1"})
    assert restored.returncode == 0, restored.stderr.decode()
    assert _entries(other / "log-1")
    async with running_installation(other, partitions=1) as running:
        running.start(*SERVICES)
        await running.until_sealed()
        running.stop()
        running.command("verify")
        running.command("verify", "--since", str(kept), code=1)


def _entries(log: Path) -> int:
    given = Log(log).checkpoint()
    assert given is not None
    return given.size
