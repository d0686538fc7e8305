"""An installation of another scheme, on a real server: decided, and audited by the rulebook that its ledger kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from redis.asyncio import Redis

from services.adjudication.worker import keep_rulebook
from services.benefits.reading.folder import LAW, SCHEMES, files_of, load, read
from services.benefits.reading.kept import readable
from services.benefits.reading.law_file import RulebookError
from services.ledger import keys
from services.ledger.rulebooks import keep, kept
from services.platform.settings import Settings
from services.runtime.bootstrap import open_installation
from services.runtime.embedded_server import EmbeddedServer
from services.verification.verify import Evidence, verify
from tests.lives import Life, disability, heir
from tests.small_installation import SmallInstallation, niks

FOLDER = SCHEMES / "pmsby"
INDIA = read(FOLDER)
PAPERS = ("claim-form", "accident-report", "death-certificate", "post-mortem-report")


def member(nik: str, claim: str) -> Life:
    """Somebody whose premium of the year was debited in time, and who had an accident."""
    life = Life(nik).enrolled("2025-06-01", programmes=["PMSBY"])
    life.paid_months("2025-06", "2026-05", "2025-05-30")
    return life.filed(claim, "accident", "2025-09-01", PAPERS)


async def test_an_installation_of_another_scheme_is_audited_by_the_rulebook_it_kept(
    valkey: Redis, tmp_path: Path
) -> None:
    """Every assessment is repeated from the files in the ledger, and comes out as it was recorded."""
    installation = await SmallInstallation.opened(valkey, tmp_path / "installation", 2)
    installation.rulebook = INDIA
    await keep(valkey, INDIA.hash, files_of(FOLDER))
    one, two = niks(2)
    died = member(one, "PB-1").died("2025-09-01", "PB-1").heirs(heir("n", "testament"), claim="PB-1")
    await installation.live(died, member(two, "PB-2").items(disability("eye", side="left"), claim="PB-2"))

    books = readable(await kept(valkey))
    assert list(books) == [INDIA.name]
    evidence = Evidence(client=valkey, ledger=installation.ledger, rulebook=INDIA, rulebooks=books)
    result = await verify(evidence)
    assert (result.findings, result.explained) == ((), ())
    assert result.assessments >= 4
    assert result.totals.ordered == 300_000


async def test_a_scheme_that_was_changed_in_the_ledger_is_not_at_hand(valkey: Redis) -> None:
    """The hash covers the scheme as it covers the law: nothing is recalculated by what somebody put in its place."""
    files = files_of(FOLDER)
    await keep(valkey, INDIA.hash, files)
    assert INDIA.name in readable(await kept(valkey))
    for right, wrong in (('to = "heirs"', 'to = "funeral"'), ('paid_after = "deny"', 'paid_after = "refer"')):
        assert right in files["scheme.toml"]
        changed = {**files, "scheme.toml": files["scheme.toml"].replace(right, wrong)}
        await valkey.hset(keys.RULEBOOKS, INDIA.hash, json.dumps(changed))
        assert readable(await kept(valkey)) == {}


async def test_a_ledger_of_one_scheme_is_not_taken_over_by_another(
    valkey_server: EmbeddedServer, valkey: Redis, tmp_path: Path
) -> None:
    """A worker says what it does not know, and stops before it decides anything."""
    await keep(valkey, load().hash, files_of(LAW))
    settings = Settings.read({"KELAMBU_RULEBOOK": str(FOLDER)}, tmp_path / "installation")
    async with open_installation(settings.with_server(valkey_server.url)) as installation:
        with pytest.raises(RulebookError, match=r"this ledger knows JKK, JKM, .* Begin a new installation"):
            await keep_rulebook(installation.core, installation.rulebook, FOLDER)
    assert list(await kept(valkey)) == [load().hash]
