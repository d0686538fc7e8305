"""What the pages are made of beside their text: style, script, logo. All of it is ours and is kept by browsers."""

from __future__ import annotations

from litestar import Response, get
from litestar.params import FromPath

from services.console.access import EVERYBODY
from services.console.context import Console
from services.console.errors import missing
from services.console.rendering import STATIC

_MEDIA = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}
_FILES = {
    file.name: (file.read_bytes(), _MEDIA[file.name.rpartition(".")[2]])
    for file in STATIC.iterdir()
    if file.name.rpartition(".")[2] in _MEDIA
}


@get("/static/{name:str}", opt=EVERYBODY)
async def static(name: FromPath[str]) -> Response[bytes]:
    """Return a file."""
    if name not in _FILES:
        raise missing()
    return _cached(*_FILES[name])


@get("/static/theme/{name:str}", opt=EVERYBODY)
async def theme(name: FromPath[str], console: Console) -> Response[bytes]:
    """Return the colour or the logo of the site."""
    look = console.services.theme
    if name not in ("colour.css", "logo"):
        raise missing()
    return _cached(look.logo, look.media) if name == "logo" else _cached(look.style, _MEDIA["css"])


def _cached(content: bytes, media: str) -> Response[bytes]:
    """Return what browsers may keep: its address changes with it."""
    return Response(
        content, media_type=media, headers={"cache-control": "public, max-age=31536000, immutable"}
    )


routes = (static, theme)
