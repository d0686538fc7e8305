"""Write ``docs/schemas`` anew: ``uv run python -m tests.unit.events.write_schemas``."""

from __future__ import annotations

from pathlib import Path

import msgspec

from events.catalogue import AGENCY_TYPES
from events.schema import schema
from services.benefits.rulebook import load

SCHEMAS = Path(__file__).parents[3] / "docs" / "schemas"


def schema_text(name: str) -> bytes:
    """Return the file of an agency event's schema."""
    return msgspec.json.format(msgspec.json.encode(schema(name, codes=load().codes)), indent=2) + b"\n"


if __name__ == "__main__":
    for type_name in AGENCY_TYPES:
        (SCHEMAS / f"{type_name}.json").write_bytes(schema_text(type_name))
