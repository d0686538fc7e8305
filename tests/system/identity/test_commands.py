"""The commands for keys and origins, on a real server and a real data directory."""

from __future__ import annotations

import asyncio
import json
import shutil
import stat
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from services.cli import main
from services.ledger.connection import connect
from services.runtime.embedded_server import EmbeddedServer, running
from tests.lives import Life, heir
from tests.small_installation import SmallInstallation, niks
from tests.system.audit.signing import Signers, spellings

Said = tuple[int, str, str]


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data directory whose embedded server runs."""
    monkeypatch.chdir(tmp_path)
    for name in ("REDIS_URL", "EDGE_URL", "KELAMBU_DATABASE", "KELAMBU_KEYS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("KELAMBU_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("KELAMBU_LANG", "en")
    monkeypatch.setenv("KELAMBU_PARTITIONS", "2")
    server = EmbeddedServer.start(tmp_path / "data")
    try:
        yield tmp_path / "data"
    finally:
        server.stop()


@pytest.fixture
def say(data: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Run a command; returns exit code, what it said and what it complained about."""

    def run(*arguments: str) -> Said:
        code = main(list(arguments))
        said = capsys.readouterr()
        return code, said.out.strip(), said.err

    return run


def test_a_key_is_shown_once_and_stands_nowhere(say: Callable[..., Said], data: Path) -> None:
    """Neither the server's files nor any other file of the installation has the secret, and no list shows it again."""
    assert say("agency", "add", "bank", "--types", "claim.paid")[0] == 0
    code, key, _ = say("agency", "key", "add", "bank", "--expires", "2099-12-31")
    secret = key.rpartition("_")[2]
    assert (code, len(key)) == (0, 56)
    (kept,) = json.loads(say("agency", "key", "list", "bank", "--json")[1])
    assert (kept["id"], kept["agency"], kept["expires"]) == (key[:15], "bank", "2099-12-31T17:00:00Z")
    assert kept["id"] in say("agency", "key", "list", "bank")[1]
    assert secret not in json.dumps(kept)
    files = {path: path.read_bytes() for path in data.rglob("*") if path.is_file()}
    assert any(kept["id"].encode() in content for content in files.values()), "the search finds what is there"
    assert [path for path, content in files.items() if secret.encode() in content] == []


def test_keys_change_without_a_gap(say: Callable[..., Said]) -> None:
    """Add, change over, revoke: two live at a time, and a revoked one makes room. The whole key names itself too."""
    say("agency", "add", "bank", "--types", "claim.paid")
    _, old, _ = say("agency", "key", "add", "bank")
    _, new, _ = say("agency", "key", "add", "bank")
    code, said, trouble = say("agency", "key", "add", "bank")
    assert (code, said) == (2, "")
    assert "has 2 keys that live" in trouble
    assert say("agency", "key", "revoke", "bank", old)[0] == 0
    assert say("agency", "key", "add", "bank")[0] == 0
    listed = {one["id"]: one for one in json.loads(say("agency", "key", "list", "bank", "--json")[1])}
    assert "revoked" in listed[old[:15]]
    assert "revoked" not in listed[new[:15]]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("add", "nobody"), "no agency is registered"),
        (("add", "bank", "--expires", "tomorrow"), "no day of the calendar"),
        (("add", "bank", "--expires", "2020-01-01"), "is over"),
        (("trust", "bank", "whsec_abc"), "cannot be trusted"),
        (("revoke", "bank", "kk_000000000000"), "has no key"),
    ],
)
def test_what_cannot_be_done_is_said(
    say: Callable[..., Said], arguments: tuple[str, ...], sentence: str
) -> None:
    """One sentence, exit code 2, nothing kept."""
    say("agency", "add", "bank", "--types", "claim.paid")
    code, said, trouble = say("agency", "key", *arguments)
    assert (code, said) == (2, "")
    assert sentence in trouble
    assert json.loads(say("agency", "key", "list", "bank", "--json")[1]) == []


def test_a_pair_is_made_for_its_owner_alone(say: Callable[..., Said], tmp_path: Path) -> None:
    """The private key goes to a new file that nobody else reads; the public one can be trusted, once."""
    say("agency", "add", "bank", "--types", "claim.paid")
    file = tmp_path / "bank.key"
    code, public, _ = say("agency", "key", "pair", str(file))
    assert (code, stat.S_IMODE(file.stat().st_mode)) == (0, 0o600)
    assert file.read_text().startswith("whsk_")
    assert say("agency", "key", "pair", str(file))[0] == 2
    assert say("agency", "key", "trust", "bank", public)[0] == 0
    assert "known already" in say("agency", "key", "trust", "bank", public)[2]


def test_the_evidence_of_an_origin_is_checked_without_kelambu(
    say: Callable[..., Said], data: Path, tmp_path: Path
) -> None:
    """OpenSSL says of every event of the claim that the agency signed exactly the bytes that it sent."""
    family = heir(nik=niks(9)[8])
    life = Life().insured().filed("A-1").died(claim="A-1").heirs(family, claim="A-1")
    assert say("agency", "add", "x1", "--types", "claim.paid")[0] == 0  # makes the installation
    agencies = asyncio.run(_signed(life, data))
    code, table, _ = say(
        "origin", "A-1", "--evidence", str(tmp_path / "evidence"), "--by", "Dewi", "--reason", "Perkara 12"
    )
    assert code == 0
    ((read,), by) = zip(
        *((one["record"], one["by"]) for one in json.loads(say("trail", "--json")[1])), strict=True
    )
    assert (by, read["what"], read["subject"], read["values"]) == (("Dewi",), "origin", "A-1", 3)
    assert len(read["concerns"]) == 2, "the participant, and the heir who is named with a NIK"
    assert table.count("✓ signed so") == 3
    sent = {document for document in spellings(life.documents) if b'"A-1"' in document}
    files = sorted((tmp_path / "evidence").glob("*.json"))
    assert {file.read_bytes() for file in files} == sent
    of_claim = json.loads(say("origin", "A-1", "--json")[1])
    assert [one["verdict"] for one in of_claim] == ["verified"] * 3
    (dinsos,) = {one["key"] for one in of_claim if one["event"].startswith("dinsos:")}
    of_key = json.loads(say("origin", "--key", dinsos, "--json")[1])
    assert {one["event"] for one in of_key} == {
        f"dinsos:{one['id']}" for one in life.documents if one["source"] == "/agencies/dinsos"
    }
    assert say("origin", "Z-9")[0] == 2
    assert say("origin")[0] == 2
    assert "rsud" in agencies
    if shutil.which("openssl") is None:
        pytest.skip("no openssl on the PATH, which checks the evidence")
    for file in files:
        key, signed, signature = (str(file.with_suffix(end)) for end in (".pem", ".signed", ".signature"))
        command = [
            "openssl",
            "pkeyutl",
            "-verify",
            "-pubin",
            "-inkey",
            key,
            "-rawin",
            "-in",
            signed,
            "-sigfile",
        ]
        assert subprocess.run([*command, signature], check=False, capture_output=True).returncode == 0
        assert subprocess.run([*command, key], check=False, capture_output=True).returncode != 0
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


async def _signed(life: Life, data: Path) -> set[str]:
    """Let the agencies of a life sign and send what they say."""
    client = await connect(str(running(data)))
    try:
        installation = await SmallInstallation.opened(client, data, 2)
        sources = [one["source"].removeprefix("/agencies/") for one in life.documents]
        signers = await Signers.opened(installation, *sorted(set(sources)))
        for agency, document in zip(sources, spellings(life.documents), strict=True):
            await signers.send(agency, document)
        await installation.decide()
        return set(sources)
    finally:
        await client.aclose()
