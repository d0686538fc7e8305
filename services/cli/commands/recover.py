"""``recover``: which parts belong together, and putting them together anew in an epoch of its own."""

from __future__ import annotations

import asyncio
import re
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace
from redis.asyncio import Redis

from events.message import message
from projections.catalogue import PROJECTIONS
from projections.runner import Runner
from services.backup.archive import BackupReader
from services.backup.log_copies import put_back_log
from services.backup.restore import restore
from services.cli.exit_codes import FINDING, OK, command_error
from services.cli.output import Steps
from services.cli.render.recovery import show_recovery
from services.cli.stand_in_copies import (
    copy_keys,
    copy_server,
    drafted,
    exchanged,
    is_backup,
    refuse_named_server,
    refuse_running,
    server_in,
)
from services.disbursement.accounts import Accounts
from services.disbursement.missing_files import MissingFiles
from services.installation.identity import InstallationIdentity
from services.installation.inspection import BATCHES, look
from services.installation.mismatches import strangers
from services.ledger.connection import connect
from services.ledger.installation_marks import core_mark
from services.ledger.payments import Payments
from services.platform.clock import clock_of
from services.platform.settings import Settings
from services.recovery import examination, recovery
from services.recovery.examination import Recovery, RecoveryDecision
from services.runtime.bootstrap import Installation, open_installation
from services.runtime.embedded_server import EmbeddedServer, UnreadableServerError, running
from services.sealing.keystore import KeyStore

_LABEL = re.compile(r"p[0-9]{2,}-(0|[1-9][0-9]*)")
"""The name of a batch: its partition and its number there, 0 before the first."""


class Servers(Struct, frozen=True):
    """The core, the edge where it is a server of its own, and the settings that name them."""

    core: Redis
    edge: Redis | None
    settings: Settings


def recover(
    *,
    officer: str | None = None,
    reason: str | None = None,
    ledger: Path | None = None,
    keys: Path | None = None,
    lost_keys: int = 0,
    last_at_bank: str = "",
    json: bool = False,
    data: Path | None = None,
) -> int:
    """Say which parts belong together, what is newer, what would be lost and what can be done.

    With --officer and --reason it is done: read models are built anew, batch files that the ledger does not know are
    taken over as left for the bank, and a new epoch begins. Stop the services first. Exit code 1 if something does not
    belong together.
    """
    if (officer is None) != (reason is None):
        raise command_error("recover.officer-or-reason", "recover.give-both")
    if ledger is not None and keys is not None:
        raise command_error("recover.one-part", "recover.one-then-other")
    settings = Settings.read(data=data)
    bank = _batches_of(last_at_bank)
    decision = RecoveryDecision(officer or "", reason or "", lost_keys, bank)
    if officer is None or reason is None:
        with Steps() as steps:
            outcome = asyncio.run(_look(settings, ledger, keys, decision, steps))
        show_recovery(outcome, json=json, options=_options(ledger, keys, lost_keys, bank))
        return OK if outcome.sound else FINDING
    if settings.redis_url is None:
        refuse_running(settings.data)
    with Steps() as steps:
        copied = ledger is not None or keys is not None
        if copied:
            _take(settings, ledger, keys, decision, steps)
        outcome = asyncio.run(_recover(settings, decision, steps, anew=copied))
    show_recovery(outcome, json=json, done=True)
    return OK


def _batches_of(names: str) -> tuple[str, ...]:
    """Read the last batch of each partition, such as ``p00-3,p01-0``."""
    bank = tuple(sorted(filter(None, names.replace(" ", "").split(","))))
    if wrong := [one for one in bank if not _LABEL.fullmatch(one)]:
        raise command_error("recover.no-batch", "recover.name-batches", given=wrong[0])
    return bank


async def _look(
    settings: Settings, ledger: Path | None, keys: Path | None, decision: RecoveryDecision, steps: Steps
) -> Recovery:
    """Look at what is here, with the ledger or the keys of a copy in place of ours where one is named.

    Nothing is changed.
    """
    with tempfile.TemporaryDirectory(prefix="kelambu-") as place:
        beside = None
        if keys is not None:
            copy_keys(settings, keys, Path(place) / "keys")
            settings = replace(settings, keys_url=f"sqlite:///{place}/keys/keys.db")
        if ledger is not None:
            beside = Path(place)
            refuse_named_server(settings)
            if not is_backup(ledger):
                copy_server(server_in(ledger, settings.data / "server"), beside / "server")
        try:
            async with open_servers(settings, beside) as servers:
                if ledger is not None and is_backup(ledger):
                    await restore_backup(servers, ledger, steps, f"sqlite:///{beside}/keys.db")
                return await examination.examine(servers.settings, servers.core, servers.edge, decision)
        except UnreadableServerError as error:
            return await examination.without_ledger(settings, error.message)


def _take(
    settings: Settings, ledger: Path | None, keys: Path | None, decision: RecoveryDecision, steps: Steps
) -> None:
    """Put the ledger or the keys of a copy in the place of ours, or leave ours where nothing could be recovered so."""
    part = "server" if keys is None else "keys"
    with drafted(settings.data / f"{part}.draft") as draft:
        if keys is not None:
            copy_keys(settings, keys, draft)
        elif ledger is not None:
            refuse_named_server(settings)
            if not is_backup(ledger):
                copy_server(server_in(ledger, settings.data / part), draft)
        with exchanged(settings.data / part, draft):
            asyncio.run(_look_at_copy(settings, ledger, decision, steps))


async def _look_at_copy(
    settings: Settings, ledger: Path | None, decision: RecoveryDecision, steps: Steps
) -> None:
    """Refuse a copy with which nothing could be recovered; a backup is put back into the empty server first."""
    async with open_servers(settings) as servers:
        if ledger is not None and is_backup(ledger):
            await restore_backup(servers, ledger, steps)
        examined = await examination.examine(servers.settings, servers.core, servers.edge, decision)
    if examined.blocked:
        raise examination.refused(examined)


async def _recover(settings: Settings, decision: RecoveryDecision, steps: Steps, *, anew: bool) -> Recovery:
    async with open_servers(settings) as servers:
        outcome = await renewed(servers, decision, anew=anew)
        async with open_installation(servers.settings) as installation:
            await finish(installation, steps)
    return outcome


async def renewed(servers: Servers, decision: RecoveryDecision, *, anew: bool) -> Recovery:
    """Begin a new epoch, with every part marked anew."""
    now = clock_of(servers.settings.data)()
    outcome, _ = await recovery.recover(
        servers.settings, servers.core, servers.edge, decision, now=now, anew=anew
    )
    return outcome


async def restore_backup(servers: Servers, place: Path, steps: Steps, keys_url: str = "") -> None:
    """Write a backup into the empty server, unless that was done before; it is nobody's until it is recovered.

    Its keys go into the key store of the settings, or into the one at ``keys_url``.
    """
    settings, backup = servers.settings, await asyncio.to_thread(BackupReader, place)
    manifest, mark = backup.manifest, await core_mark(servers.core)
    if mark.restored and mark.restoring == backup.sha256 and not mark.owner:
        return
    claimed = (
        InstallationIdentity.read(manifest.installation)
        if manifest.installation
        else InstallationIdentity.new()
    )
    if reasons := strangers(await look(settings, servers.core, servers.edge), claimed):
        raise command_error("recover.strangers", parts=tuple(reasons))
    with closing(KeyStore(keys_url or settings.keys_url)) as keys:
        await restore(place, servers.core, keys, steps.stage, whose=str(claimed))
    if not keys_url:
        await asyncio.to_thread(put_back_log, backup, settings.log)


@asynccontextmanager
async def open_servers(settings: Settings, place: Path | None = None) -> AsyncIterator[Servers]:
    """Connect to the servers that are named, or run the embedded one, on ``place`` if given.

    Nothing is written to them.
    """
    async with AsyncExitStack() as stack:
        url = None if place else settings.redis_url or running(settings.data)
        if url is None:
            server = EmbeddedServer.start(place or settings.data)
            stack.callback(server.stop)
            url = server.url
        settings = settings.with_server(url)
        core = await stack.enter_async_context(await connect(url, unsafe=settings.unsafe))
        edge = None
        if settings.edge_url and settings.edge_url != url:
            edge = await stack.enter_async_context(await connect(settings.edge_url, unsafe=settings.unsafe))
        yield Servers(core, edge, settings)


async def finish(installation: Installation, steps: Steps) -> None:
    """Build the read models as far as the ledger goes, and write what batch files are missing, with the same bytes."""
    with closing(installation.read_models()) as store, steps(message("recover.building")):
        await Runner(store, installation.ledger, PROJECTIONS).catch_up()
    accounts = Accounts(installation.ledger, installation.keys, installation.tokens, installation.registry)
    await MissingFiles(Payments(installation.core), accounts, installation.settings.data / BATCHES).mend()


def _options(ledger: Path | None, keys: Path | None, lost_keys: int, bank: tuple[str, ...]) -> list[str]:
    """Return what a recovery was asked with, as it must be repeated to do it."""
    return [
        *(["--ledger", str(ledger)] if ledger else []),
        *(["--keys", str(keys)] if keys else []),
        *(["--lost-keys", str(lost_keys)] if lost_keys else []),
        *(["--last-at-bank", ",".join(bank)] if bank else []),
    ]
