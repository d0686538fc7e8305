"""Claims of those who survive an accident at work: treatment, transport, time off work, disability."""

from __future__ import annotations

import datetime as dt
from random import Random

from services.simulation.course import Course
from services.simulation.population import Participant
from services.simulation.regency import HAPPENINGS, Draw

_WHAT = Draw(HAPPENINGS.accidents.items())
_DISABILITIES = Draw((one.finding, one.weight) for one in HAPPENINGS.disabilities)
NOT_WORK = 0.05
DISEASE = 0.04
DISABLED = 0.14
TOTALLY_DISABLED = 0.02


def accident(rng: Random, claim: str, person: Participant, happened_on: dt.date) -> Course:
    """Return the course of a claim for an accident at work that was survived."""
    disease = rng.random() < DISEASE
    course = Course(rng, claim, person, "occupational-disease" if disease else "work-accident", happened_on)
    what = "sesak napas akibat asap" if disease else _WHAT.one(rng)
    filed = course.file(course.after(happened_on, 1, 12), ("ktp", "form-3"), f"Peserta {what}.")
    healed = course.after(happened_on, 6, 75)
    course.receive("papers", course.after(filed, 5, 25), ("form-3b", "chronology"))
    hospital = person.region.hospital
    course.verify(
        hospital, "medical", course.after(max(healed, filed), 1, 6), medical=_care(course, hospital, healed)
    )
    related = rng.random() >= NOT_WORK
    course.verify("dinkes", "cause", course.after(filed, 3, 25), cause={"work_related": related})
    course.verify(
        person.region.office, "account", course.after(filed, 2, 15), participant_account=dict(course.account)
    )
    return course


def _care(course: Course, hospital: str, healed: dt.date) -> dict[str, object]:
    """Draw what the doctors found and what it cost, in rupiah."""
    rng, first = course.rng, course.happened_on
    bill = int(rng.lognormvariate(15.2, 0.9)) // 1000 * 1000 + 150_000
    items: list[dict[str, object]] = [
        {"item": "care", "kind": "treatment", "amount": bill, "provider": hospital},
        {"item": "off-work", "kind": "incapacity", "first_day": first, "last_day": healed},
    ]
    if rng.random() < 0.6:
        mode = "sea" if course.person.region.name == "Lalan" else "land"
        fare = rng.randrange(50, 900) * 1000
        items.append({"item": "ride", "kind": "transport", "mode": mode, "amount": fare})
    state = "recovered"
    if rng.random() < TOTALLY_DISABLED:
        state = "disabled"
        items.append({"item": "total", "kind": "total-disability"})
    elif rng.random() < DISABLED:
        state = "disabled"
        items.append({"item": "lasting", "kind": "disability", **_DISABILITIES.one(rng)})
    if rng.random() < 0.04:
        device = {
            "item": "aid",
            "kind": "device",
            "device": "glasses",
            "amount": rng.randrange(400, 1400) * 1000,
        }
        items.append(device)
    return {"items": items, "outcome": {"state": state, "on": healed}}
