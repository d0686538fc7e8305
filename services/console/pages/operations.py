"""Operations: how far everything is, what has halted and what waits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from litestar import Response, get

from services.console.access import allowed
from services.console.context import Console, ConsoleContext
from services.console.rendering import command_line
from services.console.tables import Column, Table, tables_answer
from services.operations.installation_status import LeaseCount, status_of
from services.runtime.lag import AgencyBacklog, BuildProgress, PartitionLag

R = TypeVar("R")
OPERATES = allowed("operator")
"""The guard of what an operator does."""
SEES = allowed("operator", "supervisor")
"""The guard of pages that show how the installation works."""


@get("/operations", guards=[SEES], sync_to_thread=True)
def operations(console: Console) -> Response[str] | Response[bytes]:
    """Show what has halted, how far each partition, agency and read model is, what waits, and who works on what."""
    status = console.run(status_of(console.installation))
    waiting = sorted(status.waiting.items())
    tables: dict[str, Table[PartitionLag] | Table[AgencyBacklog] | Table[BuildProgress]] = {
        "partitions": table_of("partitions", _PARTITION_COLUMNS, status.partitions),
        "agencies": table_of("agencies", _AGENCY_COLUMNS, status.agencies),
        "read_models": table_of("read-models", _build_columns(console), status.read_models),
    }
    more: dict[str, Table[LeaseCount] | Table[tuple[str, int]]] = {
        "leases": table_of("leases", _LEASE_COLUMNS, status.leases),
        "waiting": table_of("waiting", _WAITING_COLUMNS, waiting),
    }
    return tables_answer(
        console,
        "operations.html",
        tables | more,
        halted=status.halted,
        log=status.log,
        witnessed=status.witnessed,
        backup=status.backup,
        amiss=status.amiss,
        waiting_count=sum(status.waiting.values()),
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
    Column[PartitionLag](key="partition", heading="column.partition", kind="number"),
    Column[PartitionLag](key="position", heading="installation-status.position", kind="number"),
    Column[PartitionLag](key="arrivals", heading="installation-status.arrivals", kind="number"),
    Column[PartitionLag](key="untold", heading="installation-status.untold", kind="number"),
    Column[PartitionLag](
        key="parked_persons",
        heading="installation-status.parked-persons",
        kind="number",
        link=lambda one: "/operations/parked" if one.parked_persons else "",
    ),
    Column[PartitionLag](key="parked_events", heading="installation-status.parked-events", kind="number"),
)
_AGENCY_COLUMNS = (
    Column[AgencyBacklog](
        key="agency",
        heading="column.agency",
        kind="agency",
        link=lambda one: f"/operations/quarantine?agency={one.agency}",
    ),
    Column[AgencyBacklog](key="outbox", heading="installation-status.outbox", kind="number"),
    Column[AgencyBacklog](key="oldest_seconds", heading="installation-status.oldest", kind="span"),
    Column[AgencyBacklog](key="taken", heading="installation-status.taken", kind="number"),
    Column[AgencyBacklog](
        key="refused",
        heading="installation-status.refused",
        kind="number",
        figure=lambda one: f"{one.agency}.refused",
    ),
)
_LEASE_COLUMNS = (
    Column[LeaseCount](key="service", heading="installation-status.service", kind="coded", family="service"),
    Column[LeaseCount](key="pieces", heading="installation-status.pieces", kind="number"),
    Column[LeaseCount](key="held", heading="installation-status.held", kind="number"),
    Column[LeaseCount](
        key="holders", heading="installation-status.holders", value=lambda one: ", ".join(one.holders)
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
            value=lambda one: words.say(f"build.{one.fault}") if one.fault else "",
        ),
    )


routes = (operations,)
