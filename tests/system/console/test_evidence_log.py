"""The page of the log: what an auditor takes away to prove later that nothing was altered or removed."""

from __future__ import annotations

from html import unescape
from pathlib import Path

import pytest

from services.cli import main
from services.evidence import verifier
from services.evidence.issuing import public_keys
from services.notary.log import Log
from tests.consoles import RunningConsole, post
from tests.system.console.test_claim_pages import seal


@pytest.fixture
def log(console: RunningConsole) -> Log:
    """The log, with a checkpoint of all that is recorded."""
    console.run(seal(console.installation))
    return Log(console.installation.settings.log)


def test_the_checkpoint_and_the_program_are_those_of_the_commands(
    console: RunningConsole, log: Log, capsys: pytest.CaptureFixture[str]
):
    client = console.signed_in("auditor")
    taken = client.get("/log/checkpoint/file")
    assert main(["checkpoint", "--data", str(console.installation.settings.data)]) == 0
    assert taken.text == capsys.readouterr().out == log.note()
    assert f"checkpoint-{taken.text.splitlines()[1]}.txt" in taken.headers["content-disposition"]
    assert client.get("/log/verifier/file").text == Path(verifier.__file__).read_text()
    assert "<details open><summary>" in client.get("/log").text
    for path in ("/log", "/log/checkpoint/file", "/log/verifier/file"):
        assert console.signed_in("officer").get(path).status_code == 403


def test_the_page_shows_every_key_and_the_whole_checkpoint(console: RunningConsole, log: Log):
    page, checkpoint = unescape(console.signed_in("auditor").get("/log").text), log.checkpoint()
    assert checkpoint is not None
    keys = [word for word in public_keys(console.installation, checkpoint.origin).split() if "+" in word]
    assert len(keys) == 3
    assert all(key in page for key in keys)
    assert (log.note() or "none") in page
    assert page.count("Menandatangani titik pemeriksaan di atas.") == 2


def test_what_is_recorded_since_does_not_stand_under_the_checkpoint(console: RunningConsole, log: Log):
    client = console.signed_in("auditor")
    post(client, "/claims/A-1/unmask", page="/claims/A-1", reason="pemeriksaan log")
    assert "yang tertua sejak" in client.get("/log").text
    console.run(seal(console.installation))
    assert "yang tertua sejak" not in client.get("/log").text
