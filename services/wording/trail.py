"""What was done, in one line for each record of the audit trail."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence

from msgspec import UNSET, UnsetType

from services.audit_trail.engagements import EngagementState
from services.audit_trail.records import (
    KINDS,
    AccountChanged,
    ActNotTaken,
    ActSent,
    AnswerShown,
    EngagementOpened,
    Exported,
    FigureRecorded,
    FindingAssessed,
    FindingFollowedUp,
    NotaryKeysChanged,
    OperationRequested,
    PersonalDataRead,
    QueryRun,
    Record,
    SampleFrozen,
    SampleItemExamined,
    SignInRecorded,
)
from services.audit_trail.scope import Limit, beyond
from services.wording.figures import asked_for, parameter_value
from services.wording.terms import LanguageTexts, day, moment, number

_FAMILIES: Mapping[type[Record], Mapping[str, str]] = {
    ActNotTaken: {"why": "refused"},
    AccountChanged: {"change": "account-change"},
    FindingAssessed: {"outcome": "finding-outcome"},
    FindingFollowedUp: {"state": "follow-up"},
    NotaryKeysChanged: {"change": "key-change"},
    OperationRequested: {"what": "operation"},
    SignInRecorded: {"outcome": "sign-in"},
}
"""Fields of records that are codes, each with the family of its words."""


def how_it_stands(one: EngagementState, today: dt.date, words: LanguageTexts) -> str:
    """Say whether an audit is open, has ended, or was closed."""
    if one.closed:
        return words.say("engagement.closed-at", at=moment(one.closed))
    key = "engagement.ended-on" if one.over(today) else "engagement.open-until"
    return words.say(key, day=day(one.opened.until))


def out_of_scope(
    audit: EngagementOpened, record: Record, words: LanguageTexts, *, before: bool = False
) -> str:
    """Say that a record goes beyond the scope of an audit, and by which districts, agencies and days.

    Empty where it does not. ``before`` it is made, that it will.
    """
    limits = [_passed(limit, values, words) for limit, values in beyond(audit, record).items()]
    if not limits:
        return ""
    match record:
        case FigureRecorded(concerns=about) | AnswerShown(concerns=about) | Exported(concerns=about) if about:
            what = "claim" if "claim" in getattr(record, "parameters", {"claim": ""}) else "person"
        case SampleFrozen():
            what = "sample"
        case Exported():
            what = "export"
        case _:
            what = "question"
    sentence = words.say(f"engagement.wider-{what}")
    return words.say(
        "engagement.will-be-wider" if before else "engagement.wider",
        what=sentence,
        number=audit.number,
        limits="; ".join(limits),
    )


def _passed(limit: Limit, values: Sequence[str], words: LanguageTexts) -> str:
    """Say what is beyond a limit: the ``values``, else all there are."""
    if not values:
        return words.say(f"engagement.every-{limit}")
    values_named = ", ".join(_limit_value(limit, one, words) for one in values)
    return words.say(f"engagement.outside-{limit}", values=values_named)


def _limit_value(limit: Limit, value: str, words: LanguageTexts) -> str:
    if limit == "agency":
        return words.registered(value)
    return words.name("district", value) if limit == "district" else parameter_value("on", value, words)


def what_was_done(record: Record, words: LanguageTexts) -> str:
    """Say what was done: of which book, narrowed to what, and whether anybody can read the personal data that was taken."""
    kind = KINDS[type(record)]
    if isinstance(record, SampleItemExamined) and record.audited is None:
        kind = f"{kind}-error"
    if isinstance(record, QueryRun) and record.refused:
        kind = f"{kind}-refused"
    if isinstance(record, PersonalDataRead) and (record.persons or record.subject == "all"):
        kind = f"{kind}-persons" if record.persons else f"{kind}-all"
    if isinstance(record, AccountChanged) and record.roles_before is not UNSET:
        kind = f"{kind}-roles"
    sentence = words.say(f"trail.{kind}", **_facts(record, words))
    beside = ", ".join(_beside(record, words))
    return f"{sentence} ({beside})" if beside else sentence


def read_for(what: str, words: LanguageTexts) -> str:
    """Say for what personal data were opened; of audit tests with their titles."""
    kind, _, controls = what.partition(" ")
    titles = [f"«{parameter_value('name', one, words)}»" for one in controls.split(", ") if one]
    return f"{words.name('personal-reading', kind)} {', '.join(titles)}".rstrip()


def _beside(record: Record, words: LanguageTexts) -> Iterator[str]:
    """Say what a look was narrowed to, the two axes on which it was made, and what was open in it."""
    match record:
        case SampleFrozen(selection=selection) if selection:
            yield " ".join(f"{name}={value}" for name, value in selection.items())
    match record:
        case FigureRecorded() | AnswerShown() | Exported() | SampleFrozen():
            if record.cut:
                yield words.say("trail.known", cut=_positions(record.cut))
            if record.true_on:
                yield words.say("trail.true-on", day=day(record.true_on))
    match record:
        case Exported(clear=True):
            yield words.say("trail.clear")


def _positions(cut: Sequence[int]) -> str:
    """Write a cut; of one partition alone as its claims name it."""
    places = [f"{partition}:{position}" for partition, position in enumerate(cut) if position]
    return ",".join(places)


def _facts(record: Record, words: LanguageTexts) -> dict[str, object]:
    facts: dict[str, object] = {name: getattr(record, name) for name in record.__struct_fields__}
    match record:
        case (
            FigureRecorded(query=query, parameters=parameters)
            | AnswerShown(query=query, parameters=parameters)
        ):
            facts["asked"] = asked_for(query, parameters, words)
        case ActSent(what=what, codes=codes):
            facts["told"] = _act(what, codes, words)
        case Exported(files=files):
            facts |= {"count": number(len(files)), "rows": number(sum(file.rows for file in files))}
        case PersonalDataRead(persons=persons, what=what):
            facts |= {"count": number(len(persons)), "what": read_for(what, words)}
        case AccountChanged():
            facts["after"] = _rights(record.roles, record.agency, words)
            facts["before"] = _rights(record.roles_before, record.agency_before, words)
        case NotaryKeysChanged(keys=keys):
            facts["keys"] = ", ".join("+".join(key.split("+", 2)[:2]) for key in keys)
        case EngagementOpened():
            facts |= {name: day(getattr(record, name)) for name in ("period_from", "period_to", "until")}
    for name, family in _FAMILIES.get(type(record), {}).items():
        facts[name] = words.name(family, str(facts[name]))
    if isinstance(items := facts.get("items"), tuple):
        facts["items"] = number(len(items))
    for name in ("amount", "booked", "audited"):
        if isinstance(fact := facts.get(name), int):
            facts[name] = words.amount(fact)
    return facts


def _rights(roles: Sequence[str] | UnsetType, agency: str | UnsetType, words: LanguageTexts) -> str:
    """Say what an account may: its roles, and the agency in whose name."""
    roles_named = ", ".join(words.name("role", one) for one in roles or ())
    return f"{roles_named} ({agency})" if agency else roles_named


def _act(what: str, codes: Sequence[str], words: LanguageTexts) -> str:
    """Say what an officer sent: the event, the decision, the reasons that it names."""
    decision, *reasons = [*codes, ""]
    parts = [words.name("event", what), words.name("decision", decision)]
    return ", ".join(part for part in (*parts, *(words.name("reason", code) for code in reasons)) if part)
