"""The console as an application: the routes of all pages, what every answer carries, and the pages of errors."""

from __future__ import annotations

import asyncio
import importlib
import pkgutil
import re
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from urllib.parse import quote

import structlog
from litestar import Litestar, Response
from litestar.datastructures import UploadFile
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.types import ASGIApp, ControllerRouterHandler, Receive, Scope, Send
from litestar.types import Message as SentMessage
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from events.message import Message, MessageError, message
from projections.store import DamagedError, NotBuiltError, Store
from services.audit_trail.engagements import EngagementError
from services.audit_trail.trail import TrailReader
from services.book.cut import NoCutError
from services.console import pages
from services.console.access import OwnFormGuard, SessionReader, signed_in
from services.console.asking import at_work
from services.console.context import ConsoleContext, ConsoleRequest, ConsoleServices
from services.console.errors import NobodySignedIn, PageError
from services.console.forms import FormError, FormsShownAgain, fault_of, readable, state_of, wrong_form
from services.console.past_books import BookIsBuiltError, PastBooks, build_beside
from services.console.rendering import page, see_other
from services.console.results import Results
from services.console.theme import theme_of
from services.identity.provider import IdentityProvider, ProviderClient
from services.ledger.sessions import Sessions, SignInAttempts
from services.ledger.user_accounts import UserAccounts
from services.platform.settings import Settings, SettingsError
from services.runtime.bootstrap import Installation
from services.runtime.health import asked_as_get
from services.texts.errors import AdvisedError, TextError

MAX_BODY = 2**20
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
_SHOWN_AGAIN = b"private, no-cache"
"""What a form is answered with is shown again by the browser's way back, and sends nothing again; other pages are
asked for again."""
_LOOPBACK = re.compile(rb"(?:localhost|127\.0\.0\.1|\[::1\])(?::[0-9]{1,5})?")

log = structlog.get_logger()


@contextmanager
def application(installation: Installation) -> Iterator[ASGIApp]:
    """Open the console of an installation; call it where an event loop runs."""
    settings = installation.settings
    with (
        closing(Store(settings.database_url)) as store,
        Results() as results,
        PastBooks(partial(build_beside, results, settings)) as past_books,
    ):
        services = services_of(installation, store, results, past_books)
        yield guarded(SessionReader(FormsShownAgain(litestar(services)), services), settings)


def services_of(
    installation: Installation, store: Store, results: Results, past_books: PastBooks
) -> ConsoleServices:
    """Return what all requests share."""
    core = installation.core
    return ConsoleServices(
        installation,
        store,
        UserAccounts(core),
        Sessions(core, str(installation.identity)),
        SignInAttempts(core),
        asyncio.get_running_loop(),
        results,
        past_books,
        theme_of(installation.settings),
        TrailReader(installation),
        _provider_of(installation),
    )


def _provider_of(installation: Installation) -> IdentityProvider | None:
    """Return the identity provider that the settings name; raises ``SettingsError`` where its secret cannot be read."""
    settings = installation.settings
    if not settings.oidc_issuer or settings.oidc_secret is None:
        return None
    try:
        secret = settings.oidc_secret.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        secret = ""
    if not secret:
        name, file = "KELAMBU_OIDC_SECRET", settings.oidc_secret
        raise SettingsError(message("setting.secret-file", name=name, file=file))
    known_as = ProviderClient(settings.oidc_issuer, settings.oidc_client, secret)
    return IdentityProvider(known_as, installation.clock)


def litestar(services: ConsoleServices) -> Litestar:
    """Return the pages, without what ``SessionReader`` and ``guarded`` add."""

    async def console_of(request: ConsoleRequest) -> ConsoleContext:
        data = await request.form()
        form = {
            name: [str(one) for one in data.getall(name) if not isinstance(one, UploadFile)] for name in data
        }
        files = {name: await one.read() for name, one in data.multi_items() if isinstance(one, UploadFile)}
        state_of(request.scope).values = form
        console = ConsoleContext(services, request, form, files)
        readable(console.query | form)
        return console

    return Litestar(
        routes(),
        dependencies={"console": Provide(console_of)},
        guards=[signed_in, OwnFormGuard(services)],
        exception_handlers={Exception: partial(error_page, services)},
        request_max_body_size=MAX_BODY,
        openapi_config=None,
        logging_config=None,
    )


def routes() -> Sequence[ControllerRouterHandler]:
    """Return the routes of every module of ``pages``."""
    modules = sorted(module.name for module in pkgutil.iter_modules(pages.__path__))
    return [route for name in modules for route in importlib.import_module(f"{pages.__name__}.{name}").routes]


def guarded(app: ASGIApp, settings: Settings) -> ASGIApp:
    """Answer only those who call the console by its name, and tell browsers with every answer what it may not do."""
    public = settings.console_address.partition("://")[2].encode()
    headers = _HEADERS | ({"strict-transport-security": "max-age=31536000"} if public else {})
    added = [(name.encode(), value.encode()) for name, value in headers.items()]

    async def answered(scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(event: SentMessage) -> None:
            if event["type"] == "http.response.start":
                answer_headers = [(name, value) for name, value in event["headers"] if name != b"server"]
                if not any(name == b"cache-control" for name, _ in answer_headers):
                    shows_page = scope.get("method") == "POST" and event["status"] // 100 != 3
                    answer_headers.append((b"cache-control", _SHOWN_AGAIN if shows_page else b"no-store"))
                event["headers"] = [*answer_headers, *added]
            await send(event)

        host = dict(scope["headers"]).get(b"host", b"").lower()
        if (public and host == public) or _LOOPBACK.fullmatch(host):
            await app(asked_as_get(scope), receive, sending)
        else:
            await sending(
                {"type": "http.response.start", "status": 421, "headers": [(b"content-type", b"text/plain")]}
            )
            await sending(
                {"type": "http.response.body", "body": b"KELAMBU_CONSOLE_ADDRESS\n", "more_body": False}
            )

    return answered


def error_page(
    services: ConsoleServices, request: ConsoleRequest, error: Exception
) -> Response[str] | Response[None]:
    """Return the page that says what is wrong and what to do; of an unexpected error only that there was one."""
    console = ConsoleContext(services, request, {})
    if isinstance(error, NobodySignedIn):
        address = console.address() if request.method == "GET" else "/"
        return see_other("/sign-in" if address == "/" else f"/sign-in?next={quote(address, safe='/')}")
    if isinstance(error, BookIsBuiltError):
        return at_work(console, "console.moment.building", error.progress)
    what: Message
    cure: Message | None = None
    match error:
        case PageError() | FormError():
            status, what = error.status, error.message
        case AdvisedError() | NoCutError():
            status, what = 400, error.message
        case NotBuiltError() | DamagedError():
            status, what = 503, error.message
        case TextError():
            status, what = 409, error.message
        case RedisError() | SQLAlchemyError() | ConnectionError() | TimeoutError():
            status, what = 503, message("console.error.503.detail")
            log.warning("page.not-answered", exc_info=error)
        case HTTPException() if error.status_code < 500:
            status = error.status_code if error.status_code in (404, 405, 413) else 400
            what = message(f"console.error.{status}.detail")
        case _:
            status, what = 500, message("console.error.500.detail")
            log.error("page.failed", exc_info=error)
    if (wrong := wrong_form(request, error, status)) is not None:
        state_of(request.scope).wrong = wrong
        return Response("")  # in its place the page of the form is shown
    if isinstance(error, MessageError):
        fault = fault_of(error)
        what, cure = fault.what, fault.cure
    over = isinstance(error, EngagementError)
    return page(console, "error.html", status, status=status, what=what, cure=cure, engagement_over=over)
