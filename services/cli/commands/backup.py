"""``backup``: ledger, keys, registry and positions at one moment, as files that can be brought back."""

from __future__ import annotations

from pathlib import Path

from events.message import message
from services.backup.backup import backup as take_backup
from services.cli.exit_codes import OK
from services.cli.opening import with_installation
from services.cli.output import Steps, console, show_json, tell
from services.cli.trail_options import operator
from services.erasure.backups import note_backup
from services.runtime.bootstrap import Installation
from services.wording.terms import number


def backup(place: Path, /, *, json: bool = False, data: Path | None = None) -> int:
    """Copy ledger, keys, registry and positions at one cut. The installation may be running.

    The backup holds the keys: whoever has it can read everything. Keep it as safe as the installation.
    """
    noted = place.absolute()

    async def work(installation: Installation) -> object:
        await note_backup(installation, noted, operator(None))
        with Steps() as steps:
            manifest = await take_backup(
                installation.core,
                installation.ledger,
                installation.keys,
                place,
                steps.stage,
                log=installation.settings.log,
            )
        if not json:
            counts = {"events": number(manifest.events), "keys": number(manifest.keys)}
            tell(console(), message("backup.written", place=place, **counts))
        return manifest

    manifest = with_installation(data, work)
    if json:
        show_json(manifest)
    return OK
