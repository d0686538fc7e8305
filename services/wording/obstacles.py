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


def obstruction(explanation: Explanation, words: LanguageTexts) -> Iterator[tuple[str, Rows]]:
    """Yield (title, rows) of the obstacles and of the least change; nothing where all is due."""
    if explanation.status == "withdrawn":
        yield words.say("why.obstacles"), [(0, words.say("why-not.withdrawn"))]
    else:
        yield (
            words.say("why.obstacles"),
            [row for one in explanation.obstacles for row in _obstacle(one, words)],
        )
    if explanation.status in ("ordered", "paid"):
        yield words.say("why.remedy-full"), _remedies(explanation.remedies, words, full=True)
    elif explanation.remedies:
        yield words.say("why.remedy"), _remedies(explanation.remedies, words, full=False)
    else:
        why = words.join([obstacle_sentence(one, words) for one in explanation.obstacles])
        yield words.say("why.remedy"), [(0, words.say("remedy.none", why=why))]


def _obstacle(obstacle: Obstacle, words: LanguageTexts) -> Rows:
    rows = [(0, obstacle_sentence(obstacle, words))]
    if obstacle.quotation is not None:
        rows += quoted(obstacle.quotation, words)
    if obstacle.inputs:
        rows.append((1, words.say("award.inputs", refs=", ".join(obstacle.inputs))))
    return rows


def obstacle_sentence(obstacle: Obstacle, words: LanguageTexts) -> str:
    """Say what is in the way, with its numbers."""
    if obstacle.code.startswith(_MISSING):
        return words.say("why-not.missing", what=words.name("missing", obstacle.code))
    if obstacle.says:
        variant = "-reached" if obstacle.says.get("early") == 0 else ""
        if obstacle.code == "child-unclear" and not obstacle.says["others"]:
            variant = "-ordered"
        return singular(words.say(f"why-not.{obstacle.code}{variant}", **_filled(obstacle.says, words)))
    return words.name("reason", obstacle.code)


def _remedies(remedies: Sequence[Remedy], words: LanguageTexts, *, full: bool) -> Rows:
    rows: Rows = []
    for number, remedy in enumerate(remedies):
        heading = "remedy.open" if remedy.open else "remedy.hindsight"
        if remedy.more == 0:
            heading = "remedy.kept-open" if remedy.open else "remedy.kept"
        if full:
            heading = "remedy.full-open" if remedy.open else "remedy.full"
        if number:
            heading = "remedy.otherwise-open" if remedy.open else "remedy.otherwise"
        rows.append((0, words.say(heading)))
        rows += [(1, change(one, words)) for one in remedy.changes]
        rows.append((1, _then(remedy, words)))
    return rows


def _then(remedy: Remedy, words: LanguageTexts) -> str:
    """Say what would be paid: beyond what was ordered or paid, where something was."""
    if remedy.amount is None or remedy.more is None:
        return words.say("remedy.unknown")
    amount, more = words.amount(remedy.amount), words.amount(remedy.more)
    if not remedy.more:
        return words.say("remedy.nothing-more", amount=amount)
    return words.say(
        "remedy.amount" if remedy.more == remedy.amount else "remedy.more", amount=amount, more=more
    )


def change(fact_change: FactChange, words: LanguageTexts) -> str:
    """Say one change with its numbers."""
    filled = {**_filled(fact_change.says, words), "office": words.scheme.office}
    if fact_change.code == "documents":
        filled["what"] = filled["documents"]
    return singular(words.say(f"change.{fact_change.code}", **filled))


def singular(text: str) -> str:
    """Write ``1 month`` for the ``1 months`` of an English text."""
    return re.sub(r"\b1 (bill|day|month|payment|time|year)s\b", r"1 \1", text)


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
        return name[:1].lower() + name[1:] if head == "benefit" else name
    if _DAY.fullmatch(code):
        return day(dt.date.fromisoformat(code))
    if _MONTH.fullmatch(code):
        return words.month(code)
    return code or "–"


def quoted(quotation: Quotation, words: LanguageTexts) -> Iterator[tuple[int, str]]:
    """Yield the citation with how sure it is and what it says, the reading, and whether nobody has looked since."""
    sure = words.name("confidence", quotation.confidence)
    if quotation.says is None:
        yield 1, words.say("award.law-bare", citation=words.citation(quotation.citation), confidence=sure)
    else:
        yield (
            1,
            words.say(
                "award.law",
                citation=words.citation(quotation.citation),
                confidence=sure,
                says=words.either(quotation.says),
            ),
        )
    if quotation.reading is not None:
        yield 1, words.say("award.reading", reading=words.either(quotation.reading))
    if quotation.verified_until is not None:
        yield 1, words.say("award.unverified", until=day(quotation.verified_until))
