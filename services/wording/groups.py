"""What the groups of a book are called: a month in words, a district by its name, a decile that nobody stated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from projections.claim_state import turn_of
from services.wording.terms import LanguageTexts


def group_name(by: str, group: str, words: LanguageTexts) -> str:
    """Name a group of a grouping: ``16.06.01`` is ``Sekayu``, decile ``0`` and ``?`` nobody knows."""
    if group == "?":
        return words.say("deadline.unknown")
    if by == "district-month":
        district, _, month = group.partition("/")
        return f"{group_name('district', district, words)}, {words.month(month)}"
    if by == "month":
        return words.month(group) if group else ""
    if by == "benefit":
        return _benefit(group, words)
    return words.name(by, group)


def decile_name(decile: str, words: LanguageTexts) -> str:
    """Name a decile where it stands alone: ``desil 1``."""
    name = words.name("decile", decile)
    return name if name != decile else words.say("demo.decile", decile=decile)


def _benefit(code: str, words: LanguageTexts) -> str:
    """Name a benefit, with its programme where two have one name: ``Biaya pemakaman (JKM)``."""
    name = words.name("benefit", code)
    alike = sum(words.name("benefit", other) == name for other in words.scheme.benefits)
    return f"{name} ({code.partition('.')[0].upper()})" if alike > 1 else name


def waited_for(what: str, words: LanguageTexts) -> str:
    """Name what an agency may send: a missing part of claims, a decision, a payment."""
    return words.name("missing", what) if ":" in what else words.say(f"agency-report.{what}")


def who_brings(what: str, agency: str, others: Mapping[str, Sequence[str]], words: LanguageTexts) -> str:
    """Say who is waited for with something that an agency may send.

    The family through it, it or one of ``others`` that may state it too.
    """
    if ":" not in what:
        return words.say("work-who.decide" if what == "review" else "deadline.bank")
    kind, _, name = what.partition(":")
    may_state = sorted({agency, *(others.get(name, ()) if kind == "finding" else ())})
    named = ", ".join(words.agency(one) for one in may_state)
    sender = words.say("agency-report.one-of", agencies=named) if len(may_state) > 1 else named
    return words.say("agency-report.family-by", agency=sender) if turn_of((what,)) == "family" else sender
