"""Tiles of C2SP ``tlog-tiles``: where each stands, what it holds, and the right edge of the tree, where it grows.

A tile has up to 256 hashes; at level 0 these are leaf hashes, above each the root of a full tile of the level below. A
bundle has the entries of the tile of level 0 with the same number, each behind its length in two bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import reduce

from msgspec import Struct

from services.notary.merkle import EMPTY_ROOT, node_hash, root_of

HEIGHT = 8
WIDTH = 1 << HEIGHT
"""Hashes of a full tile."""
HASH_BYTES = 32


class Tile(Struct, frozen=True):
    """A tile of hashes. Partial where it has fewer than ``WIDTH``."""

    level: int
    number: int
    hashes: Sequence[bytes]

    @property
    def path(self) -> str:
        """Where it stands below the log."""
        return f"tile/{self.level}/{tile_path(self.number, len(self.hashes))}"


def tile_path(number: int, width: int = WIDTH) -> str:
    """Return the number of a tile as a path, ``x001/x234/067``; with ``.p/WIDTH`` where it is partial."""
    digits = f"{number:03d}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    parts = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    full = "/".join([*(f"x{part}" for part in parts[:-1]), parts[-1]])
    return full if width == WIDTH else f"{full}.p/{width}"


def bundle_path(number: int, width: int = WIDTH) -> str:
    """Return where the entries of a tile stand below the log."""
    return f"tile/entries/{tile_path(number, width)}"


def bundled(entries: Iterable[bytes]) -> bytes:
    """Return entries as they stand in a bundle."""
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def unbundled(bundle: bytes) -> Iterator[bytes]:
    """The entries of a bundle. Raises ``ValueError`` where one is cut off."""
    at = 0
    while at < len(bundle):
        start = at + 2
        at = start + int.from_bytes(bundle[at:start], "big")
        if at > len(bundle) or start > len(bundle):
            raise ValueError("an entry is cut off")
        yield bundle[start:at]


class RightEdge:
    """The tree where it grows: of each level the hashes that fill no tile yet."""

    def __init__(self, size: int = 0, hashes: Sequence[Sequence[bytes]] = ()) -> None:
        """Go on from a tree of ``size`` leaves, with the hashes of the partial tile of each level, from 0 on."""
        self.size = size
        self._hashes = [list(row) for row in hashes]

    def extend(self, leaf_hashes: Sequence[bytes]) -> list[Tile]:
        """Append leaves; returns the tiles that became full by it, those of a level before those above."""
        filled, hashes, level = list[Tile](), leaf_hashes, 0
        while hashes:
            if level == len(self._hashes):
                self._hashes.append([])
            row = [*self._hashes[level], *hashes]
            full, number = len(row) & -WIDTH, self.size >> HEIGHT * (level + 1)
            tiles = [Tile(level, number + n, row[n * WIDTH : (n + 1) * WIDTH]) for n in range(full >> HEIGHT)]
            self._hashes[level] = row[full:]
            filled += tiles
            hashes, level = [root_of(tile.hashes) for tile in tiles], level + 1
        self.size += len(leaf_hashes)
        return filled

    def partial(self) -> list[Tile]:
        """Return the tiles that are not full, from level 0 on."""
        return [
            Tile(level, self.size >> HEIGHT * (level + 1), tuple(row))
            for level, row in enumerate(self._hashes)
            if row
        ]

    def root(self) -> bytes:
        """Return the root of the tree."""
        peaks = [peak for row in reversed(self._hashes) for peak in _peaks(row)]
        return reduce(lambda right, left: node_hash(left, right), reversed(peaks)) if peaks else EMPTY_ROOT


def _peaks(row: Sequence[bytes]) -> Iterator[bytes]:
    """The roots of the complete subtrees over a row, the largest first."""
    at = 0
    for bit in reversed(range(HEIGHT)):
        if len(row) >> bit & 1:
            yield root_of(row[at : at + (1 << bit)])
            at += 1 << bit
