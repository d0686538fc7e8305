"""The agency documents that a scenario's facts amount to, with everything filled in that the law does not ask for."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence

NIK = "1606010101700001"
Data = Mapping[str, object]


class Telling:
    """The options of one sentence: who reports, on which day, under which name, about which claim and item."""

    def __init__(
        self, agency: str = "", day: dt.date | None = None, label: str = "", item: str = "", claim: str = ""
    ) -> None:
        """Take what stands in parentheses behind the sentence, or before it as ``klaim B-2:``."""
        self.agency, self.day, self.label, self.item, self.claim = agency, day, label, item, claim


class Story:
    """One participant's documents in the order in which they are told.

    Days pass as they are told: a document is dated by its sentence, by the latest day in it, or like the one before.
    """

    def __init__(self) -> None:
        self.day = dt.date.min
        self.claim = ""
        self.telling = Telling()
        self.labels: dict[str, list[tuple[str, str, bytes]]] = {}
        self._waiting: list[bytes] = []
        self._count = 0
        self._told = 0
        self._items = 0

    def tell(self, telling: Telling) -> None:
        """Begin a sentence."""
        self.telling = telling
        self._told = 0
        if telling.claim:
            self.claim = telling.claim

    def drain(self) -> list[bytes]:
        """Return the documents told since the last call."""
        waiting, self._waiting = self._waiting, []
        return waiting

    def send(
        self, kind: str, data: Data, agency: str, *, latest: dt.date | None = None, day: dt.date | None = None
    ) -> None:
        """Tell one document; ``latest`` is the latest day it reports, ``day`` the day on which it is told."""
        day = self.telling.day or day
        if day is None:
            day = self.day = max(self.day, latest or self.day)
        else:
            self.day = day
        self._count += 1
        self._told += 1
        label = self.telling.label
        name = (label if self._told == 1 else f"{label}-{self._told}") if label else f"s-{self._count}"
        source = f"/agencies/{self.telling.agency or agency}"
        document: dict[str, object] = {
            "specversion": "1.0",
            "id": name,
            "source": source,
            "type": f"kelambu.{kind}.v1",
            "time": f"{day.isoformat()}T10:00:00+07:00",
            "data": dict(data),
        }
        if kind.startswith("claim."):
            document["subject"] = data["claim"]
        line = json.dumps(document).encode()
        if label:
            self.labels.setdefault(label, []).append((source, name, line))
        self._waiting.append(line)

    def again(self, label: str) -> None:
        """Send what was told under a name once more, byte for byte."""
        self._waiting += [line for _, _, line in self.labels.get(label, ())]

    def find(self, agency: str, *, latest: dt.date | None = None, **findings: object) -> None:
        """Tell findings about the present claim."""
        self.send("claim.verified", {"claim": self.claim, "findings": findings}, agency, latest=latest)

    def item(self, kind: str, **fields: object) -> None:
        """Tell one medical item of the present claim, under its own name or the next number."""
        self._items += 1
        item = {"item": self.telling.item or f"i{self._items}", "kind": kind, **fields}
        self.find("rsud", medical={"items": [item]})


def person(name: str) -> dict[str, object]:
    """Return a person of whom only the name matters."""
    return {"name": name or "Nama"}


def account(number: str, holder: str) -> dict[str, object]:
    """Return an account; two of one holder differ by their number."""
    return {"bank": "Bank Sumsel", "number": f"15800-{number:0>5}", "holder": holder or "Pemilik"}


def payee(name: str, number: str = "") -> dict[str, object]:
    """Return whom to pay, and where."""
    return {"name": name, "account": account(number, name)}


def documents(papers: Sequence[str]) -> list[object]:
    """Return papers as agencies list them."""
    return [{"kind": kind, "reference": f"arsip {kind}"} for kind in papers]
