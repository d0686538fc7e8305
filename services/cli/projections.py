"""``projections status|rebuild``: how far the read models are, and building one anew."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter
from msgspec import Struct

from projections.catalogue import PROJECTIONS
from projections.runner import Runner
from projections.store import Store
from services.bootstrap import House
from services.cli.failures import FINDING, OK, CommandError
from services.cli.house import in_house
from services.cli.options import AsJson, DataDir
from services.cli.output import Steps, console, show_json, table
from services.cli.wording import number


class Standing(Struct, frozen=True):
    """How far one build of a read model is: ``behind`` is in events, over all partitions."""

    projection: str
    version: int
    build: int
    live: bool
    events: int
    behind: int


def status(*, json: AsJson = False, data: DataDir = None) -> int:
    """Show how far each read model is behind the ledger. Exit code 1 if one is behind."""
    found = in_house(data, _standings)
    if json:
        show_json(found)
    else:
        rows = [
            (
                s.projection,
                str(s.version),
                "live" if s.live else "building",
                number(s.events),
                number(s.behind),
            )
            for s in found
        ]
        console().print(table("", ("Read model", "Version", "", "Events", "Behind"), rows, right=(1, 3, 4)))
    return FINDING if any(standing.behind for standing in found) else OK


async def _standings(house: House) -> list[Standing]:
    heads = [(await house.ledger.head(partition)).position for partition in range(house.ledger.partitions)]
    store = Store(house.settings.database_url)
    try:
        builds = store.builds()
    finally:
        store.close()
    return [
        Standing(
            build.projection,
            build.version,
            build.number,
            build.live,
            sum(build.positions.values()),
            sum(heads) - sum(build.positions.values()),
        )
        for build in builds
    ]


def rebuild(
    names: Annotated[
        list[str] | None, Parameter(help="Which read models. Default: all.", consume_multiple=True)
    ] = None,
    /,
    *,
    data: DataDir = None,
) -> int:
    """Build read models anew from the ledger, beside those in use, which they replace when they have caught up."""
    known = {projection.name: projection for projection in PROJECTIONS}
    unknown = sorted(set(names or ()) - known.keys())
    if unknown:
        raise CommandError(f"there is no read model {', '.join(unknown)}.", f"Known: {', '.join(known)}.")
    chosen = [known[name] for name in names or known]

    async def work(house: House) -> None:
        store = Store(house.settings.database_url)
        try:
            runner = Runner(store, house.ledger, PROJECTIONS)
            for projection in chosen:
                store.rebuild(projection, house.ledger.partitions)
            total = sum([(await house.ledger.head(p)).position for p in range(house.ledger.partitions)])
            with Steps() as steps, steps("Building from the ledger", total * len(chosen)) as advance:
                while done := await runner.step():
                    advance(done)
        finally:
            store.close()

    in_house(data, work)
    console().print(f"Built anew: {', '.join(projection.name for projection in chosen)}")
    return OK
