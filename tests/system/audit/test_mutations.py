"""Whatever is changed behind Kelambu's back, and however well it is made to fit, is found against a checkpoint from outside.

``MUTATIONS=10000 MUTATION_SEED=7`` tries more of them, and prints how many there were of each kind and what found them.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from services.audit_trail.trail import append
from services.ledger.connection import connect
from services.ledger.protocol import LedgerError
from services.ledger.registry import Agency
from services.runtime.embedded_server import EmbeddedServer
from services.verification.discrepancies import AuditFinding
from tests.lives import Life
from tests.system.audit.logged import SmallLog, keys_made
from tests.system.audit.mutations import Insider, Mutation
from tests.system.audit.server_files import ServerFiles
from tests.system.audit.tampering import LOOKED, busy_installation, project

MUTATIONS, SEED = int(os.environ.get("MUTATIONS", "200")), int(os.environ.get("MUTATION_SEED", "1"))
COUNTED = bool(os.environ.get("MUTATIONS"))
"""Whether it is looked too what would find a mutation without a checkpoint from outside, which takes long."""
FOUND_BY = ("no start", "log", "contradiction", "checkpoint")
"""What finds a mutation: the server does not start on it; the log itself; verify, which sees that it contradicts
something else; or only a checkpoint from outside."""


@pytest.fixture
async def insider(tmp_path: Path) -> AsyncIterator[Insider]:
    """Who changes an installation, with a server of its own whose files are kept."""
    server = EmbeddedServer.start(tmp_path / "server")
    client = await connect(server.url)
    try:
        yield await insider_of(client, server, tmp_path)
    finally:
        await client.aclose()
        server.stop()


async def insider_of(client: Redis, server: EmbeddedServer, place: Path) -> Insider:
    """An installation that went on since an earlier moment, and of which somebody outside has seen the last checkpoint."""
    small = await busy_installation(client, place / "installation")
    for name in ("dinsos", "disdukcapil", "rsud", "bank"):
        await small.registry.add(Agency(name=name, types=("claim.filed",)))
    log = SmallLog(small, keys_made(place / "notary-keys"))
    insider = Insider(log, place / "aside", SEED)
    await log.write()
    insider.earlier = await insider.keep("earlier")
    await rewritten(client)
    await small.live(Life("1606010101709996").insured())
    await append(small, LOOKED, by="Dewi", reason="again")
    await project(small)
    shutil.rmtree(log.directory)
    await log.write()
    log.seen("checkpoint")
    insider.now = await insider.keep("now")
    for _ in range(2):
        server.note_written()
    shutil.copytree(server.files, place / "kept-server")
    insider.server_files = ServerFiles(place / "kept-server", place / "started", insider.random)
    await client.config_set("appendonly", "no")  # what is changed from here on is put back each time
    return insider


async def rewritten(client: Any) -> None:
    """Let the server write a new base, so that its file has two parts."""
    before = (await client.info("persistence"))["aof_base_size"]
    await client.bgrewriteaof()
    while (await client.info("persistence"))["aof_base_size"] == before:
        await client.ping()


async def test_every_mutation_is_found(insider: Insider) -> None:
    """The log finds it, or what contradicts the log, with the place.

    What only a checkpoint from outside finds is counted apart.
    """
    log, missed, found_by = insider.log, list[Mutation](), Counter[tuple[str, str]]()
    assert [str(one) for one in (await log.verified()).findings] == []
    for _ in range(MUTATIONS):
        mutation = await insider.mutate()
        by = await what_finds(mutation, log)
        found_by[kind_of(mutation), by] += 1
        if not by:
            missed.append(mutation)
        await insider.put_back(insider.now)
    if COUNTED:
        sys.stderr.write(f"\n{MUTATIONS} mutations, seed {SEED}\n{table(found_by)}")
    assert missed == [], Counter(missed)


async def what_finds(mutation: Mutation, log: SmallLog) -> str:
    """Return which of ``FOUND_BY`` finds a mutation; empty where nothing does."""
    if mutation.refused:
        return "no start"
    findings = (await log.held(trusted=log.trusted)).findings
    assert all(map(has_place, findings)), findings
    if not findings:
        return "contradiction" if await found_inside(log) else ""
    if not COUNTED:
        return "log"
    if (await log.held(outside=False)).findings:
        return "log"
    return "contradiction" if await found_inside(log) else "checkpoint"


async def found_inside(log: SmallLog) -> bool:
    """Whether verify tells anything with what is inside the installation alone.

    What takes longest is looked at last.
    """
    try:
        for models in (False, True):
            found = await log.verified(outside=False, models=models)
            if found.findings or found.explained:
                return True
    except LedgerError:  # it stops and says why
        return True
    return False


def has_place(finding: AuditFinding) -> bool:
    """Whether a finding about the log says where.

    By an index, a size or the positions between two, or it is about a whole checkpoint.
    """
    told = finding.message.parameters
    whole = finding.message.key in (
        "audit.log-unsigned",
        "audit.log-stranger",
        "audit.log-replaced-keys",
        "unsound.log-head",
    )
    return whole or bool({"index", "here", "size", "position", "spans"} & told.keys())


def kind_of(mutation: Mutation) -> str:
    """Return under what a mutation is counted.

    What was changed, without which of several, and how far it was made to fit.
    """
    what = mutation.what.partition(" in stream")[0].partition(" of stream")[0]
    return f"{what}, {mutation.cunning}"


def table(found_by: Counter[tuple[str, str]]) -> str:
    """Return how many of each kind were found by what."""
    head = f"{'':60}" + "".join(f"{by:>14}" for by in FOUND_BY) + "\n"
    kinds = sorted({kind for kind, _ in found_by})
    rows = [f"{kind:60}" + "".join(f"{found_by[kind, by]:14}" for by in FOUND_BY) for kind in kinds]
    sums = [sum(count for (_, found), count in found_by.items() if found == by) for by in FOUND_BY]
    return (
        head + "".join(f"{row}\n" for row in rows) + f"{'':60}" + "".join(f"{one:14}" for one in sums) + "\n"
    )
