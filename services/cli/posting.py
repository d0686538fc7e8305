"""Sending documents over HTTP as an agency's program would: one after the other, each until it has an answer."""

from __future__ import annotations

import http.client
import secrets
import time
from collections import Counter
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from services.cli.failures import CommandError
from services.cli.output import Advance
from services.clock import Clock, wall_clock
from services.identity.credentials import PRIVATE_PREFIX, BadKeyError, sign

_PLACE = "/v1/events"
_TRIES = 8
_LONGEST_PAUSE = 30.0
_TAKEN, _REFUSED, _LATER = frozenset({200, 202}), frozenset({403, 409, 413, 422}), frozenset({429, 503})
_SECONDS = 30


class _Problem(Struct):
    """As much of a problem as its reader here needs."""

    type: str = ""
    detail: str = ""


class Post:
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
    ) -> None:
        """Take the address of a gateway, as in ``http://127.0.0.1:8601``; nothing is sent yet."""
        parts = urlsplit(url)
        kinds = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}
        if parts.scheme not in kinds or not parts.hostname:
            raise CommandError("--url is no address.", "Write for example http://127.0.0.1:8601.")
        self._connection = kinds[parts.scheme](parts.hostname, parts.port, timeout=_SECONDS)
        self._place = parts.path.rstrip("/") + _PLACE
        self._agency, self._secret, self._pause = agency, secret, pause
        self._clock = clock

    def send(self, documents: Sequence[bytes], advance: Advance) -> Counter[str]:
        """Send documents in order; returns how many were refused, and as what. The others are kept by the house.

        Raises:
            CommandError: the gateway does not answer, or does not know us.
        """
        refused: Counter[str] = Counter()
        try:
            for document in documents:
                if (why := self._answered(document)) is not None:
                    refused[why] += 1
                advance(1)
        finally:
            self._connection.close()
        return refused

    def _answered(self, document: bytes) -> str | None:
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
                    return None
                problem = _problem(content)
                if response.status in _REFUSED:
                    return problem.type.rpartition("/")[2] or str(response.status)
                if response.status not in _LATER:
                    raise CommandError(f"the gateway answered {response.status}.", problem.detail)
                wait = min(float(response.headers.get("retry-after", wait)), _LONGEST_PAUSE)
            self._pause(wait)
        raise CommandError(
            "the gateway does not answer.",
            "See whether it runs; what was sent before is kept. Send the file again.",
        )

    def _headers(self, document: bytes) -> dict[str, str]:
        kind = {"content-type": "application/cloudevents+json"}
        if not self._secret.startswith(PRIVATE_PREFIX):
            return kind | {"authorization": f"Bearer {self._secret}"}
        message, now = secrets.token_hex(7), int(self._clock().timestamp())
        try:
            signature = sign(self._secret, message, now, document)
        except BadKeyError as error:
            raise CommandError(f"this key cannot sign: {error}.") from None
        return kind | {
            "kelambu-agency": self._agency,
            "webhook-id": message,
            "webhook-timestamp": str(now),
            "webhook-signature": signature,
        }


def _problem(content: bytes) -> _Problem:
    try:
        return msgspec.json.decode(content, type=_Problem)
    except msgspec.DecodeError:
        return _Problem()
