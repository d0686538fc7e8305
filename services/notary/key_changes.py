"""Making, adding and retiring the notary's keys.

Each change stands in the audit trail before any key signs, or signs no more.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from services.audit_trail.records import KeyChange, NotaryKeysChanged
from services.audit_trail.trail import TrailSignature, append
from services.notary.signing_keys import (
    NotaryKey,
    changing,
    draft_keys,
    has_keys,
    read_keys,
    retire,
    retiring,
    take_up,
)
from services.sealing.own_key import SealingHolder

_NOTARY: TrailSignature = {"by": "notary", "reason": "", "engagement": ""}
"""Who makes the first keys."""


async def ensure_keys(holder: SealingHolder, directory: Path, origin: str, *, begun: bool) -> None:
    """Make sure that there are keys. The first are made where the log has not ``begun``; later ones are never made up.

    Raises:
        SigningKeysError: the log has begun and its keys are missing or damaged, or others may read them.
    """
    if begun or has_keys(directory):
        read_keys(directory)
    else:
        await _add(holder, directory, origin, "made", _NOTARY)


async def rotate_keys(
    holder: SealingHolder, directory: Path, origin: str, signature: TrailSignature
) -> list[NotaryKey]:
    """Add a generation of keys that signs beside the earlier one; returns its keys.

    Raises:
        SigningKeysError: a rotation is under way already, or the keys are missing, damaged or open to others.
    """
    read_keys(directory)
    return await _add(holder, directory, origin, "added", signature)


async def finish_rotation(
    holder: SealingHolder, directory: Path, origin: str, signature: TrailSignature
) -> list[NotaryKey]:
    """Retire every generation but the newest: its private keys are destroyed. Returns the keys that were retired.

    Raises:
        SigningKeysError: no rotation is under way.
    """
    with changing(directory):
        ended = retiring(directory)
        await _record(holder, "retired", ended, origin, signature)
        retire(directory, holder.clock())
    return ended


async def _add(
    holder: SealingHolder, directory: Path, origin: str, change: KeyChange, signature: TrailSignature
) -> list[NotaryKey]:
    with changing(directory):
        now = holder.clock().astimezone(dt.UTC).replace(microsecond=0)
        keys = draft_keys(directory, now)
        await _record(holder, change, keys, origin, signature)
        take_up(directory, now)
    return keys


async def _record(
    holder: SealingHolder,
    change: KeyChange,
    keys: Sequence[NotaryKey],
    origin: str,
    signature: TrailSignature,
) -> None:
    verifiers = tuple(str(key.verifier(origin)) for key in keys)
    await append(holder, NotaryKeysChanged(change=change, keys=verifiers), **signature)
