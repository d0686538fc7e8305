"""Identifying who sends a request: by an API key, by a signature, or by whatever a site adds.

Every way that a request takes must hold, and all must name the same agency. A way is a function of the shape
``IdentificationMethod``; a site that has OAuth 2 or mTLS adds one (see docs/identity.md). The credentials of all
agencies are kept in memory: a change is known within a tenth of a second, and a request costs next to nothing.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import re
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, NamedTuple, Protocol, TypeAlias

import msgspec
from msgspec import Struct

from events.message import Message, Parameter
from events.origin import Origin
from events.values import MessageId
from services.identity.credentials import is_secret_of, read_api_key, verifies
from services.ledger.credentials import Credential, Credentials

FRESH_SECONDS = 0.1
"""A revoked key is refused after this and one question to the server, at the latest."""


class Snapshot(Struct, frozen=True):
    """The credentials at one moment: every one by its id, and each agency's public keys, newest first."""

    by_id: Mapping[str, Credential]
    public: Mapping[str, Sequence[Credential]]


class Directory:
    """The credentials of all agencies, asked for anew when they were last seen a tenth of a second ago.

    While the server does not answer nobody is identified: what is older is never used.
    """

    def __init__(self, store: Credentials, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._store, self._monotonic = store, monotonic
        self._asking = asyncio.Lock()
        self._changes, self._looked_at_seconds = -1, float("-inf")
        self._snapshot = Snapshot({}, {})

    async def now(self) -> Snapshot:
        """Return the credentials of a moment at most ``FRESH_SECONDS`` ago."""
        if not self._fresh:
            async with self._asking:
                if not self._fresh:
                    await self._look()
        return self._snapshot

    @property
    def _fresh(self) -> bool:
        return self._monotonic() - self._looked_at_seconds < FRESH_SECONDS

    async def _look(self) -> None:
        began = self._monotonic()
        changes = await self._store.changes()
        if changes != self._changes:
            self._snapshot = snapshot_of(await self._store.all())
        self._changes, self._looked_at_seconds = changes, began


def snapshot_of(credentials: Sequence[Credential]) -> Snapshot:
    public: dict[str, list[Credential]] = {}
    for one in reversed(credentials):
        if one.kind == "public":
            public.setdefault(one.agency, []).append(one)
    return Snapshot({one.id: one for one in credentials}, public)


TOLERANCE = dt.timedelta(minutes=5)
"""How far the timestamp of a signature may lie from the clock here, either way."""
MAX_SIGNATURES = 2
"""How many signatures of one request are looked at: of the key in use, and of the one that takes its place."""

AGENCY, MESSAGE, TIMESTAMP, SIGNATURE = (
    "kelambu-agency",
    "webhook-id",
    "webhook-timestamp",
    "webhook-signature",
)
"""The headers of a signed request. The first says whose keys to try; nobody else's signature passes."""

Code: TypeAlias = Literal[
    "missing", "malformed", "unknown-key", "expired", "revoked", "bad-signature", "timestamp", "two-agencies"
]


class Principal(NamedTuple):
    """Who sends a request, and the id of the credential that says so.

    ``origin`` is the proof for the one document that the body is, byte for byte; None without a signature, and for a
    batch, whose signature is over all of it and proves none of its events alone.
    """

    agency: str
    key: str
    origin: Origin | None = None


class Unidentified(Exception):  # noqa: N818 - the contract's word
    """Nobody is identified: answer 401. ``message`` says what to do and repeats nothing that was sent."""

    def __init__(self, code: Code, key: str = "", /, **parameters: Parameter) -> None:
        """Keep the code and the message for the answer.

        ``key`` names a text under ``unidentified``, the code's own if none.
        """
        super().__init__(f"{code} {key}".strip())
        self.code, self.message = code, Message(f"unidentified.{key or code}", parameters)


class IdentificationMethod(Protocol):
    """One way of identifying: None where the request does not take it, an identity, or ``Unidentified``."""

    async def __call__(
        self, directory: Directory, headers: Mapping[str, str], body: bytes, now: dt.datetime, /
    ) -> Principal | None:
        """Identify by these headers (names in small letters) and this body, as it was before compression."""


async def by_api_key(
    directory: Directory, headers: Mapping[str, str], _body: bytes, now: dt.datetime
) -> Principal | None:
    """Identify by ``Authorization: Bearer kk_…``; another token is for another way."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.startswith("kk_"):
        return None
    key = read_api_key(token)
    if key is None:
        raise Unidentified("malformed", "api-key-form")
    credential = (await directory.now()).by_id.get(key[0])
    if credential is None or not is_secret_of(credential, key[1]):
        raise Unidentified("unknown-key")
    _must_live(credential, now)
    return Principal(credential.agency, credential.id)


async def by_signature(
    directory: Directory, headers: Mapping[str, str], body: bytes, now: dt.datetime
) -> Principal | None:
    """Identify by the headers of Standard Webhooks with ed25519 (``v1a``), and the name of the agency beside them."""
    if SIGNATURE not in headers:
        return None
    agency, message, timestamp, signatures = _read(headers, body)
    if abs(now.timestamp() - timestamp) > TOLERANCE.total_seconds():
        raise Unidentified("timestamp")
    for credential in _candidates((await directory.now()).public.get(agency, ()), now):
        for signature in signatures:
            origin = Origin(key=credential.id, message=message, timestamp=timestamp, signature=signature)
            if verifies(credential, origin, body):
                _must_live(credential, now)
                return Principal(agency, credential.id, None if _BATCH.match(body) else origin)
    raise Unidentified("bad-signature")


WAYS: tuple[IdentificationMethod, ...] = (by_api_key, by_signature)


async def identify(
    directory: Directory,
    headers: Mapping[str, str],
    body: bytes,
    now: dt.datetime,
    ways: Sequence[IdentificationMethod] = WAYS,
) -> Principal:
    """Return who sends a request. Header names are in small letters; ``body`` is what was sent, before compression.

    Raises:
        Unidentified: nobody that is known, or not beyond doubt.
    """
    principals = [one for way in ways if (one := await way(directory, headers, body, now)) is not None]
    if not principals:
        if "authorization" in headers:
            raise Unidentified("malformed", "authorization")
        raise Unidentified("missing")
    if len({one.agency for one in principals}) > 1:
        raise Unidentified("two-agencies")
    return next((one for one in principals if one.origin), principals[0])


_BATCH = re.compile(rb"[ \t\r\n]*\[")
_SECONDS = re.compile(r"[1-9][0-9]{9}", re.ASCII)
_VERSION = "v1a,"


def _read(headers: Mapping[str, str], body: bytes) -> tuple[str, str, int, list[str]]:
    """Return agency, message, timestamp and signatures of a signed request."""
    missing = [name for name in (AGENCY, MESSAGE, TIMESTAMP) if name not in headers]
    if missing:
        raise Unidentified("malformed", "headers", names=", ".join(missing))
    if not body:
        raise Unidentified("malformed", "no-body")
    if any(name.startswith("ce-") for name in headers):
        raise Unidentified("malformed", "ce-headers")
    try:
        message = msgspec.convert(headers[MESSAGE], MessageId)
    except msgspec.ValidationError:
        raise Unidentified("malformed", "webhook-id") from None
    if not _SECONDS.fullmatch(headers[TIMESTAMP]):
        raise Unidentified("malformed", "webhook-timestamp")
    signatures = [
        one.removeprefix(_VERSION) for one in headers[SIGNATURE].split(" ") if one.startswith(_VERSION)
    ]
    if not 0 < len(signatures) <= MAX_SIGNATURES:
        raise Unidentified("malformed", "webhook-signature")
    return headers[AGENCY], message, int(headers[TIMESTAMP]), signatures


def _candidates(credentials: Sequence[Credential], now: dt.datetime) -> list[Credential]:
    """Return the keys that live, and of those that ended the one added last, so that its owner is told so."""
    ended = [one for one in credentials if one.ended(now)]
    return [one for one in credentials if not one.ended(now)] + ended[:1]


def _must_live(credential: Credential, now: dt.datetime) -> None:
    """Refuse a credential whose time is over; called only for whoever has proved to hold it."""
    if credential.ended(now):
        raise Unidentified("revoked" if credential.until == credential.revoked else "expired")
