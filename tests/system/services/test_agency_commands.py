"""The commands about agencies on a running installation: what is sent is answered before their eyes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from services.cli import main
from services.ledger.registry import has_a_worker
from tests.stores.intake.documents import SITI, died, filed, paid
from tests.system.running import RunningInstallation, running_installation, until

Run = Callable[..., Awaitable[tuple[int, str]]]
ADD = ("agency", "add", "dinsos", "--types", "participant.contributions-paid", "claim.filed")


@pytest.fixture
def kelambu(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in an installation; returns its exit code and what it prints."""

    async def run(running: RunningInstallation, *words: str) -> tuple[int, str]:
        monkeypatch.setenv("KELAMBU_LANG", "en")
        for name, value in running.installation.settings.environment().items():
            monkeypatch.setenv(name, value)
        code = await asyncio.to_thread(main, list(words))
        return code, capsys.readouterr().out

    return run


async def test_each_receipt_is_shown_as_it_comes(tmp_path: Path, kelambu: Run) -> None:
    """Publish tells what was accepted, waits and was refused; a mended document is shown too, and all of it later."""
    async with running_installation(tmp_path, partitions=2) as running:
        running.start("intake")
        await until(lambda: has_a_worker(running.installation.core, "dinsos"), "an intake has the agency")
        assert (await kelambu(running, *ADD, "claim.verified", "--findings", "death"))[0] == 0
        file, mended = tmp_path / "events.jsonl", tmp_path / "mended.json"
        file.write_bytes(
            b"\n".join((paid("dinsos", "p-1"), paid("dinsos", "p-2", nik="12"), died("dinsos", "v-1")))
        )
        mended.write_bytes(paid("dinsos", "p-2"))

        code, said = await kelambu(running, "publish", str(file), "--as", "dinsos")
        accepted, refused, fault, waiting, summary = said.splitlines()
        assert code == 1
        assert accepted.split() == ["accepted", "p-1"]
        assert refused.startswith("refused   p-2  invalid, in quarantine as ")
        assert fault.split()[0] == "$.data.nik"
        assert waiting.startswith("waiting   v-1  until the claim")
        assert summary == "dinsos: 3 messages published; 1 accepted, 1 refused, 1 waiting"

        name = refused.split()[-1]
        mend = ("quarantine", "retry", "dinsos", name, "--mended", str(mended), "--reason", "a digit missing")
        code, said = await kelambu(running, *mend, "--by", "Ani", "--json")
        assert (code, json.loads(said)["status"]) == (0, "accepted")
        (asked,) = json.loads((await kelambu(running, "trail", "--json"))[1])
        assert (asked["by"], asked["reason"]) == ("Ani", "a digit missing")
        assert asked["record"]["subject"] == f"dinsos {name}"
        receipt = json.loads(said)["receipt"]
        assert receipt in (await kelambu(running, "quarantine", "show", "dinsos", name))[1]
        _, said = await kelambu(running, "quarantine", "show", "dinsos", name, "--json")
        assert (json.loads(said)["resolved"], json.loads(said)["mends"]) == (receipt, "")
        whole = ("quarantine", "show", "dinsos", name, "--content")
        assert (await kelambu(running, *whole))[0] == 2
        code, said = await kelambu(running, *whole, "--reason", "a call from dinsos", "--json")
        assert (code, json.loads(json.loads(said)["content"])["id"]) == (0, "p-2")
        read = json.loads((await kelambu(running, "trail", "--json"))[1])[-1]
        assert read["reason"] == "a call from dinsos"
        assert (read["record"]["what"], read["record"]["subject"]) == ("quarantine", f"dinsos {name}")

        _, said = await kelambu(running, "receipts", "dinsos", "--json")
        receipts = [json.loads(line) for line in said.splitlines()]
        assert [(one["id"], one["status"]) for one in receipts] == [
            ("p-1", "accepted"),
            ("p-2", "refused"),
            ("v-1", "waiting"),
            ("p-2", "accepted"),
        ]
        _, said = await kelambu(running, "receipts", "dinsos")
        assert [line.split()[-1] for line in said.splitlines()][-1] == "p-2"
        assert [(await kelambu(running, what, "dinsoz"))[0] for what in ("receipts", "outcomes")] == [2, 2]

        code, said = await kelambu(running, "operations", "--json")
        stands = json.loads(said)
        assert (code, stands["waiting"], stands["halted"]) == (0, {"dinsos": 1}, {})
        assert [(one["agency"], one["refused"]) for one in stands["agencies"]] == [("dinsos", 1)]
        assert [one["partition"] for one in stands["partitions"]] == [0, 1]
        intake = next(one for one in stands["leases"] if one["service"] == "intake")
        assert intake["held"] > 0 == len(stands["read_models"])
        assert "or for what they retract: 1." in (await kelambu(running, "operations"))[1]


async def test_nothing_is_waited_for_where_nobody_admits(tmp_path: Path, kelambu: Run) -> None:
    """What was sent stands in the outbox; where to look later is said."""
    async with running_installation(tmp_path, partitions=2) as running:
        await kelambu(running, *ADD)
        file = tmp_path / "events.jsonl"
        file.write_bytes(paid("dinsos", "p-1") + b"\n" + filed("dinsos", "f-1", nik=SITI))
        code, said = await kelambu(running, "publish", str(file), "--as", "dinsos")
        assert code == 0
        assert said.splitlines() == [
            "dinsos: 2 messages published; no intake works on this outbox now; later: kelambu receipts dinsos"
        ]
        assert await kelambu(running, "publish", str(file), "--as", "dinsos", "--no-wait") == (
            0,
            "dinsos: 2 messages published\n",
        )
        assert (await running.edge.backlog("dinsos"))[0] == 4


async def test_a_password_for_redis_is_shown_once_and_two_are_good(tmp_path: Path, kelambu: Run) -> None:
    """The third is refused until one is revoked; from then on that one lets nobody in."""
    async with running_installation(tmp_path, partitions=2) as running:

        async def given() -> str:
            code, said = await kelambu(running, *ADD, "--redis")
            assert code == 0
            return said.split()[-1]

        async def enters(password: str) -> bool:
            url = running.installation.settings.redis_url or ""
            client = Redis.from_url(url, username="agency-dinsos", password=password)
            try:
                return bool(await client.ping())
            except RedisError:
                return False
            finally:
                await client.aclose()

        first, second = await given(), await given()
        assert [await enters(one) for one in (first, second, "kr_wrong")] == [True, True, False]
        assert (await kelambu(running, *ADD, "--redis"))[0] == 2
        assert (await kelambu(running, "agency", "key", "revoke", "dinsos", first))[0] == 0
        third = await given()
        assert [await enters(one) for one in (first, second, third)] == [False, True, True]
