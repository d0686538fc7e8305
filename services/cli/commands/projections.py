"""``projections status|rebuild``: how far the read models are, and building one anew."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from msgspec import Struct

from events.message import message
from projections.builds import Build, OutdatedError
from projections.catalogue import PROJECTIONS
from projections.checkpoint import DivergedError, confirm
from projections.projection import Projection
from projections.runner import Runner
from projections.store import DamagedError, Store
from services.cli.exit_codes import FINDING, OK, CommandError
from services.cli.opening import with_installation
from services.cli.output import Steps, console, show_json, show_table, tell
from services.cli.render.terms import LanguageTexts, number
from services.installation.mismatches import EVERYTHING
from services.ledger.protocol import Ledger, MalformedError
from services.runtime.bootstrap import Installation
from services.runtime.halts import CURE


class BuildProgress(Struct, frozen=True):
    """How far one build of a read model is, in events over all partitions.

    ``behind``: events of the ledger that it has not seen. ``ahead``: events that it has seen and the ledger does not have.
    ``other_history``: at a position that it has seen the ledger has another event.
    """

    projection: str
    version: int
    build: int
    live: bool
    events: int
    behind: int
    ahead: int
    other_history: bool

    @property
    def found(self) -> str:
        """What is amiss: ``ahead``, ``other-history`` or nothing."""
        return "ahead" if self.ahead else "other-history" if self.other_history else ""


def status(*, json: bool = False, data: Path | None = None) -> int:
    """Show how far each read model is behind the ledger, or ahead of it. Exit code 1 if one is."""
    found = with_installation(data, _standings)
    if json:
        show_json(found)
    else:
        words = LanguageTexts()
        show_table(
            found,
            ("column.read-model", lambda one: one.projection, "left"),
            ("column.version", lambda one: str(one.version), "right"),
            ("column.state", lambda one: words.say("build.live" if one.live else "build.building"), "left"),
            ("column.events", lambda one: number(one.events), "right"),
            ("column.behind", lambda one: number(one.behind), "right"),
            ("column.ahead", lambda one: number(one.ahead) if one.ahead else "", "right"),
            ("column.fault", lambda one: words.say(f"build.{one.found}") if one.found else "", "prose"),
        )
        if any(standing.found for standing in found):
            tell(console(), message("read-model.status-diverged", cure=CURE))
    return FINDING if any(standing.behind or standing.found for standing in found) else OK


async def _standings(installation: Installation) -> list[BuildProgress]:
    with closing(Store(installation.settings.database_url)) as store:
        builds = store.builds()
    heads = await installation.heads()
    return [await _standing(installation, build, heads) for build in builds]


async def _standing(installation: Installation, build: Build, heads: Sequence[int]) -> BuildProgress:
    lags = [heads[p] - at if p < len(heads) else -at for p, at in build.positions.items()]
    try:
        await confirm(installation.ledger, {p: seen for p, seen in build.seen.items() if p < len(heads)})
    except DivergedError as error:
        other = not error.ahead
    else:
        other = False
    return BuildProgress(
        build.projection,
        build.version,
        build.number,
        build.live,
        sum(build.positions.values()),
        sum(lag for lag in lags if lag > 0),
        -sum(lag for lag in lags if lag < 0),
        other,
    )


def rebuild(
    names: Annotated[list[str] | None, Parameter(consume_multiple=True)] = None,
    /,
    *,
    data: Path | None = None,
) -> int:
    """Build read models anew from the ledger, beside those in use, which they replace when they have caught up.

    Read models that cannot be used, or do not fit the ledger, are set aside first, all of them.
    """
    known = {projection.name: projection for projection in PROJECTIONS}
    unknown = sorted(set(names or ()) - known.keys())
    if unknown:
        raise CommandError(
            message("read-model.unknown", names=", ".join(unknown)),
            message("read-model.known", names=", ".join(known)),
        )
    chosen = [known[name] for name in names or known]
    built, kept = with_installation(
        data, lambda installation: _rebuilt(installation, chosen), writes=EVERYTHING
    )
    if kept:
        tell(console(), message("read-model.set-aside", place=kept))
    told = ", ".join(projection.name for projection in built)
    tell(console(), message("read-model.built", names=told))
    return OK


async def _rebuilt(
    installation: Installation, chosen: Sequence[Projection]
) -> tuple[Sequence[Projection], str]:
    """Build ``chosen`` anew, or all after the store was set aside; returns which, and where the old store is kept."""
    store = installation.read_models()
    kept = ""
    try:
        if await _usable(store, installation.ledger):
            runner = Runner(store, installation.ledger, PROJECTIONS)
            for projection in chosen:
                store.rebuild(projection, installation.ledger.partitions)
        else:
            kept, chosen = store.set_aside(PROJECTIONS), PROJECTIONS
            store.belong(str(installation.identity))
            runner = Runner(store, installation.ledger, PROJECTIONS)
        total = sum(await installation.heads())
        with Steps() as steps, steps(message("read-model.building"), total * len(chosen)) as advance:
            while done := await runner.step():
                advance(done)
    finally:
        store.close()
    return chosen, kept


async def _usable(store: Store, ledger: Ledger) -> bool:
    """Tell whether the store can be read, is not of a later program, and fits the ledger."""
    try:
        store.prepare(PROJECTIONS, ledger.partitions)
        for build in store.builds():
            await confirm(ledger, build.seen)
    except (DamagedError, DivergedError, OutdatedError, MalformedError):
        return False
    return True
