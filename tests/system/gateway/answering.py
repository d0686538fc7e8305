"""A gateway that answers, on a real server with agencies that have keys; in this process or in processes of its own."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from msgspec import Struct
from msgspec.structs import replace

from services.gateway.worker import listen, serve
from services.identity.credentials import new_api_key
from services.ledger.credentials import Credentials
from services.ledger.function_library import load_functions
from services.ledger.registry import FINDINGS, TYPES, Agency
from services.platform.settings import Settings
from services.runtime.bootstrap import Installation, open_installation
from services.runtime.embedded_server import EmbeddedServer

SENT = "2026-03-02T09:00:00+07:00"
SITI = "1606014101900001"
STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
JSON = "application/json"
AGENCIES = (
    Agency(name="dinsos", types=TYPES, findings=FINDINGS),
    Agency(name="kecamatan", types=TYPES),
    Agency(name="rsud", types=("claim.verified", "event.retracted"), findings=("death", "medical")),
)


class Answering(Struct, frozen=True):
    """A gateway at an address, and the keys of the agencies."""

    installation: Installation
    url: str
    keys: Mapping[str, str]
    server: EmbeddedServer

    def client(self, agency: str = "dinsos", **headers: str) -> httpx.AsyncClient:
        """An agency's client."""
        own = {"authorization": f"Bearer {self.keys[agency]}"} if agency else {}
        return httpx.AsyncClient(base_url=self.url, headers=own | headers, timeout=180)


async def with_keys(installation: Installation) -> dict[str, str]:
    """Register the agencies and give each an API key."""
    keys = {}
    for agency in AGENCIES:
        await installation.registry.add(agency)
        keys[agency.name], kept = new_api_key(agency.name, dt.datetime.now(dt.UTC))
        await Credentials(installation.core).add(kept)
    return keys


@asynccontextmanager
async def answering(data: Path, **settings: object) -> AsyncIterator[Answering]:
    """Answer in this process, at an address that nobody else has."""
    server = EmbeddedServer.start(data)
    try:
        read = Settings.read({"REDIS_URL": server.url, "KELAMBU_GATEWAY_PORT": "0"}, data)
        async with open_installation(replace(read, **settings)) as installation:
            await load_functions(installation.core)
            keys, stop = await with_keys(installation), asyncio.Event()
            with listen(installation.settings) as bound:
                url = f"http://127.0.0.1:{bound.getsockname()[1]}"
                serving = asyncio.ensure_future(serve(installation, stop, bound))
                try:
                    yield Answering(installation, url, keys, server)
                finally:
                    stop.set()
                    await serving
    finally:
        if server.alive():
            server.stop()


def event(event_id: str, agency: str = "dinsos", **attributes: object) -> dict[str, Any]:
    """An event that may be sent: contributions of one month."""
    data = {"nik": SITI, "first_month": "2026-01", "last_month": "2026-01", "paid_on": "2026-01-05"}
    payer = {"kind": "donor", "name": "Haji Umar"}
    envelope = {
        "specversion": "1.0",
        "id": event_id,
        "source": f"/agencies/{agency}",
        "type": "kelambu.participant.contributions-paid.v1",
        "time": SENT,
        "data": {**data, "payer": payer},
    }
    return envelope | attributes


def body(event_id: str, agency: str = "dinsos", **attributes: object) -> bytes:
    """The same as bytes."""
    return json.dumps(event(event_id, agency, **attributes)).encode()


async def post(
    client: httpx.AsyncClient, content: bytes, media: str = STRUCTURED, **headers: str
) -> httpx.Response:
    """Send events."""
    return await client.post("/v1/events", content=content, headers={"content-type": media, **headers})
