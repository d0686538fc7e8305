"""The obstacles of a claim and the least change that would remove them, in words with their numbers."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence

from services.explanation.chain import Explanation
from services.explanation.changes import FactChange, Numbers
from services.explanation.obstacles import Obstacle
from services.explanation.quotations import Quotation
from services.explanation.remedy import Remedy
from services.wording.terms import LanguageTexts, day
from services.wording.timeline import payee

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_MONTH = re.compile(r"\d{4}-\d\d")
_MISSING = ("enrolment", "finding:", "document:")
"""How the code of something that a claim waits for begins."""
_NAMED = {"documents": "missing.document:", "reasons": "reason.", "only": "benefit."}

Rows = list[tuple[int, str]]


def obstruction(told: Explanation, words: LanguageTexts) -> Iterator[tuple[str, Rows]]:
    """Yield (title, rows) of the obstacles and of the least change; nothing where all is due."""
    if told.status == "withdrawn":
        yield words.say("why.obstacles"), [(0, words.say("why-not.withdrawn"))]
    else:
        yield words.say("why.obstacles"), [row for one in told.obstacles for row in _obstacle(one, words)]
    if told.status in ("ordered", "paid"):
        yield words.say("why.remedy-full"), _remedies(told.remedies, words, full=True)
    elif told.remedies:
        yield words.say("why.remedy"), _remedies(told.remedies, words, full=False)
    else:
        why = words.join([obstacle_sentence(one, words) for one in told.obstacles])
        yield words.say("why.remedy"), [(0, words.say("remedy.none", why=why))]


def _obstacle(told: Obstacle, words: LanguageTexts) -> Rows:
    rows = [(0, obstacle_sentence(told, words))]
    if told.quotation is not None:
        rows += quoted(told.quotation, words)
    if told.inputs:
        rows.append((1, words.say("award.inputs", refs=", ".join(told.inputs))))
    return rows


def obstacle_sentence(told: Obstacle, words: LanguageTexts) -> str:
    """Say what stands in the way, with its numbers."""
    if told.code.startswith(_MISSING):
        return words.say("why-not.missing", what=words.name("missing", told.code))
    if told.says:
        variant = "-reached" if told.says.get("early") == 0 else ""
        if told.code == "child-unclear" and not told.says["others"]:
            variant = "-ordered"
        return _singular(words.say(f"why-not.{told.code}{variant}", **_filled(told.says, words)))
    return words.name("reason", told.code)


def _remedies(remedies: Sequence[Remedy], words: LanguageTexts, *, full: bool) -> Rows:
    rows: Rows = []
    for number, remedy in enumerate(remedies):
        heading = "remedy.open" if remedy.open else "remedy.hindsight"
        if full:
            heading = "remedy.full-open" if remedy.open else "remedy.full"
        if number:
            heading = "remedy.otherwise-open" if remedy.open else "remedy.otherwise"
        rows.append((0, words.say(heading)))
        rows += [(1, change(one, words)) for one in remedy.changes]
        if remedy.amount is None:
            rows.append((1, words.say("remedy.unknown")))
        else:
            rows.append((1, words.say("remedy.amount", amount=words.amount(remedy.amount))))
    return rows


def change(told: FactChange, words: LanguageTexts) -> str:
    """Say one change with its numbers."""
    filled = {**_filled(told.says, words), "office": words.scheme.office}
    if told.code == "documents":
        filled["what"] = filled["documents"]
    return _singular(words.say(f"change.{told.code}", **filled))


def _singular(text: str) -> str:
    """Write ``1 month`` for the ``1 months`` of an English text."""
    return re.sub(r"\b1 (month|day|year)s\b", r"1 \1", text)


def _filled(says: Numbers, words: LanguageTexts) -> dict[str, str]:
    return {name: _worded(name, value, words) for name, value in says.items()}


def _worded(name: str, value: str | int | tuple[str, ...], words: LanguageTexts) -> str:
    if name in ("before", "payees") and isinstance(value, tuple):
        return words.join([payee(code, words) for code in value])
    if isinstance(value, tuple):
        family = _NAMED.get(name, "")
        return words.join([_code(family, code, words) for code in value])
    if isinstance(value, int):
        return words.amount(value) if name in ("amount", "from", "to") else str(value)
    return _code("", value, words)


def _code(family: str, code: str, words: LanguageTexts) -> str:
    if family:
        head, _, rest = f"{family}{code}".partition(".")
        name = words.name(head, rest)
        if head == "benefit":
            return name[:1].lower() + name[1:]
        return f"{name} ({code})" if head == "reason" else name
    if _DAY.fullmatch(code):
        return day(dt.date.fromisoformat(code))
    if _MONTH.fullmatch(code):
        return words.month(code)
    return code or "–"


def quoted(told: Quotation, words: LanguageTexts) -> Iterator[tuple[int, str]]:
    """Yield the citation with how sure it is and what it says, the reading, and whether nobody has looked since."""
    sure = words.name("confidence", told.confidence)
    if told.says is None:
        yield 1, words.say("award.law-bare", citation=words.citation(told.citation), confidence=sure)
    else:
        yield (
            1,
            words.say(
                "award.law",
                citation=words.citation(told.citation),
                confidence=sure,
                says=words.either(told.says),
            ),
        )
    if told.reading is not None:
        yield 1, words.say("award.reading", reading=words.either(told.reading))
    if told.verified_until is not None:
        yield 1, words.say("award.unverified", until=day(told.verified_until))
