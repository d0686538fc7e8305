"""Witnesses of the log: each new checkpoint is pushed to them (C2SP ``tlog-witness``), and the newest that a quorum has confirmed is kept.

A witness that is away, slow or wrong holds nothing up. One that has confirmed more than there is, or another tree, says
that this log was put back or has a second history: where as many as the quorum say so, the notary does not go on.
"""

from __future__ import annotations

import http.client
import re
import time
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, TypeAlias
from urllib.error import HTTPError, URLError

import structlog
from msgspec import Struct

from events.message import message
from services.notary.cosignatures import read_tree_head
from services.notary.log import WITNESSED, DamagedLogError, Log
from services.notary.notes import Note, NoteError, NoteSignature, VerifierKey, read_key, read_lines, read_note
from services.notary.signatures import verified
from services.notary.witness_requests import WitnessRequest
from services.platform.durability import replace_file
from services.texts.errors import AdvisedError, TextError

TIMEOUT_SECONDS = 5.0
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 60.0
_MOST_ANSWER = 64 * 1024
_SIZE = re.compile(r"(0|[1-9][0-9]{0,18})\n", re.ASCII)

Contradiction: TypeAlias = Literal["ahead", "other"]
"""``ahead``: it has confirmed more entries than there are; ``other``: it does not take this tree for one that grew from its own."""
Post: TypeAlias = Callable[[str, bytes], tuple[int, bytes]]

log = structlog.get_logger()


class WitnessSettingError(TextError):
    """The setting of the witnesses cannot be."""


class ContradictedLogError(AdvisedError):
    """As many witnesses as the quorum have confirmed more than there is, or another history."""


class WitnessAddress(Struct, frozen=True):
    """Where a witness answers, and the keys of which one must sign."""

    url: str
    keys: tuple[VerifierKey, ...]


def read_addresses(text: str, quorum: int) -> tuple[WitnessAddress, ...]:
    """Read the setting: ``URL VKEY [VKEY…]`` for each witness, one behind the other.

    Raises:
        WitnessSettingError: it is not of this form, or the quorum is larger than the number of witnesses.
        NoteError: a key is none.
    """
    found = list[WitnessAddress]()
    for word in text.replace(",", " ").split():
        if word.startswith(("https://", "http://")):
            found.append(WitnessAddress(word.rstrip("/"), ()))
        elif found:
            found[-1] = WitnessAddress(found[-1].url, (*found[-1].keys, read_key(word)))
        else:
            raise WitnessSettingError(message("witnesses.form"))
    if not all(one.keys for one in found) or len({one.url for one in found}) < len(found):
        raise WitnessSettingError(message("witnesses.form"))
    if found and quorum > len(found):
        raise WitnessSettingError(message("witnesses.quorum", quorum=quorum, count=len(found)))
    return tuple(found)


class _Standing:
    """How one witness stands: what it has confirmed, and when it is asked again."""

    def __init__(self, address: WitnessAddress) -> None:
        self.address = address
        self.size = 0
        self.text = ""
        self.signatures: tuple[NoteSignature, ...] = ()
        self.contradicts: Contradiction | None = None
        self.next_at, self._pause = 0.0, _FIRST_PAUSE

    def confirmed(self, size: int, text: str, signatures: tuple[NoteSignature, ...]) -> None:
        self.size, self.text, self.signatures, self.contradicts = size, text, signatures, None
        self.next_at, self._pause = 0.0, _FIRST_PAUSE

    def failed(self, now: float) -> None:
        self.next_at = now + self._pause
        self._pause = min(2 * self._pause, _LONGEST_PAUSE)


class Witnesses:
    """Pushes the checkpoints of a log in a directory to its witnesses."""

    def __init__(self, directory: Path, addresses: Sequence[WitnessAddress], quorum: int) -> None:
        """Nothing is pushed before ``due`` names a witness."""
        self._directory, self._quorum = directory, quorum
        self._standings = [_Standing(one) for one in addresses]
        self._kept = ""

    def due(self, now: float) -> list[Callable[[], None]]:
        """Return the pushes that are due: one for each witness that has not confirmed the newest checkpoint."""
        text = Log(self._directory).note() if self._standings else None
        if text is None:
            return []
        note = read_note(text.encode())
        return [
            self._push(one, note) for one in self._standings if one.text != note.text and one.next_at <= now
        ]

    def settle(self) -> None:
        """Keep the newest checkpoint that a quorum has confirmed, with the signatures of the log and of the witnesses."""
        text = Log(self._directory).note() if self._standings else None
        if text is None:
            return
        note = read_note(text.encode())
        by_text: dict[str, list[_Standing]] = {}
        for one in self._standings:
            by_text.setdefault(one.text, []).append(one)
        having = by_text.get(note.text, [])
        made = tuple(signature for one in having for signature in one.signatures)
        whole = str(note.with_signatures(made))
        if having and len(having) >= self._quorum and whole != self._kept:
            keep_witnessed(self._directory, whole)
            self._kept = whole

    def refuse_contradicted(self) -> None:
        """Raise where as many witnesses as the quorum contradict this log.

        Raises:
            ContradictedLogError: they do.
        """
        against = [one for one in self._standings if one.contradicts]
        if against and len(against) >= max(1, self._quorum):
            told = tuple(
                message(f"witnesses.{one.contradicts}", url=one.address.url, size=one.size) for one in against
            )
            raise ContradictedLogError(
                message("witnesses.contradicted", witnesses=told), message("witnesses.do-not-go-on")
            )

    def _push(self, one: _Standing, note: Note) -> Callable[[], None]:
        def push() -> None:
            try:
                self._ask(one, note)
            except (
                OSError,
                http.client.HTTPException,
                NoteError,
                DamagedLogError,
                WitnessSettingError,
            ) as error:
                log.warning("witness.not-confirming", place=one.address.url, reason=type(error).__name__)
                one.failed(time.monotonic())

        return push

    def _ask(self, one: _Standing, note: Note, *, again: bool = True) -> None:
        head = read_tree_head(note.text)
        old = min(one.size, head.size)
        proof = Log(self._directory).consistency_proof(old, head.size)
        status, body = _posted(one.address.url, str(WitnessRequest(old, tuple(proof), note)).encode())
        if status == http.HTTPStatus.OK:
            made = read_lines(body.decode("utf-8", "strict"))
            ours = verified(Note(note.text, made), one.address.keys)
            one.confirmed(head.size, note.text, tuple(ours.values()))
            return
        if status == http.HTTPStatus.CONFLICT and (found := _SIZE.fullmatch(body.decode("ascii", "replace"))):
            one.size = int(found[1])
            if one.size > head.size:
                self._contradicted(one, "ahead")
            elif one.size != old and again:
                self._ask(one, note, again=False)
            else:
                self._contradicted(one, "other")
        elif status == http.HTTPStatus.UNPROCESSABLE_ENTITY:
            self._contradicted(one, "other")
        else:
            log.warning("witness.not-confirming", place=one.address.url, status=status)
            one.failed(time.monotonic())

    def _contradicted(self, one: _Standing, how: Contradiction) -> None:
        newest = Log(self._directory).checkpoint()
        if how == "ahead" and newest is not None and newest.size >= one.size:
            return  # the log grew while it was asked
        if one.contradicts is None:
            log.critical("witness.contradicts", place=one.address.url, code=how, known=one.size)
        one.contradicts = how
        one.failed(time.monotonic())


def keep_witnessed(directory: Path, note: str) -> None:
    """Put a checkpoint with its cosignatures in the place of the last one that was witnessed."""
    replace_file(directory / WITNESSED, note.encode())


def _posted(url: str, body: bytes) -> tuple[int, bytes]:
    """Post a request; returns status and body, of which no more is read than an answer may have."""
    headers = {"Content-Type": "text/plain; charset=utf-8"}
    request = urllib.request.Request(f"{url}/add-checkpoint", body, headers)  # noqa: S310 -- http and https by ``read_addresses``
    try:
        with _OPENER.open(request, timeout=TIMEOUT_SECONDS) as answer:
            return int(answer.status), answer.read(_MOST_ANSWER)
    except HTTPError as error:
        with error:
            return error.code, error.read(_MOST_ANSWER)
    except URLError as error:
        raise OSError(str(error.reason)) from error


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        """Follow nobody elsewhere."""


_OPENER = urllib.request.build_opener(_NoRedirects, urllib.request.ProxyHandler({}))
