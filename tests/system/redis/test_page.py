"""``docs/redis.md``: every command on the page does what the page says, and the tables say what is so."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from services.ledger import keys
from services.ledger.users import ANYWHERE, NO_RIGHTS_NEEDED, READING, WRITING
from tests.servers import free_port
from tests.system.running import RunningInstallation, running_installation

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "redis.md").read_text()
PORT = "6380"
KELAMBU = f"""#!/bin/sh
exec {sys.executable} -c "import sys; sys.path.insert(0, '{ROOT}')
import services.cli as c; sys.exit(c.main())" "$@"
"""


class Block(NamedTuple):
    """Something to run, and what it must print: ``…`` stands for anything on a line."""

    language: str
    source: str
    printed: str | None


def blocks() -> list[Block]:
    """What the page has its readers run, in order, each with the output that follows it."""
    fenced = re.findall(r"```(\w+)\n(.*?)```", PAGE, re.DOTALL)
    after = [*fenced[1:], ("", "")]
    return [
        Block(language, source, printed if of == "text" else None)
        for (language, source), (of, printed) in zip(fenced, after, strict=True)
        if language in ("sh", "python")
    ]


def pattern(printed: str) -> re.Pattern[str]:
    """What must be printed, as a pattern."""
    return re.compile(".*".join(re.escape(part) for part in printed.strip().split("…")))


class Terminal:
    """Runs one block after the other, each with the variables that the ones before it have left."""

    def __init__(self, running: RunningInstallation, place: Path, port: int) -> None:
        self.place, self.port, self.variables = place, port, ""
        commands = place / "bin"
        commands.mkdir(parents=True)
        (commands / "kelambu").write_text(KELAMBU)
        (commands / "kelambu").chmod(0o700)
        path = f"{commands}:{Path(sys.executable).parent}:{os.environ['PATH']}"
        self.environment = (
            os.environ | running.installation.settings.environment() | {"PATH": path, "KELAMBU_LANG": "en"}
        )

    async def run(self, block: Block) -> str:
        """Run a block to its end; returns what it prints. It must succeed."""
        file = self.place / ("block.py" if block.language == "python" else "block.sh")
        file.write_text(block.source.replace(PORT, str(self.port)))
        run = f"python {file}" if block.language == "python" else f". {file}"
        process = await asyncio.create_subprocess_exec(
            *("bash", "-e", "-o", "pipefail", "-c", f"{self.variables}\n{run}\nexport -p > variables"),
            cwd=self.place,
            env=self.environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
        )
        printed, _ = await process.communicate()
        assert process.returncode == 0, block.source
        self.variables = ". ./variables"
        return printed.decode()


@pytest.mark.skipif(shutil.which("redis-cli") is None, reason="no redis-cli on the PATH")
async def test_everything_on_the_page_does_what_the_page_says(tmp_path: Path) -> None:
    """From the operator's first command to the outcome of a claim, through redis-cli and through Python."""
    port = free_port()
    async with running_installation(tmp_path / "data", port=port, partitions=2) as running:
        running.start("intake", "adjudication", "outcomes")
        terminal = Terminal(running, tmp_path / "terminal", port)
        for block in blocks():
            printed = await terminal.run(block)
            assert block.printed is None or pattern(block.printed).fullmatch(printed.strip()), printed
            if found := re.search(r"^password +(\S+)$", printed, re.MULTILINE):
                terminal.variables = f"export PASSWORD={found[1]}"
        assert (
            running.command("agency", "key", "list", "dinsos-contoh", "--lang", "en").count(
                b"password for Redis"
            )
            == 1
        )


def rows(heading: str) -> list[list[str]]:
    """The cells of the table under a heading, without its head."""
    section = PAGE[PAGE.index(heading) :]
    table = section[section.index("\n|") :].split("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.strip().splitlines()[2:]]


def test_the_table_of_rights_is_what_an_agency_may_do() -> None:
    """Each command and each stream, and no other."""
    named = {
        tuple(sorted(re.findall(r"`([^`]+)`", commands.lower()))): set(re.findall(r"`([^`]+)`", on))
        for commands, on in rows("## Rights")
    }
    mine = [stream("NAME") for stream in (keys.receipts, keys.refused, keys.outcomes)]
    assert named == {
        tuple(sorted(WRITING)): {keys.outbox("NAME")},
        tuple(sorted(READING)): set(mine),
        tuple(sorted((*ANYWHERE, *NO_RIGHTS_NEEDED))): set(),
    }
