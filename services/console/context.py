"""What every handler is given as ``console``: the installation, who is signed in, their language, what they sent."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from types import MappingProxyType
from typing import TypeAlias, TypeVar
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

from litestar import Request
from litestar.datastructures import State
from litestar.di import NamedDependency
from msgspec import Struct

from events.message import LANGUAGES, Language
from events.values import JAKARTA
from projections.store import Store, View
from services.audit_trail.entries import TrailEntry
from services.audit_trail.records import EngagementOpened, Record
from services.audit_trail.trail import TrailReader, TrailSignature, append
from services.benefits.scheme import Scheme
from services.book.cut import KnownOn, cut_of
from services.book.read_models_as_of import Book
from services.claims.moment import cut_asked, look_back
from services.claims.narrowing import filing_agencies
from services.console.forms import FieldFault, Fields, FormError, at, state_of, unknown_name
from services.console.navigation import has_past
from services.console.past_books import PastBooks
from services.console.results import Results
from services.console.theme import Theme
from services.identity.provider import IdentityProvider
from services.ledger.sessions import Session, Sessions, SignInAttempts
from services.ledger.user_accounts import Role, UserAccount, UserAccounts
from services.runtime.bootstrap import Installation
from services.texts.catalogue import texts
from services.texts.typed import read_day
from services.wording.figures import parameter_value
from services.wording.terms import LanguageTexts
from services.wording.trail import out_of_scope

T = TypeVar("T")
ConsoleRequest = Request[UserAccount | None, Session | None, State]
LANGUAGE_COOKIE, DONE_COOKIE = "language", "done"
_AXES = ("known_on", "true_on")
_EVERYWHERE = (*_AXES, "page", "list", "format")
"""What any address may name: the moment that is looked at, and of lists the page, which one is meant, and the form of
a file."""
SETTLED = dt.timedelta(minutes=1)
"""After how long nothing more is recorded with an earlier time."""
_FOR_EVER, _WHILE_SECONDS = float("inf"), 600
"""How long the cut of a moment is kept: one that has passed never changes, one of now is looked for again after ten
minutes."""


class OpenedPage(Struct, frozen=True):
    """A page with personal data, for the account that opened it at this moment."""

    account: str
    content: str
    at: dt.datetime


class ConsoleServices(Struct, frozen=True):
    """What all requests share: one installation, its read models, its accounts and sessions."""

    installation: Installation
    store: Store
    accounts: UserAccounts
    sessions: Sessions
    attempts: SignInAttempts
    loop: asyncio.AbstractEventLoop
    results: Results
    past_books: PastBooks
    theme: Theme
    trail: TrailReader
    provider: IdentityProvider | None = None
    """The identity provider of the site, if it has one."""
    opened: dict[str, OpenedPage] = {}
    """What was opened for a reason and is still to be shown, once, by the name in its address."""
    recorded: set[tuple[str, str, str]] = set()
    """Account, audit and handle of the figures that were recorded, so that a page that is loaded again records
    nothing."""

    @property
    def secure(self) -> bool:
        """Whether browsers come over TLS."""
        return bool(self.installation.settings.console_address)

    def address_of(self, request: ConsoleRequest) -> str:
        """Return the address by which browsers come, without a path; the host was looked at before any page."""
        return self.installation.settings.console_address or f"http://{request.headers.get('host', '')}"

    def cookie(self, name: str) -> str:
        """Return the whole name of a cookie; over TLS one that no other host of the domain can set."""
        return f"__Host-{name}" if self.secure else name


NO_FILES: Mapping[str, bytes] = MappingProxyType({})


class ConsoleContext:
    """One request: who asks what, and of which installation.

    Handlers run in threads, ``run`` and ``record`` from there.
    """

    def __init__(
        self,
        services: ConsoleServices,
        request: ConsoleRequest,
        form: Mapping[str, Sequence[str]],
        files: Mapping[str, bytes] = NO_FILES,
    ) -> None:
        """A handler is given it."""
        self.services, self.installation = services, services.installation
        self.signed_in: UserAccount | None = request.scope.get("user")
        self.session: Session | None = request.scope.get("auth")
        self.language: Language = language_of(request.cookies.get(services.cookie(LANGUAGE_COOKIE)))
        code = request.cookies.get(services.cookie(DONE_COOKIE), "") if request.method == "GET" else ""
        self.done_key = f"console.done.{code}" if f"console.done.{code}" in texts() else ""
        """The key of what was done just before this page, which it says; empty where nothing was."""
        self.words = self.words_of(services.installation.rulebook.scheme)
        self.path = request.scope["path"]
        self.query: dict[str, list[str]] = {
            name: [str(one) for one in request.query_params.getall(name)] for name in request.query_params
        }
        """What the address asks, by name."""
        self._names = set(_EVERYWHERE)
        self._shown_again = state_of(request.scope).again or request.method not in ("GET", "HEAD")
        self.form = form
        """What was sent with a form, by name."""
        self.files = files
        """The content of the files that were sent with it."""
        state = state_of(request.scope)
        self.wrong = state.wrong if state.again else None
        """The form that could not be taken and is shown again by this page."""
        self.past_book: Book | None = None
        """The book at another moment that the page shows, once it was looked at."""
        self.out_of_scope: list[str] = []
        """What the page says of what it shows beyond the scope of the audit of the session."""

    def words_of(self, scheme: Scheme) -> LanguageTexts:
        """Return the texts in the reader's language, with the names of a scheme."""
        return LanguageTexts(self.language, scheme, self.installation.settings.programme)

    @property
    def account(self) -> UserAccount:
        """Who is signed in; on a page that anybody may see there may be nobody, which raises ``LookupError``."""
        if self.signed_in is None:
            raise LookupError("nobody is signed in")
        return self.signed_in

    @property
    def clock(self) -> dt.datetime:
        """The present moment of the installation, in UTC."""
        return self.installation.clock()

    @property
    def today(self) -> dt.date:
        """The civil date of the installation."""
        return self.clock.astimezone(JAKARTA).date()

    def may(self, *roles: Role) -> bool:
        """Tell whether the one who is signed in has one of these roles."""
        return self.signed_in is not None and not set(roles).isdisjoint(self.signed_in.roles)

    @property
    def end_of_last_month(self) -> dt.date:
        """The last day of the month before this one."""
        return self.today.replace(day=1) - dt.timedelta(days=1)

    @contextmanager
    def view(self) -> Iterator[View]:
        """Look at the read models at one moment."""
        with self.services.store.view() as view:
            yield view

    @property
    def has_past(self) -> bool:
        """Whether this page shows the book at another moment too; where it does not, it is shown as of now."""
        return has_past(self.path)

    @property
    def moment_asked(self) -> dict[str, str]:
        """What the address or a form names of both axes, as it is typed."""
        return {name: typed for name in _AXES if (typed := self.one(name) or self.sent(name))}

    @property
    def looks_back(self) -> bool:
        """Whether this page shows another book than that of now."""
        return self.has_past and bool(self.moment_asked)

    @property
    def known_on(self) -> KnownOn | None:
        """The moment that is looked at on the axis of what was recorded; raises ``FormError`` where it is none."""
        typed = self.moment_options.get("known-on")
        with at("known_on"):
            return look_back(typed) if typed else None

    @property
    def true_on(self) -> dt.date | None:
        """The day that is looked at on the axis of what happened; raises ``FormError`` where it is none."""
        typed = self.moment_options.get("true-on")
        with at("true_on"):
            return read_day(typed) if typed else None

    @property
    def moment_options(self) -> dict[str, str]:
        """The moment that is looked at as options of a command."""
        moment = self.moment_asked if self.looks_back else {}
        return {name.replace("_", "-"): typed for name, typed in moment.items()}

    @contextmanager
    def book(self) -> Iterator[Book]:
        """Look at the book that the address asks for: as it is, or at another moment on both axes.

        Raises ``BookIsBuiltError`` where that one is still being built, ``AdvisedError`` where there is no such moment.
        """
        known_on, true_on = self.known_on, self.true_on
        to_come = isinstance(known_on, dt.datetime) and known_on > self.clock - SETTLED
        if true_on is None and (known_on is None or to_come):
            with self.view() as view:
                yield Book(view, cut_of(view))
            return
        now = None if to_come else known_on
        with at("known_on"):
            cut = self.services.past_books.cut(
                "" if now is None else self.moment_asked["known_on"],
                lambda: self.run(cut_asked(self.installation, now)),
                seconds=_WHILE_SECONDS if now is None else _FOR_EVER,
            )
        with self.services.past_books.view(cut, true_on) as view:
            self.past_book = Book(view, cut, true_on)
            yield self.past_book

    def run(self, work: Awaitable[T]) -> T:
        """Do asynchronous work from a handler's thread; returns what it returns, raises what it raises."""

        async def result() -> T:
            return await work

        return asyncio.run_coroutine_threadsafe(result(), self.services.loop).result()

    def trail(self) -> Sequence[TrailEntry]:
        """Return every record of the audit trail, oldest first."""
        return self.run(self.services.trail.entries())

    @cached_property
    def agencies(self) -> Sequence[tuple[str, str]]:
        """The agencies that are registered, as what can be chosen."""
        return [
            (one.name, self.words.agency(one.name)) for one in self.run(self.installation.registry.agencies())
        ]

    @cached_property
    def filing_agencies(self) -> Sequence[tuple[str, str]]:
        """The agencies that filed a claim in the book of now, as what can be chosen."""
        with self.view() as view:
            return [(name, self.words.agency(name)) for name in filing_agencies(view)]

    @property
    def programmes(self) -> Sequence[tuple[str, str]]:
        """The programmes of the scheme, as what can be chosen."""
        codes = self.installation.rulebook.scheme.by_code
        return [(code, self.words.name("programme", code)) for code in codes]

    @property
    def engagement(self) -> str:
        """The number of the audit under which everything is done in this session, empty where under none."""
        return self.session.engagement if self.session else ""

    def signature(self, reason: str = "") -> TrailSignature:
        """Return what the audit trail is told beside a record.

        Who is signed in, why, under the audit of the session.
        """
        return {"by": self.account.name, "reason": reason, "engagement": self.engagement}

    def record(self, record: Record, reason: str = "") -> int:
        """Append a record to the audit trail in the name of who is signed in; returns its position."""
        return self.run(append(self.installation, record, **self.signature(reason)))

    def judge(self, record: Record, *, before: bool = False) -> None:
        """Have the page say where what it shows goes beyond the scope of the audit of the session, if there is one.

        ``before`` it is done: where it will.
        """
        if self.engagement:
            openings = (one.record for one in self.trail() if isinstance(one.record, EngagementOpened))
            audit = next((one for one in openings if one.number == self.engagement), None)
            if audit and (notice := out_of_scope(audit, record, self.words, before=before)):
                self.out_of_scope.append(notice)

    def one(self, name: str, default: str = "") -> str:
        """Return what the address asks under a name, without spaces around it."""
        return [default, *self.every(name)][-1].strip()

    def every(self, name: str) -> Sequence[str]:
        """Return all that the address asks under a name, which the page knows from now on."""
        self._names.add(name)
        return self.query.get(name, ())

    def require_names_known(self) -> None:
        """Refuse a name of the address that the page has not asked for until now; raises ``FormError``."""
        unknown = [name for name in self.query if name not in self._names]
        if unknown and not self._shown_again:
            unexpected = sorted(self._names.difference(_EVERYWHERE))
            raise FormError({name: unknown_name(name, unexpected) for name in unknown})

    def sent(self, name: str, default: str = "") -> str:
        """Return what a form sent under a name, without spaces around it."""
        return next(iter(self.form.get(name, ())), default).strip()

    @property
    def fields(self) -> Fields:
        """Return what reads a form that was sent."""
        return Fields(self.sent, self._value_name)

    @property
    def filters(self) -> Fields:
        """Return what reads what the address asks."""
        return Fields(self.one, self._value_name)

    def _value_name(self, name: str, code: str) -> str:
        """Return what a value of a field is called; a district by the code by which it is typed."""
        return code if name == "district" else parameter_value(name, code, self.words)

    def typed(self, name: str, value: str = "", form: str = "") -> str:
        """Return what is in a field: what was typed where the form comes back, else ``value``."""
        return next(iter(self.all_typed(name, (value,), form)), "")

    def all_typed(self, name: str, values: Sequence[str] = (), form: str = "") -> Sequence[str]:
        """Return what is chosen in a field of several: what was chosen where the form comes back, else ``values``."""
        return self.wrong.typed.get(name, values) if self.wrong and self.wrong.of(form) else values

    def fault(self, name: str, form: str = "") -> FieldFault | None:
        """Return what is wrong with a field, None where nothing is."""
        return self.wrong.faults.get(name) if self.wrong and self.wrong.of(form) else None

    def is_first(self, name: str) -> bool:
        """Tell whether a field is the first that is wrong."""
        return self.wrong is not None and next(iter(self.wrong.faults)) == name

    def address(self, **changed: str | int | None) -> str:
        """Return the address of this page with some of what it asks changed; None leaves a name out."""
        query: dict[str, list[str]] = {
            name: values for name, values in self.query.items() if any(values) and name not in changed
        }
        query |= {name: [str(value)] for name, value in changed.items() if value is not None}
        return f"{self.path}?{urlencode(query, doseq=True)}" if query else self.path

    def at_same_moment(self, address: str) -> str:
        """Return the address of a page of ours at the moment that is looked at.

        One that names a moment itself is left alone. A position alone is of one claim's partition, and no moment of
        another page.
        """
        moment = {name: typed for name, typed in self.moment_asked.items() if not typed.isdecimal()}
        parts = urlsplit(address)
        if not moment or not address.startswith("/") or set(parse_qs(parts.query)) & set(_AXES):
            return address
        query = "&".join(filter(None, (parts.query, urlencode(moment))))
        return urlunsplit(parts._replace(query=query))


Console: TypeAlias = NamedDependency[ConsoleContext]
"""How a handler asks for it: a parameter ``console: Console``."""


def language_of(code: str | None) -> Language:
    """Return the language that somebody chose; Bahasa Indonesia where they did not."""
    return next((one for one in LANGUAGES if one == code), "id")
