"""Opening an installation: created where there is nothing at all, else compared, and refused if it does not fit.

Creation marks the key store first, as begun, and the ledger last; only then is the key store whole. A creation that
was broken off anywhere is taken up by the next start with the identity that the key store has.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable
from contextlib import closing

import structlog
from redis.asyncio import Redis

from events.message import Message, message
from projections.store import DamagedError, Store
from services.installation.batch_directory import mark_directory
from services.installation.identity import InstallationError, InstallationIdentity, legible
from services.installation.inspection import Parts, look
from services.installation.mismatches import Part, PartMismatch, mismatches, nothing_there
from services.ledger.function_library import load_functions
from services.ledger.installation_marks import (
    Generation,
    mark_core,
    mark_edge,
    note_directory,
    note_edge,
    note_generation,
)
from services.platform.settings import Settings
from services.sealing.keystore import KeyStore
from services.sealing.tokens import Tokens

log = structlog.get_logger()


async def belonging(
    settings: Settings, core: Redis, edge: Redis | None, writes: Collection[Part] = ()
) -> InstallationIdentity:
    """Return which installation all parts belong to; create one where there is nothing.

    ``writes``: which of the read models and the batch files this process writes; these get their mark.

    Raises:
        InstallationError: parts are missing, or belong to another installation or epoch; nothing was written.
    """
    parts = await look(settings, core, edge)
    if nothing_there(parts):
        await _create(settings, core, edge)
        parts = await look(settings, core, edge)
    if mismatches(parts, writes):
        parts = await look(settings, core, edge)  # another process may just have created the rest
    if differences := mismatches(parts, writes):
        raise refusal(differences)
    ours = InstallationIdentity.read(parts.core.owner)
    await _complete(settings, core, parts, ours, writes)
    return ours


async def still_belonging(
    ours: InstallationIdentity, settings: Settings, core: Redis, edge: Redis | None
) -> list[Message]:
    """Return what does not belong to the installation that was opened; nothing is changed."""
    try:
        parts = await look(settings, core, edge)
    except InstallationError as error:
        return [error.message]
    if parts.core.owner != str(ours):
        return [message("mismatch.core-gone", ours=ours.short)]
    return [one.message for one in mismatches(parts)]


def refusal(mismatches: Iterable[PartMismatch]) -> InstallationError:
    """Return the error that names every mismatch."""
    return InstallationError(message("mismatch.all", parts=tuple(one.message for one in mismatches)))


async def _create(settings: Settings, core: Redis, edge: Redis | None) -> None:
    """Create the installation, or take up a creation that was broken off; each step may be repeated."""
    owner, fingerprint, generation = await asyncio.to_thread(_begin_keys, settings.keys_url)
    if edge is not None:
        await mark_edge(edge, owner)
    await load_functions(core)
    await note_edge(core, own=edge is not None)
    await mark_core(core, owner, fingerprint, generation)


def _begin_keys(url: str) -> tuple[str, str, Generation]:
    with closing(KeyStore(url)) as store:
        owner = store.begin(str(InstallationIdentity.new()))
        tokens = Tokens.opened(store)
        generation = Generation(*store.generation())
        return owner, tokens.fingerprint(InstallationIdentity.read(owner).id), generation


async def _complete(
    settings: Settings, core: Redis, parts: Parts, ours: InstallationIdentity, writes: Collection[Part]
) -> None:
    """Mark what is still empty in an installation that fits; read models are then built from the ledger."""
    if not parts.keys.whole:
        await asyncio.to_thread(_settle_keys, settings.keys_url, str(ours))
    if "batch files" in writes and not parts.batches:
        await asyncio.to_thread(mark_directory, parts.batches_at, str(ours))
    if "batch files" in writes and not parts.core.directory:
        await note_directory(core)
    if "read models" in writes and not parts.read_models:
        await asyncio.to_thread(_mark_read_models, settings.database_url, str(ours))
    if parts.keys.generation[0] > parts.core.generation.number:
        await load_functions(core)
        await note_generation(core, Generation(*parts.keys.generation))


def _settle_keys(url: str, owner: str) -> None:
    with closing(KeyStore(url)) as store:
        store.belong(owner)


def _mark_read_models(url: str, owner: str) -> None:
    try:
        with closing(Store(url)) as store:
            store.belong(owner)
    except DamagedError:
        log.warning("read-models.damaged")


class Gate:
    """Admits what has the mark of one installation: for connections and transactions while it is open."""

    def __init__(self, owner: InstallationIdentity, what: Message) -> None:
        """Admit only this installation in this epoch; ``what`` names the part."""
        self._owner, self._what = str(owner), what

    def __call__(self, mark: str) -> None:
        """Raise ``InstallationError`` for any other mark."""
        if mark != self._owner:
            theirs = InstallationIdentity.read(mark).short if legible(mark) else message("none")
            ours = InstallationIdentity.read(self._owner).short
            raise InstallationError(message("mismatch.gone", part=self._what, ours=ours, theirs=theirs))
