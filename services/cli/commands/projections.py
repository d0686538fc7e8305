"""``projections status|rebuild``: how far the read models are, and building one anew."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from events.message import message
from projections.catalogue import PROJECTIONS
from projections.checkpoint import DivergedError, confirm
from projections.projection import Projection
from projections.read_model_builds import OutdatedError
from projections.runner import Runner
from projections.store import DamagedError, Store
from services.cli.exit_codes import FINDING, OK, CommandError
from services.cli.opening import with_installation
from services.cli.output import Steps, console, show_json, show_table, tell
from services.installation.mismatches import EVERYTHING
from services.ledger.protocol import Ledger, MalformedError
from services.runtime import lag
from services.runtime.bootstrap import Installation
from services.runtime.halts import CURE
from services.runtime.parallel_rebuild import LARGE, build_shared
from services.wording.terms import LanguageTexts, number


def status(*, json: bool = False, data: Path | None = None) -> int:
    """Show how far each read model is behind the ledger, or ahead of it. Exit code 1 if one is."""
    builds = with_installation(data, lag.builds)
    if json:
        show_json(builds)
    else:
        words = LanguageTexts()
        show_table(
            builds,
            ("column.read-model", lambda one: one.projection, "left"),
            ("column.version", lambda one: str(one.version), "right"),
            ("column.state", lambda one: words.say("build.live" if one.live else "build.building"), "left"),
            ("column.events", lambda one: number(one.events), "right"),
            ("column.behind", lambda one: number(one.behind), "right"),
            ("column.ahead", lambda one: number(one.ahead) if one.ahead else "", "right"),
            ("column.fault", lambda one: words.say(f"build.{one.fault}") if one.fault else "", "prose"),
        )
        if any(one.fault for one in builds):
            tell(console(), message("read-model.status-diverged", cure=CURE))
    return FINDING if any(one.behind or one.fault for one in builds) else OK


def rebuild(
    names: Annotated[list[str] | None, Parameter(consume_multiple=True)] = None,
    /,
    *,
    data: Path | None = None,
) -> int:
    """Build read models anew from the ledger, beside those in use, which they replace when they have caught up.

    Read models that cannot be used, or do not fit the ledger, are set aside first, all of them.
    """
    by_name = {projection.name: projection for projection in PROJECTIONS}
    unknown = sorted(set(names or ()) - by_name.keys())
    if unknown:
        raise CommandError(
            message("read-model.unknown", names=", ".join(unknown)),
            message("read-model.known", names=", ".join(by_name)),
        )
    projections = [by_name[name] for name in names or by_name]
    built, old_store = with_installation(
        data, lambda installation: _rebuilt(installation, projections), writes=EVERYTHING
    )
    if old_store:
        tell(console(), message("read-model.set-aside", place=old_store))
    name_list = ", ".join(projection.name for projection in built)
    tell(console(), message("read-model.built", names=name_list))
    return OK


async def _rebuilt(
    installation: Installation, projections: Sequence[Projection]
) -> tuple[Sequence[Projection], str]:
    """Build ``chosen`` anew, or all after the store was set aside; returns which, and where the old store is kept."""
    store = installation.read_models()
    old_store = ""
    try:
        if await _usable(store, installation.ledger):
            runner = Runner(store, installation.ledger, PROJECTIONS)
            for projection in projections:
                store.rebuild(projection, installation.ledger.partitions)
        else:
            old_store, projections = store.set_aside(PROJECTIONS), PROJECTIONS
            store.belong(str(installation.identity))
            runner = Runner(store, installation.ledger, PROJECTIONS)
        total = sum(await installation.heads())
        with Steps() as steps:
            if total >= LARGE:
                await build_shared(installation, tell=partial(steps.stage, message("read-model.sharing")))
            with steps(message("read-model.building"), total * len(projections)) as advance:
                while count := await runner.step():
                    advance(count)
    finally:
        store.close()
    return projections, old_store


async def _usable(store: Store, ledger: Ledger) -> bool:
    """Tell whether the store can be read, is not of a later program, and fits the ledger."""
    try:
        store.prepare(PROJECTIONS, ledger.partitions)
        for build in store.builds():
            await confirm(ledger, build.seen)
    except (DamagedError, DivergedError, OutdatedError, MalformedError):
        return False
    return True
