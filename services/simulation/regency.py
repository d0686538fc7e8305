"""Kabupaten Musi Banyuasin.

Its districts, its people and their names, and the agencies that report about them, from ``regency.toml``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from importlib.resources import files
from itertools import accumulate
from random import Random
from typing import Generic, TypeVar

import msgspec
from msgspec import Struct

from events.personal import Account

T = TypeVar("T")


class Draw(Generic[T]):
    """Things that are drawn, each by its weight."""

    def __init__(self, weighted: Iterable[tuple[T, int]]) -> None:
        self._things, weights = zip(*weighted, strict=True)
        self._weights = tuple(accumulate(weights))

    def one(self, rng: Random) -> T:
        """Draw one of them."""
        thing: T = rng.choices(self._things, cum_weights=self._weights)[0]
        return thing


class Region(Struct, frozen=True, forbid_unknown_fields=True):
    """A district (kecamatan): code of the Ministry of Home Affairs, share of the people in per mille."""

    code: str
    name: str
    weight: int
    nik_code: str
    hospital: str

    @property
    def office(self) -> str:
        """Agency name of the district's office, which reports for its villages."""
        return f"kecamatan-{self.name.lower().replace(' ', '-')}"


class Partner(Struct, frozen=True, forbid_unknown_fields=True):
    """An agency of the simulation.

    What it may send, which findings it may state, the account of a provider, and whether it signs.
    """

    name: str
    types: tuple[str, ...]
    findings: tuple[str, ...] = ()
    account: Account | None = None
    signs: bool = False


class _Offices(Struct, forbid_unknown_fields=True):
    types: tuple[str, ...]
    findings: tuple[str, ...]


class Names(Struct, frozen=True, forbid_unknown_fields=True):
    """First names of men and women and last names, parted by blanks; and banks."""

    men: str
    women: str
    last: str
    banks: tuple[str, ...]


class People(Struct, frozen=True, forbid_unknown_fields=True):
    """What participants differ in, with the weight of each."""

    sectors: dict[str, int]
    sponsors: dict[str, int]
    donors: tuple[str, ...]
    incomes: tuple[tuple[int, int], ...]
    starts: tuple[tuple[dt.date, int], ...]


class LastingDisability(Struct, frozen=True, forbid_unknown_fields=True):
    """A row of the disability table as it is found."""

    weight: int
    finding: dict[str, str | int]


class Happenings(Struct, frozen=True, forbid_unknown_fields=True):
    """What befalls participants."""

    illnesses: tuple[str, ...]
    fatal_accidents: tuple[str, ...]
    accidents: dict[str, int]
    disabilities: tuple[LastingDisability, ...]


class _Regency(Struct, forbid_unknown_fields=True):
    regions: tuple[Region, ...]
    partners: tuple[Partner, ...]
    offices: _Offices
    names: Names
    people: People
    happenings: Happenings


_ALL = msgspec.toml.decode(files(__package__).joinpath("regency.toml").read_bytes(), type=_Regency)

REGIONS, NAMES, PEOPLE, HAPPENINGS = _ALL.regions, _ALL.names, _ALL.people, _ALL.happenings
PARTNERS: tuple[Partner, ...] = (
    *_ALL.partners,
    *(Partner(region.office, _ALL.offices.types, _ALL.offices.findings) for region in REGIONS),
)
"""Every agency that the simulation knows, with the types it may send (without prefix and version)."""


MEN, WOMEN, LAST = (tuple(words.split()) for words in (NAMES.men, NAMES.women, NAMES.last))

_FIRST_SERIAL = 9000
"""Serials count up from 0001 for one district and birth date, so none of a real person comes near 9000."""


def name(rng: Random, sex: str, family: str = "") -> str:
    """Draw a name; children carry their father's or mother's last name as ``family``."""
    first = rng.choice(WOMEN if sex == "female" else MEN)
    return f"{first} {family or rng.choice(LAST)}"


class NikOffice:
    """Gives NIKs out, each once: well-formed, and outside of what is given to real people."""

    def __init__(self) -> None:
        self._next_serials: dict[str, int] = {}

    def issue(self, region: str, birth: dt.date, sex: str) -> str:
        """Return a NIK of six digits region, DDMMYY (women: day + 40) and a serial."""
        day = birth.day + (40 if sex == "female" else 0)
        stem = f"{region}{day:02}{birth.month:02}{birth.year % 100:02}"
        serial = self._next_serials.get(stem, _FIRST_SERIAL)
        self._next_serials[stem] = serial + 1
        return f"{stem}{serial:04}"


def account(rng: Random, holder: str) -> dict[str, object]:
    """Draw a bank account in the name of ``holder``."""
    number = f"{rng.randrange(10, 99)}{rng.randrange(10_000_000, 99_999_999)}"
    return {"bank": rng.choice(NAMES.banks), "number": number, "holder": holder}
