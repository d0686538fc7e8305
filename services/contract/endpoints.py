"""The gateway's routes as the contract describes them, from ``endpoints.toml``."""

from __future__ import annotations

from importlib.resources import files
from typing import Literal, TypeAlias

import msgspec
from msgspec import Struct

Body: TypeAlias = Literal["", "events", "event"]
"""What a request carries: nothing, an event in any mode or a batch, or one event."""


class Good(Struct, frozen=True, forbid_unknown_fields=True):
    """An answer that is no problem: its status, what it means, and the name of its schema and of its sample."""

    status: int
    meaning: str
    schema: str = ""
    sample: str = ""
    media: str = "application/json"


class Endpoint(Struct, frozen=True, forbid_unknown_fields=True):
    """One method of one path. ``problems`` are kinds of problems, or names of groups of them."""

    method: Literal["get", "post"]
    path: str
    id: str
    tag: str
    summary: str
    answers: tuple[Good, ...]
    problems: tuple[str, ...]
    body: Body = ""
    parameters: Literal["", "binary-mode", "paged"] = ""
    """Which parameters it has beside those of the path."""
    open: bool = False
    """Whether it asks for no credential."""

    def problem_kinds(self) -> list[str]:
        """Return every kind of problem that it may answer."""
        return [kind for name in self.problems for kind in _ALL.problems.get(name, (name,))]


class PathParameter(Struct, frozen=True, forbid_unknown_fields=True):
    """A part of a path in braces."""

    description: str
    example: str


class _Endpoints(Struct, frozen=True, forbid_unknown_fields=True):
    endpoints: tuple[Endpoint, ...]
    path: dict[str, PathParameter]
    problems: dict[str, tuple[str, ...]]
    """Groups of kinds of problems."""


_ALL = msgspec.toml.decode(files(__package__).joinpath("endpoints.toml").read_bytes(), type=_Endpoints)

ROUTES = _ALL.endpoints
PATH_PARAMETERS = _ALL.path
ALIASES = ("/v1/openapi.json", "/v1/asyncapi.json", "/docs")
"""Other addresses of some of ``ROUTES``."""
