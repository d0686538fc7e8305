"""What the bank and the offices answer to a payment order: paid, or sent back and put right."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from random import Random

from events.values import JAKARTA
from services.simulation.course import Course
from services.simulation.lives import review
from services.simulation.message import Act, Message, message
from services.simulation.names import account

RETURNED = 0.025
"""Of all first orders, how many the bank sends back: a wrong or closed account."""
MISTYPED = 0.005
"""Of all payments, how many the bank first reports under a number that no order has."""

_BANK = "bank-sumsel"


class Bank:
    """Answers each order once, the same for the same seed; whoever was sent back is paid the second time."""

    def __init__(self, seed: int, courses: Iterable[Course]) -> None:
        """Know the claims, for the families that a returned payment sends back to the office."""
        self._seed = seed
        self._courses = {course.claim: course for course in courses}
        self._sent_back: set[str] = set()

    def answer(self, order: str, claim: str, payee: str, amount: int, due_on: dt.date) -> list[Message]:
        """Return what is sent because of this order: the payment on its due date, or its return and the mending."""
        rng = Random(f"bank {self._seed} {order}")  # noqa: S311
        course = self._courses.get(claim)
        mendable = course is not None and not payee.startswith("provider:") and claim not in self._sent_back
        if course is not None and mendable and rng.random() < RETURNED:
            self._sent_back.add(claim)
            return [self._return(order, claim, due_on), *_mend(course, order, payee, due_on)]
        said = {
            "claim": claim,
            "order": order,
            "amount": amount,
            "paid_on": due_on,
            "reference": f"TRX {order}",
        }
        paid = Act(_BANK, f"paid-{order}", "claim.paid", _at(due_on), said, claim)
        if rng.random() >= MISTYPED:
            return [message(paid)]
        typo = Act(
            _BANK, f"paid-{order}-typo", "claim.paid", _at(due_on), {**said, "order": f"{order}0"}, claim
        )
        return [message(typo), message(paid)]

    def _return(self, order: str, claim: str, due_on: dt.date) -> Message:
        said = {"claim": claim, "order": order, "returned_on": due_on, "reason": "rekening tidak aktif"}
        return message(Act(_BANK, f"returned-{order}", "claim.payment-returned", _at(due_on), said, claim))


def _mend(course: Course, order: str, payee: str, due_on: dt.date) -> list[Message]:
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
    name = next(str(known["name"]) for known in course.children if known["child"] == child)
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
