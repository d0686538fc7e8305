"""One life for every way in which a claim may stand."""

from __future__ import annotations

from services.adjudication.replay import Replay
from services.adjudication.state import State
from services.benefits.reading.folder import load
from tests.lives import NIK, Life, days, disability, heir, jkm_death

DAY = "2026-03-20"


def state_after(life: Life) -> State:
    """What is known once everything has been decided."""
    book = Replay(load())
    for line in life.lines():
        book.take(line)
    return book.states[life.nik]


def member(starts_on: str, first: str, last: str, paid_on: str = "2026-01-05") -> Life:
    """A member with these months paid, who died of an illness on ``DAY``; every paper is there."""
    return (
        Life()
        .enrolled(starts_on)
        .paid_months(first, last, paid_on)
        .filed(event_date=DAY)
        .died(DAY)
        .heirs(heir())
    )


def hurt(event_date: str = "2026-03-01", time: str = "2026-06-10T10:00:00+07:00", **enrolment) -> Life:
    """A worker who was hurt at work and could not work for ten days."""
    life = Life().enrolled("2020-01-01", **enrolment).paid_months("2020-01", "2026-12", "2020-01-02")
    return life.accident(event_date=event_date, time=time).at_work().items(days(event_date, 10))


def two_claims() -> Life:
    """Two claims for one death, ``A-1`` first."""
    return jkm_death().filed("B-2").died(claim="B-2").heirs(heir(), claim="B-2")


def disabled() -> Life:
    """A left-handed member who lost the sight of an eye and half of the use of an arm."""
    life = Life(NIK).enrolled(income=2_500_000, dominant_hand="left").paid_months().accident().at_work()
    eye, arm = disability("eye", side="left"), disability("arm-elbow", side="right", loss_percent=50)
    return life.items(
        eye, arm, days("2026-03-01", 40), {"kind": "transport", "mode": "land", "amount": 7_000_000}
    )


def bereaved() -> Life:
    """A member who died, with two heirs of unequal shares and a child at school; one order is paid."""
    child = {"child": "c1", "name": "Anak", "birth_date": "2015-01-01"}
    life = Life().enrolled("2022-01-01").paid_months("2022-01", "2026-12").filed(children=[child]).died()
    shares = heir("istri", share_percent=62.5), heir("anak", "child", "2", share_percent=37.5)
    return life.heirs(*shares).schooled("c1", "SD", 2026).paid("A-1.1", 26_250_000)


def waiting() -> Life:
    """A death with three papers and nothing established."""
    return Life().insured().filed(papers=("ktp", "kk", "form-4"))
