"""Lives written into a book past intake and core: right ones, and one kind of wrong ones for each control."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator
from typing import Any, TypeAlias

from events.assessment import Assessing, ClaimAssessed, Receipt
from events.catalogue import AgencyEvent, Event, decode
from events.envelope import KELAMBU
from events.payment import Order, OrderLine, PaymentOrdered, PaymentReleased, Release
from events.values import JAKARTA
from tests.stores.controls.simulated_book import SimulatedBook

Data: TypeAlias = dict[str, Any]
EVENT = dt.date(2025, 4, 10)
SUM = 42_000_000


def after(days: int, since: dt.date = EVENT) -> dt.date:
    """A day after the event."""
    return since + dt.timedelta(days=days)


def letters(*named: object) -> str:
    """Twelve letters that have nothing to do with those of anybody else."""
    digest = hashlib.sha256(repr(named).encode()).digest()
    return "".join(chr(ord("a") + byte % 26) for byte in digest[:12])


def bank(named: object) -> Data:
    """An account of its own."""
    number = int.from_bytes(hashlib.sha256(repr(named).encode()).digest()[:4])
    return {"bank": "BRI", "number": f"{number:010}", "holder": letters("holder", named)}


class Case:
    """One participant with one claim, told step by step; what is not said otherwise is as it should be."""

    def __init__(self, book: SimulatedBook, word: str, **otherwise: Any) -> None:
        """Begin a life in ``book``; ``otherwise`` replaces what is said at the enrolment."""
        self.book, self.number = book, next(book.numbers)
        self.claim = f"{word.upper()}-{self.number:04}"
        self.name: str = otherwise.pop(
            "name", f"{letters('first', self.number)} {letters('last', self.number)}"
        )
        self.nik: str = otherwise.pop(
            "nik", f"1606{self.number * 7919 % 90 + 10}{self.number * 104729 % 10**10:010}"
        )
        self.born = otherwise.pop("birth_date", dt.date(1960, 1, 1) + dt.timedelta(days=self.number * 11))
        self.enrolled_on: dt.date = otherwise.pop("sent", dt.date(2023, 12, 18))
        self.recorded_on: dt.date | None = otherwise.pop("recorded", None)
        self.starts_on: dt.date = otherwise.pop("starts_on", dt.date(2024, 1, 1))
        self.district: str = otherwise.pop("district", f"16.06.{self.number % 15 + 1:02}")
        self.person = book.tokens.nik(self.nik)
        self.refs = 0
        assert not otherwise

    def say(self, agency: str, kind: str, on: dt.date, recorded: dt.date | None = None, **data: Any) -> str:
        """Write an agency's event."""
        self.refs += 1
        body = {
            "type": f"kelambu.{kind}.v1",
            "specversion": "1.0",
            "id": f"{self.claim}.{self.refs}",
            "source": f"/agencies/{agency}",
            "time": _noon(on).isoformat(),
            "data": data,
        }
        event = decode(json.dumps(body, default=str).encode())
        assert isinstance(event, AgencyEvent)
        return self.book.record(event, self.person, _noon(recorded or on))

    def enrol(self) -> Case:
        """A member since long before the event."""
        self.say(
            "dinas-sosial",
            "participant.enrolled",
            self.enrolled_on,
            self.recorded_on,
            nik=self.nik,
            name=self.name,
            birth_date=self.born,
            sex="male",
            district=self.district,
            sector="farming",
            programmes=["JKK", "JKM"],
            income=1_000_000,
            starts_on=self.starts_on,
            sponsor={"kind": "apbd", "name": "APBD"},
        )
        return self

    def contribute(self, first: str, last: str, paid_on: dt.date, amount: int) -> str:
        """Contributions for some months."""
        return self.say(
            "dinas-sosial",
            "participant.contributions-paid",
            paid_on,
            nik=self.nik,
            first_month=first,
            last_month=last,
            paid_on=paid_on,
            payer={"kind": "apbd", "name": "APBD"},
            amount=amount,
        )

    def file(self, cause: str = "other", *, claim: str = "", on: dt.date | None = None, **more: Any) -> Case:
        """The filing, ten days after the event."""
        self.say(
            "dinas-sosial",
            "claim.filed",
            on or after(10),
            **{
                "claim": claim or self.claim,
                "nik": self.nik,
                "cause": cause,
                "event_date": EVENT,
                "claimant": {"name": letters("claimant", self.number), "relation": "spouse"},
                **more,
            },
        )
        return self

    def find(
        self, agency: str, on: dt.date, *, claim: str = "", recorded: dt.date | None = None, **found: Any
    ) -> str:
        """A finding."""
        return self.say(agency, "claim.verified", on, recorded, claim=claim or self.claim, findings=found)

    def die(self, on: dt.date = EVENT, agency: str = "rsud-sekayu") -> Case:
        """The finding of a death, two weeks after the event."""
        self.find(agency, max(after(14), on), death={"died_on": on})
        return self

    def heirs(self, account: object = "", on: dt.date | None = None, agency: str = "disdukcapil") -> Case:
        """The finding of one heir."""
        self.heir(on, account, agency)
        return self

    def heir(self, on: dt.date | None = None, account: object = "", agency: str = "disdukcapil") -> str:
        """The finding of one heir, by its reference."""
        heir = {
            "heir": "spouse",
            "name": letters("heir", self.number),
            "relation": "spouse",
            "account": bank(account or self.number),
        }
        return self.find(agency, on or after(16), heirs=[heir])

    def retract(self, ref: str, on: dt.date) -> Case:
        """What an agency stated is taken back by it."""
        agency, _, retracts = ref.partition(":")
        self.say(agency, "event.retracted", on, retracts=retracts, reason="keliru")
        return self

    def order(
        self,
        amount: int = SUM,
        *,
        payee: str = "heir:spouse",
        claim: str = "",
        missing: tuple[str, ...] = (),
        programme: str = "JKM",
    ) -> str:
        """An award, its order and its release, at noon of the twentieth day; due five days later."""
        claim = claim or self.claim
        order = f"{claim}.1"
        assessed = Assessing(
            claim=claim,
            version=1,
            outcome="waiting" if missing else "due",
            programme=programme,
            event_date=EVENT,
            laws=(),
            missing=missing,
            receipt=Receipt("", "", ""),
        )
        said = Order(
            claim=claim,
            order=order,
            payee=payee,
            lines=(OrderLine("jkm.death", amount),),
            amount=amount,
            due_on=after(25),
            calendar="weekends only",
        )
        self._conclude(ClaimAssessed, assessed, f"{order}-assessed")
        self._conclude(PaymentOrdered, said, f"{order}-ordered")
        self._conclude(PaymentReleased, Release(claim, order, "p00-9999"), f"{order}-released")
        return order

    def pay(self, order: str, amount: int = SUM, on: dt.date | None = None, word: str = "") -> Case:
        """The bank's payment, on the day it is due."""
        day = on or after(25)
        self.say(
            "bank-sumsel",
            "claim.paid",
            day,
            claim=order.rpartition(".")[0],
            order=order,
            amount=amount,
            paid_on=day,
            reference=f"TRX {order}{word}",
        )
        return self

    def right(self) -> Case:
        """A whole life in which nothing is wrong, until the money has arrived."""
        self.enrol().file().die().heirs()
        return self.pay(self.order())

    def _conclude(self, kind: type[Event], data: Any, name: str) -> None:
        now = _noon(after(20))
        event = kind(specversion="1.0", id=name, source=KELAMBU, time=now, data=data)
        self.book.append(event, self.person, now)


def _noon(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(12), JAKARTA)


def treated(item: str, amount: int, provider: str = "rsud-sekayu") -> Data:
    """A bill of treatment."""
    return {"item": item, "kind": "treatment", "amount": amount, "provider": provider}


def unfit(first: dt.date, last: dt.date) -> Data:
    """Days on which somebody cannot work."""
    return {"item": "off-work", "kind": "incapacity", "first_day": first, "last_day": last}


def numbered(book: SimulatedBook, word: str, many: int, **otherwise: Any) -> Iterator[Case]:
    """So many lives of a kind."""
    for _ in range(many):
        yield Case(book, word, **otherwise)
