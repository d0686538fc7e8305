"""Sentences about membership: enrolment, contributions, income, end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from services.scenarios.sentences import fact
from services.scenarios.story import Story

SPONSOR = {"kind": "apbd", "name": "Kabupaten Musi Banyuasin"}
USUAL_INCOME = 900_000


@fact
def enrolled(
    story: Story,
    starts_on: dt.date,
    income: int = USUAL_INCOME,
    programmes: Sequence[str] = ("JKK", "JKM"),
    hand: str = "",
) -> None:
    """Enrol the participant; without more, in both programmes and with an income of Rp900.000."""
    story.report(
        "participant.enrolled",
        "dinsos",
        latest=starts_on,
        name="Siti Aminah",
        birth_date="1970-01-01",
        sex="female",
        district="16.06.01",
        sector="farming",
        programmes=list(programmes),
        income=income,
        starts_on=starts_on,
        sponsor=SPONSOR,
        dominant_hand=hand or None,
    )


@fact
def contributed(story: Story, first: str, paid_on: dt.date, last: str = "") -> None:
    """Pay the contributions of one month or several."""
    story.report(
        "participant.contributions-paid",
        "dinsos",
        latest=paid_on,
        first_month=first,
        last_month=last or first,
        paid_on=paid_on,
        payer=SPONSOR,
    )


@fact
def active(story: Story, starts_on: dt.date, last: str, income: int = USUAL_INCOME, hand: str = "") -> None:
    """Enrol the participant, and pay every month from the first to ``last`` on the first day."""
    enrolled(story, starts_on, income, hand=hand)
    contributed(story, f"{starts_on:%Y-%m}", starts_on, last)


@fact
def declared(story: Story, income: int, month: str) -> None:
    """Declare an income from a month on."""
    story.report("participant.income-declared", "dinsos", income=income, from_month=month)


@fact
def ended(story: Story, ended_on: dt.date) -> None:
    """End the membership after a day."""
    story.report("participant.ended", "dinsos", ended_on=ended_on, reason="pindah")
