"""Work that somebody begins and comes back for: only they are given what it comes to, and only while it is kept."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import TypeVar

from services.console.context import ConsoleContext
from services.console.errors import missing
from services.console.rendering import option
from services.console.results import Result

T = TypeVar("T")

_ONCE = ""
"""The version of what is worked out once and never again."""


def begin_job(console: ConsoleContext, kind: str, work: Callable[[], T]) -> str:
    """Begin work for whoever is signed in; returns the name under which they find it."""
    name = secrets.token_urlsafe(16)
    console.services.results.get(
        (kind, console.account.name, name), _ONCE, work, clock=console.installation.clock, patience=0
    )
    return name


def job(console: ConsoleContext, kind: str, name: str) -> Result[T] | None:
    """Return what the work of this name came to, None while it goes on; raises what it raised, else a 404 page."""

    def no_such_work() -> T:
        raise missing()

    question = kind, console.account.name, name
    return console.services.results.get(question, _ONCE, no_such_work, clock=console.installation.clock)


def signed_words(console: ConsoleContext, reason: str = "") -> list[str]:
    """Return the options that say in a command who asks, why, and under which audit."""
    signature = console.signature(reason)
    return [word for name, value in signature.items() if value for word in option(name, str(value))]


def moment_words(console: ConsoleContext) -> list[str]:
    """Return the options that say in a command which book is asked, where it is another than that of now."""
    return [word for name, typed in console.moment_options.items() for word in option(name, typed)]
