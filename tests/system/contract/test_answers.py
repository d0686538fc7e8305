"""The gateway held against the OpenAPI document: the same routes, and no answer that is not told there."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from litestar import Litestar

from projections.catalogue import PROJECTIONS
from projections.runner import Runner
from projections.store import Store
from services.contract.endpoints import ALIASES, ROUTES
from services.gateway.application import routes
from services.gateway.claims import Claims
from tests.system.gateway.answering import BATCH, STRUCTURED, Answering, answering, body

SAID = {"content-type": STRUCTURED}
BINARY = {
    "content-type": "application/json",
    "ce-specversion": "1.0",
    "ce-id": "b1",
    "ce-source": "/agencies/dinsos",
    "ce-type": "kelambu.participant.ended.v1",
    "ce-time": "2026-03-02T09:00:00+07:00",
}
ENDED = b'{"nik": "1606014101900001", "ended_on": "2026-02-28", "reason": "Pindah"}'
SENT: list[tuple[str, dict[str, str], bytes, int]] = [
    ("/v1/events", SAID, body("e1"), 202),
    ("/v1/events", SAID, body("e1"), 200),
    ("/v1/events", SAID, body("e1", time="2026-03-03T09:00:00+07:00"), 409),
    ("/v1/events", SAID, body("e2", time="9999-01-01T00:00:00Z"), 422),
    ("/v1/events", SAID, body("e3", data={}), 422),
    ("/v1/events", SAID, body("e4", "kecamatan"), 403),
    ("/v1/events", SAID, b"[" * 50, 422),
    ("/v1/events", SAID, b" " * 70_000, 413),
    ("/v1/events", BINARY, ENDED, 202),
    ("/v1/events", BINARY, b"no JSON", 400),
    ("/v1/events", {"content-type": "text/plain"}, b"x", 415),
    ("/v1/events", SAID | {"accept": "text/html"}, body("e1"), 406),
    ("/v1/events", SAID | {"authorization": "Bearer kk_1"}, body("e1"), 401),
    ("/v1/events", SAID | {"content-encoding": "gzip"}, b"no gzip", 400),
    ("/v1/events", {"content-type": BATCH}, b"[" + body("e5") + b"," + body("e6") + b"]", 202),
    ("/v1/events", {"content-type": BATCH}, b"[" + body("e5") + b"]", 200),
    ("/v1/events", {"content-type": BATCH}, b"[" + body("e7") + b",{}]", 207),
    ("/v1/events", {"content-type": BATCH}, b"[]", 400),
    ("/v1/quarantine/nothing/retry", SAID, body("e8"), 404),
]
ASKED = [
    ("/v1/receipts/e1", 200),
    ("/v1/receipts/nothing", 404),
    ("/v1/claims/NOTHING", 404),
    ("/v1/claims/NOTHING/events", 404),
    ("/v1/quarantine", 200),
    ("/v1/quarantine?limit=1&after=1", 200),
    ("/v1/quarantine?limit=none", 400),
    ("/v1/quarantine/nothing", 404),
    ("/health/live", 200),
    ("/health/ready", 200),
    ("/openapi.json", 200),
    ("/asyncapi.json", 200),
    ("/docs/index.html", 200),
    ("/docs/nothing.html", 404),
    ("/schemas/kelambu.claim.filed.v1.json", 200),
    ("/schemas/nothing.json", 404),
    ("/problems/invalid", 200),
    ("/problems/nothing", 404),
]


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Answering]:
    async with answering(tmp_path) as one:
        store = Store(one.installation.settings.database_url)
        await Runner(store, one.installation.ledger, PROJECTIONS).catch_up()
        store.close()
        yield one


def unnamed(path: str) -> str:
    """Return a path without the names of its parameters."""
    return re.sub(r"\{[^}]*\}", "{}", path)


async def test_the_document_has_the_routes_of_the_gateway_and_no_other(gateway):
    """Each with its method; what answers at another address too is told once."""
    claims = Claims(gateway.installation)
    app = Litestar(routes(gateway.installation, claims), openapi_config=None)
    claims.close()
    served = {
        (method.lower(), unnamed(route.path))
        for route in app.routes
        for method in getattr(route, "methods", ()) or ("POST",)
        if method != "OPTIONS" and route.path not in ALIASES
    }
    assert {(route.method, unnamed(route.path)) for route in ROUTES} == served


def documented(document: dict[str, Any], method: str, path: str) -> dict[str, Any]:
    """Return the responses that the document tells of a request."""
    for template, methods in document["paths"].items():
        if re.fullmatch(re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(template)), path) and method in methods:
            responses: dict[str, Any] = methods[method]["responses"]
            return responses
    raise AssertionError(path)


def check(document: dict[str, Any], answer: httpx.Response, status: int) -> None:
    """Hold an answer against the document: its status, its media type, its body."""
    assert answer.status_code == status, answer.text
    response = documented(document, answer.request.method.lower(), answer.request.url.path)[str(status)]
    if "$ref" in response:
        response = document["components"]["responses"][response["$ref"].rpartition("/")[2]]
    content = response["content"][answer.headers["content-type"].partition(";")[0]]
    if answer.headers["content-type"].partition(";")[0].endswith("json"):
        Draft202012Validator({**content["schema"], "components": document["components"]}).validate(
            answer.json()
        )


async def test_every_answer_is_one_that_the_document_tells(gateway):
    """Good ones and refusals, of one event and of a batch, in any mode."""
    async with gateway.client() as client:
        document = (await client.get("/openapi.json")).json()
        for path, headers, content, status in SENT:
            check(document, await client.post(path, headers=headers, content=content), status)
        for path, status in ASKED:
            check(document, await client.get(path), status)


async def test_a_refused_document_is_told_and_sent_again_as_the_document_says(gateway):
    """From the refusal through the quarantine to the receipt of what mends it."""
    async with gateway.client() as client:
        document = (await client.get("/openapi.json")).json()
        refused = (await client.post("/v1/events", headers=SAID, content=body("m1", data={}))).json()
        shown = await client.get(f"/v1/quarantine/{refused['quarantine']}")
        check(document, shown, 200)
        assert shown.json()["errors"] == refused["errors"]
        mended = await client.post(
            f"/v1/quarantine/{refused['quarantine']}/retry", headers=SAID, content=body("m2")
        )
        check(document, mended, 202)


async def test_the_examples_of_the_document_are_taken_as_they_stand(gateway):
    """An agency that may send everything sends each; only the name of the sender is put in its place."""
    async with gateway.client() as client:
        document = (await client.get("/openapi.json")).json()
        request = document["paths"]["/v1/events"]["post"]["requestBody"]["content"]
        for example in request[STRUCTURED]["examples"].values():
            event = example["value"] | {"source": "/agencies/dinsos"}
            answer = await client.post("/v1/events", headers=SAID, content=json.dumps(event))
            check(document, answer, 202)


async def test_the_catalogue_is_reached_by_its_folder_and_every_page_in_it_by_its_links(gateway):
    """Without a key, and in a browser that allows a page nothing but its own style."""
    async with gateway.client("") as client:
        for path in ("/docs", "/docs/"):
            page = await client.get(path, follow_redirects=True)
            assert (page.status_code, page.url.path) == (200, "/docs/index.html")
        links = re.findall(r'href="([^"]+)"', page.text)
        assert len(links) > 30
        for link in links:
            assert (await client.get(str(page.url.join(link)))).status_code == 200, link


async def test_a_method_that_is_not_there_is_refused_with_those_that_are(gateway):
    """RFC 9110 asks for ``Allow``; every route of the document is tried."""
    async with gateway.client() as client:
        for route in ROUTES:
            answer = await client.request("TRACE", re.sub(r"\{[^}]*\}", "x", route.path))
            assert answer.status_code == 405, route.path
            assert route.method.upper() in answer.headers["allow"], route.path
