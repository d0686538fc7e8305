"""Agencies are told what became of the claims that they filed: everything, in order, and nothing personal."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace
from redis.asyncio import Redis

from projections.checkpoint import Checkpoint
from services.ledger.claim_routes import Routes
from services.ledger.copies import copied
from services.ledger.edge import ClaimOutcome, Edge
from services.ledger.keys import id_hash
from services.ledger.outcome_checkpoints import OutcomeCheckpoints
from services.outcomes.notification import outcomes_of
from services.outcomes.worker import OutcomeNotifier, run
from services.platform.newest_checkpoint import KnownLog
from services.platform.settings import Settings
from services.runtime.bootstrap import Installation, open_installation
from services.runtime.embedded_server import EmbeddedServer
from tests.lives import Life, heir
from tests.small_installation import SmallInstallation, niks
from tests.system.running import running_installation, until


@pytest.fixture
async def installation(
    valkey: Redis, valkey_server: EmbeddedServer, tmp_path: Path
) -> AsyncIterator[Installation]:
    """An installation of two partitions on an empty server."""
    settings = Settings.read({"KELAMBU_PARTITIONS": "2", "REDIS_URL": valkey_server.url}, data=tmp_path)
    async with open_installation(settings) as opened:
        yield opened


async def happened(installation: Installation, *lives: Life, filer: str = "dinsos") -> SmallInstallation:
    """Let these lives be decided; ``filer`` filed their claims."""
    small = await SmallInstallation.opened(
        installation.core, installation.settings.data, installation.ledger.partitions
    )
    filed = [
        (document["data"]["claim"], id_hash(document["source"], document["id"]), filer)
        for life in lives
        for document in life.documents
        if document["type"] == "kelambu.claim.filed.v1"
    ]
    assert all(await Routes(installation.core).take(filed))
    await small.live(*lives)
    return small


async def read(installation: Installation, agency: str = "dinsos") -> list[ClaimOutcome]:
    """Everything that an agency was told."""
    return [outcome for _, outcome in await Edge(installation.edge).outcomes(agency, limit=100_000)]


async def concluded(installation: Installation) -> dict[tuple[int, int], ClaimOutcome]:
    """What there is to tell, by partition and position."""
    found: list[ClaimOutcome] = []
    for partition in range(installation.ledger.partitions):
        found += outcomes_of(await installation.ledger.read(partition, 0, 100_000))
    return {(one.partition, one.position): one for one in found}


BEGINNING = {0: Checkpoint(), 1: Checkpoint()}


def said(outcomes: Sequence[ClaimOutcome]) -> list[tuple[str, object]]:
    """The status of each, with what matters of it."""
    return [(one.status, one.order or one.missing or one.reasons or one.amount) for one in outcomes]


async def test_the_whole_story_of_a_claim_is_told(installation: Installation) -> None:
    """What it waits for, what is due, each order, what the bank says of it, and that all has been paid."""
    life = Life().insured().filed().died().heirs(heir(), heir("h2", "child", account="2"))
    life.paid("A-1.1", 21_000_000).paid("A-1.2", 21_000_000)
    await happened(installation, life)
    await OutcomeNotifier(installation).step(await OutcomeCheckpoints(installation.core).seen(2))
    notices = await read(installation)
    assert said(notices)[-6:] == [
        ("due", 42_000_000),
        ("ordered", "A-1.1"),
        ("ordered", "A-1.2"),
        ("paid", "A-1.1"),
        ("paid", "A-1.2"),
        ("closed", 42_000_000),
    ]
    assert said(notices)[0] == ("waiting", ("finding:death", "finding:heirs"))
    assert notices[-3].amount == 21_000_000
    assert [one.payee for one in notices if one.status == "ordered"] == ["heir:h1", "heir:h2"]


async def test_only_who_filed_is_told(installation: Installation) -> None:
    """Another agency that said something about the claim reads nothing of it."""
    await happened(installation, Life().insured().filed().died(), filer="desa-ulak")
    await OutcomeNotifier(installation).step(BEGINNING)
    assert await read(installation) == []
    assert said(await read(installation, "desa-ulak"))


async def test_nothing_is_told_twice_after_it_was_noted(installation: Installation) -> None:
    """A second notifier goes on where the first one stopped."""
    small = await happened(installation, Life().insured().filed())
    await OutcomeNotifier(installation).step(await OutcomeCheckpoints(installation.core).seen(2))
    before = await read(installation)
    await small.admit(Life().insured().filed().died(), since=len(Life().insured().filed().documents))
    await small.decide()
    await OutcomeNotifier(installation).step(await OutcomeCheckpoints(installation.core).seen(2))
    after = await read(installation)
    assert after[: len(before)] == before
    assert {(one.partition, one.position) for one in after} == (await concluded(installation)).keys()
    assert len(after) == len(await concluded(installation))


async def test_what_is_told_names_the_log_as_far_as_it_was_known(installation: Installation) -> None:
    """The last outcome of a step does, for each agency, and is else what was concluded; nothing without a notary."""
    await happened(installation, Life().insured().filed().died().heirs(heir()))
    await OutcomeNotifier(installation).step(BEGINNING)
    before = await read(installation)
    assert {one.log for one in before} == {None}
    installation.settings.log.mkdir()
    (installation.settings.log / "checkpoint").write_text("o\n7\ncm9vdA==\n")
    await OutcomeNotifier(installation).step(BEGINNING)
    told = (await read(installation))[len(before) :]
    assert [one.log for one in told] == [*[None] * (len(before) - 1), KnownLog("o", 7, "cm9vdA==")]
    assert [replace(one, log=None) for one in told] == before


async def test_what_was_told_and_not_noted_is_told_again(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A notifier that fails between the two steps loses nothing; what is repeated is the same in every part."""
    await happened(installation, Life().insured().filed().died().heirs(heir()))

    async def fail(*_: object) -> None:
        raise ConnectionError

    with monkeypatch.context() as broken:
        broken.setattr(OutcomeCheckpoints, "note", fail)
        with pytest.raises(ConnectionError):
            await OutcomeNotifier(installation).step(BEGINNING)
    await OutcomeNotifier(installation).step(await OutcomeCheckpoints(installation.core).seen(2))
    notices, wanted = await read(installation), await concluded(installation)
    assert len(notices) == 2 * len(wanted)
    assert all(wanted[one.partition, one.position] == one for one in notices)


async def test_a_backup_never_says_told_what_it_does_not_hold(installation: Installation) -> None:
    """How far it was is copied before the streams: what is told in between is told again after a restore."""
    await happened(installation, Life().insured().filed())
    await OutcomeNotifier(installation).step(BEGINNING)
    copied_in_order = [copy.key async for copy in copied(installation.core)]
    assert copied_in_order.index("{outcomes}:told") < copied_in_order.index("{a:dinsos}:outcomes")


async def test_it_works_while_claims_are_decided_and_ends_when_told(installation: Installation) -> None:
    """The service tells what is recorded while it runs."""
    stop = asyncio.Event()
    service = asyncio.ensure_future(run(installation, stop))
    await happened(installation, Life().insured().filed().died().heirs(heir()))
    wanted = await concluded(installation)

    async def answered() -> bool:
        return len(await read(installation)) == len(wanted)

    await until(answered, "everything is answered")
    stop.set()
    await service
    assert await OutcomeCheckpoints(installation.core).positions(2) == {
        p: (await installation.ledger.head(p)).position for p in range(2)
    }


async def test_killed_in_between_it_loses_nothing(tmp_path: Path) -> None:
    """Kill -9 again and again: every conclusion is told, in the order of its partition, and repeats are the same."""
    async with running_installation(tmp_path, partitions=2) as running:
        installation = running.installation
        lives = [
            Life(nik).insured().filed(claim=f"C-{n}").died(claim=f"C-{n}") for n, nik in enumerate(niks(150))
        ]
        await happened(installation, *lives)
        wanted = await concluded(installation)
        for kills in range(1, 4):
            running.start("outcomes")

            async def further(least: int = kills * 40) -> bool:
                return len(await read(installation)) >= least

            await until(further, "something is told")
            running.kill("outcomes")
        running.start("outcomes")

        async def noted() -> bool:
            at = await OutcomeCheckpoints(installation.core).positions(2)
            return at == {p: (await installation.ledger.head(p)).position for p in range(2)}

        await until(noted, "everything is noted")
        notices = await read(installation)
        assert all(wanted[one.partition, one.position] == one for one in notices)
        first = list(dict.fromkeys((one.partition, one.position) for one in notices))
        for partition in range(2):
            assert [p for p in first if p[0] == partition] == sorted(k for k in wanted if k[0] == partition)
