"""The risks of the OWASP API Security Top 10 (2023), each tried on a real gateway with a real server behind it.

Each docstring names the risk and the fact that holds here. What needs many clients or long waiting is tried elsewhere
(``test_limits.py``, ``test_processes.py``); here each risk is tried once, in the shortest way that would find it. The
last four stand in ``test_owasp_surface.py``.
"""

from __future__ import annotations

import datetime as dt
import gzip
import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import sqlalchemy

from events.catalogue import AGENCY_TYPES, EVENT_TYPES
from events.envelope import RECORDED_ATTRIBUTES
from services.contract.examples import STORY
from services.identity.credentials import new_api_key
from services.ledger import keys as names
from services.ledger.credentials import Credentials
from services.platform.clock import wall_clock
from tests.lives import Life
from tests.system.canaries import NIK, SECRET, traces
from tests.system.gateway.answering import (
    BATCH,
    JSON,
    SITI,
    STRUCTURED,
    Answering,
    answering,
    body,
    event,
    post,
)
from tests.system.gateway.working import death, kept, send, working

NOBODYS = "0123456789abcdef"
DAY = dt.timedelta(days=1)


async def asked_for(gateway: Answering, client: httpx.AsyncClient, path: str, number: str) -> list[str]:
    """What an answer about a claim number asks of the read models and of the server, without the number."""
    asked: list[str] = []

    def statement(_: object, __: object, text: str, given: object, *___: object) -> None:
        if number in str(given):
            asked.append(text)

    sqlalchemy.event.listen(sqlalchemy.Engine, "before_cursor_execute", statement)
    core = gateway.installation.core
    try:
        async with core.monitor() as heard:
            assert (await client.get(path.format(number))).status_code == 404
            await core.echo("all is said")
            async for command in heard.listen():
                if "all is said" in command["command"]:
                    return asked
                if number in command["command"]:
                    asked.append(command["command"].replace(number, "NUMBER"))
    finally:
        sqlalchemy.event.remove(sqlalchemy.Engine, "before_cursor_execute", statement)
    return asked


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Answering]:
    """A gateway of three agencies, with nothing behind it."""
    async with answering(tmp_path) as running:
        yield running


async def test_api1_broken_object_level_authorization(tmp_path: Path):
    """Whoever knows an id reads what is behind it: here another agency's things are as if they were not there.

    Claim, events, receipt and quarantined document of another agency are answered byte for byte as those that nobody
    has, in no list, and cannot be retried. For a claim the same is asked of stores and server, so that time tells
    nothing.
    """
    async with working(tmp_path) as gateway, gateway.client() as owner, gateway.client("kecamatan") as other:
        assert set(await send(gateway, *death().documents)) == {202}
        refused = (await post(owner, body("p-9", time="gestern"))).json()
        receipt = (await owner.get("/v1/receipts/0001-1")).json()["receipt"]
        own = {
            "/v1/claims/P-1": "/v1/claims/X-1",
            "/v1/claims/P-1/events": "/v1/claims/X-1/events",
            f"/v1/receipts/{receipt}": f"/v1/receipts/{NOBODYS * 2}",
            "/v1/receipts/0001-1": "/v1/receipts/nothing",
            f"/v1/receipts/{refused['receipt']}": f"/v1/receipts/{NOBODYS}",
            f"/v1/quarantine/{refused['quarantine']}": f"/v1/quarantine/{NOBODYS}",
        }
        for path, of_nobody in own.items():
            assert (await owner.get(path)).status_code == 200
            hidden, unknown = await other.get(path), await other.get(of_nobody)
            assert (hidden.status_code, hidden.content) == (404, unknown.content)
            for spelt in (path.upper(), path.replace("/v1/", "/v1//"), f"{path}?agency=dinsos", f"{path}/"):
                assert (await other.get(spelt)).status_code == 404
        for path in ("/v1/claims/{}", "/v1/claims/{}/events"):
            of_another = await asked_for(gateway, other, path, "P-1")
            assert of_another == await asked_for(gateway, other, path, "X-1")
            assert {line.partition(" ")[0] for line in of_another} >= {"SELECT", "FCALL"}
        assert (await other.get("/v1/quarantine")).json() == {"items": []}
        mended = body("p-9", "kecamatan")
        again = await other.post(
            f"/v1/quarantine/{refused['quarantine']}/retry",
            content=mended,
            headers={"content-type": STRUCTURED},
        )
        assert again.status_code == 404
        assert await gateway.installation.core.xlen(names.taken("kecamatan")) == 0


async def test_api2_broken_authentication(gateway: Answering):
    """A key that is guessed, old, misplaced or doubled opens nothing, and the answer tells nobody which part was right.

    Every route with data asks for a key; a wrong secret looks like an unknown key; a second credential never mends a
    bad one.
    """
    key, now = gateway.keys["dinsos"], wall_clock()
    expired, of_yesterday = new_api_key("rsud", now - 2 * DAY, now - DAY)
    await Credentials(gateway.installation.core).add(of_yesterday)
    await Credentials(gateway.installation.core).revoke("kecamatan", gateway.keys["kecamatan"][:15], now)
    wrong_secret, unknown = key[:-1] + ("0" if key[-1] != "0" else "1"), new_api_key("dinsos", now)[0]
    bad = [
        {},
        {"authorization": f"Bearer {wrong_secret}"},
        {"authorization": f"Bearer {unknown}"},
        {"authorization": f"Bearer {expired}"},
        {"authorization": f"Bearer {gateway.keys['kecamatan']}"},
        {"authorization": f"Basic {key}"},
        {"authorization": f"Bearer {key}, Bearer {key}"},
        {"authorization": key},
        {"authorization": "Bearer null"},
        {"cookie": f"authorization=Bearer {key}"},
        {"x-api-key": key, "kelambu-agency": "dinsos", "x-forwarded-user": "dinsos"},
    ]
    paths = ["/v1/receipts/p-1", "/v1/claims/P-1", "/v1/claims/P-1/events", "/v1/quarantine"]
    async with httpx.AsyncClient(base_url=gateway.url) as nobody:
        answers = {}
        for headers in bad:
            answer = await post(nobody, body("p-1"), **headers)
            assert answer.status_code == 401
            answers[headers.get("authorization", "")] = answer.content
        assert answers[f"Bearer {wrong_secret}"] == answers[f"Bearer {unknown}"]
        for path in [*paths, f"/v1/quarantine/{NOBODYS}"]:
            assert (await nobody.get(path)).status_code == 401
            assert (await nobody.get(path, params={"key": key, "authorization": key})).status_code == 401
        assert (await nobody.post(f"/v1/quarantine/{NOBODYS}/retry")).status_code == 401
        twice = [("authorization", f"Bearer {one}") for one in (key, unknown)]
        for doubled in (twice, twice[::-1]):
            assert (await nobody.post("/v1/events", content=b"{}", headers=doubled)).status_code == 400
    assert await kept(gateway) == 0


async def test_api3_broken_object_property_level_authorization(gateway: Answering):
    """Whoever writes an attribute that is not his, or reads one that is not for him: neither is possible.

    What only Kelambu may say and what the contract does not know is refused, in the body and in headers; no answer
    repeats a personal value, wherever in the request it stood.
    """
    answers = []
    async with gateway.client() as client:
        for name in (*RECORDED_ATTRIBUTES, "agency", "taken", "mends", "status", "__class__"):
            for value in (SECRET, 1, {"key": SECRET, "box": SECRET}):
                answer = await post(client, json.dumps(event("p-1") | {name: value}).encode())
                assert answer.status_code == 422
                answers.append(answer)
            own = {f"ce-{key}": str(value) for key, value in event("p-1").items() if key != "data"}
            binary = await post(client, b"{}", JSON, **own, **{f"ce-{name}": SECRET})
            assert binary.status_code in (400, 422)
            answers.append(binary)
        canary = event("p-1")["data"] | {"nik": f"{NIK}0001", "payer": {"kind": "donor", "name": SECRET}}
        places: tuple[dict[str, object], ...] = (
            {SECRET: 1},
            {"nik": SECRET},
            {"payer": SECRET},
            {"paid_on": SECRET},
            {"payer": [SECRET]},
        )
        answers += [await post(client, body("p-1", data=canary | place)) for place in places]
        attributes = ("id", "source", "type", "time", "subject", "specversion", "datacontenttype", SECRET)
        answers += [
            await post(client, json.dumps(event("p-1") | {attribute: SECRET}).encode())
            for attribute in attributes
        ]
        answers.append(await post(client, body("p-2", data=canary)))
        answers.append(await post(client, body("p-2", data=canary | {"nik": f"{NIK}0002"})))
        answers += [await post(client, content) for content in (SECRET.encode(), b'{"' + SECRET.encode())]
        answers.append(await post(client, body("p-3"), **{"content-type": SECRET}))
        for name in (
            "accept",
            "accept-language",
            "authorization",
            "content-encoding",
            "traceparent",
            "webhook-id",
        ):
            answers.append(await post(client, body("p-2", data=canary), **{name: SECRET}))
        for path in ("receipts", "claims", "quarantine", "no"):
            answers.append(await client.get(f"/v1/{path}/{NIK}0001"))
            answers.append(await client.get(f"/v1/{path}", params={"limit": SECRET, "after": f"{NIK}0001"}))
        for page in ("/v1/quarantine?limit=1000", "/v1/receipts/p-2"):
            answers.append(await client.get(page))
        for document in answers[-2].json()["items"]:
            answers.append(await client.get(f"/v1/quarantine/{document['document']}"))
    assert {202, 400, 401, 404, 406, 409, 415, 422} <= {one.status_code for one in answers}
    for answer in answers:
        whole = answer.content + repr(answer.headers).encode()
        assert not traces(whole), whole
    assert await kept(gateway) == 1


async def test_api4_unrestricted_resource_consumption(tmp_path: Path):
    """One agency uses up what all live from: here size, depth, number, pages and rate have their limit, each told.

    What is refused is not kept, and another agency is answered meanwhile. See also ``test_limits.py``.
    """
    async with answering(tmp_path, rate=1, burst=1000) as gateway, gateway.client() as client:
        bomb = gzip.compress(b" " * 5_000_000)
        refused = [
            (await post(client, body("p-1", extra="x" * 65_536)), 413),
            (await post(client, b" " * (1024 * 1024 + 1), BATCH), 413),
            (await post(client, b"[" + b"{}," * 1000 + b"{}]", BATCH), 413),
            (await post(client, bomb, **{"content-encoding": "gzip"}), 413),
            (await post(client, b'{"a":' * 33 + b"1" + b"}" * 33), 422),
            (await post(client, b"{" + b'"":0,' * 10_000 + b'"":0}'), 422),
            *[(await client.get("/v1/quarantine?limit=1001"), 400) for _ in range(100)],
            (await client.get("/v1/receipts/" + "x" * 17_000), 431),
            (await client.get("/v1/quarantine", headers={"x": "x" * 17_000}), 431),
        ]
        assert [answer.status_code for answer, _ in refused] == [status for _, status in refused]
        most = json.dumps([event(f"p-{n}") for n in range(1000)]).encode()
        used_up = await post(client, most, BATCH)
        assert (used_up.status_code, used_up.headers["retry-after"].isdecimal()) == (429, True)
        async with gateway.client("kecamatan") as other:
            assert (await post(other, body("p-1", "kecamatan"))).status_code == 202
        assert await kept(gateway) == 1


async def test_api5_broken_function_level_authorization(gateway: Answering):
    """Whoever may do one thing does another: an agency says what it was registered for, and operates nothing.

    Types and findings that it may not send are refused, and so is everything that only Kelambu says; what operators do
    has no address, by any method.
    """
    async with gateway.client("rsud") as rsud:
        for name, example in STORY.items():
            answer = await post(rsud, json.dumps(example | {"source": "/agencies/rsud"}).encode())
            may = name in ("kelambu.event.retracted.v1", "kelambu.claim.verified.v1")
            assert may or (answer.status_code, answer.json()["type"]) == (403, "/problems/not-allowed")
        found = {"claim": "P-1", "findings": {"death": {"died_on": "2026-03-01"}, "heirs": []}}
        mixed = event("p-1", "rsud", type="kelambu.claim.verified.v1", subject="P-1", data=found)
        answer = await post(rsud, json.dumps(mixed).encode())
        assert [one["pointer"] for one in answer.json()["errors"]] == ["/data/findings/heirs"]
        for name in EVENT_TYPES.keys() - AGENCY_TYPES.keys():
            answer = await post(rsud, body("p-1", "rsud", type=name))
            assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/type")
        before = await kept(gateway)
        for source in ("kelambu", "dinsos", "rsud/../dinsos", "rsud%2f", "RSUD"):
            answer = await post(rsud, body("p-1", "rsud", source=f"/agencies/{source}"))
            assert answer.status_code in (403, 422)
        for path in [
            "parked",
            "adopt",
            "agencies",
            "keys",
            "rulebooks",
            "verify",
            "export",
            "backup",
            "outbox",
        ]:
            for address in (f"/v1/{path}", f"/{path}", f"/admin/{path}", f"/v1/{path}/retry"):
                for method in ("GET", "POST", "PUT", "DELETE"):
                    assert (await rsud.request(method, address)).status_code == 404
        assert (await rsud.get("/metrics")).status_code == 404
    assert await kept(gateway) == before


async def test_api6_unrestricted_access_to_sensitive_business_flows(tmp_path: Path):
    """Each request is allowed, and together they take money: here no sequence pays what is due to one death twice.

    A claim is filed once, nobody confirms what it filed itself, who is no bank says nothing of payments, and an order
    that is said to be paid twice is found as that, with no other order made.
    """
    async with working(tmp_path) as gateway, gateway.client() as filer:
        due = death()
        assert set(await send(gateway, *due.documents)) == {202}
        (order,) = (await filer.get("/v1/claims/P-1")).json()["orders"]
        again = Life(SITI).filed("P-1", id="again").filed("P-2", id="another")
        own = Life(SITI).found("P-1", agency="dinsos", id="own", death={"died_on": "2026-03-01"})
        assert await send(gateway, *again.documents, *own.documents) == [202, 202, 202]
        codes = [
            (await filer.get(f"/v1/receipts/{one}")).json().get("code") for one in ("again", "another", "own")
        ]
        assert codes == ["claim-exists", None, "not-allowed"]
        second = (await filer.get("/v1/claims/P-2")).json()
        assert (second["status"], second["reasons"][0]["code"]) == ("denied", "already-claimed")
        assert second.keys().isdisjoint({"entitled", "orders"})
        paid = Life(SITI).paid(order["order"], order["amount"], "P-1", id="once")
        paid = paid.paid(order["order"], order["amount"], "P-1", id="twice").paid(
            "P-1.9", 1, "P-1", id="none"
        )
        by_no_bank = {**paid.documents[0], "source": "/agencies/rsud"}
        assert await send(gateway, by_no_bank, *paid.documents, paid.documents[0]) == [
            403,
            202,
            202,
            202,
            200,
        ]
        claim = (await filer.get("/v1/claims/P-1")).json()
        assert [one["order"] for one in claim["orders"]] == [order["order"]]
        assert claim["ordered"] == claim["entitled"] == order["amount"]
        types = [one["type"] for one in (await filer.get("/v1/claims/P-1/events")).json()["items"]]
        assert types.count("claim.paid") == 3
        assert types.count("claim.payment-mismatched") == 2
        assert types.count("claim.payment-ordered") == types.count("claim.payment-released") == 1
