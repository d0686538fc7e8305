"""Problems: what is answered when something cannot be done, as RFC 9457 has it, in English or Indonesian."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

import msgspec

from services.gateway.indonesian import in_indonesian
from services.gateway.words import KINDS, WHO
from services.identity.identify import Unidentified
from services.ledger.edge import Fault

Language: TypeAlias = Literal["en", "id"]
Header: TypeAlias = tuple[bytes, bytes]

PROBLEM_JSON = "application/problem+json"
_TYPES = "/problems/"
_encode = msgspec.json.Encoder().encode


class Problem(Exception):  # noqa: N818 - the RFC's word
    """Something cannot be done. ``kind`` is one of ``words.KINDS``; ``more`` are further members of the answer.

    ``why`` is a detail that says more than the kind's, as (English, Indonesian); ``faults`` are told by their places.
    """

    def __init__(
        self,
        kind: str,
        more: Mapping[str, object] | None = None,
        headers: Sequence[Header] = (),
        *,
        why: tuple[str, str] | None = None,
        faults: Sequence[Fault] = (),
    ) -> None:
        """Keep what is answered."""
        super().__init__(kind)
        self.kind, self.more, self.headers = kind, dict(more or {}), tuple(headers)
        self._why, self._faults = why, tuple(faults)

    @property
    def status(self) -> int:
        """The HTTP status."""
        return KINDS[self.kind].status

    def content(self, language: Language) -> dict[str, object]:
        """Return the members of the answer; ``more`` may tell another detail."""
        kind, n = KINDS[self.kind], _INDEX[language]
        said: dict[str, object] = {
            "type": _TYPES + self.kind,
            "title": kind.title[n],
            "status": kind.status,
            "detail": (self._why or kind.detail)[n],
        }
        told = {"errors": errors(self._faults, language)} if self._faults else {}
        return said | self.more | told

    def body(self, language: Language) -> bytes:
        """Return the answer as JSON."""
        return _encode(self.content(language))


_INDEX: dict[Language, int] = {"en": 0, "id": 1}


def unidentified(error: Unidentified, language: Language) -> Problem:
    """Return the problem of a request that identifies nobody."""
    detail = in_indonesian(error.message) or WHO[error.code] if language == "id" else error.message
    more = {"detail": detail, "code": error.code}
    return Problem("unidentified", more, [(b"www-authenticate", b'Bearer realm="kelambu"')])


def too_many(seconds: int, more: Sequence[Header]) -> Problem:
    """Return the problem of an agency that sends too much; it may go on after so many seconds."""
    return Problem("too-many-requests", headers=[(b"retry-after", b"%d" % seconds), *more])


def unavailable() -> Problem:
    """Return the problem of a house that cannot answer just now."""
    return Problem("unavailable", headers=[(b"retry-after", b"1")])


def errors(faults: Sequence[Fault], language: Language) -> list[dict[str, str]]:
    """Return faults with JSON pointers, each told in a language."""
    return [
        {"pointer": pointer(one.path), "code": one.code, "detail": _told(one.message, language)}
        for one in faults
    ]


def _told(message: str, language: Language) -> str:
    return (in_indonesian(message) or message) if language == "id" else message


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
    found = _QUALITY.search(parameters)
    return float(found[1]) if found else 1.0
