"""What somebody types to find claims, recognised.

A claim, a person, an order, an agency, a reference of the bank, or an amount.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress

from projections import agencies, claim_counts, claims, participants
from projections.claim_search import ClaimSearch
from projections.store import View
from services.sealing.tokens import Tokens, is_token
from services.texts.errors import AdvisedError, advised
from services.texts.typed import read_amount

_END = re.compile(r"[0-9]{2,15}")
_MOST_NAMED = 5
_NIK = re.compile(r"[0-9]{16}")


def recognised(view: View, text: str, tokens: Callable[[], Tokens]) -> dict[str, str]:
    """Return what is sought by a text that somebody typed, by the name that ``ClaimSearch`` has for it.

    A NIK and a reference of the bank become their tokens; they are neither kept nor repeated.

    Raises:
        AdvisedError: the book has nothing of that name, or several claims end in it.
    """
    typed = text.strip()
    if _NIK.fullmatch(typed):
        return {"person": tokens().nik(typed)}
    if is_token(typed):
        return {"person" if participants.person(view, typed) else "reference": typed}
    ending = claims.ending_in(view, f"-{typed}", _MOST_NAMED) if _END.fullmatch(typed) else []
    if len(ending) > 1:
        raise advised("search.several", "search.write-all", end=typed, claims=", ".join(ending))
    for number in dict.fromkeys((*ending, typed, typed.upper())):
        if claims.claim(view, number) is not None:
            return {"claim": number}
        if claim_counts.count(view, ClaimSearch(order=number)).claims:
            return {"order": number}
    if typed in {sort.agency for sort in agencies.admitted(view)}:
        return {"agency": typed}
    return _reference_or_amount(view, typed, tokens())


def _reference_or_amount(view: View, typed: str, tokens: Tokens) -> dict[str, str]:
    """Return a reference of the bank, or what is due.

    With ``Rp`` or points only, as a bare number may be of anything.
    """
    reference = tokens.reference(typed)
    if typed and claim_counts.count(view, ClaimSearch(reference=reference)).claims:
        return {"reference": reference}
    if "." in typed or typed[:2].lower() == "rp":
        with suppress(AdvisedError):
            return dict.fromkeys(("amount_from", "amount_to"), str(read_amount(typed)))
    raise advised("search.nothing", "search.what-can-be")
