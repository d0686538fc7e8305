"""Signing in through the identity provider of a site: a real one over HTTP, that signs real tokens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from services.audit_trail.trail import TrailSignature
from services.operations import accounts
from tests.consoles import PASSWORD, RunningConsole, post, running_console
from tests.small_installation import NOW
from tests.system.console.identity_provider import CLIENT, SECRET, SmallProvider, new_key, small_provider

BY: TrailSignature = {"by": "operator", "reason": "", "engagement": ""}


@pytest.fixture(scope="module")
def provider() -> Iterator[SmallProvider]:
    """An identity provider."""
    with small_provider() as running:
        yield running


@pytest.fixture(scope="module")
def site(provider: SmallProvider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningConsole]:
    """A console of a site that has this provider, and the account ``rina``, which signs in through it."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "secret").write_text(f"{SECRET}\n")
    known = {"oidc_issuer": provider.url, "oidc_client": CLIENT, "oidc_secret": folder / "secret"}
    with running_console(folder / "data", **known) as running:
        new = accounts.add_account(running.installation, "rina", ("officer",), "bpjs", None, BY)
        running.run(new)
        yield running


@pytest.fixture(autouse=True)
def _as_it_was(provider: SmallProvider) -> Iterator[None]:
    before = dict(vars(provider)) | {"published": list(provider.published)}
    yield
    vars(provider).update(before)


def leave(client: httpx.Client, path: str = "/sign-in/provider") -> str:
    """Go to the provider and be led back; returns the address to which."""
    away = client.get(path)
    assert away.status_code == 303, away.text
    return httpx.get(away.headers["location"]).headers["location"]


def come_back(client: httpx.Client, path: str = "/sign-in/provider") -> httpx.Response:
    """Go there and come back."""
    return client.get(leave(client, path))


def is_signed_in(client: httpx.Client) -> bool:
    """Whether the first page is shown."""
    return client.get("/").status_code == 200


def test_who_the_provider_knows_signs_in_with_the_roles_of_the_account(site: RunningConsole):
    """The page leads on to what was wanted, from here, so that the browser sends the cookie of the session."""
    with site.nobody() as client:
        assert 'href="/sign-in/provider?next=/claims"' in client.get("/sign-in?next=/claims").text
        done = come_back(client, "/sign-in/provider?next=/claims?status=paid")
        assert done.status_code == 200
        assert 'content="0;url=/claims?status=paid"' in done.text
        assert is_signed_in(client)
        assert client.get("/claims").status_code == 200
        assert "leaving" not in client.cookies


def test_the_cookie_of_the_way_is_sent_when_the_provider_leads_back(site: RunningConsole):
    """That of the session is not: no other site begins anything in it."""
    with site.nobody() as client:
        (leaving,) = client.get("/sign-in/provider").headers.get_list("set-cookie")
        assert "samesite=lax" in leaving.lower()
        assert "httponly" in leaving.lower()
        session = come_back(client).headers.get_list("set-cookie")
        assert [one for one in session if one.startswith("session=") and "samesite=strict" in one.lower()]


def test_nobody_is_led_elsewhere_by_way_of_the_provider(site: RunningConsole):
    """What was wanted is an address of the console."""
    with site.nobody() as client:
        done = come_back(client, "/sign-in/provider?next=//elsewhere.example")
        assert 'content="0;url=/"' in done.text


def test_a_way_that_another_browser_began_ends_nowhere(site: RunningConsole):
    """Neither with its state nor with another; a code is good once."""
    with site.nobody() as client, site.nobody() as other:
        address = leave(client)
        assert other.get(address).status_code == 403
        other.get("/sign-in/provider")
        assert other.get(address).status_code == 403
        assert not is_signed_in(other)
        again = client.cookies["leaving"]
        assert client.get(address).status_code == 200
        other.cookies.set("leaving", again, domain="127.0.0.1", path="/")
        assert other.get(address).status_code == 403
        assert not is_signed_in(other)


WRONG: dict[str, Callable[[SmallProvider], None]] = {
    "issuer": lambda one: one.claims.update(iss="https://elsewhere.example"),
    "client": lambda one: one.claims.update(aud="another"),
    "one of several clients": lambda one: one.claims.update(aud=[CLIENT, "another"]),
    "nonce": lambda one: one.claims.update(nonce="another"),
    "over": lambda one: one.claims.update(exp=int(NOW.timestamp()) - 61),
    "to come": lambda one: one.claims.update(iat=int(NOW.timestamp()) + 61),
    "nameless": lambda one: one.claims.update(preferred_username=""),
    "no time": lambda one: one.claims.update(exp=None),
    "unsigned": lambda one: setattr(one, "algorithm", "none"),
    "public key as a secret": lambda one: setattr(one, "algorithm", "HS256"),
    "another key": lambda one: setattr(one, "key", new_key("first")),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_token_that_does_not_hold_signs_nobody_in(
    site: RunningConsole, provider: SmallProvider, wrong: str
):
    """Whatever is wrong with it."""
    provider.claims = {}
    WRONG[wrong](provider)
    with site.nobody() as client:
        assert come_back(client).status_code == 403
        assert not is_signed_in(client)
    provider.claims = {}


def test_a_new_key_of_the_provider_is_known_at_once(site: RunningConsole, provider: SmallProvider):
    """It is asked for again where a token is signed by one that is not known."""
    with site.nobody() as client:
        assert come_back(client).status_code == 200
        provider.key = new_key("second")
        provider.published.append(provider.key)
        assert come_back(client).status_code == 200


def test_the_provider_speaks_for_no_account_with_a_password(site: RunningConsole, provider: SmallProvider):
    """Nor for one that is locked, or is none: whoever may choose a name there takes over nobody here."""
    with site.nobody() as client:
        for name in ("auditor", "nobody"):
            provider.user = name
            refused = come_back(client)
            assert (refused.status_code, "--without-password" in refused.text) == (403, True)
        provider.user = "Rina"
        site.run(accounts.set_locked(site.installation, "rina", locked=True, signature=BY))
        assert come_back(client).status_code == 403
        site.run(accounts.set_locked(site.installation, "rina", locked=False, signature=BY))
        assert come_back(client).status_code == 200
        assert post(site.nobody(), "/sign-in", name="rina", password=PASSWORD).status_code == 403


def test_without_a_provider_there_is_no_way_to_it(console: RunningConsole):
    """The page for signing in names none."""
    with console.nobody() as client:
        assert "/sign-in/provider" not in client.get("/sign-in").text
        assert client.get("/sign-in/provider").status_code == 404


def test_what_is_no_provider_is_said(tmp_path: Path, provider: SmallProvider):
    """An address that is not safe, the description of another one; the password still signs in."""
    (tmp_path / "secret").write_text(SECRET)
    provider.description |= {"token_endpoint": "http://elsewhere.example/token"}
    known = {"oidc_client": CLIENT, "oidc_secret": tmp_path / "secret"}
    with (
        running_console(tmp_path / "data", oidc_issuer=provider.url, **known) as running,
        running.nobody() as client,
    ):
        assert "KELAMBU_OIDC_ISSUER" in client.get("/sign-in/provider").text
        provider.description |= {
            "token_endpoint": f"{provider.url}/token",
            "issuer": "http://elsewhere.example",
        }
        assert "KELAMBU_OIDC_ISSUER" in client.get("/sign-in/provider").text
        provider.description["issuer"] = provider.url
        assert client.get("/sign-in/provider").status_code == 303
        running.sign_in(client, "auditor")
