"""Which rulebook a command decides by.

The one it is given, else the one of the installation, else the one that ships.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from services.benefits.reading.folder import LAW, SCHEMES
from services.cli import main
from tests.unit.whatif.books import JKM_DEATH, copied

PMSBY = SCHEMES / "pmsby"
EXAMPLE = str(PMSBY / "example.jsonl")
SCENARIO = """# Kasus kami

## Santunan 25 juta
Pasal: Peraturan Bupati

- Diketahui peserta aktif 01-01-2025 sampai 12-2026
- Ketika klaim A-1 diajukan 10-06-2026 untuk kematian 01-03-2026 dengan berkas lengkap
- dan peserta dinyatakan meninggal 01-03-2026
- dan ahli waris: istri
- Maka santunan kematian Rp25.000.000
"""


def asked(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    """Exit code of a command, and what it prints."""
    code = main(list(words))
    return code, capsys.readouterr().out


def test_a_file_is_replayed_by_the_rulebook_given_or_the_installations(capsys, monkeypatch):
    """What ships knows neither programme nor cause of the example; the other two pay it."""
    code, out = asked(capsys, "replay", EXAMPLE, "--json")
    assert (code, json.loads(out)["claims"]) == (1, {})
    given = asked(capsys, "replay", EXAMPLE, "--json", "--rulebook", str(PMSBY))
    monkeypatch.setenv("KELAMBU_RULEBOOK", str(PMSBY))
    assert given == asked(capsys, "replay", EXAMPLE, "--json")
    assert json.loads(given[1]) == json.loads((PMSBY / "example.json").read_text())
    assert asked(capsys, "replay", EXAMPLE, "--rulebook", str(LAW))[0] == 1


@pytest.mark.parametrize("language", ["id", "en"])
def test_a_claim_in_a_file_is_explained_by_it_too(capsys, monkeypatch, language):
    """In the words and the money of its scheme."""
    given = asked(capsys, "explain", "PB-2", "--file", EXAMPLE, "--rulebook", str(PMSBY), "--lang", language)
    monkeypatch.setenv("KELAMBU_RULEBOOK", str(PMSBY))
    assert given == asked(capsys, "explain", "PB-2", "--file", EXAMPLE, "--lang", language)
    assert "₹1,00,000" in given[1]


def test_on_an_installation_nobody_chooses_the_rulebook_of_an_explanation(capsys):
    """There it is the one that judged the claim."""
    assert main(["explain", "PB-2", "--rulebook", str(PMSBY), "--lang", "en"]) == 2
    assert "by the rulebook that judged it" in capsys.readouterr().err


def test_whatif_of_a_file_compares_with_the_rulebook_of_the_installation(capsys, monkeypatch, tmp_path: Path):
    """And refuses a rulebook that does not know the programmes of what was filed."""
    assert main(["whatif", "--file", EXAMPLE, "--rulebook", str(PMSBY), "--lang", "en"]) == 2
    assert "it does not know JKK, JKM, " in capsys.readouterr().err
    monkeypatch.setenv("KELAMBU_RULEBOOK", str(PMSBY))
    code, out = asked(capsys, "whatif", "--file", EXAMPLE, "--rulebook", str(PMSBY), "--json")
    assert (code, json.loads(out)["claims"]) == (0, 5)


def test_the_doctor_looks_at_the_rulebook_of_the_installation(capsys, monkeypatch, tmp_path: Path):
    """Its scheme and hash, or the file and line at which it cannot be read."""
    monkeypatch.chdir(tmp_path)

    def found() -> dict[str, object]:
        checks = json.loads(asked(capsys, "doctor", "--json")[1])
        return next(check for check in checks if check["name"] == "rulebook")

    assert str(found()["found"]).startswith("jkk-jkm ")
    monkeypatch.setenv("KELAMBU_RULEBOOK", str(PMSBY))
    assert str(found()["found"]).startswith("pmsby ")
    (tmp_path / "scheme.toml").write_text("name = 7\n")
    monkeypatch.setenv("KELAMBU_RULEBOOK", str(tmp_path))
    choice = found()
    assert choice["ok"] is False
    assert str(choice["found"]).startswith("scheme.toml:1: ")


def test_scenarios_are_held_against_it_too(capsys, tmp_path: Path):
    """A regency that changed an amount can write its own cases."""
    file = tmp_path / "case.md"
    file.write_text(SCENARIO)
    assert asked(capsys, "scenarios", str(file))[0] == 1
    assert asked(capsys, "scenarios", str(file), "--rulebook", str(copied(tmp_path, JKM_DEATH)))[0] == 0
