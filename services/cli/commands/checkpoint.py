"""``checkpoint``: the newest checkpoint of the log, to be kept elsewhere: as text, as a file for a witness, as a QR code."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Annotated

import segno
from cyclopts import Parameter
from cyclopts.validators import Number

from events.message import message
from services.cli.exit_codes import OK, command_error
from services.cli.output import console, tell
from services.letters.qr import svg
from services.notary.cosignatures import read_tree_head
from services.notary.log import WITNESSED, Log
from services.notary.notes import ED25519, Note, VerifierKey, read_key, read_note
from services.notary.signatures import verified
from services.notary.signing_keys import NotarySigner
from services.notary.witness_requests import WitnessRequest, read_handed_out
from services.notary.witnesses import keep_witnessed
from services.platform.durability import private_file
from services.platform.settings import Settings

_MOST_QR_BYTES = 2331
"""What a QR code with error correction M holds."""


def checkpoint(
    *,
    since: Annotated[int | None, Parameter(validator=Number(gte=0))] = None,
    out: Path | None = None,
    qr: bool = False,
    data: Path | None = None,
) -> int:
    """Show the newest checkpoint of the log, or write it to a file that somebody keeps elsewhere.

    --since: with the proof that the log grew from this size, for a witness who has confirmed it.
    --qr: as a QR code with the Ed25519 signatures alone; with --out as SVG.
    """
    if out is not None and out.exists():
        raise command_error("checkpoint-command.there", "checkpoint-command.another-name", file=out)
    settings = Settings.read(data=data)
    log = Log(settings.log)
    text = log.note()
    if text is None:
        raise command_error("checkpoint-command.none", "checkpoint-command.start", place=settings.log)
    note = read_note(text.encode())
    if qr:
        origin = read_tree_head(note.text).origin
        keys = [
            key for key in NotarySigner(settings.signing_keys, origin).verifier_keys() if key.kind == ED25519
        ]
        short = str(Note(note.text, tuple(verified(note, keys).values())))
        if len(short.encode()) > _MOST_QR_BYTES:
            raise command_error("checkpoint-command.too-long", "checkpoint-command.by-file")
        printable = svg(short) if out else _qr_code(short)
    elif since is not None:
        size = read_tree_head(note.text).size
        if since > size:
            raise command_error(
                "checkpoint-command.no-size", "checkpoint-command.sizes", since=since, size=size
            )
        printable = str(WitnessRequest(since, tuple(log.consistency_proof(since, size)), note))
    else:
        printable = str(note)
    if out is None:
        console().print(printable, end="", soft_wrap=True)
        return OK
    with private_file(out) as file:
        file.write(printable.encode())
    tell(console(), message("checkpoint-command.written", file=out))
    return OK


def receive(file: Path, keys: list[str], /, *, data: Path | None = None) -> int:
    """Take back a checkpoint that witnesses have confirmed by file: `kelambu witness cosign` wrote it there.

    Each of the keys must have signed it, and the log must hold just that tree.
    """
    settings = Settings.read(data=data)
    log, witnesses = Log(settings.log), [read_key(one) for one in keys]
    note = read_handed_out(file.read_bytes())
    head = read_tree_head(note.text)
    known_keys = NotarySigner(settings.signing_keys, head.origin).verifier_keys()
    ours = verified(note, known_keys)
    if any(key in known_keys for key in witnesses):
        raise command_error("checkpoint-command.own-key", "checkpoint-command.key-of-witness")
    missing = _missing(note, witnesses)
    if missing:
        raise command_error("checkpoint-command.not-signed", "checkpoint-command.ask-witness", names=missing)
    newest, before = log.checkpoint(), log.checkpoint(WITNESSED)
    received_before = newest is not None and newest.origin == head.origin and newest.size >= head.size
    if not received_before or log.root(head.size) != head.root:
        raise command_error("checkpoint-command.not-held", "checkpoint-command.look", size=head.size)
    if before is None or before.size <= head.size:
        cosignatures = verified(note, witnesses)
        keep_witnessed(settings.log, str(Note(note.text, (*ours.values(), *cosignatures.values()))))
    tell(console(), message("checkpoint-command.received", size=head.size))
    return OK


def _missing(note: Note, witnesses: list[VerifierKey]) -> str:
    signed = verified(note, witnesses)
    return ", ".join(key.name for key in witnesses if key not in signed)


def _qr_code(text: str) -> str:
    output = io.StringIO()
    segno.make_qr(text, error="m").terminal(output, compact=True)
    return output.getvalue()
