"""The AsyncAPI 3.0 document: the streams through which agencies send, hear what became of it, and banks get orders.

What follows from no code is in ``asyncapi.json``.
"""

from __future__ import annotations

from importlib.resources import files
from typing import cast

import msgspec
from msgspec import Struct

from events.catalogue import short_name
from events.codes import Codes
from services.contract.components import Json, answer_schemas, event_refs, event_schemas, in_order, ref
from services.contract.examples import ANSWERS, STORY
from services.contract.words import WORDS
from services.ledger import keys
from services.ledger.edge import ClaimOutcome, DocumentReceipt
from services.ledger.payments import Departure, OrderBatch
from services.ledger.refusals import Notice

_AGENCY = "{agency}"
_ADDRESSES = {
    "outbox": keys.outbox(_AGENCY),
    "receipts": keys.receipts(_AGENCY),
    "outcomes": keys.outcomes(_AGENCY),
    "refused": keys.refused(_AGENCY),
    "orders": keys.ORDERS,
    "batches": keys.BATCHES,
}
"""The key of each channel's stream."""


class _StreamComponents(Struct, rename="camel"):
    security_schemes: dict[str, Json]
    messages: dict[str, Json]
    schemas: dict[str, Json]


class _AsyncApi(Struct, rename="camel"):
    asyncapi: str
    info: Json
    default_content_type: str
    servers: dict[str, Json]
    channels: dict[str, Json]
    operations: dict[str, Json]
    components: _StreamComponents


def asyncapi(codes: Codes, version: str) -> Json:
    """Return the document; ``version`` is that of the contract."""
    document = msgspec.json.decode(files(__package__).joinpath("asyncapi.json").read_bytes(), type=_AsyncApi)
    document.info["version"] = version
    for name, address in _ADDRESSES.items():
        document.channels[name]["address"] = address
    events = {short_name(name): _event(name, place) for name, place in event_refs().items()}
    document.channels["outbox"]["messages"] = {
        name: {"$ref": f"#/components/messages/{name}"} for name in events
    }
    document.components.messages = events | {
        "receipt": _answer("Receipt", "A receipt", DocumentReceipt),
        "outcome": _answer("ClaimOutcome", "An outcome", ClaimOutcome),
        "refused": _answer("Notice", "A refused document", Notice),
        "order": _answer("Departure", "A payment order", Departure),
        "batch": _answer("Batch", "A batch of payment orders", OrderBatch),
    }
    answers = answer_schemas(DocumentReceipt, ClaimOutcome, Notice, Departure, OrderBatch)
    document.components.schemas = in_order([event_schemas(codes), answers])
    return cast("Json", msgspec.to_builtins(document))


def _event(name: str, place: str) -> Json:
    words = WORDS.events[short_name(name)]
    return {
        "name": name,
        "title": words.title.en,
        "summary": words.says.en,
        "description": f"{words.when.en} {words.effect.en}",
        "contentType": "application/cloudevents+json",
        "payload": {"$ref": place},
        "examples": [{"payload": STORY[name]}],
    }


def _answer(schema: str, title: str, of: type) -> Json:
    return {
        "name": schema,
        "title": title,
        "summary": " ".join((of.__doc__ or "").partition("\n")[0].split()).replace("``", ""),
        "payload": ref(schema),
        "examples": [{"payload": ANSWERS[schema]}],
    }
