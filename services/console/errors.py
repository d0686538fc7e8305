"""What a page says when it cannot be shown: a status, a sentence, and what to do."""

from __future__ import annotations

from events.message import Message, MessageError, message


class PageError(MessageError):
    """A page cannot be shown, or an act not be done; ``message`` says why and what to do.

    ``status`` is an HTTP status of ``console.error`` in the texts: 400, 403, 404, 409, 500 or 503.
    """

    def __init__(self, status: int, what: Message) -> None:
        super().__init__(what)
        self.status = status


class NobodySignedIn(Exception):  # noqa: N818 - a state, which leads to the page for signing in
    """Somebody must sign in first, and is then led to where they wanted to go."""


def missing(what: Message | None = None) -> PageError:
    """Return the error of an address where there is nothing."""
    return PageError(404, what or message("console.error.404.detail"))
