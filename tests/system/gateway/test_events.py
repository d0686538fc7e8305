"""Events over HTTP: what each request is answered with, and that what is answered is there."""

from __future__ import annotations

import asyncio
import gzip
import json
import re
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.identity.credentials import new_signing_key, public_key, sign
from services.ledger import keys as names
from services.ledger.credentials import Credentials
from services.platform.clock import wall_clock
from tests.system.gateway.answering import BATCH, JSON, SITI, Answering, answering, body, event, post


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Answering]:
    """A gateway of three agencies."""
    async with answering(tmp_path) as running:
        yield running


async def kept(gateway: Answering, agency: str = "dinsos") -> int:
    """How many documents stand in what was taken from an agency."""
    return int(await gateway.installation.core.xlen(names.taken(agency)))


def problem(answer: httpx.Response, kind: str) -> dict[str, Any]:
    """The problem that an answer is, which must be of this kind and repeat nothing personal."""
    assert answer.headers["content-type"] == "application/problem+json"
    said: dict[str, Any] = answer.json()
    assert said["type"] == f"/problems/{kind}"
    assert said["status"] == answer.status_code
    assert {"title", "detail"} < said.keys()
    assert SITI not in answer.text
    assert "Umar" not in answer.text
    return said


async def test_an_event_is_answered_with_its_receipt_and_a_repeat_with_the_same(gateway: Answering):
    """202, then 200 with the same receipt; it is kept once."""
    async with gateway.client() as client:
        first = await post(client, body("p-1"))
        again = await post(client, body("p-1"))
    assert (first.status_code, again.status_code) == (202, 200)
    assert first.content == again.content
    assert (first.json()["status"], first.json()["id"]) == ("received", "p-1")
    assert await kept(gateway) == 1


async def test_another_content_under_a_known_id_is_told_by_names_only(gateway: Answering):
    """409 names the keys of ``data`` that differ, and no value."""
    async with gateway.client() as client:
        await post(client, body("p-1"))
        other = event("p-1")
        other["data"] = {
            **other["data"],
            "paid_on": "2026-01-06",
            "payer": {"kind": "donor", "name": "Umar Lain"},
        }
        answer = await post(client, json.dumps(other).encode())
    said = problem(answer, "id-conflict")
    assert sorted(said["differs"]) == ["paid_on", "payer"]
    assert "2026-01-06" not in answer.text
    assert await kept(gateway) == 1


async def test_a_wrong_event_is_told_all_its_faults_by_json_pointers(gateway: Answering):
    """422 lists every fault, in the language that is liked; the document is kept in quarantine."""
    wrong = event("p-1")
    wrong["data"] = {**wrong["data"], "nik": "16060141019000", "first_month": "Januari", "siapa": "Umar"}
    async with gateway.client() as client:
        answer = await post(client, json.dumps(wrong).encode())
        indonesian = await post(client, json.dumps(wrong).encode(), **{"accept-language": "id, en;q=0.5"})
    said = problem(answer, "invalid")
    pointers = {one["pointer"] for one in said["errors"]}
    assert {"/data/nik", "/data/first_month"} < pointers
    assert said["title"] == "The event is not valid"
    assert problem(indonesian, "invalid")["title"] == "Peristiwa tidak sah"
    assert said["quarantine"] == indonesian.json()["quarantine"]


async def test_who_may_not_send_is_told_so(gateway: Answering):
    """401 without a good key; 403 for another agency's source and for a type that is not the agency's."""
    async with gateway.client("") as nobody, gateway.client("rsud") as rsud:
        said = problem(await post(nobody, body("p-1")), "unidentified")
        assert said["code"] == "missing"
        wrong = await post(nobody, body("p-1"), authorization="Bearer kk_000000000000_" + 40 * "0")
        assert problem(wrong, "unidentified")["code"] == "unknown-key"
        assert wrong.headers["www-authenticate"].startswith("Bearer")
        problem(await post(rsud, body("p-1")), "wrong-source")
        problem(await post(rsud, body("p-1", "rsud")), "not-allowed")
    assert await kept(gateway) == await kept(gateway, "rsud") == 0


async def test_a_batch_is_answered_in_its_order_each_event_by_itself(gateway: Answering):
    """202 when all are received, 200 when all came before, 207 when some are refused: the others are received."""
    good = [event(f"p-{n}") for n in range(250)]
    async with gateway.client() as client:
        first = await post(client, json.dumps(good).encode(), BATCH)
        again = await post(client, json.dumps(good).encode(), BATCH)
        mixed = [event("p-1"), event("q-1", time="gestern"), event("q-2"), event("q-3", extra="x" * 70_000)]
        some = await post(client, json.dumps(mixed).encode(), BATCH)
    assert (first.status_code, again.status_code, some.status_code) == (202, 200, 207)
    assert [one["receipt"]["id"] for one in first.json()] == [f"p-{n}" for n in range(250)]
    assert [one["receipt"] for one in first.json()] == [one["receipt"] for one in again.json()]
    assert [one["status"] for one in some.json()] == [200, 422, 202, 413]
    assert some.json()[1]["problem"]["errors"][0]["pointer"] == "/time"
    assert await kept(gateway) == 251


async def test_a_batch_that_cannot_be_taken_apart_is_refused_whole(gateway: Answering):
    """Too many, none, or no array: nothing of it is received."""
    async with gateway.client() as client:
        problem(await post(client, b"[" + b",".join([b"{}"] * 1001) + b"]", BATCH), "too-large")
        problem(await post(client, b"[]", BATCH), "malformed-request")
        problem(await post(client, body("p-1"), BATCH), "malformed-request")
        problem(await post(client, b"[" + body("p-1") + b", oops]", BATCH), "malformed-request")
    assert await kept(gateway) == 0


async def test_binary_mode_is_the_same_event(gateway: Answering):
    """Attributes in headers, percent-encoded, and the data as body, are the event that its JSON form is."""
    one = event("p-1")
    headers = {f"ce-{name}": str(value) for name, value in one.items() if name not in ("data", "source")}
    headers["ce-source"] = "%2Fagencies/dinsos"
    async with gateway.client() as client:
        first = await post(client, json.dumps(one["data"]).encode(), JSON, **headers)
        same = await post(client, body("p-1"))
        problem(await post(client, b'{"nik": 1}, "x": {}', JSON, **headers), "malformed-request")
    assert (first.status_code, same.status_code) == (202, 200)
    assert first.json() == same.json()


async def test_a_compressed_body_is_the_same_event(gateway: Answering):
    """Gzip is taken; what is none, is cut off or goes on is refused."""
    whole = gzip.compress(body("p-1"))
    async with gateway.client() as client:
        assert (await post(client, whole, **{"content-encoding": "gzip"})).status_code == 202
        assert (await post(client, body("p-1"))).status_code == 200
        for wrong in (whole[:-1], whole + b"x", b"no gzip", b""):
            problem(await post(client, wrong, **{"content-encoding": "gzip"}), "bad-compression")
        problem(await post(client, whole, **{"content-encoding": "br"}), "unsupported-media")


async def test_what_cannot_be_read_or_answered_is_told(gateway: Answering):
    """Media types, charsets, methods, addresses, Accept and doubled headers."""
    async with gateway.client() as client:
        problem(await post(client, body("p-1"), "text/plain"), "unsupported-media")
        problem(await post(client, body("p-1"), "application/json; charset=latin-1"), "unsupported-media")
        problem(await post(client, body("p-1"), accept="text/html"), "not-acceptable")
        answer = await client.get("/v1/events")
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
        problem(answer, "wrong-method")
        answer = await client.delete("/v1/quarantine")
        assert "HEAD" in answer.headers["allow"]
        problem(answer, "wrong-method")
        problem(await client.get("/v1/no/such/thing"), "not-found")
        doubled = [("content-type", "application/json"), ("content-type", "text/plain")]
        problem(await client.post("/v1/events", content=body("p-1"), headers=doubled), "malformed-request")
    assert await kept(gateway) == 0


async def test_head_is_answered_wherever_get_is(gateway: Answering):
    """With the headers of the answer and no body; where there is no GET, as wrongly as GET."""
    async with gateway.client() as client:
        paths = (
            "/health/live",
            "/openapi.json",
            "/docs/index.html",
            "/v1/quarantine",
            "/v1/receipts/none",
            "/nowhere",
        )
        for path in (*paths, "/v1/events"):
            asked, shown = await client.head(path), await client.get(path)
            assert (asked.status_code, asked.content) == (shown.status_code, b"")
            headers = {name for name in shown.headers if name not in ("date", "ratelimit")}
            assert {name: asked.headers[name] for name in headers} == {
                name: shown.headers[name] for name in headers
            }
        again = await client.get("/health/live")  # the connection is not left out of step
        assert again.json()["ok"] is True


async def test_an_event_in_binary_mode_may_have_quoted_headers_and_name_its_charset(gateway: Answering):
    """As other people's libraries write them."""
    whole = json.loads(body("p-quoted"))
    headers = {f"ce-{name}": f'"{value}"' for name, value in whole.items() if name != "data"}
    headers["content-type"] = "application/json; charset=utf-8"
    async with gateway.client() as client:
        answer = await client.post("/v1/events", content=json.dumps(whole["data"]), headers=headers)
        assert (answer.status_code, answer.json()["id"]) == (202, "p-quoted")


async def test_a_signed_event_keeps_its_proof_and_a_flipped_byte_is_refused(gateway: Answering):
    """A signature over the body stands for a key; one byte of the body, and nobody is identified."""
    private, public = new_signing_key()
    await Credentials(gateway.installation.core).add(public_key("dinsos", public, wall_clock()))
    await asyncio.sleep(0)
    document, now = body("p-1"), int(time.time())
    headers = {
        "kelambu-agency": "dinsos",
        "webhook-id": "m-1",
        "webhook-timestamp": str(now),
        "webhook-signature": sign(private, "m-1", now, document),
    }
    async with gateway.client("") as client:
        assert (await post(client, document, **headers)).status_code == 202
        problem(await post(client, document.replace(b"2026-01-05", b"2026-01-06"), **headers), "unidentified")
        binary = {f"ce-{name}": str(value) for name, value in event("p-2").items() if name != "data"}
        data = json.dumps(event("p-2")["data"]).encode()
        signed = headers | {"webhook-signature": sign(private, "m-1", now, data)}
        problem(await post(client, data, JSON, **signed, **binary), "unidentified")
    assert await kept(gateway) == 1


async def test_requests_at_the_same_time_are_received_together_each_with_its_own_receipt(gateway: Answering):
    """A hundred at once, one of them wrong: each has the answer to what it sent, in far fewer calls."""
    async with gateway.client() as client:
        await post(client, body("warm"))
        before = (await gateway.installation.core.info("commandstats"))["cmdstat_fcall"]["calls"]
        sent = [body(f"p-{n}") if n != 50 else b"{}" for n in range(100)]
        answers = await asyncio.gather(*(post(client, one) for one in sent))
        calls = (await gateway.installation.core.info("commandstats"))["cmdstat_fcall"]["calls"] - before
    assert [one.status_code for one in answers] == [422 if n == 50 else 202 for n in range(100)]
    assert [one.json().get("id") for one in answers] == [None if n == 50 else f"p-{n}" for n in range(100)]
    assert calls < 60


async def test_an_agency_that_sends_too_much_is_told_when_to_go_on(tmp_path: Path):
    """429 with the seconds; another agency is not concerned, and nothing is received."""
    async with answering(tmp_path, rate=1, burst=1000) as gateway, gateway.client() as client:
        full = json.dumps([event(f"p-{n}") for n in range(1000)]).encode()
        began = time.monotonic()
        first = await post(client, full, BATCH)
        assert first.status_code == 202
        left = re.fullmatch(r'"agency";r=(\d+);t=\d+', first.headers["ratelimit"])
        assert left is not None
        assert int(left[1]) <= time.monotonic() - began
        refused = await post(client, full, BATCH)
        problem(refused, "too-many-requests")
        assert 0 < int(refused.headers["retry-after"]) <= 1000
        assert refused.headers["ratelimit-policy"] == '"agency";q=1000;w=1000'
        async with gateway.client("kecamatan") as other:
            assert (await post(other, body("p-1", "kecamatan"))).status_code == 202


async def test_while_the_server_is_away_nothing_is_promised(gateway: Answering):
    """503: send again. When it is back, the same event is received, once."""
    async with gateway.client() as client:
        assert (await post(client, body("p-1"))).status_code == 202
        gateway.server.process.kill()
        gateway.server.process.wait()
        answer = await post(client, body("p-2"))
        assert answer.headers["retry-after"] == "1"
        problem(answer, "unavailable")
        assert (await client.get("/health/ready")).status_code == 503
        gateway.server.restart()
        assert (await client.get("/health/ready")).status_code == 200
        assert [(await post(client, body(f"p-{n}"))).status_code for n in (1, 2)] == [200, 202]
    assert await kept(gateway) == 2


async def test_a_receipt_can_be_asked_for_as_it_stands(gateway: Answering):
    """By its name or by the event's id; another agency has no such receipt."""
    async with gateway.client() as client, gateway.client("kecamatan") as other:
        given = (await post(client, body("p-1"))).json()
        assert (await client.get("/v1/receipts/p-1")).json()["status"] == "received"
        found = await client.get(f"/v1/receipts/{given['receipt']}")
        assert (found.status_code, found.json()["receipt"]) == (200, given["receipt"])
        problem(await other.get(f"/v1/receipts/{given['receipt']}"), "not-found")
        problem(await client.get("/v1/receipts/p-2"), "not-found")


async def test_the_trace_of_a_request_is_passed_on(gateway: Answering):
    """A good ``traceparent`` stands in the answer, a bad one does not."""
    good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    async with gateway.client() as client:
        answer = await post(client, body("p-1"), traceparent=good)
        assert answer.headers["traceparent"] == good
        assert "traceparent" not in (await post(client, body("p-1"), traceparent="x" * 55)).headers
