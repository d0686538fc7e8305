"""The Merkle tree of RFC 6962: leaves, roots, and the proofs that an entry or an earlier tree is part of a later one.

Whatever is proven of a tree follows from the hashes of its complete subtrees. A proof is a sequence of 32-byte hashes
in the order of RFC 6962, section 2.1, and is checked as RFC 9162 says, sections 2.1.3.2 and 2.1.4.2.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

Subtree: TypeAlias = Callable[[int, int], bytes]
"""The hash of a complete subtree by level and index: over the leaves from ``index << level`` on, ``1 << level`` of
them."""

EMPTY_ROOT = hashlib.sha256().digest()
"""The root of the tree that has no leaf."""


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of a leaf."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node over two others."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(hashes: Sequence[bytes]) -> bytes:
    """Return the root of the tree over these hashes, of leaves or of complete subtrees of one height."""
    row = list(hashes)
    if not row:
        return EMPTY_ROOT
    while len(row) > 1:
        pairs = [node_hash(left, right) for left, right in zip(row[::2], row[1::2], strict=False)]
        row = pairs + row[2 * len(pairs) :]
    return row[0]


def root(subtree: Subtree, size: int) -> bytes:
    """Return the root of the first ``size`` leaves."""
    return _range_root(subtree, 0, size) if size else EMPTY_ROOT


def inclusion_proof(subtree: Subtree, index: int, size: int) -> list[bytes]:
    """Return the proof that the leaf ``index`` is in the tree of the first ``size`` leaves."""
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has none at {index}")
    return [_range_root(subtree, start, end) for start, end in _beside(index, 0, size)]


def consistency_proof(subtree: Subtree, old_size: int, size: int) -> list[bytes]:
    """Return the proof that the tree of the first ``old_size`` leaves is the beginning of that of the first ``size``.

    There is nothing to prove where the earlier tree is empty, or the same.
    """
    if not 0 <= old_size <= size:
        raise ValueError(f"a tree of {size} leaves has no beginning of {old_size}")
    if old_size in {0, size}:
        return []
    start, end, proof = 0, size, list[bytes]()
    while end != old_size:
        middle = _middle(start, end)
        if old_size <= middle:
            proof.append(_range_root(subtree, middle, end))
            end = middle
        else:
            proof.append(_range_root(subtree, start, middle))
            start = middle
    if start:
        proof.append(_range_root(subtree, start, end))
    return proof[::-1]


def inclusion_is_proven(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether ``proof`` proves that the leaf with this hash stands at ``index`` in the tree of ``size`` leaves with this root."""
    if not 0 <= index < size or len(root) != len(EMPTY_ROOT):
        return False
    place, last, reached = index, size - 1, leaf
    for hash_ in proof:
        if not last:
            return False
        if place & 1 or place == last:
            reached = node_hash(hash_, reached)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            reached = node_hash(reached, hash_)
        place, last = place >> 1, last >> 1
    return not last and reached == root


def consistency_is_proven(
    old_size: int, size: int, proof: Sequence[bytes], old_root: bytes, root: bytes
) -> bool:
    """Whether ``proof`` proves that the tree of ``size`` leaves begins with that of ``old_size``; both by their roots.

    The empty tree is the beginning of every other, and its proof is empty, as C2SP ``tlog-witness`` has it.
    """
    if old_size == 0:
        return size >= 0 and not proof and old_root == EMPTY_ROOT and (size > 0 or root == EMPTY_ROOT)
    if old_size >= size:
        return old_size == size and not proof and old_root == root
    path = list(proof)
    if not old_size & (old_size - 1):
        path.insert(0, old_root)
    if not path:
        return False
    place, last = old_size - 1, size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old_reached = reached = path[0]
    for hash_ in path[1:]:
        if not last:
            return False
        if place & 1 or place == last:
            old_reached, reached = node_hash(hash_, old_reached), node_hash(hash_, reached)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            reached = node_hash(reached, hash_)
        place, last = place >> 1, last >> 1
    return not last and old_reached == old_root and reached == root


def _middle(start: int, end: int) -> int:
    """Where the tree over more than one leaf falls into two."""
    return start + (1 << (end - start - 1).bit_length() - 1)


def _beside(index: int, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The ranges beside the way from a leaf up to the root, the lowest first."""
    passed = []
    while end - start > 1:
        middle = _middle(start, end)
        if index < middle:
            passed.append((middle, end))
            end = middle
        else:
            passed.append((start, middle))
            start = middle
    return reversed(passed)


def _range_root(subtree: Subtree, start: int, end: int) -> bytes:
    """Return the root over leaves that stand below one node of a tree, of which there is at least one."""
    level = (end - start).bit_length() - 1
    if end - start == 1 << level:
        return subtree(level, start >> level)
    middle = _middle(start, end)
    return node_hash(_range_root(subtree, start, middle), _range_root(subtree, middle, end))
