"""The last four risks of the OWASP API Security Top 10 (2023), which lie in what is open; see ``test_owasp.py``."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from litestar import Litestar

from services.gateway import micro_batch
from services.gateway.application import routes
from services.gateway.claims import Claims
from services.gateway.contract import PUBLISHED
from tests.lives import Life
from tests.system.canaries import SECRET, traces
from tests.system.gateway.answering import (
    SITI,
    STRUCTURED,
    Answering,
    answering,
    body,
    event,
    post,
)
from tests.system.gateway.working import death, kept, send, settled, working


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Answering]:
    """A gateway of three agencies, with nothing behind it."""
    async with answering(tmp_path) as running:
        yield running


@contextmanager
def connections_made() -> Iterator[list[str]]:
    """Everything in this process that is looked up or connected to."""
    made: list[str] = []
    watching = True

    def hook(name: str, arguments: tuple[object, ...]) -> None:
        if watching and name in (
            "socket.connect",
            "socket.getaddrinfo",
            "socket.gethostbyname",
            "urllib.Request",
        ):
            made.append(repr(arguments))

    sys.addaudithook(hook)
    try:
        yield made
    finally:
        watching = False


async def test_api7_server_side_request_forgery(gateway: Answering):
    """An address in a request makes the server call somebody: here none does, wherever it stands.

    Addresses in a document, in headers of every kind and in the request line lead to no look-up and no connection, and
    none stands in an answer.
    """
    url = "http://somewhere.example:9/latest/meta-data"
    headers = [
        "host",
        "origin",
        "referer",
        "forwarded",
        "x-forwarded-host",
        "x-forwarded-for",
        "link",
        "callback",
    ]
    headers += (
        "webhook-request-origin",
        "webhook-request-callback",
        "ce-dataschema",
        "ce-source",
        "traceparent",
    )
    with connections_made() as made:
        async with gateway.client() as client:
            answers = [await post(client, body("p-1"), **{name: url}) for name in headers]
            attributes = ("dataschema", "source", "type", "subject", "dataref", "$schema", "@context", "$ref")
            answers += [
                await post(client, json.dumps(event("p-2") | {attribute: url}).encode())
                for attribute in attributes
            ]
            doctype = f'<!DOCTYPE x SYSTEM "{url}"><x/>'.encode()
            answers += [await post(client, doctype), await post(client, doctype, "application/xml")]
            answers += [
                await client.get(path, headers={"host": "somewhere.example"}) for path in ("/docs", "/v1/x")
            ]
            target = client.build_request("GET", "/v1/claims/P-1", extensions={"target": url.encode()})
            answers.append(await client.send(target))
    port = gateway.url.rpartition(":")[2]
    assert made
    assert [
        one for one in made if f"'127.0.0.1', {port}" not in one and gateway.server.url[7:] not in one
    ] == []
    assert all(b"somewhere" not in one.content + repr(one.headers).encode() for one in answers)


async def test_api8_security_misconfiguration(gateway: Answering, monkeypatch: pytest.MonkeyPatch):
    """A default that was left on helps an attacker: there is no default key, no debugging page, no open origin.

    Methods that are not meant are refused, no answer names software or shows an error's insides, nothing is kept in
    caches, no page of another origin may read, and pages may load nothing.
    """
    async with gateway.client() as client:
        answers = [await post(client, body("p-1"), origin="https://elsewhere.example")]
        for method in ["TRACE", "OPTIONS", "PUT", "PATCH", "DELETE", "CONNECT", "PROPFIND", "X"]:
            answer = await client.request(
                method, "/v1/events", headers={"origin": "https://elsewhere.example"}
            )
            assert (answer.status_code, answer.headers.get("allow")) in ((405, "POST"), (400, None))
            assert gateway.keys["dinsos"].encode() not in answer.content
            answers.append(answer)
        for path in [
            "/schema",
            "/schema/swagger",
            "/redoc",
            "/.env",
            "/.git/config",
            "/debug",
            "/static/x",
            "/",
        ]:
            answers.append(await client.get(path))
            assert answers[-1].status_code == 404
        override = {"x-http-method-override": "DELETE", "x-original-url": "/v1/quarantine"}
        assert (await client.get("/v1/receipts/p-1", headers=override)).json()["status"] == "received"

        async def broken(*_: object) -> None:
            raise LookupError("/srv/kelambu/secret.py holds " + SECRET)

        monkeypatch.setattr(micro_batch, "receive", broken)
        failed = await post(client, body("p-2"))
        assert (failed.status_code, failed.json()["type"]) == (500, "/problems/internal-error")
        answers.append(failed)
        page = await client.get("/docs/index.html")
        assert page.headers["x-content-type-options"] == "nosniff"
        assert page.headers["content-security-policy"].startswith("default-src 'none'")
        assert b"<script" not in page.content
    for answer in answers:
        known = {
            "content-type",
            "content-length",
            "cache-control",
            "date",
            "allow",
            "ratelimit",
            "connection",
        }
        assert answer.headers.keys() <= known, answer.headers
        assert answer.headers["content-type"] in ("application/json", "application/problem+json")
        assert answer.status_code == 400 or answer.headers["cache-control"] == "no-store"
        assert b"secret" not in answer.content.lower()
        assert not traces(answer.content)
    for who in ("admin", "kelambu", "dinsos"):
        async with httpx.AsyncClient(base_url=gateway.url, auth=(who, who)) as guessing:
            assert (await post(guessing, body("p-3"))).status_code == 401


async def test_api9_improper_inventory_management(gateway: Answering):
    """An old or forgotten address is open: what is served is exactly what the OpenAPI document tells.

    No other version answers, and the document is the one that is served.
    """
    claims = Claims(gateway.installation)
    try:
        app = Litestar(routes(gateway.installation, claims), openapi_config=None, logging_config=None)
    finally:
        claims.close()
    served = {
        (re.sub(r"\{[^}]*\}", "{}", path), method.lower())
        for route in app.routes
        for path in [route.path]
        for method in (getattr(route, "methods", None) or {"POST"}) - {"OPTIONS", "HEAD"}
    }
    document = json.loads((PUBLISHED / "openapi.json").read_bytes())
    described = {
        (re.sub(r"\{[^}]*\}", "{}", path), method)
        for path, its in document["paths"].items()
        for method in its
    }
    same = {("/docs", "get"), ("/v1/openapi.json", "get"), ("/v1/asyncapi.json", "get")}
    assert served == described | same
    async with gateway.client() as client:
        assert (await client.get("/openapi.json")).json() == document
        for path in [
            "/v0/events",
            "/v2/events",
            "/events",
            "/api/v1/events",
            "/V1/events",
            "/v1/Events",
            "/v1",
        ]:
            answer = await client.post(path, content=body("p-1"), headers={"content-type": STRUCTURED})
            assert answer.status_code == 404
    assert await kept(gateway) == 0


async def test_api10_unsafe_consumption_of_apis(tmp_path: Path):
    """What comes from a partner is believed: here a bank and a registry are read as strictly as everybody else.

    Their documents pass the same checks; what they write is text, never markup, query or command; what does not fit an
    order is a finding, makes no money due, and another partner's claims stay out of their sight.
    """
    hostile = "'; DROP TABLE claims; -- <script>alert(1)</script> ${jndi:ldap://x} {{7*7}} XADD x * y z"
    async with working(tmp_path) as gateway, gateway.client("bank") as bank, gateway.client() as filer:
        due = death()
        due.documents[0]["data"]["name"] = due.documents[2]["data"]["claimant"]["name"] = hostile
        due.documents[2]["data"]["summary"] = f"{hostile}\r\nXADD x * y z"
        assert set(await send(gateway, *due.documents)) == {202}
        before = (await filer.get("/v1/claims/P-1")).json()
        (order,) = before["orders"]
        said = Life(SITI).paid(order["order"], order["amount"] - 1, "P-1", id="less")
        said = said.paid("P-1.7", 5, "P-1", id="unknown").paid("P-7.1", 5, "P-7", id="early")
        for document in said.documents:
            document["data"]["reference"] = hostile
        assert await send(gateway, *said.documents) == [202, 202, 202]
        for wrong in (
            {"amount": -1},
            {"amount": 1e400},
            {"amount": "1"},
            {"order": hostile},
            {"paid_on": hostile},
            {"bonus": 1},
        ):
            data = said.documents[0]["data"] | wrong
            answer = await post(bank, json.dumps(said.documents[0] | {"id": "w", "data": data}).encode())
            assert answer.status_code == 422
            assert b"DROP" not in answer.content
        assert (
            await post(bank, json.dumps(due.documents[2] | {"source": "/agencies/bank"}).encode())
        ).status_code == 403
        await settled(gateway)
        after = (await filer.get("/v1/claims/P-1")).json()
        assert [after[name] for name in ("status", "entitled", "ordered", "matched")] == [
            "ordered",
            before["entitled"],
            before["ordered"],
            order["amount"] - 1,
        ]
        assert [one["order"] for one in after["orders"]] == [order["order"]]
        seen = await bank.get("/v1/claims/P-1")
        assert seen.json().keys() == {"claim", "status", "as_of", "events"}
        assert (await bank.get("/v1/receipts/early")).json()["status"] == "waiting"
        events = await filer.get("/v1/claims/P-1/events")
        assert [one["type"] for one in events.json()["items"]].count("claim.payment-mismatched") == 2
        assert b"DROP" not in seen.content + events.content
