"""A ledger written by hand, for projections to read: recorded events with gapless positions, no server."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping, Sequence

from msgspec import UNSET, Struct

from events.assessment import Assessing, ClaimAssessed, ClaimOpened, Line, Opening, Reason, Receipt
from events.bank import ClaimPaid, Payment, PaymentReturned, Return
from events.catalogue import Event, decode, encode, happened_on
from events.claim import (
    Amendment,
    ClaimAmended,
    Claimant,
    ClaimFiled,
    ClaimReviewed,
    ClaimVerified,
    Document,
    DocumentsReceipt,
    DocumentsReceived,
    Filing,
    Review,
    Verification,
)
from events.envelope import KELAMBU, reference
from events.findings import DeathFinding, Findings, Heir
from events.participant import (
    Contributions,
    ContributionsPaid,
    Ending,
    Enrolment,
    ParticipantEnded,
    ParticipantEnrolled,
    Welfare,
)
from events.payment import (
    Cancellation,
    ClaimOverpaid,
    Order,
    OrderLine,
    Overpayment,
    PaymentCancelled,
    PaymentOrdered,
    PaymentReleased,
    Release,
    Reordered,
)
from events.personal import Account, Sponsor
from events.retraction import EventRetracted, Retraction
from services.ledger.protocol import Head

DINSOS, BPJS, BANK = "/agencies/dinsos-muba", "/agencies/bpjs-tk-muba", "/agencies/bank-sumsel"
START = dt.datetime(2025, 5, 2, 3, 0, tzinfo=dt.UTC)


class Entry(Struct, frozen=True):
    """One stored event."""

    partition: int
    position: int
    body: bytes


class Book:
    """Partitions of entries, and the reader that projections ask for."""

    def __init__(self, partitions: int = 3) -> None:
        """Begin with empty partitions."""
        self.logs: list[list[Entry]] = [[] for _ in range(partitions)]
        self.seconds = 0
        self.under_way = dt.timedelta(hours=3)

    @property
    def partitions(self) -> int:
        return len(self.logs)

    async def read(self, partition: int, after: int = 0, limit: int = 1000) -> Sequence[Entry]:
        return self.logs[partition][after : after + limit]

    async def follow(
        self, after: Mapping[int, int], limit: int, block_ms: int
    ) -> Mapping[int, Sequence[Entry]]:
        return {partition: await self.read(partition, last, limit) for partition, last in after.items()}

    @property
    def own_dates(self) -> list[dt.date]:
        """Every day on which something happened by its own date."""
        return sorted({happened_on(decode(entry.body)) for log in self.logs for entry in log})

    def recordedtime(self, entry: Entry) -> dt.datetime:
        found = decode(entry.body).recordedtime
        assert found
        return found

    async def head(self, partition: int) -> Head:
        return Head(position=len(self.logs[partition]))

    async def entries(self, partition: int, positions: Sequence[int]) -> Sequence[Entry]:
        return [self.logs[partition][position - 1] for position in positions]

    @property
    def positions(self) -> dict[int, int]:
        return {partition: len(log) for partition, log in enumerate(self.logs)}

    def say(
        self,
        kind: type[Event],
        data: object,
        *,
        person: str,
        source: str,
        event_id: str = "",
        cause: str = "",
    ) -> str:
        """Record an event about a person; returns its reference. A person ``~N…`` lives in partition N."""
        log = self.logs[partition := int(person[1]) % len(self.logs)]
        self.seconds += 7
        now = START + dt.timedelta(seconds=self.seconds)
        event = kind(
            specversion="1.0",
            id=event_id or f"p{partition:02}-{len(log) + 1}",
            source=source,
            time=now - self.under_way,
            data=data,  # type: ignore[arg-type]
            person=person,
            partition=partition,
            position=len(log) + 1,
            admittedtime=now,
            recordedtime=now,
            **({"causationid": cause} if cause else {}),  # type: ignore[arg-type]
        )
        log.append(Entry(partition, len(log) + 1, encode(event)))
        return reference(source, event.id)

    def enrol(self, person: str, **changed: object) -> str:
        content: dict[str, object] = {
            "nik": person,
            "name": "~",
            "birth_date": dt.date(1980, 1, 1),
            "sex": "female",
            "district": "16.06.01",
            "sector": "farming",
            "programmes": ["JKK", "JKM"],
            "income": 900_000,
            "starts_on": dt.date(2025, 1, 1),
            "sponsor": Sponsor("apbd", "Kabupaten Musi Banyuasin"),
            "welfare": Welfare(1, "P3KE", dt.date(2024, 12, 1)),
        }
        data = Enrolment(**{**content, **changed})  # type: ignore[arg-type]
        return self.say(ParticipantEnrolled, data, person=person, source=DINSOS)

    def pay_months(self, person: str, first: str, last: str) -> str:
        payer = Sponsor("apbd", "Kabupaten Musi Banyuasin")
        data = Contributions(
            nik=person, first_month=first, last_month=last, paid_on=dt.date(2025, 1, 5), payer=payer
        )
        return self.say(ContributionsPaid, data, person=person, source=DINSOS)

    def end(self, person: str, ended_on: dt.date) -> str:
        return self.say(ParticipantEnded, Ending(person, ended_on, "~"), person=person, source=DINSOS)

    def file(self, person: str, claim: str, *, sha256: str = "") -> str:
        data = Filing(
            claim=claim,
            nik=person,
            cause="other",
            event_date=dt.date(2025, 5, 1),
            claimant=Claimant(name="~", relation="spouse"),
            documents=[Document(kind="ktp", reference="~", sha256=sha256 or UNSET)],
        )
        return self.say(ClaimFiled, data, person=person, source=BPJS)

    def amend(self, person: str, claim: str, cause: str, source: str = BPJS) -> str:
        return self.say(ClaimAmended, Amendment(claim=claim, cause=cause), person=person, source=source)

    def find_death(self, person: str, claim: str, died_on: dt.date) -> str:
        data = Verification(claim, Findings(death=DeathFinding(died_on=died_on)))
        return self.say(ClaimVerified, data, person=person, source=BPJS)

    def state_account(self, person: str, claim: str, account: str, heir: str = "h1") -> int:
        """State an heir with the token of an account; returns the position of the event."""
        heir_of_label = Heir(heir=heir, name="~", relation="spouse", account=Account(account, account, "~"))
        self.say(
            ClaimVerified, Verification(claim, Findings(heirs=[heir_of_label])), person=person, source=BPJS
        )
        return len(self.logs[int(person[1]) % len(self.logs)])

    def overpay(self, person: str, claim: str, amount: int, payee: str = "heir:h1") -> str:
        return self.say(ClaimOverpaid, Overpayment(claim, payee, amount), person=person, source=KELAMBU)

    def document(self, person: str, claim: str, kind: str, *, sha256: str = "") -> str:
        data = DocumentsReceipt(claim, [Document(kind=kind, reference="~", sha256=sha256 or UNSET)])
        return self.say(DocumentsReceived, data, person=person, source=BPJS)

    def open(self, person: str, claim: str, missing: Sequence[str] = ("finding:death",)) -> str:
        data = Opening(claim, "JKM", dt.date(2025, 5, 1), ("pp-82-2019",), tuple(missing))
        return self.say(ClaimOpened, data, person=person, source=KELAMBU)

    def assess(
        self,
        person: str,
        claim: str,
        outcome: str,
        lines: Mapping[tuple[str, str], int] | None = None,
        reasons: Sequence[str] = (),
        missing: Sequence[str] = (),
        cause: str = "",
    ) -> str:
        data = Assessing(
            claim=claim,
            version=1,
            outcome=outcome,  # type: ignore[arg-type]
            programme="JKM",
            event_date=dt.date(2025, 5, 1),
            laws=("pp-82-2019",),
            lines=tuple(
                Line(benefit, payee, amount, f"{amount:,}", (), "jkm", "PP 82/2019 Pasal 34", "F")
                for (benefit, payee), amount in (lines or {}).items()
            ),
            reasons=tuple(Reason(code, "PP 44/2015 Pasal 34(1)", ()) for code in reasons),
            missing=tuple(missing),
            receipt=Receipt("r", "i", "l"),
        )
        return self.say(ClaimAssessed, data, person=person, source=KELAMBU, cause=cause)

    def order(
        self,
        person: str,
        order: str,
        amount: int,
        *,
        payee: str = "heir:h1",
        replaces: tuple[Reordered, ...] = (),
        cause: str = "",
        due_on: dt.date = dt.date(2025, 5, 7),
        since_on: dt.date | None = None,
        account: str = "",
        stated_at: int = 0,
        made_at: int = 0,
        lines: tuple[OrderLine, ...] = (),
    ) -> str:
        data = Order(
            claim=order.rpartition(".")[0],
            order=order,
            payee=payee,
            lines=lines or (OrderLine("jkm.death", amount),),
            amount=amount,
            due_on=due_on,
            calendar="national holidays 2025",
            replaces=replaces,
            started_on=since_on or UNSET,
            account=account,
            stated_at=stated_at,
            made_at=made_at,
        )
        return self.say(PaymentOrdered, data, person=person, source=KELAMBU, cause=cause)

    def release(
        self, person: str, order: str, batch: str = "p00-1", *, account: str = "", stated_at: int = 0
    ) -> str:
        data = Release(order.rpartition(".")[0], order, batch, account, stated_at)
        return self.say(PaymentReleased, data, person=person, source=KELAMBU)

    def cancel(self, person: str, order: str, amount: int) -> str:
        data = Cancellation(order.rpartition(".")[0], order, amount)
        return self.say(PaymentCancelled, data, person=person, source=KELAMBU)

    def pay(
        self,
        person: str,
        order: str,
        amount: int,
        paid_on: dt.date = dt.date(2025, 5, 6),
        reference: str = "",
    ) -> str:
        reference = reference or f"~{sum(map(len, self.logs))}"
        data = Payment(order.rpartition(".")[0], order, amount, paid_on, reference)
        return self.say(ClaimPaid, data, person=person, source=BANK)

    def send_back(self, person: str, order: str, amount: int = 0) -> str:
        number = order.rpartition(".")[0]
        data = Return(
            claim=number, order=order, returned_on=dt.date(2025, 5, 8), reason="~", amount=amount or UNSET
        )
        return self.say(PaymentReturned, data, person=person, source=BANK)

    def review(self, person: str, number: str, *reasons: str) -> str:
        data = Review(number, "~", "approve", list(reasons), "~")
        return self.say(ClaimReviewed, data, person=person, source=DINSOS)

    def retract(self, person: str, ref: str) -> str:
        agency, _, event_id = ref.partition(":")
        return self.say(
            EventRetracted, Retraction(event_id, "~"), person=person, source=f"/agencies/{agency}"
        )


class Shuffled:
    """The same book, read in chance portions of chance partitions."""

    def __init__(self, book: Book, chance: random.Random) -> None:
        """Read ``book``; ``chance`` decides how much of which partition comes next."""
        self.book, self.chance = book, chance

    @property
    def partitions(self) -> int:
        return self.book.partitions

    async def follow(
        self, after: Mapping[int, int], limit: int, block_ms: int
    ) -> Mapping[int, Sequence[Entry]]:
        """The next event of every partition, and of some more than that."""
        behind = [partition for partition, last in after.items() if last + 1 < self.book.positions[partition]]
        chosen = self.chance.sample(behind, self.chance.randint(1, len(behind))) if behind else []
        portions = {partition: self.chance.randint(2, 7) for partition in chosen}
        return {p: await self.book.read(p, last, min(limit, portions.get(p, 1))) for p, last in after.items()}
