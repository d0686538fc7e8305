"""What a letter says of money holds: nothing is called unpaid that was paid, whatever state the claim is in by now."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings

from events.message import LANGUAGES, Language
from projections.sums import Sums
from services.claim_file.document import DocumentTable, Paragraph
from services.claim_file.result import ClaimResult
from services.claim_file.statement import says
from services.cli.commands.letter import letter_of
from services.explanation.chain import OrderHistory
from services.texts.language import speaking
from services.wording.letter_money import money_left, money_sentences, opening_kind
from services.wording.terms import LanguageTexts
from tests.claim_files import claim_file_of, results_in
from tests.generated import lives, replayed
from tests.lives import Life, jkm_death

ALL = 42_000_000
HALF = 21_000_000
DAY = dt.date(2026, 6, 19)
STATUSES = ("waiting", "referred", "denied", "withdrawn", "retracted", "ordered", "paid")
UNPAID = {
    "id": ("belum ada yang dibayar", "tidak ada yang dibayar", "belum ada pembayaran"),
    "en": ("nothing has been paid", "Nothing is paid", "nothing is paid"),
}


def result(status: str, *orders: OrderHistory, overpaid: int = 0, stray: int = 0) -> ClaimResult:
    """A claim with these orders, its sums as an explanation adds them up."""
    standing = [order for order in orders if order.state not in ("cancelled", "replaced")]
    ordered = sum(order.amount for order in standing)
    paid = sum(min(order.paid, order.amount) for order in standing)
    sums = Sums(
        entitled=ordered if status in ("ordered", "paid") else 0,
        ordered=ordered,
        released=sum(order.amount for order in standing if order.state != "ordered"),
        paid_by_bank=paid + stray,
        matched=paid,
        unmatched=stray,
        overpaid=overpaid,
    )
    back = sum(order.amount - order.paid for order in standing if order.state == "returned")
    return ClaimResult("A-1", status, "JKM", sums, 0, back, orders, (), (), None)


def order(state: str, paid: int = 0) -> OrderHistory:
    return OrderHistory("A-1.1", "heir:x", ALL, DAY, state, paid, False, "dinsos:1", DAY)


MONEY: dict[str, tuple[tuple[OrderHistory, ...], str, str]] = {
    "nothing": ((), "", ""),
    "ordered": ((order("ordered"),), "Rp42.000.000 sudah diperintahkan", "Rp42.000.000 is ordered"),
    "sent": (
        (order("released"),),
        "Rp42.000.000 sudah dikirim ke bank",
        "Rp42.000.000 has been sent to the bank",
    ),
    "paid": ((order("paid", ALL),), "sudah dibayar Rp42.000.000", "Rp42.000.000 has been paid"),
    "half": ((order("released", HALF),), "sudah dibayar Rp21.000.000", "Rp21.000.000 has been paid"),
    "back": (
        (order("returned"),),
        "Rp42.000.000 dikembalikan oleh bank",
        "Rp42.000.000 came back from the bank",
    ),
    "half-back": (
        (order("returned", HALF),),
        "Rp21.000.000 dikembalikan oleh bank",
        "Rp21.000.000 came back from the bank",
    ),
    "cancelled": ((order("cancelled"),), "", ""),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("money", MONEY)
def test_every_state_of_the_money_is_said_in_every_status(money: str, status: str, language: Language):
    """What was ordered, sent, paid or came back with its rupiah; that nothing is paid only where there is nothing."""
    orders, indonesian, english = MONEY[money]
    claim, words = result(status, *orders), LanguageTexts(language)
    kind = says(claim)
    told = " ".join(money_sentences(claim, kind, "Dinas Sosial", words))
    expected = indonesian if language == "id" else english
    if status != "paid":
        assert expected in told
    empty = not expected and kind not in ("ordered", "nothing-due", "paid")
    assert any(one in told for one in UNPAID[language]) == empty
    assert (("ditahan" if language == "id" else "is held") in told) == (
        money == "ordered" and status != "ordered"
    )
    looked_at = money in ("paid", "half", "half-back") and status in ("waiting", "referred")
    assert (("sedang kami periksa" if language == "id" else "looked at") in told) == looked_at


@pytest.mark.parametrize("status", STATUSES)
def test_what_the_bank_paid_on_no_order_is_money_too(status: str):
    """It is said to be looked at, and nothing is called unpaid."""
    claim = result(status, stray=HALF)
    told = " ".join(money_sentences(claim, says(claim), "Dinas Sosial", LanguageTexts("id")))
    assert "Bank juga melaporkan Rp21.000.000" in told
    assert not any(one in told for one in UNPAID["id"])


@pytest.mark.parametrize(
    ("state", "paid", "opening"), [("released", 0, "overpaid-sent"), ("paid", ALL, "overpaid")]
)
def test_what_is_too_much_is_called_paid_once_the_bank_has_paid_it(state: str, paid: int, opening: str):
    """Before that it has only been sent."""
    claim = result("denied", order(state, paid), overpaid=ALL)
    assert opening_kind(claim, says(claim)) == opening


def letter(life: Life, language: Language = "id") -> str:
    """The paragraphs of a letter."""
    with speaking(language):
        parts = letter_of(claim_file_of(life, "A-1")).parts
    return " ".join(block.text for part in parts for block in part.blocks if isinstance(block, Paragraph))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_paid_claim_that_is_looked_at_again_is_not_called_unpaid(language: Language):
    """An objection after the payment: granted before, paid, looked at; before it was ordered nothing was paid."""
    told = letter(jkm_death().paid("A-1.1", ALL).objected(), language)
    assert not any(one in told for one in UNPAID[language])
    assert ("pernah kami setujui" if language == "id" else "We had granted") in told
    assert (
        "sudah dibayar Rp42.000.000" if language == "id" else "Rp42.000.000 has been paid from this"
    ) in told
    early = letter(Life().insured().filed(), language)
    assert UNPAID[language][0] in early
    assert ("pernah kami setujui" if language == "id" else "We had granted") not in early


def test_the_day_of_a_payment_stands_beside_its_amount():
    """That of the bank; of a payment that was taken back nothing is left."""
    life = jkm_death().paid("A-1.1", ALL, id="p")
    assert _states(life) == ["dibayar 10-06-2026"]
    assert "dibayar" not in _states(life.retracted("p", agency="bank"))[0]


def _states(life: Life) -> list[str]:
    parts = letter_of(claim_file_of(life, "A-1")).parts
    return [
        row[4] for part in parts for one in part.blocks if isinstance(one, DocumentTable) for row in one.rows
    ]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(lives())
def test_the_money_of_a_letter_adds_up_for_any_life(life: Life):
    """All that was ordered and all that the bank paid stands in it once; nothing is called unpaid that was paid."""
    filed = {one["data"]["claim"] for one in life.documents if one["type"] == "kelambu.claim.filed.v1"}
    numbers = sorted(filed & set(replayed(life).result().claims))
    for claim in results_in(claim_file_of(life, numbers[0]), numbers) if numbers else ():
        left = money_left(claim)
        assert left.paid + left.sent + left.to_send + left.back == claim.sums.ordered
        assert left.paid + left.stray == claim.sums.paid_by_bank
        told = " ".join(money_sentences(claim, says(claim), "Dinsos", LanguageTexts("id")))
        if claim.sums.paid_by_bank or claim.sums.ordered:
            assert not any(one in told for one in UNPAID["id"])
