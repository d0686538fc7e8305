"""What is said of an order that waits for a named person, and of a payment or return of the bank, beside its amount."""

from __future__ import annotations

from services.disbursement.waiting import WaitingOrder
from services.overview.bank_statements import Statement
from services.wording.terms import LanguageTexts


def note(one: WaitingOrder, token: str, words: LanguageTexts) -> str:
    """Say what is to be known of a waiting order by the person of this token, empty for nobody.

    Above all that they may not approve it.
    """
    if token and token in one.reviewed_by:
        return words.name("refused", "reviewed")
    if one.stand == "refused":
        return words.say("release.refused-before")
    return words.say("release.reviewed-by", count=len(one.reviewed_by)) if one.reviewed_by else ""


def remark(one: Statement, words: LanguageTexts) -> str:
    """Say that a payment or return was taken back or failed, or which other orders were paid under its reference.

    Empty where there is nothing to say.
    """
    if one.retracted:
        return words.say("made.retracted", amount=words.amount(one.amount))
    if one.kind == "failed":
        return words.say("made.failed")
    return words.say("made.shared", orders=", ".join(one.others)) if one.others else ""
