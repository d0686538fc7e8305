"""``explain NUMBER``: the chain from what was reported to the rupiah, and the least change that would make a claim pay."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Annotated, TypeAlias

from cyclopts import Parameter
from rich.padding import Padding
from rich.text import Text

from services.adjudication.replay import Replay
from services.benefits.rulebook import named
from services.benefits.scheme import Scheme
from services.benefits.shelf import at_hand
from services.bootstrap import House
from services.cli.claim import look_back
from services.cli.failures import OK, CommandError
from services.cli.house import in_house
from services.cli.options import AsJson, DataDir, Lang, RulebookDir
from services.cli.output import console, show_json
from services.cli.reasoning import footer, lines, sections
from services.cli.wording import Words, moment
from services.explanation.chain import Explanation
from services.explanation.chain import explain as explained
from services.explanation.lookup import AsOf, Lookup
from services.ledger.routes import Routes
from services.ledger.rulebooks import kept
from services.settings import Settings

Told: TypeAlias = tuple[Explanation | None, Scheme]
"""An explanation, none for a claim that nobody filed, and the scheme in whose words it is told."""


def explain(
    number: Annotated[str, Parameter(help="The claim number, e.g. MUBA-2025-00001.")],
    /,
    *,
    as_of: Annotated[
        str | None,
        Parameter(
            help="Look back: a position of the claim's partition, or a time such as 2026-11-21T10:05 (WIB). "
            "With --file, so many lines of it."
        ),
    ] = None,
    file: Annotated[
        Path | None,
        Parameter(
            help="Explain a claim in this file of agency events, offline, as `kelambu replay` decides it."
        ),
    ] = None,
    rulebook: RulebookDir = None,
    json: AsJson = False,
    lang: Lang = "id",
    data: DataDir = None,
) -> int:
    """Explain what a claim comes to: each fact, the law, each formula with its numbers, each payee and order.

    Where it is waiting, limited, referred or denied it says by how much, and the least change that would make it
    payable.
    """
    point = None if as_of is None else look_back(as_of)
    if rulebook is not None and file is None:
        raise CommandError(
            "on a house a claim is explained by the rulebook that judged it.", "Leave --rulebook out."
        )
    told, scheme = _in_file(file, number, point, rulebook) if file else _in_house(data, number, point)
    words = Words(lang, scheme)
    if told is None:
        raise CommandError(
            words.say("unknown-claim", claim=number),
            words.say("unknown-claim.in-file" if file else "unknown-claim.cure"),
        )
    if json:
        show_json({"explanation": told, "lines": lines(told, words)})
    else:
        _print(told, words, point)
    return OK


def _in_file(file: Path, number: str, point: AsOf, rulebook: Path | None) -> Told:
    if point is not None and not isinstance(point, int):
        raise CommandError("--as-of with --file counts lines.", "Write how many lines of the file to take.")
    rules = named(rulebook or Settings.read().rulebook)
    book = Replay(rules)
    with file.open("rb") as documents:
        for document in islice(documents, point):
            if document.strip():
                book.take(document.strip())
    state = book.state_of(number)
    return explained(state, number, rules) if state else None, rules.scheme


def _in_house(data: Path | None, number: str, point: AsOf) -> Told:
    async def look(house: House) -> Told:
        today = house.rulebook
        rulebooks = {book.hash: book for book in at_hand(await kept(house.core)).values()}
        lookup = Lookup(Routes(house.core), house.ledger, rulebooks | {today.hash: today}, today)
        found = await lookup.find(number, point)
        if found is None:
            return None, today.scheme
        return explained(found.state, number, found.rulebook), found.rulebook.scheme

    return in_house(data, look)


def _print(told: Explanation, words: Words, point: AsOf) -> None:
    out = console()
    sentence = words.status(told.claim, told.programme, told.status, told.missing, told.reasons)
    out.print(Text(sentence, style="bold"))
    if point is not None:
        when = words.say("position", position=point) if isinstance(point, int) else moment(point)
        out.print(words.say("sentence.as-of", when=when))
    for section in sections(told, words):
        out.print()
        out.print(Text(section.title, style="bold"))
        for depth, row in section.rows:
            out.print(Padding(Text(row), (0, 0, 0, 2 * depth + 2), expand=False))
    out.print()
    for row in footer(told, words):
        out.print(Text(row, style="dim"))
