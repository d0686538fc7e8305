"""Signing in through the identity provider of the site. It says who somebody is.

The account here says what they may.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from urllib.parse import quote, unquote

from litestar import Response, get
from litestar.response import Redirect

from events.message import message
from services.console.access import EVERYBODY, within
from services.console.context import Console, ConsoleRequest
from services.console.errors import PageError, missing
from services.console.pages.sign_in import begin_session, record
from services.console.rendering import cookie, page
from services.identity.provider import IdentityProvider, ProviderError, new_secret

_COOKIE = "leaving"
_AWAY_SECONDS = 600
_BACK = "/sign-in/provider/back"


@get("/sign-in/provider", opt=EVERYBODY)
async def leave(console: Console, request: ConsoleRequest) -> Response[None]:
    """Lead the browser to the provider; it keeps a secret by which it is known again when it comes back."""
    secret = new_secret()
    address = await _ask(_provider(console).leave, secret, f"{console.services.address_of(request)}{_BACK}")
    answer = Redirect(address, status_code=303)
    cookie_value = f"{secret}.{quote(within(console.one('next', '/')), safe='')}"
    answer.set_cookie(cookie(console, _COOKIE, cookie_value, _AWAY_SECONDS, from_elsewhere=True))
    return answer


@get(_BACK, opt=EVERYBODY)
async def back(console: Console, request: ConsoleRequest) -> Response[str]:
    """Begin a session of the account whose name the provider says, if it is one that signs in so."""
    if console.one("error"):
        raise PageError(403, message("provider.denied"))
    cookie_value = request.cookies.get(console.services.cookie(_COOKIE), "")
    secret, _, next_page = cookie_value.partition(".")
    address = f"{console.services.address_of(request)}{_BACK}"
    name = await _ask(_provider(console).who, secret, address, console.one("state"), console.one("code"))
    account = await console.services.accounts.get(name)
    if account is None or account.password or account.locked:
        if account is not None:
            await record(console, name, "refused")
        raise PageError(403, message("console.provider.no-account"))
    # A page of ours leads on: with a redirect the browser would not send the cookie, since another site began it.
    answer = page(console, "signed_in.html", address=within(unquote(next_page)))
    await begin_session(console, request, account, answer)
    answer.set_cookie(cookie(console, _COOKIE, "", 0, from_elsewhere=True))
    return answer


async def _ask(ask: Callable[..., str], *arguments: str) -> str:
    """Return what the provider answers; raises ``PageError`` with its reason where it does not."""
    try:
        return await asyncio.to_thread(ask, *arguments)
    except ProviderError as error:
        raise PageError(403, error.message) from error


def _provider(console: Console) -> IdentityProvider:
    if console.services.provider is None:
        raise missing()
    return console.services.provider


routes = (leave, back)
