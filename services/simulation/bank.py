"""What the bank and the offices answer to a payment order.

Paid, late, twice or in parts, or sent back and put right.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from random import Random
from typing import Protocol

from events.values import JAKARTA
from services.simulation.course import Course
from services.simulation.lives import review
from services.simulation.message import Act, AgencyMessage, message
from services.simulation.regency import account

RETURNED = 0.025
"""Of all first orders, how many the bank sends back: a wrong or closed account."""
MISTYPED = 0.005
"""Of all payments, how many the bank first reports under a number that no order has."""
LATE = 0.06
"""Of all payments, how many are made after the day they are due."""
TWICE = 0.006
"""Of all payments, how many the bank makes a second time by mistake, and fetches back later."""
IN_PARTS = 0.006
"""Of all payments, how many arrive in two parts."""

_BANK = "bank-sumsel"
_SATURDAY = 5


class ReleasedOrder(Protocol):
    """An order that has left for the bank."""

    @property
    def order(self) -> str: ...
    @property
    def claim(self) -> str: ...
    @property
    def payee(self) -> str: ...
    @property
    def amount(self) -> int: ...
    @property
    def due_on(self) -> dt.date: ...


class Bank:
    """Answers each order once, the same for the same seed; whoever was sent back is paid the second time."""

    def __init__(self, seed: int, courses: Iterable[Course]) -> None:
        """Know the claims, for the families that a returned payment sends back to the office."""
        self._seed = seed
        self._courses = {course.claim: course for course in courses}
        self._sent_back: set[str] = set()

    def answer(self, order: ReleasedOrder, today: dt.date) -> list[AgencyMessage]:
        """Return what is sent because of an order that left on ``today``, all of it later than that day.

        Mostly it is one payment by the day it is due; sometimes a late one, two, or two parts; or a return, and how it
        is mended.
        """
        rng = Random(f"bank {self._seed} {order.order}")  # noqa: S311
        course = self._courses.get(order.claim)
        mendable = not order.payee.startswith("provider:") and order.claim not in self._sent_back
        day = _pay_day(rng, order.due_on, today)
        if course is not None and mendable and rng.random() < RETURNED:
            self._sent_back.add(order.claim)
            return [_returned(order, day), *_mend(course, order.order, order.payee, day)]
        draw = rng.random()
        if draw < MISTYPED:
            return [_paid(order, day, word="-typo", order=f"{order.order}0"), _paid(order, day)]
        if draw < MISTYPED + TWICE:
            return _twice(rng, order, day)
        if draw < MISTYPED + TWICE + IN_PARTS:
            part = order.amount * 2 // 5
            later = _working_day(day + dt.timedelta(days=rng.randint(1, 5)))
            rest = _paid(
                order, later, word="-rest", amount=order.amount - part, reference=f"TRX {order.order} B"
            )
            return [_paid(order, day, amount=part), rest] if part else [_paid(order, day)]
        return [_paid(order, day)]


def _pay_day(rng: Random, due_on: dt.date, today: dt.date) -> dt.date:
    """Draw the working day after ``today`` on which the bank acts.

    The due day or the one before, now and then a later one.
    """
    day = due_on - dt.timedelta(days=rng.randint(0, 1))
    if rng.random() < LATE:
        day = due_on + dt.timedelta(days=rng.randint(1, 15))
    return _working_day(max(day, today + dt.timedelta(days=1)))


def _working_day(day: dt.date) -> dt.date:
    while day.weekday() >= _SATURDAY:
        day += dt.timedelta(days=1)
    return day


def _paid(order: ReleasedOrder, day: dt.date, /, *, word: str = "", **otherwise: object) -> AgencyMessage:
    data = {
        "claim": order.claim,
        "order": order.order,
        "amount": order.amount,
        "paid_on": day,
        "reference": f"TRX {order.order}",
        **otherwise,
    }
    return message(Act(_BANK, f"paid-{order.order}{word}", "claim.paid", _at(day), data, order.claim))


def _twice(rng: Random, order: ReleasedOrder, day: dt.date) -> list[AgencyMessage]:
    """Pay on one day, again on the next, and fetch the second payment back within three weeks."""
    again = _working_day(day + dt.timedelta(days=1))
    back = _working_day(again + dt.timedelta(days=rng.randint(2, 20)))
    reference = f"TRX {order.order} B"
    second = _paid(order, again, word="-again", reference=reference)
    return [_paid(order, day), second, _returned(order, back, payment=reference, amount=order.amount)]


def _returned(order: ReleasedOrder, day: dt.date, /, **which: object) -> AgencyMessage:
    reason = "pembayaran ganda" if which else "rekening tidak aktif"
    data = {"claim": order.claim, "order": order.order, "returned_on": day, "reason": reason, **which}
    return message(
        Act(_BANK, f"returned-{order.order}", "claim.payment-returned", _at(day), data, order.claim)
    )


def _mend(course: Course, order: str, payee: str, due_on: dt.date) -> list[AgencyMessage]:
    """Let the office that stated the account state a new one, and an officer of the fund accept it."""
    done = len(course.acts)
    day = course.after(due_on, 3, 12)
    kind, _, local = payee.partition(":")
    word = f"account-for-{order.rpartition('.')[2]}"
    if kind == "heir":
        course.heirs = [
            {**heir, "account": account(course.rng, str(heir["name"]))} if heir["heir"] == local else heir
            for heir in course.heirs
        ]
        course.state_heirs(word, day)
    elif kind == "participant":
        course.account = account(course.rng, course.person.name)
        course.verify(course.person.region.office, word, day, participant_account=dict(course.account))
    elif kind == "burial":
        course.state_burial(word, day)
    else:
        _state_schooling(course, local, word, day)
    answered = course.after(day, 2, 8)
    review(course, f"{word}-accepted", answered, ["account-changed", "payment-returned"])
    mended, course.acts = course.acts[done:], course.acts[:done]
    return [message(act) for act in mended]


def _state_schooling(course: Course, child: str, word: str, day: dt.date) -> None:
    """Let the education service confirm the child's school years again, with another account."""
    name = next(str(stated["name"]) for stated in course.children if stated["child"] == child)
    bank = account(course.rng, name)
    confirmed = [
        act for act in course.acts if act.type == "claim.schooling-confirmed" and act.data["child"] == child
    ]
    for act in confirmed:
        again = {key: value for key, value in act.data.items() if key not in ("claim", "payee")}
        year = again["school_year"]
        course.tell(
            act.agency, f"{word}-{year}", act.type, day, **again, payee={"name": name, "account": bank}
        )


def _at(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(14, 30), JAKARTA)
