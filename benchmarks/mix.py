"""The events that are measured with: those of the simulated regency, by a fixed seed, and what is made of them."""

from __future__ import annotations

import heapq
import zlib
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

import msgspec

from services.simulation import AgencyMessage, agency_events
from services.simulation.regency import PARTNERS, Partner

SEED = 7
PARTICIPANTS, CLAIMS = 45_000, 450
"""The regency of the demo and its year."""
HEAVY = 10
"""So many times the claims of a plausible year make assessments weigh in the figures."""
GROWTH = HEAVY, 100
"""So many times the claims show how cost grows."""
LARGE = 130_000, 1_300
"""More than 400,000 events, from which a nation's year is extrapolated."""
_PACED = 5_000, 500
"""Participants and claims where speed is given and waiting is measured: every tenth event sent at that pace is a
filing."""
PACED = 5_000

_CLAIM = b'"kelambu.claim.'
_SENDERS = tuple(one.name for one in PARTNERS)

EVEN_PARTNERS = tuple(
    Partner(
        one.name,
        tuple(dict.fromkeys(kind for each in PARTNERS for kind in each.types)),
        tuple(dict.fromkeys(finding for each in PARTNERS for finding in each.findings)),
        one.account,
    )
    for one in PARTNERS
)
"""The same agencies, each of which may send everything."""


@lru_cache
def messages(participants: int = PARTICIPANTS, claims: int = CLAIMS) -> tuple[AgencyMessage, ...]:
    """Return what the agencies send, in order; the late, wrong and repeated messages among it."""
    return tuple(agency_events(SEED, participants, claims))


def even(sent: Iterable[AgencyMessage]) -> list[AgencyMessage]:
    """Return the messages with those about people in even shares: each agency reports for its part of them."""
    return [_of_its_agency(message) if message.about.isdigit() else message for message in sent]


def _of_its_agency(message: AgencyMessage) -> AgencyMessage:
    agency = _SENDERS[zlib.crc32(message.about.encode()) % len(_SENDERS)]
    own, other = (f'"source":"/agencies/{name}"'.encode() for name in (message.agency, agency))
    return message._replace(agency=agency, body=message.body.replace(own, other))


def paced() -> tuple[list[AgencyMessage], list[AgencyMessage]]:
    """Return what is sent before, and what then is sent at a steady pace: claims and contributions in even turns."""
    claims = [message for message in messages(*_PACED) if _CLAIM in message.body]
    others = [message for message in messages(*_PACED) if _CLAIM not in message.body]
    rest = PACED - len(claims)
    return others[:-rest], list(_in_turns(claims, others[-rest:]))


def _in_turns(*parts: Sequence[AgencyMessage]) -> Iterator[AgencyMessage]:
    shares = ([(n / len(part), at, one) for n, one in enumerate(part)] for at, part in enumerate(parts))
    return (one for _, _, one in heapq.merge(*shares, key=lambda share: share[:2]))


def life(enrolment: AgencyMessage, first: int, number: int) -> list[AgencyMessage]:
    """Return ``number`` contributions of the person that is enrolled, the ``first`` one's number told."""
    document = msgspec.json.decode(enrolment.body)
    told = []
    for n in range(first, first + number):
        month = f"{2021 + n // 12 % 5}-{n % 12 + 1:02}"
        paid = {
            "nik": document["data"]["nik"],
            "first_month": month,
            "last_month": month,
            "paid_on": f"{month}-05",
            "payer": {"kind": "self", "name": "a member"},
            "amount": 16_800,
        }
        event = {
            **document,
            "id": f"{document['id']}-{n}",
            "type": "kelambu.participant.contributions-paid.v1",
            "time": f"{month}-05T09:00:00+07:00",
            "data": paid,
        }
        told.append(enrolment._replace(body=msgspec.json.encode(event)))
    return told


def enrolments(number: int) -> list[AgencyMessage]:
    """Return the first enrolments that have nothing wrong."""
    kind = b'"kelambu.participant.enrolled.'
    by_person = {one.about: one for one in messages(*_PACED) if kind in one.body and b'-bad"' not in one.body}
    return list(by_person.values())[:number]


def described(sent: Sequence[AgencyMessage]) -> str:
    """Say what the events are, for the report."""
    claims = sum(_CLAIM in message.body for message in sent)
    size = sum(len(message.body) for message in sent) / len(sent)
    people = sum(b'"kelambu.participant.enrolled.' in message.body for message in sent)
    return (
        f"{len(sent):,} agency events (seed {SEED}), {claims:,} of them about claims, "
        f"{people:,} enrolments; {size:,.0f} bytes each"
    )
