"""Who is it, by the identity provider of a site: OpenID Connect, authorization code with PKCE.

The provider says who somebody is, and nothing about what they may. What is told in the way of the browser is believed
only for the browser in which it began: state, nonce and PKCE verifier follow from one secret that this browser keeps.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import re
import secrets
import threading
import time
import urllib.request
from collections.abc import Callable
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode, urlsplit

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from msgspec import Struct

from events.message import message
from services.platform.clock import Clock
from services.texts.errors import TextError

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""With these an identity token may be signed: each by a key whose private half only the provider has."""
LEEWAY_SECONDS = 60
_ANSWER_SECONDS = 10
_LARGEST = 2**20
_KEPT_SECONDS = 3600
_SECRET_BYTES = 32
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class ProviderError(TextError):
    """The provider cannot say who it is; the message says why, without naming anybody."""


class ProviderClient(Struct, frozen=True):
    """How this installation is known to the provider, and the provider's name for itself."""

    issuer: str
    client: str
    secret: str


class Discovered(Struct, frozen=True):
    """As much of the provider's own description as is used."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str


class _TokenAnswer(Struct):
    id_token: str


class _Claims(Struct):
    """What an identity token must say. ``name`` is by which the account is looked for."""

    iss: str
    sub: str
    aud: str | list[str]
    exp: float
    iat: float
    nonce: str
    azp: str = ""
    preferred_username: str = ""


class IdentityProvider:
    """The provider of a site. Its description and keys are asked for when they are needed, and kept for an hour."""

    def __init__(
        self, known_as: ProviderClient, clock: Clock, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """Ask nothing yet."""
        self._client, self._clock, self._monotonic = known_as, clock, monotonic
        self._asking = threading.Lock()
        self._asked_at = float("-inf")
        self._discovered: Discovered | None = None
        self._keys = KeySet([])

    def leave(self, secret: str, back: str) -> str:
        """Return the address of the provider to which the browser that keeps ``secret`` is led, to come ``back``.

        Raises:
            ProviderError: the provider does not answer, or not as one.
        """
        query = {
            "response_type": "code",
            "scope": "openid profile",
            "client_id": self._client.client,
            "redirect_uri": back,
            "state": derived(secret, "state"),
            "nonce": derived(secret, "nonce"),
            "code_challenge": _challenge(derived(secret, "verifier")),
            "code_challenge_method": "S256",
        }
        endpoint = self._found().authorization_endpoint
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}"

    def who(self, secret: str, back: str, state: str, code: str) -> str:
        """Return the name of who came back with a code to the browser that keeps ``secret``.

        Raises:
            ProviderError: it was begun elsewhere, the provider does not answer, or its token does not hold.
        """
        if not secret or not hmac.compare_digest(state.encode(), derived(secret, "state").encode()):
            raise ProviderError(message("provider.begun-elsewhere"))
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": back,
            "code_verifier": derived(secret, "verifier"),
        }
        answer = self._ask(self._found().token_endpoint, urlencode(form).encode())
        try:
            token = msgspec.json.decode(answer, type=_TokenAnswer).id_token
        except msgspec.MsgspecError:
            raise ProviderError(message("provider.no-provider")) from None
        return self._name_in(token, derived(secret, "nonce"))

    def _name_in(self, token: str, nonce: str) -> str:
        names = self._found()
        try:
            try:
                read = jwt.decode(token, self._keys, algorithms=ALGORITHMS)
            except (JoseError, ValueError):  # signed by a key that the provider has taken since
                names = self._found(anew=True)
                read = jwt.decode(token, self._keys, algorithms=ALGORITHMS)
            claims = msgspec.convert(read.claims, _Claims)
        except (JoseError, ValueError):
            raise ProviderError(message("provider.bad-token")) from None
        now, own = self._clock().timestamp(), self._client.client
        holds = (
            claims.iss == names.issuer
            and (claims.aud in (own, [own]) or (own in _listed(claims.aud) and claims.azp == own))
            and claims.exp > now - LEEWAY_SECONDS
            and claims.iat < now + LEEWAY_SECONDS
            and hmac.compare_digest(claims.nonce.encode(), nonce.encode())
        )
        if not holds or not claims.preferred_username:
            raise ProviderError(message("provider.bad-token"))
        return claims.preferred_username.casefold()

    def _found(self, *, anew: bool = False) -> Discovered:
        """Return the provider's description; its keys are known from then on."""
        with self._asking:
            old = self._monotonic() - self._asked_at > _KEPT_SECONDS
            if self._discovered is None or old or anew:
                self._discover()
            if self._discovered is None:
                raise ProviderError(message("provider.no-provider"))
            return self._discovered

    def _discover(self) -> None:
        issuer = self._client.issuer
        try:
            answer = self._ask(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
            discovered = msgspec.json.decode(answer, type=Discovered)
            if discovered.issuer != issuer or not all(
                is_safe(one)
                for one in (discovered.authorization_endpoint, discovered.token_endpoint, discovered.jwks_uri)
            ):
                raise ProviderError(message("provider.no-provider"))
            self._keys = KeySet.import_key_set(msgspec.json.decode(self._ask(discovered.jwks_uri)))
        except (msgspec.MsgspecError, JoseError, ValueError, TypeError, KeyError):
            raise ProviderError(message("provider.no-provider")) from None
        self._discovered, self._asked_at = discovered, self._monotonic()

    def _ask(self, address: str, form: bytes | None = None) -> bytes:
        """Ask the provider; a redirect is not followed."""
        headers = {"accept": "application/json"}
        if form is not None:
            pair = f"{quote(self._client.client, safe='')}:{quote(self._client.secret, safe='')}"
            headers["authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
            headers["content-type"] = "application/x-www-form-urlencoded"
        request = urllib.request.Request(address, form, headers)  # noqa: S310 -- of a setting, or https by ``is_safe``
        try:
            with _OPENER.open(request, timeout=_ANSWER_SECONDS) as answer:
                content: bytes = answer.read(_LARGEST)
        except HTTPError as error:
            error.close()
            key = "provider.refused" if form is not None else "provider.no-answer"
            raise ProviderError(message(key)) from None
        except (URLError, OSError, http.client.HTTPException):
            raise ProviderError(message("provider.no-answer")) from None
        return content


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        """Follow none."""


_OPENER = urllib.request.build_opener(_NoRedirects)


def _listed(audience: str | list[str]) -> list[str]:
    return [audience] if isinstance(audience, str) else audience


def new_secret() -> str:
    """Return the secret that a browser keeps between leaving and coming back."""
    return secrets.token_urlsafe(_SECRET_BYTES)


def derived(secret: str, what: str) -> str:
    """Return what follows from the secret of a browser, from which nobody can find it."""
    return _text(hashlib.sha256(f"{what}:{secret}".encode()).digest())


def is_safe(address: str) -> bool:
    """Tell whether an address goes over TLS, or stays on this machine."""
    parts = urlsplit(address)
    return bool(re.fullmatch(r"[!-~]+", address)) and (
        (parts.scheme == "https" and bool(parts.hostname))
        or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    )


def _challenge(verifier: str) -> str:
    return _text(hashlib.sha256(verifier.encode()).digest())


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
