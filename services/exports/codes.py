"""The codes of the tables by family, with what each means in both languages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from events.message import Text
from services.benefits.scheme import Scheme
from services.contract.words import WORDS
from services.texts.catalogue import texts

_OF_TEXTS = {
    "status": "status",
    "cause": "cause",
    "missing": "missing",
    "reason": "reason",
    "event": "event",
    "outcome": "outcome",
    "mismatch": "code.mismatch",
    "order-state": "code.order-state",
    "held": "code.held",
    "bank-statement": "code.bank-statement",
    "membership-statement": "code.membership-statement",
    "fact": "code.fact",
    "exception": "exception-kind",
    "turn": "turn",
    "task": "task",
}
"""Families of which the catalogue has texts, and below which key."""
_OF_CONTRACT = {"sector": "sector", "sponsor": "Sponsor.kind", "sex": "sex"}
"""Families of which the published contract has the words."""
_OF_SCHEME = ("benefit", "cause", "missing")
"""Families of which a scheme names some or all."""

FAMILIES = frozenset({*_OF_TEXTS, *_OF_CONTRACT, *_OF_SCHEME})


def codes(scheme: Scheme) -> list[tuple[str, str, str, str]]:
    """Return every code as family, code, Bahasa Indonesia and English, in this order."""
    named = dict(_named(scheme.names))
    return [(*key, words.id, words.en) for key, words in sorted(named.items())]


def _named(of_scheme: Mapping[str, Text]) -> Iterator[tuple[tuple[str, str], Text]]:
    """Yield each code with its words; later ones count."""
    for family in _OF_SCHEME:
        yield from (((family, code), words) for code, words in _below(family, of_scheme))
    for family, name in _OF_CONTRACT.items():
        yield from (((family, code), words) for code, words in WORDS.choices[name].items())
    yield from ((("event", code), words.name) for code, words in WORDS.events.items())
    for family, place in _OF_TEXTS.items():
        yield from (((family, code), words) for code, words in _below(place, texts()))


def _below(place: str, named: Mapping[str, Text]) -> Iterator[tuple[str, Text]]:
    for key, words in named.items():
        if key.startswith(f"{place}."):
            yield key.removeprefix(f"{place}."), words
