"""The schemas that OpenAPI and AsyncAPI share: every event as agencies send it, and what Kelambu answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias, cast

import msgspec

from events.catalogue import AGENCY_TYPES
from events.codes import Codes
from events.schema import schema
from events.values import WRITTEN
from services.texts.catalogue import text

Json: TypeAlias = dict[str, object]

PLACE = "#/components/schemas/"


def event_schemas(codes: Codes) -> dict[str, Json]:
    """Return the schemas of all agency events and of their parts, by the names of their Structs."""
    schemas: dict[str, Json] = {}
    for name in AGENCY_TYPES:
        for part, definition in cast("dict[str, Json]", schema(name, codes=codes)["$defs"]).items():
            placed = cast("Json", _placed(definition))
            if schemas.setdefault(part, placed) != placed:
                raise ValueError(f"{part} has two schemas")
    return schemas


def answer_schemas(*structs: type) -> dict[str, Json]:
    """Return the schemas of what Kelambu says, and of their parts, by the names of their Structs."""
    _, components = msgspec.json.schema_components(structs, ref_template=PLACE + "{name}")

    def name_of(struct: str) -> str:
        return _NAMES.get(struct, struct)

    return {name_of(name): _answer(cast("Json", _placed(one, name_of))) for name, one in components.items()}


_NAMES = {"PublishedClaim": "Claim", "OrderBatch": "Batch", "DocumentReceipt": "Receipt"}
"""Names of answers' schemas by their Structs', where these say to us what agencies need not know."""


def _answer(schema: Json) -> Json:
    """Tidy the words of a Struct: the first paragraph of its docstring, without its title."""
    words = schema.pop("description", None)
    schema.pop("title", None)
    if isinstance(words, str):
        schema["description"] = " ".join(words.partition("\n\n")[0].split()).replace("``", "`")
    return schema


def in_words(document: object) -> object:
    """Return a document with a description, in English, wherever a schema names the text that says how its values are written."""
    if isinstance(document, dict):
        return {
            "description" if key == WRITTEN else key: text(child).en if key == WRITTEN else in_words(child)
            for key, child in document.items()
        }
    return [in_words(child) for child in document] if isinstance(document, list) else document


def ref(name: str) -> Json:
    """Return the reference to a schema."""
    return {"$ref": PLACE + name}


def event_refs() -> dict[str, str]:
    """Return the reference to each event's schema by the event's full name."""
    return {name: PLACE + of.__name__ for name, of in AGENCY_TYPES.items()}


def any_event() -> Json:
    """Return the schema of one event of any type, which its ``type`` names."""
    refs = event_refs()
    return {
        "oneOf": [{"$ref": place} for place in refs.values()],
        "discriminator": {"propertyName": "type", "mapping": refs},
    }


def in_order(parts: Iterable[Mapping[str, Json]]) -> dict[str, Json]:
    """Join schemas by name, sorted."""
    joined: dict[str, Json] = {}
    for part in parts:
        if clash := joined.keys() & part.keys():
            raise ValueError(f"two schemas are called {clash}")
        joined |= part
    return dict(sorted(joined.items()))


def _placed(value: object, name_of: Callable[[str], str] = str) -> object:
    """Let references lead to the place of the schemas in this document.

    Discriminators go: OpenAPI and AsyncAPI write them each in its own way, and the tag is a constant of every kind.
    """
    if isinstance(value, dict):
        return {
            key: PLACE + name_of(str(child).rpartition("/")[2]) if key == "$ref" else _placed(child, name_of)
            for key, child in value.items()
            if key != "discriminator"
        }
    return [_placed(child, name_of) for child in value] if isinstance(value, list) else value
