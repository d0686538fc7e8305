"""Health and metrics over HTTP, asked as a watcher asks."""

from __future__ import annotations

import asyncio
import json
import socket
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from msgspec.structs import replace
from structlog.testing import capture_logs

from events.message import message
from projections.checkpoint import Checkpoint
from services.ledger.registry import Agency
from services.platform.settings import Settings
from services.runtime.bootstrap import Installation, open_installation
from services.runtime.embedded_server import EmbeddedServer
from services.runtime.halts import halt, resume
from services.runtime.health import run, serve
from services.runtime.projector import Projector
from tests.inbox import deliver
from tests.lives import Life
from tests.system.running import until


@asynccontextmanager
async def answering(installation: Installation) -> AsyncIterator[str]:
    """Answer at an address that nobody else has."""
    stop = asyncio.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        serving = asyncio.ensure_future(serve(installation, stop, listening))
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        stop.set()
        await serving


async def ask(url: str) -> tuple[int, str]:
    """Status and body of an answer."""

    def get() -> tuple[int, str]:
        try:
            with urllib.request.urlopen(url) as answer:  # noqa: S310 -- our own address
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refusal:
            return refusal.code, refusal.read().decode()

    return await asyncio.to_thread(get)


@asynccontextmanager
async def opened(tmp_path: Path) -> AsyncIterator[tuple[Installation, EmbeddedServer]]:
    """An installation on an embedded server of its own."""
    server = EmbeddedServer.start(tmp_path)
    try:
        async with open_installation(Settings.read({"REDIS_URL": server.url}, tmp_path)) as installation:
            yield installation, server
    finally:
        if server.alive():
            server.stop()


async def test_an_installation_whose_parts_answer_is_live_and_ready(tmp_path: Path):
    """Every part that the services need is named and well."""
    async with opened(tmp_path) as (installation, _), answering(installation) as url:
        assert (await ask(f"{url}/health/live"))[0] == 200
        code, body = await ask(f"{url}/health/ready")
        parts = {"core": "ok", "edge": "ok", "keys": "ok", "read-models": "ok"}
        assert (code, json.loads(body)) == (200, {"ok": True, "parts": parts})


async def test_a_taken_port_is_said_once_and_listened_on_when_it_is_free(tmp_path: Path):
    """Whoever has the port is not disturbed; nothing ends and nothing must be started again."""
    stop = asyncio.Event()
    with capture_logs() as said:
        async with opened(tmp_path) as (installation, _):
            with socket.create_server(("127.0.0.1", 0)) as other:
                port = other.getsockname()[1]
                settings = replace(installation.settings, http_port=port)
                answers = asyncio.ensure_future(run(replace(installation, settings=settings), stop))
                await asyncio.sleep(0.3)
                assert not answers.done()

            async def listening() -> bool:
                return "http.listening" in [line["event"] for line in said]

            await until(listening, "the port is listened on")
            assert (await ask(f"http://127.0.0.1:{port}/health/live"))[0] == 200
            stop.set()
            await answers
    assert [line["event"] for line in said] == ["http.not-listening", "http.listening"]


async def test_an_installation_without_its_server_is_live_but_not_ready(tmp_path: Path):
    """The answer says which part does not answer; the process's own counts are given all the same."""
    async with opened(tmp_path) as (installation, server), answering(installation) as url:
        server.stop()
        assert (await ask(f"{url}/health/live"))[0] == 200
        code, body = await ask(f"{url}/health/ready")
        assert code == 503
        assert json.loads(body)["parts"] == {
            "core": "no answer", "edge": "no answer", "keys": "ok", "read-models": "ok",
        }  # fmt: skip
        code, body = await ask(f"{url}/metrics")
        assert code == 200
        assert "kelambu_commit_seconds_bucket" in body


async def test_a_server_with_an_unsafe_setting_is_not_ready(tmp_path: Path):
    """A setting that was changed while everything runs is noticed."""
    async with opened(tmp_path) as (installation, _), answering(installation) as url:
        await installation.core.config_set("appendfsync", "everysec")
        code, body = await ask(f"{url}/health/ready")
        assert (code, json.loads(body)["parts"]["core"]) == (503, "unsafe settings")


async def test_a_ledger_without_what_was_seen_and_a_damaged_key_store_are_told_with_the_reason(
    tmp_path: Path,
):
    """Ready is 503 with what is wrong and what to do, never an error of its own; metrics go on."""
    async with opened(tmp_path) as (installation, _), answering(installation) as url:
        installation.watches[0].seen = {0: Checkpoint(7, "7" * 64)}
        await installation.core.connection_pool.disconnect()
        code, body = await ask(f"{url}/health/ready")
        answer = json.loads(body)
        assert (code, answer["parts"]["core"]) == (503, "foreign")
        assert "ends before position 7" in answer["foreign"][0]
        assert "kelambu recover" in answer["foreign"][0]
        assert (await ask(f"{url}/metrics"))[0] == 200
        installation.watches[0].seen = {}
        installation.keys.close()
        for file in (tmp_path / "keys").iterdir():
            file.write_bytes(b"no database" * 500)
        code, body = await ask(f"{url}/health/ready")
        answer = json.loads(body)
        assert code == 503
        assert "keys.db is damaged" in answer["foreign"][0]


async def test_a_halted_service_is_told_with_its_reason(tmp_path: Path):
    """Ready is 503 with what halted and why, metrics say the same; both are well again when it works again."""
    async with opened(tmp_path) as (installation, _), answering(installation) as url:
        halt(tmp_path, "disbursement-p03", message("verbatim", words="a file is unknown"))
        code, body = await ask(f"{url}/health/ready")
        assert (code, json.loads(body)["halted"]) == (503, {"disbursement-p03": "a file is unknown"})
        _, body = await ask(f"{url}/metrics")
        assert 'kelambu_halted{reason="a file is unknown",service="disbursement-p03"} 1.0' in body
        resume(tmp_path, "disbursement-p03")
        assert (await ask(f"{url}/health/ready"))[0] == 200
        assert "kelambu_halted{" not in (await ask(f"{url}/metrics"))[1]


async def test_metrics_say_what_stands_in_the_stores(tmp_path: Path):
    """Lag by partition, agency and projection, as counted at the moment of asking."""
    async with opened(tmp_path) as (installation, _), answering(installation) as url:
        await installation.registry.add(Agency(name="dinsos", types=("participant.enrolled",)))
        await installation.edge.xadd("{a:dinsos}:outbox", {"event": b"{}"})
        projector, stop = Projector(installation), asyncio.Event()
        stop.set()  # nothing is waited for
        await projector.step(stop)
        projector.forget()
        await deliver(installation.ledger, Life().insured())
        _, body = await ask(f"{url}/metrics")
        lines = body.splitlines()
        assert sum(float(line.split()[1]) for line in lines if line.startswith("kelambu_inbox_events{")) == 2
        assert 'kelambu_ledger_position{partition="7"} 0.0' in lines
        assert 'kelambu_outbox_events{agency="dinsos"} 1.0' in lines
        assert 'kelambu_quarantined_documents{agency="dinsos"} 0.0' in lines
        assert 'kelambu_projection_lag_events{projection="claims"} 0.0' in lines
        assert "kelambu_waiting_events 0.0" in lines


async def test_nothing_else_is_answered(tmp_path: Path):
    """There is no other page, and none that lists the pages."""
    async with opened(tmp_path) as (installation, _), answering(installation) as url:
        for path in ("/", "/schema", "/docs", "/health"):
            assert (await ask(url + path))[0] == 404
