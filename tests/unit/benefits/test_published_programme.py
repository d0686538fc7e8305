"""Programme, what is missing, reviews and the second claim for one death, as the published decisions state them."""

from __future__ import annotations

import itertools

import pytest

from tests.lives import (
    JKK_DEATH_PAPERS,
    JKK_PAPERS,
    JKM_PAPERS,
    Data,
    Life,
    bank,
    days,
    disability,
    heir,
    jkm_death,
)

pytestmark = pytest.mark.usefixtures("held_against_citations")

TREATED = {"kind": "treatment", "amount": 5_000_000, "provider": "rsud"}
ALL_PAPERS = tuple(dict.fromkeys((*JKM_PAPERS, *JKK_PAPERS)))


def view(life: Life, claim: str = "A-1") -> tuple[str, str, set[str]]:
    """Give status, programme and whatever list the status fills."""
    found = life.claim(claim)
    return found.status, found.programme, {*found.missing, *found.reasons}


def papers(*kinds: str) -> set[str]:
    return {f"document:{kind}" for kind in kinds}


def findings(*names: str) -> set[str]:
    return {f"finding:{name}" for name in names}


JKM_WAITS = papers(*JKM_PAPERS) | findings("death", "heirs")
JKK_WAITS = papers(*JKK_PAPERS) | findings("cause", "medical")


@pytest.mark.parametrize(
    ("cause", "related", "dead", "expected"),
    [
        ("other", None, False, ("waiting", "JKM", JKM_WAITS)),
        ("other", None, True, ("waiting", "JKM", JKM_WAITS - findings("death"))),
        ("other", False, True, ("waiting", "JKM", JKM_WAITS - findings("death"))),
        ("other", True, False, ("waiting", "JKK", papers(*JKK_DEATH_PAPERS) | findings("death", "heirs"))),
        ("other", True, True, ("waiting", "JKK", papers(*JKK_DEATH_PAPERS) | findings("heirs"))),
        ("work-accident", None, False, ("waiting", "JKK", JKK_WAITS)),
        ("occupational-disease", None, False, ("waiting", "JKK", JKK_WAITS)),
        ("work-accident", True, False, ("waiting", "JKK", JKK_WAITS - findings("cause"))),
        (
            "work-accident",
            None,
            True,
            ("waiting", "JKK", papers(*JKK_DEATH_PAPERS) | findings("cause", "heirs")),
        ),
        ("work-accident", True, True, ("waiting", "JKK", papers(*JKK_DEATH_PAPERS) | findings("heirs"))),
        ("work-accident", False, False, ("denied", "JKK", {"not-work-related"})),
        ("occupational-disease", False, False, ("denied", "JKK", {"not-work-related"})),
        ("work-accident", False, True, ("waiting", "JKM", JKM_WAITS - findings("death"))),
        ("occupational-disease", False, True, ("waiting", "JKM", JKM_WAITS - findings("death"))),
    ],
)
def test_programme_and_checklist_follow_cause_and_death(
    cause: str, related: bool | None, dead: bool, expected
):
    """The cause finding decides, else the filed cause; a death is a finding or a filed ``other``."""
    life = Life().insured().filed(cause=cause, papers=())
    if related is not None:
        life.at_work(related)
    if dead:
        life.died()
    assert view(life) == expected


@pytest.mark.parametrize(
    ("item", "missing"),
    [
        (days("2026-03-01", 2), {"participant_account"}),
        (disability("smell"), {"participant_account"}),
        ({"kind": "total-disability"}, {"participant_account"}),
        ({"kind": "transport", "mode": "land", "amount": 1}, {"participant_account"}),
        (
            {"kind": "homecare", "amount": 1, "first_day": "2026-03-01", "last_day": "2026-03-01"},
            {"participant_account"},
        ),
        ({"kind": "device", "device": "glasses", "amount": 1}, {"participant_account"}),
        ({"kind": "device", "device": "orthosis", "amount": 1}, {"participant_account", "reference_price"}),
        ({"kind": "device", "device": "prosthesis", "amount": 1}, {"participant_account", "reference_price"}),
        (
            {"kind": "device", "device": "prosthesis", "amount": 1, "reference_price": 1},
            {"participant_account"},
        ),
        (TREATED, set()),
    ],
)
def test_benefits_in_person_need_the_account_of_the_participant(item, missing: set[str]):
    """Treatment does not: it goes to who gave or paid it."""
    life = Life().insured().accident().at_work().found(medical={"items": [{"item": "i1", **item}]})
    assert set(life.claim().missing) == findings(*missing)
    life.found(participant_account=bank())
    assert set(life.claim().missing) == findings(*(missing - {"participant_account"}))


def test_medical_is_at_least_one_item():
    """An outcome without items is not yet what JKK pays on."""
    life = Life().insured().accident().at_work()
    life.found(medical={"items": [], "outcome": {"state": "treating", "on": "2026-03-02"}})
    assert life.claim().missing == ("finding:medical",)


@pytest.mark.parametrize("cause", ["other", "work-accident"])
def test_without_heirs_the_burial_is_needed(cause: str):
    """An empty list of heirs says that there are none."""
    life = Life().insured().filed(cause=cause, papers=ALL_PAPERS).at_work(cause != "other").died().heirs()
    assert life.claim().missing == ("finding:burial",)
    life.found(burial={"arranged_by": {"name": "Tetangga", "account": bank()}})
    assert life.claim().ordered == 10_000_000


def test_jkk_looks_at_the_accident_and_jkm_at_the_death():
    """The membership ended between the accident and the death."""
    life = (
        Life()
        .insured()
        .ended("2026-03-15")
        .filed(cause="work-accident", papers=ALL_PAPERS)
        .died("2026-03-20")
    )
    life.heirs(heir())
    assert view(life) == ("waiting", "JKK", findings("cause"))
    assert view(life.at_work()) == ("ordered", "JKK", set())
    assert view(life.at_work(related=False)) == ("denied", "JKM", {"coverage-ended"})
    assert life.claim().ordered == 0
    assert view(life.at_work()) == ("ordered", "JKK", set())


def test_jkk_keeps_the_filed_date_for_a_death_filed_as_other():
    """Found work-related: D is the filed ``event_date``, not ``died_on``."""
    life = Life().insured().ended("2026-03-15").filed(event_date="2026-03-10", papers=ALL_PAPERS)
    life.died("2026-03-20").heirs(heir())
    assert view(life) == ("denied", "JKM", {"coverage-ended"})
    assert view(life.at_work()) == ("ordered", "JKK", set())


@pytest.mark.parametrize(
    ("programmes", "related", "expected"),
    [
        (["JKK"], True, ("ordered", "JKK", set())),
        (["JKK"], False, ("denied", "JKM", {"not-insured"})),
        (["JKM"], True, ("denied", "JKK", {"not-insured"})),
        (["JKM"], False, ("ordered", "JKM", set())),
    ],
)
def test_only_the_programmes_of_the_person_pay(programmes, related: bool, expected):
    """A claim that turns to a programme that the person has not is denied."""
    life = Life().enrolled(programmes=programmes).paid_months()
    life.filed(cause="work-accident", papers=ALL_PAPERS).at_work(related).died().heirs(heir())
    assert view(life) == expected


def test_a_converted_claim_pays_as_jkm_and_its_jkk_order_falls():
    """Treatment was ordered while it was an accident; the death of an illness pays JKM only."""
    life = Life().insured().accident(papers=ALL_PAPERS).at_work().items(TREATED)
    assert life.claim().ordered == 5_000_000
    life.died("2026-03-20").heirs(heir()).at_work(related=False)
    claim = life.claim()
    assert (claim.programme, claim.ordered) == ("JKM", 42_000_000)
    assert set(claim.entitled) == {"jkm.death", "jkm.periodic", "jkm.funeral"}
    assert [(o.order, o.payee) for o in claim.orders] == [("A-1.3", "heir:h1")]


def test_findings_of_different_keys_come_in_any_order_with_the_same_result():
    """Each permutation of five statements gives the same claim."""
    statements: list[Data] = [
        {"cause": {"work_related": True}},
        {"death": {"died_on": "2026-03-20"}},
        {"heirs": [heir("a"), heir("b", "child")]},
        {"medical": {"items": [{"item": "t", **TREATED}]}},
        {"participant_account": bank("7")},
    ]
    seen = set()
    for order in itertools.permutations(statements):
        life = Life().insured().accident(papers=JKK_DEATH_PAPERS)
        for statement in order:
            life.found(**statement)
        claim = life.claim()
        orders = tuple(sorted((o.payee, o.amount) for o in claim.orders))
        seen.add((claim.status, claim.ordered, tuple(sorted(claim.entitled.items())), orders))
    assert len(seen) == 1


def test_later_is_the_order_of_the_file_and_never_the_time():
    """A statement with an earlier ``time`` that comes later replaces."""
    life = Life().insured().filed().heirs(heir()).died("2026-03-01", time="2026-06-10T10:00:00+07:00")
    life.died("2024-12-31", time="2026-04-01T10:00:00+07:00")
    assert view(life) == ("denied", "JKM", {"not-yet-covered"})


def test_a_later_statement_replaces_heirs_as_a_whole():
    """The list is one finding: an heir left out of the second list gets nothing."""
    life = (
        Life()
        .insured()
        .filed()
        .died()
        .heirs(heir("a"), heir("b", "child"), id="first")
        .heirs(heir("b", "child"))
    )
    assert view(life) == ("referred", "JKM", {"heirs-changed"})
    life.reviewed("approve", "heirs-changed")
    assert [(o.payee, o.amount) for o in life.claim().orders][-1][0] == "heir:b"
    assert sum(o.amount for o in life.claim().orders if o.payee == "heir:a") == 0
    assert life.claim().ordered == 42_000_000


def referred() -> Life:
    """A death in a month that was paid after it."""
    return Life().enrolled().paid_months(paid_on="2026-03-02").filed().died().heirs(heir())


def test_an_approval_lifts_a_reason_that_arises_only_later():
    """Approved before the papers were complete: nothing holds it when they are."""
    life = Life().enrolled().paid_months(paid_on="2026-03-02").filed().reviewed("approve", "paid-after-event")
    assert life.claim().status == "waiting"
    assert life.died().heirs(heir()).claim().status == "ordered"


def test_other_reasons_stay_lifted_when_new_facts_come():
    """A new heir, an objection and its approval: what was lifted before is not asked again."""
    life = referred().reviewed("approve", "paid-after-event").objected()
    assert view(life) == ("referred", "JKM", {"objected"})
    life.reviewed("approve", "objected").heirs(heir("a"), heir("b", "child", "2"))
    assert view(life) == ("referred", "JKM", {"heirs-changed"})
    assert view(life.reviewed("approve", "heirs-changed")) == ("ordered", "JKM", set())


def test_an_approval_without_reasons_lifts_none():
    """``approve`` lifts the reasons it names."""
    assert view(referred().reviewed("approve")) == ("referred", "JKM", {"paid-after-event"})


def test_no_approval_lifts_a_denial_or_a_missing_paper():
    """Approving is the answer to a referral only."""
    life = Life().insured().ended("2026-02-01").filed().died().heirs(heir())
    assert life.reviewed("approve", "coverage-ended").claim().status == "denied"
    life = (
        Life().insured().filed(papers=JKM_PAPERS[1:]).died().heirs(heir()).reviewed("approve", "document:ktp")
    )
    assert view(life) == ("waiting", "JKM", papers("ktp"))


def test_a_review_denies_until_another_review():
    """New facts do not lift it; the next review does, and what an earlier one lifted stays lifted."""
    life = referred().reviewed("approve", "paid-after-event").reviewed("deny", "palsu")
    assert view(life) == ("denied", "JKM", {"review-denied"})
    assert life.claim().ordered == 0
    assert view(life.heirs(heir("x"))) == ("denied", "JKM", {"review-denied"})
    assert view(life.objected()) == ("denied", "JKM", {"review-denied"})
    assert view(life.reviewed("approve", "objected")) == ("ordered", "JKM", set())


def test_a_retracted_review_counts_no_more():
    """Denial and approval alike."""
    life = jkm_death()
    life.send("claim.reviewed", review("deny"), agency="bpjs", id="no")
    assert view(life) == ("denied", "JKM", {"review-denied"})
    assert view(life.retracted("no", agency="bpjs")) == ("ordered", "JKM", set())
    life = referred()
    life.send("claim.reviewed", review("approve", "paid-after-event"), agency="bpjs", id="yes")
    assert view(life) == ("ordered", "JKM", set())
    assert view(life.retracted("yes", agency="bpjs")) == ("referred", "JKM", {"paid-after-event"})


def review(decision: str, *reasons: str) -> Data:
    return {"claim": "A-1", "officer": "P", "decision": decision, "reasons": list(reasons), "grounds": "g"}


def two_deaths() -> Life:
    """Two complete claims for one death, A-1 filed first."""
    life = jkm_death().filed("A-2").died(claim="A-2").heirs(heir(), claim="A-2")
    assert view(life, "A-2") == ("denied", "JKM", {"already-claimed"})
    return life


def test_a_second_claim_for_a_death_waits_for_the_end_of_the_first():
    """Denied while the first stands, whatever the first waits for; payable when it is denied or withdrawn."""
    assert view(two_deaths().withdrawn("A-1"), "A-2") == ("ordered", "JKM", set())
    assert view(two_deaths().reviewed("deny"), "A-2") == ("ordered", "JKM", set())
    assert view(two_deaths().objected("A-1"), "A-2") == ("denied", "JKM", {"already-claimed"})
    again = two_deaths().reviewed("deny").reviewed("approve")
    assert view(again, "A-2") == ("denied", "JKM", {"already-claimed"})
    assert again.claim("A-2").ordered == 0
    assert again.claim("A-1").ordered == 42_000_000


def test_a_retracted_first_filing_frees_the_death():
    """And takes it back when its retraction is retracted."""
    life = Life().insured().filed(id="one").died().heirs(heir())
    life.filed("A-2").died(claim="A-2").heirs(heir(), claim="A-2").retracted("one", id="r")
    assert view(life, "A-2") == ("ordered", "JKM", set())
    assert view(life) == ("retracted", "JKM", set())
    assert view(life.retracted("r"), "A-2") == ("denied", "JKM", {"already-claimed"})
    assert life.claim().ordered == 42_000_000


def test_the_first_is_the_one_filed_first_in_whatever_programme():
    """An accident filed first becomes a death later: the JKM claim that was ordered falls."""
    life = Life().insured().accident("J-1", papers=JKK_DEATH_PAPERS).at_work(claim="J-1")
    life.filed("M-1").died(claim="M-1").heirs(heir(), claim="M-1")
    assert view(life, "M-1") == ("ordered", "JKM", set())
    life.died("2026-03-01", "J-1").heirs(heir(), claim="J-1")
    assert view(life, "M-1") == ("denied", "JKM", {"already-claimed"})
    assert life.claim("M-1").ordered == 0
    assert view(life, "J-1") == ("ordered", "JKK", set())


def test_an_accident_without_a_death_is_no_claim_for_a_death():
    """Two accidents and one death of one person all stand."""
    life = Life().insured()
    for claim, day in (("J-1", "2026-02-27"), ("J-2", "2026-03-01")):
        life.accident(claim, day).at_work(claim=claim).items(TREATED, claim=claim)
    life.filed("M-1").died(claim="M-1").heirs(heir(), claim="M-1")
    assert [life.claim(claim).status for claim in ("J-1", "J-2", "M-1")] == ["ordered"] * 3


def test_a_third_claim_moves_up_only_when_both_before_it_fell():
    """First means first among those that stand."""
    life = two_deaths().filed("A-3").died(claim="A-3").heirs(heir(), claim="A-3").withdrawn("A-1")
    assert [life.claim(n).status for n in ("A-1", "A-2", "A-3")] == ["withdrawn", "ordered", "denied"]
    assert life.withdrawn("A-2").claim("A-3").status == "ordered"


def test_many_filings_of_a_denied_death_are_judged_without_delay():
    """Each is denied on its own ground; none asks all the others again what they ask each other."""
    life = Life().enrolled()
    for n in range(40):
        life.filed(f"A-{n}")
    assert {claim.reasons for claim in life.replayed().claims.values()} == {("coverage-lapsed",)}


def test_two_persons_never_share_a_death():
    """The first claim of another participant is no ground."""
    one, other = jkm_death(), Life("1606010101800002").insured().filed("B-1").died(claim="B-1")
    other.heirs(heir(), claim="B-1")
    one.documents += other.documents
    assert {claim.status for claim in one.replayed().claims.values()} == {"ordered"}
    assert one.replayed().participants == 2


def test_an_account_stated_anew_after_an_order_is_referred():
    """Nothing is cancelled meanwhile; approved, the order stands."""
    life = jkm_death().heirs(heir(account="2"))
    claim = life.claim()
    assert (claim.status, claim.reasons, claim.ordered) == ("referred", ("account-changed",), 42_000_000)
    claim = life.reviewed("approve", "account-changed").claim()
    assert (claim.status, claim.ordered, len(claim.orders)) == ("ordered", 42_000_000, 1)


@pytest.mark.parametrize(
    ("account", "agency", "ordered_before", "reason"),
    [
        ("2", "disdukcapil", True, True),
        ("1", "disdukcapil", True, False),
        ("2", "disdukcapil", False, False),
        ("2", "desa", False, True),
        ("1", "desa", False, False),
        ("1", "desa", True, False),
    ],
)
def test_when_an_account_counts_as_changed(account: str, agency: str, ordered_before: bool, reason: bool):
    """A different account only: after an order for the payee, or by another agency than the first."""
    life = Life().insured().filed().heirs(heir())
    if ordered_before:
        life.died()
    life.heirs(heir(account=account), agency=agency)
    if not ordered_before:
        life.died()
    assert life.claim().reasons == (("account-changed",) if reason else ())


@pytest.mark.parametrize("field", ["bank", "number", "holder"])
def test_each_field_of_an_account_makes_it_another(field: str):
    """(``bank``, ``number``, ``holder``)."""
    changed = heir() | {"account": bank() | {field: "lain 90001"}}
    assert jkm_death().heirs(changed).claim().reasons == ("account-changed",)


def test_an_account_of_somebody_without_a_line_holds_nothing():
    """A parent beside a spouse, a burial beside heirs, an account of a participant who only was treated."""
    life = Life().insured().filed().heirs(heir(), heir("p", "parent", "5")).died()
    life.heirs(heir(), heir("p", "parent", "6"), agency="desa")
    assert life.claim().reasons == ()
    life.found(burial={"arranged_by": {"name": "T", "account": bank("8")}})
    life.found(burial={"arranged_by": {"name": "T", "account": bank("9")}}, agency="desa")
    assert life.claim().reasons == ()
    life = Life().insured().accident().at_work().items(TREATED)
    assert life.found(participant_account=bank("9"), agency="desa").claim().reasons == ()


def test_accounts_of_the_participant_a_burial_and_a_child_are_held_too():
    """Whoever has a line: the account stated anew after the order is a person's matter."""
    life = Life().insured().accident().at_work().items(days("2026-03-01", 30))
    assert life.found(participant_account=bank("9")).claim().reasons == ("account-changed",)
    life = Life().insured().filed().died().heirs()
    life.found(burial={"arranged_by": {"name": "T", "account": bank("8")}})
    life.found(burial={"arranged_by": {"name": "T", "account": bank("9")}})
    assert life.claim().reasons == ("account-changed",)
    child = {"child": "c", "name": "Anak", "birth_date": "2012-01-01"}
    life = Life().insured().accident(children=[child]).at_work().items({"kind": "total-disability"})
    life.schooled("c", "SMP", 2026)
    assert life.claim().status == "ordered"
    data = {"claim": "A-1", "child": "c", "level": "SMP", "school_year": 2027, "studying": True}
    life.send("claim.schooling-confirmed", data | {"payee": {"name": "Wali", "account": bank("baru")}})
    assert life.claim().reasons == ("account-changed",)


def test_a_new_account_needs_a_new_approval():
    """An approval given before the change, or for the change before, lifts nothing of it."""
    life = jkm_death().reviewed("approve", "account-changed").heirs(heir(account="2"))
    assert life.claim().reasons == ("account-changed",)
    life.reviewed("approve", "account-changed")
    assert life.claim().reasons == ()
    assert life.heirs(heir(account="3")).claim().reasons == ("account-changed",)


def test_the_account_before_an_approved_change_is_a_new_one_again():
    """A person chose the second account for the order; the first one stated again needs a person too."""
    life = (
        jkm_death().heirs(heir(account="2")).reviewed("approve", "account-changed").heirs(heir(account="1"))
    )
    assert life.claim().reasons == ("account-changed",)
    assert life.heirs(heir(account="2")).claim().reasons == ()


def test_a_new_objection_needs_a_new_approval():
    """Approving ahead of an objection does not lift it; nothing is cancelled while it is heard."""
    life = jkm_death().reviewed("approve", "objected").objected()
    claim = life.claim()
    assert (claim.reasons, claim.ordered, claim.entitled) == (("objected",), 42_000_000, {})
    assert life.reviewed("approve", "objected").claim().status == "ordered"
    assert life.objected().claim().reasons == ("objected",)


def test_a_retracted_objection_is_none():
    """The claim goes on as before."""
    life = jkm_death().send(
        "claim.objected", {"claim": "A-1", "by": {"name": "Budi"}, "grounds": "kurang"}, id="objection"
    )
    assert life.claim().status == "referred"
    assert life.retracted("objection").claim().status == "ordered"
