"""The gateway's routes as the contract tells them: what each is for, what it answers, which problems it may have.

A test holds them against the routes that the gateway serves.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

Body: TypeAlias = Literal["", "events", "event"]
"""What a request carries: nothing, an event in any mode or a batch, or one event."""

IDENTIFIED = (
    "malformed-request",
    "unidentified",
    "not-registered",
    "not-acceptable",
    "too-slow",
    "too-many-requests",
)
HOUSE = ("headers-too-large", "internal-error", "unavailable")
SENT = (
    "bad-compression",
    "wrong-source",
    "not-allowed",
    "id-conflict",
    "claim-exists",
    "too-large",
    "compression-ratio",
    "unsupported-media",
    "invalid",
    "future-date",
    "too-complex",
)


class Good(NamedTuple):
    """An answer that is no problem: its status, what it means, and the name of its schema."""

    status: int
    meaning: str
    schema: str
    sample: str = ""


class Route(NamedTuple):
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


ROUTES: tuple[Route, ...] = (
    Route(
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
        (*IDENTIFIED, *SENT, *HOUSE),
        body="events",
        parameters=("ce-specversion", "ce-id", "ce-source", "ce-type", "ce-subject", "ce-time"),
    ),
    Route(
        "get",
        "/v1/receipts/{id}",
        "getReceipt",
        "answers",
        "The receipt as it stands now, by its number or by the id of the event.",
        (Good(200, "The receipt.", "Receipt", "Receipt"),),
        (*IDENTIFIED, "not-found", *HOUSE),
    ),
    Route(
        "post",
        "/v1/quarantine/{id}/retry",
        "retryQuarantined",
        "quarantine",
        "Send a refused document again, mended. The link from the old to the new is kept.",
        (
            Good(202, "Received.", "Receipt", "Receipt"),
            Good(200, "Received before: the same receipt again.", "Receipt", "Receipt"),
        ),
        (*IDENTIFIED, *SENT, "not-found", *HOUSE),
        body="event",
    ),
)
