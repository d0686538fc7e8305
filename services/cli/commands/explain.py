"""``explain NUMBER``: the chain from what was reported to the rupiah, and the least change that would make a claim pay."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from events.message import message
from projections.as_of import NOW, AsOf
from services.adjudication.replay import Replay
from services.benefits.reading.folder import named
from services.book.cut import KnownOn, Places, cut_within
from services.claims.claim_as_of import ExplanationAnswer, explanation, is_filed
from services.claims.moment import unknown, unrecorded
from services.cli.book_options import NOW as OF_NOW
from services.cli.book_options import BookOptions
from services.cli.exit_codes import OK, CommandError, command_error
from services.cli.figures import figure_shown, show_handle
from services.cli.opening import with_installation
from services.cli.output import console, show_json, tell
from services.explanation.chain import explain as explained
from services.figures.figure import at_cut, concerning_claim
from services.figures.totals import sums_totals
from services.platform.settings import Settings
from services.runtime.bootstrap import Installation
from services.wording.explanation import footer, lines, sections, sentence
from services.wording.terms import LanguageTexts
from services.wording.timeline import as_it_stood


def explain(
    number: str,
    /,
    *,
    file: Path | None = None,
    rulebook: Path | None = None,
    of: BookOptions = OF_NOW,
) -> int:
    """Explain what a claim comes to: each fact, the law, each formula with its numbers, each payee and order.

    Where it is waiting, limited, referred or denied it says by how much, and the least change that would make it
    payable.
    """
    if rulebook is not None and file is None:
        raise command_error("explanation.own-rulebook", "explanation.leave-out")
    if of.true_on is not None and file is not None:
        raise command_error("explanation.no-true-on", "explanation.leave-out-true-on")
    handle = None
    if file is not None:
        answer = _in_file(file, number, of.known_on, rulebook)
    else:
        answer, handle = with_installation(
            of.data, lambda installation: _with_installation(installation, number, of)
        )
    words = LanguageTexts(scheme=answer.scheme)
    if answer.explanation is None and not answer.filed:
        raise unrecorded(number, of.true_on) if answer.recorded else unknown(number, in_file=file is not None)
    if of.json:
        document = {"explanation": answer.explanation, "lines": _lines(answer, number, words)}
        show_json(document if file is not None else {**document, "figure": handle})
    else:
        _print(answer, number, words)
        show_handle(console(), handle)
    return OK


def _in_file(file: Path, number: str, known_on: KnownOn | None, rulebook: Path | None) -> ExplanationAnswer:
    lines = None
    if isinstance(known_on, Places):
        lines = known_on.positions.get(None)
        if lines is None:
            cure = message("explanation.no-partition", place=max(known_on.positions.values()))
            raise CommandError(message("explanation.counts-lines"), cure)
    elif known_on is not None:
        raise command_error("explanation.counts-lines", "explanation.how-many")
    rules = named(rulebook or Settings.read().rulebook)
    book, later = Replay(rules), False
    with file.open("rb") as documents:
        for document in islice(documents, lines):
            if document.strip():
                book.take(document.strip())
        state = book.state_of(number)
        if state is None:
            for document in documents:
                if document.strip():
                    book.take(document.strip())
            later = book.state_of(number) is not None
    if state is None:
        return ExplanationAnswer(None, rules.scheme, recorded=later)
    return ExplanationAnswer(
        explained(state, number, rules),
        rules.scheme,
        recorded=True,
        filed=is_filed(state, number),
        point=AsOf(lines),
    )


async def _with_installation(
    installation: Installation, number: str, of: BookOptions
) -> tuple[ExplanationAnswer, str | None]:
    """Return the explanation, and the handle of the claim's sums at the person's last position that counts."""
    answer = await explanation(installation, number, of.known_on, of.true_on)
    if answer.explanation is None or answer.context is None:
        return answer, None
    cut = cut_within(answer.context.partition, answer.context.known_until, installation.ledger.partitions)
    parameters, totals = {"claim": number}, sums_totals(answer.explanation.money)
    concerns = await concerning_claim(installation, number, of.trail.engagement)
    rulebook = installation.rulebook.hash
    figure = at_cut(cut, of.true_on, "explain", parameters, rulebook, totals, concerns)
    return answer, await figure_shown(installation, figure, of.trail)


def _sentence(answer: ExplanationAnswer, number: str, words: LanguageTexts) -> str:
    if (explanation := answer.explanation) is None:
        return words.say("sentence.retracted", claim=number)
    return sentence(explanation, words)


def _lines(answer: ExplanationAnswer, number: str, words: LanguageTexts) -> list[str]:
    return (
        [_sentence(answer, number, words)] if answer.explanation is None else lines(answer.explanation, words)
    )


def _print(answer: ExplanationAnswer, number: str, words: LanguageTexts) -> None:
    out = console()
    tell(out, _sentence(answer, number, words), style="bold")
    if answer.point != NOW:
        tell(out, as_it_stood(answer.point, words))
    if answer.explanation is None:
        return
    for one in answer.explanation.mismatches:
        tell(out, words.mismatch(one), style="red", hang=2)
    for section in sections(answer.explanation, words):
        out.print()
        tell(out, section.title, style="bold")
        for depth, row in section.rows:
            tell(out, row, indent=2 * depth + 2, hang=2)
    out.print()
    for row in footer(answer.explanation, words):
        tell(out, row, style="dim")
