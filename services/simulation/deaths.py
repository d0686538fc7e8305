"""Claims for a death: from illness (JKM) and from an accident at work (JKK)."""

from __future__ import annotations

import datetime as dt
from random import Random

from services.simulation.course import Course
from services.simulation.population import Participant
from services.simulation.regency import HAPPENINGS

HEIRLESS = 0.03
NOT_WORK = 0.06
"""Of the deaths filed as work accidents, how many turn out not to be."""

_JKK_DOCUMENTS = ("form-3b", "chronology")


def illness(rng: Random, claim: str, person: Participant, died_on: dt.date) -> Course:
    """Return the course of a claim for a death that has nothing to do with work."""
    course = Course(rng, claim, person, "other", died_on)
    course.draw_family(heirless=HEIRLESS)
    sick = rng.choice(HAPPENINGS.illnesses)
    filed = course.file(course.after(died_on, 3, 35), ("ktp", "kk", "form-4"), f"Meninggal karena {sick}.")
    in_hospital = rng.random() < 0.55
    witness = person.region.hospital if in_hospital else "disdukcapil"
    course.verify(witness, "death", course.after(filed, 1, 8), death={"died_on": died_on})
    _bereaved(course, filed)
    if course.children and sum(payment.months for payment in person.payments) >= 36:
        course.confirm_schooling(course.after(filed, 10, 20))
    return course


def fatal_accident(rng: Random, claim: str, person: Participant, died_on: dt.date) -> Course:
    """Return the course of a claim for a death by an accident at work."""
    course = Course(rng, claim, person, "work-accident", died_on)
    course.draw_family(heirless=HEIRLESS)
    what = rng.choice(HAPPENINGS.fatal_accidents)
    filed = course.file(course.after(died_on, 1, 14), ("ktp", "kk", "form-3"), f"Korban {what}.")
    course.receive("papers", course.after(filed, 3, 15), _JKK_DOCUMENTS)
    course.verify(person.region.hospital, "death", course.after(filed, 1, 6), death={"died_on": died_on})
    related = rng.random() >= NOT_WORK
    note = f"Hasil pemeriksaan: {what}." if related else "Serangan jantung di rumah, bukan saat bekerja."
    course.verify(
        "dinkes", "cause", course.after(filed, 4, 24), cause={"work_related": related, "note": note}
    )
    _bereaved(course, filed)
    if not related:
        course.receive("form-4", course.after(filed, 25, 40), ("form-4",))
    if course.children and related:
        course.confirm_schooling(course.after(filed, 10, 20))
    return course


def _bereaved(course: Course, filed: dt.date) -> None:
    """Let the registry state the heirs; where there are none, the district says who arranged the burial."""
    course.receive("certificates", course.after(filed, 2, 14), ("death-certificate", "heirs-letter"))
    course.state_heirs("heirs", course.after(filed, 3, 20))
    if not course.heirs:
        course.state_burial("burial", course.after(filed, 4, 20))
