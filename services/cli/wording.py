"""How figures, times and states are said to people: ``Rp42.000.000``, ``21-11-2026 10.05 WIB``, a sentence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Literal, TypeAlias

from events.values import JAKARTA
from services.benefits.lawfiles import Text
from services.cli.reasons import REASONS
from services.cli.texts import LANGUAGES, TEXTS

Language: TypeAlias = Literal["id", "en"]

_TEXTS = {**TEXTS, **REASONS}
_MONTHS = {
    "id": [
        "Januari",
        "Februari",
        "Maret",
        "April",
        "Mei",
        "Juni",
        "Juli",
        "Agustus",
        "September",
        "Oktober",
        "November",
        "Desember",
    ],
    "en": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
}


def rupiah(amount: int) -> str:
    """Write whole rupiah as in Indonesia: ``Rp42.000.000``, negative ``-Rp500``."""
    return f"{'-' if amount < 0 else ''}Rp{number(abs(amount))}"


def number(count: int) -> str:
    """Write a whole number with points between the thousands: ``45.000``."""
    return f"{count:,}".replace(",", ".")


def moment(time: dt.datetime) -> str:
    """Write an instant as the clock in Sekayu shows it: ``21-11-2026 10.05 WIB``."""
    return f"{time.astimezone(JAKARTA):%d-%m-%Y %H.%M} WIB"


def day(date: dt.date) -> str:
    """Write a civil date: ``21-11-2026``."""
    return f"{date:%d-%m-%Y}"


class Words:
    """The texts in one language."""

    def __init__(self, language: Language = "id") -> None:
        """Choose ``id`` (Bahasa Indonesia) or ``en`` (English)."""
        self.language = language
        self._column = LANGUAGES.index(language)

    def say(self, key: str, **facts: object) -> str:
        """Return the text under ``key`` with its placeholders filled; raises ``KeyError`` for an unknown key."""
        return _TEXTS[key][self._column].format(**facts)

    def name(self, family: str, code: str) -> str:
        """Return what a code is called, or the code itself where the table has no word for it."""
        texts = _TEXTS.get(f"{family}.{code}")
        return texts[self._column] if texts else code

    def either(self, text: Text) -> str:
        """Return a text of the rulebook in this language."""
        return text.id if self.language == "id" else text.en

    def month(self, month: str) -> str:
        """Write ``YYYY-MM`` in words: ``Maret 2026``."""
        year, _, number = month.partition("-")
        return f"{_MONTHS[self.language][int(number) - 1]} {year}"

    def join(self, items: Sequence[str]) -> str:
        """Join as in speech: ``a, b dan c``."""
        if len(items) < 2:
            return "".join(items)
        return f"{', '.join(items[:-1])} {self.say('and')} {items[-1]}"

    def status(
        self, claim: str, programme: str, status: str, missing: Sequence[str], reasons: Sequence[str]
    ) -> str:
        """Say in one sentence where a claim stands, and what it waits for or why it was denied."""
        if status == "waiting":
            what = self.join([self.name("missing", code) for code in missing])
        else:
            what = self.join([self.name("reason", code) for code in reasons])
        return self.say(f"sentence.{status}", claim=claim, programme=programme or "?", what=what or "?")

    def money(self, entitled: int, ordered: int, paid: int) -> str:
        """Say in one line what is due, what was ordered and what has been paid."""
        return self.say("money", entitled=rupiah(entitled), ordered=rupiah(ordered), paid=rupiah(paid))

    def event(self, type_name: str) -> str:
        """Name an event type: ``kelambu.claim.filed.v1`` is ``Klaim diajukan``."""
        return self.name("event", type_name.removeprefix("kelambu.").rpartition(".v")[0])
