"""Kelambu's own key, under which it seals who did something and why."""

from __future__ import annotations

import asyncio
from typing import Protocol

from redis.asyncio import Redis

from services.ledger.installation_marks import Generation, note_generation
from services.platform.clock import Clock
from services.sealing.keystore import OWN_KEY, KeyStore
from services.sealing.tokens import Tokens


class SealingHolder(Protocol):
    """As much of an open installation as sealing needs. ``identity`` is its mark, empty where any server is let in."""

    @property
    def core(self) -> Redis: ...
    @property
    def identity(self) -> object: ...
    @property
    def keys(self) -> KeyStore: ...
    @property
    def tokens(self) -> Tokens: ...
    @property
    def clock(self) -> Clock: ...


async def own_key(installation: SealingHolder) -> bytes:
    """Return the key, made where there is none; it is on disk, and the ledger knows that it needs it, when this returns.

    Raises:
        ExchangedError: the server is another installation's by now.
    """
    key, generation = await asyncio.to_thread(_read, installation.keys)
    await note_generation(installation.core, generation, str(installation.identity))
    return key


def _read(keys: KeyStore) -> tuple[bytes, Generation]:
    key = keys.get_or_create([OWN_KEY])[OWN_KEY]
    return key, Generation(*keys.generation())
