"""What the values of facets of claims are called, and who has to bring what of a claim."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from projections.claim_counts import Facet
from projections.claim_state import turn_of
from projections.claims import ClaimRow
from services.wording.terms import LanguageTexts

_OBJECTED = "objected"


def facet_value(facet: Facet, value: str, words: LanguageTexts) -> str:
    """Name a value of a facet: a month in words, a missing paper, finding or reason by its name."""
    if facet == "month":
        return words.month(value)
    if facet != "obstacle":
        return words.name(facet, value)
    missing = words.name("missing", value)
    return words.name("reason", value) if missing == value else missing


def whose_turn(row: ClaimRow, words: LanguageTexts, *, by_name: bool = False) -> str:
    """Say who has to act before a claim goes on: the family, an office, an officer, who pays.

    Empty where it waits for nobody. ``by_name`` where an order of it leaves once a supervisor has approved it.
    """
    if row.status == "waiting" and row.missing:
        return words.name("turn", turn_of(row.missing))
    if row.status == "ordered":
        sends = words.say("deadline.supervisor") if by_name else words.scheme.office
        named = {"to-send": sends, "to-pay": words.say("deadline.bank")}
        return ", ".join(named.get(one, words.name("turn", "family")) for one, _ in _open_money(row))
    return words.say(f"work-who.{_officers_task(row)}") if row.status == "referred" else ""


def _officers_task(row: ClaimRow) -> str:
    """Return what an officer has to do about a claim that is referred."""
    return "answer" if _OBJECTED in row.reasons else "decide"


def awaited(row: ClaimRow, words: LanguageTexts, *, by_name: bool = False) -> str:
    """Name what a claim waits for.

    What is missing, for which reasons an officer has to decide, which money is on its way.
    """
    if row.status == "ordered":
        keys = {"to-send": "deadline.to-approve"} if by_name else {}
        money = ((keys.get(one, f"deadline.{one}"), words.amount(amount)) for one, amount in _open_money(row))
        return ", ".join(words.say(key, amount=amount) for key, amount in money)
    if row.status == "referred":
        return officers_act(_officers_task(row), row.reasons, words)
    missing = row.missing if row.status == "waiting" else ()
    return ", ".join(facet_value("obstacle", code, words) for code in missing)


def officers_act(task: str, reasons: Sequence[str], words: LanguageTexts) -> str:
    """Name the act of an officer that is waited for and its reasons; an objection is no other reason for its answer."""
    act = words.say(f"work-awaited.{task}")
    named = ", ".join(words.name("reason", code) for code in reasons if code != _OBJECTED)
    return f"{act} ({named})" if named else act


def next_act(row: ClaimRow, words: LanguageTexts, *, by_name: bool = False, amiss: bool = False) -> str:
    """Say who must act now and for what the claim waits, and who about what is ``amiss``; or that nobody must."""
    sentences = []
    if who := whose_turn(row, words, by_name=by_name):
        sentences.append(words.say("next-act.who", who=who, what=awaited(row, words, by_name=by_name)))
    if row.unmatched:
        sentences.append(words.say("next-act.unmatched", amount=words.amount(row.unmatched)))
    elif amiss:
        sentences.append(words.say("next-act.amiss"))
    return " ".join(sentences) or words.say("next-act.nobody")


def _open_money(row: ClaimRow) -> Iterator[tuple[str, int]]:
    """Yield what of the award of an ordered claim is not paid.

    Not sent to the bank, not paid by it, come back and not ordered again.
    """
    parts = {
        "to-send": row.ordered - row.released,
        "to-pay": row.released - row.matched,
        "come-back": min(row.returned, row.entitled - row.ordered),
    }
    yield from ((name, amount) for name, amount in parts.items() if amount > 0)
