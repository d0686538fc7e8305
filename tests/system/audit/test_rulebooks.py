"""An installation that changes its rulebook.

What was decided is repeated by the pinned one, what stands by the other is found.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from pathlib import Path

import pytest
from redis.asyncio import Redis

from services.adjudication.worker import keep_rulebook
from services.benefits.reading.folder import LAW, files_of, load
from services.benefits.reading.kept import readable
from services.benefits.rulebook import Rulebook
from services.ledger import keys
from services.ledger.rulebooks import keep, kept
from services.platform.settings import Settings
from services.runtime.bootstrap import open_installation
from services.runtime.embedded_server import EmbeddedServer
from services.verification.discrepancies import AuditResult
from services.verification.verify import Evidence, verify
from services.whatif.draft import corrections
from services.whatif.whole_book import ComparedPart, WhatIfQuestion, whole_installation
from tests.lives import Life, heir
from tests.small_installation import SmallInstallation, niks
from tests.unit.whatif.books import JKK_FUNERAL, JKM_DEATH, changed, copied

PARTITIONS = 3
AT = dt.datetime(2026, 6, 11, 1, 0, tzinfo=dt.UTC)


def death(nik: str, number: int) -> Life:
    claim = f"A-{number}"
    return Life(nik).insured().filed(claim).died(claim=claim).heirs(heir(), claim=claim)


async def adopting(client: Redis, place: Path) -> tuple[SmallInstallation, list[Life], Rulebook]:
    """Six deaths and an accident decided by the law that ships; another law was adopted for whoever came later."""
    installation = await SmallInstallation.opened(client, place / "installation", PARTITIONS)
    folder = copied(place, JKM_DEATH)
    later = changed(place, JKM_DEATH)
    everyone = niks(12)
    lives = [death(nik, number) for number, nik in enumerate(everyone[:6])]
    accident = Life(everyone[6]).insured().accident("B-1")
    await keep(client, installation.rulebook.hash, files_of(LAW))
    await installation.live(*lives, accident)
    await keep(client, later.hash, files_of(folder))
    installation.rulebook = later
    for nik in everyone[7:]:
        await installation.live(Life(nik).insured())
    return installation, [*lives, accident], later


async def audited(installation: SmallInstallation, rulebooks: dict[str, Rulebook]) -> AuditResult:
    evidence = Evidence(
        client=installation.client,
        ledger=installation.ledger,
        rulebook=installation.rulebook,
        rulebooks=rulebooks,
    )
    return await verify(evidence)


async def asked(
    installation: SmallInstallation, server: EmbeddedServer, other: Rulebook, processes: int = 1
) -> ComparedPart:
    at_that_time = {one.hash: one for one in readable(await kept(installation.client)).values()}
    question = WhatIfQuestion(other, at_that_time)
    return await asyncio.to_thread(whole_installation, server.url, PARTITIONS, question, processes=processes)


async def test_what_an_earlier_rulebook_decided_is_repeated_by_it(valkey: Redis, tmp_path: Path) -> None:
    """With the pinned rulebook at hand every assessment comes out as it was recorded, and nothing has to be explained."""
    installation, _, _ = await adopting(valkey, tmp_path)
    result = await audited(installation, readable(await kept(valkey)))
    assert (result.findings, result.explained) == ((), ())
    assert result.assessments > 12


async def test_a_rulebook_that_was_adopted_and_is_not_kept_is_found(valkey: Redis, tmp_path: Path) -> None:
    """Every rulebook of our own engine is kept.

    Without it nothing of what it decided is explained, all of it is found.
    """
    installation, decided, later = await adopting(valkey, tmp_path)
    assert later.hash != load().hash
    result = await audited(installation, {})
    assert result.explained == ()
    lost = [found for found in result.findings if found.check == "rulebook"]
    assert {found.partition for found in lost} == {installation.partition(life) for life in decided}
    assert all(load().hash in found.what for found in lost)
    differing = [found for found in result.findings if found.check == "recalculation"]
    assert len(differing) >= len(decided)


async def test_a_damaged_kept_rulebook_is_found_and_kept_anew_by_a_worker_that_has_it(
    valkey: Redis, tmp_path: Path
) -> None:
    """What is kept under its hash is another rulebook: a finding; after the worker has started there is none."""
    installation, _, _ = await adopting(valkey, tmp_path)
    await valkey.hset(keys.RULEBOOKS, load().hash, json.dumps(files_of(copied(tmp_path / "x", JKK_FUNERAL))))
    result = await audited(installation, readable(await kept(valkey)))
    assert {found.check for found in result.findings} >= {"rulebook", "recalculation"}
    await keep_rulebook(valkey, load(), LAW)
    result = await audited(installation, readable(await kept(valkey)))
    assert (result.findings, result.explained) == ((), ())


async def test_a_kept_rulebook_that_was_tampered_with_is_not_at_hand(valkey: Redis, tmp_path: Path) -> None:
    """Its hash tells: nothing is recalculated by it."""
    files = files_of(copied(tmp_path, JKK_FUNERAL))
    await valkey.hset(keys.RULEBOOKS, load().hash, json.dumps(files))
    assert load().name not in readable(await kept(valkey))
    files["pp-82-2019.toml"] += "\nunknown = 1\n"
    await valkey.hset(keys.RULEBOOKS, load().hash, json.dumps(files))
    assert load().name not in readable(await kept(valkey))


async def test_what_is_kept_is_never_changed(valkey: Redis) -> None:
    """The first files under a hash stay."""
    await keep(valkey, load().hash, files_of(LAW))
    await keep(valkey, load().hash, {})
    assert readable(await kept(valkey)).keys() == {load().name}


async def test_a_worker_keeps_its_rulebook(
    valkey_server: EmbeddedServer, valkey: Redis, tmp_path: Path
) -> None:
    """The rulebook that an installation's settings name is the one that it decides by and keeps."""
    folder = copied(tmp_path, JKM_DEATH)
    settings = Settings.read({"KELAMBU_RULEBOOK": str(folder)}, tmp_path / "installation")
    async with open_installation(settings.with_server(valkey_server.url)) as installation:
        await keep_rulebook(installation.core, installation.rulebook, folder)
        assert installation.rulebook.hash != load().hash
        assert readable(await kept(installation.core)).keys() == {installation.rulebook.name}


@pytest.mark.parametrize("processes", [1, 2])
async def test_an_installation_is_compared_with_what_stands_in_it(
    valkey_server: EmbeddedServer, valkey: Redis, tmp_path: Path, processes: int
) -> None:
    """By the law they were decided by nothing differs; by the later one each death is worth five million more."""
    installation, _, later = await adopting(valkey, tmp_path)
    assert await asked(installation, valkey_server, load(), processes) == ComparedPart(7, [])
    part = await asked(installation, valkey_server, later, processes)
    assert part.judged == 7
    assert [(one.claim, one.difference) for one in part.changes] == [(f"A-{n}", 5_000_000) for n in range(6)]
    assert {effect.figure for one in part.changes for effect in one.effects} == {"jkm.death"}


async def test_without_the_standing_rulebook_the_lines_still_cite_the_law(
    valkey_server: EmbeddedServer, valkey: Redis, tmp_path: Path
) -> None:
    """The sums are known all the same; which figure it was is not."""
    _, _, later = await adopting(valkey, tmp_path)
    question = WhatIfQuestion(later, {})
    part = await asyncio.to_thread(whole_installation, valkey_server.url, PARTITIONS, question, processes=1)
    assert sum(one.difference for one in part.changes) == 30_000_000
    assert {line.citation for one in part.changes for line in one.lines} == {"PP 82/2019 Pasal 34"}
    assert all(one.effects == () for one in part.changes)


async def test_a_published_draft_corrects_what_stands(
    valkey_server: EmbeddedServer, valkey: Redis, tmp_path: Path
) -> None:
    """Once approved and sent, each claim is ordered the difference, nothing differs any more, and all is verified."""
    installation, (*lives, _), later = await adopting(valkey, tmp_path)
    part = await asked(installation, valkey_server, later)
    drafted = list(corrections(part.changes, later.hash, agency="bpjs", officer="Ratna", at=AT))
    for life, line in zip(lives, drafted, strict=True):
        life.documents.append(json.loads(line))
        await installation.admit(life, len(life.documents) - 1)
    await installation.decide()
    assert (await asked(installation, valkey_server, later)).changes == []
    ordered = [
        b for p in range(PARTITIONS) for b in await installation.bodies(p) if b"claim.payment-ordered" in b
    ]
    assert sum(json.loads(body)["data"]["amount"] for body in ordered) == 6 * 47_000_000
    assert sum(json.loads(body)["data"]["amount"] == 5_000_000 for body in ordered) == 6
    result = await audited(installation, readable(await kept(valkey)))
    assert (result.findings, result.explained) == ((), ())
