"""The contract as it is served: pages, schemas and descriptions, from the files that were published.

No key is asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect
from msgspec import Struct

from services.gateway.problems import STATUS, Problem
from services.gateway.requests import Asked, answer_to_anybody, entity_tag
from services.texts.catalogue import text

PUBLISHED = Path(__file__).parent / "published"
"""``openapi.json``, ``asyncapi.json``, the pages in ``docs`` and the schemas in ``schemas``."""

_MEDIA = {".html": "text/html", ".json": "application/json", ".svg": "image/svg+xml"}
_FENCE = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; frame-ancestors 'none'"
)


class _File(Struct, frozen=True):
    content: bytes
    media: str
    tag: str


def contract_routes(place: Path = PUBLISHED) -> tuple[HTTPRouteHandler, ...]:
    """Return the routes of what is published; every file is read now, so that no path of a request is ever opened."""
    files = {
        file.relative_to(place).as_posix(): _read(file) for file in place.rglob("*") if file.suffix in _MEDIA
    }

    @get(["/openapi.json", "/v1/openapi.json"])
    async def openapi(request: Asked) -> Response[bytes]:
        return _served(files, "openapi.json", request)

    @get(["/asyncapi.json", "/v1/asyncapi.json"])
    async def asyncapi(request: Asked) -> Response[bytes]:
        return _served(files, "asyncapi.json", request)

    @get("/docs")
    async def index() -> Redirect:
        return Redirect("/docs/index.html")  # links on it are to pages beside it

    @get("/docs/{page:str}")
    async def docs(request: Asked, page: FromPath[str]) -> Response[bytes]:
        return _served(files, f"docs/{page}", request)

    @get("/schemas/{name:str}")
    async def schemas(request: Asked, name: FromPath[str]) -> Response[bytes]:
        return _served(files, f"schemas/{name}", request)

    @get("/problems/{kind:str}")
    async def problems(kind: FromPath[str]) -> Response[bytes]:
        if kind not in STATUS:
            raise Problem("not-found")
        title, detail = text(f"problem.{kind}.title"), text(f"problem.{kind}.detail")
        lines = [f"{STATUS[kind]} {kind}", f"{title.en}. {detail.en}", f"{title.id}. {detail.id}"]
        return Response("\n\n".join(lines).encode(), media_type="text/plain")

    return openapi, asyncapi, index, docs, schemas, problems


def _read(file: Path) -> _File:
    content = file.read_bytes()
    return _File(content, _MEDIA[file.suffix], entity_tag(content))


def _served(files: Mapping[str, _File], name: str, request: Asked) -> Response[bytes]:
    file = files.get(name)
    if file is None:
        raise Problem("not-found")
    served = answer_to_anybody(request, file.content, file.media, file.tag, "no-cache")
    served.headers["content-security-policy"] = _FENCE
    return served
