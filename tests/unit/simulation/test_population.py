"""The simulated participants are as many, and as divided, as the regency said."""

import re
from collections import Counter

from services.simulation.message import document
from services.simulation.population import DECILES, deciles, memberships, population
from services.simulation.regency import NikOffice


def test_deciles_of_the_programme():
    """45,000 participants divide into the three P3KE deciles that the regency announced."""
    assert deciles(45_000) == (12_451, 24_119, 8_430) == DECILES


def test_deciles_of_any_number_sum_to_it():
    """A smaller population has the same shape and loses nobody in the rounding."""
    for participants in (1, 2, 7, 500, 1_234):
        assert sum(deciles(participants)) == participants


def test_population_by_decile_and_district():
    """Every decile has its number of persons, and every one of the 15 districts has some."""
    people = population(1, 3_000)
    counted = Counter(person.decile for person in people)
    assert tuple(counted[decile] for decile in (1, 2, 3)) == deciles(3_000)
    assert len({person.region.code for person in people}) == 15


def test_niks_are_well_formed_and_unique():
    """A NIK has 16 digits, carries the birth date (women: day + 40), and belongs to one person."""
    people = population(2, 3_000)
    assert len({person.nik for person in people}) == len(people)
    for person in people:
        assert re.fullmatch(r"\d{16}", person.nik)
        day = person.birth.day + (40 if person.sex == "female" else 0)
        assert person.nik[6:12] == f"{day:02}{person.birth:%m%y}"


def test_niks_do_not_meet_real_ones():
    """The serial of a made-up NIK lies far above what a registry gives out on one birth date."""
    office, person = NikOffice(), population(3, 1)[0]
    issued = [office.issue("160601", person.birth, "female") for _ in range(3)]
    assert [nik[12:] for nik in issued] == ["9000", "9001", "9002"]


def test_same_seed_same_people():
    """The seed decides everything: the same one gives the same people, another one gives others."""
    assert population(4, 200) == population(4, 200)
    assert population(4, 200) != population(5, 200)


def test_a_persons_own_order_is_kept():
    """Nobody's contribution is reported before the enrolment, when nothing goes wrong."""
    enrolled = set()
    for act in memberships(population(6, 500)):
        if act.type == "participant.enrolled":
            enrolled.add(act.data["nik"])
        assert act.data["nik"] in enrolled


def test_contributions_stay_within_the_years_paid_for():
    """A payment covers whole months from the start of cover on, and costs 16,800 rupiah a month."""
    for person in population(7, 500):
        for payment in person.payments:
            assert f"{person.starts_on:%Y-%m}" <= payment.first <= payment.last <= "2025-12"
            assert payment.paid_on >= person.starts_on or payment.paid_on.year == person.starts_on.year
    paid = [act for act in memberships(population(7, 50)) if act.type == "participant.contributions-paid"]
    assert {document(act)["source"] for act in paid} == {"/agencies/dinas-sosial"}
    assert {act.data["amount"] for act in paid} <= {months * 16_800 for months in range(1, 13)}
