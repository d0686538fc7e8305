"""Money, times and states read as they are written in Indonesia, and the table of texts is whole."""

import datetime as dt

import pytest

from events.catalogue import EVENT_TYPES
from events.content import Content
from services.wording.terms import LanguageTexts, day, moment, number
from services.wording.timeline import detail


@pytest.mark.parametrize(
    ("amount", "said"),
    [(0, "Rp0"), (500, "Rp500"), (42_000_000, "Rp42.000.000"), (-1_500, "-Rp1.500")],
)
def test_rupiah_has_points_between_thousands(amount, said):
    """Whole rupiah are written with points, a debt with the minus in front."""
    assert LanguageTexts().amount(amount) == said


def test_times_are_those_of_jakarta():
    """An instant in UTC is shown with the clock of Western Indonesia."""
    assert moment(dt.datetime(2026, 11, 21, 3, 5, tzinfo=dt.UTC)) == "21-11-2026 10.05 WIB"
    assert moment(dt.datetime(2026, 11, 20, 18, 0, tzinfo=dt.UTC)) == "21-11-2026 01.00 WIB"
    assert day(dt.date(2026, 1, 2)) == "02-01-2026"
    assert number(45_000) == "45.000"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 detik"),
        (90, "1 menit 30 detik"),
        (3_600, "1 jam"),
        (187_200, "2 hari 4 jam"),
        (90_061, "1 hari 1 jam"),
    ],
)
def test_lengths_of_time_are_told_in_their_two_largest_units(seconds, said):
    """Without the smaller ones, and without a unit of which there is none."""
    assert LanguageTexts("id").span(seconds) == said


@pytest.mark.parametrize(
    ("cause", "programme", "said"),
    [
        ("other", "JKM", "meninggal bukan karena kerja"),
        ("work-accident", "JKK", "kecelakaan kerja"),
        ("work-accident", "", "kecelakaan kerja"),
        ("work-accident", "JKM", "meninggal bukan karena kerja (diajukan sebagai: kecelakaan kerja)"),
        ("other", "JKK", "meninggal karena kerja (diajukan sebagai: meninggal bukan karena kerja)"),
    ],
)
def test_a_claim_is_named_by_what_was_found_of_it(cause, programme, said):
    """A death filed as an accident at work and found to be none is not called one."""
    assert LanguageTexts("id").insured_event(cause, programme) == said


def test_every_event_type_has_a_name():
    """Every type that may stand on a timeline has a word in both languages."""
    for language in ("id", "en"):
        words = LanguageTexts(language)
        assert all(
            words.event(name) != name.removeprefix("kelambu.").rpartition(".v")[0] for name in EVENT_TYPES
        )


def test_a_waiting_claim_says_what_it_waits_for():
    """The sentence lists what is missing in words, joined as in speech."""
    said = LanguageTexts("id").status(
        "C-1", "JKM", "waiting", ["document:ktp", "finding:heirs", "document:form-4"], []
    )
    assert said == "Klaim C-1 (JKM) menunggu KTP, keterangan ahli waris dan Formulir 4."
    said = LanguageTexts("en").status("C-1", "JKM", "waiting", ["enrolment"], [])
    assert said == "Claim C-1 (JKM) waits for the participant's enrolment."


def test_a_denied_claim_says_why():
    """The sentence gives every reason, and a code without a word as it is."""
    said = LanguageTexts("en").status("C-2", "JKK", "denied", [], ["not-work-related", "some-new-code"])
    assert said == "Claim C-2 (JKK) is denied, because it is not work-related and some-new-code."


def test_the_money_line():
    """Entitled, ordered and paid stand on one line."""
    assert (
        LanguageTexts("id").money(42_000_000, 42_000_000, 0)
        == "Hak Rp42.000.000 · diperintahkan Rp42.000.000 · dibayar atas perintah Rp0"
    )


@pytest.mark.parametrize(
    ("language", "studying", "words"),
    [
        ("id", "studying", "anak 1: PT 2025/2026"),
        ("en", "studying", "child 1: PT 2025/2026"),
        ("id", "not-studying", "anak 1: tidak bersekolah 2025/2026"),
        ("en", "not-studying", "child 1: not studying in 2025/2026"),
    ],
)
def test_a_school_year_is_told_in_words_as_an_explanation_tells_it(language, studying, words):
    """A child, a level and a year, and no code."""
    says = Content(codes=("child:child-1", "level:PT", "year:2025", studying))
    assert detail("claim.schooling-confirmed", says, LanguageTexts(language)) == words


def test_who_is_overpaid_no_longer_is_told_so():
    """The end of an overpayment is no amount of nothing."""
    over = Content(payee="heir:spouse", amount=1_000)
    assert detail("claim.overpaid", over, LanguageTexts("en")) == "heir (spouse) Rp1.000"
    over = Content(payee="heir:spouse", amount=0)
    assert detail("claim.overpaid", over, LanguageTexts("en")) == "none recorded any more for heir (spouse)"
    assert (
        detail("claim.overpaid", over, LanguageTexts("id"))
        == "tidak lagi tercatat bagi ahli waris (suami/istri)"
    )


def test_a_claim_on_which_nothing_was_decided_waits_for_nothing_named():
    """On a day before Kelambu had opened it; once opened it waits for what is missing."""
    words = LanguageTexts("en")
    assert words.status("C-1", "", "waiting", (), ()) == "Nothing had been decided on claim C-1 yet."
    assert "waits for" in words.status("C-1", "JKM", "waiting", ("finding:death",), ())
