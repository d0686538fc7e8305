"""The golden documents, one per event type, version and form, and the tokens with which they were recorded."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

GOLDEN = Path(__file__).parents[2] / "golden" / "events"


class PlainTokens:
    """Tokens without a key, so that a golden file can hold them."""

    def nik(self, nik: str) -> str:
        digest = hashlib.sha256(nik.encode()).digest()[:16]
        return "~" + base64.urlsafe_b64encode(digest).decode().rstrip("=")

    def account(self, bank: str, number: str, holder: str) -> str:
        return self.nik(f"{bank}\n{number}\n{holder}")

    def bank_account(self, bank: str, number: str) -> str:
        return self.nik(f"{bank}\n{number}")

    def officer(self, name: str) -> str:
        return self.nik(f"officer\n{name}")

    def reference(self, reference: str) -> str:
        return self.nik(f"reference\n{reference}")


def golden(name: str, form: str = "sent") -> bytes:
    """Return a golden file, e.g. of ``claim.filed``, as it lies there."""
    return (GOLDEN / f"kelambu.{name}.v1.{form}.json").read_bytes()


def example(name: str) -> dict[str, Any]:
    """Return a fresh right document of a type, to be made wrong by a test."""
    document: dict[str, Any] = json.loads(golden(name))
    return document


def raw(document: object) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode()
