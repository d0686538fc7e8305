"""``diff``: what changed between two moments, for a claim or the whole book, as movements of rupiah that add up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from events.message import message
from projections.store import Store
from projections.sums import Sums, sums_of
from services.audit_trail.records import Concerns
from services.audit_trail.trail import require_open
from services.book.cut import Cut, FigureHandle, KnownOn, cut_at, cut_within, recorded_until
from services.book.movements import ClaimMovement, EventMovement, Movements, moved, moved_claim
from services.claims.moment import resolve, unknown
from services.cli.dates import Day, KnownTwice
from services.cli.exit_codes import FINDING, OK, command_error
from services.cli.figures import figure_shown, show_handle
from services.cli.opening import with_installation
from services.cli.output import Steps, console, show_json, table, tell
from services.cli.read_models import read_models
from services.cli.trail_options import NOBODY, TrailOptions
from services.figures.figure import at_cut, concerning_claim
from services.figures.totals import movement_totals
from services.ledger.claim_routes import Routes
from services.ledger.partitions import partition_of
from services.runtime.bootstrap import Installation
from services.wording.terms import LanguageTexts, day, moment, number


def diff(
    claim: str | None = None,
    /,
    *,
    known_on: KnownTwice,
    true_on: Day = None,
    trail: TrailOptions = NOBODY,
    json: bool = False,
    data: Path | None = None,
) -> int:
    """Show which claims are new, changed or gone between two moments, and by which event: a movement of every sum.

    Exit code 1 if the movements do not lead from the first totals to the second.
    """
    if len(known_on) > 2:
        raise command_error("diff.two-moments", "diff.write-two")

    async def cuts(installation: Installation) -> tuple[Cut, Cut]:
        first, second = [await resolve(installation, one) for one in (*known_on, None)[:2]]
        return await cut_at(installation.ledger, first), await cut_at(installation.ledger, second)

    async def movements_of_book(installation: Installation) -> Movements:
        if trail.engagement:
            await require_open(installation, trail.engagement)
        earlier, later = await cuts(installation)
        building = message("look-back.building", cut=str(later))
        with Steps() as steps, steps(building, later.events) as advanced, Store.temporary() as store:
            return await moved(store, installation.ledger, earlier, later, true_on, advanced=advanced)

    if claim is None:
        movements = with_installation(data, movements_of_book)
    else:
        earlier, later = with_installation(data, cuts)
        with read_models(data) as view:
            moved_alone = moved_claim(view, claim, earlier, later, true_on)
        if moved_alone is None:
            raise unknown(claim)
        movements = moved_alone
    handle = with_installation(data, lambda installation: _recorded(installation, claim, movements, trail))
    if json:
        show_json({**_content(movements), "figure": handle})
    else:
        times = with_installation(data, lambda installation: _times(installation, movements, known_on))
        _print(movements, known_on, times, LanguageTexts())
        show_handle(console(), handle)
    return OK if movements.adds_up else FINDING


async def _recorded(
    installation: Installation, claim: str | None, movements: Movements, trail: TrailOptions
) -> str | None:
    """Record the movement, of one claim at the positions of its partition; returns its handle."""
    cut, query, parameters, concerns = movements.later, "diff", {"since": str(movements.earlier)}, Concerns()
    if claim is not None:
        (route,) = await Routes(installation.core).look([claim])
        partition = partition_of(route.person, installation.ledger.partitions)
        cut = cut_within(partition, cut.positions[partition], installation.ledger.partitions)
        query, parameters = "diff NUMBER", {**parameters, "claim": claim}
        concerns = await concerning_claim(installation, claim, trail.engagement)
    totals, rulebook = movement_totals(movements), installation.rulebook.hash
    figure = at_cut(cut, movements.true_on, query, parameters, rulebook, totals, concerns)
    return await figure_shown(installation, figure, trail)


def _content(movements: Movements) -> dict[str, object]:
    """Return everything for ``--json``, cuts as ``--known-on`` takes them."""
    return {
        "earlier": str(movements.earlier),
        "later": str(movements.later),
        "true_on": movements.true_on,
        "before": movements.before,
        "movement": movements.movement,
        "after": movements.after,
        "facts": movements.facts,
        "counts": movements.counts,
        "claims": movements.claims,
        "unmoved": movements.unmoved,
        "adds_up": movements.adds_up,
    }


async def _times(
    installation: Installation, movements: Movements, moments: Sequence[KnownOn]
) -> list[dt.datetime | None]:
    """Return the days of both moments: as asked for, else when the last event before was recorded."""
    return [
        one if isinstance(one, dt.datetime) else await recorded_until(installation.ledger, cut)
        for one, cut in zip((*moments, None), (movements.earlier, movements.later), strict=False)
    ]


def _place(moment: KnownOn | None, cut: Cut) -> str:
    """Return the positions of a moment, beside the handle by which it was asked for."""
    return f"{moment.typed} ({cut})" if isinstance(moment, FigureHandle) else str(cut)


def _print(
    movements: Movements,
    moments: Sequence[KnownOn],
    times: Sequence[dt.datetime | None],
    words: LanguageTexts,
) -> None:
    out = console()
    earlier, later = (moment(one) if one else words.say("diff.nothing-yet") for one in times)
    tell(out, words.say("diff.title", earlier=earlier, later=later), style="bold")
    if not all(isinstance(one, dt.datetime) for one in (*moments, None)[:2]):
        first, second = (
            _place(one, cut)
            for one, cut in zip((*moments, None), (movements.earlier, movements.later), strict=False)
        )
        tell(out, words.say("diff.places", earlier=first, later=second))
    if movements.true_on is not None:
        tell(out, words.say("sentence.true-on", day=day(movements.true_on)))
    rows = [
        (words.say(f"sum.{name}"), *map(words.amount, (before, after)), words.signed(after - before))
        for name, before, after in _pairs(movements.before, movements.after)
    ]
    columns = ["", *(words.say(f"diff.{name}") for name in ("before", "after", "movement"))]
    out.print(table("", columns, rows, right=(1, 2, 3)))
    for fact in movements.facts:
        heading = f"{words.name('event', fact.type)} ({number(fact.events)})"
        tell(out, f"{heading}: {_moved(sums_of(fact), words)}", hang=2)
    for one in movements.claims:
        out.print()
        tell(out, _headline(one, words), style="bold", hang=2)
        for event in one.events:
            if movement := _moved(event.movement, words):
                tell(out, f"{_event(event, words)}: {movement}", indent=2, hang=2)
    out.print()
    counts = {kind: number(count) for kind, count in movements.counts.items()}
    tell(out, words.say("diff.counts", **counts, unmoved=number(movements.unmoved)))
    if not movements.adds_up:
        tell(out, words.say("diff.broken"), style="bold red")


def _pairs(before: Sums, after: Sums) -> list[tuple[str, int, int]]:
    return [(name, getattr(before, name), getattr(after, name)) for name in Sums.__struct_fields__]


def _headline(one: ClaimMovement, words: LanguageTexts) -> str:
    statuses = [words.name("status", status) for status in (one.status_before, one.status_after) if status]
    status = " → ".join(dict.fromkeys(statuses))
    text = f"{one.claim}  {words.say(f'diff.{one.kind}')}  {status}"
    moved = _moved(one.movement, words)
    return f"{text}: {moved}" if moved else text


def _event(event: EventMovement, words: LanguageTexts) -> str:
    return f"{event.partition}:{event.position}  {words.name('event', event.type)}"


def _moved(movement: Sums, words: LanguageTexts) -> str:
    """Name the sums that moved; empty where none did."""
    sums = _pairs(Sums(), movement)
    return ", ".join(f"{words.say(f'sum.{name}')} {words.signed(by)}" for name, _, by in sums if by)
