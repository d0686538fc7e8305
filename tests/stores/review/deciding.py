"""An installation in which officers decide: claims of every task, and the way of what an officer sends."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

from redis.asyncio import Redis

from projections.catalogue import PROJECTIONS
from projections.runner import Runner
from projections.store import Store, View
from services.benefits.rulebook import Rulebook
from services.intake.admission import admit
from services.intake.context import context_of
from services.intake.http_reception import opened
from services.ledger import keys as names
from services.ledger.registry import Agency
from services.ledger.reservations import taken
from services.ledger.store import create_or_open
from services.platform.settings import Settings
from services.review.decision import ReviewDecision
from services.runtime.bootstrap import Installation
from tests.lives import Life, heir
from tests.small_installation import SmallInstallation, niks

TODAY = dt.date(2026, 6, 21)
"""Ten days after everything was recorded."""
IN_ARREARS, OBJECTED, RETURNED, LACKING, OF_FAMILY, DUE = "A-1", "B-1", "C-1", "D-1", "E-1", "F-1"


class DecidingInstallation(SmallInstallation):
    """A small installation of which an officer's decision takes its real way: reception, intake, inbox, decider."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.edge = self.client
        self.settings = Settings.read({}, self.data)

    @classmethod
    async def opened(cls, client: Redis, data: Path, partitions: int = 1) -> DecidingInstallation:
        return cls(client, await create_or_open(client, partitions), data)

    async def rulebooks(self) -> dict[str, Rulebook]:
        return {self.rulebook.hash: self.rulebook}

    @property
    def whole(self) -> Installation:
        """Itself, as what is tried asks for an installation."""
        return cast("Installation", self)

    async def admitted(self, agency: str = "bpjs") -> None:
        """Bring what was received from an agency into the ledger."""
        await admit_received(self.whole, agency)
        await self.decide()

    @asynccontextmanager
    async def looked_at(self) -> AsyncIterator[View]:
        """Read models that are up to the ledger."""
        with Store.temporary() as store:
            await Runner(store, self.ledger, PROJECTIONS).catch_up()
            with store.view() as view:
                yield view


async def admit_received(installation: Installation, agency: str) -> None:
    """Bring what was received from an agency into the inboxes, as intake does."""
    context = context_of(installation)
    found = await installation.core.xrange(names.taken(agency))
    entries = cast("list[tuple[bytes, dict[bytes, bytes]]]", found)
    await admit(context, agency, await opened(context, agency, [taken(*entry) for entry in entries]))


async def deciding_installation(client: Redis, data: Path) -> DecidingInstallation:
    """One claim of each task, one that waits for the family, and one that is due."""
    installation = await DecidingInstallation.opened(client, data)
    for name in ("bpjs", "bpjs-cabang"):
        await installation.registry.add(Agency(name=name, types=("claim.reviewed",)))
    await installation.registry.add(Agency(name="rsud", types=("claim.verified",)))
    one, two, three, four, five, six = niks(6)
    await installation.live(
        _death(Life(one).enrolled().paid_months("2025-01", "2026-01"), IN_ARREARS),
        _death(Life(two).enrolled().paid_months("2025-01", "2026-01"), OBJECTED)
        .reviewed("deny", "in-arrears", claim=OBJECTED)
        .objected(OBJECTED),
        Life(three)
        .insured()
        .filed(RETURNED)
        .died(claim=RETURNED)
        .heirs(heir(), heir("h2", "child", "2"), claim=RETURNED)
        .paid(f"{RETURNED}.2", 21_000_000, RETURNED)
        .returned(f"{RETURNED}.1", RETURNED),
        Life(four).insured().filed(LACKING, papers=("ktp",)).died(claim=LACKING),
        Life(five).insured().filed(OF_FAMILY, papers=()).died(claim=OF_FAMILY).heirs(heir(), claim=OF_FAMILY),
        _death(Life(six).insured(), DUE),
    )
    return installation


def _death(life: Life, claim: str) -> Life:
    return life.filed(claim).died(claim=claim).heirs(heir(), claim=claim)


def decision(
    claim: str,
    seen: int,
    *reasons: str,
    verdict: str = "approve",
    officer: str = "rina",
    agency: str = "bpjs",
) -> ReviewDecision:
    """A decision with grounds."""
    return ReviewDecision(
        claim=claim,
        decision=cast("Any", verdict),
        reasons=reasons,
        grounds=f"diperiksa oleh {officer}",
        agency=agency,
        officer=officer,
        seen=seen,
    )
