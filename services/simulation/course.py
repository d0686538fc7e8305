"""The course of one claim: what each agency does about it, day by day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from random import Random

from events.values import JAKARTA
from services.simulation.message import Act
from services.simulation.population import Participant
from services.simulation.regency import account, name

_SATURDAY = 5
_SCHOOL = ((19, "PT"), (16, "SMA"), (13, "SMP"), (7, "SD"), (5, "TK"))
_NEW_SCHOOL_YEAR = 7


class Course:
    """A claim as it runs through the agencies; ``acts`` is what they do, each on its day."""

    def __init__(
        self, rng: Random, claim: str, person: Participant, cause: str, happened_on: dt.date
    ) -> None:
        self.rng, self.claim, self.person, self.cause = rng, claim, person, cause
        self.happened_on = happened_on
        self.acts: list[Act] = []
        self.heirs: list[dict[str, object]] = []
        self.children: list[dict[str, object]] = []
        self.account: dict[str, object] = account(rng, person.name)
        self.neighbour = name(rng, "male")

    def tell(self, agency: str, word: str, kind: str, day: dt.date, **data: object) -> Act:
        """Let an agency do something about this claim on the first working day from ``day`` on."""
        while day.weekday() >= _SATURDAY:
            day += dt.timedelta(days=1)
        hour, minute, second = self.rng.randrange(8, 16), self.rng.randrange(60), self.rng.randrange(60)
        time = dt.datetime.combine(day, dt.time(hour, minute, second), JAKARTA)
        act = Act(agency, f"{self.claim}.{word}", kind, time, {"claim": self.claim, **data}, self.claim)
        self.acts.append(act)
        return act

    def after(self, day: dt.date, least: int, most: int) -> dt.date:
        """Draw a day from ``least`` to ``most`` days after ``day``."""
        return day + dt.timedelta(days=self.rng.randint(least, most))

    def file(self, day: dt.date, documents: Iterable[str], summary: str) -> dt.date:
        """Let the social service file the claim for the family, with the documents that there are."""
        claimant: dict[str, object] = {
            "name": self.person.name if not self.heirs else str(self.heirs[0]["name"]),
            "relation": "other" if not self.heirs else self.heirs[0]["relation"],
            "phone": f"0812{self.rng.randrange(10_000_000, 99_999_999)}",
        }
        filing: dict[str, object] = {
            "nik": self.person.nik,
            "cause": self.cause,
            "event_date": self.happened_on,
            "claimant": claimant,
            "summary": summary,
            "documents": self.documents(documents),
        }
        if self.children:
            filing["children"] = self.children
        return self.tell("dinas-sosial", "filed", "claim.filed", day, **filing).time.date()

    def documents(self, kinds: Iterable[str]) -> list[dict[str, object]]:
        """Return references under which the office keeps these papers."""
        return [{"kind": kind, "reference": f"berkas {self.claim} {kind}"} for kind in kinds]

    def receive(self, word: str, day: dt.date, documents: Iterable[str]) -> None:
        """Let the social service hand in further documents."""
        self.tell("dinas-sosial", word, "claim.documents-received", day, documents=self.documents(documents))

    def verify(self, agency: str, word: str, day: dt.date, **findings: object) -> None:
        """Let an agency state what it has established."""
        self.tell(agency, word, "claim.verified", day, findings=findings)

    def state_heirs(self, word: str, day: dt.date) -> None:
        """Let the civil registry state the heirs as they are known now."""
        self.verify("disdukcapil", word, day, heirs=[dict(heir) for heir in self.heirs])

    def state_burial(self, word: str, day: dt.date) -> None:
        """Let the district say which neighbour arranged the burial, and his account."""
        arranged = {"name": self.neighbour, "account": account(self.rng, self.neighbour)}
        self.verify(self.person.region.office, word, day, burial={"arranged_by": arranged})

    def draw_family(self, *, heirless: float) -> None:
        """Draw who is left behind: a spouse and children, else parents or siblings, sometimes nobody."""
        rng, person = self.rng, self.person
        if rng.random() < heirless:
            return
        age = self.happened_on.year - person.birth.year
        other = "male" if person.sex == "female" else "female"
        if age >= 22 and rng.random() < 0.82:
            self._heir("spouse", name(rng, other), "spouse")
            for number in range(1, rng.choices((0, 1, 2, 3), weights=(20, 30, 35, 15))[0] + 1):
                self._child(number, age)
        elif rng.random() < 0.7:
            self._heir("parent-1", name(rng, rng.choice(("male", "female"))), "parent")
        else:
            for number in range(1, rng.randint(1, 3) + 1):
                self._heir(
                    f"sibling-{number}", name(rng, rng.choice(("male", "female")), person.family), "sibling"
                )

    def _heir(self, heir: str, who: str, relation: str) -> None:
        bank = account(self.rng, who)
        self.heirs.append({"heir": heir, "name": who, "relation": relation, "account": bank})

    def _child(self, number: int, parent_age: int) -> None:
        oldest = max(1, min(25, parent_age - 20))
        year = self.happened_on.year - self.rng.randint(0, oldest)
        born = dt.date(year, self.rng.randint(1, 12), self.rng.randint(1, 28))
        born = min(born, self.happened_on - dt.timedelta(days=30))
        who = name(self.rng, self.rng.choice(("male", "female")), self.person.family)
        self.children.append({"child": f"child-{number}", "name": who, "birth_date": born})

    def confirm_schooling(self, day: dt.date) -> None:
        """Let the education service confirm who of the children goes to school this school year."""
        year = day.year if day.month >= _NEW_SCHOOL_YEAR else day.year - 1
        for child in self.children:
            born = child["birth_date"]
            age = dt.date(year, 7, 1).year - born.year if isinstance(born, dt.date) else 0
            level = next((code for least, code in _SCHOOL if age >= least), None)
            if level is None or age >= 23 or self.rng.random() < 0.15:
                continue
            self.tell(
                "dinas-pendidikan",
                f"school-{child['child']}-{year}",
                "claim.schooling-confirmed",
                self.after(day, 5, 30),
                child=child["child"],
                level=level,
                school_year=year,
                studying=True,
                payee={"name": child["name"], "account": account(self.rng, str(child["name"]))},
            )
