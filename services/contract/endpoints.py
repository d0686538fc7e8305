"""The gateway's routes as the contract tells them: what each is for, what it answers, which problems it may have.

A test holds them against the routes that the gateway serves.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

Body: TypeAlias = Literal["", "events", "event"]
"""What a request carries: nothing, an event in any mode or a batch, or one event."""

IDENTIFIED = (
    "malformed-request",
    "bad-compression",
    "unidentified",
    "not-acceptable",
    "too-slow",
    "too-large",
    "compression-ratio",
    "unsupported-media",
    "too-many-requests",
    "headers-too-large",
    "internal-error",
    "unavailable",
)
"""What may go wrong wherever an agency is asked who it is."""
SENT = (
    "not-registered",
    "wrong-source",
    "not-allowed",
    "id-conflict",
    "claim-exists",
    "invalid",
    "future-date",
    "too-complex",
)
"""What may go wrong with an event."""
FILE = ("not-found", "headers-too-large", "internal-error")


class Good(NamedTuple):
    """An answer that is no problem: its status, what it means, and the name of its schema and of its sample."""

    status: int
    meaning: str
    schema: str = ""
    sample: str = ""
    media: str = "application/json"


class Endpoint(NamedTuple):
    """One method of one path."""

    method: Literal["get", "post"]
    path: str
    id: str
    tag: str
    summary: str
    good: tuple[Good, ...]
    problems: tuple[str, ...]
    body: Body = ""
    parameters: tuple[str, ...] = ()
    """Names of the parameters beside those of the path."""
    open: bool = False
    """Whether it asks for no credential."""


BINARY_MODE = tuple(f"ce-{name}" for name in ("specversion", "id", "source", "type", "subject", "time"))
PAGED = ("after", "limit")

EVENTS = (
    Endpoint(
        "post",
        "/v1/events",
        "sendEvents",
        "events",
        "Send one event, or a batch of up to 1,000.",
        (
            Good(202, "Received: every event is on disk.", "Answers", "Receipt"),
            Good(200, "Received before: the same receipts again.", "Answers", "Receipt"),
            Good(
                207, "Of a batch, at least one event was refused; each has its own status.", "Items", "Items"
            ),
        ),
        (*IDENTIFIED, *SENT),
        body="events",
        parameters=BINARY_MODE,
    ),
    Endpoint(
        "get",
        "/v1/receipts/{id}",
        "getReceipt",
        "answers",
        "The receipt as it stands now, by its number or by the id of the event.",
        (Good(200, "The receipt.", "Receipt", "Receipt"),),
        (*IDENTIFIED, "not-found"),
    ),
)
CLAIMS = (
    Endpoint(
        "get",
        "/v1/claims/{number}",
        "getClaim",
        "answers",
        "Where a claim stands: in full for the agency that filed it, its status for whoever sent events about it.",
        (Good(200, "The claim.", "Claim", "Claim"),),
        (*IDENTIFIED, "not-found", "not-recorded-yet"),
    ),
    Endpoint(
        "get",
        "/v1/claims/{number}/events",
        "getClaimEvents",
        "answers",
        "What was recorded about a claim, in order, a page at a time.",
        (Good(200, "A page of events.", "ClaimEvents", "ClaimEvents"),),
        (*IDENTIFIED, "not-found", "not-recorded-yet"),
        parameters=PAGED,
    ),
)
QUARANTINE = (
    Endpoint(
        "get",
        "/v1/quarantine",
        "listQuarantine",
        "quarantine",
        "The agency's documents that were refused, the oldest first, a page at a time.",
        (
            Good(
                200,
                "A page of documents, without what stands in them.",
                "RefusedDocuments",
                "RefusedDocuments",
            ),
        ),
        IDENTIFIED,
        parameters=PAGED,
    ),
    Endpoint(
        "get",
        "/v1/quarantine/{id}",
        "getQuarantined",
        "quarantine",
        "One refused document with all its faults.",
        (Good(200, "The document, without what stands in it.", "RefusedDocument", "RefusedDocument"),),
        (*IDENTIFIED, "not-found"),
    ),
    Endpoint(
        "post",
        "/v1/quarantine/{id}/retry",
        "retryQuarantined",
        "quarantine",
        "Send a refused document again, mended. The link from the old to the new is kept.",
        (
            Good(202, "Received.", "Receipt", "Receipt"),
            Good(200, "Received before: the same receipt again.", "Receipt", "Receipt"),
        ),
        (*IDENTIFIED, *SENT, "not-found"),
        body="event",
        parameters=BINARY_MODE,
    ),
)
OPERATIONS = (
    Endpoint(
        "get",
        "/health/live",
        "isAlive",
        "installation",
        "Whether the process answers.",
        (Good(200, "It does.", "Health"),),
        ("headers-too-large",),
        open=True,
    ),
    Endpoint(
        "get",
        "/health/ready",
        "isReady",
        "installation",
        "Whether every part answers that the gateway needs.",
        (
            Good(200, "It can take events in.", "Health"),
            Good(503, "A part does not answer, or a service has halted.", "Health"),
        ),
        ("headers-too-large",),
        open=True,
    ),
    Endpoint(
        "get",
        "/openapi.json",
        "getOpenapi",
        "contract",
        "This document.",
        (Good(200, "OpenAPI 3.1.", "JsonDocument"),),
        FILE,
        open=True,
    ),
    Endpoint(
        "get",
        "/asyncapi.json",
        "getAsyncapi",
        "contract",
        "The streams over Redis.",
        (Good(200, "AsyncAPI 3.0.", "JsonDocument"),),
        FILE,
        open=True,
    ),
    Endpoint(
        "get",
        "/docs/{page}",
        "getPage",
        "contract",
        "The catalogue of events, for people.",
        (Good(200, "A page.", media="text/html"),),
        FILE,
        open=True,
    ),
    Endpoint(
        "get",
        "/schemas/{schema}",
        "getSchema",
        "contract",
        "The JSON Schema of an event.",
        (Good(200, "JSON Schema, Draft 2020-12.", "JsonDocument"),),
        FILE,
        open=True,
    ),
    Endpoint(
        "get",
        "/problems/{kind}",
        "getProblem",
        "contract",
        "What a kind of problem means and what to do, for people.",
        (Good(200, "In English and Indonesian.", media="text/plain"),),
        FILE,
        open=True,
    ),
)
ROUTES: tuple[Endpoint, ...] = (*EVENTS, *CLAIMS, *QUARANTINE, *OPERATIONS)
ALIASES = ("/v1/openapi.json", "/v1/asyncapi.json", "/docs")
"""Other addresses of what stands in ``ROUTES``."""
