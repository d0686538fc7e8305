"""What goes wrong between agencies: changes of mind, and messages that are late, wrong, or sent twice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from random import Random

from msgspec import Struct
from msgspec.structs import replace

from services.simulation.course import Course
from services.simulation.lives import review
from services.simulation.message import Act, AgencyMessage, document, encode, message
from services.simulation.regency import account


class Upsets(Struct, frozen=True, kw_only=True):
    """How often, of 1, a claim takes one of these turns."""

    objection: float = 0.015
    withdrawal: float = 0.01
    heirs_retracted: float = 0.015
    filing_retracted: float = 0.004
    filed_twice: float = 0.006
    claimed_again: float = 0.006
    mistyped: float = 0.004
    papers_missing: float = 0.03
    late_enrolment: float = 0.01


class Faults(Struct, frozen=True, kw_only=True):
    """How often, of 1, a message meets one of these faults. What is spoilt is sent correctly as well."""

    repeated: float = 0
    broken: float = 0
    foreign: float = 0
    conflicting: float = 0
    delayed: float = 0
    early: float = 0


NO_FAULTS = Faults()
CLAIM_FAULTS = Faults(repeated=0.02, broken=0.006, foreign=0.003, conflicting=0.003, delayed=0.05, early=0.02)
MEMBERSHIP_FAULTS = Faults(repeated=0.002, broken=0.0004, foreign=0.0001, conflicting=0.0001, delayed=0.0005)
"""Enrolment runs from a list and errs less."""


def upset(seed: int, courses: Iterable[Course], upsets: Upsets | None = None) -> set[int]:
    """Let some claims take another turn; returns the numbers of the persons who are enrolled too late."""
    rates = upsets or Upsets()
    unenrolled = set()
    turns: tuple[tuple[float, Callable[[Course], None]], ...] = (
        (rates.objection, _object),
        (rates.withdrawal, _withdraw),
        (rates.heirs_retracted, _take_heirs_back),
        (rates.filing_retracted, _take_filing_back),
        (rates.filed_twice, _file_twice),
        (rates.claimed_again, _claim_again),
        (rates.mistyped, _mistype),
        (rates.papers_missing, _forget_papers),
    )
    for course in courses:
        rng = Random(f"upset {seed} {course.claim}")  # noqa: S311
        draw = rng.random()
        for rate, turn in turns:
            if draw < rate:
                turn(course)
                break
            draw -= rate
        else:
            if draw < rates.late_enrolment:
                unenrolled.add(course.person.number)
    return unenrolled


def _last_day(course: Course) -> dt.date:
    return max(act.time.date() for act in course.acts)


def _object(course: Course) -> None:
    day = course.after(_last_day(course), 5, 30)
    by = {"name": str(course.heirs[0]["name"]) if course.heirs else course.person.name}
    course.tell("dinas-sosial", "objection", "claim.objected", day, by=by, grounds="Jumlah dianggap kurang.")
    if course.rng.random() < 0.7:
        review(course, "objection-answer", course.after(day, 4, 20), ["objected"])


def _withdraw(course: Course) -> None:
    day = course.after(course.acts[0].time.date(), 1, 10)
    course.tell("dinas-sosial", "withdrawal", "claim.withdrawn", day, reason="Keluarga menarik permohonan.")


def _take_heirs_back(course: Course) -> None:
    """The registry named the wrong heirs: it retracts that and states them again, one account corrected."""
    stated = next((act for act in course.acts if act.id.endswith(".heirs")), None)
    if stated is None or not course.heirs:
        return
    day = course.after(stated.time.date(), 3, 45)
    _retract(course, stated, day, "Surat ahli waris keliru.")
    first = course.heirs[0]
    course.heirs[0] = {**first, "account": account(course.rng, str(first["name"]))}
    course.state_heirs("heirs-again", course.after(day, 1, 9))


def _take_filing_back(course: Course) -> None:
    filing = course.acts[0]
    _retract(course, filing, course.after(filing.time.date(), 2, 20), "Salah orang.")


def _retract(course: Course, act: Act, day: dt.date, reason: str) -> None:
    act_of_retraction = course.tell(
        act.agency, f"retracts-{act.id.rpartition('.')[2]}", "event.retracted", day
    )
    course.acts[-1] = replace(act_of_retraction, data={"retracts": act.id, "reason": reason})


def _file_twice(course: Course) -> None:
    """Another clerk files the same number again."""
    filing = course.acts[0]
    course.acts.append(replace(filing, id=f"{filing.id}-2", time=filing.time + dt.timedelta(days=2)))


def _claim_again(course: Course) -> None:
    """The same event is filed under a second number."""
    filing = course.acts[0]
    number = f"{course.claim}-B"
    again = {**filing.data, "claim": number}
    course.acts.append(
        replace(filing, id=f"{number}.filed", time=filing.time + dt.timedelta(days=6), data=again)
    )


def _mistype(course: Course) -> None:
    """A finding is sent under a number that nobody filed, and under the right one the day after."""
    act = next(act for act in course.acts if act.type == "claim.verified")
    wrong = {**act.data, "claim": f"{course.claim}0"}
    course.acts.append(replace(act, id=f"{act.id}-typo", data=wrong, time=act.time - dt.timedelta(days=1)))


def _forget_papers(course: Course) -> None:
    """The family never brings the last papers, and the claim goes on waiting for them."""
    papers = [act for act in course.acts if act.type == "claim.documents-received"]
    course.acts = [act for act in course.acts if act not in papers[-1:] and act.type != "claim.reviewed"]


def spoil(seed: int, name: str, acts: Iterable[Act], faults: Faults) -> Iterator[AgencyMessage]:
    """Yield the messages of these acts with faults among them, in no order: sort them by time."""
    rng = Random(f"faults {seed} {name}")  # noqa: S311
    for act in acts:
        sent = act.time
        draw = rng.random()
        if draw < faults.delayed:
            sent += dt.timedelta(days=rng.randint(10, 60))
        elif draw < faults.delayed + faults.early:
            sent = max(sent - dt.timedelta(days=rng.randint(15, 30)), _earliest(act))
            act = replace(act, time=sent)  # noqa: PLW2901 -- whoever reports early also acts early
        yield message(act, sent)
        later = sent + dt.timedelta(hours=rng.randint(1, 72))
        wrong = _wrong(rng, act, later, faults)
        if wrong:
            yield wrong


def _earliest(act: Act) -> dt.datetime:
    """Return the first moment at which an act can be reported: no fact that it states lies ahead of it."""
    days = (day for day in _days(act.data) if day <= act.time.date())
    return dt.datetime.combine(max(days, default=dt.date(act.time.year - 1, 1, 1)), act.time.timetz())


def _days(data: object) -> Iterator[dt.date]:
    """Go through all dates in what is stated."""
    if isinstance(data, dt.date):
        yield data
    elif isinstance(data, Mapping):
        for part in data.values():
            yield from _days(part)
    elif isinstance(data, list):
        for part in data:
            yield from _days(part)


def _wrong(rng: Random, act: Act, later: dt.datetime, faults: Faults) -> AgencyMessage | None:
    """Draw what is sent besides the right message, if anything."""
    draw = rng.random()
    if draw < faults.repeated:
        return message(act, later)
    draw -= faults.repeated
    if draw < faults.broken:
        return _break(rng, act, later)
    draw -= faults.broken
    if draw < faults.foreign:
        return _foreign(act, later)
    draw -= faults.foreign
    if draw < faults.conflicting:  # the id a second time, for something else
        return message(replace(act, time=act.time + dt.timedelta(minutes=7)), later)
    return None


def _break(rng: Random, act: Act, later: dt.datetime) -> AgencyMessage:
    """Send what cannot be read: cut off, a wrong type, an unknown field, a date in the future."""
    content = document(replace(act, id=f"{act.id}-bad"))
    match rng.randrange(4):
        case 0:
            return AgencyMessage(act.agency, encode(content)[:-9], later, act.about)
        case 1:
            content["time"] = "kemarin"
        case 2:
            content["data"] = {**act.data, "catatan": "lihat lampiran"}
        case _:
            if "event_date" in act.data:
                content["data"] = {**act.data, "event_date": (act.time + dt.timedelta(days=400)).date()}
            else:
                content["type"] = "kelambu.claim.selesai.v1"
    return AgencyMessage(act.agency, encode(content), later, act.about)


def _foreign(act: Act, later: dt.datetime) -> AgencyMessage:
    """Send in the name of another agency."""
    other = "dinkes" if act.agency != "dinkes" else "disdukcapil"
    return AgencyMessage(
        act.agency, encode(document(replace(act, id=f"{act.id}-other"), source=other)), later, act.about
    )
