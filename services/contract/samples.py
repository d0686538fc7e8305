"""What Kelambu answers in the story of the examples, one sample of each kind of answer."""

from __future__ import annotations

from typing import TypeAlias

Sample: TypeAlias = dict[str, object] | list[dict[str, object]]

RECEIPT = "5b1f0c2d9e8a47c3b6d1f0a29c3e7d58"
REFUSED = "0f6e2b7a41c94d0d9a83c5be7712f4aa"
SOURCE = "/agencies/desa-contoh"
CLAIM = "JKK-2025-90001"

PLACE: dict[str, object] = {"partition": 3, "position": 1052}
FILED: dict[str, object] = {
    "type": "kelambu.claim.filed.v1",
    "time": "2025-10-13T09:00:00+07:00",
    "partition": 3,
    "position": 1040,
    "id": "filed-0001",
    "receipt": RECEIPT,
}
WRONG: dict[str, object] = {
    "document": REFUSED,
    "at": "2025-10-14T06:40:02Z",
    "code": "invalid",
    "id": "documents-0001",
    "source": SOURCE,
    "errors": [
        {
            "pointer": "/data/documents/0/kind",
            "code": "invalid",
            "detail": "Write a code of 1 to 64 small letters, digits and -.",
        }
    ],
}

SAMPLES: dict[str, Sample] = {
    "Receipt": {
        "receipt": RECEIPT,
        "id": "filed-0001",
        "source": SOURCE,
        "admittedtime": "2025-10-13T02:00:04.120000Z",
        "status": "accepted",
        "partition": 3,
    },
    "ClaimOutcome": {
        "claim": CLAIM,
        "status": "waiting",
        "time": "2025-10-13T09:00:00+07:00",
        "partition": 3,
        "position": 1041,
        "missing": ["cause", "death", "heirs", "documents"],
    },
    "Notice": {
        "document": REFUSED,
        "at": "2025-10-14T06:40:02Z",
        "code": "invalid",
        "faults": [
            {
                "code": "invalid",
                "path": "$.data.documents[0].kind",
                "message": "Write a code of 1 to 64 small letters, digits and -.",
            }
        ],
        "id": "documents-0001",
        "source": SOURCE,
    },
    "Departure": {
        "order": f"{CLAIM}.2",
        "claim": CLAIM,
        "payee": "provider:rawat-1",
        "amount": 4850000,
        "due_on": "2025-10-29",
        "person": "~0Zp1kq3vX8sT5uY2wB7nQg",
        "partition": 3,
        "released_at": 1052,
    },
    "Batch": {
        "partition": 3,
        "sequence": 17,
        "after": 1041,
        "to": 1052,
        "count": 3,
        "amount": 146300000,
        "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "first": 211,
    },
    "Items": [
        {
            "status": 202,
            "receipt": {
                "receipt": RECEIPT,
                "id": "filed-0001",
                "source": SOURCE,
                "admittedtime": "2025-10-13T02:00:04.120000Z",
                "status": "received",
            },
        },
        {
            "status": 422,
            "problem": {
                "type": "/problems/invalid",
                "title": "The event is not valid",
                "status": 422,
                "detail": "`errors` lists everything that is wrong, each by its place. Mend it and send it again.",
                "id": "documents-0001",
                "receipt": REFUSED,
                "quarantine": REFUSED,
                "errors": [
                    {
                        "pointer": "/data/documents/0/kind",
                        "code": "invalid",
                        "detail": "Write a code of 1 to 64 small letters, digits and -.",
                    }
                ],
            },
        },
    ],
    "Claim": {
        "claim": CLAIM,
        "status": "ordered",
        "as_of": PLACE,
        "programme": "JKK",
        "event_date": "2025-10-07",
        "version": 2,
        "lines": [
            {
                "benefit": "jkk.treatment",
                "payee": "provider:rawat-1",
                "amount": 4850000,
                "formula": "4,850,000",
                "citation": "Permenaker 5/2021 Lampiran I",
                "confidence": "F",
            }
        ],
        "entitled": 4850000,
        "ordered": 4850000,
        "orders": [
            {
                "order": f"{CLAIM}.2",
                "payee": "provider:rawat-1",
                "amount": 4850000,
                "benefits": {"jkk.treatment": 4850000},
                "state": "ordered",
                "due_on": "2025-10-29",
                "released_at": "",
                "paid": 0,
                "paid_on": "",
                "returned_on": "",
                "cancelled_at": "",
                "moved": 0,
                "returned": 0,
                "held": "",
            }
        ],
        "events": [FILED],
    },
    "ClaimEvents": {"items": [FILED], "as_of": PLACE},
    "RefusedDocument": WRONG,
    "RefusedDocuments": {"items": [WRONG]},
}
