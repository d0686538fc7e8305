"""A small identity provider: OpenID Connect over real HTTP, with keys of its own.

What it says wrongly can be chosen.
"""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey

from tests.small_installation import NOW

CLIENT, SECRET = "kelambu", "rahasia klien/1"


def new_key(name: str) -> RSAKey:
    """A key to sign with."""
    return RSAKey.generate_key(2048, {"kid": name})


class SmallProvider:
    """``claims`` replace those of the next tokens; ``key`` and ``algorithm`` sign them.

    ``user`` is who is signed in there.
    """

    def __init__(self, url: str) -> None:
        self.url, self.user = url, "rina"
        self.key, self.claims, self.algorithm = new_key("first"), dict[str, object](), "RS256"
        self.published = [self.key]
        self.description: dict[str, object] = {
            "issuer": url,
            "authorization_endpoint": f"{url}/authorize",
            "token_endpoint": f"{url}/token",
            "jwks_uri": f"{url}/keys",
        }
        self.codes: dict[str, dict[str, str]] = {}

    def keys(self) -> dict[str, object]:
        return dict(KeySet(list(self.published)).as_dict(private=False))

    def authorize(self, asked: dict[str, str]) -> str:
        """The address to which the browser is led back, with a code."""
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT
        assert asked["code_challenge_method"] == "S256"
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def token(self, form: dict[str, str], authorization: str) -> dict[str, str] | None:
        """A token for a code, once; None where the client, its address or the verifier is another."""
        asked = self.codes.pop(form.get("code", ""), None)
        pair = base64.b64decode(authorization.removeprefix("Basic ")).decode()
        client, _, secret = pair.partition(":")
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if (unquote(client), unquote(secret)) != (CLIENT, SECRET) or asked is None:
            return None
        if (challenge, form["redirect_uri"]) != (asked["code_challenge"], asked["redirect_uri"]):
            return None
        now = int(NOW.timestamp())
        claims = {"iss": self.url, "sub": "7", "aud": CLIENT, "iat": now, "exp": now + 60}
        claims |= {"nonce": asked["nonce"], "preferred_username": self.user} | self.claims
        header: dict[str, object] = {"alg": self.algorithm, "kid": self.key.kid}
        key = self.key if self.algorithm != "HS256" else OctKey.import_key(self.key.as_pem(private=False))
        return {"id_token": self.signed(header, claims, key), "access_token": "none", "token_type": "Bearer"}

    def signed(self, header: dict[str, object], claims: dict[str, object], key: RSAKey | OctKey) -> str:
        if self.algorithm == "none":
            parts = [json.dumps(part).encode() for part in (header, claims)]
            return ".".join([*(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts), ""])
        return jwt.encode(header, claims, key, algorithms=[self.algorithm])


@contextmanager
def small_provider() -> Iterator[SmallProvider]:
    """Run a provider at an address that nobody else has."""
    found: list[SmallProvider] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            provider, parts = found[0], urlsplit(self.path)
            if parts.path == "/authorize":
                asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
                self.send_response(302)
                self.send_header("location", provider.authorize(asked))
                self.end_headers()
            elif parts.path == "/keys":
                self._answer(provider.keys())
            else:
                self._answer(provider.description)

        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers["content-length"])).decode()
            form = {name: values[0] for name, values in parse_qs(sent).items()}
            token = found[0].token(form, self.headers.get("authorization", ""))
            self._answer(token or {"error": "invalid_grant"}, 200 if token else 400)

        def _answer(self, content: object, status: int = 200) -> None:
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(content).encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found.append(SmallProvider(f"http://127.0.0.1:{server.server_port}"))
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield found[0]
        finally:
            server.shutdown()
            thread.join()
