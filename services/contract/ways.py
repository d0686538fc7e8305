"""The ways to send an event, each as text that can be copied and run: JSON, curl, redis-cli, Python, a table's row.

They read where to send and with which key from the environment: ``KELAMBU_URL`` and ``KELAMBU_KEY`` for HTTP,
``KELAMBU_REDIS`` (an URL with the agency's user and password) for Redis.
"""

from __future__ import annotations

from collections.abc import Mapping
from pprint import pformat
from typing import NamedTuple

import msgspec

from events.catalogue import short_name
from events.envelope import agency_of
from events.rows import table

STRUCTURED = "application/cloudevents+json"


class SendingMethod(NamedTuple):
    """One way to send an event: its title, a short id, the text, and the command that sends what is no command."""

    title: str
    id: str
    text: str
    send: str = ""


def ways(event: Mapping[str, object]) -> list[SendingMethod]:
    """Return every way to send an event."""
    return [
        SendingMethod("JSON", "json", as_json(event)),
        SendingMethod("curl", "curl", curl(event)),
        SendingMethod("redis-cli", "redis-cli", redis_cli(event)),
        SendingMethod("Python", "python", python(event)),
        SendingMethod("CSV", "csv", row(event), publish(event)),
    ]


def as_json(event: Mapping[str, object]) -> str:
    """Return the event as a document that people can read."""
    return msgspec.json.format(msgspec.json.encode(event), indent=2).decode()


def curl(event: Mapping[str, object]) -> str:
    """Return the command that sends the event over HTTP."""
    return f"""\
curl -sS --fail-with-body "$KELAMBU_URL/v1/events" \\
  -H "Authorization: Bearer $KELAMBU_KEY" \\
  -H "Content-Type: {STRUCTURED}" \\
  --data-binary @- <<'JSON'
{as_json(event)}
JSON"""


def redis_cli(event: Mapping[str, object]) -> str:
    """Return the command that puts the event into the agency's outbox."""
    outbox = f"{{a:{agency_of(str(event['source']))}}}:outbox"
    return f"""\
redis-cli --no-auth-warning -u "$KELAMBU_REDIS" -x XADD '{outbox}' '*' event <<'JSON'
{as_json(event)}
JSON"""


def python(event: Mapping[str, object]) -> str:
    """Return the program that sends the event with the package ``cloudevents``."""
    named = {key: value for key, value in event.items() if key not in {"specversion", "time", "data"}}
    attributes = ",\n        ".join(
        [
            *(f'"{key}": "{value}"' for key, value in named.items()),
            f'"time": datetime.fromisoformat("{event["time"]}")',
        ]
    )
    data = pformat(event["data"], width=92, sort_dicts=False).replace("\n", "\n    ")
    return f"""\
import os
from datetime import datetime
from urllib.request import Request, urlopen

from cloudevents.core.bindings.http import to_structured_event
from cloudevents.core.v1.event import CloudEvent

event = CloudEvent(
    {{
        "specversion": "1.0",
        {attributes},
    }},
    {data},
)
message = to_structured_event(event)
headers = message.headers | {{"Authorization": f"Bearer {{os.environ['KELAMBU_KEY']}}"}}
request = Request(os.environ["KELAMBU_URL"] + "/v1/events", message.body, headers)
with urlopen(request) as answer:
    print(answer.read().decode())"""


def row(event: Mapping[str, object]) -> str:
    """Return the event as a table of one row under the names of its columns."""
    return table([event]).replace("\r\n", "\n").rstrip("\n")


def publish(event: Mapping[str, object]) -> str:
    """Return the command that sends such a table, over HTTP with the agency's key."""
    kind = short_name(str(event["type"]))
    return f'kelambu publish {kind}.csv --type {kind} --as {agency_of(str(event["source"]))} --url "$KELAMBU_URL"'
