"""The verifier's tree of RFC 6962 and its signed notes, against vectors that others have published."""

from __future__ import annotations

import ast
import base64
import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.evidence import verifier
from services.evidence.verifier import (
    Contradiction,
    NotJudged,
    SignedCheckpoint,
    consistency_is_proven,
    inclusion_is_proven,
    leaf_hash,
    main,
    node_hash,
    read_checkpoint,
    read_key,
    root_of,
    verify,
)
from services.letters.statement import Says
from tests.built_logs import (
    LOG_KEY,
    OTHER_WITNESS,
    QUANTUM_KEY,
    STRANGER,
    WITNESS,
    BuiltLog,
    NoteKey,
    interleaved,
    path,
    proof,
    tree,
)

VECTORS = Path(__file__).parents[1] / "notary"
TREE: dict[str, Any] = json.loads((VECTORS / "rfc6962_vectors.json").read_text(encoding="utf-8"))
NOTES: dict[str, Any] = json.loads((VECTORS / "signed_note.json").read_text(encoding="utf-8"))


def raw(text: str | None) -> bytes:
    return base64.b64decode(text or "")


def test_leaves_nodes_and_roots_are_those_of_the_vectors():
    single, leaves = TREE["single"], [bytes.fromhex(one) for one in TREE["leaf_inputs_hex"]]
    assert root_of([]).hex() == single["empty_root"]
    assert leaf_hash(b"L123456").hex() == single["leaf_of_L123456"]
    assert node_hash(b"N123", b"N456").hex() == single["node_of_N123_N456"]
    for size, root in enumerate(TREE["roots_by_size_0_to_8"]):
        assert root_of([leaf_hash(one) for one in leaves[:size]]).hex() == root


@pytest.mark.parametrize("case", TREE["inclusion_cases"], ids=lambda case: case["file"])
def test_inclusion_is_judged_as_the_vectors_say(case: dict[str, Any]):
    told = [raw(one) for one in case["proof"] or []]
    judged = inclusion_is_proven(
        raw(case["leafHash"]), case["leafIdx"], case["treeSize"], told, raw(case["root"])
    )
    assert judged is not case["wantErr"]


@pytest.mark.parametrize("case", TREE["consistency_cases"], ids=lambda case: case["file"])
def test_consistency_is_judged_as_the_vectors_say(case: dict[str, Any]):
    """But for old trees of no entry, which some refuse and others, as here, take for the beginning of every log."""
    told = [raw(one) for one in case["proof"] or []]
    old, new = raw(case["root1"]), raw(case["root2"])
    judged = consistency_is_proven(case["size1"], case["size2"], told, old, new)
    empty = case["size1"] == 0 and not told and old == root_of([])
    assert judged is (empty or not case["wantErr"]) or case["size1"] == case["size2"] == 0


@given(st.integers(0, 40), st.integers(1, 40), st.integers(0, 39), st.randoms(use_true_random=False))
def test_every_proof_of_the_rfc_is_accepted_and_no_changed_one(old: int, size: int, index: int, random):
    """Built by the definitions of the RFC, word for word."""
    old, index = min(old, size), index % size
    leaves = [bytes([at]) for at in range(size)]
    told, root = path(index, leaves), tree(leaves)
    leaf = leaf_hash(leaves[index])
    assert inclusion_is_proven(leaf, index, size, told, root)
    assert not inclusion_is_proven(leaf, index, size, [*told, root], root)
    assert not inclusion_is_proven(leaf_hash(b"other"), index, size, told, root)
    for at in range(len(told)):
        assert not inclusion_is_proven(leaf, index, size, told[:at] + told[at + 1 :], root)
    continued = proof(old, leaves) if old else []
    assert consistency_is_proven(old, size, continued, tree(leaves[:old]), root)
    assert not consistency_is_proven(old, size, continued, leaf, root) or old == size == 1
    if continued:
        at = random.randrange(len(continued))
        assert not consistency_is_proven(
            old, size, [*continued[:at], leaf_hash(b"x"), *continued[at + 1 :]], tree(leaves[:old]), root
        )


def test_the_published_note_is_signed_by_its_published_key():
    told = NOTES["c2sp_note"]
    key = read_key(told["vkey"])
    signature = raw(told["signature_line"].split(" ")[2])
    note = SignedCheckpoint(told["text"], "", 0, b"", {}, ())
    assert signature[:4].hex() == key.id
    assert verify(key, signature[4:], note) == 0
    assert verify(key, signature[4:], note._replace(text=told["text"] + "\n")) is None


def test_the_published_checkpoint_is_read():
    found = read_checkpoint(NOTES["c2sp_checkpoint_example"]["checkpoint"].encode())
    assert (found.origin, found.size, found.heads) == ("example.com/behind-the-sofa", 20852163, {})
    log, witness = found.signatures
    assert witness[0].endswith("+8d66cf3f")
    assert int.from_bytes(witness[1][:8], "big") == NOTES["c2sp_checkpoint_example"]["cosignature_timestamp"]
    assert len(log[1]) == 64


@pytest.mark.parametrize("key", [LOG_KEY, QUANTUM_KEY, WITNESS, OTHER_WITNESS])
def test_each_kind_of_signature_holds_for_its_own_checkpoint_only(key: NoteKey):
    log = BuiltLog(interleaved(5))
    found, other = (read_checkpoint(log.checkpoint(size, [key])) for size in (5, 4))
    judged = verify(read_key(key.text), found.signatures[0][1], found)
    assert judged == (0 if key.kind == 1 else 1_790_000_000)
    assert verify(read_key(key.text), found.signatures[0][1], other) is None
    assert verify(read_key(key.text), found.signatures[0][1][:-1], found) is None


def test_a_key_whose_id_is_not_its_own_is_none():
    name, _, rest = LOG_KEY.text.split("+", 2)
    other = STRANGER.text.split("+")[1]
    for text in (f"{name}+{other}+{rest}", f"{name}+{rest}", name, "", LOG_KEY.text[:-4]):
        with pytest.raises(NotJudged):
            read_key(text)


@pytest.mark.parametrize(
    "change",
    [
        lambda note: note.replace(b"\n\n", b"\n"),
        lambda note: note[:-1],
        lambda note: note.replace(b"\n5\n", b"\n05\n"),
        lambda note: note.replace(b"\n5\n", b"\n-5\n"),
        lambda note: note.replace(b"ledger/1", b"ledger/0"),
        lambda note: note.replace(b"\n5\n", b"\r\n5\n"),
        lambda note: note.replace("—".encode(), b"-"),
        lambda note: note.replace(b"\n5\n", b"\n5\n\xff\n"),
        lambda note: b"",
    ],
)
def test_what_is_no_checkpoint_is_refused(change):
    note = BuiltLog(interleaved(5)).checkpoint()
    read_checkpoint(note)
    with pytest.raises(Contradiction):
        read_checkpoint(change(note))


def test_only_a_line_feed_ends_a_line_of_a_checkpoint():
    note = BuiltLog(interleaved(5)).checkpoint().replace(b"ledger/0 ", "ledger/0\u2028 ".encode())
    assert "ledger/0\u2028" in read_checkpoint(note).heads


def test_the_verifier_stands_alone(tmp_path):
    """Copied away, in a Python without site packages, it loads nothing of ours and nothing but the standard library."""
    alone = tmp_path / "verifier.py"
    alone.write_bytes(Path(verifier.__file__).read_bytes())
    code = "import sys, verifier; print(sorted({n.partition('.')[0] for n in sys.modules} - sys.stdlib_module_names))"
    told = subprocess.run(
        [sys.executable, "-S", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == "['__main__', 'verifier']"


def test_every_text_is_there_in_both_languages_with_the_same_facts():
    for key, (indonesian, english) in verifier.TEXTS.items():
        assert indonesian != english, key
        assert set(re.findall(r"{\w+}", indonesian)) == set(re.findall(r"{\w+}", english)), key


LINE = "kelambu-letter/1|MUBA-2025-00005|ordered|42000000|2025-06-30|3:1234|kelambu/0123456789abcdef0123456789abcdef/letters|U0mEVsDTXKskR3WHigJPrrlFb5hX5Tpnv0Cqba20jX0FuRFNc9RybBw4ADTBL1Ss2sN_hbTxX-GCzXkSK2FpAg"
"""The published line of ``docs/letters.md``."""


def letter_key(name: str = "kelambu/0123456789abcdef0123456789abcdef/letters") -> str:
    """The published public key of ``docs/letters.md``, as a key of this name."""
    public = b"\x01" + bytes.fromhex("03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8")
    told = hashlib.sha256(name.encode() + b"\n" + public).digest()[:4].hex()
    return f"{name}+{told}+{base64.b64encode(public).decode()}"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (LINE, 0),
        (LINE[:60] + "\n  " + LINE[60:], 0),
        (LINE.replace("42000000", "48000000"), 1),
        (LINE.replace("00005", "00006"), 1),
        (LINE.replace("/letters", "/log-1"), 1),
        (LINE[:-1], 2),
        ("", 2),
    ],
)
def test_a_letter_is_judged_by_its_line(capsys, text: str, code: int):
    """The vector that is published, read from a photograph however it is wrapped.

    Whatever was changed in it is forged, and one that is cut says nothing.
    """
    assert main(["letter", text, "--key", letter_key(), "--lang", "en"]) == code
    said = capsys.readouterr().out
    assert ("of claim MUBA-2025-00005: granted, Rp42.000.000" in said) is (code == 0)
    assert main(["letter", LINE]) == 2
    assert main(["letter", LINE, "--key", letter_key("kelambu/other/letters")]) == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--help"], "Kode keluar: 0 semua terbukti"),
        (["--help", "--lang", "en"], "Exit code: 0 everything is proven"),
        (["log", "-h", "--lang=en"], "Exit code: 0 everything is proven"),
        ([], "Kode keluar"),
    ],
)
def test_it_says_how_it_is_used_in_both_languages(capsys, monkeypatch, words: list[str], said: str):
    monkeypatch.delenv("KELAMBU_LANG", raising=False)
    assert main(words) == 0
    assert said in capsys.readouterr().out
    monkeypatch.setenv("KELAMBU_LANG", "en")
    assert main(["--help"]) == 0
    assert "Exit code" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "indonesian", "english"),
    [
        (["--key", "x"], "Perintahnya tidak disebut", "No command is named; there are: bundle, proof, log"),
        (["nothing", "x"], "Tidak ada perintah nothing", "There is no command nothing; there are: bundle"),
        (
            ["log"],
            "Sesudah log harus ada tepat 1",
            "Behind log stand as many places or texts as 1; given were: –",
        ),
        (["consistency", "x", "y"], "yang diberikan: x, y", "as many places or texts as 3; given were: x, y"),
        (
            ["bundle", "x", "--checkpoint", "y"],
            "bundle tidak mengenal --checkpoint",
            "bundle takes no --checkpoint",
        ),
        (["log", "x", "--check=y"], "log tidak mengenal --check", "The command log takes no --check"),
        (["log", "x", "--key"], "--key tidak diberi isi", "--key is given no value"),
        (
            ["log", "x", "--other", "a", "--other", "b"],
            "--other hanya boleh",
            "--other can be given once only",
        ),
        (["export", "x"], "export membutuhkan --log DIREKTORI", "export needs --log DIRECTORY"),
        (["log", "x", "--quorum", "-1"], "--quorum -1 bukan", "--quorum -1 is no number from 1 on"),
        (["log", "x", "--quorum=two"], "--quorum two bukan", "--quorum two is no number"),
    ],
)
def test_what_a_command_does_not_take_is_refused_with_what_was_wrong(
    capsys, words: list[str], indonesian: str, english: str
):
    """Behind how it is used stands in both languages which option or place it was; nothing is passed over."""
    for language, usage, said in (("id", "BERKAS.zip", indonesian), ("en", "FILE.zip", english)):
        assert main(["--lang", language, *words]) == 2
        *before, last = capsys.readouterr().out.rstrip("\n").split("\n")
        assert said in last
        assert f"python verifier.py bundle {usage}" in "\n".join(before)


def test_a_language_that_it_does_not_speak_is_refused(capsys):
    assert main(["log", "x", "--lang", "fr"]) == 2
    assert "--lang fr bukan id atau en." in capsys.readouterr().out


def test_why_a_file_cannot_be_read_is_said_in_the_language_that_is_spoken(capsys, tmp_path: Path):
    """Not in that of the machine."""
    (tmp_path / "no.zip").write_bytes(b"PK")
    for words, indonesian, english in (
        (["proof", str(tmp_path / "none")], "none tidak dapat dibaca: tidak ada", "it is not there"),
        (["proof", str(tmp_path)], "ini direktori", "it is a directory"),
        (["bundle", str(tmp_path / "none")], "none tidak dapat dibaca: tidak ada", "it is not there"),
        (["bundle", str(tmp_path / "no.zip")], "bukan ZIP yang utuh", "it is no whole ZIP"),
        (["proof", str(tmp_path / "no.zip" / "x")], "bukan direktori", "a part of its path is no directory"),
    ):
        for language, said in (("id", indonesian), ("en", english)):
            assert main([*words, "--lang", language]) == 2
            assert said in capsys.readouterr().out


SOURCE = Path(verifier.__file__).read_text(encoding="utf-8")


def sections() -> dict[str, range]:
    """The lines of each section of the verifier by its name, in their order."""
    lines = SOURCE.splitlines()
    begins = [(at, line.strip("# =")) for at, line in enumerate(lines, 1) if line.startswith("# ====")]
    ends = [at for at, _ in begins[1:]] + [len(lines) + 1]
    return {name: range(at, end) for (at, name), end in zip(begins, ends, strict=True)}


def test_its_head_lists_every_section_with_its_length():
    """Whoever is to read it sees how much that is."""
    listed = re.findall(r"^    ([A-Z][\w ]*?) +(\d+) lines  ", verifier.__doc__ or "", re.MULTILINE)
    assert [(name, int(count)) for name, count in listed] == [
        (name, len(lines)) for name, lines in sections().items()
    ]


def test_the_page_says_how_much_decides_about_a_bundle():
    """As many lines as the first five sections have."""
    page = (Path(__file__).parents[3] / "docs" / "evidence.md").read_text(encoding="utf-8")
    first = sum(len(lines) for lines in [*sections().values()][:5])
    assert f"first five sections say, {first} lines" in page


def test_each_section_needs_only_those_above_it_and_the_texts():
    """So what decides about a bundle is in the first five, as the head says."""
    tree = ast.parse(SOURCE)
    defined = {
        name: statement.lineno
        for statement in tree.body
        for name in (
            [statement.name]
            if isinstance(statement, ast.FunctionDef | ast.ClassDef)
            else [
                one.id
                for one in ast.walk(statement)
                if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)
            ]
        )
    }
    section = {line: name for name, lines in sections().items() for line in lines}
    order = [*sections()]
    assert order[4] == "Bundle"
    assert order[-1] == "Texts"
    for one in ast.walk(tree):
        if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Load) and defined.get(one.id, 0) in section:
            needed, here = section[defined[one.id]], section.get(one.lineno, order[0])
            assert needed == "Texts" or order.index(needed) <= order.index(here), (one.id, one.lineno)


def test_both_texts_of_use_name_every_command_and_option():
    for usage in verifier.USAGE:
        assert set(re.findall(r"verifier\.py (\w+) ", usage)) == verifier.COMMANDS.keys()
        options = {f"--{option}" for _, options in verifier.COMMANDS.values() for option in options}
        assert options | {"--key", "--witness", "--quorum", "--lang"} <= set(re.findall(r"--\w+", usage))


def test_every_word_of_a_letter_has_words():
    assert {f"says-{word}" for word in get_args(Says)} <= verifier.TEXTS.keys()
