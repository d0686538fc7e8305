"""The agency documents that a scenario's facts amount to, with everything filled in that the law does not ask for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import msgspec
from msgspec import Struct

NIK = "1606010101700001"


class SentenceOptions(Struct, frozen=True):
    """What is in parentheses behind a sentence: who reports it, when, under which name, about which item.

    ``claim`` is the claim that is named before it, as ``klaim B-2:``.
    """

    agency: str = ""
    day: dt.date | None = None
    label: str = ""
    item: str = ""
    claim: str = ""


class Story:
    """One participant's documents in the order in which they are reported.

    A document is dated by its sentence, by the latest day in it, or like the one before.
    """

    def __init__(self) -> None:
        self.day = dt.date.min
        self.claim = ""
        self.options = SentenceOptions()
        self.labels: dict[str, list[tuple[str, str, bytes]]] = {}
        self._waiting: list[bytes] = []
        self._count = 0
        self._of_sentence = 0
        self._items = 0

    def begin(self, options: SentenceOptions) -> None:
        """Begin a sentence."""
        self.options = options
        self._of_sentence = 0
        if options.claim:
            self.claim = options.claim

    def drain(self) -> list[bytes]:
        """Return the documents since the last call."""
        waiting, self._waiting = self._waiting, []
        return waiting

    def report(
        self,
        kind: str,
        agency: str,
        *,
        latest: dt.date | None = None,
        day: dt.date | None = None,
        **data: object,
    ) -> None:
        """Report one document: of the present claim, or of the participant; data that are None are left out.

        ``latest`` is the latest day it states, ``day`` the day on which it is reported.
        """
        day = self.options.day or day
        if day is None:
            day = self.day = max(self.day, latest or self.day)
        else:
            self.day = day
        self._count += 1
        self._of_sentence += 1
        label, count = self.options.label, self._of_sentence
        name = (label if count == 1 else f"{label}-{count}") if label else f"s-{self._count}"
        source = f"/agencies/{self.options.agency or agency}"
        document: dict[str, object] = {
            "specversion": "1.0",
            "id": name,
            "source": source,
            "type": f"kelambu.{kind}.v1",
            "time": f"{day.isoformat()}T10:00:00+07:00",
        }
        stated = {key: value for key, value in data.items() if value is not None}
        match kind.partition(".")[0]:
            case "claim":
                document["subject"] = self.claim
                stated["claim"] = self.claim
            case "participant":
                stated["nik"] = NIK
        line = msgspec.json.encode(document | {"data": stated})
        if label:
            self.labels.setdefault(label, []).append((source, name, line))
        self._waiting.append(line)

    def again(self, label: str) -> None:
        """Send what was reported under a name once more, byte for byte."""
        self._waiting += [line for _, _, line in self.labels.get(label, ())]

    def find(self, agency: str, *, latest: dt.date | None = None, **findings: object) -> None:
        """Report findings about the present claim."""
        self.report("claim.verified", agency, latest=latest, findings=findings)

    def item(self, kind: str, **fields: object) -> None:
        """Report one medical item of the present claim, under its own name or the next number."""
        self._items += 1
        item = {"item": self.options.item or f"i{self._items}", "kind": kind, **fields}
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
