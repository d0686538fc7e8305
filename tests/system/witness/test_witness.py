"""Witnesses as processes of their own.

Whatever an insider signs, the second history is refused and named, also after a kill.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
from pathlib import Path

import httpx
import pytest

from services.cli import main
from services.notary.cosignatures import read_tree_head
from services.notary.log import CONTRADICTING
from services.notary.notes import read_note
from services.notary.signatures import verified
from services.notary.signing_keys import NotarySigner, changing, draft_keys, take_up
from services.notary.witnesses import ContradictedLogError
from services.witness.store import WitnessStore
from tests.system.witness.witnessing import (
    BODIES,
    FORGED,
    ORIGIN,
    WitnessProcess,
    asked,
    push,
    witnessed,
    write,
)


def test_a_second_history_is_refused_and_named_also_after_a_kill(
    tmp_path: Path, keys: Path, witness: WitnessProcess
):
    """Signed by the real key, of the same size, longer, shorter.

    None is ever cosigned, and the notary does not go on.
    """
    honest, forged = tmp_path / "log", tmp_path / "forged"
    write(honest, BODIES[:100], keys)
    ours = asked(honest, [witness], keys)
    push(ours)
    assert witnessed(honest, witness) == 100
    write(honest, BODIES[:300], keys)
    witness.kill()
    push(ours)
    ours.refuse_contradicted()
    assert witnessed(honest, witness) == 100
    witness.start()
    push(ours)
    assert witnessed(honest, witness) == 300

    for size, told in ((300, "other"), (301, "other"), (600, "other"), (200, "ahead")):
        directory = forged / str(size)
        write(directory, FORGED[:size], keys)
        insider = asked(directory, [witness], keys)
        push(insider)
        with pytest.raises(ContradictedLogError, match="300"):
            insider.refuse_contradicted()
        assert insider._witnesses[0].contradicts == told
        assert witnessed(directory, witness) == 0
        shown = read_note((directory / CONTRADICTING).read_bytes())
        assert read_tree_head(shown.text).size == 300
        assert verified(shown, NotarySigner(keys, ORIGIN).verifier_keys())
        witness.kill()
        witness.start()
    assert [one[1:] for one in witness.refused()] == [
        ("fork", 300, 300),
        ("unproven", 301, 300),
        ("unproven", 600, 300),
    ]
    assert main(["witness", "list", "--data", str(witness.directory)]) == 1

    write(honest, BODIES, keys)
    push(ours)
    ours.refuse_contradicted()
    assert witnessed(honest, witness) == 600


def test_two_notaries_of_one_log_towards_one_witness(tmp_path: Path, keys: Path, witness: WitnessProcess):
    """Two copies of an honest log catch up with each other; a log that was put back is told by how much it lacks."""
    for name in ("a", "b"):
        write(tmp_path / name, BODIES[:10], keys)
    a, b = asked(tmp_path / "a", [witness], keys), asked(tmp_path / "b", [witness], keys)
    push(a)
    push(b)
    for size in (20, 30):
        write(tmp_path / "a", BODIES[:size], keys)
        push(a)
    push(asked(tmp_path / "b", [witness], keys))
    back = asked(tmp_path / "b", [witness], keys)
    push(back)
    with pytest.raises(ContradictedLogError, match="30 entries"):
        back.refuse_contradicted()
    write(tmp_path / "b", BODIES[:40], keys)
    push(b)
    b.refuse_contradicted()
    assert (witnessed(tmp_path / "a", witness), witnessed(tmp_path / "b", witness)) == (30, 40)
    assert witness.refused() == []


def test_by_file_without_a_network(
    tmp_path: Path,
    keys: Path,
    witness: WitnessProcess,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
):
    """A checkpoint goes to a witness as a file and comes back cosigned.

    A QR code holds it with its Ed25519 signature.
    """
    witness.kill()
    monkeypatch.setenv("KELAMBU_NOTARY_KEYS", str(keys))
    home, at = ["--data", str(tmp_path)], ["--data", str(witness.directory)]
    file, answer = tmp_path / "c.txt", tmp_path / "c.txt.cosigned"
    vkeys = [str(key) for key in witness.keys]
    for size, since in ((50, []), (50, []), (80, ["--since", "50"])):
        write(tmp_path / "log", BODIES[:size], keys)
        file.unlink(missing_ok=True)
        assert main(["checkpoint", *since, "--out", str(file), *home]) == 0
        assert main(["witness", "cosign", str(file), *at]) == 0
        assert main(["notary", "receive", str(answer), *vkeys, *home]) == 0
        assert witnessed(tmp_path / "log", witness) == size
    assert main(["checkpoint", "--out", str(file), *home]) == 2, "one that is kept is not written over"
    own = str(NotarySigner(keys, ORIGIN).verifier_keys()[0])
    assert main(["notary", "receive", str(file), own, *home]) == 2, "the log is no witness of itself"
    assert main(["checkpoint", "--qr", "--out", str(tmp_path / "c.svg"), *home]) == 0
    assert (tmp_path / "c.svg").read_text().startswith("<svg")
    assert main(["checkpoint", "--qr", *home]) == 0
    assert "█" in capsys.readouterr().out
    write(tmp_path / "forged" / "log", [b"{}", *BODIES[1:110]], keys)
    forged = ["--data", str(tmp_path / "forged")]
    codes = list[int]()
    for since in ([], ["--since", "80"]):
        file.unlink()
        assert main(["checkpoint", *since, "--out", str(file), *forged]) == 0
        codes.append(main(["--lang", "en", "witness", "cosign", str(file), *at]))
    assert codes == [2, 1], "a proof that is asked for, then a finding"
    told = capsys.readouterr().err
    assert "the file does not prove that the log only grew since the 80 entries" in told
    assert "--since 80" in told
    assert "Sign nothing more of that log" in told
    write(tmp_path / "smaller" / "log", [b"{}", *BODIES[1:70]], keys)
    file.unlink()
    assert main(["checkpoint", "--out", str(file), "--data", str(tmp_path / "smaller")]) == 0
    assert main(["--lang", "en", "witness", "cosign", str(file), *at]) == 2
    told = capsys.readouterr().err
    assert "has 70 entries, fewer than the 80 that were witnessed here" in told
    assert "or has a second history" in told
    assert "If it cannot, its log is no longer the one that was witnessed here" in told


def test_what_was_confirmed_is_shown_and_counted(tmp_path: Path, keys: Path, witness: WitnessProcess):
    """The last checkpoint with both signatures, health, and metrics by what was asked and how far each log is."""
    base = f"http://127.0.0.1:{witness.port}"
    with httpx.Client(base_url=base) as client:
        assert client.get(f"/checkpoint/{ORIGIN}").status_code == 404
        assert client.get("/checkpoint/kelambu/unknown/log-1").status_code == 404
        write(tmp_path / "log", BODIES[:120], keys)
        push(asked(tmp_path / "log", [witness], keys))
        write(tmp_path / "forged", FORGED[:200], keys)
        push(asked(tmp_path / "forged", [witness], keys))
        push(asked(tmp_path / "forged", [witness], keys))
        shown = read_note(client.get(f"/checkpoint/{ORIGIN}").content)
        assert shown.text == read_note((tmp_path / "log" / "checkpoint").read_bytes()).text
        assert set(verified(shown, witness.keys)) == set(witness.keys)
        assert verified(shown, NotarySigner(keys, ORIGIN).verifier_keys())
        assert [client.get(f"/health/{one}").status_code for one in ("live", "ready")] == [200, 200]
        assert [client.post("/metrics").status_code, client.get("/add-checkpoint").status_code] == [405, 405]
        assert client.get("/").status_code == 404
        told = client.get("/metrics").text
    for line in (
        'kelambu_witness_requests_total{verdict="cosigned"} 1.0',
        'kelambu_witness_requests_total{verdict="unproven"} 2.0',
        "kelambu_witness_logs 1.0",
        f'kelambu_witness_log_size{{origin="{ORIGIN}"}} 120.0',
        f'kelambu_witness_refused_checkpoints{{origin="{ORIGIN}",reason="unproven"}} 1.0',
    ):
        assert line in told.splitlines()
    assert f'kelambu_witness_log_age_seconds{{origin="{ORIGIN}"}}' in told


def test_a_log_changes_its_keys_with_an_overlap(
    tmp_path: Path, witness: WitnessProcess, capsys: pytest.CaptureFixture[str]
):
    """Old and new keys sign; the old ones are forgotten with a reason, and from then on confirm nothing."""
    places, at = [tmp_path / "keys", tmp_path / "thief"], ["--data", str(witness.directory)]
    for month in (1, 2):
        now = dt.datetime(2026, month, 1, tzinfo=dt.UTC)
        with changing(places[0]):
            draft_keys(places[0], now)
            take_up(places[0], now)
        if month == 1:
            shutil.copytree(places[0], places[1])
    origin = "kelambu/0123456789abcdef/log-2"
    every, old = (NotarySigner(place, origin).verifier_keys() for place in places)
    added = [key for key in every if key not in old]
    log, behind = tmp_path / "log", tmp_path / "behind"
    assert main(["witness", "add-log", origin, *map(str, old), *at]) == 0
    write(log, BODIES[:10], places[0], origin)
    ours = asked(log, [witness], places[0])
    assert list(push(ours).values()) == ["confirming"], "a key that is known is enough"
    assert main(["witness", "add-log", origin, *map(str, added), *at]) == 0
    for key, name in zip(old, (old[0].key_id.hex(), str(old[1])), strict=True):
        assert main(["witness", "forget-key", origin, name, "--reason", "surat nomor 12", *at]) == 0
        assert main(["witness", "forget-key", origin, name, "--reason", "surat nomor 12", *at]) == 2
        assert key not in WitnessStore(witness.directory).keys(origin)
    assert main(["witness", "forget-key", origin, str(added[0]), "--reason", " ", *at]) == 2
    write(log, BODIES[:20], places[0], origin)
    assert list(push(ours).values()) == ["confirming"]
    write(behind, BODIES[:30], places[1], origin)
    assert list(push(asked(behind, [witness], places[1])).values()) == ["away"], (
        "a key that was forgotten is none"
    )
    capsys.readouterr()
    assert main(["--lang", "en", "witness", "list", *at]) == 0
    told = capsys.readouterr().out
    assert f"key {old[0].key_id.hex()} of {origin} was forgotten: surat nomor 12" in " ".join(told.split())
    assert main(["witness", "list", "--json", *at]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [one["change"] for one in listed["key_changes"] if one["origin"] == origin] == [
        *["added"] * 4,
        *["forgotten"] * 2,
    ]
    assert listed["keys"][origin] == sorted(map(str, added))
