"""What more there is to know of an exception, in words."""

from __future__ import annotations

from services.exceptions.listing import ExceptionLine
from services.wording.exceptions import details
from services.wording.terms import LanguageTexts


def test_a_payment_that_came_back_is_told_with_both_payments():
    """What the bank paid in all and what of it came back, not what is left of both."""
    line = ExceptionLine(
        claim="C-1",
        kind="paid-twice-returned",
        subject="C-1.1",
        partition=0,
        amount=1_000_000,
        ordered=1_000_000,
        paid=1_000_000,
        after="",
        details=(),
        events=(),
        agency="dinsos",
        programme="JKM",
        district="16.06.01",
    )
    said = {code: details(line, LanguageTexts(code)) for code in ("id", "en")}
    assert said == {
        "id": "diperintahkan Rp1.000.000, dibayar Rp2.000.000, kembali Rp1.000.000",
        "en": "ordered Rp1.000.000, paid Rp2.000.000, came back Rp1.000.000",
    }
