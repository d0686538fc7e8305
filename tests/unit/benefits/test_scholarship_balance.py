"""The scholarship's ledger: what was confirmed, paid, missed and is left, child by child, on a stated day."""

from __future__ import annotations

import datetime as dt
import json

from hypothesis import given, settings
from hypothesis import strategies as st

from services.adjudication.replay import Replay
from services.benefits.history import History
from services.benefits.reading.folder import load
from services.benefits.scholarship_balance import ChildLedger, school_ledger
from services.cli import main
from tests.lives import JKK_DEATH_PAPERS, Data, Life, heir

NOVEMBER = dt.date(2026, 11, 21)


def child(name: str, born: str) -> Data:
    return {"child": name, "name": "Anak", "birth_date": born}


def killed(*children: Data) -> Life:
    """A death at work on 1 March 2026, in the school year 2025/2026."""
    life = Life().insured().accident(papers=JKK_DEATH_PAPERS, children=list(children))
    return life.at_work().died().heirs(heir())


def ledgers(life: Life, as_of: dt.date = NOVEMBER) -> tuple[ChildLedger, ...]:
    book = Replay(load())
    for line in life.lines():
        book.take(line)
    (state,) = book.states.values()
    orders = {number: record.orders for number, record in state.claims.items()}
    return school_ledger(History(state.facts), load(), orders, as_of)


def test_what_is_confirmed_paid_left_and_to_come():
    """Born 1 February 2010: after 2026/2027 six school years are left before 23.

    Five of college and one of SMA cost most.
    """
    life = killed(child("c", "2010-02-01")).schooled("c", "SMP", 2025).paid("A-1.2", 2_000_000)
    (balance,) = ledgers(life.schooled("c", "SMA", 2026))
    assert [(y.school_year, y.level, y.amount, y.paid) for y in balance.years] == [
        (2025, "SMP", 2_000_000, True),
        (2026, "SMA", 3_000_000, False),
    ]
    assert (balance.confirmed, balance.paid) == (5_000_000, 2_000_000)
    assert balance.left == {"SD": 8, "SMP": 2, "SMA": 2, "PT": 5}
    assert balance.future == 5 * 12_000_000 + 3_000_000
    assert (balance.ended, balance.missed, balance.awaited) == ("", (), False)


def test_missed_years_depend_on_the_day_that_is_asked():
    """Of 2027 and 2028 nobody has said anything when 2029/2030 runs; four years of college are left."""
    life = killed(child("c", "2010-02-01")).schooled("c", "SMP", 2025).schooled("c", "SMA", 2026)
    (balance,) = ledgers(life, dt.date(2029, 7, 1))
    assert (balance.missed, balance.awaited, balance.future) == ((2027, 2028), True, 4 * 12_000_000)
    (before,) = ledgers(life, dt.date(2029, 6, 30))
    assert (before.missed, before.awaited, before.future) == ((2027,), True, 5 * 12_000_000)


def test_a_year_is_missed_from_the_event_and_from_school_age_on():
    """A child of ten has missed 2025 once it is over; a child born in 2021 is seven on 1 July 2028."""
    ten, small = ledgers(
        killed(child("ten", "2016-01-01"), child("small", "2021-05-01")), dt.date(2030, 1, 1)
    )
    assert ten.missed == (2025, 2026, 2027, 2028)
    assert small.missed == (2028,)
    assert small.future == 60_000_000 + 9_000_000 + 6_000_000 + 6_000_000  # 15 years: 5, 3, 3, and 4 of SD


def test_a_newborn_may_still_cost_87_million():
    """Nobody waits for its confirmation yet."""
    (balance,) = ledgers(killed(child("c", "2026-01-01")))
    assert (balance.future, balance.missed, balance.awaited) == (87_000_000, (), False)


def test_it_ends_at_23_when_the_child_stops_and_when_every_level_is_used():
    """Then nothing more is to come; a later confirmation opens it again where the law allows one."""
    grown, stopped = ledgers(
        killed(child("grown", "2003-07-01"), child("stopped", "2008-01-01"))
        .schooled("grown", "PT", 2025)
        .schooled("stopped", "SMA", 2024)
        .schooled("stopped", "SMA", 2026, studying=False),
        dt.date(2027, 1, 1),
    )
    assert (grown.ended, grown.confirmed, grown.future) == ("age", 12_000_000, 0)
    assert (stopped.ended, stopped.confirmed, stopped.future) == ("not-studying", 3_000_000, 0)
    assert (stopped.missed, stopped.awaited) == ((2025,), False)
    life = killed(child("all", "2022-08-01"))
    levels = ["TK"] * 2 + ["SD"] * 6 + ["SMP"] * 3 + ["SMA"] * 3 + ["PT"] * 5
    for year, level in enumerate(levels, 2026):
        life.schooled("all", level, year)
    (used,) = ledgers(life, dt.date(2045, 1, 1))
    assert (used.ended, used.confirmed, used.future, used.missed) == ("caps", 87_000_000, 0, ())
    assert set(used.left.values()) == {0}


def test_a_child_of_two_claims_has_one_ledger():
    """Each school year stands with the claim that pays it; what was paid on a claim that fell does not count."""
    life = Life().enrolled("2020-01-01").paid_months("2020-01", "2028-12", "2020-01-02")
    life.accident("A-1", children=[child("a", "2012-02-01")]).at_work().items({"kind": "total-disability"})
    life.schooled("a", "SMP", 2025).paid("A-1.2", 2_000_000)
    life.filed("B-2", event_date="2026-05-01", children=[child("x", "2012-02-01")])
    life.died("2026-05-01", claim="B-2").heirs(heir(), claim="B-2")
    life.schooled("x", "SMP", 2025, claim="B-2").schooled("x", "SMP", 2026, claim="B-2")
    (balance,) = ledgers(life)
    assert [(y.claim, y.school_year, y.paid) for y in balance.years] == [
        ("A-1", 2025, True),
        ("B-2", 2026, False),
    ]
    assert (balance.claim, balance.child, balance.paid, balance.left["SMP"]) == ("A-1", "a", 2_000_000, 1)
    (alone,) = ledgers(life.reviewed("deny"))
    assert [(y.claim, y.school_year, y.paid) for y in alone.years] == [
        ("B-2", 2025, False),
        ("B-2", 2026, False),
    ]
    assert (alone.claim, alone.paid) == ("B-2", 0)


def test_a_claim_that_opens_no_scholarship_has_no_ledger():
    """A death after less than three years of contributions."""
    life = Life().insured().filed(children=[child("c", "2015-01-01")]).died().heirs(heir())
    assert ledgers(life.schooled("c", "SD", 2026)) == ()


confirmations = st.lists(
    st.tuples(
        st.sampled_from(["A-1", "B-2"]),
        st.sampled_from(["a", "b", "c"]),
        st.sampled_from(["TK", "SD", "SMP", "SMA", "PT", "PT"]),
        st.integers(2020, 2050),
        st.booleans(),
    ),
    max_size=40,
)


@settings(max_examples=60, deadline=None)
@given(confirmations, st.lists(st.integers(1, 90_000_000), max_size=4), st.integers(2020, 2055))
def test_paid_and_to_come_stay_under_87_million_a_child_and_174_a_participant(stages, paid, year):
    """Whatever is confirmed in which claim, whatever is paid, on whichever day it is asked."""
    children = [child("a", "2022-08-01"), child("b", "2024-08-01"), child("c", "2026-01-01")]
    life = Life().enrolled("2020-01-01").paid_months("2020-01", "2028-12", "2020-01-02")
    life.accident("A-1", children=children[:2]).at_work().items({"kind": "total-disability"})
    life.filed("B-2", event_date="2026-05-01", children=children[::-1])
    life.died("2026-05-01", claim="B-2").heirs(heir(), claim="B-2")
    for claim, name, level, school_year, studying in stages:
        life.schooled(name, level, school_year, studying=studying, claim=claim)
    for order, amount in enumerate(paid, 2):
        life.paid(f"A-1.{order}", amount)
    found = ledgers(life, dt.date(year, 9, 1))
    assert len(found) == 2
    for one in found:
        assert one.paid <= one.confirmed
        assert one.confirmed + one.future <= 87_000_000
        assert all(left >= 0 for left in one.left.values())
    entitled = sum(claim.entitled.get("scholarship", 0) for claim in life.replayed().claims.values())
    assert sum(one.confirmed for one in found) == entitled <= 174_000_000


def test_the_command_sums_the_ledger_of_a_file(tmp_path, capsys):
    """``kelambu scholarships --file``: all children or those of one claim, as JSON and as a table in both languages."""
    life = killed(child("c", "2010-02-01"), child("d", "2003-07-01")).schooled("c", "SMP", 2025)
    file = tmp_path / "events.jsonl"
    file.write_bytes(b"\n".join(life.paid("A-1.2", 2_000_000).lines()))
    asked = ["scholarships", "--file", str(file), "--as-of", "2026-11-21"]
    assert main([*asked, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["sums"] == {"children": 2, "confirmed": 2_000_000, "paid": 2_000_000, "future": 66_000_000}
    assert [one["child"] for one in answer["children"]] == ["d", "c"]
    assert main([*asked, "--claim", "A-1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == answer
    assert main([*asked, "--claim", "NOBODY"]) == 2
    capsys.readouterr()
    for language, words in (("id", "Paling banyak lagi"), ("en", "At most still")):
        assert main([*asked, "--lang", language]) == 0
        shown = capsys.readouterr().out
        assert words in shown
        assert "Rp66.000.000" in shown
