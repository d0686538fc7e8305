"""The ways to send an event, each as text that can be copied and run: JSON, curl, redis-cli, Python, a table's row.

They read where to send and with which key from the environment: ``KELAMBU_URL`` and ``KELAMBU_KEY`` for HTTP,
``KELAMBU_REDIS`` (an URL with the agency's user and password) for Redis.
"""

from __future__ import annotations

from collections.abc import Mapping
from pprint import pformat
from typing import NamedTuple

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined

from events.catalogue import short_name
from events.envelope import agency_of
from events.rows import table
from services.ledger import keys

_ENVIRONMENT = Environment(  # noqa: S701 -- no HTML: what is shown on a page is escaped there
    loader=PackageLoader("services.contract"), trim_blocks=True, undefined=StrictUndefined
)


class SendingMethod(NamedTuple):
    """One way to send an event: its title, a short id, the text, and the command that sends what is no command."""

    title: str
    id: str
    text: str
    send: str = ""


def ways(event: Mapping[str, object]) -> list[SendingMethod]:
    """Return every way to send an event."""
    json = msgspec.json.format(msgspec.json.encode(event), indent=2).decode()
    outbox = keys.outbox(agency_of(str(event["source"])))
    attributes = {key: value for key, value in event.items() if key not in {"specversion", "time", "data"}}
    data = pformat(event["data"], width=92, sort_dicts=False)
    return [
        SendingMethod("JSON", "json", json),
        SendingMethod("curl", "curl", _filled("send.curl", json=json)),
        SendingMethod("redis-cli", "redis-cli", _filled("send.redis-cli", json=json, outbox=outbox)),
        SendingMethod(
            "Python",
            "python",
            _filled("send.python", attributes=attributes, time=event["time"], data=data),
        ),
        SendingMethod("CSV", "csv", row(event), publish(event)),
    ]


def _filled(template: str, **context: object) -> str:
    return _ENVIRONMENT.get_template(template).render(context)


def row(event: Mapping[str, object]) -> str:
    """Return the event as a table of one row under the names of its columns."""
    return table([event]).replace("\r\n", "\n").rstrip("\n")


def publish(event: Mapping[str, object]) -> str:
    """Return the command that sends such a table, over HTTP with the agency's key."""
    kind = short_name(str(event["type"]))
    return f'kelambu publish {kind}.csv --type {kind} --as {agency_of(str(event["source"]))} --url "$KELAMBU_URL"'
