"""Gateways as processes: several on one port, killed at the worst moment, and everything behind them running."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import httpx

from services.identity.credentials import new_api_key
from services.ledger import keys as names
from services.ledger.credentials import Credentials
from services.ledger.registry import FINDINGS, TYPES, Agency
from tests.lives import Life, heir
from tests.servers import free_port
from tests.small_installation import niks
from tests.system.gateway.answering import BATCH, SITI, STRUCTURED, body, post
from tests.system.running import SERVICES, RunningInstallation, patiently, running_installation, until

WANTING = ["document:death-certificate", "finding:heirs"]
AGENCIES = ("dinsos", "rsud", "disdukcapil", "kecamatan")


async def keys_of(installation: RunningInstallation) -> dict[str, str]:
    """Register the agencies and give each an API key."""
    given = {}
    for name in AGENCIES:
        await installation.installation.registry.add(Agency(name=name, types=TYPES, findings=FINDINGS))
        given[name], kept = new_api_key(name, dt.datetime.now(dt.UTC))
        await Credentials(installation.installation.core).add(kept)
    return given


async def listening(installation: RunningInstallation, *gateways: str) -> None:
    """Start gateways; returns when each listens."""
    before = {
        one: installation.log(one).read_bytes().count(b"gateway.listening")
        if installation.log(one).exists()
        else 0
        for one in gateways
    }
    installation.start(*gateways)

    async def look() -> bool:
        installation.look_after(*gateways)
        return all(
            installation.log(one).read_bytes().count(b"gateway.listening") > before[one] for one in gateways
        )

    await until(look, f"{gateways} listen")


def client(port: int, key: str) -> httpx.AsyncClient:
    """An agency's client; each request has a connection of its own, so that the gateways share them."""
    limits = httpx.Limits(max_keepalive_connections=0)
    url = f"http://127.0.0.1:{port}"
    return httpx.AsyncClient(
        base_url=url, headers={"authorization": f"Bearer {key}"}, timeout=180, limits=limits
    )


def requests(installation: RunningInstallation, gateway: str) -> list[dict[str, Any]]:
    """The lines that a gateway has logged about requests."""
    lines = [
        json.loads(line)
        for line in installation.log(gateway).read_bytes().splitlines()
        if line.startswith(b"{")
    ]
    return [line for line in lines if line["event"] == "request.answered"]


async def test_two_gateways_share_a_port_and_what_one_has_answered_is_kept_whoever_is_killed(tmp_path: Path):
    """After ``kill -9`` of a gateway the other goes on.

    After that of the server every answered event is there, once.
    """
    port = free_port()
    async with running_installation(tmp_path, gateway_port=port, gateways=2) as installation:
        given = await keys_of(installation)
        await listening(installation, "gateway", "gateway-2")
        async with client(port, given["dinsos"]) as dinsos:
            answers = await asyncio.gather(*(post(dinsos, body(f"p-{n}")) for n in range(60)))
            assert {one.status_code for one in answers} == {202}
            assert all(requests(installation, one) for one in ("gateway", "gateway-2"))
            installation.kill("gateway")
            answered = [await post(dinsos, body(f"p-{n}")) for n in range(60, 80)]
            installation.kill("server")
            installation.kill("gateway-2")
            assert {one.status_code for one in answered} == {202}
            installation.start_again("server")
            assert await patiently(lambda: installation.installation.core.xlen(names.taken("dinsos"))) == 80
            await listening(installation, "gateway-2")
            again = [await post(dinsos, body(f"p-{n}")) for n in range(80)]
            assert [one.json() for one in again] == [one.json() for one in (*answers, *answered)]
            assert {one.status_code for one in again} == {200}
        assert await installation.installation.core.xlen(names.taken("dinsos")) == 80
        assert installation.stop("gateway-2") == {"gateway-2": 0}


def lives() -> Sequence[Life]:
    """A death that is paid, and one that waits for its heirs."""
    paid, waits = (Life(nik) for nik in niks(2))
    paid.insured().filed("P-1").died(claim="P-1").heirs(heir("a"), heir("b", "child", "2"), claim="P-1")
    waits.insured().filed("W-1", papers=("ktp", "kk", "form-4", "heirs-letter")).died(claim="W-1")
    return paid, waits


async def test_each_agency_sees_of_a_claim_what_is_its_own(tmp_path: Path):
    """The filer its award and orders, a contributor its events, others nothing at all; nobody a personal value."""
    port, all_lives = free_port(), lives()
    documents = [document for life in all_lives for document in life.documents]
    async with running_installation(tmp_path, gateway_port=port) as installation:
        given = await keys_of(installation)
        installation.start(*SERVICES)
        await listening(installation, "gateway")
        for agency, of_one in groupby(documents, lambda one: one["source"].removeprefix("/agencies/")):
            async with client(port, given[agency]) as sender:
                batch = json.dumps(list(of_one)).encode()
                assert (await post(sender, batch, BATCH)).status_code == 202
        await installation.settled()
        async with client(port, given["dinsos"]) as filer, client(port, given["disdukcapil"]) as registry:
            claim = await filer.get("/v1/claims/P-1")
            of_filer(claim.json())
            waiting = (await filer.get("/v1/claims/W-1")).json()
            assert (waiting["status"], waiting["missing"]) == ("waiting", WANTING)
            contributor = await registry.get("/v1/claims/P-1")
            seen = contributor.json()
            assert seen.keys() == {"claim", "status", "as_of", "events"}
            assert {one["type"] for one in seen["events"]} == {"claim.verified"}
            events = await registry.get("/v1/claims/P-1/events")
            own = [one for one in events.json()["items"] if "id" in one]
            others = [one for one in events.json()["items"] if "id" not in one]
            assert [one["receipt"] for one in own] == [one["receipt"] for one in seen["events"]]
            assert all(one.keys() == {"type", "time", "partition", "position"} for one in others)
            page = (await registry.get("/v1/claims/P-1/events?limit=2")).json()
            rest = (await registry.get(f"/v1/claims/P-1/events?after={page['next']}")).json()
            assert page["items"] + rest["items"] == events.json()["items"]
            receipt = await registry.get(f"/v1/receipts/{own[0]['receipt']}")
            assert receipt.json()["status"] == "accepted"
        async with client(port, given["kecamatan"]) as nobody:
            unknown = await nobody.get("/v1/claims/X-9")
            for path in ("P-1", "P-1/events"):
                hidden = await nobody.get(f"/v1/claims/{path}")
                assert (hidden.status_code, hidden.content) == (404, unknown.content)
            wrong = await nobody.get("/v1/claims/P-1/events?limit=0")
            assert (wrong.status_code, wrong.json()["detail"][:7]) == (400, "`limit`")
        shown = claim.text + contributor.text + events.text
        logged = installation.log("gateway").read_text()
        for life in all_lives:
            assert life.nik not in shown + logged
        assert "Aminah" not in shown + logged
        assert "P-1" not in logged


def of_filer(claim: dict[str, Any]) -> None:
    """What the filer of the paid death sees."""
    assert claim["status"] == "ordered"
    assert claim["programme"] == "JKM"
    assert claim["entitled"] == claim["ordered"] == sum(line["amount"] for line in claim["lines"])
    assert {line["benefit"] for line in claim["lines"]} == {"jkm.death", "jkm.periodic", "jkm.funeral"}
    assert all(line["citation"] for line in claim["lines"])
    assert sum(order["amount"] for order in claim["orders"]) == claim["ordered"]
    assert claim["as_of"]["position"] > 0
    assert {one["type"] for one in claim["events"]} >= {"claim.filed"}


async def retry(sender: httpx.AsyncClient, place: str, document: bytes) -> httpx.Response:
    """Send a refused document again."""
    return await sender.post(f"{place}/retry", content=document, headers={"content-type": STRUCTURED})


async def test_a_refused_document_is_mended_over_http_and_its_place_in_quarantine_is_resolved(tmp_path: Path):
    """The faults can be read again, the document never; the mended one is admitted and named by the old."""
    port = free_port()
    async with running_installation(tmp_path, gateway_port=port) as installation:
        given = await keys_of(installation)
        installation.start("intake")
        await listening(installation, "gateway")
        async with client(port, given["dinsos"]) as dinsos, client(port, given["rsud"]) as other:
            refused = (await post(dinsos, body("p-1", time="gestern"))).json()
            place = f"/v1/quarantine/{refused['quarantine']}"
            (listed,) = (await dinsos.get("/v1/quarantine")).json()["items"]
            assert (listed["document"], listed["code"]) == (refused["quarantine"], "invalid")
            shown = await dinsos.get(place)
            assert shown.json()["errors"] == refused["errors"]
            assert SITI not in shown.text
            assert (await other.get("/v1/quarantine")).json() == {"items": []}
            assert (await other.get(place)).status_code == 404
            assert (await retry(other, place, body("p-1"))).status_code == 404
            still = await retry(dinsos, place, body("p-1", time="morgen"))
            assert still.status_code == 422
            second = (await dinsos.get(f"/v1/quarantine/{still.json()['quarantine']}")).json()
            assert second["mends"] == refused["quarantine"]
            receipt = await retry(dinsos, place, body("p-1"))
            assert receipt.status_code == 202

            async def resolved() -> str | None:
                found = (await dinsos.get(place)).json().get("resolved")
                return None if found is None else str(found)

            assert await until(resolved, "the document is resolved") == receipt.json()["receipt"]
