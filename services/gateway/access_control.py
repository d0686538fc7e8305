"""Access control: who sends a request, and whether the agency may send one more."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, MutableMapping
from contextlib import asynccontextmanager

from redis.exceptions import RedisError

from events.message import Language
from services.gateway.bodies import Receive, UnauthenticatedBodies, expected_size, read_body
from services.gateway.problems import (
    Header,
    Problem,
    language_of,
    takes_json,
    unavailable,
    unidentified,
)
from services.gateway.rate_limit import Rates
from services.identity.authentication import AGENCY, SIGNATURE, Directory, Principal, Unidentified, identify
from services.platform.clock import Clock

_ONCE = frozenset(
    {
        "authorization",
        "content-encoding",
        "content-length",
        "content-type",
        "host",
        "kelambu-agency",
        "traceparent",
        "webhook-id",
        "webhook-signature",
        "webhook-timestamp",
    }
)


class AccessControl:
    """Identifies agencies, and holds each to its rate."""

    def __init__(self, directory: Directory, rates: Rates, clock: Clock) -> None:
        self._directory, self.rates, self._clock = directory, rates, clock
        self._unauthenticated = UnauthenticatedBodies()

    @asynccontextmanager
    async def enter(
        self, headers: Mapping[str, str], receive: Receive, state: MutableMapping[str, object]
    ) -> AsyncIterator[tuple[Principal, bytes]]:
        """Give who sends a request, and its body, and count it among what the agency has in hand.

        Of whom no key is known, no body is read. ``state`` is the request's, and learns the agency as soon as it is
        known.

        Raises:
            Problem: nobody is identified, the agency sends too much, or the body cannot be taken.
            Gone: the client has left.
        """
        if not takes_json(headers.get("accept", "")):
            raise Problem("not-acceptable")
        language = language_of(headers.get("accept-language", ""))
        if SIGNATURE in headers:
            await self._expect(headers)
            body = await self._unauthenticated.read(receive, headers)
            identity = await self._identified(headers, body, language)
            state["agency"] = identity.agency
            self.rates.take(identity.agency, 1)
            with self.rates.in_hand(identity.agency, len(body)):
                yield identity, body
        else:
            identity = await self._identified(headers, b"", language)
            state["agency"] = identity.agency
            self.rates.take(identity.agency, 1)
            with self.rates.in_hand(identity.agency, expected_size(headers)):
                yield identity, await read_body(receive, headers)

    async def _expect(self, headers: Mapping[str, str]) -> None:
        """Refuse a signed request in the name of an agency that has no public key, before its body is read."""
        try:
            credentials = (await self._directory.now()).public
        except (RedisError, OSError):
            raise unavailable() from None
        if headers.get(AGENCY) not in credentials:
            await self._identified(headers, b"-", language_of(headers.get("accept-language", "")))

    async def _identified(self, headers: Mapping[str, str], body: bytes, language: Language) -> Principal:
        try:
            return await identify(self._directory, headers, body, self._clock())
        except Unidentified as error:
            raise unidentified(error, language) from None
        except (RedisError, OSError):
            raise unavailable() from None


def read_headers(raw_headers: Iterable[Header]) -> dict[str, str]:
    """Return the headers of a request by their names in small letters.

    Raises:
        Problem: one is given twice of which only one can count.
    """
    headers: dict[str, str] = {}
    for raw_name, raw_value in raw_headers:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        if name in headers:
            if name in _ONCE or name.startswith("ce-"):
                raise Problem("malformed-request")
            value = f"{headers[name]}, {value}"
        headers[name] = value
    return headers
