"""What is said of a single payment or return of the bank beside its amount."""

from __future__ import annotations

from services.overview.bank_statements import Statement
from services.wording.terms import LanguageTexts


def remark(one: Statement, words: LanguageTexts) -> str:
    """Say that it was taken back or failed, or which other orders were paid under its reference; empty where there is nothing to say."""
    if one.retracted:
        return words.say("made.retracted", amount=words.amount(one.amount))
    if one.kind == "failed":
        return words.say("made.failed")
    return words.say("made.shared", orders=", ".join(one.others)) if one.others else ""
