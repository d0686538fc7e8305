"""What the words of a scenario mean: papers, heirs, parts of the body, benefits, reasons; Indonesian and English."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from importlib.resources import files

from services.benefits.reading.folder import load
from services.texts.catalogue import texts


class UnknownWordError(Exception):
    """A word without a meaning; ``nearest`` are known words like it."""

    def __init__(self, word: str, nearest: Iterable[str]) -> None:
        self.word, self.nearest = word, tuple(nearest)
        super().__init__(f"{word}: {', '.join(self.nearest)}")


class Vocabulary:
    """Names and the code that each means. A code is also its own name."""

    def __init__(self, names: Mapping[str, str]) -> None:
        """Take name to code; upper and lower case are the same."""
        self.codes = {name.casefold(): code for name, code in names.items()}
        self.codes |= {code.casefold(): code for code in names.values()}
        longest = sorted(self.codes, key=len, reverse=True)
        self._one = re.compile("|".join(re.escape(name) for name in longest))

    def code(self, text: str) -> str:
        """Return what ``text`` means; raises ``UnknownWordError``."""
        word = text.strip().casefold()
        if word not in self.codes:
            raise UnknownWordError(text.strip(), get_close_matches(word, self.codes, 3, 0.4))
        return self.codes[word]

    def several(self, text: str) -> tuple[str, ...]:
        """Return the codes of a list, its members parted by commas and ``dan``; raises ``UnknownWordError``."""
        rest, codes = text.strip().casefold(), []
        while rest:
            match = self._one.match(rest)
            after = rest[match.end() :] if match else ""
            if match is None or not (parting := _PARTING.match(after)):
                raise UnknownWordError(rest, get_close_matches(rest, self.codes, 3, 0.4))
            codes.append(self.codes[match.group()])
            rest = after[parting.end() :]
        return tuple(codes)

    def names(self) -> dict[str, list[str]]:
        """Return each code with its other names."""
        listed: dict[str, list[str]] = {}
        for name, code in self.codes.items():
            listed.setdefault(code, [])
            if name != code.casefold():
                listed[code].append(name)
        return listed


_PARTING = re.compile(r"\s*(?:$|,\s*(?:dan\s+|and\s+)?|;\s*|\s(?:dan|and)\s+)")


def _family(name: str) -> dict[str, str]:
    """Return the names under which commands print the codes of a family."""
    prefix = f"{name}."
    named = {key: text for key, text in {**texts(), **SCHEME.names}.items() if key.startswith(prefix)}
    return {name: key[len(prefix) :] for key, text in named.items() for name in (text.id, text.en)}


SCHEME = load().scheme
"""The scheme whose cases people write: the one that ships."""


_WORDS: dict[str, dict[str, str]] = tomllib.loads(
    files(__package__).joinpath("vocabulary.toml").read_text(encoding="utf-8")
)

PAPERS = Vocabulary(
    {
        name: code.removeprefix("document:")
        for name, code in _family("missing").items()
        if code.startswith("document:")
    }
    | _WORDS["papers"]
)
ALL_PAPERS = tuple(
    dict.fromkeys(paper for one in SCHEME.programme for paper in (*one.documents, *one.documents_on_death))
)
MISSING = Vocabulary(
    _family("missing") | {name: f"document:{code}" for name, code in PAPERS.codes.items()} | _WORDS["missing"]
)
REASONS = Vocabulary(_family("reason"))
REFUSALS = Vocabulary(_WORDS["refusals"])
PROGRAMMES = Vocabulary({code: code for code in SCHEME.by_code})
CAUSES = Vocabulary(_WORDS["causes"])
RELATIONS = Vocabulary(_WORDS["relations"])
MODES = Vocabulary(_WORDS["modes"])
DEVICES = Vocabulary(_WORDS["devices"])
OUTCOMES = Vocabulary(_WORDS["outcomes"])
LEVELS = Vocabulary(_WORDS["levels"])
BENEFITS = Vocabulary(
    _WORDS["benefits"]
    | {
        f"{programme}.{part}": f"{programme}.{part}"
        for programme in ("jkm", "jkk")
        for part in ("death", "periodic", "funeral")
    }
)
PARTS = Vocabulary(_WORDS["parts"])
HANDS = Vocabulary(_WORDS["hands"])
SIDES, WHICH = _WORDS["sides"], _WORDS["which"]
