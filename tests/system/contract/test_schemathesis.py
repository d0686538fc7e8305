"""Requests made up by schemathesis from the OpenAPI document, right and wrong ones, against a real installation."""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path

from tests.system.contract.sending import BIN, reached

CONFIGURED = Path(__file__).with_name("schemathesis.toml")


async def test_no_request_made_up_from_the_document_is_answered_otherwise_than_it_tells(tmp_path):
    """Status, media type, headers and body of every answer, and no answer that is the installation's own fault."""
    async with reached(tmp_path / "installation") as installation:
        installation.installation.start("projector")
        await installation.installation.until_started("projector")
        key = f"Authorization: Bearer {installation.keys['dinsos-contoh']}"
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, str(BIN / "schemathesis"), "--config-file", str(CONFIGURED), "run"),
            *(f"{installation.url}/openapi.json", "-H", key, "-n", "5", "--seed", "1", "--no-color"),
            cwd=tmp_path,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said = (await process.communicate())[0].decode()
        assert process.returncode == 0, said[-5000:]
        assert re.search(r"^  Tested: 1[3-9]", said, re.MULTILINE), said[-2000:]
