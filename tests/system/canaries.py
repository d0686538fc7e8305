"""A thousand persons whose every personal value is recognisable, and the search for what of it stands anywhere in clear.

All values of one kind begin alike, so a search for four beginnings is a search for every canary.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping

from tests.lives import JKM_PAPERS, NOON, Data, Life, days, heir

NIK, NAME, ACCOUNT, PHONE = "160601170845", "Zaqxwvkenari", "8806417735", "0812773519"
MARKERS = (NIK, NAME, ACCOUNT, PHONE)
SECRET = f"{NAME} {NIK}0001 {ACCOUNT}0001 {PHONE}0001"

CANARIES = 1000
KINDS = 10
"""Every tenth canary takes the same way."""
_FAULTS = 10


class Canary:
    """One person, by number from 1 to ``CANARIES``; ``life`` is all that is sent at first."""

    def __init__(self, number: int) -> None:
        """Draw up the person's documents; the last digit of the number says which way they go."""
        self.number, self.way = number, number % KINDS
        self.nik, self.name = f"{NIK}{number:04}", f"{NAME} {number:04}"
        self.claim = f"K-{number:04}"
        self.account = {"bank": f"Bank {self.name}", "number": f"{ACCOUNT}{number:04}", "holder": self.name}
        self.life = Life(self.nik)
        self._come_in()
        self._claim()

    def documents(self) -> Iterator[tuple[str, bytes]]:
        """Yield what is sent, each with the agency that sends it; on some ways much of it is wrong."""
        for n, document in enumerate(self.life.documents):
            agency = document["source"].removeprefix("/agencies/")
            if self.way == 6:
                yield agency, _spoilt(document, (self.number // KINDS + n) % _FAULTS, self)
            elif self.way == 7:
                yield agency, json.dumps(document).encode()
                yield from self._clashing(document, agency)
            else:
                yield agency, json.dumps(document).encode()

    def objection(self) -> tuple[str, bytes]:
        """Return what an adjudicator that fails cannot decide."""
        by = {"name": self.name, "nik": self.nik}
        data = {"claim": self.claim, "by": by, "grounds": f"{self.name} {self.account['number']}"}
        return "dinsos", self._said("claim.objected", data)

    def withdrawal(self) -> tuple[str, bytes]:
        """Return what an adjudicator that fails dies of."""
        return "dinsos", self._said("claim.withdrawn", {"claim": self.claim, "reason": self.name})

    def _said(self, kind: str, data: Data) -> bytes:
        return Life(self.nik).send(kind, data, id=f"{self.number:04}-{kind}").lines()[0]

    def _come_in(self) -> None:
        sponsor = {"kind": "self", "name": self.name}
        if self.way != 8:
            self.life.enrolled(name=self.name, address=f"Dusun {self.name}", sponsor=sponsor)
        months = {
            "first_month": "2025-01",
            "last_month": "2026-12",
            "paid_on": "2025-01-02",
            "payer": sponsor,
        }
        self.life.send("participant.contributions-paid", {"nik": self.nik, **months})

    def _claim(self) -> None:
        life, claim, person = self.life, self.claim, {"name": self.name, "nik": self.nik}
        payee = {**person, "account": self.account}
        accident = self.way in (4, 5)
        if self.number % 4:  # else nobody files the claim, and everything about it waits
            life.filed(
                claim,
                "work-accident" if accident else "other",
                summary=f"{self.name}, {self.nik}",
                claimant={**person, "relation": "spouse", "phone": f"{PHONE}{self.number:04}"},
                documents=[{"kind": k, "reference": f"{self.name} {k}"} for k in _papers(accident)],
                children=[{"child": "a", "name": self.name, "birth_date": "2015-01-01"}],
            )
        if accident:
            items = [{"item": "bill", "kind": "treatment", "amount": 900_000, "payee": payee}]
            items.append({"item": "off", **days("2026-03-01", 10)})
            cause = {"work_related": True, "note": self.name}
            life.found(claim, cause=cause, medical={"items": items}, participant_account=self.account)
        else:
            life.found(claim, death={"died_on": "2026-03-01"}, burial={"arranged_by": payee})
            mine = heir(name="h1") | {**person, "account": self.account, "guardian": person}
            life.heirs(mine, claim=claim)
        life.send(
            "claim.schooling-confirmed",
            {
                "claim": claim,
                "child": "a",
                "level": "SD",
                "school_year": 2025,
                "studying": True,
                "payee": payee,
            },
            agency="disdik",
        )
        life.retracted("never-seen" if self.number % 3 else life.documents[0]["id"], id=f"{self.number}-back")
        life.documents[-1]["data"]["reason"] = f"bukan {self.name}"
        if self.number % 3 == 0:
            life.retracted(f"{self.number}-back")
        review = {
            "claim": claim,
            "officer": self.name,
            "decision": "approve",
            "reasons": [],
            "grounds": self.name,
        }
        life.send("claim.reviewed", review, agency="bpjs")

    def _clashing(self, document: Data, agency: str) -> Iterator[tuple[str, bytes]]:
        """Yield the document in another's name, in another's stream, ahead of its time, and with another content."""
        another = {**document, "id": f"{document['id']}-b"}
        yield agency, json.dumps({**another, "source": "/agencies/nobody"}).encode()
        yield "stranger", json.dumps({**another, "source": "/agencies/stranger"}).encode()
        yield agency, json.dumps({**another, "time": "2999-01-01T00:00:00Z"}).encode()
        yield agency, json.dumps({**document, "time": NOON.replace("10:00", "11:00")}).encode()
        if document["type"] == "kelambu.claim.filed.v1":
            yield agency, json.dumps(another).encode()


def _papers(accident: bool) -> tuple[str, ...]:
    return ("ktp", "form-3", "form-3b", "chronology") if accident else JKM_PAPERS


def _spoilt(document: Data, fault: int, canary: Canary) -> bytes:
    """Spoil a document, with personal values where they do not belong."""
    raw = json.dumps(document).encode()
    name, nik = canary.name.encode(), canary.nik.encode()
    misplaced: tuple[Data, ...] = (
        {"id": canary.nik},
        {"source": f"/agencies/{canary.name}"},
        {"type": canary.name, canary.name: canary.nik},
        {"subject": canary.nik},
    )
    spoilt = (
        *(json.dumps(document | wrong).encode() for wrong in misplaced),
        raw[:-5],
        raw.replace(b'"data": {', b'"data": {"' + name + b'": "' + nik + b'", '),
        raw.replace(b'"data": {', b'"data": {"nik": "' + nik + b'", '),
        raw.replace(name, name + b"\xff"),
        raw + name * 6000,
        name,
    )
    return spoilt[fault]


def traces(content: bytes) -> set[str]:
    """Return which kinds of canary stand in these bytes, in clear, in hexadecimal, in base64 or in UTF-16."""
    return {name for name, needle in _NEEDLES if needle in content}


def _needles() -> Iterator[tuple[str, bytes]]:
    for marker in MARKERS:
        clear = marker.encode()
        yield marker, clear
        yield f"{marker} in UTF-16", marker.encode("utf-16-le")
        yield f"{marker} in hex", clear.hex().encode()
        yield f"{marker} in HEX", clear.hex().upper().encode()
        for shift in range(3):
            whole = base64.b64encode(b"\0" * shift + clear)
            certain = whole[-(-shift * 8 // 6) : (shift + len(clear)) * 8 // 6]
            yield f"{marker} in base64", certain


_NEEDLES: tuple[tuple[str, bytes], ...] = tuple(_needles())


def found_in(places: Mapping[str, bytes]) -> dict[str, set[str]]:
    """Return the places that hold a canary, and which."""
    return {place: found for place, content in places.items() if (found := traces(content))}
