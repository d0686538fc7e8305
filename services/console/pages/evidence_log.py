"""The log that proves that nothing was altered or removed.

Its newest checkpoint and its keys, for whoever keeps them elsewhere.
"""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Mapping

from litestar import Response, get
from msgspec import Struct

from events.message import message
from services.console.asking import READS_ALL
from services.console.context import Console
from services.console.errors import missing
from services.console.rendering import attachment, page
from services.evidence.bundle import VERIFIER, verifier_program
from services.notary.cosignatures import read_tree_head
from services.notary.log import Log
from services.notary.notes import ML_DSA_44_COSIGNATURE, NoteSignature, VerifierKey, read_note
from services.notary.signatures import signed_at, verified
from services.notary.signing_keys import NotaryKey, read_keys
from services.runtime.lag import sealed, witnessed

_TEXT = "text/plain; charset=utf-8"


class PublishedKey(Struct, frozen=True):
    """A key of the notary and its public half, as whoever checks needs it.

    ``signed``: the newest checkpoint bears its signature.
    """

    key: NotaryKey
    public: str
    signed: bool


@get("/log", guards=[READS_ALL], sync_to_thread=True)
def log_page(console: Console) -> Response[str]:
    """Show the newest checkpoint, who has confirmed it, what is not under it yet, and every key."""
    note = Log(console.installation.settings.log).note()
    if note is None:
        return page(console, "evidence_log.html", checkpoint=None)
    signed = read_note(note.encode())
    checkpoint = read_tree_head(signed.text)
    signing_keys = read_keys(console.installation.settings.signing_keys)
    keys = {key.verifier(checkpoint.origin): key for key in signing_keys}
    signatures = verified(signed, keys)
    return page(
        console,
        "evidence_log.html",
        checkpoint=checkpoint,
        root=base64.b64encode(checkpoint.root).decode(),
        signed=_signed_at(signatures),
        note=note,
        keys=[PublishedKey(key, str(one), one in signatures) for one, key in keys.items()],
        sealed=console.run(sealed(console.installation)),
        witnessed=witnessed(console.installation),
    )


@get("/log/checkpoint/file", guards=[READS_ALL], sync_to_thread=True)
def checkpoint_file(console: Console) -> Response[bytes]:
    """Hand out the newest checkpoint, as ``kelambu checkpoint`` prints it."""
    note = Log(console.installation.settings.log).note()
    if note is None:
        raise missing(message("console.log.none"))
    size = read_tree_head(read_note(note.encode()).text).size
    return attachment(note.encode(), f"checkpoint-{size}.txt", _TEXT)


@get("/log/verifier/file", guards=[READS_ALL], sync_to_thread=True)
def verifier_file() -> Response[bytes]:
    """Hand out the program that checks proofs, as ``kelambu verifier`` prints it."""
    return attachment(verifier_program().encode(), VERIFIER, _TEXT)


def _signed_at(signatures: Mapping[VerifierKey, NoteSignature]) -> dt.datetime | None:
    """Return when the notary signed, by its cosignatures; its other signatures say no time."""
    times = [signed_at(one) for key, one in signatures.items() if key.kind == ML_DSA_44_COSIGNATURE]
    return dt.datetime.fromtimestamp(max(times), dt.UTC) if times else None


routes = (log_page, checkpoint_file, verifier_file)
