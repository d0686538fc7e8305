"""A year in which some participants die and some have accidents, and the claims that follow."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from itertools import accumulate
from random import Random

from services.simulation.accidents import accident
from services.simulation.course import Course
from services.simulation.deaths import fatal_accident, illness
from services.simulation.population import Participant

YEAR = 2025
"""The year in which the claims arise; it lies in the past, so that no agency reports from the future."""

CLAIMS = 450
"""Claims a year of 45,000 participants: about 300 deaths and 150 accidents."""

_DEATHS = 2 / 3
_FATAL_ACCIDENTS = 0.12
_BEFORE_COVER = 0.02
_ANSWERED, _APPROVED = 0.88, 0.85


def courses(seed: int, people: Sequence[Participant], claims: int = CLAIMS) -> list[Course]:
    """Return the courses of a year's claims, numbered by the day of the event; no person has two."""
    if claims > len(people):
        msg = f"{claims} claims need at least as many participants, there are {len(people)}"
        raise ValueError(msg)
    rng = Random(f"lives {seed}")  # noqa: S311
    deaths = round(claims * _DEATHS)
    struck = _draw(rng, people, claims)
    events = [(_day(rng, person), number < deaths, person) for number, person in enumerate(struck)]
    events.sort(key=lambda event: (event[0], event[2].number))
    return [
        _course(rng, f"MUBA-{YEAR}-{number:05}", person, day, died=died)
        for number, (day, died, person) in enumerate(events, 1)
    ]


def _draw(rng: Random, people: Sequence[Participant], many: int) -> list[Participant]:
    """Draw different persons, older ones more often."""
    weights = tuple(accumulate(math.exp((YEAR - person.birth.year) / 18) for person in people))
    drawn: dict[int, Participant] = {}
    for _ in range(50 * many):
        if len(drawn) == many:
            break
        person = rng.choices(people, cum_weights=weights)[0]
        drawn.setdefault(person.number, person)
    for person in people:  # few people and many claims: whoever is left
        if len(drawn) == many:
            break
        drawn.setdefault(person.number, person)
    return list(drawn.values())


def _day(rng: Random, person: Participant) -> dt.date:
    """Draw the day of the event: in the year, under cover, save for a few that come before it."""
    first, last = max(dt.date(YEAR, 1, 1), person.starts_on), dt.date(YEAR, 12, 31)
    if first > dt.date(YEAR, 1, 1) and rng.random() < _BEFORE_COVER:
        return first - dt.timedelta(days=rng.randint(1, 60))
    return first + dt.timedelta(days=rng.randrange((last - first).days + 1))


def _course(rng: Random, claim: str, person: Participant, day: dt.date, *, died: bool) -> Course:
    own = Random(f"{claim} {rng.random()}")  # noqa: S311
    if not died:
        course = accident(own, claim, person, day)
    elif own.random() < _FATAL_ACCIDENTS:
        course = fatal_accident(own, claim, person, day)
    else:
        course = illness(own, claim, person, day)
    _review(course)
    return course


def _review(course: Course) -> None:
    """Let an officer of the fund answer where cover is in doubt; some doubts are still unanswered."""
    reasons = doubts(course.person, course.happened_on, death=course.cause == "other")
    if not reasons or course.rng.random() > _ANSWERED:
        return
    day = course.after(max(act.time.date() for act in course.acts), 2, 15)
    approve = course.rng.random() < _APPROVED
    review(course, "review", day, reasons if approve else [])


def review(course: Course, word: str, day: dt.date, reasons: Sequence[str]) -> None:
    """Let an officer of the fund approve for these referral codes, or deny when there are none."""
    course.tell(
        "bpjs-ketenagakerjaan",
        word,
        "claim.reviewed",
        day,
        officer=f"Petugas {course.rng.randint(1, 6)}",
        decision="approve" if reasons else "deny",
        reasons=list(reasons),
        grounds="Diperiksa, dokumen lengkap." if reasons else "Bukti tidak mendukung.",
    )


def doubts(person: Participant, day: dt.date, *, death: bool) -> list[str]:
    """Return the referral codes that an officer will have to answer, as far as the fund can foresee them."""
    faults = []
    month = f"{day.year}-{day.month:02}"
    covering = [payment for payment in person.payments if payment.first <= month <= payment.last]
    if not covering:
        faults.append("in-arrears")
    elif all(payment.paid_on > day for payment in covering):
        faults.append("paid-after-event")
    since = (day.year - person.starts_on.year) * 12 + day.month - person.starts_on.month
    if death and since == 2:  # three months paid, but not three months a member
        faults.append("three-month-boundary")
    return faults
