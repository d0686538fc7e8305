"""The AsyncAPI 3.0 document: the streams through which agencies send, hear what became of it, and banks get orders."""

from __future__ import annotations

from events.codes import Codes
from services.contract.components import Json, answer_schemas, event_refs, event_schemas, in_order, ref
from services.contract.examples import STORY
from services.contract.samples import SAMPLES
from services.contract.words import WORDS
from services.ledger import keys
from services.ledger.edge import ClaimOutcome, Receipt
from services.ledger.payments import Departure, OrderBatch
from services.ledger.refusals import Notice

AGENCY = "{agency}"


def asyncapi(codes: Codes, version: str) -> Json:
    """Return the document; ``version`` is that of the contract."""
    events = {name: _event(name, place) for name, place in event_refs().items()}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Kelambu over Redis",
            "version": version,
            "description": (
                "The streams of the edge server. An agency has a user of its own there, which reaches the streams of this "
                "agency and no others. An entry of a stream has one field, named at each channel, that holds a JSON "
                "document. Delivery is at least once: a document sent again under its id counts once, and an answer may "
                "come again."
            ),
            "license": {"name": "Apache 2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "edge": {
                "host": "127.0.0.1:6379",
                "protocol": "redis",
                "description": "The edge server of an installation; its address and the agency's user come from the operator.",
                "security": [{"$ref": "#/components/securitySchemes/agency"}],
            }
        },
        "channels": {
            "outbox": _of_agency(
                keys.outbox(AGENCY),
                "event",
                "What the agency sends: XADD OUTBOX * event DOCUMENT. An entry disappears when it has been answered.",
                {short(name): f"#/components/messages/{short(name)}" for name in events},
            ),
            "receipts": _of_agency(
                keys.receipts(AGENCY),
                "receipt",
                "One receipt for each entry of the outbox; about the last million are kept. Read on with XREAD.",
                {"receipt": "#/components/messages/receipt"},
            ),
            "outcomes": _of_agency(
                keys.outcomes(AGENCY),
                "outcome",
                "What Kelambu concluded about the claims that the agency filed.",
                {"outcome": "#/components/messages/outcome"},
            ),
            "refused": _of_agency(
                keys.refused(AGENCY),
                "refused",
                "One entry for each document in the agency's quarantine, and one when it was admitted after all.",
                {"refused": "#/components/messages/refused"},
            ),
            "orders": _of_bank(keys.ORDERS, "Payment orders as they leave, numbered without a gap.", "order"),
            "batches": _of_bank(
                keys.BATCHES, "The batches that orders leave in, with control totals.", "batch"
            ),
        },
        "operations": {
            "takeEvents": _operation("receive", "outbox", "Kelambu takes in what the agency sends."),
            "giveReceipts": _operation("send", "receipts", "Kelambu answers each document."),
            "tellOutcomes": _operation("send", "outcomes", "Kelambu tells what became of a claim."),
            "tellRefusals": _operation(
                "send", "refused", "Kelambu tells what was refused, with every fault."
            ),
            "giveOrders": _operation(
                "send", "orders", "Kelambu orders a payment: at least once, with a stable id."
            ),
            "closeBatches": _operation("send", "batches", "Kelambu closes a batch of orders."),
        },
        "components": {
            "securitySchemes": {
                "agency": {
                    "type": "userPassword",
                    "description": "The agency's own user of the server.",
                }
            },
            "messages": {short(name): message for name, message in events.items()}
            | {
                "receipt": _answer("Receipt", "A receipt", Receipt),
                "outcome": _answer("ClaimOutcome", "An outcome", ClaimOutcome),
                "refused": _answer("Notice", "A refused document", Notice),
                "order": _answer("Departure", "A payment order", Departure),
                "batch": _answer("Batch", "A batch of payment orders", OrderBatch),
            },
            "schemas": in_order(
                [event_schemas(codes), answer_schemas(Receipt, ClaimOutcome, Notice, Departure, OrderBatch)]
            ),
        },
    }


def short(name: str) -> str:
    """Return an event's name without prefix and version."""
    return name.removeprefix("kelambu.").rpartition(".")[0]


def _event(name: str, place: str) -> Json:
    words = WORDS.events[short(name)]
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
        "examples": [{"payload": SAMPLES[schema]}],
    }


def _of_agency(address: str, field: str, description: str, messages: dict[str, str]) -> Json:
    return {
        "address": address,
        "description": f"{description} The document stands in the field {field}.",
        "parameters": {
            "agency": {"description": "The agency's name, as it is registered.", "examples": ["rs-contoh"]}
        },
        "messages": {key: {"$ref": place} for key, place in messages.items()},
        "x-stream-field": field,
    }


def _of_bank(address: str, description: str, message: str) -> Json:
    return {
        "address": address,
        "description": f"{description} On the core server, for the bank's connector. The document stands in the field e.",
        "messages": {message: {"$ref": f"#/components/messages/{message}"}},
        "x-stream-field": "e",
    }


def _operation(action: str, channel: str, summary: str) -> Json:
    return {"action": action, "channel": {"$ref": f"#/channels/{channel}"}, "summary": summary}
