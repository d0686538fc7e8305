"""What a letter says of money: what was paid, what is at the bank, held or come back.

Only what the sums of the claim bear.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from services.claim_file.result import ClaimResult
from services.wording.terms import LanguageTexts

_UNDECIDED = ("waiting", "referred")


class MoneyLeft(Struct, frozen=True):
    """The rupiah of a claim's standing orders by how far they came.

    ``stray`` is paid by the bank on no order that stands.
    """

    paid: int
    sent: int
    to_send: int
    back: int
    stray: int

    @property
    def nothing(self) -> bool:
        """Whether no money was ordered or paid that still counts."""
        return not (self.paid or self.sent or self.to_send or self.back or self.stray)


def money_left(result: ClaimResult) -> MoneyLeft:
    """Tell how far the money of a claim came, by its standing orders."""
    lacking = {"ordered": 0, "released": 0, "returned": 0}
    for order in result.orders:
        if order.state in lacking:
            lacking[order.state] += max(order.amount - order.paid, 0)
    back = min(lacking["returned"], result.returned)
    return MoneyLeft(
        paid=result.sums.matched,
        sent=lacking["released"] + lacking["returned"] - back,
        to_send=lacking["ordered"],
        back=back,
        stray=max(result.sums.unmatched, 0),
    )


def opening_kind(result: ClaimResult, kind: str) -> str:
    """Return which opening a letter has.

    Another where the claim was granted before, or what is too much is not all paid.
    """
    if kind == "overpaid":
        return "overpaid-sent" if money_left(result).sent else kind
    return f"{kind}-again" if kind in _UNDECIDED and result.orders else kind


def money_sentences(result: ClaimResult, kind: str, agency: str, words: LanguageTexts) -> Iterator[str]:
    """Say what became of the money; of a claim that is paid only what its letter does not say anyhow."""
    left, undecided = money_left(result), result.status in _UNDECIDED
    if left.nothing and kind not in ("ordered", "nothing-due", "paid", "overpaid"):
        yield words.say("letter.money.none-yet" if undecided else "letter.money.none")
    if left.paid and kind != "paid":
        yield words.say("letter.money.paid", amount=words.amount(left.paid))
        if undecided and kind != "overpaid":
            yield words.say("letter.money.looked-at")
    if left.sent:
        yield words.say("letter.money.sent", amount=words.amount(left.sent))
    if left.to_send:
        held = "to-send" if result.status == "ordered" else "held"
        yield words.say(f"letter.money.{held}", amount=words.amount(left.to_send))
    if left.back:
        yield words.say("letter.money.back", amount=words.amount(left.back), agency=agency)
    if left.stray:
        yield words.say("letter.money.stray", amount=words.amount(left.stray))
