"""What was opened for a reason, shown once: loading its page again opens and records nothing anew."""

from __future__ import annotations

import datetime as dt
import secrets

from litestar import Response, get
from litestar.params import FromPath

from events.message import message
from services.console.access import allowed
from services.console.context import Console, ConsoleContext, OpenedPage
from services.console.errors import missing
from services.console.rendering import see_other

KEPT = dt.timedelta(minutes=2)
"""How long a page that was opened waits for the browser to fetch it."""


def show_once(console: ConsoleContext, answer: Response[str]) -> Response[None]:
    """Lead on to a page that only who is signed in is shown, once."""
    pages, now = console.services.opened, console.clock
    for name, one in list(pages.items()):
        if now - one.at > KEPT:
            pages.pop(name, None)
    name = secrets.token_urlsafe(16)
    pages[name] = OpenedPage(console.account.name, answer.content, now)
    return see_other(f"/opened/{name}")


@get("/opened/{name:str}", guards=[allowed("auditor", "supervisor", "officer")], sync_to_thread=True)
def shown_once(name: FromPath[str], console: Console) -> Response[str]:
    """Show what was opened; asked again, say that it is shown once."""
    one = console.services.opened.get(name)
    for_them = one is not None and one.account == console.account.name and console.clock - one.at <= KEPT
    if one is None or not for_them or console.services.opened.pop(name, None) is None:
        raise missing(message("console.opened.once"))
    return Response(one.content, media_type="text/html")


routes = (shown_once,)
