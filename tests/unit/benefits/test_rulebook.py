"""The rulebook: which law on which day, what its hash covers, and what a line says about how sure it is."""

from __future__ import annotations

import datetime as dt
import re
import shutil
from pathlib import Path

import pytest

from events.assessment import Line
from services.adjudication.replay import Replay
from services.benefits.assess import assess
from services.benefits.award import Award
from services.benefits.history import History
from services.benefits.reading.folder import LAW, files_of, load, read
from services.benefits.reading.rulebook_files import read_sources
from services.benefits.rulebook import Rulebook
from tests.lives import Life, days, heir, jkm_death


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the law to change."""
    return Path(shutil.copytree(LAW, tmp_path / "law"))


def amend(path: Path, old: str, new: str) -> None:
    """Change the first place where a file says so."""
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def award(life: Life, rulebook: Rulebook) -> Award:
    """The award of a life's only claim."""
    book = Replay(rulebook)
    for line in life.lines():
        book.take(line)
    (state,) = book.states.values()
    return assess(History(state.facts), "A-1", rulebook, {})


def lines(life: Life, rulebook: Rulebook | None = None) -> dict[str, Line]:
    """The award lines of a life's only claim by benefit."""
    return {line.benefit: line for line in award(life, rulebook or load()).lines}


@pytest.mark.parametrize(
    ("day", "code", "value", "citation"),
    [
        ("2015-07-01", "jkm.death", 16_200_000, "PP 44/2015 Pasal 34"),
        ("2019-12-01", "jkm.death", 16_200_000, "PP 44/2015 Pasal 34"),
        ("2019-12-02", "jkm.death", 20_000_000, "PP 82/2019 Pasal 34"),
        ("2019-12-01", "jkm.scholarship-months", 60, "PP 44/2015 Pasal 34"),
        ("2019-12-02", "jkm.scholarship-months", 36, "PP 82/2019 Pasal 34"),
        (
            "2019-12-01",
            "scholarship.PT",
            12_000_000,
            "Keputusan Kelambu tentang beasiswa sebelum PP 82/2019; PP 82/2019 Lampiran III",
        ),
        ("2021-03-31", "scholarship.age", 23, "PP 82/2019 Lampiran III"),
        ("2021-04-01", "scholarship.age", 23, "Permenaker 5/2021 Pasal 103"),
        (
            "2022-06-30",
            "coverage.arrears-months",
            3,
            "Keputusan Kelambu tentang tunggakan; Perdir 22/PERDIR.02/072022",
        ),
        ("2022-07-01", "coverage.arrears-months", 3, "Perdir 22/PERDIR.02/072022"),
        ("2025-02-24", "jkm.waiting-months", 3, "Permenaker 1/2025"),
        ("9999-12-31", "jkk.multiple", 80, "PP 82/2019 Pasal 25 dan Lampiran III"),
    ],
)
def test_a_figure_holds_from_its_day_to_the_day_before_the_next(
    day: str, code: str, value: int, citation: str
):
    """The date of the event decides, and the line cites the regulation that said so on that day."""
    figure = load().on(dt.date.fromisoformat(day))[code]
    assert (figure.whole, figure.citation) == (value, citation)


@pytest.mark.parametrize(
    ("day", "code"),
    [("2015-06-30", "jkm.death"), ("2019-12-01", "jkk.multiple"), ("2025-02-23", "jkm.waiting-months")],
)
def test_before_its_day_a_figure_is_not_there(day: str, code: str):
    """There is no law before the first one, and no rule before it was made."""
    assert code not in load().on(dt.date.fromisoformat(day)).figures


def test_an_award_names_the_regulations_in_force_on_its_day():
    """Earlier law is not cited for a later death, nor later law for an earlier one."""
    before = jkm_death("2025-02-23")
    assert award(before, load()).laws == (
        "Keputusan Kelambu",
        "PP 44/2015",
        "PP 82/2019",
        "Permenaker 5/2021",
        "Perdir 22/PERDIR.02/072022",
    )
    assert award(jkm_death(), load()).laws[-1] == "Permenaker 1/2025"


def test_a_line_says_which_reading_of_several_was_applied():
    """The funeral money is disputed as to its make-up; all readings stand in the data, one is applied."""
    line = lines(jkm_death())["jkm.funeral"]
    assert line.reading == "the 10 million is the funeral money"
    stated = next(
        s for r in load().regulations for s in r.statements if s.citation == line.citation and s.readings
    )
    assert [reading.applied for reading in stated.readings] == [True, False]


def test_a_reason_is_cited_by_the_law_of_the_day():
    """An arrear of 2020 is referred by Kelambu's decision, one of 2026 by the directors' rule."""
    cited = []
    for year in (2020, 2026):
        begin = f"{year - 1}-01"
        life = Life().enrolled(f"{begin}-01").paid_months(begin, f"{year - 1}-12", f"{begin}-01")
        day = f"{year}-03-01"
        life.filed(event_date=day, time=f"{day}T20:00:00+07:00").died(day).heirs(heir())
        cited += [reason.citation for reason in award(life, load()).reasons]
    assert cited == [
        "Keputusan Kelambu tentang tunggakan; Perdir 22/PERDIR.02/072022",
        "Perdir 22/PERDIR.02/072022",
    ]


def test_past_its_verification_a_figure_flags_the_lines_of_later_events_only(folder: Path):
    """The date of the event decides, so the flag is the same whenever the claim is decided."""
    amend(folder / "pp-82-2019.toml", '"jkm.death" = {', '"jkm.death" = { verified_until = 2026-02-28,')
    amended = read(folder)
    later, earlier = lines(jkm_death("2026-03-01"), amended), lines(jkm_death("2026-02-28"), amended)
    assert later["jkm.death"].verified_until == dt.date(2026, 2, 28)
    assert not later["jkm.funeral"].verified_until
    assert not earlier["jkm.death"].verified_until
    assert later["jkm.death"].amount == earlier["jkm.death"].amount


@pytest.mark.parametrize("code", ["jkk.incapacity-full-days", "jkk.incapacity-later-percent"])
def test_a_line_is_flagged_for_every_figure_that_it_rests_on(folder: Path, code: str):
    """A line cites one figure; another one in its formula may be older."""
    amend(folder / "pp-82-2019.toml", f'"{code}" = {{', f'"{code}" = {{ verified_until = 2025-12-31,')
    hurt = Life().insured().accident().at_work().items(days("2026-03-01", 3))
    assert lines(hurt, read(folder))["jkk.incapacity"].verified_until == dt.date(2025, 12, 31)


def test_a_rule_that_ends_leaves_a_gap_that_a_person_decides(folder: Path):
    """After the end of JKK's law its claims are referred, and paid by the last version if approved."""
    amend(
        folder / "pp-82-2019.toml",
        "applies_from = 2019-12-02",
        "applies_from = 2019-12-02\napplies_until = 2026-02-28",
    )
    amended = read(folder)
    hurt = Life().insured().accident().at_work().items(days("2026-03-01", 3))
    assert [reason.code for reason in award(hurt, amended).reasons] == ["no-law-in-force"]
    assert lines(hurt.reviewed("approve", "no-law-in-force"), amended)["jkk.incapacity"].amount == 100_000


def test_the_hash_covers_what_the_files_state_and_not_how(folder: Path):
    """Comments, layout, the order of articles, file names and the addresses of sources are no law."""
    path = folder / "pp-82-2019.toml"
    head, *articles = path.read_text().split("[[article]]")
    text = "\r\n".join("[[article]]".join([head, *reversed(articles)]).splitlines())
    path.unlink()
    (folder / "renamed.toml").write_text(
        "# another comment\n" + text.replace("20_000_000", "20000000"), newline=""
    )
    amend(folder / "sources.toml", "jeda.id", "jeda.co.id")
    assert read(folder).hash == load().hash


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("pp-82-2019.toml", "value = 20_000_000", "value = 20_000_001"),
        ("pp-82-2019.toml", "value = 4.5", "value = 4.51"),
        ("pp-82-2019.toml", 'article = "Pasal 34"', 'article = "Pasal 35"'),
        ("pp-82-2019.toml", 'confidence = "F"', 'confidence = "M"'),
        ("pp-82-2019.toml", "source = [3, 4]", "source = [3]"),
        ("pp-82-2019.toml", "verified_until = 2026-12-31", "verified_until = 2026-12-30"),
        ("pp-82-2019.toml", "Lump sum on death", "Lump sum at death"),
        ("pp-82-2019.toml", "Amendment of PP 44/2015", "Amendment"),
        ("pp-44-2015.toml", '["spouse", "child"]', '["child", "spouse"]'),
        ("pp-44-2015.toml", "[1_100, 1_200_000]", "[1_100, 1_200_001]"),
        ("permenaker-1-2025.toml", "90 days since registration", "ninety days"),
        ("permenaker-1-2025.toml", "applies_from = 2025-02-24", "applies_from = 2025-02-25"),
        ("holidays/2026.toml", "2026-12-25", "2026-12-26"),
    ],
)
def test_whatever_a_file_states_is_in_the_hash(folder: Path, file: str, old: str, new: str):
    """Another rule, text, source or holiday is another rulebook."""
    amend(folder / file, old, new)
    assert read(folder).hash != load().hash


def test_every_figure_gives_its_text_in_both_languages_and_its_sources():
    """What was found names its page; what is disputed names all readings."""
    sources = read_sources(files_of(LAW))
    for regulation in load().regulations:
        for stated in regulation.statements:
            assert stated.id != stated.en
            assert set(stated.source) <= set(sources)
            assert stated.source or stated.confidence in "MD"
            assert len(stated.readings) > 1 or stated.confidence != "C"


def test_the_register_of_sources_is_the_one_of_the_page_about_the_law():
    """``docs/domain.md`` and ``sources.toml`` give the same pages the same numbers."""
    page = (Path(__file__).parents[3] / "docs" / "domain.md").read_text()
    register = " ".join(page.split("## Sources")[1].split())
    for number, source in read_sources(files_of(LAW)).items():
        assert re.search(rf"\b{number}\. {re.escape(source)}", register), (number, source)
