"""Sending documents over HTTP as an agency's program would: one after the other, each until it has an answer."""

from __future__ import annotations

import http.client
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from events.message import message
from services.cli.exit_codes import CommandError, command_error
from services.cli.output import Advance
from services.identity.credentials import PRIVATE_PREFIX, BadKeyError, sign
from services.ledger.edge import DocumentReceipt, Fault
from services.platform.clock import Clock, wall_clock

T = TypeVar("T", bound=Struct)

_PLACE = "/v1/events"
_TRIES = 8
_LONGEST_PAUSE = 30.0
_TAKEN, _REFUSED, _LATER = frozenset({200, 202}), frozenset({403, 409, 413, 422}), frozenset({429, 503})
_SECONDS = 30


class _Error(Struct):
    code: str = ""
    pointer: str = ""
    detail: str = ""


class _Problem(Struct):
    """As much of a problem as its reader here needs."""

    type: str = ""
    detail: str = ""
    errors: tuple[_Error, ...] = ()
    quarantine: str | None = None


class _Sent(Struct):
    id: object = None


class HttpSender:
    """A gateway, and the agency in whose name documents are sent to it.

    ``secret`` is an API key (``kk_…``), or the private key with which each document is signed (``whsk_…``).
    """

    def __init__(
        self,
        url: str,
        agency: str,
        secret: str,
        pause: Callable[[float], None] = time.sleep,
        clock: Clock = wall_clock,
        language: str = "en",
    ) -> None:
        """Take the address of a gateway, as in ``http://127.0.0.1:8601``; nothing is sent yet."""
        parts = urlsplit(url)
        kinds = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}
        if parts.scheme not in kinds or not parts.hostname:
            raise command_error("publish.no-address", "publish.an-address")
        self._connection = kinds[parts.scheme](parts.hostname, parts.port, timeout=_SECONDS)
        self._place = parts.path.rstrip("/") + _PLACE
        self._agency, self._secret, self._pause = agency, secret, pause
        self._clock, self._language = clock, language

    def send(self, documents: Sequence[bytes], advance: Advance) -> Iterator[DocumentReceipt]:
        """Send documents in order and yield what each was answered: the receipt of what is kept, or a refusal.

        Raises:
            CommandError: the gateway does not answer, or does not know us.
        """
        try:
            for document in documents:
                yield self._answered(document)
                advance(1)
        finally:
            self._connection.close()

    def send_all(self, documents: Sequence[bytes]) -> None:
        """Send documents in order, whatever they are answered; raises what ``send`` raises."""
        for _ in self.send(documents, lambda _: None):
            pass

    def _answered(self, document: bytes) -> DocumentReceipt:
        """Send one document until it is answered: a repeat is the same event, and does no harm."""
        for attempt in range(_TRIES):
            wait = min(2.0**attempt, _LONGEST_PAUSE)
            try:
                self._connection.request("POST", self._place, document, self._headers(document))
                response = self._connection.getresponse()
                content = response.read()
            except (OSError, http.client.HTTPException):
                self._connection.close()
            else:
                if response.status in _TAKEN:
                    return msgspec.json.decode(content, type=DocumentReceipt)
                problem = _read(content, _Problem)
                if response.status in _REFUSED:
                    return self._refused(problem, document, str(response.status))
                if response.status not in _LATER:
                    detail = message("verbatim", words=problem.detail) if problem.detail else ""
                    raise CommandError(message("publish.answered", status=response.status), detail)
                wait = min(float(response.headers.get("retry-after", wait)), _LONGEST_PAUSE)
            self._pause(wait)
        raise command_error("publish.silent", "publish.send-again")

    def _refused(self, problem: _Problem, document: bytes, status: str) -> DocumentReceipt:
        document_names = _read(document, _Sent)
        return DocumentReceipt(
            receipt=problem.quarantine or "",
            id=document_names.id if isinstance(document_names.id, str) else None,
            admittedtime=self._clock(),
            status="refused",
            code=problem.type.rpartition("/")[2] or status,
            faults=tuple(Fault(one.code, one.pointer, one.detail) for one in problem.errors)
            or (Fault("", "", problem.detail),),
            quarantine=problem.quarantine,
        )

    def _headers(self, document: bytes) -> dict[str, str]:
        kind = {"content-type": "application/cloudevents+json", "accept-language": self._language}
        if not self._secret.startswith(PRIVATE_PREFIX):
            return kind | {"authorization": f"Bearer {self._secret}"}
        name, now = secrets.token_hex(7), int(self._clock().timestamp())
        try:
            signature = sign(self._secret, name, now, document)
        except BadKeyError as error:
            raise command_error("agency-key.cannot-sign", why=error.message) from None
        return kind | {
            "kelambu-agency": self._agency,
            "webhook-id": name,
            "webhook-timestamp": str(now),
            "webhook-signature": signature,
        }


def _read(content: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(content, type=kind)
    except (msgspec.DecodeError, msgspec.ValidationError):
        return kind()
