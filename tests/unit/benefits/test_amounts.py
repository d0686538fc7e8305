"""What each benefit comes to, at the figures of the law (w = Rp1.000.000 unless said otherwise)."""

from __future__ import annotations

import pytest

from tests.lives import (
    JKK_DEATH_PAPERS,
    Life,
    bank,
    days,
    disability,
    heir,
    jkm_death,
)


def hurt(*items, **enrolment) -> Life:
    """A member hurt at work, with every paper and these medical items."""
    return Life().enrolled(**enrolment).paid_months().accident().at_work().items(*items)


def killed(**enrolment) -> Life:
    """A member killed at work, with every paper and one heir."""
    life = Life().enrolled(**enrolment).paid_months().accident(papers=JKK_DEATH_PAPERS)
    return life.at_work().died().heirs(heir())


def test_a_jkm_death_pays_42_million():
    """PP 82/2019 Pasal 34: 20 + 12 + 10 million."""
    claim = jkm_death().claim()
    assert claim.entitled == {
        "jkm.death": 20_000_000,
        "jkm.periodic": 12_000_000,
        "jkm.funeral": 10_000_000,
    }
    assert (claim.status, claim.ordered, claim.programme) == ("ordered", 42_000_000, "JKM")


def test_a_jkm_death_in_the_first_three_months_pays_funeral_money_only():
    """Permenaker 1/2025: neither three months of membership nor three paid months."""
    life = Life().enrolled("2026-01-15").paid_months("2026-02").filed().died().heirs(heir())
    assert life.claim().entitled == {"jkm.funeral": 10_000_000}


def test_before_24_february_2025_there_is_no_three_month_rule():
    """Permenaker 1/2025 applies to deaths from its date on."""
    life = Life().enrolled("2025-02-01").paid_months("2025-02", paid_on="2025-02-01")
    life.filed(event_date="2025-02-23").died("2025-02-23").heirs(heir())
    assert life.claim().ordered == 42_000_000


def test_before_2_december_2019_a_jkm_death_pays_24_million():
    """PP 44/2015 Pasal 34: 16.2 + 4.8 + 3 million."""
    life = Life().enrolled("2018-01-01").paid_months("2018-01", "2019-12", "2018-01-02")
    life.filed(event_date="2019-12-01", time="2019-12-05T08:00:00+07:00").died("2019-12-01").heirs(heir())
    assert life.claim().ordered == 24_000_000


def test_a_jkk_death_pays_70_million():
    """PP 82/2019 Pasal 25: 60 % × 80 × w, 12 million periodic, 10 million funeral."""
    assert killed().claim().entitled == {
        "jkk.death": 48_000_000,
        "jkk.periodic": 12_000_000,
        "jkk.funeral": 10_000_000,
    }


def test_a_jkk_death_follows_the_bracket_of_the_income():
    """PP 44/2015 Lampiran II: Rp2.950.000 for an income of Rp3.199.999."""
    assert killed(income=3_199_999).claim().entitled["jkk.death"] == 141_600_000


@pytest.mark.parametrize(
    ("income", "base"),
    [
        (0, 1_000_000),
        (1_099_999, 1_000_000),
        (1_100_000, 1_200_000),
        (2_699_000, 2_450_000),
        (9_199_999, 8_700_000),
        (20_199_999, 19_700_000),
        (20_200_000, 20_700_000),
    ],
)
def test_the_income_is_cut_to_whole_thousands_for_its_bracket(income: int, base: int):
    """PP 44/2015 Lampiran II: the bracket's base stands for the income."""
    life = hurt({"kind": "total-disability"}, income=income)
    assert life.claim().entitled["jkk.total-disability"] == 56 * base


def test_total_disability_pays_68_million():
    """PP 82/2019 Pasal 25: 70 % × 80 × w and 12 million periodic."""
    claim = hurt({"kind": "total-disability"}).claim()
    assert claim.entitled == {"jkk.total-disability": 56_000_000, "jkk.periodic": 12_000_000}


@pytest.mark.parametrize(
    ("items", "percent"),
    [
        ([disability("arm-shoulder", side="right")], 40),
        ([disability("arm-shoulder", side="left")], 35),
        ([disability("thumb", side="right"), disability("index-finger", side="right")], 24),
        ([disability("hand-wrist", side="right"), disability("thumb", side="right")], 32),
        ([disability("arm-elbow", side="left"), disability("thumb", side="right")], 45),
        ([disability("index-finger", side="right"), disability("index-first-phalanx", side="right")], 9),
        (
            [
                disability("other-finger", side="left", which="middle"),
                disability("other-finger", side="left", which="ring"),
                disability("other-first-phalanx", side="left", which="ring"),
            ],
            6,
        ),
        ([disability("foot-ankle", side="right"), disability("big-toe", side="right")], 25),
        ([disability("leg-shortening-from-7.5cm", side="left"), disability("big-toe", side="left")], 35),
        ([disability("both-eyes")], 70),
        ([disability("both-feet-ankle"), disability("foot-ankle", side="right", loss_percent=50)], 37.5),
        ([disability("eye", side="left"), disability("hearing-both"), disability("smell")], 70),
        ([disability("scalp", percent=12.5)], 12.5),
        ([disability("vision-10-percent", units=3)], 21),
        ([disability("arm-shoulder", side="right", loss_percent=33.33)], 13.332),
    ],
)
def test_disability_rows_are_absorbed_added_and_capped(items, percent):
    """PP 82/2019 Lampiran III: rows within a limb are absorbed, limbs are added, at most 70 %."""
    assert hurt(*items).claim().entitled == {"jkk.disability": round(percent * 800_000)}


def test_right_and_left_swap_for_a_left_handed_person():
    """PP 82/2019 Lampiran III: the values of right and left are exchanged (kidal)."""
    life = hurt(disability("arm-shoulder", side="right"), dominant_hand="left")
    assert life.claim().ordered == 28_000_000


def test_420_days_without_work_pay_13_million():
    """PP 82/2019 Pasal 25: twelve months in full, half from then on."""
    assert hurt(days("2026-03-01", 420)).claim().entitled == {"jkk.incapacity": 13_000_000}


def test_overlapping_days_without_work_count_once():
    """A day is a day: spans are merged over the whole claim; ten days are Rp333.333, rounded once."""
    life = hurt(days("2026-03-01", 6), days("2026-03-04", 7))
    assert life.claim().entitled == {"jkk.incapacity": 333_333}


@pytest.mark.parametrize(
    ("items", "entitled"),
    [
        (
            [
                {"kind": "transport", "mode": "land", "amount": 4_000_000},
                {"kind": "transport", "mode": "land", "amount": 4_000_001},
                {"kind": "transport", "mode": "sea", "amount": 1_500_000},
            ],
            {"jkk.transport": 6_500_000},
        ),
        ([{"kind": "transport", "mode": "air", "amount": 11_000_000}], {"jkk.transport": 10_000_000}),
        (
            [{"kind": "treatment", "amount": 250_000_000, "provider": "rsud"}],
            {"jkk.treatment": 250_000_000},
        ),
        ([{"kind": "device", "device": "denture", "amount": 6_000_000}], {"jkk.device": 5_000_000}),
        ([{"kind": "device", "device": "hearing-aid", "amount": 2_000_000}], {"jkk.device": 2_000_000}),
        ([{"kind": "device", "device": "glasses", "amount": 1_000_001}], {"jkk.device": 1_000_000}),
        (
            [
                {
                    "kind": "device",
                    "device": "prosthesis",
                    "amount": 9_000_000,
                    "reference_price": 5_000_000,
                }
            ],
            {"jkk.device": 7_000_000},
        ),
        (
            [
                {
                    "kind": "homecare",
                    "amount": 15_000_000,
                    "first_day": "2026-03-01",
                    "last_day": "2026-03-31",
                },
                {
                    "kind": "homecare",
                    "amount": 15_000_000,
                    "first_day": "2026-04-01",
                    "last_day": "2026-04-30",
                },
            ],
            {"jkk.homecare": 20_000_000},
        ),
        (
            [
                {
                    "kind": "homecare",
                    "amount": 3_000_000,
                    "first_day": "2026-03-01",
                    "last_day": "2026-03-31",
                },
                {
                    "kind": "homecare",
                    "amount": 4_000_000,
                    "first_day": "2027-03-01",
                    "last_day": "2027-03-02",
                },
            ],
            {"jkk.homecare": 3_000_000},
        ),
    ],
)
def test_care_is_paid_up_to_its_cap(items, entitled):
    """PP 82/2019 Pasal 25 and Lampiran III: caps per mode, device and homecare; treatment has none."""
    assert hurt(*items).claim().entitled == entitled


def test_two_full_scholarships_are_174_million():
    """Permenaker 5/2021 Pasal 103: two children, 8 + 3 + 3 + 5 school years, the third child nothing."""
    children = [{"child": f"c{n}", "name": "Anak", "birth_date": "2022-08-01"} for n in (1, 2, 3)]
    life = (
        Life().insured().accident(papers=JKK_DEATH_PAPERS, children=children).at_work().died().heirs(heir())
    )
    levels = ["TK"] * 2 + ["SD"] * 6 + ["SMP"] * 3 + ["SMA"] * 3 + ["PT"] * 5
    for child in ("c1", "c2", "c3"):
        for year, level in enumerate(levels, 2026):
            life.schooled(child, level, year)
    assert life.claim().entitled["scholarship"] == 174_000_000


def test_a_scholarship_ends_at_23_and_can_be_taken_back():
    """Younger than 23 on 1 July of the school year; the last confirmation of a year counts."""
    children = [{"child": "c1", "name": "Anak", "birth_date": "2003-07-01"}]
    life = (
        Life().insured().accident(papers=JKK_DEATH_PAPERS, children=children).at_work().died().heirs(heir())
    )
    life.schooled("c1", "PT", 2025).schooled("c1", "PT", 2026)
    assert life.claim().entitled["scholarship"] == 12_000_000
    assert "scholarship" not in life.schooled("c1", "PT", 2025, studying=False).claim().entitled


def test_a_jkm_scholarship_needs_36_paid_months():
    """PP 82/2019 Pasal 34(1)d: contribution time, not the date of registration."""
    children = [{"child": "c1", "name": "Anak", "birth_date": "2015-01-01"}]

    def life(first: str) -> Life:
        member = Life().enrolled("2023-01-01").paid_months(first, "2026-12", "2023-01-02")
        member.filed(event_date="2026-01-15", children=children).died("2026-01-15").heirs(heir())
        return member.schooled("c1", "SD", 2026)

    assert life("2023-02").claim().entitled["scholarship"] == 1_500_000
    assert "scholarship" not in life("2023-03").claim().entitled


@pytest.mark.parametrize(
    ("heirs", "orders"),
    [
        (
            [heir("a"), heir("b", "child", "2"), heir("c", "parent", "3")],
            {"heir:a": 21_000_000, "heir:b": 21_000_000},
        ),
        ([heir("a", "sibling"), heir("b", "parent", "2")], {"heir:b": 42_000_000}),
        (
            [heir("a", share_percent=75), heir("b", "child", "2", share_percent=25)],
            {"heir:a": 31_500_000, "heir:b": 10_500_000},
        ),
        (
            [heir("a", share_percent=75), heir("b", "child", "2", share_percent=20)],
            {"heir:a": 21_000_000, "heir:b": 21_000_000},
        ),
        (
            [heir("a"), heir("b", "child", "2"), heir("c", "child", "3")],
            {"heir:a": 14_000_002, "heir:b": 13_999_999, "heir:c": 13_999_999},
        ),
    ],
)
def test_only_the_highest_rank_of_heirs_is_paid_by_its_shares(heirs, orders):
    """PP 44/2015 Pasal 40(2): shares if they sum to 100, else equal; the remainder to the first named."""
    claim = Life().insured().filed().died().heirs(*heirs).claim()
    assert {order.payee: order.amount for order in claim.orders} == orders


def test_without_heirs_only_funeral_money_is_paid_to_who_buried():
    """PP 44/2015 Pasal 40: everything else stays with the fund."""
    life = Life().insured().filed().died().heirs()
    assert life.claim().missing == ("finding:burial",)
    claim = life.found(burial={"arranged_by": {"name": "Tetangga", "account": bank("5")}}).claim()
    assert [(o.payee, o.amount) for o in claim.orders] == [("burial", 10_000_000)]
