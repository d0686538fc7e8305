"""The rulebooks that partitions have adopted, kept whole on the server, so that any of them can be applied again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import msgspec
from redis.asyncio import Redis

from services.ledger import keys


async def keep(client: Redis, digest: str, files: Mapping[str, str]) -> None:
    """Keep the files of a rulebook (name to text) under its hash; what is kept is never changed."""
    await client.hsetnx(keys.RULEBOOKS, digest, msgspec.json.encode(dict(sorted(files.items()))))


async def keep_anew(client: Redis, digest: str, files: Mapping[str, str]) -> None:
    """Keep the files of a rulebook in place of files under its hash that do not have it."""
    await client.hset(keys.RULEBOOKS, digest, msgspec.json.encode(dict(sorted(files.items()))))


async def kept(client: Redis) -> dict[str, dict[str, str]]:
    """Return the files of every rulebook that is kept, by hash; none where they cannot be read."""
    reply = cast("dict[bytes, bytes]", await client.hgetall(keys.RULEBOOKS))
    return {keys.stored_text(digest): _read(files) for digest, files in reply.items()}


def _read(files: bytes) -> dict[str, str]:
    try:
        return msgspec.json.decode(files, type=dict[str, str])
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return {}
