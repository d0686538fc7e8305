"""Everything that is published, as files: made anew from ``events`` each time, the same bytes for the same events."""

from __future__ import annotations

from pathlib import Path

import msgspec

from events.catalogue import AGENCY_TYPES
from events.codes import Codes
from events.schema import schema
from services.contract.asyncapi import asyncapi
from services.contract.components import in_words
from services.contract.openapi import openapi
from services.contract.pages import pages

PUBLISHED = Path(__file__).parents[1] / "gateway" / "published"
"""What the gateway serves: pages in ``docs``, ``schemas``, ``openapi.json`` and ``asyncapi.json``."""


VERSION = "0.1.0"
"""Of the contract. Its last release is kept in ``docs/schemas/released``."""


def published(codes: Codes) -> dict[str, bytes]:
    """Return every file by its path below ``PUBLISHED``.

    ``codes`` are the programmes and causes of the installation.
    """
    documents = {f"docs/{name}": text.encode() for name, text in pages(codes)}
    documents |= {f"schemas/{name}.json": as_file(schema(name, codes=codes)) for name in AGENCY_TYPES}
    documents["openapi.json"] = as_file(openapi(codes, VERSION))
    documents["asyncapi.json"] = as_file(asyncapi(codes, VERSION))
    return documents


def as_file(document: object) -> bytes:
    """Return a JSON document as a file that people can read."""
    return msgspec.json.format(msgspec.json.encode(in_words(document)), indent=2) + b"\n"


def write(codes: Codes, place: Path = PUBLISHED) -> None:
    """Write every file, and remove what is no longer published."""
    documents = published(codes)
    for name, content in documents.items():
        file = place / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    for file in place.rglob("*"):
        if file.is_file() and file.relative_to(place).as_posix() not in documents:
            file.unlink()
