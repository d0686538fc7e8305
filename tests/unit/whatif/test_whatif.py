"""One figure changed: exactly the claims that rest on it differ, by the right sum, and the figure is named."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from events.claim import ClaimReviewed
from events.document import read as read_document
from services.adjudication.replay import replay
from services.benefits.reading.folder import load
from services.benefits.rulebook import Rulebook
from services.cli import main
from services.simulation import agency_events
from services.whatif import whole_book
from services.whatif.draft import corrections
from services.whatif.summary import Comparison, compared
from services.whatif.whole_book import ComparedPart, WhatIfQuestion, whole_file
from tests.lives import JKK_DEATH_PAPERS, Life, heir
from tests.unit.whatif.books import JKK_FUNERAL, JKM_DEATH, changed, copied

WAITING_MONTHS = ("value = 3\n", "value = 6\n")
AT = dt.datetime(2026, 7, 1, 3, 0, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def lines() -> list[bytes]:
    return [sent.body for sent in agency_events(11, 900, 300)]


def asked(
    lines: list[bytes], other: Rulebook, since: dt.date | None = None, processes: int = 1
) -> ComparedPart:
    return whole_file(lines, load(), WhatIfQuestion(other, {}, since), processes=processes)


def summed(part: ComparedPart) -> Comparison:
    return compared("", part)


def test_an_unchanged_copy_changes_nothing(lines: list[bytes], tmp_path: Path) -> None:
    """The same law in another folder has the same hash, and no claim comes out otherwise."""
    other = changed(tmp_path)
    assert other.hash == load().hash
    part = asked(lines, other)
    judged = [c for c in replay(lines, load()).claims.values() if c.status != "retracted"]
    assert part.judged == len(judged) > 290
    assert part.changes == []


def test_one_amount_changes_exactly_the_claims_that_rest_on_it(lines: list[bytes], tmp_path: Path) -> None:
    """A death benefit of five million more: every JKM death that is due in full, five million each, and no other."""
    part = asked(lines, changed(tmp_path, JKM_DEATH))
    resting = {
        number for number, claim in replay(lines, load()).claims.items() if "jkm.death" in claim.entitled
    }
    assert {change.claim for change in part.changes} == resting
    assert len(resting) > 50
    result = summed(part)
    assert result.difference == result.more == 5_000_000 * len(resting)
    assert (result.gaining, result.losing, result.less, result.answered_otherwise) == (len(resting), 0, 0, 0)
    for change in part.changes:
        assert {line.benefit for line in change.lines} == {"jkm.death"}
        assert all([one.figure for one in line.effects] == ["jkm.death"] for line in change.lines)
    (figure,) = result.figures
    assert (figure.before, figure.after, figure.citation) == ("20000000", "25000000", "PP 82/2019 Pasal 34")
    assert (figure.claims, figure.alone, result.together) == (len(resting), result.difference, 0)


def test_two_amounts_are_told_apart(lines: list[bytes], tmp_path: Path) -> None:
    """More for one benefit and less for another: each claim and line names the figure that it rests on."""
    result = summed(asked(lines, changed(tmp_path, JKM_DEATH, JKK_FUNERAL)))
    assert {one.figure: (one.after, one.alone > 0) for one in result.figures} == {
        "jkm.death": ("25000000", True),
        "jkk.funeral": ("9500000", False),
    }
    for change in result.changes:
        assert {one.figure for line in change.lines for one in line.effects} <= {
            "jkm.death" if change.programme == "JKM" else "jkk.funeral"
        }
    assert result.less == 500_000 * result.losing > 0
    assert result.difference == result.more - result.less == sum(one.alone for one in result.figures)


def test_what_the_other_law_gives_is_what_a_replay_by_it_gives(lines: list[bytes], tmp_path: Path) -> None:
    """Each claim comes to what it would have come to under the other rulebook; past orders only add doubts."""
    other = changed(tmp_path, WAITING_MONTHS, file="permenaker-1-2025.toml")
    part = asked(lines, other)
    ours, theirs = replay(lines, load()).claims, replay(lines, other).claims
    differing = {number for number in ours if ours[number].entitled != theirs[number].entitled}
    assert {change.claim for change in part.changes if change.difference} == differing != set()
    for change in part.changes:
        after, before = theirs[change.claim].entitled, ours[change.claim].entitled
        assert change.difference == sum(after.values()) - sum(before.values())
        assert set(change.after.reasons) >= set(theirs[change.claim].reasons)


def test_an_answer_that_turns_is_told_with_its_reasons(tmp_path: Path) -> None:
    """A death in the fifth month is due in full by three months, and funeral money only by six."""
    life = Life().enrolled("2025-10-01").paid_months("2025-10", "2026-03", "2025-10-02")
    life.filed().died().heirs(heir())
    other = changed(tmp_path, WAITING_MONTHS, file="permenaker-1-2025.toml")
    (change,) = asked(life.lines(), other).changes
    assert (change.before.outcome, change.after.outcome, change.after.reasons) == (
        "due",
        "referred",
        ("three-month-boundary",),
    )
    assert change.difference == -42_000_000
    assert [(one.figure, one.before, one.after, one.alone) for one in change.effects] == [
        ("jkm.waiting-months", "3", "6", -42_000_000)
    ]
    result = summed(ComparedPart(1, [change]))
    assert (result.undecided, result.undecided_difference) == (1, -42_000_000)


def test_since_leaves_out_what_happened_before(lines: list[bytes], tmp_path: Path) -> None:
    """Only claims whose event was on the day or later are judged."""
    since = dt.date(2025, 7, 1)
    other = changed(tmp_path, JKM_DEATH)
    everything, later = asked(lines, other), asked(lines, other, since)
    assert later.changes == [change for change in everything.changes if change.event_date >= since]
    assert 0 < later.judged < everything.judged


def test_several_processes_give_what_one_gives(
    lines: list[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who judges which person makes no difference, whatever is done first."""
    monkeypatch.setattr(whole_book, "CHUNK", 70)
    other = changed(tmp_path, JKM_DEATH, JKK_FUNERAL)
    assert asked(lines, other, processes=2) == asked(lines, other)


def test_a_draft_is_what_intake_reads_and_changes_no_fact(lines: list[bytes], tmp_path: Path) -> None:
    """Each claim that changes gets one approval without reasons; by the same rulebook it changes nothing at all."""
    other = changed(tmp_path, JKM_DEATH)
    part = asked(lines, other)
    drafted = list(corrections(part.changes, other.hash, agency="bpjs", officer="Ratna", at=AT))
    events = [read_document(line).event for line in drafted]
    assert all(isinstance(one, ClaimReviewed) and not one.data.reasons for one in events)
    assert [event.subject for event in events] == [change.claim for change in part.changes]
    assert replay([*lines, *drafted], load()) == replay(lines, load())
    once = list(corrections(part.changes, other.hash, agency="bpjs", officer="Ratna", at=AT))
    assert replay([*lines, *drafted, *once], load()).refused == replay(lines, load()).refused


def test_a_claim_that_an_officer_denied_is_not_approved_by_a_draft(tmp_path: Path) -> None:
    """Its other grounds may change, but an approval would lift the denial: the draft leaves it out."""
    life = Life().enrolled().paid_months("2025-01", "2025-11", "2025-01-02")
    life.filed().died().heirs(heir()).reviewed("deny")
    other = changed(
        tmp_path,
        ('coverage.arrears-months" = { value = 3', 'coverage.arrears-months" = { value = 6'),
        file="perdir-22-2022.toml",
    )
    (change,) = asked(life.lines(), other).changes
    assert change.before.reasons == ("coverage-lapsed", "review-denied")
    assert change.after.reasons == ("review-denied",)
    assert list(corrections([change], other.hash, agency="bpjs", officer="Ratna", at=AT)) == []


def test_the_command_says_it_and_ends_with_1(
    lines: list[bytes], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A difference is a finding; --json has every claim; the draft is for its owner alone."""
    file, draft = tmp_path / "events.jsonl", tmp_path / "draft.jsonl"
    file.write_bytes(b"\n".join(lines))
    folder = str(copied(tmp_path, JKM_DEATH))
    by_whom = ["--draft", str(draft), "--as", "bpjs", "--officer", "Ratna"]
    assert main(["whatif", "--rulebook", folder, "--file", str(file), "--json", *by_whom]) == 1
    said = json.loads(capsys.readouterr().out)
    assert said["changed"] == len(said["changes"]) == len(draft.read_bytes().splitlines())
    assert draft.stat().st_mode & 0o077 == 0
    assert main(["whatif", "--rulebook", folder, "--file", str(file), "--lang", "en"]) == 1
    output = capsys.readouterr().out
    assert "jkm.death  Rp20.000.000 → Rp25.000.000  PP 82/2019 Pasal 34" in output
    assert "    Death benefit, heir (" in output
    assert main(["whatif", "--rulebook", str(copied(tmp_path / "same")), "--file", str(file)]) == 0


def test_a_payee_is_told_in_words_and_never_as_a_picture(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """``heir:a:`` would be an emoji to the terminal; a percentage is told as one."""
    life = Life().insured().accident(papers=JKK_DEATH_PAPERS).at_work().died().heirs(heir("a"))
    file = tmp_path / "events.jsonl"
    file.write_bytes(b"\n".join(life.lines()))
    folder = copied(tmp_path, ('"jkk.death-percent" = { value = 60', '"jkk.death-percent" = { value = 50'))
    assert main(["whatif", "--rulebook", str(folder), "--file", str(file)]) == 1
    output = capsys.readouterr().out
    assert "jkk.death-percent  60% → 50%" in output
    assert "    Santunan kematian JKK, ahli waris (a): Rp48.000.000 → Rp40.000.000" in output
    assert main(["explain", "X:a:", "--file", str(file)]) == 2
    assert "Klaim X:a: tidak dikenal.\nSemua klaim dalam berkas" in capsys.readouterr().err


def test_a_draft_without_anybody_who_answers_for_it_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An agency and an officer stand behind each correcting event."""
    assert main(["whatif", "--rulebook", str(copied(tmp_path)), "--draft", str(tmp_path / "draft")]) == 2
    assert "--officer" in capsys.readouterr().err


def test_a_faulty_rulebook_is_refused_with_file_and_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The other rulebook is read as strictly as our own."""
    folder = copied(tmp_path, ('"jkm.death" = { value = 20_000_000', '"jkm.death" = { value = -1'))
    assert main(["whatif", "--rulebook", str(folder), "--file", "none"]) == 2
    assert "pp-82-2019.toml:" in capsys.readouterr().err


PAY_DAYS = ('"jkm.pay-days" = { value = 3', '"jkm.pay-days" = { value = 5')


def test_another_number_of_days_until_payment_lists_the_orders_that_would_be_due_then(
    lines: list[bytes], tmp_path: Path
) -> None:
    """Every JKM order that stands, by the figure.

    Not a rupiah differs, and nothing is drafted: what was ordered keeps its day.
    """
    part = asked(lines, changed(tmp_path, PAY_DAYS, file="pp-44-2015.toml"))
    today = replay(lines, load()).claims
    ordered = {n for n, one in today.items() if one.programme == "JKM" and one.status in ("ordered", "paid")}
    assert {change.claim for change in part.changes} == ordered
    assert len(ordered) > 50
    for change in part.changes:
        days = {order.order: order.due_on for order in today[change.claim].orders}
        assert {one.order: one.before.isoformat() for one in change.due} == days
        assert all((one.after - one.before).days >= 2 for one in change.due)
        assert (change.difference, change.lines, change.amends) == (0, (), False)
        assert [effect.figure for effect in change.effects] == ["jkm.pay-days"]
    result = summed(part)
    assert (result.changed, result.rescheduled, result.difference) == (len(ordered), len(ordered), 0)
    assert list(corrections(part.changes, "r", agency="bpjs", officer="Petugas", at=AT)) == []


def test_another_holiday_moves_exactly_the_orders_that_count_over_it(tmp_path: Path) -> None:
    """A death ordered on Wednesday 10 June 2026 and due on Monday 15 June.

    With that Monday a holiday, on Wednesday 17 June.
    """
    life = Life().insured().filed().died().heirs(heir())
    (order,) = replay(life.lines(), load()).claims["A-1"].orders
    assert order.due_on == "2026-06-15"
    holiday = ("2026-06-16, ", "2026-06-15, 2026-06-16, ")
    part = asked(life.lines(), changed(tmp_path, holiday, file="holidays/2026.toml"))
    ((change,),) = (part.changes,)
    assert [(one.order, one.before.isoformat(), one.after.isoformat()) for one in change.due] == [
        ("A-1.1", "2026-06-15", "2026-06-17")
    ]
    assert change.effects == ()


def test_a_day_that_a_later_fact_made_of_a_claim_is_no_difference(tmp_path: Path) -> None:
    """Ordered as an accident within seven days, found to be none: the same law in other words lists nothing."""
    life = (
        Life().insured().accident(papers=(*JKK_DEATH_PAPERS, "kk", "form-4")).at_work().died().heirs(heir())
    )
    life.paid("A-1.1", 70_000_000).at_work(False)
    assert replay(life.lines(), load()).claims["A-1"].programme == "JKM"
    assert asked(life.lines(), changed(tmp_path, JKK_FUNERAL)).changes == []


def test_the_command_tells_the_days(
    lines: list[bytes], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In both languages, with the figure that moves them."""
    life = Life().insured().filed().died().heirs(heir())
    file = tmp_path / "events.jsonl"
    file.write_bytes(b"\n".join(life.lines()))
    law = copied(tmp_path, PAY_DAYS, file="pp-44-2015.toml")
    for language, sentence in (
        ("id", "A-1.1 jatuh tempo: 15-06-2026 → 18-06-2026"),
        ("en", "A-1.1 due: 15-06-2026"),
    ):
        assert main(["whatif", "--rulebook", str(law), "--file", str(file), "--lang", language]) == 1
        said = capsys.readouterr().out
        assert sentence in said
        assert "jkm.pay-days" in said
