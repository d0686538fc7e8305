"""Kelambu's own key, and what a named person does, sealed under it: who did it, and why."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from typing import Protocol, TypeVar

from msgspec.structs import replace
from redis.asyncio import Redis

from events.operation import ParkedDiscarded, ParkedRetried, PersonErased, ReleaseArranged
from events.payment import ReleaseApproved, ReleaseRefused
from events.redaction import redact
from services.ledger.installation_marks import Generation, note_generation
from services.ledger.keys import id_hash
from services.ledger.protocol import Ledger
from services.platform.clock import Clock
from services.sealing.box import seal
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
    """Return the key, made where there is none.

    It is on disk, and the ledger knows that it needs it, when this returns.

    Raises:
        ExchangedError: the server is another installation's by now.
    """
    key, generation = await asyncio.to_thread(_read, installation.keys)
    await note_generation(installation.core, generation, str(installation.identity))
    return key


def _read(keys: KeyStore) -> tuple[bytes, Generation]:
    key = keys.get_or_create([OWN_KEY])[OWN_KEY]
    return key, Generation(*keys.generation())


class ActsHolder(SealingHolder, Protocol):
    """As much of an open installation as an act needs."""

    @property
    def ledger(self) -> Ledger: ...


Act = TypeVar(
    "Act",
    bound=ReleaseApproved | ReleaseRefused | ReleaseArranged | ParkedRetried | ParkedDiscarded | PersonErased,
)


def act_id() -> str:
    """Return what makes the id of an act the only one of its kind; never sixteen digits alone, which no id may have."""
    return f"r{secrets.token_hex(8)}"


async def sealed(installation: ActsHolder, acts: Sequence[Act]) -> list[Act]:
    """Return these acts as they are recorded.

    The key is on disk, and the ledger knows that it needs it, before they are.
    """
    key = await own_key(installation)
    sealed_acts = []
    for act in acts:
        redacted, values = redact(act, installation.tokens)
        box = seal(OWN_KEY, key, values, id_hash(redacted.source, redacted.id))
        sealed_acts.append(replace(redacted, admittedtime=redacted.time, sealed=box))
    return sealed_acts
