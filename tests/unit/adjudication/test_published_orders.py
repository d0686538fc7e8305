"""Orders, payments, returns and due dates, as the published decisions state them."""

from __future__ import annotations

import pytest

from tests.lives import JKK_DEATH_PAPERS, Life, bank, days, disability, heir, jkm_death

pytestmark = pytest.mark.usefixtures("held_against_citations")

TREATED = {"kind": "treatment", "amount": 5_000_000, "provider": "rsud"}
BURIAL = {"arranged_by": {"name": "Tetangga", "account": bank("9")}}
CHILDREN = [{"child": child, "name": "Anak", "birth_date": "2012-01-01"} for child in ("k2", "k1")]


def sick(count: int = 30) -> Life:
    """An accident with days without work: 1,000,000 for thirty of them."""
    return Life().insured().accident().at_work().items(days("2026-03-01", count))


def more(life: Life, count: int, item: str = "i1", id: str = "") -> Life:
    return life.found(medical={"items": [{"item": item, **days("2026-03-01", count)}]}, id=id)


def orders(life: Life) -> list[tuple[str, str, int]]:
    return [(o.order, o.payee, o.amount) for o in life.claim().orders]


def money(life: Life) -> tuple[str, int, int]:
    claim = life.claim()
    return claim.status, claim.ordered, claim.paid


def test_a_rise_is_ordered_as_the_difference_and_a_restatement_as_nothing():
    """One order per payee and assessment."""
    life = more(more(sick(30), 60), 60)
    assert orders(life) == [("A-1.1", "participant", 1_000_000), ("A-1.2", "participant", 1_000_000)]


def test_benefits_of_one_payee_are_netted():
    """Days rise and transport falls by the same amount: nothing moves."""
    life = Life().insured().accident().at_work()
    life.items(days("2026-03-01", 30), {"kind": "transport", "mode": "land", "amount": 1_000_000})
    assert orders(life) == [("A-1.1", "participant", 2_000_000)]
    life.items(days("2026-03-01", 45), {"kind": "transport", "mode": "land", "amount": 500_000})
    assert orders(life) == [("A-1.1", "participant", 2_000_000)]
    life.items(days("2026-03-01", 60), {"kind": "transport", "mode": "land", "amount": 100_000})
    assert orders(life) == [("A-1.1", "participant", 2_000_000), ("A-1.2", "participant", 100_000)]


@pytest.mark.parametrize(
    ("to", "left"),
    [
        (90, [(1, 30), (2, 30), (3, 30)]),
        (75, [(1, 30), (2, 30), (4, 15)]),
        (60, [(1, 30), (2, 30)]),
        (45, [(1, 30), (4, 15)]),
        (30, [(1, 30)]),
        (15, [(4, 15)]),
    ],
)
def test_a_fall_cancels_newest_first_and_orders_the_rest_anew(to: int, left):
    """Three orders of a month each; only as many are cancelled as the total needs."""
    life = more(more(more(sick(30), 60), 90), to)
    assert orders(life) == [(f"A-1.{n}", "participant", days_ * 100_000 // 3) for n, days_ in left]


def test_a_released_order_is_passed_over_and_older_unreleased_ones_cancelled():
    """The second order was paid: the first, older, can still be cancelled."""
    life = more(sick(30), 60).paid("A-1.2", 1_000_000)
    assert orders(more(life, 45)) == [("A-1.2", "participant", 1_000_000), ("A-1.3", "participant", 500_000)]
    assert orders(more(life, 15)) == [("A-1.2", "participant", 1_000_000)]
    assert money(life) == ("paid", 1_000_000, 1_000_000)


def test_a_first_part_payment_releases_the_whole_order():
    """Partly paid, it is no longer cancelled, and not yet paid."""
    life = sick(30).paid("A-1.1", 400_000)
    assert money(life) == ("ordered", 1_000_000, 400_000)
    assert orders(more(life, 15)) == [("A-1.1", "participant", 1_000_000)]
    assert money(life.paid("A-1.1", 600_000)) == ("paid", 1_000_000, 1_000_000)


def test_a_claim_is_paid_when_every_order_is():
    """One of two orders paid leaves it ordered; a further order reopens it."""
    life = Life().insured().accident().at_work().items(TREATED, days("2026-03-01", 30))
    assert orders(life) == [("A-1.1", "provider:i1", 5_000_000), ("A-1.2", "participant", 1_000_000)]
    assert money(life.paid("A-1.1", 5_000_000)) == ("ordered", 6_000_000, 5_000_000)
    assert money(life.paid("A-1.2", 1_000_000)) == ("paid", 6_000_000, 6_000_000)
    life.found(medical={"items": [{"item": "i3", "kind": "transport", "mode": "sea", "amount": 7}]})
    assert money(life) == ("ordered", 6_000_007, 6_000_000)
    assert money(life.paid("A-1.3", 7)) == ("paid", 6_000_007, 6_000_007)


@pytest.mark.parametrize(
    ("order", "amount"), [("A-1.1", 1_000_001), ("A-1.9", 1_000_000), ("B-1.1", 1_000_000)]
)
def test_a_payment_that_matches_no_order_pays_none_and_holds_nothing(order: str, amount: int):
    """``payment-mismatch`` stands in no list."""
    claim = sick(30).paid(order, amount).claim()
    assert (claim.status, claim.ordered, claim.reasons, claim.missing) == ("ordered", 1_000_000, (), ())


def test_a_cancelled_order_that_was_paid_is_a_finding_and_stands_for_nothing():
    """The order that took its place still waits for its payment."""
    life = more(sick(30), 15).paid("A-1.1", 1_000_000)
    assert orders(life) == [("A-1.2", "participant", 500_000)]
    assert life.claim().status == "ordered"
    assert life.paid("A-1.2", 500_000).claim().status == "paid"


def test_a_retracted_payment_is_none():
    """The order is unpaid again; it has left all the same, and a fall does not cancel it."""
    life = sick(30).paid("A-1.1", 1_000_000, id="p").retracted("p", agency="bank")
    assert money(life) == ("ordered", 1_000_000, 0)
    assert orders(more(life, 15)) == [("A-1.1", "participant", 1_000_000)]


def test_a_payment_of_an_order_that_there_was_not_yet_is_none():
    """Unknown when it was reported: a finding. The order that gets its number later waits for its own payment."""
    life = Life().insured().filed().died().paid("A-1.1", 42_000_000).heirs(heir())
    assert money(life) == ("ordered", 42_000_000, 0)
    assert money(life.paid("A-1.1", 42_000_000)) == ("paid", 42_000_000, 42_000_000)


def test_a_return_of_an_order_that_there_was_not_yet_is_none():
    """Nor does an approval of it order anything again."""
    life = Life().insured().filed().died().returned("A-1.1").reviewed("approve", "payment-returned")
    life.heirs(heir()).objected().reviewed("approve", "objected")
    assert orders(life) == [("A-1.1", "heir:h1", 42_000_000)]


def test_a_return_is_sent_once_to_an_account_that_changed_since_its_order_was_made():
    """When the order left is not in the agencies' events, so it does not matter.

    The next return waits for a new one.
    """
    life = jkm_death().heirs(heir(account="2")).reviewed("approve", "account-changed").returned("A-1.1")
    assert orders(life) == [("A-1.2", "heir:h1", 42_000_000)]
    assert orders(life.returned("A-1.2")) == [("A-1.2", "heir:h1", 42_000_000)]
    life.heirs(heir(account="3")).reviewed("approve", "account-changed")
    assert orders(life) == [("A-1.3", "heir:h1", 42_000_000)]


def test_a_return_from_the_old_account_is_sent_to_the_one_stated_since_the_payment():
    """Paid to the first account, another one stated, then returned: approved, it goes to the other."""
    life = jkm_death().paid("A-1.1", 42_000_000).heirs(heir(account="2")).returned("A-1.1")
    assert life.claim().reasons == ("account-changed",)
    assert orders(life.reviewed("approve", "account-changed")) == [("A-1.2", "heir:h1", 42_000_000)]


def test_a_payment_retracted_before_it_comes_never_counts():
    """The retraction waits for its target."""
    life = sick(30).retracted("p", agency="bank").paid("A-1.1", 1_000_000, id="p")
    assert money(life) == ("ordered", 1_000_000, 0)


def test_overpaid_stays_paid_and_nothing_is_ordered_for_it():
    """Released and paid more than the entitlement; a later rise is set off against it."""
    life = more(sick(30).paid("A-1.1", 1_000_000), 15)
    claim = life.claim()
    assert (claim.status, claim.entitled, claim.ordered, claim.paid) == (
        "paid",
        {"jkk.incapacity": 500_000},
        1_000_000,
        1_000_000,
    )
    assert orders(more(life, 45))[1:] == [("A-1.2", "participant", 500_000)]


def returned() -> Life:
    return jkm_death().paid("A-1.1", 42_000_000).returned("A-1.1")


def test_a_returned_order_leaves_paid_and_stays_ordered():
    """Nothing is ordered again until somebody says where the money should go."""
    assert money(returned()) == ("ordered", 42_000_000, 0)
    assert orders(returned()) == [("A-1.1", "heir:h1", 42_000_000)]


def test_a_return_is_ordered_again_when_approved():
    """Approved with reason ``payment-returned``: another order in its place, due from the approval."""
    life = returned().reviewed("approve", "payment-returned", time="2026-07-06T09:00:00+07:00")
    claim = life.claim()
    assert (claim.status, claim.ordered, claim.paid) == ("ordered", 42_000_000, 0)
    assert [(o.order, o.amount, o.due_on) for o in claim.orders] == [("A-1.2", 42_000_000, "2026-07-09")]
    assert money(life.paid("A-1.2", 42_000_000)) == ("paid", 42_000_000, 42_000_000)


def test_a_return_approved_for_another_reason_or_before_it_came_is_not_ordered_again():
    """A new return needs a new approval."""
    assert orders(returned().reviewed("approve", "objected"))[0][0] == "A-1.1"
    life = jkm_death().reviewed("approve", "payment-returned").paid("A-1.1", 42_000_000).returned("A-1.1")
    assert orders(life) == [("A-1.1", "heir:h1", 42_000_000)]
    life.reviewed("approve", "payment-returned").paid("A-1.2", 42_000_000).returned("A-1.2")
    assert orders(life) == [("A-1.2", "heir:h1", 42_000_000)]
    assert orders(life.reviewed("approve", "payment-returned")) == [("A-1.3", "heir:h1", 42_000_000)]


def test_a_return_is_ordered_again_to_a_new_account_once_a_person_approved_that():
    """The account stated anew is itself a reason to refer; until then nothing is ordered."""
    life = returned().heirs(heir(account="2"))
    claim = life.claim()
    assert (claim.status, claim.reasons, claim.ordered) == ("referred", ("account-changed",), 42_000_000)
    assert orders(life.reviewed("approve", "account-changed")) == [("A-1.2", "heir:h1", 42_000_000)]


def test_the_same_account_stated_again_orders_nothing_again():
    """Only a different account brings the money back on its way."""
    assert orders(returned().heirs(heir())) == [("A-1.1", "heir:h1", 42_000_000)]


def test_only_the_returned_order_is_ordered_again():
    """The other heir keeps hers."""
    life = Life().insured().filed().died().heirs(heir("a"), heir("b", "child", "2"))
    life.paid("A-1.1", 21_000_000).paid("A-1.2", 21_000_000).returned("A-1.2")
    assert money(life) == ("ordered", 42_000_000, 21_000_000)
    life.reviewed("approve", "payment-returned")
    assert orders(life) == [("A-1.1", "heir:a", 21_000_000), ("A-1.3", "heir:b", 21_000_000)]
    assert money(life.paid("A-1.3", 21_000_000)) == ("paid", 42_000_000, 42_000_000)


def test_a_retracted_return_leaves_the_order_paid():
    """The bank's mistake, taken back."""
    life = jkm_death().paid("A-1.1", 42_000_000)
    life.returned("A-1.1", id="back")
    assert money(life) == ("ordered", 42_000_000, 0)
    assert money(life.retracted("back", agency="bank")) == ("paid", 42_000_000, 42_000_000)


@pytest.mark.parametrize("end", ["withdrawn", "denied"])
def test_an_end_cancels_what_is_unreleased_and_keeps_what_was_paid(end: str):
    """``denied`` and ``withdrawn`` alike."""
    life = (
        Life().insured().accident().at_work().items(TREATED, days("2026-03-01", 30)).paid("A-1.1", 5_000_000)
    )
    life = life.withdrawn() if end == "withdrawn" else life.reviewed("deny")
    claim = life.claim()
    assert (claim.status, claim.ordered, claim.paid, claim.entitled) == (end, 5_000_000, 5_000_000, {})
    assert orders(life) == [("A-1.1", "provider:i1", 5_000_000)]


def test_a_withdrawn_claim_is_not_assessed_until_the_withdrawal_is_retracted():
    """Facts after it are recorded; they count as soon as it is taken back."""
    life = sick(30).withdrawn(id="w")
    more(life, 60).objected().reviewed("approve", "objected").ended("2025-12-31")
    assert money(life) == ("withdrawn", 0, 0)
    life.retracted("w")
    assert life.claim().reasons == ("coverage-ended",)
    life = more(sick(30).withdrawn(id="w"), 60).retracted("w")
    assert orders(life) == [("A-1.2", "participant", 2_000_000)]


def test_a_payment_reported_after_the_withdrawal_stands_for_a_cancelled_order():
    """Unreleased when withdrawn, so cancelled: the payment is a finding."""
    claim = sick(30).withdrawn().paid("A-1.1", 1_000_000).claim()
    assert (claim.status, claim.ordered, claim.orders) == ("withdrawn", 0, ())


def test_while_waiting_or_referred_nothing_is_ordered_and_nothing_cancelled():
    """An orthosis without a price and an objection hold both ways."""
    life = sick(30)
    item = {"item": "o", "kind": "device", "device": "orthosis", "amount": 100}
    life.found(medical={"items": [item, {"item": "i1", **days("2026-03-01", 15)}]})
    claim = life.claim()
    assert (claim.status, claim.missing, claim.ordered) == (
        "waiting",
        ("finding:reference_price",),
        1_000_000,
    )
    assert (claim.entitled, claim.reasons) == ({}, ())
    life.found(medical={"items": [item | {"reference_price": 100}]})
    assert orders(life) == [("A-1.2", "participant", 500_100)]
    more(life.objected(), 60)
    claim = life.claim()
    assert (claim.status, claim.ordered) == ("referred", 500_100)
    assert life.reviewed("approve", "objected").claim().ordered == 2_000_100


def test_nothing_to_order_is_ordered_and_never_paid():
    """A disability whose functional loss is nothing."""
    life = Life().insured().accident().at_work().items(disability("smell", loss_percent=0))
    claim = life.claim()
    assert (claim.status, claim.ordered, claim.paid, claim.orders) == ("ordered", 0, 0, ())


def test_what_the_participant_was_paid_before_his_death_counts_as_paid():
    """The disability was paid to him: the heirs get the death benefit only."""
    life = Life().insured().accident(papers=JKK_DEATH_PAPERS).at_work().items(disability("smell"))
    life.paid("A-1.1", 8_000_000).died("2026-04-30").heirs(heir()).reviewed(
        "approve", "disability-then-death"
    )
    assert orders(life) == [("A-1.1", "participant", 8_000_000), ("A-1.2", "heir:h1", 70_000_000)]
    assert money(life) == ("ordered", 78_000_000, 8_000_000)
    assert sum(life.claim().entitled.values()) == 78_000_000
    assert money(life.paid("A-1.2", 70_000_000)) == ("paid", 78_000_000, 78_000_000)


def test_what_was_ordered_but_not_released_before_the_death_goes_to_the_heirs():
    """The order to the participant is cancelled."""
    life = Life().insured().accident(papers=JKK_DEATH_PAPERS).at_work().items(disability("smell"))
    life.died("2026-04-30").heirs(heir()).reviewed("approve", "disability-then-death")
    assert orders(life) == [("A-1.2", "heir:h1", 78_000_000)]


def test_of_days_without_work_partly_paid_before_the_death_the_heirs_get_the_rest():
    """A month was paid to him, two are due: the heirs get the second and the death benefit."""
    life = Life().insured().accident(papers=JKK_DEATH_PAPERS).at_work().items(days("2026-03-01", 30))
    life.paid("A-1.1", 1_000_000)
    more(life, 60).died("2026-04-30").heirs(heir("a"), heir("b", "child", "2"))
    assert orders(life) == [
        ("A-1.1", "participant", 1_000_000),
        ("A-1.3", "heir:a", 35_500_000),
        ("A-1.4", "heir:b", 35_500_000),
    ]


def test_a_total_disability_paid_before_the_death_leaves_no_second_periodic_sum():
    """56 and 12 million were paid; the heirs get 48 and 10."""
    life = Life().insured().accident(papers=JKK_DEATH_PAPERS).at_work().items({"kind": "total-disability"})
    life.paid("A-1.1", 68_000_000).died("2026-04-30").heirs(heir())
    life.reviewed("approve", "disability-then-death")
    assert orders(life) == [("A-1.1", "participant", 68_000_000), ("A-1.2", "heir:h1", 58_000_000)]


def test_n_follows_the_first_appearance_on_the_lines():
    """Death to heirs as stated, funeral before treatment, items by their last statement, children as ranked."""
    life = Life().insured().accident(papers=JKK_DEATH_PAPERS, children=CHILDREN).at_work().died()
    bill = [{"item": f"t{n}", **TREATED, "amount": 1_000_000 + n} for n in (1, 2, 3)]
    life.found(medical={"items": bill}).found(medical={"items": bill[:1]})
    life.schooled("k1", "SMP", 2026).schooled("k2", "SMP", 2026)
    both = life.heirs(heir("z"), heir("a", "child", "2"))
    assert [payee for _, payee, _ in orders(both)] == [
        "heir:z",
        "heir:a",
        "provider:t2",
        "provider:t3",
        "provider:t1",
        "child:k2",
        "child:k1",
    ]
    assert [order for order, _, _ in orders(both)] == [f"A-1.{n}" for n in range(1, 8)]


def test_a_funeral_comes_before_treatment_and_treatment_before_the_participant():
    """The order of the benefit codes."""
    life = Life().insured().accident(papers=JKK_DEATH_PAPERS).at_work().died().items(TREATED).heirs()
    assert [payee for _, payee, _ in orders(life.found(burial=BURIAL))] == ["burial", "provider:i1"]
    life = Life().insured().accident().at_work().items(days("2026-03-01", 30), TREATED)
    assert [payee for _, payee, _ in orders(life)] == ["provider:i2", "participant"]


def test_a_treatment_that_the_family_paid_is_ordered_by_its_item():
    """``payee`` in place of ``provider``: its account is held too."""
    item = {"kind": "treatment", "amount": 5, "payee": {"name": "Istri", "account": bank("5")}}
    life = Life().insured().accident().at_work().items(item)
    assert orders(life) == [("A-1.1", "provider:i1", 5)]


@pytest.mark.parametrize(
    ("time", "jkm", "jkk"),
    [
        ("2026-07-06T08:00:00+07:00", "2026-07-09", "2026-07-15"),
        ("2026-07-10T08:00:00+07:00", "2026-07-15", "2026-07-21"),
        ("2026-07-11T08:00:00+07:00", "2026-07-15", "2026-07-21"),
        ("2026-07-12T16:59:59Z", "2026-07-15", "2026-07-21"),
        ("2026-07-12T17:00:00Z", "2026-07-16", "2026-07-22"),
        ("2026-05-13T10:00:00+07:00", "2026-05-19", "2026-05-25"),
        ("2026-12-23T10:00:00+07:00", "2026-12-29", None),
        ("2027-08-13T10:00:00+07:00", "2027-08-18", "2027-08-24"),
        ("2033-12-30T10:00:00+07:00", "2034-01-04", "2034-01-10"),
    ],
)
def test_due_dates(time: str, jkm: str, jkk: str | None):
    """3 and 7 working days from the day after the civil date in Jakarta; weekends only where a year has no file."""
    life = long_known(Life().insured().filed().died()).found(heirs=[heir()], time=time)
    assert life.claim().orders[0].due_on == jkm
    if jkk:
        life = long_known(Life().insured().accident().at_work())
        life.found(medical={"items": [{"item": "t", **TREATED}]}, time=time)
        assert life.claim().orders[0].due_on == jkk


def long_known(life: Life) -> Life:
    for document in life.documents:
        document["time"] = "2026-03-02T10:00:00+07:00"
    return life


def test_each_order_is_due_from_the_fact_that_made_it_due():
    """The first keeps its day; a later approval, withdrawal or retraction starts its own."""
    late = "2026-07-06T08:00:00+07:00"
    life = sick(30).found(medical={"items": [{"item": "i1", **days("2026-03-01", 60)}]}, time=late)
    assert [o.due_on for o in life.claim().orders] == ["2026-06-22", "2026-07-15"]
    life = Life().enrolled().paid_months(paid_on="2026-03-02").filed().died().heirs(heir())
    life.reviewed("approve", "paid-after-event", time=late)
    assert [o.due_on for o in life.claim().orders] == ["2026-07-09"]
    life = jkm_death().filed("A-2").died(claim="A-2").heirs(heir(), claim="A-2")
    life.send("claim.withdrawn", {"claim": "A-1", "reason": "salah"}, time=late)
    assert [o.due_on for o in life.claim("A-2").orders] == ["2026-07-09"]
    life = jkm_death().withdrawn(id="w")
    life.send("event.retracted", {"retracts": "w", "reason": "salah"}, time=late)
    assert [o.due_on for o in life.claim().orders] == ["2026-07-09"]


def test_no_due_date_lies_before_a_fact_that_the_order_needs():
    """The fact that completes the claim may be older than those before it.

    The latest act starts the days, whenever it came.
    """
    life = Life().insured().filed(time="2026-06-10T10:00:00+07:00").died()
    life.found(heirs=[heir()], time="2026-03-09T10:00:00+07:00")
    assert [o.due_on for o in life.claim().orders] == ["2026-06-15"]


def test_entitled_is_empty_unless_ordered_or_paid():
    """Waiting, referred, denied and withdrawn claims tell no sums."""
    states = {
        "waiting": sick().found(
            medical={"items": [{"item": "o", "kind": "device", "device": "orthosis", "amount": 9}]}
        ),
        "referred": sick().objected(),
        "denied": sick().reviewed("deny"),
        "withdrawn": sick().withdrawn(),
    }
    for status, life in states.items():
        assert (life.claim().status, life.claim().entitled) == (status, {})
    assert sick().claim().entitled == sick().paid("A-1.1", 1_000_000).claim().entitled != {}
