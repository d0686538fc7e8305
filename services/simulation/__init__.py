"""A seeded regency: participants, a year of claims, and what the agencies send about them.

No clock and no shared randomness: the same arguments give the same bytes on every machine.
"""

from services.simulation.bank import Bank, ReleasedOrder
from services.simulation.course import Course
from services.simulation.lives import CLAIMS
from services.simulation.message import AgencyMessage
from services.simulation.population import POPULATION, Participant
from services.simulation.world import World, agency_events

__all__ = [
    "CLAIMS",
    "POPULATION",
    "AgencyMessage",
    "Bank",
    "Course",
    "Participant",
    "ReleasedOrder",
    "World",
    "agency_events",
]
