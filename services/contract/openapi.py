"""The OpenAPI 3.1 document: the routes of the gateway, with every event, every answer and every problem."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from events.codes import Codes
from events.document import MAX_BYTES
from services.contract.asyncapi import short
from services.contract.components import Json, answer_schemas, any_event, event_schemas, in_order, ref
from services.contract.endpoints import ROUTES, Endpoint, Good
from services.contract.examples import STORY
from services.contract.samples import SAMPLES
from services.contract.words import WORDS
from services.gateway import claims, quarantine
from services.gateway.documents import BATCH, JSON, MOST_EVENTS, STRUCTURED
from services.gateway.problems import STATUS
from services.gateway.requests import MOST_ON_A_PAGE, ON_A_PAGE
from services.identity.authentication import AGENCY, MESSAGE, SIGNATURE, TIMESTAMP
from services.ledger.edge import Receipt
from services.runtime.health import Health
from services.texts.catalogue import text

PROBLEM = "application/problem+json"
FURTHEST = 2**53
"""The largest number of a page, as `services.gateway.requests` reads it."""
_SECURITY: list[Json] = [{"apiKey": []}, {"agency": [], "message": [], "timestamp": [], "signature": []}]


def openapi(codes: Codes, version: str) -> Json:
    """Return the document; ``version`` is that of the contract."""
    paths: dict[str, Json] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method] = _operation(route)
    return {
        "openapi": "3.1.1",
        "info": {
            "title": "Kelambu over HTTP",
            "version": version,
            "summary": "Agencies send events and ask what became of them.",
            "description": (
                "An event that is answered with 202 or 200 is on disk. Whoever gets no answer sends the same document "
                "again: it counts once. No answer repeats a personal value."
            ),
            "license": {"name": "Apache 2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "The installation that serves this document."}],
        "security": _SECURITY,
        "tags": [
            {"name": "events", "description": "Sending events."},
            {"name": "answers", "description": "What became of them."},
            {"name": "quarantine", "description": "What was refused, and sending it again mended."},
            {"name": "installation", "description": "The installation itself."},
            {"name": "contract", "description": "What stands here, for programs and for people."},
        ],
        "paths": paths,
        "components": {
            "securitySchemes": _schemes(),
            "parameters": _binary_mode() | _pages(),
            "responses": {kind: _problem(kind) for kind in STATUS},
            "schemas": in_order([event_schemas(codes), {"Event": any_event()}, http_answers()]),
        },
    }


def http_answers() -> dict[str, Json]:
    """Return the schemas of everything that is answered over HTTP."""
    items: Json = {"type": "array", "items": ref("Item")}
    return in_order(
        [
            answer_schemas(Receipt, Health),
            answer_schemas(claims.PublishedClaim, claims.ClaimEvents),
            answer_schemas(quarantine.RefusedDocument, quarantine.RefusedDocuments),
            {"Item": _item(), "Items": items, "Answers": {"oneOf": [ref("Receipt"), items]}},
            {"Problem": _problem_schema(), "ProblemError": _error(), "JsonDocument": {"type": "object"}},
        ]
    )


def _schemes() -> Json:
    headers = {"agency": AGENCY, "message": MESSAGE, "timestamp": TIMESTAMP, "signature": SIGNATURE}
    said = {
        "agency": "The agency that signs.",
        "message": "An id of the request, as Standard Webhooks has it.",
        "timestamp": "Seconds since 1970, at most five minutes from the clock here.",
        "signature": "v1a, and an ed25519 signature in base64 over ID.TIMESTAMP.BODY, of the bytes before they are compressed.",
    }
    schemes: Json = {
        "apiKey": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "kk_ID_SECRET",
            "description": "An API key of the agency, as `kelambu agency key add` shows it once.",
        }
    }
    for name, header in headers.items():
        schemes[name] = {"type": "apiKey", "in": "header", "name": header, "description": said[name]}
    return schemes


def _operation(route: Endpoint) -> Json:
    parameters = [_path_parameter(name) for name in _in_braces(route.path)]
    parameters += [{"$ref": f"#/components/parameters/{name}"} for name in route.parameters]
    json: Json = {"operationId": route.id, "tags": [route.tag], "summary": route.summary}
    if parameters:
        json["parameters"] = parameters
    if route.body:
        json["requestBody"] = _request(batches=route.body == "events")
    if route.open:
        json["security"] = []
    good = {str(one.status): _good(one) for one in route.good}
    json["responses"] = good | _problems(route.problems)
    return json


def _in_braces(path: str) -> list[str]:
    return [step.strip("{}") for step in path.split("/") if step.startswith("{")]


_PATH_PARAMETERS: Mapping[str, tuple[str, str]] = {
    "id": ("A receipt's number, the id of an event, or the name of a document in quarantine.", "filed-0001"),
    "number": ("A claim number.", "JKK-2025-90001"),
    "page": ("The name of a page.", "claim.filed.en.html"),
    "schema": ("The name of a schema.", "kelambu.claim.filed.v1.json"),
    "kind": ("The last part of a problem's type.", "invalid"),
}


def _path_parameter(name: str) -> Json:
    said, example = _PATH_PARAMETERS[name]
    text: Json = {"type": "string", "minLength": 1}
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": said,
        "schema": text,
        "example": example,
    }


def _pages() -> Json:
    """Return the parameters of what is told a page at a time."""
    after: Json = {"type": "integer", "minimum": 0, "maximum": FURTHEST, "default": 0}
    limit: Json = {"type": "integer", "minimum": 1, "maximum": MOST_ON_A_PAGE, "default": ON_A_PAGE}
    return {
        "after": {
            "name": "after",
            "in": "query",
            "description": "`next` of the page before.",
            "schema": after,
        },
        "limit": {"name": "limit", "in": "query", "description": "How many.", "schema": limit},
    }


def _request(*, batches: bool) -> Json:
    one = {
        short(name): {"summary": WORDS.events[short(name)].title.en, "value": example}
        for name, example in STORY.items()
    }
    content: Json = {STRUCTURED: {"schema": ref("Event"), "examples": one}}
    if batches:
        content[BATCH] = {
            "schema": {"type": "array", "items": ref("Event"), "minItems": 1, "maxItems": MOST_EVENTS},
            "examples": {"story": {"summary": "The story of one claim", "value": list(STORY.values())}},
        }
    content[JSON] = {
        "schema": {
            "type": "object",
            "description": "Binary mode: the event's data; the attributes stand in ce- headers.",
        },
        "examples": {short(name): {"value": example["data"]} for name, example in STORY.items()},
    }
    return {
        "required": True,
        "description": f"At most {MAX_BYTES:,} bytes for an event, 1,048,576 for a request; gzip is taken.",
        "content": content,
    }


def _binary_mode() -> Json:
    """Return the headers that carry an event's attributes in binary mode."""
    example = STORY["kelambu.claim.filed.v1"]
    return {
        f"ce-{name}": {
            "name": f"ce-{name}",
            "in": "header",
            "required": False,
            "description": f"In binary mode, the event's {name}.",
            "schema": {"type": "string"},
            "example": example[name],
        }
        for name in ("specversion", "id", "source", "type", "subject", "time")
    }


def _good(one: Good) -> Json:
    content: Json = {"schema": ref(one.schema) if one.schema else {"type": "string"}}
    if one.sample:
        content["example"] = SAMPLES[one.sample]
    return {"description": one.meaning, "content": {one.media: content}}


def _problems(kinds: Iterable[str]) -> Json:
    """Return problems by status; where several have one status, all of them are named."""
    by_status: dict[int, list[str]] = {}
    for kind in kinds:
        by_status.setdefault(STATUS[kind], []).append(kind)
    return {
        str(status): {"$ref": f"#/components/responses/{names[0]}"} if len(names) == 1 else _response(names)
        for status, names in sorted(by_status.items())
    }


def _problem(kind: str) -> Json:
    return _response([kind])


def _response(kinds: list[str]) -> Json:
    examples = {kind: {"value": _example(kind)} for kind in kinds}
    json: Json = {
        "description": " · ".join(f"{_title(kind)}: {_detail(kind)}" for kind in kinds),
        "content": {PROBLEM: {"schema": ref("Problem"), "examples": examples}},
    }
    if any(STATUS[kind] in (429, 503) for kind in kinds):
        json["headers"] = {
            "Retry-After": {"description": "Seconds.", "schema": {"type": "integer", "minimum": 1}}
        }
    return json


def _example(kind: str) -> Json:
    return {
        "type": f"/problems/{kind}",
        "title": _title(kind),
        "status": STATUS[kind],
        "detail": _detail(kind),
    }


def _title(kind: str) -> str:
    return text(f"problem.{kind}.title").en


def _detail(kind: str) -> str:
    return text(f"problem.{kind}.detail").en


def _item() -> Json:
    return {
        "title": "Item",
        "description": "The answer to one event of a batch: a receipt, or a problem.",
        "type": "object",
        "properties": {"status": {"type": "integer"}, "receipt": ref("Receipt"), "problem": ref("Problem")},
        "required": ["status"],
        "oneOf": [{"required": ["receipt"]}, {"required": ["problem"]}],
    }


def _error() -> Json:
    return {
        "title": "ProblemError",
        "description": "One fault of a document.",
        "type": "object",
        "properties": {
            "pointer": {
                "type": "string",
                "description": "The place in the document, an RFC 6901 JSON pointer.",
            },
            "code": {"type": "string"},
            "detail": {"type": "string", "description": "What to do; repeats no value."},
        },
        "required": ["pointer", "code", "detail"],
    }


def _problem_schema() -> Json:
    """Return the schema of RFC 9457's problem details, with what Kelambu adds."""
    text: Json = {"type": "string"}
    return {
        "title": "Problem",
        "description": "Problem details as RFC 9457 has them. Nothing here repeats what was sent.",
        "type": "object",
        "properties": {
            "type": {
                "enum": [f"/problems/{kind}" for kind in STATUS],
                "description": "What kind of problem.",
            },
            "title": text,
            "status": {"type": "integer"},
            "detail": {"type": "string", "description": "What to do."},
            "code": {"type": "string", "description": "Of nobody identified: why."},
            "id": {"type": "string", "description": "The id of the refused event."},
            "receipt": {"type": "string", "description": "The number of its receipt."},
            "quarantine": {
                "type": "string",
                "description": "The name of the refused document in quarantine.",
            },
            "differs": {
                "type": "array",
                "items": text,
                "description": "What is not as in the content that has the id: names, never values.",
            },
            "errors": {
                "type": "array",
                "items": ref("ProblemError"),
                "description": "All faults of the document.",
            },
        },
        "required": ["type", "title", "status", "detail"],
    }
