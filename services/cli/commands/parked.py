"""``parked list|retry|discard``: persons whose events could not be decided, and what to do about them."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from msgspec import Struct
from msgspec.structs import replace

from events.catalogue import encode
from events.envelope import KELAMBU
from events.message import message
from events.operation import ParkedDiscard, ParkedDiscarded, ParkedRetried, ParkedRetry
from events.redaction import redact
from services.adjudication.batch import named
from services.cli.exit_codes import FINDING, OK, command_error
from services.cli.opening import with_installation
from services.cli.output import console, show_json, show_table, tell
from services.ledger.keys import id_hash
from services.ledger.partitions import partition_of
from services.platform.clock import wall_clock
from services.runtime.bootstrap import Installation
from services.sealing.box import seal

PersonToken = Annotated[str, Parameter(allow_leading_hyphen=True)]


class ParkedRow(Struct, frozen=True):
    """A parked person: how many events wait, and the reference of the first, which could not be decided."""

    person: str
    partition: int
    events: int
    first: str


def listing(*, json: bool = False, data: Path | None = None) -> int:
    """List parked persons and how much waits for each. Exit code 1 if there are any.

    An event is parked when the rules fail on it, which is a fault of the program; the log says where.
    """
    found = with_installation(data, _lines)
    if json:
        show_json(found)
    else:
        show_table(
            found,
            ("column.person", lambda one: one.person, "left"),
            ("column.partition", lambda one: str(one.partition), "right"),
            ("column.events", lambda one: str(one.events), "right"),
            ("column.first", lambda one: one.first, "left"),
        )
    return FINDING if found else OK


async def _lines(installation: Installation) -> list[ParkedRow]:
    lines = []
    for partition in range(installation.ledger.partitions):
        for person, count in sorted((await installation.ledger.parked(partition)).items()):
            first = await installation.ledger.parked_events(partition, person, 1)
            lines.append(ParkedRow(person, partition, count, named(first[0]) if first else ""))
    return lines


def retry(person: PersonToken, /, *, reason: str, data: Path | None = None) -> int:
    """Try a parked person's events again, oldest first; parks again at the first that fails."""
    return _ask("retry", person, partial(ParkedRetried, data=ParkedRetry(reason)), data)


def discard(person: PersonToken, event: str, /, *, reason: str, data: Path | None = None) -> int:
    """Drop the oldest parked event of a person. It stays dropped; the ledger says that and why."""
    return _ask("discard", person, partial(ParkedDiscarded, data=ParkedDiscard(event, reason)), data)


def _ask(
    word: str, person: str, operation: Callable[..., ParkedRetried | ParkedDiscarded], data: Path | None
) -> int:
    event = operation(
        specversion="1.0",
        id=f"{word}-{secrets.token_hex(8)}",
        source=KELAMBU,
        time=wall_clock(),
        person=person,
    )
    with_installation(data, lambda installation: _deliver(installation, person, event))
    tell(console(), message("parked.asked"))
    return OK


async def _deliver(
    installation: Installation, person: str, operation: ParkedRetried | ParkedDiscarded
) -> None:
    """Put an operator's event into the inbox of the person's partition, its reason sealed."""
    partition = partition_of(person, installation.ledger.partitions)
    if person not in await installation.ledger.parked(partition):
        raise command_error("parked.not-parked", "parked.see-list", person=person)
    told, values = redact(operation, installation.tokens)
    key = (await asyncio.to_thread(installation.keys.get_or_create, [person]))[person]
    sealed = seal(person, key, values, id_hash(told.source, told.id))
    await installation.ledger.deliver(
        [(partition, encode(replace(told, admittedtime=told.time, sealed=sealed)), b"")]
    )
