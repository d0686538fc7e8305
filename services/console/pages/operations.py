"""Operations: how far everything is, what has halted and what waits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from litestar import Response, get

from services.console.access import allowed
from services.console.context import Console, ConsoleContext
from services.console.rendering import command_line
from services.console.tables import Column, Table, tables_answer
from services.operations.installation_status import LeaseStanding, standing_of
from services.runtime.standing import AgencyStanding, BuildProgress, PartitionStanding

R = TypeVar("R")
OPERATES = allowed("operator")
"""The guard of what an operator does."""
SEES = allowed("operator", "supervisor")
"""The guard of pages that show how the installation works."""


@get("/operations", guards=[SEES], sync_to_thread=True)
def operations(console: Console) -> Response[str] | Response[bytes]:
    """Show what has halted, how far each partition, agency and read model is, what waits, and who works on what."""
    found = console.run(standing_of(console.installation))
    waiting = sorted(found.waiting.items())
    tables: dict[str, Table[PartitionStanding] | Table[AgencyStanding] | Table[BuildProgress]] = {
        "partitions": table_of("partitions", _PARTITION_COLUMNS, found.partitions),
        "agencies": table_of("agencies", _AGENCY_COLUMNS, found.agencies),
        "read_models": table_of("read-models", _build_columns(console), found.read_models),
    }
    more: dict[str, Table[LeaseStanding] | Table[tuple[str, int]]] = {
        "leases": table_of("leases", _LEASE_COLUMNS, found.leases),
        "waiting": table_of("waiting", _WAITING_COLUMNS, waiting),
    }
    return tables_answer(
        console,
        "operations.html",
        tables | more,
        halted=found.halted,
        log=found.log,
        witnessed=found.witnessed,
        backup=found.backup,
        amiss=found.amiss,
        waiting_count=sum(found.waiting.values()),
        command=command_line("operations", {}),
    )


def table_of(name: str, columns: tuple[Column[R], ...], rows: Sequence[R]) -> Table[R]:
    return Table(
        name=name,
        answer_path=name.replace("-", "_"),
        caption=f"console.operations.{name}",
        columns=columns,
        rows=rows,
    )


_PARTITION_COLUMNS = (
    Column[PartitionStanding](key="partition", heading="column.partition", kind="number"),
    Column[PartitionStanding](key="position", heading="standing.position", kind="number"),
    Column[PartitionStanding](key="arrivals", heading="standing.arrivals", kind="number"),
    Column[PartitionStanding](key="untold", heading="standing.untold", kind="number"),
    Column[PartitionStanding](
        key="parked_persons",
        heading="standing.parked-persons",
        kind="number",
        link=lambda one: "/operations/parked" if one.parked_persons else "",
    ),
    Column[PartitionStanding](key="parked_events", heading="standing.parked-events", kind="number"),
)
_AGENCY_COLUMNS = (
    Column[AgencyStanding](
        key="agency",
        heading="column.agency",
        kind="agency",
        link=lambda one: f"/operations/quarantine?agency={one.agency}",
    ),
    Column[AgencyStanding](key="outbox", heading="standing.outbox", kind="number"),
    Column[AgencyStanding](key="oldest_seconds", heading="standing.oldest", kind="span"),
    Column[AgencyStanding](key="taken", heading="standing.taken", kind="number"),
    Column[AgencyStanding](
        key="refused", heading="standing.refused", kind="number", figure=lambda one: f"{one.agency}.refused"
    ),
)
_LEASE_COLUMNS = (
    Column[LeaseStanding](key="service", heading="standing.service", kind="coded", family="service"),
    Column[LeaseStanding](key="pieces", heading="standing.pieces", kind="number"),
    Column[LeaseStanding](key="held", heading="standing.held", kind="number"),
    Column[LeaseStanding](
        key="holders", heading="standing.holders", value=lambda one: ", ".join(one.holders)
    ),
)
_WAITING_COLUMNS = (
    Column[tuple[str, int]](key="agency", heading="column.agency", kind="agency", value=lambda one: one[0]),
    Column[tuple[str, int]](
        key="events",
        heading="column.events",
        kind="number",
        value=lambda one: one[1],
        figure=lambda one: f"waiting.{one[0]}",
    ),
)


def _build_columns(console: ConsoleContext) -> tuple[Column[BuildProgress], ...]:
    words = console.words
    return (
        Column(key="projection", heading="column.read-model", kind="coded", family="projection"),
        Column(key="version", heading="column.version", kind="number"),
        Column(
            key="live",
            heading="column.state",
            value=lambda one: words.say("build.live" if one.live else "build.building"),
        ),
        Column(key="events", heading="column.events", kind="number"),
        Column(key="behind", heading="column.behind", kind="number"),
        Column(
            key="found",
            heading="column.fault",
            value=lambda one: words.say(f"build.{one.found}") if one.found else "",
        ),
    )


routes = (operations,)
