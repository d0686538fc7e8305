"""``explain NUMBER``: the chain from what was reported to the rupiah, and the least change that would make a claim pay."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from msgspec import Struct

from events.claim import Filed
from events.message import message
from services.adjudication.replay import Replay
from services.adjudication.state import State
from services.benefits.reading.folder import named
from services.benefits.scheme import Scheme
from services.cli.dates import as_it_stood, look_back, require_partition, unknown, unrecorded
from services.cli.exit_codes import OK, CommandError, command_error
from services.cli.opening import with_installation
from services.cli.output import console, show_json, tell
from services.cli.render.explanation import footer, lines, sections, sentence
from services.cli.render.terms import LanguageTexts
from services.explanation.chain import Explanation
from services.explanation.chain import explain as explained
from services.explanation.lookup import AsOf, Lookup
from services.ledger.claim_routes import Routes
from services.platform.settings import Settings
from services.runtime.bootstrap import Installation


class ExplanationAnswer(Struct, frozen=True):
    """An explanation, in the words of a scheme; none for a claim that is not there at the moment looked at."""

    told: Explanation | None
    scheme: Scheme
    known: bool = False
    """Whether the claim is filed at some later moment."""
    filed: bool = False
    """Whether it was filed by then, if only to be taken back."""


def explain(
    number: str,
    /,
    *,
    as_of: str | None = None,
    file: Path | None = None,
    rulebook: Path | None = None,
    json: bool = False,
    data: Path | None = None,
) -> int:
    """Explain what a claim comes to: each fact, the law, each formula with its numbers, each payee and order.

    Where it is waiting, limited, referred or denied it says by how much, and the least change that would make it
    payable.
    """
    point = None if as_of is None else look_back(as_of)
    if rulebook is not None and file is None:
        raise command_error("explanation.own-rulebook", "explanation.leave-out")
    answer = (
        _in_file(file, number, as_of, rulebook)
        if file is not None
        else _with_installation(data, number, as_of)
    )
    words = LanguageTexts(scheme=answer.scheme)
    if answer.told is None and not answer.filed:
        raise unrecorded(number) if answer.known else unknown(number, in_file=file is not None)
    if json:
        show_json({"explanation": answer.told, "lines": _lines(answer, number, words)})
    else:
        _print(answer, number, words, point)
    return OK


def _in_file(file: Path, number: str, as_of: str | None, rulebook: Path | None) -> ExplanationAnswer:
    point = None if as_of is None else look_back(as_of)
    if point is not None and not isinstance(point, int):
        raise command_error("explanation.counts-lines", "explanation.how-many")
    if as_of is not None and ":" in as_of:
        cure = message("explanation.no-partition", place=point or "")
        raise CommandError(message("explanation.counts-lines"), cure)
    rules = named(rulebook or Settings.read().rulebook)
    book, later = Replay(rules), False
    with file.open("rb") as documents:
        for document in islice(documents, point):
            if document.strip():
                book.take(document.strip())
        state = book.state_of(number)
        if state is None:
            for document in documents:
                if document.strip():
                    book.take(document.strip())
            later = book.state_of(number) is not None
    if state is None:
        return ExplanationAnswer(None, rules.scheme, known=later)
    return ExplanationAnswer(
        explained(state, number, rules), rules.scheme, known=True, filed=_filed(state, number)
    )


def _with_installation(data: Path | None, number: str, as_of: str | None) -> ExplanationAnswer:
    point = None if as_of is None else look_back(as_of)

    async def look(installation: Installation) -> ExplanationAnswer:
        today = installation.rulebook
        rulebooks = await installation.rulebooks()
        lookup = Lookup(Routes(installation.core), installation.ledger, rulebooks, today)
        found = await lookup.find(number, point)
        if found is None:
            return ExplanationAnswer(None, today.scheme)
        require_partition(as_of, number, found.partition, found.position)
        told = explained(found.state, number, found.rulebook)
        return ExplanationAnswer(told, found.rulebook.scheme, known=True, filed=_filed(found.state, number))

    return with_installation(data, look)


def _filed(state: State, number: str) -> bool:
    """Whether the claim was filed, if only to be taken back."""
    facts = (*state.facts, *state.waiting)
    return any(isinstance(fact, Filed) and fact.claim == number for fact in facts)


def _sentence(answer: ExplanationAnswer, number: str, words: LanguageTexts) -> str:
    if (told := answer.told) is None:
        return words.say("sentence.retracted", claim=number)
    return sentence(told, words)


def _lines(answer: ExplanationAnswer, number: str, words: LanguageTexts) -> list[str]:
    return [_sentence(answer, number, words)] if answer.told is None else lines(answer.told, words)


def _print(answer: ExplanationAnswer, number: str, words: LanguageTexts, point: AsOf) -> None:
    out = console()
    tell(out, _sentence(answer, number, words), style="bold")
    if point is not None:
        tell(out, as_it_stood(point, words))
    if answer.told is None:
        return
    for one in answer.told.mismatches:
        tell(out, words.mismatch(one), style="red", hang=2)
    for section in sections(answer.told, words):
        out.print()
        tell(out, section.title, style="bold")
        for depth, row in section.rows:
            tell(out, row, indent=2 * depth + 2, hang=2)
    out.print()
    for row in footer(answer.told, words):
        tell(out, row, style="dim")
