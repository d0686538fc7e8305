"""Made-up people: Indonesian names, NIKs that belong to nobody, bank accounts."""

from __future__ import annotations

import datetime as dt
from random import Random

from services.simulation.regency import NAMES

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
        self._given: dict[str, int] = {}

    def issue(self, region: str, birth: dt.date, sex: str) -> str:
        """Return a NIK of six digits region, DDMMYY (women: day + 40) and a serial."""
        day = birth.day + (40 if sex == "female" else 0)
        stem = f"{region}{day:02}{birth.month:02}{birth.year % 100:02}"
        serial = self._given.get(stem, _FIRST_SERIAL)
        self._given[stem] = serial + 1
        return f"{stem}{serial:04}"


def account(rng: Random, holder: str) -> dict[str, object]:
    """Draw a bank account in the name of ``holder``."""
    number = f"{rng.randrange(10, 99)}{rng.randrange(10_000_000, 99_999_999)}"
    return {"bank": rng.choice(NAMES.banks), "number": number, "holder": holder}
