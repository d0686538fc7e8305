"""Logs for tests, built from the public formats alone.

RFC 6962, and of C2SP signed-note, cosignature, tiles and tlog-proof. Nothing here is of the product, so that what it
writes and what it reads are not wrong in the same way.
"""

from __future__ import annotations

import base64
import hashlib
import struct
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

ORIGIN = "kelambu/0123456789abcdef0123456789abcdef/log-1"


def tree(leaves: Sequence[bytes]) -> bytes:
    """MTH of RFC 6962, section 2.1, as it is written there."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\0" + leaves[0]).digest()
    k = split(len(leaves))
    return hashlib.sha256(b"\1" + tree(leaves[:k]) + tree(leaves[k:])).digest()


def path(m: int, leaves: Sequence[bytes]) -> list[bytes]:
    """PATH of RFC 6962, section 2.1.1."""
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if m < k:
        return [*path(m, leaves[:k]), tree(leaves[k:])]
    return [*path(m - k, leaves[k:]), tree(leaves[:k])]


def proof(m: int, leaves: Sequence[bytes], *, whole: bool = True) -> list[bytes]:
    """PROOF and SUBPROOF of RFC 6962, section 2.1.2."""
    n = len(leaves)
    if m == n:
        return [] if whole else [tree(leaves)]
    k = split(n)
    if m <= k:
        return [*proof(m, leaves[:k], whole=whole), tree(leaves[k:])]
    return [*proof(m - k, leaves[k:], whole=False), tree(leaves[:k])]


def split(n: int) -> int:
    """The largest power of two smaller than n."""
    return 1 << (n - 1).bit_length() - 1


def base64_of(content: bytes) -> str:
    return base64.b64encode(content).decode()


class NoteKey:
    """A key that signs notes: 0x01 Ed25519 of the log, 0x04 Ed25519 and 0x06 ML-DSA-44 of a cosigner."""

    def __init__(self, name: str, kind: int, seed: int) -> None:
        self.name, self.kind = name, kind
        self._key: Ed25519PrivateKey | MLDSA44PrivateKey
        secret = bytes([seed]) * 32
        if kind == 6:
            self._key = MLDSA44PrivateKey.from_seed_bytes(secret)
        else:
            self._key = Ed25519PrivateKey.from_private_bytes(secret)
        self._public = bytes([kind]) + self._key.public_key().public_bytes_raw()
        self._id = hashlib.sha256(name.encode() + b"\n" + self._public).digest()[:4]

    @property
    def text(self) -> str:
        return f"{self.name}+{self._id.hex()}+{base64_of(self._public)}"

    def line(self, body: str, time: int = 1_790_000_000) -> str:
        """The signature line over a checkpoint."""
        stamp = struct.pack(">Q", time)
        if self.kind == 1:
            signature = self._key.sign(body.encode())
        elif self.kind == 4:
            signature = stamp + self._key.sign(f"cosignature/v1\ntime {time}\n{body}".encode())
        else:
            origin, size, root = body.split("\n")[:3]
            told = b"subtree/v1\n\0" + _short(self.name) + stamp + _short(origin)
            told += struct.pack(">QQ", 0, int(size)) + base64.b64decode(root)
            signature = stamp + self._key.sign(told)
        return f"— {self.name} {base64_of(self._id + signature)}\n"


def _short(text: str) -> bytes:
    return bytes([len(text)]) + text.encode()


LOG_KEY, QUANTUM_KEY = NoteKey(ORIGIN, 1, 1), NoteKey(ORIGIN, 6, 2)
WITNESS, OTHER_WITNESS = NoteKey("witness.example/bpkp", 4, 3), NoteKey("witness.example/bpk", 6, 4)
STRANGER = NoteKey(ORIGIN, 1, 9)
"""Somebody who has a key of the log's name and not the log's key."""


def leaf(stream: str, position: int, body: bytes) -> bytes:
    return f"{stream}\n{position}\n".encode() + body


class BuiltLog:
    """A log of these entries, in their order."""

    def __init__(self, leaves: Sequence[bytes], origin: str = ORIGIN) -> None:
        self.leaves, self.origin = list(leaves), origin

    def body(self, size: int | None = None) -> str:
        """The text of the checkpoint, with the head of every stream."""
        size = len(self.leaves) if size is None else size
        heads: dict[str, tuple[int, bytes]] = {"ledger/0": (0, b""), "ledger/1": (0, b""), "trail": (0, b"")}
        for entry in self.leaves[:size]:
            stream, position, told = (*entry.split(b"\n", 2), b"0", b"")[:3]
            heads[stream.decode()] = int(position), told
        lines = [self.origin, str(size), base64_of(tree(self.leaves[:size]))]
        lines += [
            f"{name} {at} {base64_of(hashlib.sha256(told).digest())}" for name, (at, told) in heads.items()
        ]
        return "".join(f"{line}\n" for line in lines)

    def checkpoint(self, size: int | None = None, keys: Sequence[NoteKey] = (LOG_KEY,)) -> bytes:
        body = self.body(size)
        return (body + "\n" + "".join(key.line(body) for key in keys)).encode()

    def proof(self, index: int, checkpoint: bytes, size: int | None = None, extra: bytes = b"") -> bytes:
        """The ``tlog-proof`` of an entry."""
        head = "c2sp.org/tlog-proof@v1\n" + (f"extra {base64_of(extra)}\n" if extra else "")
        hashes = "".join(f"{base64_of(one)}\n" for one in path(index, self.leaves[:size]))
        return f"{head}index {index}\n{hashes}\n".encode() + checkpoint

    def written(self, directory: Path, keys: Sequence[NoteKey] = (LOG_KEY,)) -> Path:
        """Write tiles, entries and checkpoint."""
        for name, content in {**self.files(keys), **self._indices()}.items():
            file = directory / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        return directory

    def files(self, keys: Sequence[NoteKey] = (LOG_KEY,)) -> dict[str, bytes]:
        made = {"checkpoint": self.checkpoint(keys=keys)}
        for number, part in _tiles(self.leaves):
            bundle = b"".join(struct.pack(">H", len(one)) + one for one in part)
            made[f"tile/entries/{_numbered(number, len(part))}"] = bundle
        level, hashes = 0, [tree([one]) for one in self.leaves]
        height = 256
        while hashes:
            for number, part in _tiles(hashes):
                made[f"tile/{level}/{_numbered(number, len(part))}"] = b"".join(part)
            full = len(self.leaves) // height
            hashes = [tree(self.leaves[at * height : (at + 1) * height]) for at in range(full)]
            level, height = level + 1, height * 256
        return made

    def _indices(self) -> dict[str, bytes]:
        """The leaf index of each position, as the product keeps it beside the tiles."""
        made: dict[str, bytes] = {}
        for index, entry in enumerate(self.leaves):
            name = f"index/{_stream(entry)}"
            made[name] = made.get(name, b"") + struct.pack(">Q", index)
        return made


def _stream(entry: bytes) -> str:
    return entry.split(b"\n")[0].decode().replace("/", "-")


def _tiles(items: Sequence[bytes]) -> list[tuple[int, Sequence[bytes]]]:
    return [(at // 256, items[at : at + 256]) for at in range(0, len(items), 256)]


def _numbered(number: int, width: int) -> str:
    digits = f"{number:03d}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    name = "/".join([f"x{group}" for group in groups[:-1]] + groups[-1:])
    return name if width == 256 else f"{name}.p/{width}"


def interleaved(count: int, change: Callable[[int, bytes], bytes] = lambda _, body: body) -> list[bytes]:
    """Entries of two partitions and the trail, in turns; ``change`` may say something else of one."""
    positions: Mapping[str, list[int]] = {"ledger/0": [], "ledger/1": [], "trail": []}
    leaves = []
    for number in range(count):
        stream = list(positions)[number * number % 7 % 3]
        position = len(positions[stream]) + 1
        positions[stream].append(number)
        partition = stream.removeprefix("ledger/")
        body = f'{{"type":"kelambu.test","partition":{partition},"position":{position},"n":{number}}}'
        if stream == "trail":
            body = f'{{"type":"test","n":{number}}}'
        leaves.append(leaf(stream, position, change(number, body.encode())))
    return leaves
