"""``claim NUMBER``: where a claim stands, its money and its story, now or at an earlier moment."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from rich.console import Console

from projections.as_of import NOW
from projections.timeline import Moment
from services.claim_file.contents import OpenedValues
from services.claims.claim_as_of import ClaimAsOf, book_of_claim, claim_as_of
from services.claims.personal import opened_values
from services.cli.book_options import NOW as OF_NOW
from services.cli.book_options import BookOptions
from services.cli.exit_codes import OK
from services.cli.figures import recorded_figure, show_handle
from services.cli.opening import with_installation
from services.cli.output import console, show_json, table, tell
from services.cli.persons import is_erased
from services.cli.read_models import read_models, resolved
from services.cli.trail_options import require_reason
from services.figures.figure import concerning
from services.figures.totals import sums_totals
from services.wording.terms import LanguageTexts, moment
from services.wording.timeline import as_it_stood, date, pending, rows, sentence


def claim(
    number: str,
    /,
    *,
    times: bool = False,
    clear: bool = False,
    of: BookOptions = OF_NOW,
) -> int:
    """Tell where a claim stands: one sentence, one line of money, and everything that happened, oldest first.

    With --clear also what its own events say in names, NIKs and accounts; it needs --reason and is recorded before it
    is shown.
    """
    require_reason(of.trail, opens=clear)
    words, moment = LanguageTexts(), resolved(of.data, of.known_on)
    with read_models(of.data) as view:
        viewed = claim_as_of(view, number, moment, of.true_on)
        parameters, concerns = {"claim": number}, concerning([viewed.row])
        chosen_book, sums = book_of_claim(view, viewed, of.true_on), sums_totals(viewed.row.sums)
        handle = recorded_figure(of.data, chosen_book, "claim", parameters, sums, of.trail, concerns=concerns)
    erased, values = is_erased(viewed.row.person, of.data), list[OpenedValues]()
    if clear:
        signature = of.trail.signature
        values += with_installation(
            of.data, lambda one: opened_values(one, number, signature, "claim", viewed.point)
        )
    if of.json:
        document = {**content(viewed, words), "erased": erased, "figure": handle}
        show_json({**document, "opened": values} if clear else document)
    else:
        _print(viewed, words, erased=erased, times=times)
        if clear:
            _show_opened(values, words)
        show_handle(console(), handle)
    return OK


def content(viewed: ClaimAsOf, words: LanguageTexts) -> dict[str, object]:
    """Return the claim for ``--json``: codes, rupiah and instants as recorded, and the sentence in words."""
    return {
        "sentence": sentence(viewed.row, viewed.mismatches, words),
        "claim": viewed.row,
        "pending": viewed.row.pending,
        "mismatches": viewed.mismatches,
        "timeline": viewed.moments,
    }


def _print(viewed: ClaimAsOf, words: LanguageTexts, *, erased: bool, times: bool) -> None:
    out = console()
    tell(out, sentence(viewed.row, viewed.mismatches, words), style="bold")
    if viewed.point != NOW:
        tell(out, as_it_stood(viewed.point, words))
    if erased:
        tell(out, words.say("sentence.erased"))
    for one in viewed.mismatches:
        tell(out, words.mismatch(one), style="red", hang=2)
    tell(out, words.sums(viewed.row.sums, viewed.row.returned))
    if viewed.row.pending:
        tell(out, pending(viewed.row, words))
    out.print()
    _show_timeline(viewed.moments, words, out, times=times)


def _show_opened(opened: Sequence[OpenedValues], words: LanguageTexts) -> None:
    """Print every value that was sealed, with the event that says it and its path there."""
    columns = [words.say(f"claim-file.opened.{name}") for name in ("event", "path", "value")]
    values = [(one.event, path, value) for one in opened for path, value in one.values.items()]
    console().print(table(words.say("claim-file.opened.title"), columns, values, prose=(2,)))


def _show_timeline(moments: Sequence[Moment], words: LanguageTexts, out: Console, *, times: bool) -> None:
    """Print a timeline; with ``times`` the four times of each step stand below what happened, each by its name."""
    columns = [words.say(f"column.{name}") for name in ("time", "agency", "event", "position")]
    if not times:
        out.print(table("", columns, rows(moments, words), right=(3,), prose=(2,)))
        return
    names = ("event", "happened", "sent", "admitted", "recorded", "position")
    out.print(
        table(
            "",
            [words.say(f"column.{name}") for name in names],
            [_times(one, words) for one in moments],
            right=(5,),
            prose=(0, 2, 3, 4),
        )
    )


def _times(claim_moment: Moment, words: LanguageTexts) -> tuple[str, ...]:
    """Return what happened, its four times and its position."""
    step = claim_moment.step
    name = words.name("event", step.type)
    if claim_moment.retracted:
        name = f"{name} ({words.say('story.retracted')})"
    instants = (step.time, step.admittedtime, step.recordedtime)
    when = (moment(dt.datetime.fromisoformat(one)) if one else "" for one in instants)
    return name, date(step.happened), *when, f"{step.partition}:{step.position}"
