"""``restore``: a backup brought back into an empty place, in an epoch of its own, and proved."""

from __future__ import annotations

import asyncio
import getpass
from pathlib import Path

from projections.sums import Reconciliation
from services.cli.commands.recover import finish, open_servers, renewed, restore_backup
from services.cli.exit_codes import command_error
from services.cli.output import Steps, errors, tell
from services.cli.render.audit import show_audit
from services.cli.stand_in_copies import (
    refuse_running,
)
from services.cli.verification import examined, sums
from services.platform.settings import Settings
from services.recovery.examination import Recovery, RecoveryDecision
from services.runtime.bootstrap import open_installation
from services.verification.discrepancies import AuditResult


def restore(
    place: Path,
    /,
    *,
    officer: str | None = None,
    reason: str | None = None,
    json: bool = False,
    data: Path | None = None,
) -> int:
    """Bring a backup back into an empty data directory or server, and prove it with `verify`.

    Refuses keys that are older than the ledger. Read models are built anew; agencies' outboxes are not in a backup. A
    new epoch begins. Batch files that are here and that the backup does not know are taken over as left for the bank.
    """
    if not place.is_dir():
        raise command_error("recover.no-backup", "recover.name-backup", place=place)
    settings = Settings.read(data=data)
    if settings.redis_url is None:
        refuse_running(settings.data)
    decision = RecoveryDecision(officer or getpass.getuser(), reason or f"restored from {place.name}")

    async def work() -> tuple[Recovery, AuditResult, Reconciliation | None]:
        with Steps() as steps:
            async with open_servers(settings) as servers:
                await restore_backup(servers, place, steps)
                recovery = await renewed(servers, decision, anew=True)
                async with open_installation(servers.settings) as installation:
                    await finish(installation, steps)
                    result = await examined(installation, steps.stage)
                    return recovery, result, sums(installation, result)

    recovery, result, matched = asyncio.run(work())
    code = show_audit(result, matched, json=json)
    if recovery.ask:
        tell(errors(), recovery.ask)
    return code
