"""``witness …``: a witness on another office's machine, which confirms that a log only grew.

It needs no installation.
"""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from events.message import message
from services.cli.exit_codes import FINDING, OK, command_error
from services.cli.output import console, errors, show_json, show_table, tell
from services.notary.cosignatures import read_tree_head
from services.notary.notes import read_key, read_note
from services.notary.witness_requests import WitnessRequest, read_request
from services.platform.clock import wall_clock
from services.platform.durability import private_file
from services.texts.errors import advised, of_system
from services.witness.cosigning import Witness, WitnessAnswer
from services.witness.own_keys import make_keys, read_signers
from services.witness.store import WitnessStore
from services.wording.terms import LanguageTexts, moment, number

DIRECTORY = Path("witness")
_CURES = {
    "elsewhere": "ask-since",
    "unknown-log": "know-it",
}
"""What to do where a file is not cosigned; else another one is asked for."""


def key(*, name: str | None = None, data: Path = DIRECTORY) -> int:
    """Print the public keys of the witness, for whoever configures it; --name makes them the first time."""
    with WitnessStore(data) as store:
        signers = read_signers(store, data) if name is None else make_keys(store, data, name)
    for signer in signers:
        console().print(str(signer.key), soft_wrap=True)
    return OK


def add_log(origin: str, keys: list[str], /, *, data: Path = DIRECTORY) -> int:
    """Know a log from now on by its name and keys; another key of a known log is trusted beside the others."""
    read = [read_key(one) for one in keys]
    for one in read:
        if one.name != origin:
            raise advised("witness.other-name", "witness.keys-of-log", name=one.name, origin=origin)
    with WitnessStore(data) as store:
        with store.changing():
            for one in read:
                store.trust(origin, one, _now())
        keys_before = len(store.keys(origin))
    tell(console(), message("witness.known", origin=origin, count=keys_before))
    return OK


def forget_key(origin: str, key: str, /, *, reason: str, data: Path = DIRECTORY) -> int:
    """Trust a key of a log no longer: one that the log has replaced, or that was stolen. KEY may be its number.

    When and why that was stays in `witness list`.
    """
    if not reason.strip():
        raise advised("witness.no-reason", "witness.say-why")
    with WitnessStore(data) as store:
        with store.changing():
            matching = [one for one in store.keys(origin) if key in (str(one), one.key_id.hex())]
            if not matching:
                raise advised("witness.not-trusted", "witness.look-up", origin=origin)
            for one in matching:
                store.forget(origin, one, reason.strip(), _now())
        key_count = len(store.keys(origin))
    tell(console(), message("witness.forgotten", origin=origin, count=key_count))
    if not key_count:
        tell(errors(), message("witness.none-left", origin=origin))
    return OK


def run(*, host: str = "127.0.0.1", port: int = 8610, data: Path = DIRECTORY) -> int:
    """Answer `POST /add-checkpoint` until Ctrl-C or SIGTERM. What was refused, and why, is in `witness list`.

    `GET /checkpoint/ORIGIN` shows the last checkpoint that was confirmed; `/health/live`, `/health/ready` and
    `/metrics` are for whoever watches over the witness.
    """
    from services.runtime import logging_setup  # noqa: PLC0415 -- the other commands of a witness need no server
    from services.runtime.serving import listen  # noqa: PLC0415
    from services.witness.application import serve  # noqa: PLC0415

    with _witness(data) as (_, witness):
        try:
            listening = listen(host, port)
        except OSError as error:
            what, cure, why = "witness.address", "witness.another-address", of_system(error)
            raise advised(what, cure, host=host, port=port, error=why) from None
        logging_setup.configure("witness", "auto")
        with listening:
            asyncio.run(serve(witness, listening))
    return OK


def listing(*, json: bool = False, data: Path = DIRECTORY) -> int:
    """List the logs that are known, how far each was witnessed, and what was refused; 1 where anything was."""
    with WitnessStore(data) as store:
        logs, refused, changes = store.logs(), store.refused(), store.key_changes()
        keys = {one.origin: [str(key) for key in store.keys(one.origin)] for one in logs}
    if json:
        show_json({"logs": logs, "keys": keys, "key_changes": changes, "refused": refused})
        return FINDING if refused else OK
    words = LanguageTexts()
    show_table(
        logs,
        ("column.log", lambda one: one.origin, "left"),
        ("column.entries", lambda one: number(one.size), "right"),
        ("column.root", lambda one: base64.b64encode(one.root).decode() if one.seconds else "", "left"),
        ("column.witnessed", lambda one: _at(one.seconds) if one.seconds else "", "left"),
    )
    for change in changes:
        number_of_key = read_key(change.vkey).key_id.hex()
        text = message(
            f"witness.key-{change.change}",
            at=_at(change.seconds),
            origin=change.origin,
            key=number_of_key,
            reason=change.reason,
        )
        tell(console(), text)
    for one in refused:
        text = message(
            "witness.was-refused",
            times=one.times,
            at=_at(one.seconds),
            origin=one.origin,
            size=one.size,
            why=message(f"witness.{one.why}"),
            known=one.confirmed_size,
        )
        tell(errors(), text)
    if not refused:
        console().print(words.say("witness.nothing-refused"))
    return FINDING if refused else OK


def cosign(file: Path, /, *, out: Path | None = None, data: Path = DIRECTORY) -> int:
    """Witness a checkpoint that came as a file, written by `kelambu checkpoint --out` there.

    Of a log that was witnessed before, the file holds the proof too: `kelambu checkpoint --since SIZE --out`.
    The answer is the same checkpoint with the signatures of this witness. Exit code 1 if the log has another history,
    or shows no proof that it has not.
    """
    content = file.read_bytes()
    request = (
        read_request(content) if content.startswith(b"old ") else WitnessRequest(0, (), read_note(content))
    )
    head = read_tree_head(request.note.text)
    with _witness(data) as (store, witness):
        last = store.log(head.origin)
        if (
            not content.startswith(b"old ")
            and last is not None
            and (head.size, head.root) == (last.size, last.root)
        ):
            request = WitnessRequest(last.size, (), request.note)
        judged = witness.judge_request(request, head)
    if judged.verdict in ("fork", "unproven"):
        tell(errors(), message(f"witness.{judged.verdict}"))
        tell(errors(), message("witness.alarm"))
        return FINDING
    if judged.verdict != "cosigned":
        raise _refusal(judged, request, head.size)
    place = out or file.with_name(f"{file.name}.cosigned")
    with private_file(place) as output:
        output.write(str(request.note.with_signatures(judged.signatures)).encode())
    tell(console(), message("witness.cosigned", origin=head.origin, size=head.size, file=place))
    return OK


def _refusal(judged: WitnessAnswer, request: WitnessRequest, size: int) -> Exception:
    """Say why a file is not cosigned.

    One with less than was witnessed is old, or of a log that was put back or has two histories.
    """
    behind = judged.verdict == "elsewhere" and size < judged.size
    what, cure = (
        ("behind", "ask-or-call") if behind else (judged.verdict, _CURES.get(judged.verdict, "ask-again"))
    )
    return command_error(
        f"witness.{what}", f"witness.{cure}", size=judged.size, old=request.old_size, given=size
    )


@contextmanager
def _witness(directory: Path) -> Iterator[tuple[WitnessStore, Witness]]:
    with WitnessStore(directory) as store:
        yield store, Witness(store, read_signers(store, directory), _now)


def _now() -> int:
    return int(wall_clock().timestamp())


def _at(seconds: int) -> str:
    return moment(dt.datetime.fromtimestamp(seconds, dt.UTC))
