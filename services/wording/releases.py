"""Orders that wait for a named person, in words."""

from __future__ import annotations

from services.disbursement.waiting import WaitingOrder
from services.wording.terms import LanguageTexts


def note(one: WaitingOrder, token: str, words: LanguageTexts) -> str:
    """Say what is to be known of a waiting order by the person of this token, empty for nobody: above all that they may not approve it."""
    if token and token in one.reviewed_by:
        return words.name("refused", "reviewed")
    if one.stand == "refused":
        return words.say("release.refused-before")
    return words.say("release.reviewed-by", count=len(one.reviewed_by)) if one.reviewed_by else ""
