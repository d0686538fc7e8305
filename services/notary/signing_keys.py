"""The private keys of the notary, in files: what signs checkpoints, by Ed25519 and ML-DSA-44, and what signs letters.

Keys are made three at a time, a generation, in a folder named by when that was; once they are retired the folder is
named by both moments and holds their public halves alone. Each change is one rename. While a rotation is under way the
keys of two generations sign checkpoints, and the newest signs letters.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, TypeAlias

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey
from msgspec import Struct

from services.notary.key_files import keys_error, read_private, read_public, write_pair
from services.notary.notes import ED25519, ML_DSA_44_COSIGNATURE, VerifierKey
from services.notary.signatures import PrivateKey, PublicKey, Signer
from services.platform.durability import sync

KeyUse: TypeAlias = Literal["log", "letters"]

_DRAFT = "draft"
_MOMENT = "%Y%m%dT%H%M%SZ"
_GENERATION = re.compile(r"([0-9]{8}T[0-9]{6}Z)(?:-([0-9]{8}T[0-9]{6}Z))?", re.ASCII)


class _KeyFile(Struct, frozen=True):
    """What a generation holds: the name of the files, what the key is for, and the type of its signatures."""

    name: str
    use: KeyUse
    kind: int
    made: Callable[[], PrivateKey]
    private: type[PrivateKey]
    public: type[PublicKey]


_FILES = (
    _KeyFile("log-ed25519", "log", ED25519, Ed25519PrivateKey.generate, Ed25519PrivateKey, Ed25519PublicKey),
    _KeyFile(
        "log-ml-dsa-44",
        "log",
        ML_DSA_44_COSIGNATURE,
        MLDSA44PrivateKey.generate,
        MLDSA44PrivateKey,
        MLDSA44PublicKey,
    ),
    _KeyFile(
        "letters-ed25519", "letters", ED25519, Ed25519PrivateKey.generate, Ed25519PrivateKey, Ed25519PublicKey
    ),
)


class NotaryKey(Struct, frozen=True):
    """One key of the notary: what it is for, since when it signs, and until when it did.

    ``private`` is None from then on.
    """

    use: KeyUse
    kind: int
    since: dt.datetime
    until: dt.datetime | None
    public: bytes
    private: PrivateKey | None

    def verifier(self, origin: str) -> VerifierKey:
        """Return its public half under the name that it has in the log of this origin."""
        return VerifierKey(_name(self.use, origin), self.kind, self.public)

    def signer(self, origin: str) -> Signer | None:
        """Return what signs with it; None once it is retired."""
        return None if self.private is None else Signer(_name(self.use, origin), self.kind, self.private)


def has_keys(directory: Path) -> bool:
    """Tell whether keys were ever made here."""
    return any(True for _ in _generations(directory))


def read_keys(directory: Path) -> list[NotaryKey]:
    """Return every key that there is or was, oldest generation first.

    Raises:
        SigningKeysError: there are none that sign, one of them is damaged, or others may read them.
    """
    all_keys = [
        key for folder, since, until in _generations(directory) for key in _read(folder, since, until)
    ]
    if not any(key.private for key in all_keys):
        raise keys_error("signing-keys.missing", "signing-keys.bring-back", directory)
    return all_keys


@contextmanager
def changing(directory: Path) -> Iterator[None]:
    """Keep others from changing the keys meanwhile; the directory is made where it is missing.

    Raises:
        SigningKeysError: somebody else is changing them, or the directory cannot be written.
    """
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(directory, os.O_RDONLY)
    except OSError:
        raise keys_error("signing-keys.not-written", "signing-keys.let-write", directory) from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise keys_error("signing-keys.changing", "signing-keys.in-a-moment", directory) from None
    finally:
        os.close(descriptor)


def draft_keys(directory: Path, now: dt.datetime) -> list[NotaryKey]:
    """Make the keys of a new generation, a full second of ``now``, which signs only once ``take_up`` is called.

    Raises:
        SigningKeysError: the directory cannot be written, a rotation is under way already, or the clock went back.
    """
    generations = list(_generations(directory))
    if sum(until is None for _, _, until in generations) > 1:
        raise keys_error("signing-keys.rotating", "signing-keys.finish-first", directory)
    if any(since >= now for _, since, _ in generations):
        raise keys_error("signing-keys.later", "signing-keys.set-clock", directory)
    draft = directory / _DRAFT
    try:
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        for one in _FILES:
            write_pair(draft, one.name, one.made())
        sync(draft)
    except OSError:
        raise keys_error("signing-keys.not-written", "signing-keys.let-write", directory) from None
    return list(_read(draft, now, None))


def take_up(directory: Path, now: dt.datetime) -> None:
    """Let the drafted generation sign from now on."""
    (directory / _DRAFT).rename(directory / now.astimezone(dt.UTC).strftime(_MOMENT))
    sync(directory)


def retire(directory: Path, now: dt.datetime) -> None:
    """End a rotation: every generation but the newest signs no more, and its private keys are destroyed.

    May be repeated where it was broken off.
    """
    *earlier, _ = (folder for folder, _, until in _generations(directory) if until is None)
    for folder in earlier:
        folder.rename(directory / f"{folder.name}-{now.astimezone(dt.UTC).strftime(_MOMENT)}")
    sync(directory)
    for folder, _, until in _generations(directory):
        if until is not None:
            for private in folder.glob("*.pem"):
                private.unlink()
            sync(folder)


def retiring(directory: Path) -> list[NotaryKey]:
    """Return the keys that ``retire`` ends: those of every generation that signs, but the newest.

    Raises:
        SigningKeysError: no rotation is under way.
    """
    signing = [key for key in read_keys(directory) if key.private is not None]
    earlier = [key for key in signing if key.since != signing[-1].since]
    if not earlier:
        raise keys_error("signing-keys.not-rotating", "signing-keys.rotate-first", directory)
    return earlier


class NotarySigner:
    """Signs with whatever keys stand in the directory at the moment: a rotation needs no restart."""

    def __init__(self, directory: Path, origin: str) -> None:
        self._directory, self._origin = directory, origin
        self._seen = -1
        self._keys: list[NotaryKey] = []

    def signers(self) -> list[Signer]:
        """Return what signs a checkpoint now.

        Raises:
            SigningKeysError: the keys are missing or damaged, or others may read them.
        """
        return [one for key in self._now() if key.use == "log" and (one := key.signer(self._origin))]

    def of_letters(self) -> Signer:
        """Return what signs a letter now.

        Raises:
            SigningKeysError: the keys are missing or damaged, or others may read them.
        """
        return [one for key in self._now() if key.use == "letters" and (one := key.signer(self._origin))][-1]

    def verifier_keys(self) -> list[VerifierKey]:
        """Return every key that signs checkpoints of this log, or did.

        Raises:
            SigningKeysError: the keys are missing or damaged, or others may read them.
        """
        return [key.verifier(self._origin) for key in self._now() if key.use == "log"]

    def _now(self) -> list[NotaryKey]:
        try:
            changed = self._directory.stat().st_mtime_ns
        except OSError:
            changed = -1
        if changed != self._seen or changed < 0:
            self._keys = read_keys(self._directory)
            self._seen = changed
        return self._keys


def _name(use: KeyUse, origin: str) -> str:
    """Return the name of a key: a log's is its origin, that of letters is of the installation."""
    return origin if use == "log" else f"{origin.rpartition('/')[0]}/letters"


def _generations(directory: Path) -> Iterator[tuple[Path, dt.datetime, dt.datetime | None]]:
    """Go through the folders of generations, oldest first, with when each began and ended."""
    try:
        folders = sorted(directory.iterdir(), key=lambda folder: folder.name[:16])
    except FileNotFoundError:
        return
    except OSError:
        raise keys_error("signing-keys.unreadable", "signing-keys.let-read", directory) from None
    for folder in folders:
        if match := _GENERATION.fullmatch(folder.name):
            yield folder, _moment(match[1]), _moment(match[2]) if match[2] else None


def _moment(text: str) -> dt.datetime:
    return dt.datetime.strptime(text, _MOMENT).replace(tzinfo=dt.UTC)


def _read(folder: Path, since: dt.datetime, until: dt.datetime | None) -> Iterator[NotaryKey]:
    for one in _FILES:
        public = read_public(folder / f"{one.name}.pub", one.public)
        private = None if until else read_private(folder / f"{one.name}.pem", one.private, public)
        yield NotaryKey(one.use, one.kind, since, until, public.public_bytes_raw(), private)
