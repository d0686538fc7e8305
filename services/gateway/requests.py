"""Requests and answers: what every route but that of the events has in common, from the key to the answer."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TypeAlias

import msgspec
from litestar import Request, Response
from litestar.datastructures import State
from msgspec import Struct

from events.message import Language
from services.gateway.access_control import AccessControl, read_headers
from services.gateway.bodies import Receive
from services.gateway.problems import Problem, language_of
from services.identity.authentication import Principal

Asked: TypeAlias = Request[object, object, State]

MOST_ON_A_PAGE = 1000
ON_A_PAGE = 100

_encode = msgspec.json.Encoder().encode


class AuthenticatedRequest(Struct, frozen=True):
    """A request of an agency that is identified: its headers, its body, the language that it would be answered in."""

    identity: Principal
    headers: Mapping[str, str]
    body: bytes
    language: Language

    @property
    def agency(self) -> str:
        """Who asks."""
        return self.identity.agency


@asynccontextmanager
async def authenticated(authentication: AccessControl, request: Asked) -> AsyncIterator[AuthenticatedRequest]:
    """Let an agency in for one request.

    Raises:
        Problem: nobody is identified, or too much is asked.
    """
    headers = read_headers(request.scope["headers"])
    receive: Receive = request.receive  # type: ignore[assignment]
    async with authentication.enter(headers, receive, request.scope["state"]) as (identity, body):
        yield AuthenticatedRequest(identity, headers, body, language_of(headers.get("accept-language", "")))


def answer(content: object, status: int = 200, media: str = "application/json") -> Response[bytes]:
    """Return an answer that nobody keeps; ``content`` is a Struct, or JSON already."""
    body = content if isinstance(content, bytes) else _encode(content)
    return Response(body, status_code=status, media_type=media, headers={"cache-control": "no-store"})


def entity_tag(content: bytes) -> str:
    """Return the tag by which a client names what it has already."""
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'


def answer_to_anybody(request: Asked, content: bytes, media: str, tag: str, keep: str) -> Response[bytes]:
    """Return an answer that needs no key; ``keep`` says for how long others may keep it.

    Who has it already is told only so.
    """
    headers = {"etag": tag, "cache-control": keep, "x-content-type-options": "nosniff"}
    if request.headers.get("if-none-match") == tag:
        return Response(b"", status_code=304, headers=headers)
    return Response(content, media_type=media, headers=headers)


def page_of(request: Asked) -> tuple[int, int]:
    """Return ``after`` and ``limit`` of a request.

    Raises:
        Problem: one of them is no number that can be.
    """
    after, limit = _number(request, "after", 0, 2**53), _number(request, "limit", ON_A_PAGE, MOST_ON_A_PAGE)
    if limit == 0:
        raise Problem("malformed-request", why="malformed.page")
    return after, limit


def _number(request: Asked, name: str, default: int, most: int) -> int:
    values = request.query_params.getall(name, [])
    if not values:
        return default
    if len(values) > 1 or not values[0].isascii() or not values[0].isdecimal() or len(values[0]) > 16:
        raise Problem("malformed-request", why="malformed.page")
    number = int(values[0])
    if number > most:
        raise Problem("malformed-request", why="malformed.page")
    return number
