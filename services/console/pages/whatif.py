"""What if the rule were another: the whole book judged by another rulebook, worked out beside the pages."""

from __future__ import annotations

import shlex
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from litestar import Response, get
from msgspec import Struct

from services.benefits.reading.kept import readable
from services.console.asking import READS_ALL, at_work, of_book
from services.console.context import Console
from services.console.rendering import page
from services.console.tables import Column, Table, listed, tables_answer
from services.ledger.rulebooks import kept
from services.texts.typed import read_day
from services.whatif.comparison import ClaimAnswer, ClaimChange
from services.whatif.summary import Comparison, FigureSum
from services.wording.terms import LanguageTexts


class OtherRulebook(Struct, frozen=True):
    """A rulebook that may be asked about: a folder of ``KELAMBU_RULEBOOKS``, or the files of one that was in force here once."""

    name: str
    folder: Path | None
    files: Mapping[str, str]


@get("/what-if", guards=[READS_ALL], sync_to_thread=True)
def whatif(console: Console) -> Response[str] | Response[bytes]:
    """Choose a rulebook, and show whom it would give more or less, and through which figure."""
    others, fields = _others(console), console.filters
    wanted, since = fields.one_of("rulebook", others), fields.read("since", read_day, None)
    fields.done()
    named = [(name, _named(console, other)) for name, other in others.items()]
    if not wanted:
        return page(console, "whatif.html", others=named, wanted="", since="", found=None)
    chosen, options = others[wanted], () if since is None else ("--since", since.isoformat())
    result = of_book(console, ("whatif", wanted, since), lambda _: _compared(console, chosen, options))
    if result is None:
        return at_work(console, "console.nav.whatif")
    content: dict[str, Any] = {
        "others": named,
        "wanted": wanted,
        "since": console.one("since"),
        "command": shlex.join(["kelambu", "whatif", "--rulebook", str(chosen.folder or wanted), *options]),
    }
    tables: dict[str, Table[Any]] = {
        "changes": _changes(result.value, console.words),
        "figures": _figures(result.value, console.words),
    }
    return tables_answer(console, "whatif.html", tables, found=result.value, result=result, **content)


def _others(console: Console) -> dict[str, OtherRulebook]:
    """Return the rulebooks that may be asked about, by name."""
    folder = console.installation.settings.rulebooks
    found = sorted(folder.iterdir()) if folder and folder.is_dir() else []
    others = {one.name: OtherRulebook(one.name, one, {}) for one in found if (one / "scheme.toml").is_file()}
    stored = console.run(kept(console.installation.core))
    for rulebook in readable(stored).values():
        others[rulebook.hash] = OtherRulebook(rulebook.hash, None, stored[rulebook.hash])
    return others


def _named(console: Console, other: OtherRulebook) -> str:
    """Return what a rulebook is called: its folder, or the beginning of its hash."""
    if other.folder is not None:
        return other.name
    in_force = other.name == console.installation.rulebook.hash
    key = "console.whatif.in-force" if in_force else "console.whatif.kept"
    return console.words.say(key, hash=other.name[:12])


def _compared(console: Console, other: OtherRulebook, options: tuple[str, ...]) -> Comparison:
    """Ask the command, in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="kelambu-") as scratch:
        folder = other.folder or Path(scratch)
        for name, text in other.files.items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        words = ("whatif", "--rulebook", str(folder), *options, "--json")
        printed = console.services.results.command(console.installation.settings, words, console.language)
    return msgspec.json.decode(printed, type=Comparison)


def _changes(found: Comparison, words: LanguageTexts) -> Table[ClaimChange]:
    ordered = sorted(found.changes, key=lambda change: (-abs(change.difference), change.claim))
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
        rows=listed(ordered),
        total=len(ordered),
        sums={"difference": found.difference},
    )


def _figures(found: Comparison, words: LanguageTexts) -> Table[FigureSum]:
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
        rows=listed(found.figures),
        total=len(found.figures),
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


routes = (whatif,)
