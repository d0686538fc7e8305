"""The OpenAPI 3.1 document: the routes of the gateway, with every event, every answer and every problem.

What follows from no code is in ``openapi.json``.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources import files
from typing import cast

import msgspec
from msgspec import Struct

from events.catalogue import short_name
from events.codes import Codes
from events.document import MAX_BYTES
from services.contract.components import Json, answer_schemas, any_event, event_schemas, in_order, ref
from services.contract.endpoints import PATH_PARAMETERS, ROUTES, Endpoint, Good
from services.contract.examples import ANSWERS, STORY
from services.contract.words import WORDS
from services.gateway import claims, receipt_routes
from services.gateway.problems import STATUS
from services.gateway.request_documents import BATCH, JSON, MOST_EVENTS, STRUCTURED
from services.gateway.requests import MOST_ON_A_PAGE, ON_A_PAGE
from services.identity.authentication import AGENCY, MESSAGE, SIGNATURE, TIMESTAMP
from services.ledger.edge import DocumentReceipt
from services.runtime.health import Health
from services.texts.catalogue import text

PROBLEM = "application/problem+json"
_BINARY_MODE = ("specversion", "id", "source", "type", "subject", "time")
_PARAMETERS = {
    "": (),
    "binary-mode": tuple(f"ce-{name}" for name in _BINARY_MODE),
    "paged": ("after", "limit"),
}


class _Components(Struct, rename="camel"):
    security_schemes: dict[str, Json]
    parameters: dict[str, Json]
    responses: dict[str, Json]
    schemas: dict[str, Json]


class _OpenApi(Struct):
    openapi: str
    info: Json
    servers: list[Json]
    security: list[Json]
    tags: list[Json]
    paths: dict[str, Json]
    components: _Components


def openapi(codes: Codes, version: str) -> Json:
    """Return the document; ``version`` is that of the contract."""
    document = _skeleton()
    document.info["version"] = version
    for route in ROUTES:
        document.paths.setdefault(route.path, {})[route.method] = _operation(route)
    components = document.components
    headers = {"agency": AGENCY, "message": MESSAGE, "timestamp": TIMESTAMP, "signature": SIGNATURE}
    for name, header in headers.items():
        components.security_schemes[name]["name"] = header
    limit: Json = {"type": "integer", "minimum": 1, "maximum": MOST_ON_A_PAGE, "default": ON_A_PAGE}
    components.parameters["limit"]["schema"] = limit
    components.parameters = _binary_mode() | components.parameters
    components.responses = {kind: _response([kind]) for kind in STATUS}
    components.schemas = in_order([event_schemas(codes), {"Event": any_event()}, http_answers()])
    return cast("Json", msgspec.to_builtins(document))


def http_answers() -> dict[str, Json]:
    """Return the schemas of everything that is answered over HTTP."""
    own = _skeleton().components.schemas
    kind: Json = {"enum": [f"/problems/{kind}" for kind in STATUS], "description": "What kind of problem."}
    cast("Json", own["Problem"]["properties"])["type"] = kind
    answers = (
        DocumentReceipt,
        Health,
        claims.PublishedClaim,
        claims.ClaimEvents,
        receipt_routes.RefusedDocument,
        receipt_routes.RefusedDocuments,
    )
    return in_order([answer_schemas(*answers), own])


def _skeleton() -> _OpenApi:
    return msgspec.json.decode(files(__package__).joinpath("openapi.json").read_bytes(), type=_OpenApi)


def _operation(route: Endpoint) -> Json:
    braced = [step.strip("{}") for step in route.path.split("/") if step.startswith("{")]
    parameters = [_path_parameter(name) for name in braced]
    parameters += [{"$ref": f"#/components/parameters/{name}"} for name in _PARAMETERS[route.parameters]]
    json: Json = {"operationId": route.id, "tags": [route.tag], "summary": route.summary}
    if parameters:
        json["parameters"] = parameters
    if route.body:
        json["requestBody"] = _request(batches=route.body == "events")
    if route.open:
        json["security"] = []
    good = {str(one.status): _good(one) for one in route.answers}
    json["responses"] = good | _problems(route.problem_kinds())
    return json


def _path_parameter(name: str) -> Json:
    words = PATH_PARAMETERS[name]
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": words.description,
        "schema": {"type": "string", "minLength": 1},
        "example": words.example,
    }


def _request(*, batches: bool) -> Json:
    one = {
        short_name(name): {"summary": WORDS.events[short_name(name)].title.en, "value": example}
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
        "examples": {short_name(name): {"value": example["data"]} for name, example in STORY.items()},
    }
    return {
        "required": True,
        "description": f"At most {MAX_BYTES:,} bytes for an event, 1,048,576 for a request; gzip is taken.",
        "content": content,
    }


def _binary_mode() -> dict[str, Json]:
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
        for name in _BINARY_MODE
    }


def _good(one: Good) -> Json:
    content: Json = {"schema": ref(one.schema) if one.schema else {"type": "string"}}
    if one.sample:
        content["example"] = ANSWERS[one.sample]
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


def _response(kinds: list[str]) -> Json:
    words = {kind: (text(f"problem.{kind}.title").en, text(f"problem.{kind}.detail").en) for kind in kinds}
    examples = {
        kind: {
            "value": {
                "type": f"/problems/{kind}",
                "title": title,
                "status": STATUS[kind],
                "detail": detail,
            }
        }
        for kind, (title, detail) in words.items()
    }
    json: Json = {
        "description": " · ".join(f"{title}: {detail}" for title, detail in words.values()),
        "content": {PROBLEM: {"schema": ref("Problem"), "examples": examples}},
    }
    if any(STATUS[kind] in (429, 503) for kind in kinds):
        json["headers"] = {
            "Retry-After": {"description": "Seconds.", "schema": {"type": "integer", "minimum": 1}}
        }
    return json
