"""The summary of the demo.

What a regent wants to know, every figure of it counted from the read models and the quarantine.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct
from rich.console import Console
from sqlalchemy import func, select

from projections import agencies, claims, participants, payments
from projections.claims import ClaimRow
from projections.store import View
from projections.sums import Reconciliation
from services.cli.output import table, tell
from services.cli.render.sums import reconciled, show_sums
from services.ledger.quarantine_store import QuarantineStore
from services.wording.groups import decile_name
from services.wording.terms import LanguageTexts, number

STATUSES = ("paid", "ordered", "waiting", "referred", "denied", "withdrawn", "retracted")


class StatusTotals(Struct, frozen=True):
    """All claims of one status: how many, and the rupiah ordered on them and paid by the bank."""

    claims: int = 0
    ordered: int = 0
    paid_by_bank: int = 0


class Messages(Struct, frozen=True):
    """What became of everything that the agencies sent; ``refused`` by code."""

    agencies: int
    sent: int
    admitted: int
    repeated: int
    refused: Mapping[str, int]
    orphans: int
    """Kept for a claim that nobody has filed, or for an event that they retract."""


class Summary(Struct, frozen=True, kw_only=True):
    """How the year ended. Reasons and what is missing are counted by code, one claim under each of its codes."""

    deciles: Mapping[str, int]
    statuses: Mapping[str, StatusTotals]
    missing: Mapping[str, int]
    referred: Mapping[str, int]
    denied: Mapping[str, int]
    sums: Reconciliation
    mismatches: int
    messages: Messages
    events: int
    differences: tuple[str, ...]
    examples: Mapping[str, str]
    """For each status one claim to look at."""
    seconds: float


def show(summary: Summary, words: LanguageTexts, console: Console) -> None:
    """Print the summary."""
    _people(summary, words, console)
    _claims(summary, words, console)
    _money(summary, words, console)
    _why(summary, words, console)
    _messages(summary, words, console)


def _people(summary: Summary, words: LanguageTexts, console: Console) -> None:
    rows = [(decile_name(str(d), words), number(n)) for d, n in sorted(summary.deciles.items())]
    rows.append((words.say("demo.all"), number(sum(summary.deciles.values()))))
    console.print()
    console.print(table(words.say("demo.participants"), ("", ""), rows, right=(1,)))


def _claims(summary: Summary, words: LanguageTexts, console: Console) -> None:
    rows = [
        (
            words.name("status", status),
            number(totals.claims),
            words.amount(totals.ordered),
            words.amount(totals.paid_by_bank),
        )
        for status in STATUSES
        if (totals := summary.statuses.get(status, StatusTotals())).claims
    ]
    everything = summary.statuses.values()
    rows.append(
        (
            words.say("demo.all"),
            number(sum(totals.claims for totals in everything)),
            words.amount(sum(totals.ordered for totals in everything)),
            words.amount(sum(totals.paid_by_bank for totals in everything)),
        )
    )
    columns = ("", *(words.say(key) for key in ("column.claims", "sum.ordered", "sum.paid_by_bank")))
    console.print()
    console.print(table(words.say("demo.claims"), columns, rows, right=(1, 2, 3)))


def _money(summary: Summary, words: LanguageTexts, console: Console) -> None:
    console.print()
    show_sums(summary.sums, words, console)
    if summary.mismatches:
        tell(console, words.say("demo.mismatches", count=number(summary.mismatches)))


def _why(summary: Summary, words: LanguageTexts, console: Console) -> None:
    waits = [(number(n), words.name("missing", code)) for code, n in _most(summary.missing)]
    waits += [
        (number(n), f"{words.say('status.referred')}: {words.name('reason', code)}")
        for code, n in _most(summary.referred)
    ]
    denials = [(number(n), words.name("reason", code)) for code, n in _most(summary.denied)]
    for title, rows in (("demo.waits", waits), ("demo.denials", denials)):
        console.print()
        console.print(
            table(words.say(title), ("", ""), rows or [("", words.say("none"))], right=(0,), prose=(1,))
        )


def _messages(summary: Summary, words: LanguageTexts, console: Console) -> None:
    messages = summary.messages
    rows = [(number(n), words.name("refused", code)) for code, n in _most(messages.refused)]
    console.print()
    console.print(
        table(
            words.say("demo.refused"),
            ("", ""),
            rows or [("", words.say("none"))],
            right=(0,),
            prose=(1,),
        )
    )
    tell(
        console,
        words.say(
            "demo.messages",
            agencies=messages.agencies,
            sent=number(messages.sent),
            admitted=number(messages.admitted),
            repeated=number(messages.repeated),
            refused=number(sum(messages.refused.values())),
        ),
    )
    if messages.orphans:
        tell(console, words.say("demo.orphans", events=number(messages.orphans)))
    console.print()
    if summary.differences:
        tell(console, words.say("demo.unclean", first=summary.differences[0]), style="bold red")
    else:
        tell(console, words.say("demo.clean", events=number(summary.events)), style="bold green")
    console.print(words.say("demo.time", seconds=f"{summary.seconds:.0f}"))


def _most(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


class SentTotals(Struct, frozen=True):
    """What only the sender and the edge know: documents sent, refused ones by code, events that wait."""

    agencies: int
    documents: int
    refused: Mapping[str, int]
    waiting: int


async def refusals(quarantine: QuarantineStore, names: Iterable[str]) -> Counter[str]:
    """Count the refused documents of these agencies by code."""
    codes: Counter[str] = Counter()
    for name in names:
        position = 0
        while page := await quarantine.documents(name, position):
            codes.update(document.code for document in page)
            position += len(page)
    return codes


def tally(
    view: View, sent_totals: SentTotals, events: int, differences: Sequence[str], seconds: float
) -> Summary:
    """Count the year; ``differences`` are what verification found, ``events`` those in the ledger."""
    every = claims.claims(view)
    admitted = sum(sort.admitted for sort in agencies.admitted(view))
    refused_count = sum(sent_totals.refused.values())
    return Summary(
        deciles=_deciles(view),
        statuses=_statuses(every),
        missing=_codes(every, "waiting"),
        referred=_codes(every, "referred"),
        denied=_codes(every, "denied"),
        sums=reconciled(view),
        mismatches=len(payments.mismatches(view)),
        messages=Messages(
            agencies=sent_totals.agencies,
            sent=sent_totals.documents,
            admitted=admitted,
            repeated=sent_totals.documents - admitted - refused_count - sent_totals.waiting,
            refused=sent_totals.refused,
            orphans=sent_totals.waiting,
        ),
        events=events,
        differences=tuple(differences),
        examples=_examples(every),
        seconds=seconds,
    )


def _deciles(view: View) -> dict[str, int]:
    people = participants.people(view)
    query = select(people.c.decile, func.count()).where(people.c.known == 1).group_by(people.c.decile)
    return {str(decile): int(count or 0) for decile, count in view.rows(query)}


def _statuses(every: Iterable[ClaimRow]) -> dict[str, StatusTotals]:
    by_status: dict[str, StatusTotals] = {}
    for claim in every:
        totals = by_status.get(claim.status, StatusTotals())
        by_status[claim.status] = StatusTotals(
            totals.claims + 1, totals.ordered + claim.ordered, totals.paid_by_bank + claim.paid_by_bank
        )
    return by_status


def _codes(every: Iterable[ClaimRow], status: str) -> Counter[str]:
    """Count what claims of a status wait for, or the reasons given; a claim counts under each of its codes."""
    counts: Counter[str] = Counter()
    for claim in every:
        if claim.status == status:
            counts.update(claim.missing if status == "waiting" else claim.reasons)
    return counts


def _examples(every: Iterable[ClaimRow]) -> dict[str, str]:
    """Choose for each status the claim of which there is most to tell."""
    claims = sorted(every, key=lambda claim: (claim.version, claim.claim))
    return {claim.status: claim.claim for claim in claims}
