"""The log that proves that nothing was altered or removed: its newest checkpoint and its keys, for whoever keeps them elsewhere."""

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
from services.console.rendering import page
from services.evidence.bundle import VERIFIER, verifier_program
from services.notary.log import Log
from services.notary.notes import ML_DSA_44_COSIGNATURE, NoteSignature, VerifierKey, read_note
from services.notary.signatures import signed_at, verified
from services.notary.signing_keys import NotaryKey, read_keys
from services.runtime.standing import sealed, witnessed


class PublishedKey(Struct, frozen=True):
    """A key of the notary and its public half, as whoever checks needs it; ``signed``: the newest checkpoint bears its signature."""

    key: NotaryKey
    public: str
    signed: bool


@get("/log", guards=[READS_ALL], sync_to_thread=True)
def log_page(console: Console) -> Response[str]:
    """Show the newest checkpoint, who has confirmed it, what does not stand under it yet, and every key."""
    settings = console.installation.settings
    log = Log(settings.log)
    note, checkpoint = log.note(), log.checkpoint()
    if note is None or checkpoint is None:
        return page(console, "evidence_log.html", checkpoint=None)
    keys = {key.verifier(checkpoint.origin): key for key in read_keys(settings.signing_keys)}
    signatures = verified(read_note(note.encode()), keys)
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
def checkpoint_file(console: Console) -> Response[str]:
    """Hand out the newest checkpoint, as ``kelambu checkpoint`` prints it."""
    log = Log(console.installation.settings.log)
    note, checkpoint = log.note(), log.checkpoint()
    if note is None or checkpoint is None:
        raise missing(message("console.log.none"))
    return _file(note, f"checkpoint-{checkpoint.size}.txt")


@get("/log/verifier/file", guards=[READS_ALL], sync_to_thread=True)
def verifier_file() -> Response[str]:
    """Hand out the program that checks proofs, as ``kelambu verifier`` prints it."""
    return _file(verifier_program(), VERIFIER)


def _signed_at(signatures: Mapping[VerifierKey, NoteSignature]) -> dt.datetime | None:
    """Return when the notary signed, by its cosignatures; its other signatures say no time."""
    times = [signed_at(one) for key, one in signatures.items() if key.kind == ML_DSA_44_COSIGNATURE]
    return dt.datetime.fromtimestamp(max(times), dt.UTC) if times else None


def _file(text: str, name: str) -> Response[str]:
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(text, media_type="text/plain; charset=utf-8", headers=headers)


routes = (log_page, checkpoint_file, verifier_file)
