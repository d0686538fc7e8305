"""Verifying the installation that a command has open."""

from __future__ import annotations

from contextlib import closing

from projections.store import Store
from projections.sums import Reconciliation
from services.benefits.reading.kept import readable
from services.cli.read_models import has_read_models
from services.cli.render.sums import reconciled
from services.installation.inspection import BATCHES
from services.ledger.rulebooks import kept
from services.notary.notes import VerifierKey
from services.runtime.bootstrap import Installation
from services.runtime.embedded_server import running
from services.texts.progress import Progress
from services.verification.discrepancies import AuditResult
from services.verification.known_checkpoints import LogEvidence, OutsideCheckpoint
from services.verification.verify import Evidence
from services.verification.verify import verify as audit

_FEW = 5_000
"""Events that one process verifies sooner than several have begun."""


async def examined(
    installation: Installation,
    progress: Progress,
    outside: tuple[OutsideCheckpoint, ...] = (),
    trusted: tuple[VerifierKey, ...] = (),
) -> AuditResult:
    """Verify everything that the installation has, also against checkpoints that were kept ``outside`` of it."""
    settings = installation.settings
    store = Store(settings.database_url) if has_read_models(settings) else None
    batches = settings.data / BATCHES
    events = sum(await installation.heads())
    try:
        evidence = Evidence(
            client=installation.core,
            edge=installation.edge,
            ledger=installation.ledger,
            rulebook=installation.rulebook,
            rulebooks=readable(await kept(installation.core)),
            keys=installation.keys,
            batches=batches if batches.is_dir() else None,
            read_models=store,
            processes=0 if events > _FEW else 1,
            url=settings.redis_url or running(settings.data) or "",
            unsafe=settings.unsafe,
            keys_url=settings.keys_url,
            log=LogEvidence(log=settings.log, keys=settings.signing_keys, outside=outside, trusted=trusted),
        )
        return await audit(evidence, progress)
    finally:
        if store is not None:
            store.close()


def sums(installation: Installation, result: AuditResult) -> Reconciliation | None:
    """Bring all sums together as the read models have them.

    Nothing where they could not be compared with the ledger.
    """
    if not has_read_models(installation.settings) or any(
        what.key == "audit.not-built" for what in result.skipped
    ):
        return None
    with closing(Store(installation.settings.database_url)) as store, store.view() as view:
        return reconciled(view)
