"""Lives that other systems paid wrongly, each as agencies reported it: documents, and what comes after some of them."""

from __future__ import annotations

import json
from pathlib import Path

from tests.lives import Data

CASES = Path(__file__).parent

WRONG_NUMBERS = ("#N/A", "-", "\u200b0012345678\u202c", "0012345678\n")
"""Account numbers that are none: what a spreadsheet leaves, unseen characters, a line break."""


def documents(case: str) -> list[bytes]:
    """Return the documents of a case in the order in which they are sent."""
    return (CASES / f"{case}.jsonl").read_bytes().splitlines()


def account_that_is_none(number: str) -> list[bytes]:
    """Return a claim whose heir, in the last document, has such an account number."""
    *before, heirs = documents("account-that-is-none")
    return [*before, heirs.replace(b'"NUMBER"', json.dumps(number).encode())]


def _more(id: str, kind: str, agency: str, time: str, data: Data) -> bytes:
    said = {
        "specversion": "1.0",
        "id": id,
        "source": f"/agencies/{agency}",
        "type": f"kelambu.claim.{kind}.v1",
        "time": time,
        "subject": data["claim"],
        "data": data,
    }
    return json.dumps(said).encode()


CHILD_ADDED = _more(
    "amended",
    "amended",
    "dinsos-contoh",
    "2025-08-04T09:00:00+07:00",
    {"claim": "B-1", "children": [{"child": "a", "name": "Andi Contoh", "birth_date": "2012-05-01"}]},
)
"""After ``child-forgotten``."""

PAID_BEFORE_APPROVED = _more(
    "approved",
    "reviewed",
    "bpjs-contoh",
    "2025-08-08T09:00:00+07:00",
    {
        "claim": "B-2",
        "officer": "Petugas",
        "decision": "approve",
        "reasons": ["paid-before"],
        "grounds": "dibaca",
    },
)
"""After ``child-forgotten-filed-again``."""

PAID_WITH_ZERO_FRACTION = (CASES / "paid-with-zero-fraction.json").read_bytes()
"""42 million, as some languages write every number."""

RETURNED_UNPAID = _more(
    "returned",
    "payment-returned",
    "bank-contoh",
    "2025-06-20T15:00:00+07:00",
    {
        "claim": "B-1",
        "order": "B-1.1",
        "payment": "T9",
        "amount": 5,
        "returned_on": "2025-06-20",
        "reason": "salah",
    },
)
"""A return of a payment that nobody has made."""
