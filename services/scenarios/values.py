"""The values in a scenario's sentences.

Dates, months, rupiah, percentages, numbers, names, and words with a meaning.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import NamedTuple

from events.message import LANGUAGES
from services.scenarios import wording as words
from services.texts.catalogue import text

_MONTH_NAMES = {
    text(f"month.{number}").in_language(language).casefold(): number
    for language in LANGUAGES
    for number in range(1, 13)
}
_NAMED = "|".join(_MONTH_NAMES)


class ScenarioHeir(NamedTuple):
    """An heir as a sentence names one: how they are called, the relation, the share and the account."""

    name: str
    relation: str
    percent: float | None
    account: str


class ScenarioChild(NamedTuple):
    """A child of the participant, in the order in which the family ranks them."""

    name: str
    born: dt.date


class DisabilityRow(NamedTuple):
    """A row of the disability table."""

    part: str
    side: str
    which: str


class Kind(NamedTuple):
    """A kind of value: how it is written, and what it means."""

    pattern: str
    parse: Callable[[str], object]


def read_date(text: str) -> dt.date:
    """Read ``01-03-2026``, ``2026-03-01`` or ``1 Maret 2026``."""
    if re.match(r"\d{4}-", text):
        return dt.date.fromisoformat(text)
    day, month, year = text.replace("-", " ").split()
    number = _MONTH_NAMES.get(month.casefold()) or int(month)
    return dt.date(int(year), number, int(day))


def read_month(text: str) -> str:
    """Read ``03-2026``, ``2026-03`` or ``Maret 2026`` into ``2026-03``."""
    first, last = text.replace("-", " ").split()
    if len(first) == 4 and first.isdecimal():
        first, last = last, first
    number = _MONTH_NAMES.get(first.casefold()) or int(first)
    return f"{dt.date(int(last), number, 1):%Y-%m}"


def read_rupiah(text: str) -> int:
    """Read ``Rp42.000.000`` or ``Rp42 juta``; a dot stands before three digits, so that none is lost."""
    match = re.fullmatch(r"Rp ?(\d+|\d{1,3}(?:\.\d{3})+)( juta)?", text, re.IGNORECASE)
    if match is None:
        raise ValueError(text)
    return int(match[1].replace(".", "")) * (1_000_000 if match[2] else 1)


def read_percent(text: str) -> float:
    """Read ``12,5 %``."""
    return float(text.replace("%", "").replace(",", ".").strip())


def read_heirs(text: str) -> tuple[ScenarioHeir, ...]:
    """Read ``istri 75 %, anak Ani 25 % rekening 12``."""
    return tuple(_heir(part) for part in _parts(text))


def _heir(text: str) -> ScenarioHeir:
    account = re.search(r"\s(?:rekening|account)\s+(\w+)$", text)
    rest = text[: account.start()] if account else text
    share = re.search(r"\s([\d,]+\s*%)$", rest)
    name = (rest[: share.start()] if share else rest).strip()
    relations = [
        relation for relation in words.RELATIONS.codes if re.match(rf"{relation}\b", name.casefold())
    ]
    if not relations:
        words.RELATIONS.code(name)
    relation = max(relations, key=len)
    return ScenarioHeir(
        called(name),
        words.RELATIONS.code(relation),
        read_percent(share.group(1)) if share else None,
        account.group(1) if account else "",
    )


def called(name: str) -> str:
    """Return the id of a person who is called so: ``anak Ani`` is ``anak-ani``."""
    return re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")


def read_children(text: str) -> tuple[ScenarioChild, ...]:
    """Read ``Ani lahir 01-02-2010, Budi lahir 03-04-2012``."""
    children = []
    for part in _parts(text):
        name, born = re.split(r"\s(?:lahir|born)\s", part, maxsplit=1)
        children.append(ScenarioChild(name.strip(), read_date(born)))
    return tuple(children)


def _parts(text: str) -> list[str]:
    return re.split(r"\s*,\s+(?:dan\s+|and\s+)?|\s+(?:dan|and)\s+", text.strip())


def read_part(text: str) -> DisabilityRow:
    """Read ``telunjuk tangan kanan``: the row of the table, the side, and which finger or toe."""
    side = which = ""
    kept = []
    for word in text.split():
        lower = word.casefold()
        if lower in words.SIDES:
            side = words.SIDES[lower]
        elif lower in words.WHICH:
            which = words.WHICH[lower]
        elif lower in words.WHICH.values():
            which = lower
        else:
            kept.append(word)
    return DisabilityRow(words.PARTS.code(" ".join(kept)), side, which)


def read_papers(text: str) -> tuple[str, ...]:
    """Read ``berkas lengkap``, ``berkas lengkap tanpa KTP`` or a list of papers."""
    complete = re.match(
        r"(?:berkas lengkap|all papers)(?:\s+(?:tanpa|but)\s+(.+))?$", text.strip(), re.IGNORECASE
    )
    if complete is None:
        return words.PAPERS.several(re.sub(r"^berkas ", "", text.strip()))
    left_out = words.PAPERS.several(complete.group(1)) if complete.group(1) else ()
    return tuple(paper for paper in words.ALL_PAPERS if paper not in left_out)


DATE = rf"\d{{2}}-\d{{2}}-\d{{4}}|\d{{4}}-\d{{2}}-\d{{2}}|\d{{1,2}} (?:{_NAMED}) \d{{4}}"
MONTH = rf"\d{{2}}-\d{{4}}|\d{{4}}-\d{{2}}|(?:{_NAMED}) \d{{4}}"
PERCENT = r"[\d,.]+ ?%"
_BORN = rf"\S+ (?:lahir|born) (?:{DATE})"

KINDS: dict[str, Kind] = {
    "date": Kind(DATE, read_date),
    "month": Kind(MONTH, read_month),
    "rupiah": Kind(r"Rp ?[\d.]+(?: juta)?", read_rupiah),
    "percent": Kind(PERCENT, read_percent),
    "number": Kind(r"\d+", int),
    "year": Kind(r"\d{4}", int),
    "claim": Kind(r"[A-Z0-9-]+", str),
    "order": Kind(r"[A-Z0-9-]+\.\d+", str),
    "name": Kind(r"[\w-]+", str),
    "called": Kind(r".+?", called),
    "child": Kind(r"[\w-]+", called),
    "hand": Kind(r"[\w-]+", words.HANDS.code),
    "programmes": Kind(r"JK[KM](?: dan JK[KM]| and JK[KM])?", words.PROGRAMMES.several),
    "programme": Kind(r"JK[KM]", words.PROGRAMMES.code),
    "cause": Kind(r".+?", words.CAUSES.code),
    "papers": Kind(r".+?", read_papers),
    "children": Kind(rf"{_BORN}(?:(?:,| dan| and) {_BORN})*", read_children),
    "heirs": Kind(r".+?", read_heirs),
    "part": Kind(r".+?", read_part),
    "mode": Kind(r"\w+", words.MODES.code),
    "device": Kind(r".+?", words.DEVICES.code),
    "state": Kind(r".+?", words.OUTCOMES.code),
    "level": Kind(r"\w+|perguruan tinggi", words.LEVELS.code),
    "reasons": Kind(r".+?", words.REASONS.several),
    "missing": Kind(r".+?", words.MISSING.several),
    "refusals": Kind(r".+?", words.REFUSALS.several),
    "benefit": Kind(r".+?", words.BENEFITS.code),
}
