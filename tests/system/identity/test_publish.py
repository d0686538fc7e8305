"""``kelambu publish --url``: what an agency's program does, done by a command."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.cli import main
from services.cli.exit_codes import CommandError
from services.cli.http_sender import HttpSender
from services.identity.credentials import public_key
from services.ledger import keys as names
from services.ledger.credentials import Credentials
from tests.system.gateway.answering import Answering, answering, body


@pytest.fixture
async def gateway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Answering]:
    """A gateway; the agency has its key in the environment and its events in a file."""
    (tmp_path / "events.jsonl").write_bytes(b"\n".join([body("p-1"), body("p-2"), b"", b"{}", body("p-1")]))
    monkeypatch.chdir(tmp_path)
    async with answering(tmp_path / "data") as running:
        monkeypatch.setenv("KELAMBU_KEY", running.keys["dinsos"])
        monkeypatch.setenv("KELAMBU_LANG", "en")
        yield running


async def test_a_file_is_sent_with_an_api_key(gateway: Answering, capsys: pytest.CaptureFixture[str]):
    """In order, one by one; what each was answered is shown, every fault of it too, and the exit code says so."""
    code = await asyncio.to_thread(main, ["publish", "events.jsonl", "--as", "dinsos", "--url", gateway.url])
    assert code == 1
    said = capsys.readouterr().out
    assert "dinsos: 3 messages received, 1 refused" in said
    assert "refused   ?  invalid, in quarantine as " in said
    assert "/specversion  This is missing." in said
    assert await gateway.installation.core.xlen(names.taken("dinsos")) == 2


async def test_answers_are_shown_as_json_lines_and_in_indonesian(
    gateway: Answering, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    """With --json a program gets each answer as over Redis; faults are told in the language that was asked for."""
    monkeypatch.setenv("KELAMBU_LANG", "id")
    arguments = ["publish", "events.jsonl", "--as", "dinsos", "--url", gateway.url, "--json"]
    assert await asyncio.to_thread(main, arguments) == 1
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
    assert [line["status"] for line in lines] == ["received", "received", "refused", "received"]
    assert lines[2]["code"] == "invalid"
    assert lines[2]["faults"][0]["message"].startswith("Ini belum ada.")


async def test_a_file_is_sent_signed(gateway: Answering, capsys: pytest.CaptureFixture[str]):
    """Each event alone, with the private key in a file, after the operator has trusted its public half."""
    arguments = ["publish", "events.jsonl", "--as", "dinsos", "--url", gateway.url, "--key"]
    assert await asyncio.to_thread(main, ["agency", "key", "pair", "dinsos.key"]) == 0
    public = capsys.readouterr().out.strip()
    await Credentials(gateway.installation.core).add(public_key("dinsos", public, dt.datetime.now(dt.UTC)))
    assert await asyncio.to_thread(main, [*arguments, "dinsos.key"]) == 1
    assert "dinsos: 3 messages received" in capsys.readouterr().out
    assert await asyncio.to_thread(main, ["agency", "key", "pair", "other.key"]) == 0
    assert await asyncio.to_thread(main, [*arguments, "other.key"]) == 2
    assert "401" in capsys.readouterr().err


async def test_a_table_is_sent_whole_or_not_at_all(
    gateway: Answering, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    """A spreadsheet of one type, by an agency that has nothing of the installation but its address."""
    head = "id;time;nik;first_month;last_month;paid_on;payer.kind;payer.name"
    row = "{};2026-03-02T09:00:00+07:00;1606014101900001;2026-01;2026-01;2026-01-05;donor;Haji Umar"
    table = tmp_path / "iuran.csv"
    arguments = ["publish", str(table), "--type", "participant.contributions-paid", "--as", "dinsos"]
    arguments += ["--url", gateway.url]
    table.write_text("\n".join([head, row.format("t-1"), row.format("t 2")]), encoding="utf-8-sig")
    assert await asyncio.to_thread(main, arguments) == 1
    assert "row 3 A, id" in capsys.readouterr().out
    assert await gateway.installation.core.xlen(names.taken("dinsos")) == 0
    table.write_text("\n".join([head, row.format("t-1"), row.format("t-2")]), encoding="utf-8-sig")
    assert await asyncio.to_thread(main, arguments) == 0
    assert await gateway.installation.core.xlen(names.taken("dinsos")) == 2


def test_a_gateway_that_does_not_answer_is_asked_again_and_then_given_up():
    """With longer and longer pauses; nothing is counted as sent."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        pauses: list[float] = []
        post = HttpSender(f"http://127.0.0.1:{nobody.getsockname()[1]}", "dinsos", "kk_x", pauses.append)
        with pytest.raises(CommandError, match="does not answer"):
            list(post.send([json.dumps({}).encode()], lambda _: pytest.fail("nothing was sent")))
    assert pauses == [1, 2, 4, 8, 16, 30, 30, 30]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--url", "127.0.0.1:8601"],
        ["--url", "http://127.0.0.1:1", "--key", "two"],
        ["--url", "http://x", "--type", "claim.pays"],
    ],
)
def test_what_cannot_be_sent_is_said(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """An address without its scheme, a file that holds no key, a type that there is not: exit code 2 and what to do."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "two").write_text("kk_x\nkk_y\n")
    (tmp_path / "events.jsonl").write_bytes(b"{}\n")
    assert main(["publish", "events.jsonl", "--as", "dinsos", *arguments]) == 2
    assert capsys.readouterr().err
