"""The examples of the catalogue, run as a reader copies them, against a real house."""

from __future__ import annotations

import asyncio
import json
import shlex
import shutil

import pytest

from events.envelope import agency_of
from services.cli import main
from services.contract.examples import STORY
from services.contract.ways import ways
from tests.system.contract.sending import Reached, reached
from tests.system.house import until

pytestmark = [
    pytest.mark.skipif(not shutil.which(tool), reason=f"no {tool} on the PATH")
    for tool in ("curl", "redis-cli", "bash")
]


async def test_every_example_is_taken_in_every_way_that_its_page_shows(tmp_path, monkeypatch):
    """curl, Python, redis-cli and a spreadsheet send the same event: whatever comes second gets the first's receipt."""
    async with reached(tmp_path / "house") as house:
        monkeypatch.chdir(tmp_path)
        for name, value in house.house.house.settings.environment().items():
            monkeypatch.setenv(name, value)
        first: dict[str, str] = {}
        for event in STORY.values():
            agency, event_id = agency_of(str(event["source"])), str(event["id"])
            shown = {way.id: way.text for way in ways(event)}
            receipt = json.loads(await house.run(agency, "bash", "-c", shown["curl"], at=tmp_path))
            assert (receipt["id"], receipt["status"]) == (event_id, "received")
            first[event_id] = receipt["receipt"]
            again = json.loads(await house.run(agency, "python", "-c", shown["python"], at=tmp_path))
            assert again["receipt"] == receipt["receipt"]
            assert await house.run(agency, "bash", "-c", shown["redis-cli"], at=tmp_path)
            table, _, publish = shown["csv"].partition("\n\n")
            (tmp_path / publish.split()[2]).write_text(table, encoding="utf-8")
            assert await asyncio.to_thread(main, shlex.split(publish)[1:]) == 0
        assert await until(lambda: answered(house, first), "every entry of an outbox has a receipt")


async def answered(house: Reached, first: dict[str, str]) -> bool:
    """Tell whether each event has the two receipts of its two outbox entries, the first's number on both."""
    given: dict[str, set[tuple[str, str]]] = {}
    for agency in house.keys:
        for receipt in await house.house.all_receipts(agency):
            assert receipt.status != "refused", receipt
            if receipt.entry:
                given.setdefault(str(receipt.id), set()).add((receipt.entry, receipt.receipt))
    house.house.look_after()
    assert all(number == first[event_id] for event_id, found in given.items() for _, number in found)
    return all(len(given.get(event_id, ())) == 2 for event_id in first)
