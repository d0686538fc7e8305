"""The log over HTTP: the newest checkpoint, receipts that name it, and a receipt redeemed for a proof that anybody can check."""

from __future__ import annotations

import asyncio
import base64
import json
from functools import partial
from pathlib import Path

import httpx
import msgspec
from msgspec.structs import replace

from projections.checkpoint import Checkpoint
from services.cli import main
from services.evidence import verifier
from services.ledger.edge import DocumentReceipt, Edge
from services.notary.checkpoint_text import read_checkpoint
from services.notary.merkle import consistency_is_proven
from services.notary.signing_keys import read_keys
from services.outcomes.worker import OutcomeNotifier
from services.runtime import notary
from tests.lives import Data
from tests.system.gateway.answering import BATCH, answering, body, post
from tests.system.gateway.working import death, send, working
from tests.system.running import until


async def _naming(client: httpx.AsyncClient, name: str) -> Data | None:
    """The receipt, once it names a log that holds something."""
    told = (await client.get(f"/v1/receipts/{name}")).json()
    return told if told.get("log", {}).get("size") else None


async def test_a_receipt_is_redeemed_for_a_proof(tmp_path: Path):
    """Before the notary runs there is nothing.

    Afterwards the verifier proves it by the key of the log, and another agency gets none.
    """
    async with working(tmp_path) as gateway:
        installation, stop = gateway.installation, asyncio.Event()
        async with gateway.client() as client, gateway.client("kecamatan") as other:
            assert (await client.get("/v1/checkpoint")).status_code == 404
            assert "log" not in (await post(client, body("e1"))).json()
            sealing = asyncio.ensure_future(notary.run(installation, stop))
            try:
                life = death()
                await send(gateway, *life.documents)
                filed = next(
                    one["id"] for one in life.documents if one["type"].startswith("kelambu.claim.filed")
                )

                async def proven() -> bool:
                    return (await client.get(f"/v1/receipts/{filed}/proof")).status_code == 200

                await until(proven, "no checkpoint covers the filing")
                answer = await client.get(f"/v1/receipts/{filed}/proof")
                assert answer.headers["content-type"] == "text/plain; charset=utf-8"
                receipt = await until(partial(_naming, client, filed), "the receipt names the log")
                number = await client.get(f"/v1/receipts/{receipt['receipt']}/proof")
                assert number.content.splitlines()[1] == answer.content.splitlines()[1]
                assert (await other.get(f"/v1/receipts/{filed}/proof")).status_code == 404
                assert (await client.get("/v1/receipts/nothing/proof")).status_code == 404
                checkpoint = (await client.get("/v1/checkpoint")).text

                async def named() -> bool:
                    known = (await post(client, body("e1"))).json().get("log")
                    return known is not None and known["size"] >= int(checkpoint.split("\n")[1])

                await until(named, "no receipt names the log")
                items = (await post(client, b"[" + body("e2") + b"," + body("e3") + b"]", BATCH)).json()
                assert ["log" in item["receipt"] for item in items] == [False, True]
                assert receipt["log"]["origin"] == checkpoint.split("\n")[0]
                since = receipt["log"]["size"]
                grown = (await client.get(f"/v1/checkpoint/{since}")).text
                for never in ("0", "x", "999999"):
                    assert (await client.get(f"/v1/checkpoint/{never}")).status_code == 404
            finally:
                stop.set()
                await sealing
        origin = receipt["log"]["origin"]
        keys = [
            key.verifier(origin) for key in read_keys(installation.settings.signing_keys) if key.use == "log"
        ]
        file = tmp_path / "filed.tlog-proof"
        file.write_bytes(answer.content)
        assert verifier.main(["proof", str(file), "--key", str(keys[0])]) == 0
        assert verifier.main(["proof", str(file)]) == 2
        proof, _, newest = grown.partition("\n\n")
        hashes = [base64.b64decode(line) for line in proof.splitlines()[1:]]
        now = read_checkpoint(newest.partition("\n\n")[0] + "\n")
        then = base64.b64decode(receipt["log"]["root"])
        assert consistency_is_proven(since, now.size, hashes, then, now.root)
    kept = tmp_path / "kept.jsonl"
    forged = receipt | {"log": receipt["log"] | {"root": base64.b64encode(bytes(32)).decode()}}
    larger = receipt | {"log": receipt["log"] | {"size": 10**6}}
    for told, code in ((receipt, 0), (items[1], 0), (forged, 1), (larger, 1)):
        kept.write_text(json.dumps(told))
        assert main(["receipts", "dinsos", "--kept", str(kept), "--data", str(tmp_path)]) == code


async def test_the_newest_checkpoint_is_for_everybody(tmp_path: Path):
    """No key is asked, and a wrong one changes nothing.

    It comes from memory, whatever has become of server and file.
    """
    async with answering(tmp_path) as gateway, gateway.client("") as nobody:
        file = gateway.installation.settings.log / "checkpoint"
        file.parent.mkdir(exist_ok=True)
        file.write_text(
            f"kelambu/1/log-1\n0\n{base64.b64encode(bytes(32)).decode()}\n\n— kelambu/1/log-1 AAAA\n"
        )
        first = await nobody.get("/v1/checkpoint")
        assert (first.status_code, first.content) == (200, file.read_bytes())
        assert first.headers["content-type"] == "text/plain; charset=utf-8"
        assert first.headers["cache-control"] == "public, max-age=1"
        file.unlink()
        gateway.server.stop()
        tag = first.headers["etag"]
        for more in ({}, {"authorization": "Bearer kk_wrong"}, {"if-none-match": '"another"'}):
            again = await nobody.get("/v1/checkpoint", headers=more)
            assert (again.status_code, again.content, again.headers["etag"]) == (200, first.content, tag)
        same = await nobody.get("/v1/checkpoint", headers={"if-none-match": tag})
        assert (same.status_code, same.content) == (304, b"")
        assert (await nobody.get("/v1/checkpoint/1")).status_code == 401


async def test_receipts_and_outcomes_over_redis_name_the_log(tmp_path: Path):
    """Once the notary has sealed something; both are held against the log as they were kept."""
    async with working(tmp_path) as gateway:
        installation, stop = gateway.installation, asyncio.Event()
        await send(gateway, *death().documents)
        sealing = asyncio.ensure_future(notary.run(installation, stop))
        edge = Edge(installation.edge)

        async def named() -> DocumentReceipt | None:
            await edge.submit("dinsos", [body("e4"), body("e5")])
            return next((one for _, one in await edge.receipts("dinsos") if one.id == "e5" and one.log), None)

        try:
            receipt = await until(named, "a receipt over Redis names the log")
        finally:
            stop.set()
            await sealing
        beginning = dict.fromkeys(range(installation.ledger.partitions), Checkpoint())
        await OutcomeNotifier(installation).step(beginning)
        outcome = [one for _, one in await edge.outcomes("dinsos") if one.log][-1]
    kept = tmp_path / "kept.jsonl"
    for one in (receipt, outcome):
        assert one is not None
        assert one.log is not None
        for log, code in ((one.log, 0), (replace(one.log, root=base64.b64encode(bytes(32)).decode()), 1)):
            kept.write_bytes(msgspec.json.encode(replace(one, log=log)))
            assert main(["receipts", "dinsos", "--kept", str(kept), "--data", str(tmp_path)]) == code
