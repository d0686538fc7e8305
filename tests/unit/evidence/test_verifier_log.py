"""A log in its directory judged by the verifier: whatever was changed, cut or rewritten is found and named."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from services.evidence import verifier
from services.evidence.verifier import main
from tests.built_logs import (
    LOG_KEY,
    OTHER_WITNESS,
    QUANTUM_KEY,
    STRANGER,
    WITNESS,
    BuiltLog,
    NoteKey,
    base64_of,
    interleaved,
    proof,
)

SIZE = 700
LOG = BuiltLog(interleaved(SIZE))


def judged(capsys, *words: object, key: NoteKey | None = LOG_KEY) -> tuple[int, str]:
    """Exit code and words of a command, in English."""
    given = [str(word) for word in words] + ["--lang", "en"]
    code = main([*given, "--key", key.text] if key else given)
    return code, capsys.readouterr().out


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return LOG.written(tmp_path / "log", [LOG_KEY, QUANTUM_KEY, WITNESS])


def outside(tmp_path: Path, content: bytes) -> Path:
    file = tmp_path / f"kept-{len(list(tmp_path.iterdir()))}"
    file.write_bytes(content)
    return file


def test_a_whole_log_is_proven(capsys, log: Path):
    code, said = judged(capsys, "log", log, "--witness", WITNESS.text)
    assert code == 0, said
    assert f"The {SIZE} entries in {log} are those" in said
    assert "Witness witness.example/bpkp" in said
    assert "The checkpoint is the directory's own" in said


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 512, 699, 700])
def test_a_checkpoint_from_outside_of_any_size_is_compared(capsys, tmp_path: Path, log: Path, size: int):
    kept = outside(tmp_path, LOG.checkpoint(size))
    code, said = judged(capsys, "log", log, "--checkpoint", kept)
    assert code == 0, said
    assert f"The {size} entries" in said
    assert "directory's own" not in said


def test_tiles_of_a_tree_of_three_levels_are_compared(capsys, tmp_path: Path):
    many = BuiltLog([b"ledger/0\n%d\n{}" % at for at in range(1, 66_000)])
    log = many.written(tmp_path / "log")
    assert judged(capsys, "log", log)[0] == 0
    tile = log / "tile/2/000.p/1"
    tile.write_bytes(bytes(32))
    code, said = judged(capsys, "log", log)
    assert code == 1
    assert "tile/2/000.p/1 does not agree with the entries" in said


def rewritten(number: int, body: bytes) -> bytes:
    return body.replace(b'"n":300}', b'"n":999}')


def test_a_changed_entry_is_named_by_its_index_stream_and_position(capsys, tmp_path: Path, log: Path):
    """Where the hashes were left as they were, the first that was changed is named exactly."""
    BuiltLog(interleaved(SIZE, rewritten)).written(tmp_path / "other")
    name = "tile/entries/001"
    (log / name).write_bytes((tmp_path / "other" / name).read_bytes())
    code, said = judged(capsys, "log", log)
    stream, position, _ = LOG.leaves[300].decode().split("\n")
    assert code == 1
    assert f"Entry 300 ({stream} position {position}) was changed" in said


def test_a_second_history_signed_with_the_logs_own_key_is_found_by_a_checkpoint_from_outside(
    capsys, tmp_path: Path
):
    """Hashes, checkpoint and signature are all made anew; what was kept outside does not fit."""
    forged = BuiltLog(interleaved(SIZE, rewritten)).written(tmp_path / "log")
    assert judged(capsys, "log", forged)[0] == 0
    kept = [outside(tmp_path, LOG.checkpoint(size)) for size in (250, 400, SIZE)]
    words = [word for file in kept for word in ("--checkpoint", file)]
    code, said = judged(capsys, "log", forged, *words)
    assert code == 1
    assert "the first 250 entries agree, and the first that differs is between entries 250 and 399" in said
    assert f"Two checkpoints of {LOG.origin} with {SIZE} entries have different roots" in said


@pytest.mark.parametrize("size", [256, 300])
def test_a_second_history_of_the_size_that_was_kept_is_named_wherever_its_last_tile_ends(
    capsys, tmp_path: Path, size: int
):
    """Its place is told by what agrees below that size; there is no entry behind it."""
    forged = BuiltLog(interleaved(size, lambda number, body: body.replace(b'"n":200}', b'"n":999}')))
    kept = [outside(tmp_path, LOG.checkpoint(one)) for one in (100, size)]
    words = [word for file in kept for word in ("--checkpoint", file)]
    code, said = judged(capsys, "log", forged.written(tmp_path / "log"), *words)
    assert code == 1
    assert "have different roots" in said
    assert f"the first that differs is between entries 100 and {size - 1}" in said


def test_a_log_that_was_cut_back_is_found(capsys, tmp_path: Path):
    cut = BuiltLog(LOG.leaves[:640]).written(tmp_path / "log")
    kept = outside(tmp_path, LOG.checkpoint())
    code, said = judged(capsys, "log", cut, "--checkpoint", kept)
    assert code == 1
    assert "states 700 entries, but entry 640 and what follows are missing" in said
    assert "trail ends at position" in said


@pytest.mark.parametrize("name", sorted(LOG.files([LOG_KEY])))
def test_a_byte_changed_in_any_file_is_found(capsys, log: Path, name: str):
    """In the middle, at the beginning and at the end, and the file cut by one byte and missing.

    A checkpoint that is cut, or no longer has its form, cannot be judged.
    """
    (log / "checkpoint").write_bytes(LOG.checkpoint())
    file = log / name
    whole = file.read_bytes()
    for at in (0, len(whole) // 2, len(whole) - 1):
        file.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        assert judged(capsys, "log", log)[0] in (1, 2 if name == "checkpoint" else 1), at
    file.write_bytes(whole[:-1])
    assert judged(capsys, "log", log)[0] == (2 if name == "checkpoint" else 1)
    file.unlink()
    assert judged(capsys, "log", log)[0] in (1, 2)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda leaves: leaves[:100] + leaves[101:], "where position"),
        (lambda leaves: leaves[:100] + leaves[99:], "where position"),
        (lambda leaves: leaves[:256] + leaves[257:], "where position"),
        (lambda leaves: [*leaves[:100], b"nothing", *leaves[101:]], "Entry 100 is no entry"),
        (lambda leaves: [*leaves[:100], b"trail\n01\n{}", *leaves[101:]], "Entry 100"),
    ],
)
def test_a_log_whose_positions_have_a_gap_is_contradicted_though_it_is_signed(
    capsys, tmp_path: Path, change: Callable[[list[bytes]], list[bytes]], said: str
):
    log = BuiltLog(change(LOG.leaves)).written(tmp_path / "log")
    code, words = judged(capsys, "log", log)
    assert code == 1
    assert said in words


@pytest.mark.parametrize(
    ("keys", "key", "code", "said"),
    [
        ([LOG_KEY], None, 2, "No key of the log was given"),
        ([STRANGER], LOG_KEY, 1, "is not signed with the log's key"),
        ([LOG_KEY, STRANGER], LOG_KEY, 0, "is signed with the log's key"),
        ([QUANTUM_KEY], QUANTUM_KEY, 0, "is signed with the log's key"),
    ],
)
def test_only_a_key_from_outside_proves_who_signed(
    capsys, tmp_path: Path, keys: Sequence[NoteKey], key: NoteKey | None, code: int, said: str
):
    log = LOG.written(tmp_path / "log", keys)
    found, words = judged(capsys, "log", log, key=key)
    assert found == code
    assert said in words
    assert ("\nPROVEN\n" in f"\n{words}") == (code == 0)


def test_a_signature_of_another_checkpoint_is_named(capsys, log: Path):
    whole, other = (LOG.checkpoint(size) for size in (SIZE, 5))
    signature = other.decode().splitlines()[-1]
    (log / "checkpoint").write_text(f"{whole.decode().rpartition('—')[0]}{signature}\n", encoding="utf-8")
    code, said = judged(capsys, "log", log)
    assert code == 1
    assert "is not valid" in said


def test_a_quorum_of_witnesses_is_asked_for(capsys, log: Path):
    """A witness that did not cosign leaves it open; one whose cosignature is wrong contradicts it."""
    both = "--witness", WITNESS.text, "--witness", OTHER_WITNESS.text
    assert judged(capsys, "log", log, *both)[0] == 2
    assert judged(capsys, "log", log, *both, "--quorum", 1)[0] == 0
    body = LOG.body()
    wrong = LOG.checkpoint() + OTHER_WITNESS.line(LOG.body(5)).encode()
    (log / "checkpoint").write_bytes(wrong)
    assert judged(capsys, "log", log, *both, "--quorum", 1)[0] == 1
    (log / "checkpoint").write_bytes(LOG.checkpoint() + OTHER_WITNESS.line(body).encode())
    assert judged(capsys, "log", log, "--witness", OTHER_WITNESS.text)[0] == 0
    assert judged(capsys, "log", log, "--quorum", 1)[0] == 2
    assert judged(capsys, "log", log, "--witness", LOG_KEY.text)[0] == 2


@pytest.mark.parametrize("text", ["a+b+" + "x" * 300, QUANTUM_KEY.text.replace("/", "+")])
def test_a_long_text_that_is_no_key_is_told_and_is_no_file(capsys, log: Path, text: str):
    code, said = judged(capsys, "log", log, "--witness", text)
    assert code == 2
    assert "This is no public key: " in said


def test_keys_come_from_a_file_too(capsys, tmp_path: Path, log: Path):
    keys = tmp_path / "keys"
    keys.write_text(
        f"# of the fund\n{STRANGER.text} old\n{LOG_KEY.text}  the log's, since 2026\n", encoding="utf-8"
    )
    assert main(["log", str(log), "--key", str(keys)]) == 0
    assert "TERBUKTI" in capsys.readouterr().out
    keys.write_text("# nobody's\n\n", encoding="utf-8")
    code, said = judged(capsys, "log", log, "--witness", keys)
    assert (code, f"This is no public key: {keys}" in said) == (2, True), said


def test_a_checkpoint_of_another_log_is_refused(capsys, tmp_path: Path, log: Path):
    other = BuiltLog(LOG.leaves, "kelambu/other/log-1")
    kept = outside(tmp_path, other.checkpoint())
    assert judged(capsys, "log", log, "--checkpoint", kept)[0] == 1


def test_a_data_directory_is_judged_by_its_log(capsys, tmp_path: Path, log: Path):
    kept = outside(tmp_path, LOG.checkpoint(500))
    assert judged(capsys, "data", tmp_path, "--checkpoint", kept)[0] == 0
    assert judged(capsys, "data", tmp_path / "nowhere")[0] == 2


def test_two_checkpoints_are_compared_by_a_log_or_by_a_proof(capsys, tmp_path: Path, log: Path):
    old, new = outside(tmp_path, LOG.checkpoint(300)), outside(tmp_path, LOG.checkpoint(600))
    forged = BuiltLog(interleaved(SIZE, rewritten))
    other = outside(tmp_path, forged.checkpoint(600))
    hashes = "".join(f"{base64_of(one)}\n" for one in proof(300, LOG.leaves[:600]))
    told = outside(tmp_path, f"old 300\n{hashes}\n".encode() + LOG.checkpoint(600))
    for source in (log, told):
        code, said = judged(capsys, "consistency", old, new, source)
        assert code == 0, said
        assert "continues the log with 300 entries" in said
    assert judged(capsys, "consistency", old, other, told)[0] == 1
    assert judged(capsys, "consistency", old, other, log)[0] == 2
    assert judged(capsys, "consistency", old, other, forged.written(tmp_path / "forged"))[0] == 0
    assert judged(capsys, "consistency", new, other, told)[0] == 1
    assert "two histories" in judged(capsys, "consistency", new, other, told)[1]
    assert judged(capsys, "consistency", new, old, told)[0] == 1


def test_witnesses_are_asked_for_on_the_checkpoint_that_was_given(capsys, tmp_path: Path):
    """Not on the newest of the log itself, which they may not have seen yet."""
    log = LOG.written(tmp_path / "log", [LOG_KEY])
    seen = outside(tmp_path, LOG.checkpoint(400, [LOG_KEY, WITNESS]))
    unseen = outside(tmp_path, LOG.checkpoint(500, [LOG_KEY]))
    witness = "--witness", WITNESS.text
    code, said = judged(capsys, "log", log, "--checkpoint", seen, *witness)
    assert code == 0, said
    assert "saw the log of 400 entries" in said
    code, said = judged(capsys, "log", log, "--checkpoint", unseen, *witness)
    assert code == 2
    assert "have cosigned the checkpoint of 500 entries" in said
    assert judged(capsys, "log", log, *witness)[0] == 2


def test_the_first_entry_of_another_history_is_named_where_another_copy_is_at_hand(capsys, tmp_path: Path):
    """Without one it is said why it is not; a copy that ends earlier is compared as far as it goes."""
    forged = BuiltLog(interleaved(SIZE, rewritten)).written(tmp_path / "log")
    kept = outside(tmp_path, LOG.checkpoint(400))
    other = LOG.written(tmp_path / "other")
    words = "log", forged, "--checkpoint", kept
    code, said = judged(capsys, *words)
    assert code == 1
    assert (
        "Which it is cannot be seen from roots alone: another copy of the log shows it with --other" in said
    )
    stream, position, _ = LOG.leaves[300].decode().split("\n")
    code, said = judged(capsys, *words, "--other", other)
    assert code == 1
    assert f"differ from entry 300 on ({stream} position {position} here)" in said
    earlier = BuiltLog(LOG.leaves[:290]).written(tmp_path / "earlier")
    assert (
        "The first entries here, 290 in all, are the same"
        in judged(capsys, "log", other, "--other", earlier)[1]
    )


def receipt(size: int, of: BuiltLog = LOG) -> dict[str, object]:
    """A receipt as the gateway gives it, which names the log as it was then."""
    origin, _, root = of.body(size).splitlines()[:3]
    return {"receipt": "0a", "status": "accepted", "log": {"origin": origin, "size": size, "root": root}}


def test_a_receipt_is_held_against_a_later_log(capsys, tmp_path: Path, log: Path):
    """One, a list of them and one a line; another root is another history, and what is no receipt is not judged."""
    new = outside(tmp_path, LOG.checkpoint(600))
    plain = {"receipt": "0b", "status": "accepted"}
    for content in (
        json.dumps(receipt(300)),
        json.dumps([receipt(20), plain, receipt(300)]),
        "".join(f"{json.dumps(one)}\n" for one in (receipt(20), plain, receipt(300))),
        json.dumps(receipt(300)["log"]),
        json.dumps([{"status": 202, "receipt": plain}, {"status": 202, "receipt": receipt(300)}]),
    ):
        code, said = judged(capsys, "consistency", outside(tmp_path, content.encode()), new, log)
        assert code == 0, said
        assert "continues the log with 300 entries" in said
        assert "is not signed by the log" in said
    hashes = "".join(f"{base64_of(one)}\n" for one in proof(300, LOG.leaves[:600]))
    told = outside(tmp_path, f"old 300\n{hashes}\n".encode() + LOG.checkpoint(600))
    one = outside(tmp_path, json.dumps(receipt(300)).encode())
    assert judged(capsys, "consistency", one, new, told)[0] == 0
    two = outside(tmp_path, json.dumps([receipt(20), receipt(300)]).encode())
    assert judged(capsys, "consistency", two, new, told)[0] == 2
    forged = BuiltLog(interleaved(SIZE, lambda number, body: body.replace(b'"n":10}', b'"n":99}')))
    among = outside(tmp_path, json.dumps([receipt(20), receipt(300, forged), receipt(400)]).encode())
    code, said = judged(capsys, "consistency", among, new, log)
    assert code == 1
    assert "The first that differs is between entries 0 and 299" in said
    for broken in (
        b"{}",
        b"[]",
        b"{",
        b"[" * 200_000,
        b'{"log": 3}',
        b'{"root": "x", "origin": 1, "size": "x"}',
    ):
        assert judged(capsys, "consistency", outside(tmp_path, broken), new, log)[0] == 2


def test_without_cryptography_hashes_are_checked_and_it_is_said(tmp_path: Path, log: Path):
    """In a Python without any package."""
    alone = tmp_path / "verifier.py"
    alone.write_bytes(Path(verifier.__file__).read_bytes())
    command = [sys.executable, "-S", str(alone), "log", str(log), "--key", LOG_KEY.text, "--lang", "en"]
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": ""}
    )
    assert done.returncode == 2
    assert "Signatures were not checked" in done.stdout
    assert f"The {SIZE} entries" in done.stdout
    (log / "tile/entries/000").write_bytes(b"")
    assert subprocess.run(command, check=False, capture_output=True).returncode == 1
