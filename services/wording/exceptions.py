"""Exceptions as people read them: of what, with what more there is to know, and where each of their events stands."""

from __future__ import annotations

import datetime as dt

from events.envelope import KELAMBU, reference
from services.exceptions.deadlines import By, Days
from services.exceptions.listing import ExceptionLine, Exceptions
from services.wording.terms import LanguageTexts, day, number
from services.wording.timeline import payee


def subject(line: ExceptionLine, words: LanguageTexts) -> str:
    """Name what of the claim it is: the payee of an overpayment, else the order, document or token."""
    return payee(line.subject, words) if line.kind == "overpaid" else line.subject


def details(line: ExceptionLine, words: LanguageTexts) -> str:
    """Say what more there is to know: the papers, how the claim stood, what was ordered and paid, when it was due."""
    match line.kind:
        case "without-hash":
            parts = [words.name("missing", f"document:{kind}") for kind in line.details]
        case "shared-reference":
            parts = [words.say("exception.reference", reference=token[:10]) for token in line.details]
        case "quarantined":
            event, code = line.details
            parts = [words.event(event), words.name("refused", code)]
        case "waits-long":
            parts = [words.say(f"task.{code}") for code in line.details]
        case "parked":
            parts = [words.event(event) for event in line.details]
        case _:
            parts = [words.name("status", code) for code in line.details]
    if line.kind == "paid-twice-returned":
        full, sent_back = words.amount(line.paid + line.amount), words.amount(line.amount)
        parts.append(
            words.say("exception.against-back", ordered=words.amount(line.ordered), paid=full, back=sent_back)
        )
    elif line.paid:
        against = words.amount(line.ordered), words.amount(line.paid)
        parts.append(words.say("exception.against", ordered=against[0], paid=against[1]))
    if line.after:
        key = "exception.long-after" if line.kind == "waits-long" else "exception.after"
        parts.append(words.say(key, day=day(dt.date.fromisoformat(line.after))))
    return ", ".join(parts)


def in_all(exceptions: Exceptions) -> dict[str, str]:
    """Return how many exceptions are listed, counted apart, and both together, for a sentence about it."""
    listed, apart = (
        sum(one.exceptions for one in totals) for totals in (exceptions.listed, exceptions.apart)
    )
    return {"listed": number(listed), "apart": number(apart), "every": number(listed + apart)}


def places(line: ExceptionLine) -> list[str]:
    """Write each event that it rests on as its position, with its reference where an agency sent it."""
    named = []
    for position, ref in line.events:
        place = f"{line.partition}:{position}" if position else ""
        named.append(place if ref.startswith(reference(KELAMBU, "")) else f"{place} {ref}".strip())
    return named


def group(name: str, by: By, words: LanguageTexts) -> str:
    """Name a group of claims or orders; the empty one is all of them."""
    if not name:
        return words.say("demo.all")
    if name == "?":
        return words.say("deadline.unknown")
    return words.month(name) if by == "month" else words.name(by, name)


def sum_and_median(days: Days, words: LanguageTexts) -> str:
    """Write days as their sum and their median."""
    return words.say("deadline.sum-median", sum=number(days.sum), median=number(days.median))
