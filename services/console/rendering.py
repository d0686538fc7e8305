"""Pages out of templates: every value is escaped and made visible, and has one form on every page."""

from __future__ import annotations

import datetime as dt
import re
import shlex
from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import sha256
from importlib.resources import files
from urllib.parse import quote

from jinja2 import ChoiceLoader, Environment, PackageLoader, PrefixLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from litestar import MediaType, Response
from litestar.datastructures import Cookie
from litestar.response import Redirect
from markupsafe import Markup, escape

from events.message import Message
from events.values import JAKARTA
from services.claim_file.pages import kind
from services.console.context import DONE_COOKIE, Console
from services.console.navigation import entries_for
from services.letters.qr import svg
from services.platform.sanitizing import visible
from services.texts.catalogue import render
from services.wording.figures import parameter_value
from services.wording.personal import personal_field, personal_value
from services.wording.terms import LanguageTexts, day, moment, number
from services.wording.timeline import payee

STATIC = files(__package__) / "static"
_COMMAND = re.compile("`([^`]+)`")
_SECTION = re.compile(r'<h2(?: id="(?P<id>[^"]+)")?(?P<rest>[^>]*)>(?P<title>.*?)</h2>', re.DOTALL)
_MANY_SECTIONS = 4
_DONE_SECONDS = 60
"""For how long a browser keeps what was done, if no page says it."""
_ISO_DAY = re.compile(r"\A(\d{4})-(\d\d)-(\d\d)\Z")


def page(console: Console, template: str, status_code: int = 200, /, **content: object) -> Response[str]:
    """Return a page: a template of ``templates`` filled with this content, in the language of the reader.

    A name of the address that neither handler nor template has asked for is refused, see ``ConsoleContext.every``.

    A template knows ``console``, ``words``, ``language``, the text of a key as ``t("key", name=value)``, and the
    filters ``amount``, ``number``, ``day``, ``moment``, ``named`` and ``short``.
    """
    text = filled(console, template, **content)
    if status_code < 400:
        console.require_names_known()
    answer = Response(text, media_type=MediaType.HTML, status_code=status_code)
    if console.done_key:
        answer.set_cookie(cookie(console, DONE_COOKIE, "", 0))
    return answer


def filled(console: Console, template: str, /, **content: object) -> str:
    """Return the text of a page, whatever the address asks."""
    frame: dict[str, object] = {
        "console": console,
        "words": console.words,
        "language": console.language,
        "navigation": entries_for(console.signed_in, console.path),
    }
    return environment().get_template(template).render(frame | content)


def attachment(content: bytes, name: str, media: str) -> Response[bytes]:
    """Return a file that the browser keeps under this name."""
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=media, headers=headers)


def see_other(address: str) -> Response[None]:
    """Lead the browser on after a form was taken, so that loading the page again sends nothing twice."""
    return Redirect(quote(address, safe="/?&=%:#+,;~*!@$'()"), status_code=303)


def done(console: Console, address: str, what: str) -> Response[None]:
    """Lead the browser on after an act; the next page says once that it was done, by the text ``console.done.WHAT``."""
    answer = see_other(address)
    answer.set_cookie(cookie(console, DONE_COOKIE, what, _DONE_SECONDS))
    return answer


def cookie(
    console: Console, name: str, value: str, seconds: int | None = None, *, from_elsewhere: bool = False
) -> Cookie:
    """Return a cookie that no script reads, that no other site sends, and that goes over TLS wherever there is any.

    One that is to be there ``from_elsewhere`` is also sent when a link of another site leads here.
    """
    services = console.services
    return Cookie(
        services.cookie(name),
        value=value,
        max_age=seconds,
        httponly=True,
        samesite="lax" if from_elsewhere else "strict",
        secure=services.secure,
    )


def command_line(command: str, values: Mapping[str, str] | Sequence[tuple[str, str]]) -> str:
    """Return the command that gives the same answer: its words and its options, as a shell takes them.

    Of a page that looks back ``console.moment_options`` are among them. An option that is given twice is in pairs.
    """
    pairs = values.items() if isinstance(values, Mapping) else values
    options = [word for name, value in pairs for word in option(name, value)]
    return f"kelambu {shlex.join([*command.split(), *options])}"


def option(name: str, value: str) -> Sequence[str]:
    """Return the words of an option of a command.

    A value is never taken for another option, whatever it begins with.
    """
    return (f"--{name}={value}",) if value.startswith("-") else (f"--{name}", value)


@cache
def environment() -> Environment:
    """Return the environment of all templates."""
    templates = Environment(
        loader=ChoiceLoader(
            [PackageLoader(__package__), PrefixLoader({"claim_file": PackageLoader("services.claim_file")})]
        ),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        auto_reload=False,
        finalize=_visible,
    )
    templates.globals.update(t=_text, static=static_address)
    templates.filters.update(
        amount=_amount, number=number, day=_day, moment=_moment, named=_name, short=short, iso=_iso
    )
    templates.filters.update(agency=LanguageTexts.agency, payee=_payee, kind=kind, qr=svg, commands=commands)
    templates.filters.update(
        parameter=_parameter, narrowed=_narrowed, written=_as_typed, with_contents=_with_contents
    )
    templates.filters.update(personal_field=_personal_field, personal_value=_personal_value)
    return templates


@cache
def static_address(name: str) -> str:
    """Return the address of a file of ``static``; it changes with the file, so that browsers may keep it."""
    return f"/static/{name}?v={sha256((STATIC / name).read_bytes()).hexdigest()[:12]}"


def short(token: str) -> str:
    """Return as much of a token or hash as tells it from others on a page."""
    return f"{token[:10]}…" if len(token) > 12 else token


def commands(sentence: str) -> Markup:
    """Return a text in which what stands between backticks is set as a command; the rest is escaped as everywhere."""
    return Markup(_COMMAND.sub(r"<code>\1</code>", str(escape(visible(sentence, "\n\t")))))  # noqa: S704 - escaped before


def _visible(value: object) -> object:
    """Return a text with every character that would not be seen replaced; what is escaped already is left alone."""
    return visible(value, "\n\t") if type(value) is str else value


@pass_context
def _text(context: Context, content: str | Message, **facts: object) -> str:
    """Return the text of a key with its blanks filled, or a message, in the language of the reader."""
    if isinstance(content, Message):
        return render(content, context["language"])
    return str(context["words"].say(content, **facts))


@pass_context
def _amount(context: Context, money: int) -> str:
    return str(context["words"].amount(money))


@pass_context
def _name(context: Context, code: str, family: str) -> str:
    """Return what a code of a family is called."""
    return str(context["words"].name(family, code)) if code else ""


@pass_context
def _payee(context: Context, code: str) -> str:
    """Return whom a payee's code means: ``heir:h1`` is ``ahli waris h1``."""
    return payee(code, context["words"])


@pass_context
def _parameter(context: Context, name: str) -> str:
    """Return what a filter is called."""
    return str(context["words"].name("figure-parameter", name))


@pass_context
def _narrowed(context: Context, value: str, name: str) -> str:
    """Return what a value of a filter is called."""
    return parameter_value(name, value, context["words"])


@pass_context
def _personal_field(context: Context, path: str) -> str:
    return personal_field(path, context["words"])


@pass_context
def _personal_value(context: Context, value: str) -> str:
    return personal_value(value, context["words"])


@pass_context
def _with_contents(context: Context, main: str) -> Markup:
    """Put links to its sections below the title of a page that has many; a section without an id is given one."""
    if len(_SECTION.findall(main)) < _MANY_SECTIONS:
        return Markup(main)  # noqa: S704 - what our templates made, escaped there
    links = list[str]()

    def with_id(match: re.Match[str]) -> str:
        name = match["id"] or f"section-{len(links) + 1}"
        title = escape(Markup(match["title"]).striptags())  # noqa: S704 - escaped again
        links.append(f'<li><a href="#{name}">{title}</a></li>')
        return match[0] if match["id"] else f'<h2 id="{name}"{match["rest"]}>{match["title"]}</h2>'

    with_ids = _SECTION.sub(with_id, main)
    title = escape(_text(context, "console.contents"))
    list_of = f'<nav class="contents" aria-label="{title}"><ul class="links">{"".join(links)}</ul></nav>'
    return Markup(with_ids.replace("</h1>", f"</h1>\n{list_of}", 1))  # noqa: S704 - as above


def _as_typed(value: object) -> str:
    """Return what a link fills into a field as people write it: ``2025-06-30`` as ``30-06-2025``."""
    return _ISO_DAY.sub(r"\3-\2-\1", str(value))


def _day(date: dt.date | str) -> str:
    """Write a civil date; nothing where there is none."""
    if not date:
        return ""
    if isinstance(date, dt.datetime):
        return day(date.astimezone(JAKARTA).date())
    return day(dt.date.fromisoformat(date[:10]) if isinstance(date, str) else date)


def _moment(time: dt.datetime | str) -> str:
    """Write an instant; nothing where there is none."""
    if not time:
        return ""
    return moment(dt.datetime.fromisoformat(time) if isinstance(time, str) else time)


def _iso(time: dt.date | str) -> str:
    return time if isinstance(time, str) else time.isoformat()
