"""Small lives for the programme's figures: a vulnerable worker with every paper, and what agencies report."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping

from services.adjudication.replay import ClaimView, replay
from services.benefits.rulebook import Rulebook

EVENT = dt.date(2026, 3, 2)
"""The day of every accident and death on the page."""
MONTHS = tuple(f"{year}-{month:02d}" for year in range(2015, 2027) for month in range(1, 13))
PAPERS = {
    "other": ("ktp", "kk", "form-4", "death-certificate", "heirs-letter"),
    "work-accident": ("ktp", "form-3", "form-3b", "chronology", "death-certificate", "heirs-letter"),
}
SCHOOLING = (("TK", 2), ("SD", 6), ("SMP", 3), ("SMA", 3), ("PT", 5))
"""A whole schooling: level and years."""
BORN = dt.date(2022, 8, 1)


class Life:
    """One participant with the lowest income base; every method tells one more document."""

    def __init__(self, months: int = 60) -> None:
        """Enrol so that with the month of the event ``months`` contributions are paid, each in time."""
        self._lines: list[bytes] = []
        last = MONTHS.index(f"{EVENT:%Y-%m}")
        first = MONTHS[last - months + 1]
        sponsor = {"kind": "apbd", "name": "Kabupaten Musi Banyuasin"}
        self._send(
            "participant.enrolled",
            nik="1606010101700001",
            name="Peserta",
            birth_date="1970-01-01",
            sex="male",
            district="16.06.01",
            sector="farming",
            programmes=["JKK", "JKM"],
            income=900_000,
            starts_on=f"{first}-01",
            sponsor=sponsor,
        )
        self._send(
            "participant.contributions-paid",
            nik="1606010101700001",
            first_month=first,
            last_month=MONTHS[last],
            paid_on=f"{first}-01",
            payer=sponsor,
        )

    def _send(self, kind: str, **data: object) -> None:
        document: dict[str, object] = {
            "specversion": "1.0",
            "id": f"e-{len(self._lines)}",
            "source": "/agencies/dinsos",
            "type": f"kelambu.{kind}.v1",
            "time": "2026-03-09T10:00:00+07:00",
            "data": data,
        }
        if "claim" in data:
            document["subject"] = data["claim"]
        self._lines.append(json.dumps(document).encode())

    def filed(self, cause: str, claim: str = "A", children: int = 0) -> Life:
        """File a claim with every paper."""
        listed = [{"child": f"c{n}", "name": "Anak", "birth_date": f"{BORN}"} for n in range(children)]
        self._send(
            "claim.filed",
            claim=claim,
            nik="1606010101700001",
            cause=cause,
            event_date=f"{EVENT}",
            claimant={"name": "Keluarga", "relation": "spouse"},
            documents=[{"kind": kind, "reference": kind} for kind in PAPERS[cause]],
            children=listed,
        )
        if cause == "work-accident":
            self.found(claim, cause={"work_related": True})
        return self

    def found(self, claim: str = "A", **findings: object) -> Life:
        """Report findings about a claim."""
        self._send("claim.verified", claim=claim, findings=findings)
        return self

    def died(self, claim: str = "A") -> Life:
        """Report the death and the spouse who inherits."""
        heir = {"heir": "h", "name": "Istri", "relation": "spouse", "account": _account("1")}
        return self.found(claim, death={"died_on": f"{EVENT}"}, heirs=[heir])

    def hurt(self, *items: Mapping[str, object]) -> Life:
        """Report medical items."""
        named = [{"item": f"i{n}", **item} for n, item in enumerate(items)]
        return self.found(medical={"items": named}, participant_account=_account("2"))

    def schooled(self, children: int) -> Life:
        """Confirm every school year of each child, from kindergarten to the first degree."""
        levels = [level for level, years in SCHOOLING for _ in range(years)]
        for child in range(children):
            for year, level in enumerate(levels, EVENT.year):
                self._send(
                    "claim.schooling-confirmed",
                    claim="A",
                    child=f"c{child}",
                    level=level,
                    school_year=year,
                    studying=True,
                    payee={"name": "Wali", "account": _account(f"3{child}")},
                )
        return self

    def claims(self, rulebook: Rulebook) -> dict[str, ClaimView]:
        """Return what the rules give, by claim."""
        return replay(self._lines, rulebook).claims

    def claim(self, rulebook: Rulebook) -> ClaimView:
        """Return what the rules give for the first claim."""
        return self.claims(rulebook)["A"]


def _account(number: str) -> dict[str, str]:
    return {"bank": "Bank Sumsel", "number": f"15800-{number:0>5}", "holder": "Pemilik"}
