"""Problems: what is answered when something cannot be done, as RFC 9457 has it, in English or Indonesian."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import msgspec

from events.message import Language
from services.identity.authentication import Unidentified
from services.ledger.edge import Fault
from services.texts.catalogue import render, text

Header: TypeAlias = tuple[bytes, bytes]

PROBLEM_JSON = "application/problem+json"
_TYPES = "/problems/"
_encode = msgspec.json.Encoder().encode

STATUS = {
    "malformed-request": 400,
    "bad-compression": 400,
    "unidentified": 401,
    "not-registered": 403,
    "wrong-source": 403,
    "not-allowed": 403,
    "not-found": 404,
    "not-recorded-yet": 404,
    "wrong-method": 405,
    "not-acceptable": 406,
    "too-slow": 408,
    "id-conflict": 409,
    "claim-exists": 409,
    "person-erased": 409,
    "too-large": 413,
    "compression-ratio": 413,
    "unsupported-media": 415,
    "invalid": 422,
    "future-date": 422,
    "too-complex": 422,
    "too-many-requests": 429,
    "headers-too-large": 431,
    "internal-error": 500,
    "unavailable": 503,
}
"""HTTP status by the last part of a problem's type, ``/problems/KIND``; its title and detail are in the texts, under
``problem``."""


class Problem(Exception):  # noqa: N818 - the RFC's word
    """Something cannot be done. ``kind`` is one of ``STATUS``; ``more`` are further members of the answer.

    ``why`` is the key of a detail that says more than the kind's; ``faults`` are listed with their places.
    """

    def __init__(
        self,
        kind: str,
        more: Mapping[str, object] | None = None,
        headers: Sequence[Header] = (),
        *,
        why: str = "",
        faults: Sequence[Fault] = (),
    ) -> None:
        super().__init__(kind)
        self.kind, self.more, self.headers = kind, dict(more or {}), tuple(headers)
        self._why, self._faults = why, tuple(faults)

    @property
    def status(self) -> int:
        """The HTTP status."""
        return STATUS[self.kind]

    def content(self, language: Language) -> dict[str, object]:
        """Return the members of the answer; ``more`` may replace the detail."""
        members: dict[str, object] = {
            "type": _TYPES + self.kind,
            "title": text(f"problem.{self.kind}.title").in_language(language),
            "status": self.status,
            "detail": text(self._why or f"problem.{self.kind}.detail").in_language(language),
        }
        faults = {"errors": errors(self._faults, language)} if self._faults else {}
        return members | self.more | faults

    def body(self, language: Language) -> bytes:
        """Return the answer as JSON."""
        return _encode(self.content(language))


def unidentified(error: Unidentified, language: Language) -> Problem:
    """Return the problem of a request that identifies nobody."""
    more = {"detail": render(error.message, language), "code": error.code}
    return Problem("unidentified", more, [(b"www-authenticate", b'Bearer realm="kelambu"')])


def too_many(seconds: int, more: Sequence[Header]) -> Problem:
    """Return the problem of an agency that sends too much; it may go on after so many seconds."""
    return Problem("too-many-requests", headers=[(b"retry-after", b"%d" % seconds), *more])


def unavailable() -> Problem:
    """Return the problem of an installation that cannot answer just now."""
    return Problem("unavailable", headers=[(b"retry-after", b"1")])


def errors(faults: Sequence[Fault], language: Language) -> list[dict[str, str]]:
    """Return faults with JSON pointers, each in words of a language."""
    return [
        {"pointer": pointer(one.path), "code": one.code, "detail": one.sentence(language)} for one in faults
    ]


_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")


def pointer(path: str) -> str:
    """Return ``/data/children/1`` for ``$.data.children[1]``."""
    return "".join(f"/{name or n}" for name, n in _STEP.findall(path.removeprefix("$")))


@functools.lru_cache(maxsize=256)
def language_of(accepted: str) -> Language:
    """Return the language to answer in: Indonesian where ``Accept-Language`` likes it more than English."""
    liked = {"en": 0.0, "id": 0.0}
    for one in accepted.lower().split(","):
        name, _, weight = one.partition(";")
        main = name.strip().partition("-")[0]
        if main in liked:
            liked[main] = max(liked[main], _quality(weight))
    return "id" if liked["id"] > liked["en"] else "en"


@functools.lru_cache(maxsize=256)
def takes_json(accepted: str) -> bool:
    """Tell whether ``Accept`` takes JSON; an empty one takes everything."""
    ranges = [one.partition(";") for one in accepted.lower().split(",")]
    return not accepted or any(
        name.strip() in _JSON_RANGES and _quality(weight) > 0 for name, _, weight in ranges
    )


_JSON_RANGES = frozenset(
    {"*/*", "application/*", "application/json", "application/problem+json", "application/cloudevents+json"}
)
_QUALITY = re.compile(r"(?:^|;)\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*(?:;|$)")


def _quality(parameters: str) -> float:
    match = _QUALITY.search(parameters)
    return float(match[1]) if match else 1.0
