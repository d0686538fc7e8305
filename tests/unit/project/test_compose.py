"""``docker-compose.yml`` and ``Dockerfile``: nothing in them is left to be found wrong on the day they are used."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator
from redis.asyncio import Redis

from services.cli.app import build
from services.ledger.connection import check_durability
from services.platform.settings import Settings
from services.runtime.bootstrap import open_installation
from services.runtime.embedded_server import EmbeddedServer, find_server
from services.runtime.health import serve
from services.runtime.run import SERVICES

ROOT = Path(__file__).parents[3]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
VALKEY: dict[str, Any] = COMPOSE["services"]["valkey"]
OURS: dict[str, dict[str, Any]] = {n: s for n, s in COMPOSE["services"].items() if n != "valkey"}


@contextmanager
def valkey_as_composed(data: Path) -> Iterator[Redis]:
    """Run the real server with the command of the file; only its directory and address are ours."""
    program, *flags = VALKEY["command"]
    assert program == "valkey-server"
    flags[flags.index("--dir") + 1] = str(data)
    listen = ["--port", "0", "--unixsocket", "server.sock"]
    server = subprocess.Popen([find_server().path, *flags, *listen], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        assert any("eady to accept connections" in line for line in server.stdout), server.wait(5)
        yield Redis(unix_socket_path=str(data / "server.sock"))
    finally:
        server.kill()
        server.communicate()


def test_the_file_is_what_the_compose_specification_describes():
    """The file has no fault against the JSON schema of the Compose specification."""
    schema = json.loads((ROOT / "tests/golden/compose-spec.json").read_text())

    faults = [f"{error.json_path}: {error.message}" for error in Draft7Validator(schema).iter_errors(COMPOSE)]

    assert faults == []


@pytest.mark.parametrize("service", OURS)
def test_every_command_is_one_that_the_command_line_knows(service):
    """The command of a service can be parsed by ``kelambu`` in full."""
    tokens = OURS[service]["command"]

    command, bound, _ = build().parse_args(tokens, exit_on_error=False, print_error=False)

    assert command.__name__ == "run"
    assert service in bound.arguments.values()


async def test_a_server_with_the_flags_of_the_file_keeps_every_promise(tmp_path):
    """A really started server with these flags passes the durability check without a word."""
    with valkey_as_composed(tmp_path) as client:
        faults = await check_durability(client)
        await client.aclose()

    assert faults == []


def test_every_service_has_a_container():
    """What ``kelambu run`` knows is in the file; health and metrics are answered by each service itself."""
    assert {*OURS, "http"} == SERVICES.keys()


def test_the_ledger_is_on_a_named_volume_and_out_of_reach():
    """The server's data outlives its container, and no port of it is published."""
    volume, _, inside = VALKEY["volumes"][0].partition(":")

    assert volume in COMPOSE["volumes"]
    assert inside == VALKEY["command"][VALKEY["command"].index("--dir") + 1]
    assert "ports" not in VALKEY
    assert VALKEY.get("network_mode") != "host"


@pytest.mark.parametrize("service", COMPOSE["services"])
def test_every_service_says_whether_it_is_well(service):
    """Each container has a health check, and ours wait for a healthy server."""
    said = COMPOSE["services"][service]

    assert said["healthcheck"]["test"][0] == "CMD"
    if service != "valkey":
        assert said["depends_on"] == {"valkey": {"condition": "service_healthy"}}


async def test_the_health_check_asks_what_a_service_answers(tmp_path):
    """The check of the file succeeds against a service that is ready, and fails when its server is gone."""
    server = EmbeddedServer.start(tmp_path)
    settings = Settings.read({"REDIS_URL": server.url}, tmp_path)
    stop = asyncio.Event()
    async with open_installation(settings) as installation:
        with socket.create_server(("127.0.0.1", 0)) as listening:
            serving = asyncio.ensure_future(serve(installation, stop, listening))
            port = str(listening.getsockname()[1])
            while_ready = await exit_code_of_health_check(port)
            server.stop()
            while_gone = await exit_code_of_health_check(port)
            stop.set()
            await serving

    assert (while_ready, while_gone) == (0, 1)


async def exit_code_of_health_check(port: str) -> int:
    """Run the health check of our services as the container would, against another port of this machine."""
    checks = {json.dumps(service["healthcheck"]["test"]) for service in OURS.values()}
    [check] = checks
    kind, program, *arguments = json.loads(
        check.replace(OURS["intake"]["environment"]["KELAMBU_HTTP_PORT"], port)
    )
    assert (kind, program) == ("CMD", "python")
    process = await asyncio.create_subprocess_exec(sys.executable, *arguments, stderr=subprocess.DEVNULL)
    return await process.wait()


def test_the_image_copies_what_exists_and_runs_as_nobody_special():
    """Every source of the Dockerfile is in the repository and let through to the build; its user is not root."""
    lines = [line.split() for line in (ROOT / "Dockerfile").read_text().splitlines() if line.strip()]
    let_through = {
        line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")
    }
    sources = {
        source
        for instruction, *words in lines
        if instruction == "COPY" and not words[0].startswith("--from")
        for source in words[:-1]
    }

    assert sources == let_through
    assert all((ROOT / source).exists() for source in sources)
    assert ["USER", "kelambu"] in lines
    assert ["ENTRYPOINT", '["kelambu"]'] in lines
