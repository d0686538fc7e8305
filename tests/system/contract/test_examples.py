"""The examples of the catalogue, run as a reader copies them, against a real installation."""

from __future__ import annotations

import asyncio
import json
import shlex
import shutil

import pytest

from events.envelope import agency_of
from services.contract.examples import STORY
from services.contract.ways import ways
from tests import forked
from tests.system.contract.sending import Reached, reached
from tests.system.running import until

pytestmark = [
    pytest.mark.skipif(not shutil.which(tool), reason=f"no {tool} on the PATH")
    for tool in ("curl", "redis-cli", "bash")
]


async def test_every_example_is_taken_in_every_way_that_its_page_shows(tmp_path):
    """curl, Python, redis-cli and a spreadsheet send the same event: whatever comes second gets the first's receipt."""
    async with reached(tmp_path / "installation") as installation:
        first: dict[str, str] = {}
        for event in STORY.values():
            agency, event_id = agency_of(str(event["source"])), str(event["id"])
            shown = {way.id: way.text for way in ways(event)}
            receipt = json.loads(await installation.run(agency, "bash", "-c", shown["curl"], at=tmp_path))
            assert (receipt["id"], receipt["status"]) == (event_id, "received")
            first[event_id] = receipt["receipt"]
            again = json.loads(await installation.run(agency, "python", "-c", shown["python"], at=tmp_path))
            assert again["receipt"] == receipt["receipt"]
            assert await installation.run(agency, "bash", "-c", shown["redis-cli"], at=tmp_path)
            publish = ways(event)[-1].send
            (tmp_path / publish.split()[2]).write_text(shown["csv"], encoding="utf-8")
            program, *arguments = shlex.split(publish.replace('"$KELAMBU_URL"', installation.url))
            assert program == "kelambu"
            command = (*forked.KELAMBU, *arguments)
            done = await asyncio.to_thread(
                forked.run, command, installation.environment(agency), directory=tmp_path
            )
            assert "1 messages received" in done.stdout.decode(), done.stderr.decode()
        assert await until(lambda: answered(installation, first), "every entry of an outbox has a receipt")


async def answered(installation: Reached, first: dict[str, str]) -> bool:
    """Tell whether each event has the receipt of its outbox entry, with the first's number."""
    given: dict[str, set[tuple[str, str]]] = {}
    for agency in installation.keys:
        for receipt in await installation.installation.all_receipts(agency):
            assert receipt.status != "refused", receipt
            if receipt.entry:
                given.setdefault(str(receipt.id), set()).add((receipt.entry, receipt.receipt))
    installation.installation.look_after()
    assert all(number == first[event_id] for event_id, found in given.items() for _, number in found)
    return all(len(given.get(event_id, ())) == 1 for event_id in first)
