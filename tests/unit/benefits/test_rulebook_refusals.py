"""What a rulebook must not say: every refusal names the file, the line and what to do."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from services.benefits.reading.folder import LAW, read
from services.benefits.reading.law_file import RulebookError
from services.texts.catalogue import render

JKM = '"jkm.death" = { value = 20_000_000,'
NEW, OLD, PERMEN, PERDIR, OWN = (
    "pp-82-2019.toml",
    "pp-44-2015.toml",
    "permenaker-1-2025.toml",
    "perdir-22-2022.toml",
    "design-decisions.toml",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the law to spoil."""
    return Path(shutil.copytree(LAW, tmp_path / "law"))


def line_with(path: Path, mark: str) -> int:
    """The line, from 1, in which this text first begins."""
    before, found, _ = path.read_text().partition(mark)
    assert found
    return before.count("\n") + 1


@pytest.mark.parametrize(
    ("file", "right", "wrong", "mark", "fault"),
    [
        pytest.param(
            NEW, JKM, '"jkm.death" = { valu = 1,', '"jkm.death"', "unknown field `valu`", id="unknown key"
        ),
        pytest.param(
            NEW,
            'regulation = "PP',
            'colour = 1\nregulation = "PP',
            "colour",
            "unknown field",
            id="unknown top key",
        ),
        pytest.param(
            NEW, "[title]", "[title]\nnl = 'x'", "nl = ", "unknown field `nl`", id="unknown language"
        ),
        pytest.param(
            NEW,
            'article = "Pasal 34"',
            'artikel = "Pasal 34"',
            "artikel",
            "unknown field",
            id="unknown article key",
        ),
        pytest.param(NEW, "jkm.death", "jkm.deth", "jkm.deth", "none of the figures", id="unknown figure"),
        pytest.param(
            NEW, '"claim-lapsed"', '"claim-late"', "claim-late", "none of the reasons", id="unknown reason"
        ),
        pytest.param(
            NEW, JKM, '"jkm.death" = { code = "x", value = 1,', "jkm.death", "unknown key code", id="code"
        ),
        pytest.param(NEW, JKM, '"jkm.death" = {', '"jkm.death"', "missing key value", id="no value"),
        pytest.param(
            NEW, ', en = "Lump sum on death"', "", '"jkm.death"', "missing required field `en`", id="no en"
        ),
        pytest.param(NEW, 'en = "Lump sum on death"', 'en = " "', '"jkm.death"', "no text", id="empty text"),
        pytest.param(
            NEW,
            'article = "Pasal 26"\nconfidence = "F"',
            'article = "Pasal 26"',
            "jkk.lapse",
            "`confidence`",
            id="sure",
        ),
        pytest.param(
            NEW,
            '[[article]]\narticle = "Pasal 26"\n',
            "[[article]]  # 26\n",
            "# 26",
            "required field `article`",
            id="no article",
        ),
        pytest.param(
            NEW, "verified_until = 2026-12-31\n", "", "# Peraturan", "`verified_until`", id="not verified"
        ),
        pytest.param(
            NEW,
            "applies_from = 2019-12-02",
            'applies_from = "2019-12-02"',
            "applies_from",
            "Expected `date`, got `str`",
            id="date in quotes",
        ),
        pytest.param(NEW, "2019-12-02", '"soon"', "applies_from", "Expected `date`, got `str`", id="no date"),
        pytest.param(
            NEW, "source = [3, 4]", "source = []", '"jkm.death"', "no source says where", id="no source"
        ),
        pytest.param(
            NEW, "source = [3, 4]", "source = [3, 99]", '"jkm.death"', "source 99", id="unknown source"
        ),
        pytest.param(
            NEW, "source = [3, 4]", "source = 3", "source = 3", "Expected `array`", id="source no list"
        ),
        pytest.param(
            NEW, 'confidence = "F"', 'confidence = "X"', 'confidence = "X"', "Invalid enum", id="confidence"
        ),
        pytest.param(
            NEW, '20_000_000, id = "Sant', '0, id = "Sant', '"jkm.death"', "from 1 to", id="no rupiah"
        ),
        pytest.param(
            NEW, '20_000_000, id = "Sant', '1.5, id = "Sant', '"jkm.death"', "no whole number", id="half"
        ),
        pytest.param(
            NEW, '20_000_000, id = "Sant', 'true, id = "Sant', '"jkm.death"', "no whole number", id="bool"
        ),
        pytest.param(
            NEW,
            "{ value = 60,",
            "{ value = 100.5,",
            "jkk.death-percent",
            "percentage from 0 to 100",
            id="over 100",
        ),
        pytest.param(
            NEW, "{ value = 60,", "{ value = -1,", "jkk.death-percent", "percentage from 0", id="negative"
        ),
        pytest.param(
            NEW, "{ value = 60,", "{ value = 1.234,", "jkk.death-percent", "two decimals", id="decimals"
        ),
        pytest.param(
            NEW, "{ value = 60,", "{ value = '60',", "jkk.death-percent", "no percentage", id="text"
        ),
        pytest.param(
            NEW, "{ value = 140,", "{ value = 40,", "reference-percent", "from 100 to", id="below the price"
        ),
        pytest.param(NEW, '"uncapped"', "5", "jkk.treatment", "not the word uncapped", id="capped"),
        pytest.param(
            NEW,
            '"jkm.periodic" = {',
            '"jkm.death" = {',
            '"jkm.death" = { value = 12',
            "twice",
            id="twice in a table",
        ),
        pytest.param(
            NEW,
            '"jkk.lapse-years" = {',
            f'{JKM} id = "a", en = "b" }}\n"jkk.lapse-years" = {{',
            'id = "a"',
            "stated twice, first in line",
            id="twice in a file",
        ),
        pytest.param(NEW, "[title]", "[title", "[title", "no TOML", id="no TOML"),
        pytest.param(
            OLD,
            "[1_300, 1_400_000]",
            "[1_000, 1_400_000]",
            "value = [\n  [0",
            "does not rise",
            id="descending",
        ),
        pytest.param(
            OLD,
            "[1_300, 1_400_000]",
            "[1_300, 1_100_000]",
            "value = [\n  [0",
            "does not rise",
            id="base falls",
        ),
        pytest.param(
            OLD, "[0, 1_000_000]", "[5, 1_000_000]", "value = [\n  [5", "begins at 5", id="no bracket for 0"
        ),
        pytest.param(OLD, "[0, 1_000_000]", "[0]", "value = [\n  [0", "is no row", id="half a row"),
        pytest.param(OLD, '["sibling"]', '["friend"]', "value = [", "friend is no relation", id="no heir"),
        pytest.param(OLD, '["sibling"]', '["child"]', "value = [", "child has two ranks", id="two ranks"),
        pytest.param(OLD, '["sibling"], ', "", "value = [", "sibling has no rank", id="no rank"),
        pytest.param(
            PERMEN,
            '{ applied = true, id = "tiga',
            '{ id = "tiga',
            "readings",
            "0 readings",
            id="none applied",
        ),
        pytest.param(
            PERMEN,
            '{ id = "90',
            '{ applied = true, id = "90',
            "readings",
            "2 readings are applied",
            id="two applied",
        ),
        pytest.param(
            PERMEN,
            '{ applied = true, id = "tiga',
            '{ applied = true, value = 4, id = "tiga',
            "readings",
            "another value",
            id="applied otherwise",
        ),
        pytest.param(
            NEW,
            'confidence = "F"\nsource = [3, 4]',
            'confidence = "C"\nsource = [3, 4]',
            '"jkm.death"',
            "not two readings",
            id="disputed without readings",
        ),
        pytest.param(
            PERMEN,
            "[article.reasons",
            "value = 3\n[article.reasons",
            "value = 3\n[article.reasons",
            "twice",
            id="value twice",
        ),
        pytest.param(
            NEW,
            '"claim-lapsed" = {',
            '"claim-lapsed" = { value = 1,',
            "claim-lapsed",
            "reason has no value",
            id="reason",
        ),
        pytest.param(
            OLD,
            "applies_until = 2019-12-01\n",
            "",
            f'{NEW}> "jkm.death"',
            "without an end",
            id="overlap for ever",
        ),
        pytest.param(
            OLD, "2019-12-01", "2019-12-02", f'{NEW}> "jkm.death"', "until 2019-12-02", id="overlap of a day"
        ),
        pytest.param(
            OLD,
            "2019-12-01",
            "2019-11-30",
            f'{NEW}> "jkm.death"',
            "missing from 2019-12-01",
            id="a day between",
        ),
        pytest.param(
            PERDIR,
            "2022-07-01",
            "2022-08-01",
            '"coverage.arrears',
            "missing from 2022-07-01",
            id="a month between",
        ),
        pytest.param(
            OLD, "2019-12-01", "2014-12-01", '"jkm.death"', "ends before it begins", id="ends first"
        ),
        pytest.param(
            NEW,
            "applies_until = 2021-03-31",
            "applies_from = 2019-12-01",
            "scholarship.age",
            "before its regulation",
            id="before its regulation",
        ),
        pytest.param(
            PERMEN,
            "applies_from = 2025-02-24",
            "applies_from = 2025-02-24\napplies_until = 2025-02-23",
            "applies_until",
            "ends before it begins",
            id="regulation ends first",
        ),
        pytest.param(
            NEW,
            "{ value = 20_000_000, source = [5]",
            "{ value = 20_000_000, applies_until = 2030-12-31, source = [5]",
            '"jkk.homecare" ',
            "missing from 2031-01-01 on",
            id="ends alone",
        ),
        pytest.param(
            PERDIR,
            "{ value = 3,",
            "{ value = 3, applies_from = 2022-07-02,",
            "coverage.arrears",
            "from 2022-07-01 to",
            id="begins late",
        ),
        pytest.param(
            "sources.toml", "\n1 = ", "\nx = ", "x = ", "a source is a number", id="unnumbered source"
        ),
        pytest.param(
            "holidays/2026.toml", "2026-02-17", "2027-02-17", "days =", "not in 2026", id="other year"
        ),
        pytest.param(
            "holidays/2026.toml", "2026-02-17", "2026-01-01", "days =", "do not ascend", id="holidays descend"
        ),
        pytest.param(
            "holidays/2026.toml", "year = 2026", "year = 2025", "days =", "not in 2025", id="wrong year"
        ),
    ],
)
def test_a_spoiled_file_is_refused_at_its_line(
    folder: Path, file: str, right: str, wrong: str, mark: str, fault: str
):
    """The message begins with file and line and ends with what to do, in both languages."""
    path = folder / file
    text = path.read_text()
    assert right in text
    path.write_text(text.replace(right, wrong, 1))
    with pytest.raises(RulebookError) as refused:
        read(folder)
    assert fault in str(refused.value)
    where, _, text = mark.rpartition("> ")
    line = line_with(folder / (where or file), text)
    assert str(refused.value).startswith(f"{where or file}:{line}: ")
    assert refused.value.place == (where or file, line)
    indonesian = render(refused.value.message, "id")
    assert indonesian.startswith(f"{where or file}:{line}: ")
    assert indonesian.partition(". ")[2] != str(refused.value).partition(". ")[2]


def test_a_figure_that_no_file_states_is_missed(folder: Path):
    """The message names the line of the scheme that asks for it, its unit, and everything else that is missing."""
    path = folder / NEW
    lines = path.read_text().splitlines(keepends=True)
    gone = ('"jkk.homecare"', '"disability.eye"', '"claim-lapsed"')
    path.write_text("".join(line for line in lines if not line.startswith(gone)))
    with pytest.raises(RulebookError) as refused:
        read(folder)
    line = line_with(folder / "scheme.toml", '"eye"')
    assert str(refused.value) == (
        f"scheme.toml:{line}: no file states disability.eye. State it, a figure (percent); the scheme asks for it,"
        " and for jkk.homecare, claim-lapsed"
    )


@pytest.mark.parametrize(
    ("file", "right", "wrong", "choices"),
    [
        pytest.param(NEW, 'confidence = "F"', 'confidence = "X"', "C, D, F, M", id="confidence"),
        pytest.param(
            "scheme.toml",
            'to = "heirs"',
            'to = "heir"',
            "funeral, heirs, participant",
            id="word of a benefit",
        ),
        pytest.param(
            "scheme.toml",
            'family = "homecare"',
            'family = "home-care"',
            "device, disability-table, fixed-sum, homecare, incapacity, income-share, scholarship, transport,"
            " treatment",
            id="family",
        ),
        pytest.param(
            "scheme.toml", "caps = { land", "caps = { road", "air, land, sea", id="key that is one of a few"
        ),
    ],
)
def test_where_one_of_a_few_words_must_stand_they_are_named(
    folder: Path, file: str, right: str, wrong: str, choices: str
):
    """Whoever wrote another reads what to write, and on which line."""
    path = folder / file
    text = path.read_text()
    line = line_with(path, right)
    path.write_text(text.replace(right, wrong, 1))
    with pytest.raises(RulebookError) as refused:
        read(folder)
    assert str(refused.value).startswith(f"{file}:{line}: ")
    assert str(refused.value).endswith(f". Write one of {choices}")


def test_the_reason_of_the_three_months_is_needed_only_with_its_figure(folder: Path):
    """Without Permenaker 1/2025 nobody asks for it; with it the reason must stand."""
    path = folder / PERMEN
    path.write_text(path.read_text().split("[article.reasons")[0])
    with pytest.raises(RulebookError, match="three-month-boundary"):
        read(folder)
    path.unlink()
    assert read(folder).hash


def test_a_regulation_or_year_with_two_files_is_refused(folder: Path):
    """Neither order nor name of the files decides which of two counts."""
    shutil.copy(folder / PERMEN, folder / "permenaker-2.toml")
    with pytest.raises(RulebookError, match=r"^permenaker-2\.toml:2: Permenaker 1/2025 has another file"):
        read(folder)
    (folder / "permenaker-2.toml").unlink()
    shutil.copy(folder / "holidays" / "2026.toml", folder / "holidays" / "2026b.toml")
    with pytest.raises(
        RulebookError, match=r"^holidays/2026b\.toml:3: the holidays of 2026 are listed twice"
    ):
        read(folder)


def test_a_file_in_another_folder_or_of_another_encoding_is_refused(folder: Path):
    """A regulation put aside must not be overlooked."""
    (folder / "old").mkdir()
    shutil.copy(folder / PERMEN, folder / "old" / PERMEN)
    with pytest.raises(RulebookError, match=r"^old/permenaker-1-2025\.toml:1: no place for a file"):
        read(folder)
    shutil.rmtree(folder / "old")
    (folder / PERMEN).write_bytes(b"# \xff")
    with pytest.raises(RulebookError, match=r"^permenaker-1-2025\.toml:1: no UTF-8"):
        read(folder)


def test_an_empty_folder_is_no_rulebook(tmp_path: Path):
    """There is nothing by which anything could be decided."""
    with pytest.raises(RulebookError, match=r"^scheme\.toml:1: .* has no scheme\.toml\. Write it"):
        read(tmp_path)
