"""What is said of a participant: membership, the months paid, and what happened."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import pairwise

from events.catalogue import SHORT_NAMES
from events.operation import PersonErased
from projections import months
from projections.membership import Member
from services.book.person import EventTimes, PersonFile
from services.wording.terms import LanguageTexts, moment, number
from services.wording.timeline import date


def membership(member: Member | None, words: LanguageTexts) -> str:
    """Say in which programmes somebody is a member, where, and when."""
    if member is None:
        return words.say("person.not-enrolled")
    periods = [_period(period, words) for period in member.periods.split()]
    programmes = words.join([words.name("programme", code) for code in member.programmes.split()])
    return words.say(
        "person.member",
        programmes=programmes,
        district=words.name("district", member.district),
        periods=words.join(periods),
    )


def _period(period: str, words: LanguageTexts) -> str:
    first, _, last = period.partition("/")
    if last:
        return words.say("person.period", first=date(first), last=date(last))
    return words.say("person.period-open", first=date(first))


def erased_on(person_file: PersonFile, words: LanguageTexts) -> str:
    """Say that a person was erased and when; empty where not."""
    erased = next((one for one in person_file.events if one.type == SHORT_NAMES[PersonErased]), None)
    return (
        words.say("person.erased", when=moment(dt.datetime.fromisoformat(erased.recordedtime)))
        if erased
        else ""
    )


def months_paid(paid: Sequence[str], words: LanguageTexts) -> str:
    """Name the months paid, those behind one another as one span."""
    if not paid:
        return words.say("person.no-months")
    starts = [
        0,
        *(
            n
            for n, (one, next_) in enumerate(pairwise(paid), 1)
            if months.index(next_) - months.index(one) > 1
        ),
    ]
    spans = [(paid[start], paid[end - 1]) for start, end in pairwise([*starts, len(paid)])]
    texts = [
        words.month(first)
        if first == last
        else words.say("person.span", first=words.month(first), last=words.month(last))
        for first, last in spans
    ]
    return words.say("person.months", count=number(len(paid)), months=words.join(texts))


def event_name(one: EventTimes, words: LanguageTexts) -> str:
    """Name an event of a person, with its claim."""
    name = words.name("event", one.type)
    text = f"{one.claim} {name}" if one.claim else name
    return f"{text} ({words.say('story.retracted')})" if one.retracted else text
