"""Signing in and out, and the language of the pages."""

from __future__ import annotations

import asyncio
import secrets

from litestar import Response, get, post
from litestar.params import FromPath

from events.message import LANGUAGES, message
from services.audit_trail.records import SignIn, SignInRecorded
from services.audit_trail.trail import append
from services.console.access import EVERYBODY, FORM_COOKIE, SESSION_COOKIE, SIGNED_IN, within
from services.console.context import LANGUAGE_COOKIE, Console, ConsoleRequest
from services.console.errors import missing
from services.console.forms import FieldFault, FormError
from services.console.rendering import cookie, page, see_other
from services.identity.passwords import is_password
from services.ledger.sessions import ATTEMPTS
from services.ledger.user_accounts import UserAccount

_HASHING = asyncio.Semaphore(2)
"""Each hash takes 64 MB and a processor: of more at a time the pages of others would wait."""


@get("/sign-in", opt=EVERYBODY)
async def form(console: Console, request: ConsoleRequest) -> Response[str]:
    """Show the form; its secret is kept by the browser."""
    secret = request.cookies.get(console.services.cookie(FORM_COOKIE)) or secrets.token_urlsafe(16)
    answer = page(console, "sign_in.html", secret=secret, next_page=within(console.one("next", "/")))
    answer.set_cookie(cookie(console, FORM_COOKIE, secret))
    return answer


@post("/sign-in", opt=EVERYBODY, form="/sign-in")
async def sign_in(console: Console, request: ConsoleRequest) -> Response[None]:
    """Begin a session under a new id, and lead on; a wrong name and a wrong password are the same to whoever tries."""
    name, services = console.sent("name").casefold(), console.services
    attempt = await services.attempts.count(name)
    if attempt > ATTEMPTS:
        raise FormError({"name": FieldFault(message("console.sign-in.locked"))}, 403)
    account = await services.accounts.get(name)
    password = next(iter(console.form.get("password", ())), "")
    async with _HASHING:
        right = await asyncio.to_thread(is_password, account.password if account else "", password)
    if account is None or not right or account.locked:
        if account is not None:
            await record(console, account.name, "locked" if attempt == ATTEMPTS else "refused")
        raise FormError({"password": FieldFault(message("console.sign-in.wrong"))}, 403)
    await services.attempts.forget(name)
    answer = see_other(within(console.one("next", "/")))
    await begin_session(console, request, account, answer)
    return answer


async def begin_session(
    console: Console, request: ConsoleRequest, account: UserAccount, answer: Response[str] | Response[None]
) -> None:
    """Begin a session of an account under a new id, which goes with the answer, and end the one that the browser had."""
    services = console.services
    await record(console, account.name, "signed-in")
    session, _ = await services.sessions.begin(account.name, account.rights, console.clock)
    if (before := request.cookies.get(services.cookie(SESSION_COOKIE))) is not None:
        await services.sessions.end(before)
    answer.set_cookie(cookie(console, SESSION_COOKIE, session))
    answer.set_cookie(cookie(console, FORM_COOKIE, "", 0))


@post("/sign-out", guards=[SIGNED_IN])
async def sign_out(console: Console, request: ConsoleRequest) -> Response[None]:
    """End the session."""
    services = console.services
    await services.sessions.end(request.cookies[services.cookie(SESSION_COOKIE)])
    await record(console, console.account.name, "signed-out")
    answer = see_other("/sign-in")
    answer.headers["clear-site-data"] = '"cache"'  # answers to forms are kept for the way back until then
    answer.set_cookie(cookie(console, SESSION_COOKIE, "", 0))
    return answer


@get("/language/{language:str}", opt=EVERYBODY)
async def choose_language(language: FromPath[str], console: Console) -> Response[None]:
    """Speak another language from now on, and go back."""
    if language not in LANGUAGES:
        raise missing()
    answer = see_other(within(console.one("next", "/")))
    answer.set_cookie(cookie(console, LANGUAGE_COOKIE, language, 365 * 24 * 3600))
    return answer


async def record(console: Console, account: str, outcome: SignIn) -> None:
    """Record in the audit trail what became of a sign-in."""
    await append(console.installation, SignInRecorded(account=account, outcome=outcome), by=account)


routes = (form, sign_in, sign_out, choose_language)
