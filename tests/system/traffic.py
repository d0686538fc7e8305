"""What the agencies of a small regency send, cohort after cohort, so that every stage has work from first to last.

Nobody withdraws a claim here: whether an order had left by then changes what is still due, and an offline
replay, which knows only what agencies said, cannot see it. Every other turn and fault of the simulation occurs.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from services.ledger.registry import Agency, Registry
from services.sealing.accounts import seal_account
from services.sealing.keystore import KeyStore
from services.simulation.bank import Bank
from services.simulation.course import Course
from services.simulation.lives import courses
from services.simulation.message import AgencyMessage, message
from services.simulation.population import Participant, membership, memberships, population
from services.simulation.regency import PARTNERS
from services.simulation.trouble import Faults, Upsets, spoil, upset

COHORT = 20
"""Participants of a cohort; half of them have a claim."""

UPSETS = Upsets(
    withdrawal=0,
    objection=0.05,
    heirs_retracted=0.05,
    filing_retracted=0.03,
    filed_twice=0.03,
    claimed_again=0.03,
    mistyped=0.03,
    papers_missing=0.03,
    late_enrolment=0.05,
)
FAULTS = Faults(repeated=0.05, broken=0.03, foreign=0.015, conflicting=0.015, delayed=0.05, early=0.05)


class Traffic:
    """The messages of so many cohorts, the same for the same seed, and the bank that answers their orders."""

    def __init__(self, seed: int, cohorts: int) -> None:
        """Draw the people and their claims."""
        self._seed, self._cohorts = seed, cohorts
        self._people = population(seed, cohorts * COHORT)
        self._courses = courses(seed, self._people, len(self._people) // 2)
        self._late = upset(seed, self._courses, UPSETS)
        self.bank = Bank(seed, self._courses)

    def messages(self) -> Iterator[AgencyMessage]:
        """Yield all messages: of each cohort first the memberships, then the claims."""
        courses_of = {course.person.number: course for course in self._courses}
        for number in range(self._cohorts):
            people = self._people[number * COHORT : (number + 1) * COHORT]
            mine = [courses_of[person.number] for person in people if person.number in courses_of]
            yield from self._memberships(number, people)
            yield from self._claims(number, mine)

    def _memberships(self, cohort: int, people: Sequence[Participant]) -> list[AgencyMessage]:
        acts = memberships([person for person in people if person.number not in self._late])
        return sorted(spoil(self._seed, f"memberships {cohort}", acts, FAULTS), key=_sent)

    def _claims(self, cohort: int, mine: Sequence[Course]) -> list[AgencyMessage]:
        acts = [act for course in mine for act in course.acts]
        messages = list(spoil(self._seed, f"claims {cohort}", acts, FAULTS))
        for course in mine:
            if course.person.number in self._late:
                sent = course.acts[0].time + dt.timedelta(days=9)
                messages += [message(act, sent) for act in membership(course.person)]
        return sorted(messages, key=_sent)


def _sent(one: AgencyMessage) -> dt.datetime:
    return one.time


async def register_partners(registry: Registry, keys: KeyStore) -> list[str]:
    """Register every agency of the simulation; returns their names."""
    for partner in PARTNERS:
        agency = Agency(name=partner.name, types=partner.types, findings=partner.findings)
        if partner.account is not None:
            account = seal_account(keys, partner.name, partner.account)
            agency = Agency(
                name=partner.name, types=partner.types, findings=partner.findings, account=account
            )
        await registry.add(agency)
    return [partner.name for partner in PARTNERS]
