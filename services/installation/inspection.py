"""The parts of an installation: each is looked at, none is made or changed."""

from __future__ import annotations

import asyncio
from contextlib import closing
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace
from redis.asyncio import Redis

from projections.sqlite_files import file_of
from projections.store import DamagedError, Store
from services.installation.batch_directory import batch_files, owner_of
from services.installation.identity import legible
from services.ledger.installation_marks import CoreMark, Generation, core_mark, edge_mark
from services.platform.settings import Settings
from services.sealing.key_mark import KeysMark, look_at
from services.sealing.keystore import TOKEN_SECRET, KeyStore
from services.sealing.tokens import Tokens

BATCHES = "batches"
"""Below the data directory: the files that go to the bank."""


class Parts(Struct, frozen=True, kw_only=True):
    """Everything that must belong together. A mark is empty where the part has none."""

    core: CoreMark
    edge: str | None
    """Mark of the edge; None where the core is the edge too."""
    keys: KeysMark
    passed: str | None
    """Mark that the key store had in the generation that the ledger needs; None where it never came to it."""
    fingerprint: str
    """Of the token secret in the key store, for the installation of the core; empty where there is none."""
    read_models: str
    built: bool
    """Whether there are any read models."""
    damaged: bool = False
    """Whether the file of the read models cannot be read."""
    batches: str
    files: int
    """How many batch files there are."""
    batches_at: Path


async def look(settings: Settings, core: Redis, edge: Redis | None) -> Parts:
    """Look at every part that the settings name; ``edge`` where it is a server of its own."""
    of_core = await core_mark(core)
    of_core = replace(of_core, owner=legible(of_core.owner))
    installation = (of_core.owner or of_core.restored).partition("@")[0]
    keys, passed, fingerprint = await asyncio.to_thread(
        _keys, settings.keys_url, of_core.generation, installation
    )
    read_models, built, damaged = await asyncio.to_thread(_read_models, settings.database_url)
    directory = settings.data / BATCHES
    return Parts(
        core=of_core,
        edge=None if edge is None else legible(await edge_mark(edge)),
        keys=replace(keys, owner=legible(keys.owner)),
        passed=passed,
        fingerprint=fingerprint,
        read_models=legible(read_models),
        built=built,
        damaged=damaged,
        batches=owner_of(directory) or "",
        files=len(batch_files(directory)),
        batches_at=directory,
    )


def _keys(url: str, needed: Generation, installation: str) -> tuple[KeysMark, str | None, str]:
    mark = look_at(url)
    if mark.empty:
        return mark, None, ""
    with closing(KeyStore(url, lambda _: None)) as store:
        passed = store.mark_of(needed.number) if needed.number else ""
        secret = store.get([TOKEN_SECRET]).get(TOKEN_SECRET)
        return mark, passed, Tokens(secret).fingerprint(installation) if secret else ""


def _read_models(url: str) -> tuple[str, bool, bool]:
    """Return the mark, whether there are any, and whether the file is damaged."""
    file = file_of(url)
    if file is not None and (not file.exists() or not file.stat().st_size):
        return "", False, False
    try:
        with closing(Store(url)) as store:
            return store.owner(), not store.bare(), False
    except DamagedError:  # nobody's any more: whoever writes them says so, and sets them aside
        return "", False, True
