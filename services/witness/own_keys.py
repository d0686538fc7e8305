"""The keys with which a witness cosigns, by Ed25519 and ML-DSA-44, in its directory beside its store."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

from events.message import message
from services.notary.key_files import keys_error, read_private, read_public, write_pair
from services.notary.notes import ED25519_COSIGNATURE, ML_DSA_44_COSIGNATURE, is_name
from services.notary.signatures import Signer
from services.platform.durability import sync
from services.texts.errors import AdvisedError, advised
from services.witness.store import WitnessStore

_ED25519, _ML_DSA = "ed25519", "ml-dsa-44"


def make_keys(store: WitnessStore, directory: Path, name: str) -> list[Signer]:
    """Make the keys of a witness and give it its name, once for ever; what was broken off is taken up.

    Raises:
        AdvisedError: it has another name already, or this can be none.
    """
    if not is_name(name) or len(name.encode()) > 255:
        raise advised("witness.bad-name", "witness.a-name", name=name)
    with store.changing():
        own_name = store.name()
        if own_name not in (None, name):
            raise AdvisedError(
                message("witness.has-name", name=str(own_name)), message("witness.another-directory")
            )
        if own_name is None:
            for kind, generate in (
                (_ED25519, Ed25519PrivateKey.generate),
                (_ML_DSA, MLDSA44PrivateKey.generate),
            ):
                for unfinished in directory.glob(f"{kind}.p*"):
                    unfinished.unlink()
                write_pair(directory, kind, generate())
            sync(directory)
            store.call(name)
    return read_signers(store, directory)


def read_signers(store: WitnessStore, directory: Path) -> list[Signer]:
    """Return what the witness cosigns with.

    Raises:
        SigningKeysError: its keys are missing or damaged, or others may read them.
    """
    name = store.name()
    if name is None:
        raise keys_error("witness.no-keys", "witness.make-keys", directory)
    one = read_public(directory / f"{_ED25519}.pub", Ed25519PublicKey)
    other = read_public(directory / f"{_ML_DSA}.pub", MLDSA44PublicKey)
    return [
        Signer(
            name, ED25519_COSIGNATURE, read_private(directory / f"{_ED25519}.pem", Ed25519PrivateKey, one)
        ),
        Signer(
            name, ML_DSA_44_COSIGNATURE, read_private(directory / f"{_ML_DSA}.pem", MLDSA44PrivateKey, other)
        ),
    ]
