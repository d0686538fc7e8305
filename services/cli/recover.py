"""``recover`` and ``restore``: which parts belong together, and putting them together anew in an epoch of its own."""

from __future__ import annotations

import asyncio
import datetime as dt
import getpass
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from msgspec import Struct
from redis.asyncio import Redis

from projections.catalogue import PROJECTIONS
from projections.runner import Runner
from projections.sums import Reconciliation
from services.audit.archive import MANIFEST, Reader
from services.audit.backup import restore as put_back
from services.audit.findings import Result
from services.bootstrap import House, open_house
from services.cli.audit import examined, sums, told
from services.cli.failures import FINDING, OK, CommandError
from services.cli.options import AsJson, DataDir
from services.cli.output import Steps, console, show_json, tell
from services.cli.said import said
from services.cli.wording import Words, number
from services.clock import clock_of
from services.disbursement.accounts import Accounts
from services.disbursement.mending import Mending
from services.embedded import EmbeddedServer, UnreadableServerError, running
from services.installation import recovery
from services.installation.comparison import strangers
from services.installation.identity import Identity
from services.installation.parts import BATCHES, look
from services.installation.recovery import Recovery
from services.ledger.connection import connect
from services.ledger.marks import core_mark, note_restored
from services.ledger.payments import Payments
from services.sealing.keystore import KeyStore
from services.settings import Settings

Officer = Annotated[str | None, Parameter(help="Who recovers; recorded in the ledger, sealed.")]
Reason = Annotated[str | None, Parameter(help="Why; recorded in the ledger, sealed.")]


class Servers(Struct, frozen=True):
    """The core, the edge where it is a server of its own, and the settings that name them."""

    core: Redis
    edge: Redis | None
    settings: Settings


def recover(
    *,
    officer: Officer = None,
    reason: Reason = None,
    ledger: Annotated[
        Path | None,
        Parameter(help="Take the ledger from here: a backup, or another data directory. Ours is set aside."),
    ] = None,
    json: AsJson = False,
    data: DataDir = None,
) -> int:
    """Say which parts belong together, what is newer, what would be lost and what can be done.

    With --officer and --reason it is done: read models are built anew, batch files that the ledger does not know are
    taken over as left for the bank, and a new epoch begins. Stop the services first. Exit code 1 if something does not
    belong together.
    """
    if (officer is None) != (reason is None):
        raise CommandError(
            "a recovery has an officer and a reason.", "Give both --officer and --reason, or neither."
        )
    settings = Settings.read(data=data)
    if officer is None or reason is None:
        with Steps() as steps:
            found = asyncio.run(_look(settings, ledger, steps))
        show(found, json=json)
        return OK if found.sound else FINDING
    _refuse_running(settings)
    with Steps() as steps:
        if ledger is not None:
            with _exchanged(settings, ledger):
                asyncio.run(_look_at_copy(settings, ledger, steps))
        found = asyncio.run(_recover(settings, officer, reason, steps, anew=ledger is not None))
    show(found, json=json, done=True)
    return OK


def restore(
    place: Annotated[Path, Parameter(help="The backup.")],
    /,
    *,
    officer: Officer = None,
    reason: Reason = None,
    json: AsJson = False,
    data: DataDir = None,
) -> int:
    """Bring a backup back into an empty data directory or server, and prove it with `verify`.

    Refuses keys that are older than the ledger. Read models are built anew; agencies' outboxes are not in a backup. A new
    epoch begins. Batch files that are here and that the backup does not know are taken over as left for the bank.
    """
    if not place.is_dir():
        raise CommandError(f"{place} is no backup.", "Name the directory that `kelambu backup` wrote.")
    settings = Settings.read(data=data)
    _refuse_running(settings)
    who, why = officer or getpass.getuser(), reason or f"restored from {place.name}"

    async def work() -> tuple[Result, Reconciliation | None]:
        with Steps() as steps:
            async with _servers(settings) as servers:
                await _put_back(servers, place, steps)
                await _renewed(servers, who, why, anew=True)
                async with open_house(servers.settings) as house:
                    await _finish(house, steps)
                    result = await examined(house, steps.stage)
                    return result, sums(house, result)

    return told(*asyncio.run(work()), json=json)


async def _look(settings: Settings, ledger: Path | None, steps: Steps) -> Recovery:
    """Look at what is here, with the ledger of a copy in place of ours where one is named; nothing is changed."""
    with tempfile.TemporaryDirectory(prefix="kelambu-") as place:
        beside = None
        if ledger is not None:
            beside = Path(place)
            _refuse_named(settings)
            if not _is_backup(ledger):
                _copy(_server_in(ledger, settings.data / "server"), beside / "server")
        try:
            async with _servers(settings, beside) as servers:
                if ledger is not None and _is_backup(ledger):
                    await _put_back(servers, ledger, steps, f"sqlite:///{beside}/keys.db")
                return await recovery.examine(servers.settings, servers.core, servers.edge)
        except UnreadableServerError as error:
            return await recovery.without_ledger(settings, str(error))


async def _look_at_copy(settings: Settings, ledger: Path, steps: Steps) -> None:
    """Refuse a copy with which nothing could be recovered; a backup is put back into the empty server first."""
    async with _servers(settings) as servers:
        if _is_backup(ledger):
            await _put_back(servers, ledger, steps)
        found = await recovery.examine(servers.settings, servers.core, servers.edge)
    if found.blocked:
        raise recovery.refused(found)


async def _recover(settings: Settings, officer: str, reason: str, steps: Steps, *, anew: bool) -> Recovery:
    async with _servers(settings) as servers:
        found = await _renewed(servers, officer, reason, anew=anew)
        async with open_house(servers.settings) as house:
            await _finish(house, steps)
    return found


async def _renewed(servers: Servers, officer: str, reason: str, *, anew: bool) -> Recovery:
    settings = servers.settings
    now = clock_of(settings.data)()
    found, _ = await recovery.recover(
        settings, servers.core, servers.edge, officer=officer, reason=reason, now=now, anew=anew
    )
    return found


async def _put_back(servers: Servers, place: Path, steps: Steps, keys_url: str = "") -> None:
    """Write a backup into the empty server, unless that was done before; it is nobody's until it is recovered.

    Its keys go into the key store of the settings, or into the one at ``keys_url``.
    """
    settings, manifest = servers.settings, (await asyncio.to_thread(Reader, place)).manifest
    mark = await core_mark(servers.core)
    if mark.restored and mark.restored == manifest.installation and not mark.owner:
        return
    claimed = Identity.read(manifest.installation) if manifest.installation else Identity.new()
    if found := strangers(await look(settings, servers.core, servers.edge), claimed):
        raise CommandError(
            "something here belongs to another installation than the backup: " + "; ".join(found)
        )
    keys = KeyStore(keys_url or settings.keys_url)
    try:
        await put_back(place, servers.core, keys, steps.stage)
    finally:
        keys.close()
    await note_restored(servers.core, str(claimed))


def _is_backup(place: Path) -> bool:
    return (place / MANIFEST).is_file()


@contextmanager
def _exchanged(settings: Settings, ledger: Path) -> Iterator[None]:
    """Set the embedded server's files aside for a copy of another's, or for none where ``ledger`` is a backup.

    They are put back where what is done with the copy fails.
    """
    _refuse_named(settings)
    ours = settings.data / "server"
    aside = settings.data / f"server.{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%SZ}"
    source = None if _is_backup(ledger) else _server_in(ledger, ours)
    there = ours.exists()
    if there:
        ours.rename(aside)
    try:
        if source is not None:
            _copy(source, ours)
        yield
    except BaseException:
        shutil.rmtree(ours, ignore_errors=True)
        if there:
            aside.rename(ours)
        raise


def _copy(server: Path, place: Path) -> None:
    shutil.copytree(server, place, ignore=shutil.ignore_patterns("lock", "*.log", "*.sock"))


def _refuse_named(settings: Settings) -> None:
    if settings.redis_url is not None:
        raise CommandError(
            "the ledger stands on the server that REDIS_URL names.",
            "Bring its files back with the server's own means, then run `kelambu recover` without --ledger.",
        )


def _server_in(place: Path, ours: Path) -> Path:
    """Return where the server's files stand in a data directory, or in a copy of its server's directory alone."""
    source = place / "server" if (place / "server").is_dir() else place
    if not (source / "appendonlydir").is_dir() or source.resolve() == ours.resolve():
        raise CommandError(f"{source} is no copy of a ledger.", "Name a backup or another data directory.")
    if running(source.parent):
        raise CommandError(f"the services of {source.parent} are running.", "Stop them first.")
    return source


def _refuse_running(settings: Settings) -> None:
    if settings.redis_url is None and running(settings.data):
        raise CommandError(f"the services of {settings.data} are running.", "Stop them first.")


@asynccontextmanager
async def _servers(settings: Settings, place: Path | None = None) -> AsyncIterator[Servers]:
    """Connect to the servers that are named, or run the embedded one, on ``place`` if given; nothing is written to them."""
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


async def _finish(house: House, steps: Steps) -> None:
    """Build the read models as far as the ledger goes, and write what batch files are missing, with the same bytes."""
    store = house.read_models()
    try:
        with steps(said("Building read models")):
            await Runner(store, house.ledger, PROJECTIONS).catch_up()
    finally:
        store.close()
    accounts = Accounts(house.ledger, house.keys, house.tokens, house.registry)
    await Mending(Payments(house.core), accounts, house.settings.data / BATCHES).mend()


_NEWER = "First look for a newer copy of the ledger: `kelambu recover --ledger COPY` says what it lacks, and changes nothing."


def show(found: Recovery, *, json: bool, done: bool = False) -> None:
    """Print what was found and what is, or was, done."""
    if json:
        show_json(found)
        return
    out = console()
    if found.ledger:
        tell(
            out,
            said(
                f"The ledger: installation {found.ledger[:8]}, epoch {found.epoch}, {number(found.events)} events"
            ),
        )
    for one in found.mismatches:
        tell(out, f"✗ {said(one.what)}", style="red")
        tell(out, said(one.cure), indent=2)
    lost = found.lost
    if lost.claims or lost.batches:
        tell(
            out,
            said("What the ledger does not have:")
            if found.ledger
            else said("What read models and batch files still know:"),
        )
        if lost.claims:
            tell(
                out,
                said(
                    f"- {number(len(lost.claims))} claims, which their agencies must send again: {', '.join(lost.claims[:20])}"
                ),
            )
        if lost.batches:
            amount = Words().amount(lost.amount)
            tell(
                out,
                said(
                    f"- {number(lost.orders)} orders of {amount} that are at the bank, in {', '.join(lost.batches)}"
                ),
            )
        if not done:
            tell(out, said(_NEWER))
    named = {str(one) for one in found.mismatches}
    for obstacle in found.blocked:
        if obstacle not in named:
            tell(out, f"✗ {said(obstacle)}", style="red")
    for step in found.steps:
        tell(out, f"{'✓' if done else '→'} {said(step)}")
    if found.sound:
        tell(out, said("✓ Everything belongs together."), style="green")
    elif not done and not found.blocked:
        tell(out, said("To do this, stop the services and run: kelambu recover --officer NAME --reason WHY"))
