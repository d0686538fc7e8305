"""Forms that could not be taken come back as they were sent, with what is wrong at the field; one mechanism for all.

A handler reads field by field and raises ``FormError``, or lets an error of the room that it asked pass. A form that is
sent names the page that it is on beside the guards of its handler (``form="/samples/{name}"``, with what varies in the
address), ``keeps`` the fields that are in the address of that page, and ``fields`` in which field an error is, by the
key of its message, or the one field for all; that page is the answer. A filter that cannot be is on its own page,
which is shown without it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TypeVar, cast
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from litestar import Request
from litestar.types import ASGIApp, HTTPRequestEvent, Receive, Scope, Send
from litestar.types import Message as SentMessage
from msgspec import Struct

from events.message import Message, MessageError, message
from services.book.cut import NoCutError
from services.console.errors import PageError
from services.platform.sanitizing import INSTEAD, visible
from services.texts.catalogue import text, texts
from services.texts.errors import AdvisedError, TextError

T = TypeVar("T")

MOST_TYPED = 10_000
"""How many characters a field may hold."""
MOST_NAMED = 20
"""How many values there are said to be, where a value is none of them."""
NOT_TYPED = frozenset({"csrf", "password", "again"})
"""Fields whose content is not looked at, and never shown again."""
STATE = "kelambu.form"
"""Where the scope of a request holds what became of its form."""


class FieldFault(Struct, frozen=True):
    """What is wrong, and what to do about it where that can be done in a browser."""

    what: Message
    cure: Message | None = None
    has_field: bool = True
    """Whether there is a field of that name, or only a name in the address."""


class FormError(MessageError):
    """What was sent or asked is wrong in these fields."""

    def __init__(self, faults: Mapping[str, FieldFault], status: int = 400) -> None:
        """Keep what is wrong by the name of the field, that of the first field first."""
        super().__init__(next(iter(faults.values())).what)
        self.faults, self.status = faults, status


class WrongForm(Struct, frozen=True):
    """A form that could not be taken: where it was sent to, what was typed, and what is wrong, by field.

    "" is the whole.
    """

    action: str
    typed: Mapping[str, Sequence[str]]
    faults: Mapping[str, FieldFault]
    status: int
    page: str
    """The address of the page that it is on."""
    narrows: bool = False
    """Whether it is the filters of that page, which is shown without what is wrong."""

    def of(self, form: str) -> bool:
        """Tell whether it is the form whose address ends in this; every form ends in nothing."""
        return not form or self.action.endswith(f"/{form}")


class FormState(Struct):
    """What is known of a form while its request is answered."""

    values: Mapping[str, Sequence[str]] = {}
    wrong: WrongForm | None = None
    again: bool = False
    """Whether its page is shown again already."""


class Fields:
    """Reads a form field by field, and says all that is wrong with it at once."""

    def __init__(self, value_of: Callable[[str], str], name_of: Callable[[str, str], str]) -> None:
        """Read what ``value_of`` has under a name, empty where nothing is.

        ``name_of`` has the words for a value of a field.
        """
        self._value_of, self._name_of = value_of, name_of
        self.faults: dict[str, FieldFault] = {}

    def read(self, name: str, reader: Callable[[str], T], otherwise: T) -> T:
        """Return what a field says; ``otherwise`` where nothing is in it, or what it is not."""
        with self.at(name):
            if typed := self._value_of(name):
                return reader(typed)
        return otherwise

    def needed(self, name: str, missing: str | Message = "console.form.needed") -> str:
        """Return what is in a field that must not be empty."""
        if not (typed := self._value_of(name)):
            self.wrong(name, message(missing) if isinstance(missing, str) else missing)
        return typed

    def one_of(self, name: str, choices: Iterable[str], otherwise: str = "") -> str:
        """Return what is in a field that must be one of these, or empty where ``otherwise`` is given for that."""
        typed, codes = self._value_of(name) or otherwise, list(choices)
        if typed and typed not in codes:
            self.wrong(name, unknown_value(typed, [self._name_of(name, code) for code in codes]))
        return typed

    def wrong(self, name: str, what: Message) -> None:
        """Say what is wrong with a field."""
        self.faults.setdefault(name, FieldFault(what))

    @contextmanager
    def at(self, name: str) -> Iterator[None]:
        """Take what is raised for something wrong with a field."""
        try:
            yield
        except FormError as error:
            self.faults |= error.faults
        except MessageError as error:
            self.faults.setdefault(name, fault_of(error))

    def done(self) -> None:
        """Raise ``FormError`` if anything was wrong."""
        if self.faults:
            raise FormError(self.faults)


def form_error(error: MessageError, fields: str | Mapping[str, str]) -> FormError:
    """Return what an error says as wrong in a field.

    The one named, or that of the key of its message, else the whole form.
    """
    if isinstance(error, FormError):
        return error
    name = fields if isinstance(fields, str) else fields.get(error.message.key, "")
    return FormError({name: fault_of(error)})


@contextmanager
def at(name: str) -> Iterator[None]:
    """Say of what is raised for being wrong that it is in this field."""
    try:
        yield
    except (AdvisedError, NoCutError) as error:
        raise form_error(error, name) from error


def fault_of(error: MessageError) -> FieldFault:
    """Return what an error says, in words for a browser."""
    cure = error.cure if isinstance(error, AdvisedError) else None
    return FieldFault(in_browser(error.message) or error.message, None if cure is None else in_browser(cure))


def in_browser(sentence: Message) -> Message | None:
    """Return what is said in a browser where another text names options of a command.

    None where there is nothing to say.
    """
    instead = f"console.instead.{sentence.key}"
    if instead in texts():
        return Message(instead, sentence.parameters)
    words = text(sentence.key).id
    return None if " --" in f" {words}" or "kelambu " in words else sentence


def unknown_value(typed: str, choices: Sequence[str]) -> Message:
    """Return the message that there is no such value, and which there are."""
    if not choices:
        return message("console.form.unknown-none", typed=typed)
    names = ", ".join(choices[:MOST_NAMED])
    if len(choices) > MOST_NAMED:
        return message("console.form.unknown-more", typed=typed, known=names, more=len(choices) - MOST_NAMED)
    return message("console.form.unknown", typed=typed, known=names)


def unknown_name(name: str, choices: Sequence[str]) -> FieldFault:
    """Return the fault that a page knows no filter of this name, and which it knows."""
    key = "console.form.unknown-name" if choices else "console.form.unknown-name-none"
    return FieldFault(message(key, name=name, known=", ".join(choices)), has_field=False)


def readable(fields: Mapping[str, Sequence[str]]) -> None:
    """Refuse what nobody types: characters that control something, and more than a field holds.

    Raises ``FormError``.
    """
    faults: dict[str, FieldFault] = {}
    for name, values in fields.items():
        if name in NOT_TYPED:
            continue
        if any(len(one) > MOST_TYPED for one in values):
            faults[name] = FieldFault(message("console.form.too-long", most=MOST_TYPED))
        elif any(INSTEAD in visible(one, "\n\r\t") for one in values):
            faults[name] = FieldFault(message("console.form.control"))
    if faults:
        raise FormError(faults)


def wrong_form(request: Request, error: Exception, status: int) -> WrongForm | None:  # type: ignore[type-arg] # of any kind
    """Return the form that this error is about; None where it is about no form, or its page is shown already."""
    state = state_of(request.scope)
    if state.again or not isinstance(error, (FormError, PageError, TextError)):
        return None
    if request.method in ("GET", "HEAD"):
        return _filters(request.scope, error) if isinstance(error, FormError) else None
    handler = request.scope.get("route_handler")
    page = handler.opt.get("form") if handler else None
    if page is None or not (isinstance(error, FormError) or status in (400, 409)):
        return None
    varying = {name: quote(str(value), safe="") for name, value in request.scope["path_params"].items()}
    keeps = [(name, value) for name in handler.opt.get("keeps", ()) for value in state.values.get(name, ())]
    path = page.format(**varying)
    queries = (request.scope["query_string"].decode("latin-1"), _query_of(request, path), urlencode(keeps))
    return WrongForm(
        action=request.scope["path"],
        typed={name: values for name, values in state.values.items() if name not in NOT_TYPED},
        faults=form_error(error, handler.opt.get("fields", {})).faults,
        status=status,
        page=f"{path}?{'&'.join(filter(None, queries))}",
    )


def _query_of(request: Request, path: str) -> str:  # type: ignore[type-arg] # of any kind
    """Return what was asked of a page by whoever sends a form from it."""
    came_from = urlsplit(request.headers.get("referer", ""))
    return came_from.query if came_from.path == path else ""


def _filters(scope: Scope, error: FormError) -> WrongForm | None:
    """Return the filters that cannot be, on their own page without them; a file is never given without them."""
    query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    if any(name == "format" for name, _ in query):
        return None
    without_faults = [(name, value) for name, value in query if name not in error.faults and name != "page"]
    return WrongForm(
        action=scope["path"],
        typed={name: [value for other, value in query if other == name] for name, _ in query},
        faults=error.faults,
        status=error.status,
        page=f"{quote(scope['path'])}?{urlencode(without_faults)}",
        narrows=True,
    )


def state_of(scope: Scope) -> FormState:
    """Return what is known of the form of a request."""
    return cast("Mapping[str, FormState]", scope).get(STATE) or FormState()


class FormsShownAgain:
    """Answers a form that could not be taken with the page that it is on."""

    def __init__(self, app: ASGIApp) -> None:
        """Show pages of this application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; where its form is wrong, ask for its page in its place."""
        state = FormState()
        first = _with(scope, state)

        async def unless_wrong(event: SentMessage) -> None:
            if state.wrong is None:
                await send(event)

        await self._app(first, receive, unless_wrong)
        if (wrong := state.wrong) is None:
            return

        async def with_status(event: SentMessage) -> None:
            if event["type"] == "http.response.start" and event["status"] // 100 != 3:
                event["status"] = wrong.status
            await send(event)

        await self._app(_page_of(scope, wrong), _nothing, with_status)


def _with(scope: Scope, state: FormState) -> Scope:
    """Return the request as it is, with nothing of what was read of it for another answer."""
    return cast("Scope", {**scope, "state": {}, STATE: state})


def _page_of(scope: Scope, wrong: WrongForm) -> Scope:
    path, _, query = wrong.page.partition("?")
    page_scope = cast("dict[str, object]", _with(scope, FormState(wrong=wrong, again=True)))
    headers = [(name, value) for name, value in scope["headers"] if not name.startswith(b"content-")]
    page_scope |= {"path": unquote(path), "raw_path": path.encode(), "query_string": query.encode()}
    return cast("Scope", page_scope | {"method": "GET", "headers": headers})


async def _nothing() -> HTTPRequestEvent:
    return {"type": "http.request", "body": b"", "more_body": False}
