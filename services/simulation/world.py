"""The whole simulation: a population, the claims of its year, and the messages of both as they are sent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from services.simulation.course import Course
from services.simulation.lives import CLAIMS, courses
from services.simulation.message import AgencyMessage, message
from services.simulation.population import POPULATION, Participant, membership, memberships, population
from services.simulation.trouble import CLAIM_FAULTS, MEMBERSHIP_FAULTS, NO_FAULTS, spoil, upset


class World:
    """A population and its year, the same for the same arguments."""

    def __init__(
        self, seed: int, participants: int = POPULATION, claims: int = CLAIMS, *, trouble: bool = True
    ) -> None:
        """Draw the people and their year; without ``trouble`` every message is right and in its place."""
        self.seed, self.trouble = seed, trouble
        self.people: list[Participant] = population(seed, participants)
        self.courses: list[Course] = courses(seed, self.people, claims)
        self._late = upset(seed, self.courses) if trouble else set()

    def enrolments(self) -> list[AgencyMessage]:
        """Return what is sent about participants, in the order in which it is sent."""
        acts = memberships([person for person in self.people if person.number not in self._late])
        faults = MEMBERSHIP_FAULTS if self.trouble else NO_FAULTS
        return sorted(spoil(self.seed, "memberships", acts, faults), key=_sent)

    def claims(self) -> list[AgencyMessage]:
        """Return what is sent about claims, and the enrolments that come only after a filing."""
        acts = [act for course in self.courses for act in course.acts]
        messages = list(spoil(self.seed, "claims", acts, CLAIM_FAULTS if self.trouble else NO_FAULTS))
        for course in self.courses:
            if course.person.number in self._late:
                sent = course.acts[0].time + dt.timedelta(days=9)
                late = (message(act, max(sent, act.time)) for act in membership(course.person))
                messages += [one._replace(about=course.claim) for one in late]
        messages.sort(key=_sent)
        return messages


def _sent(sent: AgencyMessage) -> dt.datetime:
    return sent.time


def agency_events(
    seed: int, participants: int = POPULATION, claims: int = CLAIMS, *, trouble: bool = True
) -> Iterator[AgencyMessage]:
    """Yield every message of the agencies in the order in which it is published: enrolments, then claims.

    A message names the agency whose outbox it goes into and holds the document's bytes, which with
    ``trouble`` are now and then unreadable, wrong, repeated, too late or too early. Payments are not among
    them: they answer orders.
    """
    world = World(seed, participants, claims, trouble=trouble)
    yield from world.enrolments()
    yield from world.claims()
