"""Who may see which page: roles, sessions, and that a form comes from a page of ours."""

from __future__ import annotations

import hmac
import re
from typing import cast

from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.handlers import BaseRouteHandler
from litestar.types import ASGIApp, Receive, Scope, Send
from redis.exceptions import RedisError

from events.message import message
from services.console.context import LANGUAGE_COOKIE, ConsoleRequest, ConsoleServices, language_of
from services.console.errors import NobodySignedIn, PageError
from services.ledger.sessions import Session
from services.ledger.user_accounts import ROLES, Role, UserAccount
from services.texts.language import speaking

SESSION_COOKIE, FORM_COOKIE = "session", "form"
FIELD = "csrf"
"""The field of a form that says that the form is ours."""
EVERYBODY = {"everybody": True}
"""``opt`` of a page that needs nobody to be signed in."""
_READING = ("GET", "HEAD")
_PATH = re.compile(r"/(?![/\\])[!-\[\]-~]*", re.ASCII)


class RoleGuard:
    """A guard that lets in who has one of some roles."""

    def __init__(self, roles: tuple[Role, ...]) -> None:
        self.roles = roles

    async def __call__(self, connection: ASGIConnection, _: BaseRouteHandler) -> None:  # type: ignore[type-arg] # Litestar's own
        """Raise ``PageError`` for whoever has none of them, and ``NobodySignedIn``."""
        account = cast("UserAccount | None", connection.scope.get("user"))
        if account is None:
            raise NobodySignedIn
        if set(self.roles).isdisjoint(account.roles):
            role_names = tuple(message(f"role.{role}") for role in self.roles)
            raise PageError(403, message("console.error.403.roles", roles=role_names))


def allowed(*roles: Role) -> RoleGuard:
    """Return the guard of a page for these roles; ``guards=[allowed(…)]`` is at each page."""
    return RoleGuard(roles or ROLES)


SIGNED_IN = allowed(*ROLES)
"""The guard of a page for everybody who is signed in."""


async def signed_in(connection: ASGIConnection, handler: BaseRouteHandler) -> None:  # type: ignore[type-arg]
    """Let nobody in who is not signed in, but to the pages for everybody; raise why nobody can be known, if so."""
    if (error := cast("Exception | None", connection.scope.get("unanswered"))) is not None:
        raise error
    if connection.scope.get("user") is None and not handler.opt.get("everybody"):
        raise NobodySignedIn


class OwnFormGuard:
    """Refuses what was sent by a form of another site: its secret is that of the session, or of the browser before it.

    A browser says which site a form is on; what says nothing of it is held by the secret alone.
    """

    def __init__(self, services: ConsoleServices) -> None:
        self._services = services

    async def __call__(self, connection: ASGIConnection, _: BaseRouteHandler) -> None:  # type: ignore[type-arg]
        """Raise ``PageError`` for what is sent and not from a form of ours."""
        request = cast("ConsoleRequest", connection)
        if request.method in _READING:
            return
        if not self._of_own_site(request):
            raise PageError(403, message("console.error.403.other-site"))
        session = cast("Session | None", connection.scope.get("auth"))
        before = request.cookies.get(self._services.cookie(FORM_COOKIE), "")
        secret, form_secret = session.csrf if session else before, (await request.form()).get(FIELD, "")
        if not secret or not hmac.compare_digest(secret.encode(), str(form_secret).encode()):
            raise PageError(403, message("console.error.403.form"))

    def _of_own_site(self, request: ConsoleRequest) -> bool:
        if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return False
        origin = request.headers.get("origin")
        return origin is None or origin == self._services.address_of(request)


def within(address: str) -> str:
    """Return an address of the console that may be gone to next.

    ``/`` for any other, so that nobody is led elsewhere.
    """
    return address if _PATH.fullmatch(address) else "/"


class SessionReader:
    """Finds out from the cookies who is signed in, and in which language to speak, before any page is looked for."""

    def __init__(self, app: ASGIApp, services: ConsoleServices) -> None:
        """Read the sessions of these services; what lies in ``/static`` needs none."""
        self._app, self._services = app, services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Tell the pages who it is; where the server does not answer, the first guard raises why."""
        cookies = ASGIConnection[BaseRouteHandler, None, None, State](scope).cookies
        scope["user"] = scope["auth"] = None
        if not scope["path"].startswith("/static/"):
            try:
                scope["user"], scope["auth"] = await self._who(
                    cookies.get(self._services.cookie(SESSION_COOKIE))
                )
            except (RedisError, OSError) as error:
                scope["unanswered"] = error  # type: ignore[typeddict-unknown-key] # a key of ours
        with speaking(language_of(cookies.get(self._services.cookie(LANGUAGE_COOKIE)))):
            await self._app(scope, receive, send)

    async def _who(self, name: str | None) -> tuple[UserAccount | None, Session | None]:
        """Return the account and its session.

        Neither where the session has ended or the account's rights have changed.
        """
        services = self._services
        session = await services.sessions.find(name, services.installation.clock()) if name else None
        account = await services.accounts.get(session.account) if session else None
        if session is None or account is None or not is_good(session, account):
            return None, None
        return account, session


def is_good(session: Session, account: UserAccount) -> bool:
    """Tell whether a session is still one of its account: neither was changed, locked or made anew since."""
    return session.rights == account.rights and session.began >= account.since and not account.locked
