"""The summary of the demo: what a regent wants to know, and every figure of it from the read models and the ledger."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct
from rich.console import Console

from services.cli.output import table
from services.cli.wording import Words, number

STATUSES = ("paid", "ordered", "waiting", "referred", "denied", "withdrawn")


class Standing(Struct, frozen=True):
    """All claims of one status: how many, and the rupiah ordered and paid on them."""

    claims: int = 0
    ordered: int = 0
    paid: int = 0


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
    statuses: Mapping[str, Standing]
    missing: Mapping[str, int]
    referred: Mapping[str, int]
    denied: Mapping[str, int]
    overpaid: int
    """Rupiah paid beyond what is due, on claims that stand."""
    taken_back: int
    """Rupiah paid on claims whose filing was taken back; they are in no status."""
    mismatches: int
    messages: Messages
    events: int
    differences: tuple[str, ...]
    examples: Mapping[str, str]
    """For each status one claim to look at."""
    seconds: float

    @property
    def ordered(self) -> int:
        """Rupiah ordered in all, cancellations taken off."""
        return sum(standing.ordered for standing in self.statuses.values())

    @property
    def paid(self) -> int:
        """Rupiah paid in all."""
        return sum(standing.paid for standing in self.statuses.values())


def show(summary: Summary, words: Words, console: Console) -> None:
    """Print the summary."""
    _people(summary, words, console)
    _claims(summary, words, console)
    _money(summary, words, console)
    _why(summary, words, console)
    _messages(summary, words, console)


def _people(summary: Summary, words: Words, console: Console) -> None:
    rows = [(words.say("demo.decile", decile=d), number(n)) for d, n in sorted(summary.deciles.items())]
    rows.append((words.say("demo.all"), number(sum(summary.deciles.values()))))
    console.print()
    console.print(table(words.say("demo.participants"), ("", ""), rows, right=(1,)))


def _claims(summary: Summary, words: Words, console: Console) -> None:
    rows = [
        (
            words.name("status", status),
            number(held.claims),
            words.amount(held.ordered),
            words.amount(held.paid),
        )
        for status in STATUSES
        if (held := summary.statuses.get(status, Standing())).claims
    ]
    total = sum(held.claims for held in summary.statuses.values())
    rows.append(
        (words.say("demo.all"), number(total), words.amount(summary.ordered), words.amount(summary.paid))
    )
    columns = ("", words.say("column.claims"), words.say("column.ordered"), words.say("column.paid"))
    console.print()
    console.print(table(words.say("demo.claims"), columns, rows, right=(1, 2, 3)))


def _money(summary: Summary, words: Words, console: Console) -> None:
    rows = [
        (words.say("demo.ordered"), words.amount(summary.ordered)),
        (words.say("demo.paid"), words.amount(summary.paid)),
        (words.say("demo.open"), words.amount(summary.ordered - summary.paid)),
    ]
    if summary.overpaid:
        rows.append((words.say("demo.overpaid"), words.amount(summary.overpaid)))
    if summary.taken_back:
        rows.append((words.say("demo.taken-back"), words.amount(summary.taken_back)))
    console.print()
    console.print(table(words.say("demo.money"), ("", ""), rows, right=(1,)))
    if summary.mismatches:
        console.print(words.say("demo.mismatches", count=number(summary.mismatches)))


def _why(summary: Summary, words: Words, console: Console) -> None:
    waits = [(number(n), words.name("missing", code)) for code, n in _most(summary.missing)]
    waits += [
        (number(n), f"{words.say('status.referred')}: {words.name('reason', code)}")
        for code, n in _most(summary.referred)
    ]
    denials = [(number(n), words.name("reason", code)) for code, n in _most(summary.denied)]
    for title, rows in (("demo.waits", waits), ("demo.denials", denials)):
        console.print()
        console.print(table(words.say(title), ("", ""), rows or [("", words.say("demo.none"))], right=(0,)))


def _messages(summary: Summary, words: Words, console: Console) -> None:
    told = summary.messages
    rows = [(number(n), f"{words.name('refused', code)} ({code})") for code, n in _most(told.refused)]
    console.print()
    console.print(
        table(words.say("demo.refused"), ("", ""), rows or [("", words.say("demo.none"))], right=(0,))
    )
    console.print(
        words.say(
            "demo.messages",
            agencies=told.agencies,
            sent=number(told.sent),
            admitted=number(told.admitted),
            repeated=number(told.repeated),
            refused=number(sum(told.refused.values())),
        )
    )
    if told.orphans:
        console.print(words.say("demo.orphans", events=number(told.orphans)))
    console.print()
    if summary.differences:
        console.print(words.say("demo.unclean", first=summary.differences[0]), style="bold red")
    else:
        console.print(words.say("demo.clean", events=number(summary.events)), style="bold green")
    console.print(words.say("demo.time", seconds=f"{summary.seconds:.0f}"))


def _most(counted: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counted.items(), key=lambda item: (-item[1], item[0]))
