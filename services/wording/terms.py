"""How money, times and states are said to people: ``Rp42.000.000``, ``21-11-2026 10.05 WIB``, a sentence."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

from msgspec.structs import asdict

from events.catalogue import short_name
from events.message import Language, Text
from events.payment_matching import Discrepancy
from events.values import JAKARTA
from projections.sums import Sums
from services.benefits.reading.folder import named
from services.benefits.scheme import Scheme
from services.contract.words import WORDS
from services.overview.programme import programme
from services.platform.settings import Settings
from services.texts.catalogue import text, texts
from services.texts.language import language as current

_OF_SCHEMES = ("benefit", "cause", "missing")
"""Families of codes of which a scheme names some or all."""
_CHOICES = {"sector": "sector", "sponsor": "Sponsor.kind"}
"""Families of which the published contract has the words."""
_ABBREVIATED = ("bpjs", "rs", "rsud", "upt")
"""Parts of the names of agencies that are written in capital letters."""
_LABEL = re.compile(r"([a-z]+(?:-[a-z]+)*?)(?:-([0-9]+))?")


def number(count: int) -> str:
    """Write a whole number with points between the thousands: ``45.000``."""
    return f"{count:,}".replace(",", ".")


def share(part: int, whole: int) -> str:
    """Write a part of a whole with one decimal, never rounded up: ``99,9 %`` is not all of it."""
    if not whole:
        return ""
    tenths = part * 1000 // whole
    return f"{tenths // 10},{tenths % 10} %"


def moment(time: dt.datetime) -> str:
    """Write an instant as the clock in Sekayu shows it: ``21-11-2026 10.05 WIB``."""
    return f"{time.astimezone(JAKARTA):%d-%m-%Y %H.%M} WIB"


def day(date: dt.date) -> str:
    """Write a civil date: ``21-11-2026``."""
    return f"{date:%d-%m-%Y}"


class LanguageTexts:
    """The texts in one language."""

    def __init__(
        self, language: Language | None = None, scheme: Scheme | None = None, programme: Path | None = None
    ) -> None:
        """Choose a language, that of the command where none is given; codes and money are those of the scheme.

        Without one they are those of the rulebook that the environment names; so are districts without ``programme``,
        the file that names them.
        """
        self.language: Language = language or current()
        self._scheme = scheme
        self._programme = programme

    @property
    def scheme(self) -> Scheme:
        """The scheme that names codes and writes money."""
        if self._scheme is None:
            self._scheme = named(Settings.read().rulebook).scheme
        return self._scheme

    @cached_property
    def districts(self) -> Mapping[str, str]:
        """Return the districts of the programme by code; raises ``ProgrammeFileError``."""
        return programme(self._programme or Settings.read().programme).districts

    def district_code(self, typed: str) -> str:
        """Return the code of a district that is typed by its name, in any case; whatever is no name as it is."""
        name_typed = " ".join(typed.split()).casefold()
        return next((code for code, name in self.districts.items() if name.casefold() == name_typed), typed)

    def amount(self, money: int) -> str:
        """Write whole money in the currency of the scheme: ``Rp42.000.000``, negative ``-Rp500``."""
        return self.scheme.currency.write(money)

    def short_amount(self, money: int) -> str:
        """Write whole money shortly, rounded half up: ``Rp1,3 M`` and ``Rp42 jt`` in Bahasa Indonesia."""
        currency = self.scheme.currency
        if money < 0:
            return f"-{self.short_amount(-money)}"
        for unit, size, least in (("billion", 10**9, 999_950_000), ("million", 10**6, 10**6)):
            if money >= least:
                tenths = (money * 10 + size // 2) // size
                whole, tenth = divmod(tenths, 10)
                value = (
                    f"{currency.sign}{currency.number(whole)}{currency.decimal + str(tenth) if tenth else ''}"
                )
                return self.say(f"short.{unit}", value=value)
        return self.amount(money)

    def signed(self, money: int) -> str:
        """Write a movement of money: ``+Rp500``, ``-Rp500``."""
        return f"+{self.amount(money)}" if money > 0 else self.amount(money)

    def say(self, key: str, **facts: object) -> str:
        """Return the text under ``key`` with its placeholders filled; raises ``KeyError`` for an unknown key."""
        return self.either(text(key)).format(**facts)

    def days_until(self, days: int) -> str:
        """Write after how many days something came; before the day itself it says so in words."""
        return number(days) if days >= 0 else self.say("days-before", days=number(-days))

    def span(self, seconds: int) -> str:
        """Write a length of time in its two largest units: ``1 menit 30 detik``."""
        parts = []
        for unit, size in (("days", 86_400), ("hours", 3_600), ("minutes", 60), ("seconds", 1)):
            count, seconds = divmod(seconds, size)
            if count:
                parts.append(self.say(f"span.{unit}", count=number(count)))
        return " ".join(parts[:2]) or self.say("span.seconds", count=0)

    def name(self, family: str, code: str) -> str:
        """Return what a code is called, or the code itself where neither table, programme nor scheme has a word for it."""
        if family == "district":
            return self.districts.get(code, code)
        key = f"{family}.{code}"
        if name_texts := texts().get(key):
            return self.either(name_texts)
        if text := WORDS.choices.get(_CHOICES.get(family, ""), {}).get(code):
            return self.either(text)
        if family == "event" and (event := WORDS.events.get(code)):
            return self.either(event.name)
        named = self.scheme.names.get(key) if family in _OF_SCHEMES else None
        return self.either(named) if named else code

    @staticmethod
    def agency(name: str) -> str:
        """Write the name under which an agency is registered as people write it: ``rsud-sekayu`` is ``RSUD Sekayu``."""
        parts = (part.upper() if part in _ABBREVIATED else part.capitalize() for part in name.split("-"))
        return " ".join(parts)

    def registered(self, name: str) -> str:
        """Write an agency as people write it, with the name under which it is registered.

        ``RSUD Sekayu (rsud-sekayu)``.
        """
        return f"{self.agency(name)} ({name})"

    def label(self, label: str) -> str:
        """Return a label of an heir, a child or an item, in words where it is made of one.

        ``child-1`` is ``anak 1``.
        """
        match = _LABEL.fullmatch(label)
        if match is None:
            return label
        for family in ("relation", "label"):
            if f"{family}.{match[1]}" in texts():
                text = self.say(f"{family}.{match[1]}")
                return f"{text} {match[2]}" if match[2] else text
        return label

    def either(self, text: Text) -> str:
        """Return a text in this language."""
        return text.in_language(self.language)

    def citation(self, citation: str) -> str:
        """Write a citation: the law's own names stay Indonesian, the word between them does not."""
        return citation.replace(" dan ", f" {self.say('and')} ")

    def month(self, month: str) -> str:
        """Write ``YYYY-MM`` in words: ``Maret 2026``."""
        year, _, number = month.partition("-")
        return f"{self.say(f'month.{int(number)}')} {year}"

    def join(self, items: Sequence[str]) -> str:
        """Join as in speech: ``a, b dan c``."""
        if len(items) < 2:
            return "".join(items)
        return f"{', '.join(items[:-1])} {self.say('and')} {items[-1]}"

    def status(
        self,
        claim: str,
        programme: str,
        status: str,
        missing: Sequence[str],
        reasons: Sequence[str],
        sums: Sums | None = None,
        *,
        amiss: bool = False,
    ) -> str:
        """Say in one sentence where a claim stands, and what it waits for or why it was denied.

        With its sums a claim is not called settled while the bank paid what no order covers, nor ordered where nothing
        is; nor is it settled while something else that the bank reported is ``amiss``.
        """
        if status == "waiting":
            what = self.join([self.name("missing", code) for code in missing])
        else:
            what = self.join([self.name("reason", code) for code in reasons])
        key = f"sentence.{status}"
        if status == "waiting" and not (programme or missing):
            key = "sentence.undecided"
        elif sums is not None and status == "paid" and (sums.unmatched or amiss):
            key = "sentence.paid-unmatched"
        elif sums is not None and status == "ordered":
            key = self._ordered(sums)
        return self.say(key, claim=claim, programme=programme or "?", what=what or "?")

    def insured_event(self, cause: str, programme: str) -> str:
        """Name what a claim is for.

        The cause as filed, and where the programme is not that of the cause what was found.
        """
        filed = self.scheme.by_cause.get(cause)
        if not programme or filed is None or filed.code == programme:
            return self.name("cause", cause)
        insures = self.scheme.by_code[programme].insures
        return self.say(f"insured-event.{insures}", filed=self.name("cause", cause))

    def mismatch(self, discrepancy: Discrepancy) -> str:
        """Say what the bank reported and how it does not fit, in rupiah."""
        key = f"mismatch.{discrepancy.kind}" if discrepancy.amount else f"mismatch.{discrepancy.kind}-any"
        paid, amount = self.amount(discrepancy.paid), self.amount(discrepancy.amount)
        return self.say(key, order=discrepancy.order, paid=paid, amount=amount)

    @staticmethod
    def _ordered(sums: Sums) -> str:
        if not sums.entitled and not sums.ordered:
            return "sentence.nothing-due"
        if sums.unmatched and sums.open <= 0:
            return "sentence.paid-unmatched"
        return "sentence.ordered" if sums.ordered else "sentence.not-ordered"

    def sums(self, sums: Sums, returned: int = 0) -> str:
        """Say every sum by its name in one line.

        What is unmatched, overpaid or ``returned`` only where it is something.
        """
        amounts = {**asdict(sums), "returned": returned}
        left_out = {name for name in ("overpaid", "returned") if not amounts[name]}
        if not sums.unmatched:
            left_out |= {"matched", "unmatched"}
        named = [
            f"{self.say(f'sum.{name}')} {self.amount(value)}"
            for name, value in amounts.items()
            if name not in left_out
        ]
        line = " · ".join(named)
        return f"{line[:1].upper()}{line[1:]}"

    def money(self, entitled: int, ordered: int, paid: int) -> str:
        """Say in one line what is due, what was ordered and what has been paid on orders."""
        return self.say(
            "money", entitled=self.amount(entitled), ordered=self.amount(ordered), paid=self.amount(paid)
        )

    def event(self, type_name: str) -> str:
        """Name an event type: ``kelambu.claim.filed.v1`` is ``Klaim diajukan``."""
        return self.name("event", short_name(type_name))
