"""What changed between two cuts: by claim and event a movement of every sum, from the first figure to the second."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from heapq import nlargest
from typing import Literal, NamedTuple, TypeAlias, get_args

from msgspec import Struct
from msgspec.structs import asdict

from events.message import MessageError, message
from events.retraction import Struck
from projections import claims, timeline
from projections.as_of import AsOf
from projections.checkpoint import LedgerReader
from projections.claim_state import ClaimState, shown, take
from projections.claim_status import figures
from projections.claims import CLAIMS
from projections.store import Store, View
from projections.sums import Sums, added, movement
from projections.timeline import TIMELINE, Moment
from services.book.cut import Cut
from services.book.read_models_as_of import fill

Kind: TypeAlias = Literal["new", "changed", "gone"]
KINDS: tuple[Kind, ...] = get_args(Kind)


class EventMovement(Struct, frozen=True):
    """By how much one recorded event moved each sum of its claim; ``status`` is the claim's after it."""

    partition: int
    position: int
    type: str
    ref: str
    happened: str
    recordedtime: str
    status: str
    movement: Sums


class ClaimMovement(Struct, frozen=True):
    """One claim that is not as it was.

    ``new``: filed since; ``gone``: its filing was taken back since; ``changed``: its status or a sum is another.
    ``events`` is everything that was recorded of it since, in order: their movements add up to ``movement``, which
    leads from ``before`` to ``after``. A status is empty where nothing had been recorded.
    """

    claim: str
    kind: Kind
    status_before: str
    status_after: str
    before: Sums
    after: Sums
    movement: Sums
    events: tuple[EventMovement, ...]


class FactMovement(Sums, frozen=True, kw_only=True):
    """By how much all events of one type moved each sum of the book, and how many of them moved any."""

    type: str
    events: int


class Movements(Struct, frozen=True):
    """What moved between two cuts.

    ``claims``, by number, are all that moved, or those of which most did where only so many are asked. ``before`` and
    ``after`` are the totals of the book at either cut, each counted by itself. ``movement`` is what all claims moved
    together, ``facts`` what each type of event moved, in the order of their names, ``counts`` how many claims are new,
    changed and gone; ``unmoved`` are those with events that moved nothing.
    """

    earlier: Cut
    later: Cut
    before: Sums
    after: Sums
    movement: Sums
    facts: tuple[FactMovement, ...]
    counts: dict[Kind, int]
    claims: tuple[ClaimMovement, ...]
    unmoved: int
    true_on: dt.date | None = None

    @property
    def adds_up(self) -> bool:
        """Whether the movements lead from the totals before to those after, in every sum."""
        return added((self.before, self.movement)) == self.after and added(self.facts) == self.movement


class BackwardsError(MessageError):
    """The second cut does not hold everything that the first one holds."""

    def __init__(self, earlier: Cut, later: Cut) -> None:
        """Keep both."""
        super().__init__(message("look-back.backwards", earlier=str(earlier), later=str(later)))
        self.earlier, self.later = earlier, later


def in_order(earlier: Cut, later: Cut) -> None:
    """Raise ``BackwardsError`` where the later cut does not hold everything that the earlier one holds."""
    if not later.is_after(earlier):
        raise BackwardsError(earlier, later)


async def moved(
    store: Store,
    ledger: LedgerReader,
    earlier: Cut,
    later: Cut,
    true_on: dt.date | None = None,
    *,
    most: int | None = None,
    advanced: Callable[[int], object] = lambda _: None,
) -> Movements:
    """Return what moved between two cuts, of what had happened by the end of a day; of the claims at ``most`` so many.

    Fills the read models of claims in the empty ``store`` up to the later.

    Raises:
        BackwardsError: ``later`` does not hold everything that ``earlier`` holds.
    """
    in_order(earlier, later)
    read_models = CLAIMS, TIMELINE
    await fill(store, ledger, earlier, true_on, advanced=advanced, projections=read_models)
    with store.view() as view:
        before = claims.totals(view)
    await fill(store, ledger, later, true_on, advanced=advanced, projections=read_models)
    with store.view() as view:
        concerned = (
            of_claim(claim, moments, earlier)
            for claim, moments in timeline.changed(view, earlier.by_partition)
        )
        return _counted(earlier, later, before, claims.totals(view), concerned, true_on, most)


def moved_claim(
    view: View, claim: str, earlier: Cut, later: Cut, true_on: dt.date | None
) -> Movements | None:
    """Return how one claim moved between two cuts, from its timeline alone; the totals are its own.

    None where there is none.
    """
    row = claims.claim(view, claim)
    if row is None:
        return None
    then, now = (AsOf(cut.positions[row.partition], true_on) for cut in (earlier, later))
    before, after = claims.claim(view, claim, then), claims.claim(view, claim, now)
    one = of_claim(claim, timeline.moments(view, claim, now), earlier)
    was, became = before.sums if before else Sums(), after.sums if after else Sums()
    return _counted(earlier, later, was, became, [one], true_on)


def nothing_moved(earlier: Cut, later: Cut) -> Movements:
    """Return what moved of a claim that there is at neither cut: nothing."""
    return _counted(earlier, later, Sums(), Sums(), (), None)


def _counted(
    earlier: Cut,
    later: Cut,
    before: Sums,
    after: Sums,
    concerned: Iterable[ClaimMovement | None],
    true_on: dt.date | None,
    most: int | None = None,
) -> Movements:
    """Add up what claims moved, one after the other, without keeping more of them than are asked for.

    A claim that moved nothing is left out.
    """
    counts, events, unmoved = Counter[Kind](), Counter[str](), 0
    movement, by_type = Sums(), dict[str, Sums]()

    def moved_claims() -> Iterator[ClaimMovement]:
        nonlocal movement, unmoved
        for one in concerned:
            if one is None:
                unmoved += 1
                continue
            counts[one.kind] += 1
            movement = added((movement, one.movement))
            for event in one.events:
                if event.movement != Sums():
                    events[event.type] += 1
                    by_type[event.type] = added((by_type.get(event.type, Sums()), event.movement))
            yield one

    moved = (
        moved_claims()
        if most is None
        else sorted(nlargest(most, moved_claims(), key=_size), key=lambda one: one.claim)
    )
    movements = tuple(moved)
    facts = tuple(
        FactMovement(**asdict(by_type[one]), type=one, events=events[one]) for one in sorted(by_type)
    )
    by_kind = {kind: counts[kind] for kind in KINDS}
    return Movements(earlier, later, before, after, movement, facts, by_kind, movements, unmoved, true_on)


def _size(one: ClaimMovement) -> int:
    """Return by how much that sum of a claim moved that moved most."""
    return max(abs(int(amount)) for amount in asdict(one.movement).values())


class _ClaimFigures(NamedTuple):
    shown: bool = False
    status: str = ""
    sums: Sums = Sums()


class _Fold:
    """A claim, moment by moment."""

    def __init__(self, claim: str) -> None:
        self._state, self._taken_back = ClaimState(claim), list[tuple[str, str, int]]()

    def take(self, moment: Moment) -> None:
        step = moment.step
        if step.type == "event.retracted":
            self._taken_back.append((step.ref, step.says.retracts, step.position))
        else:
            take(self._state, step)

    def figures(self) -> _ClaimFigures:
        if not self._state.position:
            return _ClaimFigures()
        struck = Struck.by(self._taken_back)
        money = figures(self._state, struck)
        return _ClaimFigures(shown(self._state, struck), money.status, money.sums)


def of_claim(claim: str, moments: Sequence[Moment], earlier: Cut) -> ClaimMovement | None:
    """Return how a claim moved after a cut, by all its moments; None where neither its status nor a sum did."""
    fold, events = _Fold(claim), list[EventMovement]()
    since = [moment for moment in moments if not _holds(earlier, moment)]
    for moment in moments:
        if _holds(earlier, moment):
            fold.take(moment)
    before = last = fold.figures()
    for moment in since:
        fold.take(moment)
        now, step = fold.figures(), moment.step
        where = step.partition, step.position, step.type, step.ref, step.happened, step.recordedtime
        events.append(EventMovement(*where, now.status, movement(last.sums, now.sums)))
        last = now
    if before == last:
        return None
    kind: Kind = "changed" if before.shown == last.shown else "new" if last.shown else "gone"
    sums = before.sums, last.sums, movement(before.sums, last.sums)
    return ClaimMovement(claim, kind, before.status, last.status, *sums, tuple(events))


def _holds(cut: Cut, moment: Moment) -> bool:
    return moment.step.position <= cut.positions[moment.step.partition]
