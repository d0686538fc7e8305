"""What stands for a question in SQL and for its answer, where neither may be written in clear."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from events.message import message
from services.audit_trail.entries import TrailEntry
from services.audit_trail.records import QueryRun
from services.exports.answer import QueryAnswer, as_text
from services.figures.figure import FigureError
from services.figures.totals import Totals
from services.sealing.tokens import Tokens

_HASHED = 6
"""Bytes of a hash total, which every program of a reader can hold as a number."""


def answer_totals(answer: QueryAnswer) -> Totals:
    """Rows and columns of an answer, and its hash total: the same for the same rows, in whatever order they come."""
    rows = ("\x1f".join(map(as_text, row)).encode() for row in answer.rows)
    hashes = (int.from_bytes(hashlib.sha256(row).digest()[:_HASHED]) for row in rows)
    return {
        "rows": len(answer.rows),
        "columns": len(answer.columns),
        "hash_total": sum(hashes) % 256**_HASHED,
    }


def question_tag(sql: str, tokens: Tokens) -> str:
    """Return what names a question without saying it: nobody who lacks the key can try what it may have been."""
    return tokens.content(sql.encode()).hex()


def question_of(tag: str, trail: Iterable[TrailEntry], tokens: Tokens) -> str:
    """Return the question of a tag, as the audit trail keeps it sealed.

    Raises ``FigureError`` where it cannot be read.
    """
    runs = (entry.record for entry in trail if entry.readable and isinstance(entry.record, QueryRun))
    question = next((run.sql for run in runs if question_tag(run.sql, tokens) == tag), None)
    if question is None:
        raise FigureError(message("figure.no-question"))
    return question
