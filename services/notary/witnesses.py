"""Witnesses of the log: each new checkpoint is pushed to them (C2SP ``tlog-witness``), and the newest that a quorum has confirmed is kept.

A witness that is away, slow or wrong holds nothing up. One that has confirmed more than there is, or another tree, says
that this log was put back or has a second history. Whoever shows it, by a checkpoint that a key of this log has signed
and that this log does not hold, is right whoever it is: the notary does not go on. Whoever only says it may lie or be
broken: that is an alarm, and halts the notary only where two or more say so and the others are too few for the quorum.
"""

from __future__ import annotations

import http.client
import re
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Literal, TypeAlias
from urllib.error import HTTPError, URLError

import structlog
from msgspec import Struct

from events.message import Message, message
from services.notary.comparison import Continuity, continuity
from services.notary.cosignatures import TreeHead, read_tree_head
from services.notary.log import CONTRADICTING, WITNESSED, Log
from services.notary.notes import Note, NoteError, NoteSignature, VerifierKey, read_key, read_lines, read_note
from services.notary.signatures import is_signed_by, verified
from services.notary.witness_requests import WitnessRequest
from services.platform.durability import replace_file
from services.platform.newest_checkpoint import KnownLog
from services.texts.errors import AdvisedError, TextError

TIMEOUT_SECONDS = 5.0
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 60.0
_MOST_ANSWER = 64 * 1024
_REMEMBERED = 16
"""Confirmations of each witness that are held, so that a quorum is found also among witnesses of different speed."""
_FAILING = (OSError, http.client.HTTPException, TextError, ValueError)
"""What comes of asking somebody who is away, or answers whatever it likes."""
_SIZE = re.compile(r"(0|[1-9][0-9]{0,18})\n", re.ASCII)

Contradiction: TypeAlias = Literal["ahead", "other"]
"""``ahead``: it has confirmed more entries than there are; ``other``: it does not take this tree for one that grew
from its own."""
WitnessAnswering: TypeAlias = Literal["confirming", "away", "refusing", "contradicting"]
"""How a witness has answered: ``away`` is also an answer that is none, ``refusing`` a contradiction that it does not
show."""

log = structlog.get_logger()


class WitnessSettingError(TextError):
    """The setting of the witnesses cannot be."""


class ContradictedLogError(AdvisedError):
    """A witness shows, or witnesses without whom there is no quorum say, that the log had more entries or another history."""


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
    addresses = list[WitnessAddress]()
    for word in text.replace(",", " ").split():
        if word.startswith(("https://", "http://")):
            addresses.append(WitnessAddress(word.rstrip("/"), ()))
        elif addresses:
            addresses[-1] = WitnessAddress(addresses[-1].url, (*addresses[-1].keys, read_key(word)))
        else:
            raise WitnessSettingError(message("witnesses.form"))
    if not all(one.keys for one in addresses) or len({one.url for one in addresses}) < len(addresses):
        raise WitnessSettingError(message("witnesses.form"))
    if addresses and quorum > len(addresses):
        raise WitnessSettingError(message("witnesses.quorum", quorum=quorum, count=len(addresses)))
    return tuple(addresses)


class _Confirmation(Struct, frozen=True):
    """A checkpoint, signed by the log, and the signatures with which a witness has confirmed it."""

    head: TreeHead
    note: Note
    signatures: tuple[NoteSignature, ...]


class _WitnessState:
    """What is known of one witness.

    What it has confirmed, whether it contradicts and shows it, and when it is asked again.
    """

    def __init__(self, address: WitnessAddress) -> None:
        self.address = address
        self.size = 0
        self.confirmations: tuple[_Confirmation, ...] = ()
        self.contradicts: Contradiction | None = None
        self.shown, self.asked = False, False
        self.next_at, self._pause = 0.0, _FIRST_PAUSE

    def confirmed(self, one: _Confirmation) -> None:
        self.size, self.confirmations = one.head.size, (one, *self.confirmations)[:_REMEMBERED]
        self.contradicts, self.shown = None, False
        self.next_at, self._pause = 0.0, _FIRST_PAUSE

    def failed(self, now: float) -> None:
        self.next_at = now + self._pause
        self._pause = min(2 * self._pause, _LONGEST_PAUSE)

    def has_confirmed(self, text: str) -> bool:
        return any(one.note.text == text for one in self.confirmations[:1])


class Witnesses:
    """Pushes the checkpoints of a log in a directory to its witnesses."""

    def __init__(
        self,
        directory: Path,
        addresses: Sequence[WitnessAddress],
        quorum: int,
        keys_of: Callable[[str], Iterable[VerifierKey]],
    ) -> None:
        """``keys_of`` gives every key that signs checkpoints of a log, or did.

        Nothing is pushed before ``due`` names a witness.
        """
        self._directory, self._quorum, self._keys_of = directory, max(1, quorum), keys_of
        self._witnesses = [_WitnessState(one) for one in addresses]
        self._kept = ""
        self._keeping = threading.Lock()

    def due(self, now: float) -> list[Callable[[], tuple[str, WitnessAnswering]]]:
        """Return the pushes that are due.

        One for each witness that has not confirmed the newest checkpoint and is not being asked. Each tells the
        address of its witness, and how that has answered.
        """
        text = Log(self._directory).note() if self._witnesses else None
        if text is None:
            return []
        note = read_note(text.encode())
        due = [
            one
            for one in self._witnesses
            if not one.asked and not one.has_confirmed(note.text) and one.next_at <= now
        ]
        for one in due:
            one.asked = True
        return [self._push(one, note) for one in due]

    def settle(self) -> None:
        """Keep the newest checkpoint that a quorum has confirmed, with the signatures of the log and of the witnesses."""
        newest = Log(self._directory).checkpoint() if self._witnesses else None
        if newest is None:
            return
        by_text: dict[str, list[_Confirmation]] = {}
        for witness in self._witnesses:
            for one in witness.confirmations:
                if one.head.origin == newest.origin:
                    by_text.setdefault(one.note.text, []).append(one)
        confirmed = [
            confirmations_alike
            for confirmations_alike in by_text.values()
            if len(confirmations_alike) >= self._quorum
        ]
        if not confirmed:
            return
        confirmations_alike = max(confirmed, key=lambda alike: alike[0].head.size)
        whole = str(
            confirmations_alike[0].note.with_signatures(
                tuple(signature for one in confirmations_alike for signature in one.signatures)
            )
        )
        if whole != self._kept:
            keep_witnessed(self._directory, whole)
            self._kept = whole

    def refuse_contradicted(self) -> None:
        """Raise where a witness has shown what contradicts this log, or too few are left who do not say that something does.

        Raises:
            ContradictedLogError: so it is.
        """
        cure = message("witnesses.do-not-go-on")
        if shown := self._kept_contradiction():
            raise ContradictedLogError(shown, cure)
        against = [one for one in self._witnesses if one.contradicts and not one.shown]
        if len(against) < 2 or len(self._witnesses) - len(against) >= self._quorum:
            return
        names = tuple(
            message(f"witnesses.{one.contradicts}", url=one.address.url, size=one.size) for one in against
        )
        raise ContradictedLogError(message("witnesses.contradicted", witnesses=names), cure)

    def _kept_contradiction(self) -> Message | None:
        """Say what the checkpoint that is kept here shows, by whom it was confirmed.

        None where it contradicts nothing any more. It stands on the disk: neither a restart nor a witness that is away
        then changes what it shows.
        """
        place = self._directory / CONTRADICTING
        with suppress(FileNotFoundError, NoteError):
            note = read_note(place.read_bytes())
            head = read_tree_head(note.text)
            if self._contradiction(note, head) is not None:
                names = ", ".join(
                    dict.fromkeys(one.name for one in note.signatures if one.name != head.origin)
                )
                return message("witnesses.shown", names=names, size=head.size, place=place)
        return None

    def _contradiction(self, note: Note, head: TreeHead) -> Contradiction | None:
        """Return how a checkpoint contradicts this log; None where it does not.

        Raises:
            NoteError: no key of this log has signed it.
        """
        verified(note, self._keys_of(head.origin))
        log = KnownLog(head.origin, head.size, note.text.split("\n")[2])
        return _CONTRADICTIONS.get(continuity(Log(self._directory), log))

    def _push(self, one: _WitnessState, note: Note) -> Callable[[], tuple[str, WitnessAnswering]]:
        def push() -> tuple[str, WitnessAnswering]:
            try:
                return one.address.url, self._ask(one, note)
            except _FAILING as error:
                log.warning("witness.not-confirming", place=one.address.url, reason=type(error).__name__)
                one.failed(time.monotonic())
                return one.address.url, "away"
            finally:
                one.asked = False

        return push

    def _ask(self, one: _WitnessState, note: Note, *, again: bool = True) -> WitnessAnswering:
        head = read_tree_head(note.text)
        old = min(one.size, head.size)
        proof = Log(self._directory).consistency_proof(old, head.size)
        request = str(WitnessRequest(old, tuple(proof), note)).encode()
        status, body = _asked(f"{one.address.url}/add-checkpoint", request)
        if status == http.HTTPStatus.OK:
            signatures = read_lines(body.decode("utf-8", "replace"))
            ours = verified(Note(note.text, signatures), one.address.keys)
            one.confirmed(_Confirmation(head, note, tuple(ours.values())))
            return "confirming"
        if status == http.HTTPStatus.CONFLICT and (match := _SIZE.fullmatch(body.decode("ascii", "replace"))):
            one.size = int(match[1])
            if one.size > head.size:
                return self._contradicted(one, "ahead", head)
            if one.size != old and again:
                return self._ask(one, note, again=False)
            return self._contradicted(one, "other", head)
        if status == http.HTTPStatus.UNPROCESSABLE_ENTITY:
            return self._contradicted(one, "other", head)
        log.warning("witness.not-confirming", place=one.address.url, status=status)
        one.failed(time.monotonic())
        return "away"

    def _contradicted(self, one: _WitnessState, how: Contradiction, head: TreeHead) -> WitnessAnswering:
        shown = self._shown(one, head.origin)
        newest = Log(self._directory).checkpoint()
        if shown is None and how == "ahead" and newest is not None and newest.size >= one.size:
            return "away"  # the log grew while it was asked
        before, one.contradicts, one.shown = (one.contradicts, one.shown), shown or how, shown is not None
        if before != (one.contradicts, one.shown):
            place, code, size = one.address.url, one.contradicts, one.size
            if one.shown:
                log.critical("witness.contradicts", place=place, code=code, known=size)
            else:
                log.critical("witness.refuses", place=place, code=code, known=size)
        one.failed(time.monotonic())
        return "contradicting" if one.shown else "refusing"

    def _shown(self, one: _WitnessState, origin: str) -> Contradiction | None:
        """Ask for the last checkpoint that a witness has confirmed.

        Returns how it contradicts this log, None where nothing does. One that contradicts is kept: our own key has
        signed it.
        """
        try:
            status, body = _asked(f"{one.address.url}/checkpoint/{urllib.parse.quote(origin)}")
            if status != http.HTTPStatus.OK:
                return None
            note = read_note(body)
            head = read_tree_head(note.text)
            how = self._contradiction(note, head)
        except _FAILING as error:
            log.warning("witness.shows-nothing", place=one.address.url, reason=type(error).__name__)
            return None
        if how is not None:
            one.size = head.size
            keys = [*self._keys_of(origin), *one.address.keys]
            signatures = tuple(
                each for key in keys for each in note.signatures if is_signed_by(key, note.text, each)
            )
            with self._keeping:
                replace_file(self._directory / CONTRADICTING, str(Note(note.text, signatures)).encode())
        return how


_CONTRADICTIONS: Mapping[Continuity, Contradiction] = {"shrunk": "ahead", "second-history": "other"}


def keep_witnessed(directory: Path, note: str) -> None:
    """Put a checkpoint with its cosignatures in the place of the last one that was witnessed."""
    replace_file(directory / WITNESSED, note.encode())


def _asked(url: str, body: bytes | None = None) -> tuple[int, bytes]:
    """Ask for an address, or post to it; returns status and body, of which no more is read than an answer may have."""
    headers = {} if body is None else {"Content-Type": "text/plain; charset=utf-8"}
    request = urllib.request.Request(url, body, headers)  # noqa: S310 -- http and https by ``read_addresses``
    try:
        with _OPENER.open(request, timeout=TIMEOUT_SECONDS) as answer:
            return int(answer.status), _read(answer)
    except HTTPError as error:
        with error:
            return error.code, _read(error)
    except URLError as error:
        raise OSError(str(error.reason)) from error


def _read(answer: http.client.HTTPResponse | HTTPError) -> bytes:
    """Read a body; one that comes by the drop is given up, so that nobody waits for who sends it."""
    until, content = time.monotonic() + TIMEOUT_SECONDS, b""
    while len(content) < _MOST_ANSWER and (more := answer.read1(_MOST_ANSWER - len(content))):
        content += more
        if time.monotonic() > until:
            raise TimeoutError
    return content


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        """Follow nobody elsewhere."""


_OPENER = urllib.request.build_opener(_NoRedirects, urllib.request.ProxyHandler({}))
