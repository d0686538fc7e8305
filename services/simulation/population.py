"""The participants: who they are, where they live, who pays for them and which months were paid."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from random import Random

from msgspec import Struct

from events.values import JAKARTA
from services.simulation.message import Act
from services.simulation.regency import LAST, PEOPLE, REGIONS, Draw, NikOffice, Region, name

DECILES = (12_451, 24_119, 8_430)
"""Participants of decile 1, 2 and 3 in P3KE, 45,000 in all."""

POPULATION = sum(DECILES)
CONTRIBUTION = 16_800
"""Rupiah a month at an income base of 1,000,000: 10,000 for JKK and 6,800 for JKM."""

LATE_PAYER = 0.012
QUARTERLY = 0.06
LEFT = 0.003
INCOME_DECLARED = 0.004

_REGIONS = Draw((region, region.weight) for region in REGIONS)
_SECTORS, _SPONSORS = Draw(PEOPLE.sectors.items()), Draw(PEOPLE.sponsors.items())
_INCOMES, _STARTS = Draw(PEOPLE.incomes), Draw(PEOPLE.starts)
_LONG_START = dt.date(2021, 1, 1)
_LONG_MEMBERS = 0.03
_AS_OF = dt.date(2024, 6, 30)
_LAST_YEAR = 2025
_YOUNGEST, _OLDEST = 18, 64


class ContributionPayment(Struct, frozen=True):
    """Months ``first`` to ``last`` (``YYYY-MM``), paid on one day."""

    first: str
    last: str
    paid_on: dt.date

    @property
    def months(self) -> int:
        """How many months it covers."""
        (y1, m1), (y2, m2) = (tuple(map(int, month.split("-"))) for month in (self.first, self.last))
        return (y2 - y1) * 12 + m2 - m1 + 1


class Participant(Struct, frozen=True, kw_only=True):
    """A vulnerable worker whose contributions somebody pays; ``number`` counts from 1."""

    number: int
    nik: str
    name: str
    birth: dt.date
    sex: str
    region: Region
    sector: str
    income: int
    starts_on: dt.date
    sponsor: str
    payer: str
    decile: int
    left_handed: bool
    payments: tuple[ContributionPayment, ...]
    ended_on: dt.date | None = None

    @property
    def family(self) -> str:
        """The last name."""
        return self.name.rsplit(" ", 1)[-1]


def deciles(participants: int) -> tuple[int, ...]:
    """Divide a number of participants as P3KE does; 45,000 gives ``DECILES`` exactly."""
    parts = [participants * share // POPULATION for share in DECILES]
    rest = sorted(range(len(parts)), key=lambda i: -(participants * DECILES[i] % POPULATION))
    for index in rest[: participants - sum(parts)]:
        parts[index] += 1
    return tuple(parts)


def population(seed: int, participants: int = POPULATION) -> list[Participant]:
    """Return the participants, the same for the same seed."""
    rng = Random(f"population {seed}")  # noqa: S311
    ranks = [decile for decile, many in enumerate(deciles(participants), 1) for _ in range(many)]
    rng.shuffle(ranks)
    office = NikOffice()
    return [_participant(rng, office, number, decile) for number, decile in enumerate(ranks, 1)]


def _participant(rng: Random, office: NikOffice, number: int, decile: int) -> Participant:
    sex = "male" if rng.random() < 0.57 else "female"
    region = _REGIONS.one(rng)
    if rng.random() < _LONG_MEMBERS:
        starts_on = _LONG_START
        sponsor = "village" if rng.random() < 0.6 else "self"
    else:
        starts_on = _STARTS.one(rng)
        sponsor = _SPONSORS.one(rng)
    age = int(rng.triangular(_YOUNGEST, _OLDEST, 44))
    birth = dt.date(starts_on.year - age - 1, rng.randrange(1, 13), rng.randrange(1, 29))
    person = name(rng, sex)
    ended = rng.random() < LEFT
    return Participant(
        number=number,
        nik=office.issue(region.nik_code, birth, sex),
        name=person,
        birth=birth,
        sex=sex,
        region=region,
        sector=_SECTORS.one(rng),
        income=_INCOMES.one(rng),
        starts_on=starts_on,
        sponsor=sponsor,
        payer=_payer(rng, sponsor, region, person),
        decile=decile,
        left_handed=rng.random() < 0.08,
        payments=tuple(_payments(rng, starts_on, sponsor)),
        ended_on=dt.date(2025, rng.randrange(9, 13), rng.randrange(1, 29)) if ended else None,
    )


def _payer(rng: Random, sponsor: str, region: Region, person: str) -> str:
    match sponsor:
        case "apbd":
            return "APBD Kabupaten Musi Banyuasin"
        case "village":
            return f"Pemerintah Desa {rng.choice(LAST)} Makmur, {region.name}"
        case "donor":
            return rng.choice(PEOPLE.donors)
        case _:
            return person


def _payments(rng: Random, starts_on: dt.date, sponsor: str) -> Iterator[ContributionPayment]:
    """Yield what was paid: a year at once from a budget, else by quarter, and some skip or are late."""
    quarterly = sponsor == "self" or rng.random() < QUARTERLY
    careless = rng.random() < (0.12 if sponsor == "self" else LATE_PAYER)
    for year in range(starts_on.year, _LAST_YEAR + 1):
        first = starts_on.month if year == starts_on.year else 1
        if not quarterly:
            paid = max(dt.date(year, first, rng.randrange(2, 16)), starts_on)
            if careless and year == _LAST_YEAR:
                paid = paid.replace(day=1) + dt.timedelta(days=rng.randrange(40, 120))
            yield ContributionPayment(f"{year}-{first:02}", f"{year}-12", paid)
            continue
        skipped = rng.randrange(2, 5) if careless and year == _LAST_YEAR else 0
        for quarter in range((first - 1) // 3 + 1, 5):
            if quarter == skipped:
                continue
            month = max(3 * quarter - 2, first)
            yield ContributionPayment(
                f"{year}-{month:02}", f"{year}-{3 * quarter:02}", dt.date(year, month, rng.randrange(2, 10))
            )


def _at(day: dt.date, number: int, hour: int) -> dt.datetime:
    """Spread the acts of a day over the working hours, by the participant's number."""
    return dt.datetime.combine(day, dt.time(hour, number % 60, number // 60 % 60), JAKARTA)


def enrolment(person: Participant) -> Act:
    """Return how the social service enrols a participant, two weeks before cover starts."""
    data: dict[str, object] = {
        "nik": person.nik,
        "name": person.name,
        "birth_date": person.birth,
        "sex": person.sex,
        "district": person.region.code,
        "sector": person.sector,
        "programmes": ["JKK", "JKM"],
        "income": person.income,
        "starts_on": person.starts_on,
        "sponsor": {"kind": person.sponsor, "name": person.payer},
        "welfare": {"decile": person.decile, "register": "P3KE", "as_of": min(_AS_OF, person.starts_on)},
        "address": f"Dusun {person.number % 7 + 1}, Kecamatan {person.region.name}",
    }
    if person.left_handed:
        data["dominant_hand"] = "left"
    time = _at(person.starts_on - dt.timedelta(days=14), person.number, 9)
    return Act("dinas-sosial", f"enrol-{person.number}", "participant.enrolled", time, data, person.nik)


def membership(person: Participant) -> Iterator[Act]:
    """Yield all that is said about one participant, in order: enrolled, paid for, another income, ended."""
    yield enrolment(person)
    for payment in person.payments:
        paid: dict[str, object] = {
            "nik": person.nik,
            "first_month": payment.first,
            "last_month": payment.last,
            "paid_on": payment.paid_on,
            "payer": {"kind": person.sponsor, "name": person.payer},
            "amount": payment.months * CONTRIBUTION,
        }
        identity = f"contribution-{person.number}-{payment.first}"
        time = _at(payment.paid_on, person.number, 11)
        yield Act("dinas-sosial", identity, "participant.contributions-paid", time, paid, person.nik)
    if Random(person.nik).random() < INCOME_DECLARED:  # noqa: S311
        raised = {"nik": person.nik, "income": 1_250_000, "from_month": "2025-10"}
        time = _at(dt.date(2025, 9, 22), person.number, 10)
        yield Act(
            "dinas-sosial", f"income-{person.number}", "participant.income-declared", time, raised, person.nik
        )
    if person.ended_on:
        data: dict[str, object] = {
            "nik": person.nik,
            "ended_on": person.ended_on,
            "reason": "pindah keluar kabupaten",
        }
        time = _at(person.ended_on, person.number, 13)
        yield Act("dinas-sosial", f"end-{person.number}", "participant.ended", time, data, person.nik)


def memberships(people: Sequence[Participant]) -> list[Act]:
    """Return what is said about all participants, by time; each person's own order is kept."""
    acts = [act for person in people for act in membership(person)]
    acts.sort(key=lambda act: act.time)
    return acts
