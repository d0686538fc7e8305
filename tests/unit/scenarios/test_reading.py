"""Reading scenario files: what is a sentence, what a fault says, and how values are written."""

from __future__ import annotations

import datetime as dt

import pytest

from services.scenarios.reading import ScenarioUnreadableError, read
from services.scenarios.sentences import TABLE, Sentence, find
from services.scenarios.values import (
    DisabilityRow,
    ScenarioHeir,
    read_date,
    read_heirs,
    read_month,
    read_part,
    read_rupiah,
)
from services.scenarios.wording import UnknownWordError
from services.texts.catalogue import render
from tests.scenarios.test_scenarios import SCENARIOS

HEAD = "## Uji\nPasal: PP 82/2019 Pasal 34\n\n"
END = "- Maka klaim ditarik\n"


def faults(text: str) -> list[tuple[int, str]]:
    with pytest.raises(ScenarioUnreadableError) as caught:
        read(text, "uji.md")
    assert {fault.file for fault in caught.value.faults} == {"uji.md"}
    return [(fault.line, render(fault.message, "id")) for fault in caught.value.faults]


def test_an_unknown_sentence_is_refused_with_its_line_and_the_nearest_ones():
    """The writer sees where it stands and what was probably meant."""
    ((line, said),) = faults(HEAD + "- Diketahui iuran 01-2025 dilunasi 02-01-2025\n" + END)
    assert line == 4
    assert "iuran «bulan»[ sampai «bulan»] dibayar «tanggal»" in said


def test_an_unknown_word_is_refused_with_words_like_it():
    """A sentence that is right but for one word says which, and what is near."""
    ((line, said),) = faults(HEAD + "- Ketika cacat lengan kanan dari sendi baku\n" + END)
    assert line == 4
    assert "lengan dari sendi bahu" in said


@pytest.mark.parametrize(
    ("text", "line", "part"),
    [
        ("## Uji\n- Maka klaim ditarik\n", 1, "pasal"),
        (HEAD + "- Diketahui kejadian dinyatakan akibat kerja\n", 1, "Maka"),
        (HEAD + "- dan klaim ditarik\n" + END, 4, "mulailah"),
        (HEAD + "- klaim ditarik\n" + END, 4, "dimulai"),
        (HEAD + "- Ketika petugas menolak (kemarin)\n" + END, 4, "kemarin"),
        (HEAD + END + "- dan program «apa»\n\n| lain |\n|---|\n| JKM |\n", 9, "apa"),
        (HEAD + END + HEAD + END, 5, "sudah ada"),
        ("hanya teks\n", 1, "tidak ada skenario"),
        (HEAD + "- Diketahui kepesertaan berakhir 31-02-2025\n" + END, 4, "31-02-2025"),
    ],
)
def test_what_is_not_well_formed_is_refused_at_its_line(text: str, line: int, part: str):
    """No article, no expectation, no keyword, an unknown option, column or day, a name used twice, nothing at all."""
    assert (line, True) in [(at, part in said) for at, said in faults(text)]


@pytest.mark.parametrize(
    ("sentence", "value"),
    [
        ("peserta terdaftar 31-02-2026", "31-02-2026"),
        ("iuran 01-2026 sampai 13-2026 dibayar 10-01-2026", "13-2026"),
        ("penghasilan Rp900.00 dinyatakan mulai 03-2026", "Rp900.00"),
        ("penghasilan Rp1.5 juta dinyatakan mulai 03-2026", "Rp1.5 juta"),
    ],
)
def test_a_day_a_month_or_a_sum_that_cannot_be_is_refused(sentence: str, value: str):
    """A slip of the pen is told as it was written, and no sum is taken for ten times of it."""
    assert faults(HEAD + f"- Diketahui {sentence}\n" + END) == [(4, f"«{value}» tidak dikenal")]


def test_all_faults_of_a_file_are_told_at_once():
    """Nobody mends a file one fault at a time."""
    assert [line for line, _ in faults(HEAD + "- Ketika apa\n- dan itu\n" + END)] == [4, 5]


def test_english_keywords_and_sentences_mean_the_same():
    """The same scenario in two languages has the same sentences and values."""
    indonesian = read(
        HEAD
        + "- Diketahui peserta terdaftar 01-01-2025 dengan penghasilan Rp900.000\n"
        + "- dan peserta dinyatakan meninggal 01-03-2026 (oleh rsud, pada 02-03-2026)\n"
        + "- Maka klaim menunggu KTP dan akta kematian\n",
        "id.md",
    )
    english = read(
        "## Test\nArticle: PP 82/2019 Pasal 34\n"
        "- Given the participant is enrolled from 2025-01-01 with an income of Rp900.000\n"
        "- and the participant is found to have died on 1 March 2026 (by rsud, on 02-03-2026)\n"
        "- Then the claim waits for the identity card (KTP), the death certificate\n",
        "en.md",
    )
    rows = [
        [(s.sentence.pattern.id, s.values, s.options.day) for s in one.steps]
        for (one,) in (indonesian, english)
    ]
    assert rows[0] == rows[1]


def test_a_table_repeats_the_scenario_for_each_row():
    """Each row is a scenario of its own, at its own line, its values in the sentences."""
    text = HEAD + "- Maka programnya «program»\n\n| program |\n|---|\n| JKM |\n| JKK |\n"
    rows = [(s.line, s.name, s.steps[0].values) for s in read(text, "uji.md")]
    assert rows == [(8, "Uji – JKM", {"programme": "JKM"}), (9, "Uji – JKK", {"programme": "JKK"})]


def test_values_are_read_as_people_write_them():
    """Rupiah with points or in millions, dates in three forms, heirs with shares, sides within a part's name."""
    assert (read_rupiah("Rp42.000.000"), read_rupiah("Rp 42 juta")) == (42_000_000, 42_000_000)
    assert {read_date(text) for text in ("01-03-2026", "2026-03-01", "1 Maret 2026")} == {dt.date(2026, 3, 1)}
    assert {read_month(text) for text in ("03-2026", "2026-03", "Maret 2026")} == {"2026-03"}
    assert read_heirs("istri 75 %, anak Ani 25 % rekening 12") == (
        ScenarioHeir("istri", "spouse", 75.0, ""),
        ScenarioHeir("anak-ani", "child", 25.0, "12"),
    )
    assert read_part("jari tengah tangan kiri") == DisabilityRow("other-finger", "left", "middle")


def test_no_sentence_of_a_scenario_could_be_two():
    """Every sentence told matches one entry of the table, so that its meaning does not hang on their order."""
    for scenario in SCENARIOS:
        for step in scenario.steps:
            said = step.text.partition(" (")[0] if step.text.endswith(")") else step.text
            said = said.partition(": ")[2] if said.startswith("klaim ") and step.options.claim else said
            found = find(step.sentence.section, said)
            fitting = [s for s in TABLE if s.section == step.sentence.section and _fits(s, said)]
            assert found is not None
            assert len(fitting) == 1, said


def _fits(sentence: Sentence, said: str) -> bool:
    try:
        return sentence.read(said) is not None
    except UnknownWordError:
        return False
