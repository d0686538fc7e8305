"""Agency documents for tests, written as short as the facts they state."""

from __future__ import annotations

import datetime as dt
import itertools
import json
from collections.abc import Iterable
from typing import Any, TypeAlias

from events.catalogue import AgencyEvent, Event
from events.payment import ClaimOverpaid, Mismatch, PaymentMismatched
from services.adjudication.replay import ClaimView, Replay, ReplayResult, replay
from services.adjudication.state import State
from services.benefits.reading.folder import load

NIK = "1606010101700001"
JKM_PAPERS = ("ktp", "kk", "form-4", "death-certificate", "heirs-letter")
JKK_PAPERS = ("ktp", "form-3", "form-3b", "chronology")
JKK_DEATH_PAPERS = (*JKK_PAPERS, "death-certificate", "heirs-letter")
NOON = "2026-06-10T10:00:00+07:00"

Data: TypeAlias = dict[str, Any]


class Recorded(Replay):
    """A replay that keeps what Kelambu said."""

    def __init__(self, lines: Iterable[bytes]) -> None:
        super().__init__(load())
        self.said: list[Event] = []
        for line in lines:
            self.take(line)

    def _advance(self, state: State, event: AgencyEvent) -> tuple[State, list[Event]]:
        state, said = super()._advance(state, event)
        self.said += said
        return state, said

    def mismatches(self) -> list[Mismatch]:
        return [event.data for event in self.said if isinstance(event, PaymentMismatched)]

    def overpaid(self) -> dict[str, int]:
        """What each payee of the claims has too much, as last said."""
        data = {
            event.data.payee: event.data.amount for event in self.said if isinstance(event, ClaimOverpaid)
        }
        return {payee: amount for payee, amount in data.items() if amount}


class Life:
    """One person's documents in the order in which they are sent; every method returns the life itself."""

    def __init__(self, nik: str = NIK) -> None:
        self.nik = nik
        self.documents: list[Data] = []
        self._numbers = itertools.count(1)

    def __repr__(self) -> str:
        """Tell the documents, so that a life that breaks a property can be read."""
        return "Life:\n" + "\n".join(
            f"{document['source'].removeprefix('/agencies/')}:{document['id']} {document['type']} {document['data']}"
            for document in self.documents
        )

    def send(self, kind: str, data: Data, *, agency: str = "dinsos", time: str = NOON, id: str = "") -> Life:
        document: Data = {
            "specversion": "1.0",
            "id": id or f"{self.nik[-4:]}-{next(self._numbers)}",
            "source": f"/agencies/{agency}",
            "type": f"kelambu.{kind}.v1",
            "time": time,
            "data": data,
        }
        if kind.startswith("claim."):
            document["subject"] = data["claim"]
        self.documents.append(document)
        return self

    def enrolled(self, starts_on: str = "2025-01-01", *, income: int = 900_000, id: str = "", **more) -> Life:
        data = {
            "nik": self.nik,
            "name": "Siti Aminah",
            "birth_date": "1970-01-01",
            "sex": "male",
            "district": "16.06.01",
            "sector": "farming",
            "programmes": ["JKK", "JKM"],
            "income": income,
            "starts_on": starts_on,
            "sponsor": {"kind": "apbd", "name": "Kabupaten Musi Banyuasin"},
        }
        return self.send("participant.enrolled", data | more, id=id)

    def paid_months(
        self, first: str = "2025-01", last: str = "2026-12", paid_on: str = "2025-01-02", id: str = ""
    ) -> Life:
        payer = {"kind": "apbd", "name": "Kabupaten Musi Banyuasin"}
        data = {"nik": self.nik, "first_month": first, "last_month": last, "paid_on": paid_on, "payer": payer}
        return self.send("participant.contributions-paid", data, id=id)

    def income(self, income: int, from_month: str) -> Life:
        return self.send(
            "participant.income-declared", {"nik": self.nik, "income": income, "from_month": from_month}
        )

    def ended(self, ended_on: str) -> Life:
        data = {"nik": self.nik, "ended_on": ended_on, "reason": "pindah"}
        return self.send("participant.ended", data)

    def insured(self) -> Life:
        return self.enrolled().paid_months()

    def filed(
        self,
        claim: str = "A-1",
        cause: str = "other",
        event_date: str = "2026-03-01",
        papers: tuple[str, ...] | None = None,
        *,
        time: str = NOON,
        id: str = "",
        **more,
    ) -> Life:
        if papers is None:
            papers = JKM_PAPERS if cause == "other" else JKK_PAPERS
        data = {
            "claim": claim,
            "nik": self.nik,
            "cause": cause,
            "event_date": event_date,
            "claimant": {"name": "Budi", "relation": "spouse"},
            "documents": [{"kind": kind, "reference": f"arsip {kind}"} for kind in papers],
        }
        return self.send("claim.filed", data | more, time=time, id=id)

    def amended(self, claim: str = "A-1", *, agency: str = "dinsos", id: str = "", **more) -> Life:
        return self.send("claim.amended", {"claim": claim} | more, agency=agency, id=id)

    def accident(self, claim: str = "A-1", event_date: str = "2026-03-01", **more) -> Life:
        return self.filed(claim, "work-accident", event_date, **more)

    def found(
        self, claim: str = "A-1", *, agency: str = "rsud", time: str = NOON, id: str = "", **findings
    ) -> Life:
        data: Data = {"claim": claim, "findings": findings}
        return self.send("claim.verified", data, agency=agency, time=time, id=id)

    def died(self, died_on: str = "2026-03-01", claim: str = "A-1", **more) -> Life:
        return self.found(claim, death={"died_on": died_on}, **more)

    def at_work(self, related: bool = True, claim: str = "A-1") -> Life:
        return self.found(claim, cause={"work_related": related})

    def heirs(self, *heirs: Data, claim: str = "A-1", agency: str = "disdukcapil", id: str = "") -> Life:
        return self.found(claim, agency=agency, id=id, heirs=list(heirs))

    def items(self, *items: Data, claim: str = "A-1", account: str = "77", id: str = "") -> Life:
        named = [{"item": f"i{n}", **item} for n, item in enumerate(items, 1)]
        return self.found(claim, id=id, medical={"items": named}, participant_account=bank(account))

    def schooled(
        self, child: str, level: str, year: int, *, studying: bool = True, claim: str = "A-1"
    ) -> Life:
        payee = {"name": "Wali", "account": bank(child)}
        return self.send(
            "claim.schooling-confirmed",
            {
                "claim": claim,
                "child": child,
                "level": level,
                "school_year": year,
                "studying": studying,
                "payee": payee,
            },
        )

    def reviewed(
        self,
        decision: str,
        *reasons: str,
        claim: str = "A-1",
        time: str = NOON,
        officer: str = "Petugas",
        last_seen: str = "",
        id: str = "",
    ) -> Life:
        data: dict[str, Any] = {
            "claim": claim,
            "officer": officer,
            "decision": decision,
            "reasons": list(reasons),
            "grounds": "berkas diperiksa",
        }
        if last_seen:
            data["last_seen"] = last_seen
        return self.send("claim.reviewed", data, agency="bpjs", time=time, id=id)

    def objected(self, claim: str = "A-1") -> Life:
        return self.send("claim.objected", {"claim": claim, "by": {"name": "Budi"}, "grounds": "kurang"})

    def withdrawn(self, claim: str = "A-1", id: str = "") -> Life:
        return self.send("claim.withdrawn", {"claim": claim, "reason": "salah lapor"}, id=id)

    def paid(
        self,
        order: str,
        amount: int,
        claim: str = "A-1",
        id: str = "",
        *,
        on: str = "2026-06-10",
        reference: str = "transfer",
    ) -> Life:
        data = {"claim": claim, "order": order, "amount": amount, "paid_on": on, "reference": reference}
        return self.send("claim.paid", data, agency="bank", id=id)

    def returned(
        self, order: str, claim: str = "A-1", *, on: str = "2026-06-10", id: str = "", **more
    ) -> Life:
        data = {"claim": claim, "order": order, "returned_on": on, "reason": "rekening tutup"}
        return self.send("claim.payment-returned", data | more, agency="bank", id=id)

    def retracted(self, retracts: str, *, agency: str = "dinsos", id: str = "") -> Life:
        data = {"retracts": retracts, "reason": "salah ketik"}
        return self.send("event.retracted", data, agency=agency, id=id)

    def lines(self) -> list[bytes]:
        return [json.dumps(document).encode() for document in self.documents]

    def recorded(self) -> Recorded:
        return Recorded(self.lines())

    def replayed(self) -> ReplayResult:
        return replay(self.lines(), load())

    def claim(self, number: str = "A-1") -> ClaimView:
        return self.replayed().claims[number]


def bank(number: str = "1") -> Data:
    return {"bank": "Bank Sumsel", "number": f"15800-{number:0>5}", "holder": "Pemilik"}


def heir(name: str = "h1", relation: str = "spouse", account: str = "1", **more) -> Data:
    return {"heir": name, "name": "Ahli Waris", "relation": relation, "account": bank(account)} | more


def jkm_death(event_date: str = "2026-03-01") -> Life:
    """A member who died of an illness, with one heir and every paper."""
    return Life().insured().filed(event_date=event_date).died(event_date).heirs(heir())


def days(first: str, count: int) -> Data:
    start = dt.date.fromisoformat(first)
    last = start + dt.timedelta(days=count - 1)
    return {"kind": "incapacity", "first_day": first, "last_day": last.isoformat()}


def disability(part: str, **more) -> Data:
    return {"kind": "disability", "part": part} | more
