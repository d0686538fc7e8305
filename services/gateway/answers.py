"""Answers to events: a receipt for what is received, a problem for what is refused; for a batch, one for each."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec import Struct

from events.message import Language
from services.gateway.problems import PROBLEM_JSON, Problem
from services.intake.reception import Reply
from services.ledger.edge import DocumentReceipt
from services.platform.newest_checkpoint import KnownLog

JSON_TYPE = "application/json"
RECEIVED, REPEATED, MIXED = 202, 200, 207

_encode = msgspec.json.Encoder().encode


class HttpAnswer(Struct, frozen=True):
    """What is answered: status, media type, body."""

    status: int
    media: str
    body: bytes


class Item(Struct, frozen=True, omit_defaults=True):
    """The answer to one event of a batch: a receipt, or a problem."""

    status: int
    receipt: DocumentReceipt | None = None
    problem: dict[str, object] | None = None


def to_one(reply: Reply, language: Language, log: KnownLog | None = None) -> HttpAnswer:
    """Return the answer to a request of one event; its receipt names the ``log`` as far as it is known."""
    problem = refusal(reply)
    if problem is not None:
        return HttpAnswer(problem.status, PROBLEM_JSON, problem.body(language))
    reply.receipt.log = log
    return HttpAnswer(_status(reply), JSON_TYPE, _encode(reply.receipt))


def to_batch(
    replies: Sequence[Reply | Problem], language: Language, log: KnownLog | None = None
) -> HttpAnswer:
    """Return the answer to a batch, in its order: 202, 200 if all had come before, 207 if any is refused.

    The last receipt of it names the ``log`` as far as it is known.
    """
    items = [_item(reply, language) for reply in replies]
    if last := next((item.receipt for item in reversed(items) if item.receipt), None):
        last.log = log
    found = {item.status for item in items}
    overall = found.pop() if found in ({RECEIVED}, {REPEATED}) else MIXED
    if found == {RECEIVED, REPEATED}:
        overall = RECEIVED
    return HttpAnswer(overall, JSON_TYPE, _encode(items))


def refusal(reply: Reply) -> Problem | None:
    """Return the problem of a refused event, None for one that is received."""
    receipt = reply.receipt
    if receipt.status != "refused":
        return None
    more: dict[str, object] = {"receipt": receipt.receipt, "quarantine": receipt.quarantine}
    if receipt.id is not None:
        more["id"] = receipt.id
    if reply.differs:
        more["differs"] = reply.differs
    return Problem(receipt.code or "invalid", more, faults=receipt.faults)


def _item(reply: Reply | Problem, language: Language) -> Item:
    if isinstance(reply, Problem):
        return Item(reply.status, problem=reply.content(language))
    problem = refusal(reply)
    if problem is not None:
        return Item(problem.status, problem=problem.content(language))
    return Item(_status(reply), receipt=reply.receipt)


def _status(reply: Reply) -> int:
    return REPEATED if reply.repeated else RECEIVED
