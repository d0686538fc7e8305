"""Running a scenario: what fails, and what is said of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from services.benefits.reading.folder import load
from services.cli import main
from services.scenarios.reading import read
from services.scenarios.running import ScenarioResult, run

LIFE = """## Uji
Pasal: PP 82/2019 Pasal 34

- Diketahui peserta aktif 01-01-2025 sampai 12-2026
- Ketika klaim A-1 diajukan 10-06-2026 untuk kematian 01-03-2026 dengan berkas lengkap
- dan peserta dinyatakan meninggal 01-03-2026
- dan ahli waris: istri
"""


def ran(text: str) -> ScenarioResult:
    (scenario,) = read(LIFE + text, "uji.md")
    return run(scenario, load())


@pytest.mark.parametrize(
    "expectation",
    [
        "klaim diperintahkan bayar Rp42.000.001",
        "tidak ada yang dibayarkan",
        "klaim lunas Rp42.000.000",
        "klaim menunggu KTP",
        "klaim dirujuk karena in-arrears",
        "klaim ditolak karena not-insured",
        "klaim ditarik",
        "klaim tidak dikenal",
        "programnya JKK",
        "santunan kematian Rp1",
        "tidak ada biaya pemakaman",
        "ahli waris istri menerima Rp1",
        "ahli waris istri tidak menerima",
        "anak Ani menerima Rp1",
        "peserta menerima Rp1",
        "pengurus pemakaman menerima Rp1",
        "pengobatan obat dibayar Rp1",
        "perintah A-1.1 sebesar Rp1",
        "perintah A-1.1 batal",
        "jatuh tempo 16-06-2026",
        "sudah dibayar Rp1",
        "kelebihan bayar Rp1",
        "dokumen ditolak: invalid",
    ],
)
def test_every_expectation_can_fail(expectation: str):
    """Held against a claim of which it is not true, each kind of expectation says so, at its line."""
    outcome = ran(f"- Maka {expectation}\n")
    assert [failure.line for failure in outcome.failures] == [8]


def test_each_expectation_looks_at_the_facts_told_before_it():
    """A Maka in the middle sees what was known then, not what is told after it."""
    assert ran(
        "- Maka klaim diperintahkan bayar Rp42.000.000\n- Ketika klaim ditarik kembali\n- Maka klaim ditarik\n"
    ).passed


def test_a_refused_document_fails_the_scenario_and_says_why():
    """A fact that the contract does not admit is no fact; a scenario that does not expect that fails."""
    outcome = ran("- dan alat kacamata Rp0\n- Maka klaim diperintahkan bayar Rp42.000.000\n")
    ((failure),) = outcome.failures
    assert failure.line == 8
    assert failure.got is not None
    assert "invalid" in str(failure.got)


def test_an_expectation_about_a_claim_that_is_not_there_fails():
    """Nothing is true of a claim that nobody filed."""
    for expectation in ("tidak ada beasiswa", "ahli waris istri menerima Rp0", "klaim ditarik"):
        assert not ran(f"- Maka klaim B-9: {expectation}\n").passed


def test_the_command_says_what_was_expected_and_what_came(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Exit 0 when all hold, 1 with both sides in plain words when one does not, 2 with place for what cannot be read."""
    file = tmp_path / "uji.md"
    file.write_text(LIFE + "- Maka klaim diperintahkan bayar Rp42.000.000\n", encoding="utf-8")
    assert main(["scenarios", str(file)]) == 0
    file.write_text(LIFE + "- Maka klaim diperintahkan bayar Rp40.000.000\n", encoding="utf-8")
    capsys.readouterr()
    assert main(["scenarios", str(file)]) == 1
    said = capsys.readouterr().out
    assert "baris 8" in said
    assert "Rp40.000.000" in said
    assert "Rp42.000.000" in said
    assert main(["scenarios", str(file), "--json"]) == 1
    (outcome,) = json.loads(capsys.readouterr().out)
    assert (outcome["passed"], outcome["line"], outcome["article"]) == (False, 1, "PP 82/2019 Pasal 34")
    file.write_text(LIFE + "- Maka klaim dibayar lunas\n", encoding="utf-8")
    assert main(["scenarios", str(file)]) == 2
    assert f"{file}:8:" in capsys.readouterr().err
    assert main(["scenarios", "--sentences"]) == 0
    assert "peserta aktif «tanggal» sampai «bulan»" in capsys.readouterr().out
