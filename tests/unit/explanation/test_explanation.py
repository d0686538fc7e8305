"""An explanation says the whole chain, in both languages, and nothing personal."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from hypothesis import example, given, settings
from msgspec.structs import replace

from events.message import Language
from services.benefits.reading.folder import load
from services.explanation.chain import Explanation, explain
from services.texts.catalogue import text, texts
from services.wording.explanation import lines
from services.wording.terms import LanguageTexts
from tests.lives import Life, disability, heir, jkm_death
from tests.unit.adjudication.test_properties import STEPS, histories, live
from tests.unit.explanation.lives import bereaved, disabled, hurt, member, state_after, two_claims, waiting

GOLDEN = Path(__file__).parents[2] / "golden" / "explanations"
TOLD = {"jkm-death": bereaved, "jkk-disability": disabled, "waiting": waiting}
LANGUAGES: tuple[Language, ...] = ("id", "en")
PERSONAL = ("Siti Aminah", "Budi", "Pemilik", "Bank Sumsel", "Ahli Waris", "Petugas", "160601", "arsip")


def explained(life: Life, number: str = "A-1") -> Explanation:
    explanation = explain(state_after(life), number, load())
    assert explanation is not None
    return explanation


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", TOLD)
def test_an_explanation_reads_as_agreed(name, language):
    """Every line of it is that of the file, the identity of the rulebook left out."""
    explanation = replace(explained(TOLD[name]()), rulebook="HASH@ENGINE")
    said = "\n".join(lines(explanation, LanguageTexts(language))) + "\n"
    assert said == (GOLDEN / f"{name}.{language}.txt").read_text()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("life", "number", "sentences"),
    [
        (
            member("2026-01-25", "2026-02", "2026-03"),
            "A-1",
            ("2 dari 3 bulan iuran", "2 of 3 months paid"),
        ),
        (
            hurt("2021-01-05", "2026-01-16T10:00:00+07:00"),
            "A-1",
            ("11 hari setelah batas 5 tahun", "11 days after the limit of 5 years"),
        ),
        (
            member("2025-01-01", "2025-01", "2026-01"),
            "A-1",
            ("menunggak 2 bulan", "in arrears by 2 months"),
        ),
        (
            Life().insured().filed(papers=("ktp", "kk", "form-4", "heirs-letter")),
            "A-1",
            ("akta kematian belum ada", "the death certificate is missing"),
        ),
        (
            member("2025-01-01", "2025-01", "2025-07"),
            "A-1",
            ("menunggak 8 bulan", "in arrears by 8 months"),
        ),
        (
            two_claims(),
            "B-2",
            (
                "Tidak ada perubahan yang dapat membuat klaim ini dibayar",
                "Nothing could make this claim payable",
            ),
        ),
        (
            jkm_death().withdrawn(),
            "A-1",
            ("penarikan klaim dicabut", "the withdrawal is taken back"),
        ),
    ],
)
def test_what_stands_in_the_way_is_said_with_its_numbers(life, number, sentences, language):
    """Plain words with the figures of the case, in either language."""
    said = lines(explained(life, number), LanguageTexts(language))
    assert any(sentences[LANGUAGES.index(language)] in line for line in said)


def test_a_claim_that_nobody_filed_has_no_explanation():
    """An unknown number is not explained, nor one whose filing was taken back."""
    assert explain(state_after(jkm_death()), "B-9", load()) is None
    assert explain(state_after(Life().insured().filed(id="f").retracted("f")), "A-1", load()) is None


def test_the_parts_of_each_benefit_come_to_what_is_entitled_and_ordered():
    """Parts, benefits, entitlement and standing orders are the same rupiah."""
    explanation = explained(bereaved())
    assert all(
        sum(part.amount for part in benefit.parts) == benefit.amount for benefit in explanation.benefits
    )
    assert (
        sum(benefit.amount for benefit in explanation.benefits)
        == explanation.money.entitled
        == explanation.money.ordered
    )
    assert [payment.state for payment in explanation.payments] == ["paid", "ordered", "ordered"]
    assert explanation.money.paid_by_bank == 26_250_000


@pytest.mark.parametrize(
    ("amount", "state"), [(41_999_999, "released"), (42_000_000, "paid"), (42_000_001, "paid")]
)
def test_an_order_is_paid_once_the_bank_has_paid_all_of_it_or_more(amount, state):
    """And not before; the rupiah that were too many are told by what was paid."""
    (order,) = explained(jkm_death().paid("A-1.1", amount)).payments
    assert (order.state, order.amount, order.paid) == (state, 42_000_000, amount)


@pytest.mark.parametrize(
    ("language", "rows"),
    [
        (
            "id",
            (
                "Tangan kanan dari atau dari atas pergelangan ke bawah: 32%, tidak dihitung: yang lain pada anggota badan ini",
                "Ibu jari tangan kanan: 15%\n",
                "Telunjuk tangan kanan: 9%\n",
                "Ruas pertama telunjuk kanan: 4,5% × 50% = 2,25%, tidak dihitung",
                "Salah satu jari lain tangan kanan (jari tengah): 4%\n",
            ),
        ),
        (
            "en",
            (
                "Right hand from the wrist: 32%, not counted: what else is stated of this limb comes to",
                "4,5% × 50%",
            ),
        ),
    ],
)
def test_a_part_that_another_of_its_limb_absorbs_is_said_not_to_count(
    language: Language, rows: tuple[str, ...]
):
    """The rows that are left come to the percentage of the formula: 15 + 9 + 3 × 4 = 36, more than the hand's 32."""
    parts = [
        disability("hand-wrist", side="right"),
        disability("thumb", side="right"),
        disability("index-finger", side="right"),
        disability("index-first-phalanx", side="right", loss_percent=50),
        *(disability("other-finger", side="right", which=which) for which in ("middle", "ring", "little")),
    ]
    explanation = explained(hurt().items(*parts))
    said = "\n".join(lines(explanation, LanguageTexts(language)))
    assert all(row in said for row in rows), said
    counted = sum(Decimal(row.percent) for row in explanation.table if not row.absorbed)
    assert counted == 36
    assert explanation.benefits[0].parts[0].formula.startswith("36% × 80 × ")


def test_where_no_law_was_in_force_none_is_said_to_have_been():
    """A death of 2014 is calculated by the earliest law, which is told as that and not as the law of the day."""
    life = Life().enrolled("2013-01-01").paid_months("2013-01", "2014-12").filed(event_date="2014-08-15")
    explanation = explained(life)
    assert not explanation.law_in_force
    assert "No law was in force for this programme on 15-08-2014; calculated by" in lines(
        explanation, LanguageTexts("en")
    )
    assert explained(bereaved()).law_in_force


def test_a_day_of_payment_says_where_only_weekends_were_left_out():
    """Nobody takes a date for one that minds the national holidays while those of its year are not listed."""
    listed = explained(hurt())
    assert [payment.weekends_only for payment in listed.payments] == [False]
    (payment,) = listed.payments
    later = replace(listed, payments=(replace(payment, weekends_only=True),))
    assert "weekends only; the holidays of that year are not listed" in "\n".join(
        lines(later, LanguageTexts("en"))
    )
    unlisted = Life().insured().filed().heirs(heir()).died(time="2027-06-10T10:00:00+07:00")
    assert {payment.weekends_only for payment in explained(unlisted).payments} == {True}


def test_an_award_of_another_rulebook_is_not_passed_off_as_the_recorded_one():
    """Where what is recorded is not what the rulebook at hand gives, the explanation says so."""
    state = state_after(jkm_death())
    record = replace(state.claims["A-1"], digest=b"another")
    explanation = explain(replace(state, claims={"A-1": record}), "A-1", load())
    assert explanation is not None
    assert not explanation.as_recorded
    assert explained(jkm_death()).as_recorded
    assert text("why.not-as-recorded").en in lines(explanation, LanguageTexts("en"))


def test_every_reason_and_every_benefit_has_its_words():
    """Whatever the rules can answer can be said."""
    scheme = load().scheme
    assert all(f"reason.{code}" in texts() for code in scheme.reasons)
    assert all(name.id.strip() and name.en.strip() for name in scheme.names.values())


@settings(max_examples=100, deadline=None)
@example(["not at work", "other account", "one heir", "approve", "other account", "died"])
@given(histories)
def test_any_history_is_explained_without_anything_personal(names):
    """Over lives of any kind: it can be said in both languages and as JSON, and no name, NIK or account is in it."""
    life = live([name for name in names if name in STEPS])
    state = state_after(life)
    for number in state.claims:
        explanation = explain(state, number, load())
        if explanation is None:
            continue
        assert explanation.as_recorded
        said = "\n".join(
            line for language in LANGUAGES for line in lines(explanation, LanguageTexts(language))
        )
        said += msgspec.json.encode(explanation).decode()
        assert not [value for value in PERSONAL if value in said]
