"""What if the rule were another: the whole book judged by another rulebook, worked out beside the pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import msgspec
from litestar import Response, get, post

from events.message import message
from services.console.asking import READS_ALL, at_work, of_book
from services.console.context import Console
from services.console.rendering import command_line, option, see_other
from services.console.tables import Column, Table, table_answer, tables_answer
from services.texts.typed import read_day
from services.whatif.comparison import ClaimAnswer, ClaimChange
from services.whatif.other_rulebooks import (
    OtherRulebook,
    bring,
    files_in,
    folder_of_others,
    other_rulebooks,
)
from services.whatif.summary import Comparison, FigureSum
from services.wording.terms import LanguageTexts

_FIELDS = {
    "whatif.absolute": "archive",
    "whatif.bad-name": "name",
    "whatif.link": "archive",
    "whatif.name-taken": "name",
    "whatif.no-zip": "archive",
    "whatif.no-scheme": "archive",
    "whatif.outside": "archive",
    "whatif.too-large": "archive",
    "whatif.other-scheme": "archive",
}
"""In which field of the form an error is, by the key of its message."""


@get("/what-if", guards=[READS_ALL], sync_to_thread=True)
def whatif(console: Console) -> Response[str] | Response[bytes]:
    """Choose a rulebook, and show whom it would give more or less, and through which figure."""
    others, fields = console.run(other_rulebooks(console.installation)), console.filters
    rulebook, since = fields.one_of("rulebook", others), fields.read("since", read_day, None)
    fields.done()
    names = [(name, _name_of(console, other)) for name, other in others.items()]
    if not rulebook:
        content: dict[str, Any] = {
            "rulebook": brought if (brought := console.one("brought")) in others else "",
            "since": "",
            "alone": set(others) <= {console.installation.rulebook.hash},
            "place": folder_of_others(console.installation.settings),
            "brought": brought,
            "command": command_line("rulebook others", {}),
        }
        table = _offered(console, others)
        return table_answer(console, "whatif.html", table, others=names, comparison=None, **content)
    options = {"rulebook": rulebook} if since is None else {"rulebook": rulebook, "since": since.isoformat()}
    words = ("whatif", *(word for name, value in options.items() for word in option(name, value)), "--json")
    result = of_book(console, ("whatif", rulebook, since), lambda _: _compared(console, words))
    if result is None:
        return at_work(console, "console.nav.whatif")
    content = {
        "others": names,
        "rulebook": rulebook,
        "since": console.one("since"),
        "command": command_line("whatif", options),
    }
    tables: dict[str, Table[Any]] = {
        "changes": _changes(result.value, console.words),
        "figures": _figures(result.value, console.words),
    }
    return tables_answer(console, "whatif.html", tables, comparison=result.value, result=result, **content)


@post("/what-if/rulebooks", guards=[READS_ALL], form="/what-if", fields=_FIELDS, sync_to_thread=True)
def bring_rulebook(console: Console) -> Response[None]:
    """Take a rulebook that was sent as a ZIP, so that it can be chosen by its name; nothing is decided by it."""
    fields = console.fields
    name, reason = fields.needed("name"), fields.needed("reason", "console.audit.give-reason")
    archive = console.files.get("archive", b"")
    if not archive:
        fields.wrong("archive", message("console.form.needed"))
    fields.done()
    console.run(bring(console.installation, name, files_in(archive), console.signature(reason)))
    return see_other(f"/what-if?brought={quote(name)}")


def _name_of(console: Console, other: OtherRulebook) -> str:
    """Return what a rulebook is called: its folder, or the beginning of its hash."""
    if other.folder is not None:
        return other.name
    key = "console.whatif.in-force" if _in_force(console, other) else "console.whatif.kept"
    return console.words.say(key, hash=other.name[:12])


def _in_force(console: Console, other: OtherRulebook) -> bool:
    return other.hash == console.installation.rulebook.hash


def _offered(console: Console, others: Mapping[str, OtherRulebook]) -> Table[OtherRulebook]:
    return Table(
        name="rulebooks",
        caption="console.whatif.offered",
        columns=(
            Column[OtherRulebook](
                key="name",
                heading="rulebook-others.name",
                value=lambda one: _name_of(console, one),
                link=lambda one: f"/what-if?rulebook={quote(one.name)}",
            ),
            Column[OtherRulebook](key="hash", heading="rulebook-others.hash", kind="token"),
            Column[OtherRulebook](
                key="state",
                heading="column.state",
                value=lambda one: console.words.say("whatif.in-force") if _in_force(console, one) else "",
            ),
            Column[OtherRulebook](
                key="folder", heading="rulebook-others.folder", value=lambda one: str(one.folder or "")
            ),
        ),
        rows=list(others.values()),
    )


def _compared(console: Console, words: Sequence[str]) -> Comparison:
    """Ask the command, in a process of its own."""
    printed = console.services.results.command(console.installation.settings, words, console.language)
    return msgspec.json.decode(printed, type=Comparison)


def _changes(comparison: Comparison, words: LanguageTexts) -> Table[ClaimChange]:
    ordered = sorted(comparison.changes, key=lambda change: (-abs(change.difference), change.claim))
    return Table(
        name="changes",
        caption="console.whatif.changes",
        columns=(
            Column[ClaimChange](
                key="claim", heading="column.claim", kind="code", link=lambda one: f"/claims/{one.claim}"
            ),
            Column[ClaimChange](key="programme", heading="overview.by-programme"),
            Column[ClaimChange](
                key="event_date",
                heading="console.whatif.event-date",
                kind="day",
                value=lambda one: one.event_date.isoformat(),
            ),
            Column[ClaimChange](
                key="before", heading="console.whatif.before", value=lambda one: _answer(one.before, words)
            ),
            Column[ClaimChange](
                key="after", heading="console.whatif.after", value=lambda one: _answer(one.after, words)
            ),
            Column[ClaimChange](key="difference", heading="whatif.difference", kind="rupiah"),
            Column[ClaimChange](
                key="figures",
                heading="whatif.through",
                value=lambda one: ", ".join(sorted({effect.figure for effect in one.effects})),
            ),
        ),
        rows=ordered,
        sums={"difference": comparison.difference},
    )


def _figures(comparison: Comparison, words: LanguageTexts) -> Table[FigureSum]:
    return Table(
        name="figures",
        caption="console.whatif.figures",
        columns=(
            Column[FigureSum](
                key="figure", heading="whatif.figure", kind="code", link=lambda one: f"/rulebook/{one.figure}"
            ),
            Column[FigureSum](key="values", heading="whatif.values", value=lambda one: _turn(one, words)),
            Column[FigureSum](
                key="citation", heading="whatif.citation", value=lambda one: words.citation(one.citation)
            ),
            Column[FigureSum](key="claims", heading="column.claims", kind="number"),
            Column[FigureSum](key="alone", heading="whatif.alone", kind="rupiah"),
        ),
        rows=comparison.figures,
    )


def _answer(answer: ClaimAnswer, words: LanguageTexts) -> str:
    return words.name("whatif", f"outcome-{answer.outcome}")


def _turn(one: FigureSum, words: LanguageTexts) -> str:
    if not (one.before or one.after):
        return words.say("console.whatif.table")
    if words.scheme.figures.get(one.figure) == "amount":
        return f"{_amount(one.before, words)} → {_amount(one.after, words)}"
    return f"{one.before or '–'} → {one.after or '–'}"


def _amount(value: str, words: LanguageTexts) -> str:
    return words.amount(int(value)) if value else "–"


routes = (whatif, bring_rulebook)
