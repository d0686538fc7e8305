"""Which partition a person is in."""

from __future__ import annotations

import hashlib

MAX_PARTITIONS = 100


def partition_of(person: str, partitions: int) -> int:
    """Return the partition that holds everything about a person, by the person's token."""
    return int.from_bytes(hashlib.sha256(person.encode()).digest()[:4]) % partitions
