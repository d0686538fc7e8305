"""Whatever is changed behind Kelambu's back, and however well it is made to fit, is found against a checkpoint from outside.

``MUTATIONS=10000 MUTATION_SEED=7`` tries more of them, and prints how many there were of each kind and what found them.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections import Counter
from pathlib import Path

from redis.asyncio import Redis

from services.audit.findings import AuditFinding
from services.audit_trail.trail import append
from tests.lives import Life
from tests.system.audit.logged import SmallLog, keys_made
from tests.system.audit.mutations import Insider, Mutation
from tests.system.audit.tampering import LOOKED, busy_installation, project

MUTATIONS, SEED = int(os.environ.get("MUTATIONS", "200")), int(os.environ.get("MUTATION_SEED", "1"))
COUNTED = bool(os.environ.get("MUTATIONS"))
"""Whether it is looked too what would find a mutation without a checkpoint from outside, which takes long."""


async def insider_of(client: Redis, place: Path) -> Insider:
    """An installation that went on since an earlier moment, and of which somebody outside has seen the last checkpoint."""
    small = await busy_installation(client, place / "house")
    log = SmallLog(small, keys_made(place / "notary-keys"))
    insider = Insider(log, place / "aside", SEED)
    await log.write()
    insider.earlier = await insider.keep("earlier")
    await small.live(Life("1606010101709996").insured())
    await append(small, LOOKED, by="Dewi", reason="again")
    await project(small)
    shutil.rmtree(log.directory)
    await log.write()
    log.seen("checkpoint")
    insider.now = await insider.keep("now")
    return insider


async def test_every_mutation_is_found(valkey: Redis, tmp_path: Path) -> None:
    """By the log or by what contradicts it, with the place; what only a checkpoint from outside finds is counted apart."""
    insider = await insider_of(valkey, tmp_path)
    log, missed, found_by = insider.log, list[Mutation](), Counter[str]()
    kinds = Counter[str]()
    assert [str(one) for one in (await log.verified()).findings] == []
    for _ in range(MUTATIONS):
        mutation = await insider.mutate()
        findings = (await log.held(trusted=log.trusted)).findings
        assert all(map(has_place, findings)), findings
        inside = await found_inside(log) if COUNTED or not findings else True
        if not (findings or inside):
            missed.append(mutation)
        found_by["against a checkpoint from outside"] += bool(findings)
        found_by["only by what contradicts it"] += not findings
        if not inside:
            found_by["only by a checkpoint from outside"] += 1
            kinds[f"{mutation.what.partition(' of ')[0]}, {mutation.cunning}"] += 1
        await insider.put_back(insider.now)
    if COUNTED:
        sys.stderr.write(f"\n{MUTATIONS} mutations, seed {SEED}: {dict(found_by)}\n")
        sys.stderr.write("".join(f"  {count:6} {kind}\n" for kind, count in sorted(kinds.items())))
    assert missed == [], Counter(missed)


async def found_inside(log: SmallLog) -> bool:
    """Whether verify finds anything with what is inside the installation alone."""
    return bool((await log.verified(outside=False)).findings)


def has_place(finding: AuditFinding) -> bool:
    """Whether a finding about the log says where: by an index or by a size, or it is about a whole checkpoint."""
    told = finding.message.parameters
    whole = finding.message.key in ("audit.log-unsigned", "audit.log-replaced-keys")
    return whole or bool({"index", "here", "size", "position"} & told.keys())
