"""Decisions in words: what each reason asks of an officer, and what a decision would bring about."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import NamedTuple

from projections.claim_state import turn_of
from services.explanation.chain import Explanation
from services.review.prospect import Prospect
from services.review.work_list import WorkItem
from services.texts.catalogue import texts
from services.wording.explanation import source_detail
from services.wording.facets import officers_act
from services.wording.terms import LanguageTexts
from services.wording.timeline import payee


class ReasonGuide(NamedTuple):
    """What a reason is called, what an approval and a denial of it mean, and what to look at before."""

    code: str
    name: str
    approve: str
    deny: str
    look: str


def reason_guide(code: str, words: LanguageTexts) -> ReasonGuide:
    """Return what an officer is told of a reason; of one without texts only its name."""
    parts = (
        words.say(key) if (key := f"review-{part}.{code}") in texts() else ""
        for part in ("approve", "deny", "look")
    )
    return ReasonGuide(code, words.name("reason", code), *parts)


class ComparedFact(NamedTuple):
    """What an agency stated, for which reasons it counts, and whether it was taken back."""

    kind: str
    what: str
    agency: str
    day: dt.date
    said: str
    reasons: str
    struck: bool
    event: str


def facts_side_by_side(explanation: Explanation, words: LanguageTexts) -> list[ComparedFact]:
    """Return what the claim's agencies stated and what its reasons rest on, alike statements beneath each other."""
    named: dict[str, list[str]] = {}
    for obstacle in explanation.obstacles:
        for ref in obstacle.inputs:
            named.setdefault(ref, []).append(words.name("reason", obstacle.code))
    sources = [one for one in explanation.sources if one.kind.startswith("claim.") or one.ref in named]
    rows = [
        ComparedFact(
            one.kind,
            words.name("event", one.kind),
            one.agency,
            one.day,
            source_detail(one, words),
            ", ".join(named.get(one.ref, ())),
            one.struck,
            one.ref,
        )
        for one in sources
    ]
    first = {row.kind: n for n, row in reversed(list(enumerate(rows)))}
    return sorted(rows, key=lambda row: first[row.kind])


def who(item: WorkItem, words: LanguageTexts) -> str:
    """Say who must act: an officer, another one than before, or an office, with the family where it has to as well."""
    return words.say(f"turn.{turn_of(item.missing)}" if item.task == "collect" else f"work-who.{item.task}")


def awaited(item: WorkItem, words: LanguageTexts) -> str:
    """Say what is waited for: a decision on which reasons, an answer, an account, or what is missing."""
    if item.task == "collect":
        return ", ".join(words.name("missing", code) for code in item.missing)
    return officers_act(item.task, item.reasons, words)


def consequences(prospect: Prospect, words: LanguageTexts) -> Iterator[str]:
    """Say in sentences how the claim would stand, what could leave to the bank and what would be overpaid."""
    in_the_way = [words.name("reason", code) for code in prospect.reasons]
    in_the_way += [words.name("missing", code) for code in prospect.missing]
    status = words.name("outcome", prospect.outcome)
    if in_the_way:
        yield words.say("review.then-why", status=status, why=words.join(in_the_way))
    else:
        yield words.say("review.then", status=status)
    yield words.say("review.leaves", amount=words.amount(prospect.leaves))
    for code, amount in prospect.overpaid:
        yield words.say("review.overpaid", amount=words.amount(amount), payee=payee(code, words))
