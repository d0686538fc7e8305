"""Who has to act in a claim, and what it waits for, as the list of claims says it."""

from __future__ import annotations

import msgspec
import pytest

from projections.claims import ClaimRow
from services.wording.facets import awaited, whose_turn
from services.wording.terms import LanguageTexts


def claim(**fields: object) -> ClaimRow:
    """A claim of 42 million that is ordered, but for what is said otherwise."""
    plain = dict.fromkeys(ClaimRow.__struct_fields__, "")
    sums = dict.fromkeys(
        ("released", "paid", "returned", "overpaid", "paid_by_bank", "matched", "unmatched"), 0
    )
    whole = {"shown": 1, "partition": 0, "position": 1, "version": 1, "entitled": 42, "ordered": 42, **sums}
    lists = {"missing": (), "reasons": (), "obstacles": (), "benefits": {}, "status": "ordered"}
    people = {"district": None, "sector": None, "decile": None, "sponsor": None}
    return msgspec.convert(plain | whole | lists | people | fields, ClaimRow)


@pytest.mark.parametrize(
    ("fields", "who", "what"),
    [
        ({}, "BPJS Ketenagakerjaan", "perintah bayar dikirim: Rp42"),
        ({"released": 42}, "bank", "dibayar bank: Rp42"),
        (
            {"released": 30, "matched": 20},
            "BPJS Ketenagakerjaan, bank",
            "perintah bayar dikirim: Rp12, dibayar bank: Rp10",
        ),
        (
            {"ordered": 30, "released": 30, "matched": 30, "returned": 12},
            "keluarga",
            "rekening lain; kembali dari bank: Rp12",
        ),
        ({"released": 42, "matched": 42, "status": "paid"}, "", ""),
        ({"entitled": 0, "ordered": 0}, "", ""),
        ({"status": "denied", "ordered": 0}, "", ""),
        ({"status": "referred", "reasons": ("in-arrears",)}, "petugas", None),
        (
            {"status": "referred", "reasons": ("account-changed",)},
            "petugas",
            "putusan (rekening penerima berubah)",
        ),
        ({"status": "referred", "reasons": ("objected",)}, "petugas lain", "jawaban atas keberatan"),
        ({"status": "waiting", "missing": ("document:kk",)}, "keluarga", None),
    ],
)
def test_somebody_must_act_until_all_is_paid(fields: dict[str, object], who: str, what: str | None):
    """Who pays sends the orders, the bank pays them, the family names another account for what came back."""
    words, row = LanguageTexts("id"), claim(**fields)
    assert whose_turn(row, words) == who
    assert awaited(row, words) == what if what is not None else awaited(row, words)


def test_a_lag_before_the_day_is_said_in_words():
    """A membership is told before it begins: no number below zero stands there."""
    assert LanguageTexts("id").days_until(-1200) == "1.200 sebelumnya"
    assert LanguageTexts("en").days_until(-12) == "12 before it"
    assert LanguageTexts("id").days_until(0) == "0"
