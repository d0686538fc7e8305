"""What each benefit comes to at its caps and boundary days, as the published decisions state it."""

from __future__ import annotations

import pytest

from tests.lives import JKK_DEATH_PAPERS, Data, Life, bank, days, disability, heir, jkm_death

pytestmark = pytest.mark.usefixtures("held_against_citations")

CHILDREN = [{"child": f"c{n}", "name": "Anak", "birth_date": "2010-07-01"} for n in (1, 2, 3)]
BURIAL = {"arranged_by": {"name": "Tetangga", "account": bank("9")}}
TREATED = {"kind": "treatment", "amount": 5_000_000, "provider": "rsud"}


def accident(*items, income: int = 900_000, **more) -> Life:
    return Life().enrolled(income=income, **more).paid_months().accident().at_work().items(*items)


def killed(*items, children=(), **more) -> Life:
    """An accident at work with these items, from which the member died."""
    life = Life().insured().accident(papers=JKK_DEATH_PAPERS, children=list(children)).at_work()
    life.died("2026-04-30", **more)
    return life.items(*items) if items else life


def sums(life: Life) -> list[tuple[str, int]]:
    return [(order.payee, order.amount) for order in life.claim().orders]


@pytest.mark.parametrize(
    ("income", "base"),
    [
        (1, 1_000),
        (1_099_000, 1_000),
        (1_099_999, 1_000),
        (1_100_000, 1_200),
        (1_299_999, 1_200),
        (1_300_000, 1_400),
        (1_500_000, 1_600),
        (1_700_000, 1_800),
        (1_900_000, 2_050),
        (2_199_999, 2_050),
        (2_200_000, 2_450),
        (2_700_000, 2_950),
        (3_200_000, 3_450),
        (3_700_000, 3_950),
        (4_200_000, 4_450),
        (4_700_000, 4_950),
        (5_199_999, 4_950),
        (5_200_000, 5_700),
        (6_199_999, 5_700),
        (6_200_000, 6_700),
        (7_200_000, 7_700),
        (8_200_000, 8_700),
        (9_199_999, 8_700),
        (9_200_000, 9_700),
        (10_200_000, 10_700),
        (14_700_000, 14_700),
        (18_200_000, 18_700),
        (19_199_999, 18_700),
        (19_200_000, 19_700),
        (20_199_999, 19_700),
        (20_200_000, 20_700),
        (900_000_000, 20_700),
    ],
)
def test_the_base_of_each_bracket(income: int, base: int):
    """PP 44/2015 Lampiran II: thirty days without work are one month's base."""
    assert accident(days("2026-03-01", 30), income=income).claim().ordered == base * 1_000


@pytest.mark.parametrize(
    ("stated", "base"),
    [
        ([(2_000_000, "2025-06")], 2_050_000),
        ([(2_000_000, "2026-04")], 1_000_000),
        ([(2_000_000, "2025-06"), (1_200_000, "2025-06")], 1_200_000),
        ([(2_000_000, "2025-06"), (1_200_000, "2025-05")], 2_050_000),
        ([(2_000_000, "2025-01")], 2_050_000),
        ([(2_000_000, "2024-06")], 1_000_000),
        ([(500_000, "2026-03")], 1_000_000),
    ],
)
def test_the_income_is_what_was_declared_for_the_month(stated, base: int):
    """From the first day of its month on; of two for one month the later statement counts."""
    life = Life().insured()
    for income, from_month in stated:
        life.income(income, from_month)
    life.accident().at_work().items(days("2026-03-01", 30))
    assert life.claim().ordered == base


def test_an_income_declared_after_the_claim_is_weighed_again():
    """A later declaration for the month of the accident gives a further order."""
    life = accident(days("2026-03-01", 30)).income(2_000_000, "2025-12")
    assert sums(life) == [("participant", 1_000_000), ("participant", 1_050_000)]


@pytest.mark.parametrize(
    ("spans", "amount"),
    [
        ([("2026-03-01", 1)], 33_333),
        ([("2026-03-01", 2)], 66_667),
        ([("2026-03-01", 10)], 333_333),
        ([("2026-03-01", 10), ("2026-04-01", 10)], 666_667),
        ([("2026-03-01", 10), ("2026-03-11", 5)], 500_000),
        ([("2026-03-01", 10), ("2026-03-10", 6)], 500_000),
        ([("2026-03-01", 10), ("2026-03-03", 2)], 333_333),
        ([("2026-03-01", 10), ("2026-03-01", 10)], 333_333),
        ([("2025-03-01", 360)], 12_000_000),
        ([("2025-03-01", 361)], 12_016_667),
        ([("2025-03-01", 362)], 12_033_333),
        ([("2025-03-01", 390)], 12_500_000),
        ([("2025-03-01", 420)], 13_000_000),
        ([("2024-06-01", 180), ("2025-06-01", 210)], 12_500_000),
    ],
)
def test_days_without_work(spans, amount: int):
    """w/30 a day, merged and counted over the whole claim; from the 361st day half; rounded once, half up."""
    claim = accident(*[days(first, count) for first, count in spans]).claim()
    assert claim.entitled == {"jkk.incapacity": amount}


def test_an_item_stated_again_replaces_the_first():
    """Ten days corrected to twenty: twenty in all; another item adds."""
    life = accident(days("2026-03-01", 10)).items(days("2026-03-01", 20))
    assert life.claim().ordered == 666_667
    assert (
        life.found(medical={"items": [{"item": "i2", **days("2026-05-01", 10)}]}).claim().ordered == 1_000_000
    )


def test_an_item_restated_as_another_kind_is_that_kind_only():
    """A later statement replaces the earlier one as a whole."""
    life = accident(days("2026-03-01", 10)).items({"kind": "transport", "mode": "land", "amount": 100})
    assert life.claim().entitled == {"jkk.transport": 100}


RIGHT = {"side": "right"}
LEFT = {"side": "left"}


@pytest.mark.parametrize(
    ("items", "percent"),
    [
        # rows that no older test states
        ([disability("arm-elbow", **RIGHT)], 35),
        ([disability("arm-elbow", **LEFT)], 30),
        ([disability("hand-wrist", **RIGHT)], 32),
        ([disability("hand-wrist", **LEFT)], 28),
        ([disability("thumb", **RIGHT)], 15),
        ([disability("thumb", **LEFT)], 12),
        ([disability("index-finger", **LEFT)], 7),
        ([disability("other-finger", which="ring", **LEFT)], 3),
        ([disability("index-first-phalanx", **RIGHT)], "4.5"),
        ([disability("other-first-phalanx", which="little", **LEFT)], "1.5"),
        ([disability("other-toe", which="fifth", **LEFT)], 2),
        ([disability("big-toe", **LEFT)], 5),
        ([disability("second-toe", **LEFT)], 3),
        ([disability("auricle", **LEFT)], 5),
        ([disability("eye", **LEFT)], 35),
        ([disability("hearing-one", **LEFT)], 20),
        ([disability("leg-shortening-under-5cm", **LEFT)], 10),
        ([disability("leg-shortening-5-to-7.5cm", **LEFT)], 20),
        ([disability("leg-shortening-from-7.5cm", **LEFT)], 30),
        ([disability("both-legs-hip")], 70),
        ([disability("both-feet-ankle")], 50),
        ([disability("both-eyes")], 70),
        ([disability("hearing-both")], 40),
        ([disability("both-auricles")], 10),
        ([disability("scalp", percent=30)], 30),
        ([disability("scalp", percent=12.5)], "12.5"),
        ([disability("impotence")], 30),
        ([disability("nose-lobe")], 30),
        ([disability("nasal-septum")], 15),
        ([disability("smell")], 10),
        ([disability("colour-vision")], 10),
        ([disability("mental-capacity")], 70),
        ([disability("work-capacity-51-70")], 40),
        ([disability("work-capacity-26-50")], 20),
        ([disability("work-capacity-10-25")], 5),
        ([disability("hearing-loss-both-10db", units=3)], 18),
        ([disability("hearing-loss-one-10db", units=4, **LEFT)], 12),
        ([disability("vision-10-percent", units=2)], 14),
        ([disability("visual-field-10-percent", units=2)], 14),
        # loss of function
        ([disability("arm-shoulder", loss_percent=50, **RIGHT)], 20),
        ([disability("index-first-phalanx", loss_percent=33.33, **LEFT)], "1.16655"),
        ([disability("both-eyes", loss_percent=50)], 35),
        ([disability("hearing-loss-both-10db", units=3, loss_percent=50)], 9),
        # within one limb
        ([disability("arm-shoulder", **RIGHT), disability("hand-wrist", **RIGHT)], 40),
        ([disability("arm-shoulder", loss_percent=10, **RIGHT), disability("hand-wrist", **RIGHT)], 32),
        ([disability("arm-shoulder", **RIGHT), disability("hand-wrist", **LEFT)], 68),
        (
            [
                disability("thumb", **RIGHT),
                disability("index-finger", **RIGHT),
                *[
                    disability("other-finger", which=finger, **RIGHT)
                    for finger in ("middle", "ring", "little")
                ],
            ],
            36,
        ),
        (
            [
                disability("hand-wrist", **RIGHT),
                disability("thumb", **RIGHT),
                disability("index-finger", **RIGHT),
                *[
                    disability("other-finger", which=finger, **RIGHT)
                    for finger in ("middle", "ring", "little")
                ],
            ],
            36,
        ),
        (
            [
                disability("arm-elbow", **RIGHT),
                disability("hand-wrist", loss_percent=50, **RIGHT),
                disability("thumb", **RIGHT),
                disability("index-finger", **RIGHT),
            ],
            35,
        ),
        ([disability("index-finger", **RIGHT), disability("index-first-phalanx", **RIGHT)], 9),
        (
            [
                disability("index-finger", loss_percent=40, **RIGHT),
                disability("index-first-phalanx", **RIGHT),
            ],
            "4.5",
        ),
        (
            [
                disability("other-finger", which="ring", **RIGHT),
                disability("other-first-phalanx", which="ring", **RIGHT),
            ],
            4,
        ),
        (
            [
                disability("other-finger", which="ring", **RIGHT),
                disability("other-first-phalanx", which="little", **RIGHT),
            ],
            6,
        ),
        ([disability("foot-ankle", **LEFT), disability("leg-shortening-5-to-7.5cm", **LEFT)], 45),
        (
            [
                disability("leg-hip", **LEFT),
                disability("foot-ankle", **LEFT),
                disability("leg-shortening-5-to-7.5cm", **LEFT),
            ],
            45,
        ),
        (
            [disability("leg-hip", **LEFT), disability("foot-ankle", **LEFT), disability("big-toe", **LEFT)],
            35,
        ),
        ([disability("foot-ankle", **LEFT), disability("big-toe", **LEFT)], 25),
        ([disability("foot-ankle", loss_percent=8, **LEFT), disability("big-toe", **LEFT)], 5),
        (
            [disability("other-toe", which="third", **LEFT), disability("other-toe", which="fourth", **LEFT)],
            4,
        ),
        ([disability("both-legs-hip"), disability("foot-ankle", **LEFT)], 70),
        ([disability("both-feet-ankle"), disability("big-toe", **LEFT), disability("big-toe", **RIGHT)], 50),
        ([disability("both-feet-ankle"), disability("leg-hip", **LEFT)], 60),
        # the same part twice: the later item
        ([disability("eye", **LEFT), disability("eye", loss_percent=50, **LEFT)], "17.5"),
        ([disability("both-eyes"), disability("eye", loss_percent=50, **LEFT)], "52.5"),
        ([disability("eye", loss_percent=50, **LEFT), disability("both-eyes")], 70),
        ([disability("hearing-one", **LEFT), disability("hearing-both", loss_percent=50)], 20),
        ([disability("scalp", percent=30), disability("scalp", percent=10)], 10),
        ([disability("smell"), disability("smell")], 10),
        (
            [
                disability("other-finger", which="ring", **RIGHT),
                disability("other-finger", which="little", **RIGHT),
            ],
            8,
        ),
        # all added, at most 70
        ([disability("mental-capacity"), disability("smell")], 70),
        ([disability("impotence"), disability("nose-lobe"), disability("smell")], 70),
        ([disability("impotence"), disability("nose-lobe"), disability("nasal-septum")], 70),
        ([disability("impotence"), disability("nose-lobe"), disability("auricle", **LEFT)], 65),
    ],
)
def test_percent_of_the_table(items, percent):
    """PP 82/2019 Lampiran III: row × loss (× units), a limb as the higher of a row and what it contains."""
    expected = int(float(percent) * 800_000 + 0.5)
    assert accident(*items).claim().entitled == {"jkk.disability": expected}


@pytest.mark.parametrize(
    ("part", "right", "left"),
    [("arm-shoulder", 35, 40), ("thumb", 12, 15), ("leg-hip", 35, 35), ("eye", 35, 35)],
)
def test_the_arms_of_a_left_handed_person_swap(part: str, right: int, left: int):
    """Lampiran III, note: right and left swap; legs and eyes have no dominant side."""
    for side, percent in (("right", right), ("left", left)):
        life = accident(disability(part, side=side), dominant_hand="left")
        assert life.claim().ordered == percent * 800_000


def test_total_disability_stands_instead_of_the_rows_in_whatever_order():
    """70 % × 80 × w and the periodic sum; the rows of the same claim add nothing."""
    total = {"kind": "total-disability"}
    expected = {"jkk.total-disability": 56_000_000, "jkk.periodic": 12_000_000}
    assert accident(total, disability("eye", **LEFT)).claim().entitled == expected
    assert accident(disability("eye", **LEFT), total).claim().entitled == expected
    assert sums(accident(total)) == [("participant", 68_000_000)]


@pytest.mark.parametrize(
    ("modes", "amount"),
    [
        ([("land", 5_000_000)], 5_000_000),
        ([("land", 5_000_001)], 5_000_000),
        ([("land", 3_000_000), ("land", 3_000_001)], 5_000_000),
        ([("sea", 2_500_000)], 2_000_000),
        ([("air", 11_000_000)], 10_000_000),
        ([("land", 6_000_000), ("sea", 3_000_000), ("air", 12_000_000)], 17_000_000),
        ([("land", 1), ("sea", 1)], 2),
    ],
)
def test_transport_is_capped_per_mode(modes, amount: int):
    """PP 82/2019: land 5, sea 2 and air 10 million, the sum of each mode."""
    items = [{"kind": "transport", "mode": mode, "amount": cost} for mode, cost in modes]
    assert accident(*items).claim().entitled == {"jkk.transport": amount}


@pytest.mark.parametrize(
    ("devices", "amount"),
    [
        ([{"device": "denture", "amount": 6_000_000}], 5_000_000),
        ([{"device": "hearing-aid", "amount": 2_500_001}], 2_500_000),
        ([{"device": "glasses", "amount": 1_200_000}, {"device": "glasses", "amount": 1_300_000}], 2_000_000),
        ([{"device": "glasses", "amount": 999_999}], 999_999),
        ([{"device": "orthosis", "amount": 20_000_000, "reference_price": 10_000_000}], 14_000_000),
        ([{"device": "prosthesis", "amount": 13_999_999, "reference_price": 10_000_000}], 13_999_999),
        ([{"device": "prosthesis", "amount": 100, "reference_price": 3}], 4),
        ([{"device": "prosthesis", "amount": 100, "reference_price": 4}], 6),
    ],
)
def test_devices(devices, amount: int):
    """Each device has its own cap; orthosis and prosthesis 140 % of the reference price."""
    items = [{"kind": "device", **device} for device in devices]
    assert accident(*items).claim().entitled == {"jkk.device": amount}


def care(first_day: str, amount: int) -> Data:
    return {"kind": "homecare", "amount": amount, "first_day": first_day, "last_day": first_day}


@pytest.mark.parametrize(
    ("items", "amount"),
    [
        ([care("2025-04-01", 1_000_000), care("2026-03-31", 2_000_000)], 3_000_000),
        ([care("2025-04-01", 1_000_000), care("2026-04-01", 2_000_000)], 1_000_000),
        ([care("2026-04-01", 2_000_000), care("2025-04-01", 1_000_000)], 1_000_000),
        ([care("2025-04-01", 15_000_000), care("2025-05-01", 15_000_000)], 20_000_000),
    ],
)
def test_homecare_of_one_year(items, amount: int):
    """Items that begin at most 364 days after the earliest, together at most 20 million."""
    assert accident(*items).claim().entitled == {"jkk.homecare": amount}


def test_treatment_is_paid_as_billed():
    """Class I by need, no cap: each bill to its provider or to who paid it."""
    family = {"kind": "treatment", "amount": 3, "payee": {"name": "Istri", "account": bank("5")}}
    life = accident({"kind": "treatment", "amount": 900_000_000, "provider": "rsud"}, family)
    assert sums(life) == [("provider:i1", 900_000_000), ("provider:i2", 3)]


def test_a_jkk_death_pays_70_million_to_the_heirs():
    """60 % × 80 × w, periodic and funeral, each line shared."""
    life = killed().heirs(heir("a"), heir("b", "child"))
    assert life.claim().entitled == {
        "jkk.death": 48_000_000,
        "jkk.periodic": 12_000_000,
        "jkk.funeral": 10_000_000,
    }
    assert sums(life) == [("heir:a", 35_000_000), ("heir:b", 35_000_000)]


@pytest.mark.parametrize(
    ("item", "entitled"),
    [
        (disability("smell"), 8_000_000 + 70_000_000),
        ({"kind": "total-disability"}, 56_000_000 + 70_000_000),
    ],
)
def test_disability_and_death_are_both_paid_after_approval_with_one_periodic_sum(item, entitled: int):
    """Whichever came first; all of it goes to the heirs."""
    for life in (
        killed(item).heirs(heir()),
        killed().heirs(heir()).items(item),
    ):
        assert life.claim().reasons == ("disability-then-death",)
        life.reviewed("approve", "disability-then-death")
        assert life.claim().ordered == entitled
        assert life.claim().entitled["jkk.periodic"] == 12_000_000
        assert life.claim().entitled["jkk.funeral"] == 10_000_000


def test_what_a_dead_participant_was_still_owed_goes_to_the_heirs_by_the_same_rule():
    """Days without work and transport, in shares; treatment stays with the provider; no account is asked."""
    life = Life().insured().accident(papers=JKK_DEATH_PAPERS).at_work()
    items = [days("2026-03-01", 30), {"kind": "transport", "mode": "land", "amount": 500_000}, TREATED]
    life.found(medical={"items": [{"item": f"i{n}", **item} for n, item in enumerate(items)]})
    life.died("2026-04-30").heirs(heir("a", share_percent=75), heir("b", share_percent=25))
    assert sums(life) == [
        ("heir:a", 52_500_000 + 750_000 + 375_000),
        ("heir:b", 17_500_000 + 250_000 + 125_000),
        ("provider:i2", 5_000_000),
    ]


@pytest.mark.parametrize(
    ("heirs", "orders"),
    [
        (
            [heir("a"), heir("b", "child"), heir("c", "child")],
            [("heir:a", 14_000_002), ("heir:b", 13_999_999), ("heir:c", 13_999_999)],
        ),
        ([heir("p", "parent"), heir("b", "child")], [("heir:b", 42_000_000)]),
        (
            [heir("g", "grandparent"), heir("p", "parent"), heir("s", "sibling")],
            [("heir:g", 21_000_000), ("heir:p", 21_000_000)],
        ),
        ([heir("l", "parent-in-law"), heir("s", "sibling")], [("heir:s", 42_000_000)]),
        ([heir("t", "testament"), heir("l", "parent-in-law")], [("heir:l", 42_000_000)]),
        ([heir("t", "testament")], [("heir:t", 42_000_000)]),
        (
            [heir("a", share_percent=33.33), heir("b", share_percent=66.67)],
            [("heir:a", 6_666_000 + 3_999_600 + 3_333_000), ("heir:b", 13_334_000 + 8_000_400 + 6_667_000)],
        ),
        (
            [heir("a", share_percent=60), heir("b", share_percent=39)],
            [("heir:a", 21_000_000), ("heir:b", 21_000_000)],
        ),
        ([heir("a", share_percent=60), heir("b")], [("heir:a", 21_000_000), ("heir:b", 21_000_000)]),
        (
            [heir("a", share_percent=60), heir("p", "parent", share_percent=40)],
            [("heir:a", 42_000_000)],
        ),
        ([heir("a", share_percent=100), heir("b", "child", share_percent=0)], [("heir:a", 42_000_000)]),
    ],
)
def test_heirs_of_the_highest_rank_share(heirs, orders):
    """PP 44/2015 Pasal 40(2): shares when all of the rank have one and they sum to 100, else equal."""
    assert sums(Life().insured().filed().died().heirs(*heirs)) == orders


def test_the_remainder_of_a_line_goes_to_the_first_named():
    """Shares are rounded down: a third of 1,000,001 of transport leaves two rupiah."""
    life = killed({"kind": "transport", "mode": "land", "amount": 1_000_001})
    life.heirs(heir("b", "child"), heir("a"), heir("c", "child"))
    death = [16_000_000 + 4_000_000 + 3_333_334, 16_000_000 + 4_000_000 + 3_333_333]
    assert sums(life) == [
        ("heir:b", death[0] + 333_335),
        ("heir:a", death[1] + 333_333),
        ("heir:c", death[1] + 333_333),
    ]


def test_without_heirs_the_funeral_is_paid_and_the_rest_stays_with_the_fund():
    """JKK too: funeral to the burial, treatment and scholarships all the same, nothing in person."""
    life = killed(TREATED, days("2026-03-01", 30), children=CHILDREN).heirs().schooled("c1", "SD", 2026)
    assert life.claim().missing == ("finding:burial",)
    life.found(burial=BURIAL)
    assert life.claim().entitled == {
        "jkk.funeral": 10_000_000,
        "jkk.treatment": 5_000_000,
        "scholarship": 1_500_000,
    }
    assert sums(life) == [("burial", 10_000_000), ("provider:i1", 5_000_000), ("child:c1", 1_500_000)]


def test_a_disability_without_heirs_stays_with_the_fund():
    """Total disability and death approved: only funeral money leaves."""
    life = killed({"kind": "total-disability"}).heirs().found(burial=BURIAL)
    life.reviewed("approve", "disability-then-death")
    assert life.claim().entitled == {"jkk.funeral": 10_000_000}


def schools(*years, studying: bool = True) -> Life:
    """Confirm these (child, level, school year) after an accident at work that killed."""
    life = killed(children=CHILDREN).heirs(heir())
    for child, level, year in years:
        life.schooled(child, level, year, studying=studying)
    return life


@pytest.mark.parametrize(
    ("years", "amount"),
    [
        ([("c1", "TK", 2026)], 1_500_000),
        ([("c1", "SD", 2026)], 1_500_000),
        ([("c1", "SMP", 2026)], 2_000_000),
        ([("c1", "SMA", 2026)], 3_000_000),
        ([("c1", "PT", 2026)], 12_000_000),
        ([("c3", "PT", 2026)], None),
        ([("x", "PT", 2026)], None),
        ([("c1", "PT", 2026), ("c2", "PT", 2026), ("c3", "PT", 2026)], 24_000_000),
        ([("c1", "SD", 2026), ("c1", "SMP", 2026)], 2_000_000),
        ([("c1", "SMP", 2026), ("c1", "SD", 2026)], 1_500_000),
        # born on 1 July 2010: 22 on 1 July 2032, 23 a year later
        ([("c1", "PT", 2032)], 12_000_000),
        ([("c1", "PT", 2033)], None),
        # caps per level, TK and SD together
        (
            [("c1", "TK", 2013), ("c1", "TK", 2014), *[("c1", "SD", year) for year in range(2015, 2022)]],
            12_000_000,
        ),
        ([("c1", "SMP", year) for year in range(2022, 2026)], 6_000_000),
        ([("c1", "SMA", year) for year in range(2022, 2026)], 9_000_000),
        ([("c1", "PT", year) for year in range(2026, 2032)], 60_000_000),
    ],
)
def test_scholarships(years, amount: int | None):
    """PP 82/2019 Pasal 25, 34: two children, younger than 23 on 1 July, one level a year, each level capped."""
    assert schools(*years).claim().entitled.get("scholarship") == amount


def test_a_school_year_before_the_event_is_paid_and_counts_toward_the_cap_too():
    """In order of school year, whichever was confirmed first: of four SMP years three are paid."""
    life = schools(("c1", "SMP", 2026), ("c1", "SMP", 2025), ("c1", "SMP", 2024), ("c1", "SMP", 2023))
    assert life.claim().entitled["scholarship"] == 6_000_000


def test_a_confirmation_taken_back_frees_its_year():
    """``studying: false`` takes back; a year beyond the cap moves up; a later confirmation counts again."""
    life = schools(*[("c1", "SMP", year) for year in range(2022, 2026)])
    life.schooled("c1", "SMP", 2022, studying=False)
    assert life.claim().entitled["scholarship"] == 6_000_000
    life.schooled("c1", "SMP", 2023, studying=False)
    assert life.claim().entitled["scholarship"] == 4_000_000
    life.schooled("c1", "SMP", 2022)
    assert life.claim().entitled["scholarship"] == 6_000_000


def test_total_disability_opens_scholarships_and_a_partial_one_does_not():
    """For others nothing, not refused."""
    for item, amount in (({"kind": "total-disability"}, 12_000_000), (disability("smell"), None)):
        life = Life().insured().accident(children=CHILDREN).at_work().items(item).schooled("c1", "PT", 2026)
        claim = life.claim()
        assert claim.status == "ordered"
        assert claim.entitled.get("scholarship") == amount


def test_a_short_jkm_membership_opens_no_scholarship_and_refuses_nothing():
    """Fourteen paid months: the death is paid, the school is not."""
    life = Life().insured().filed(children=CHILDREN).died().heirs(heir()).schooled("c1", "PT", 2026)
    assert life.claim().ordered == 42_000_000
    assert life.replayed().refused == ()


def test_later_heirs_take_the_place_of_the_burial():
    """None were known, then one is: once approved, the burial's unreleased order is cancelled, the heir gets all."""
    life = Life().insured().filed().died().heirs().found(burial=BURIAL)
    assert sums(life) == [("burial", 10_000_000)]
    assert life.heirs(heir()).claim().reasons == ("heirs-changed",)
    assert sums(life.reviewed("approve", "heirs-changed")) == [("heir:h1", 42_000_000)]


@pytest.mark.parametrize(("day", "referred"), [("2026-03-20", False), ("2026-03-21", True)])
@pytest.mark.parametrize("kind", ["incapacity", "homecare"])
def test_care_after_a_death_told_by_another_claim(day: str, referred: bool, kind: str):
    """The participant died on 20 March of an illness; the accident's care ends on ``day``."""
    item: Data = {"kind": kind, "first_day": "2026-03-10", "last_day": day}
    if kind == "homecare":
        item["amount"] = 1_000_000
    life = Life().insured().accident("J-1").at_work(claim="J-1").items(item, claim="J-1")
    life.filed("M-1", event_date="2026-03-20").died("2026-03-20", "M-1").heirs(heir(), claim="M-1")
    claim = life.claim("J-1")
    assert claim.reasons == (("after-death",) if referred else ())
    life.reviewed("approve", "after-death", claim="J-1")
    assert life.claim("J-1").status == "ordered"


def test_an_outcome_is_no_death():
    """``medical.outcome`` died changes nothing: only a death finding or a filed death makes one."""
    life = accident(days("2026-03-01", 30))
    life.found(medical={"items": [], "outcome": {"state": "died", "on": "2026-03-31"}})
    assert life.claim().entitled == {"jkk.incapacity": 1_000_000}


def test_the_jkm_death_has_the_same_heirs_whoever_filed():
    """42 million to one heir, nothing to the claimant as such."""
    assert sums(jkm_death()) == [("heir:h1", 42_000_000)]
