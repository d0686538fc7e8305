"""The bundle of a claim: proven where it is what was recorded, and contradicted wherever it was touched."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from events.catalogue import decode, encode
from services.claim_file.archive import write, zipped
from services.claim_file.contents import ClaimFile
from services.claim_file.recheck import recheck
from services.evidence import verifier
from services.evidence.bundle import (
    BUNDLE,
    CHECKPOINT,
    bundle,
    entries_of,
)
from services.evidence.recalculation import claim_file_in, differing_in
from services.evidence.verifier import LoggedEntry, award, contents, main, written
from services.notary.log import WITNESSED, Log
from services.notary.proofs import NotSealedError, OtherEntryError, inclusion_proof, sealed
from tests.built_logs import LOG_KEY, ORIGIN, STRANGER, WITNESS, BuiltLog, NoteKey, leaf
from tests.claim_files import claim_file_of
from tests.lives import Life, heir

Files = dict[str, bytes]
CLAIM, EARLIER = "P-2", "P-1"
KEYS = f"{LOG_KEY.text} the log's\n{WITNESS.text} a witness\n"


def life() -> Life:
    """A death that is paid to a widow and a child, and an accident of the same person before it."""
    told = Life().insured().filed(EARLIER, "work-accident").filed(CLAIM).died(claim=CLAIM)
    return told.heirs(heir("a"), heir("b", "child", "2"), claim=CLAIM)


@cache
def claim_file() -> ClaimFile:
    return claim_file_of(life(), CLAIM)


def built(file: ClaimFile, origin: str = ORIGIN) -> BuiltLog:
    """A log in which the events of the claim stand among others."""
    leaves = []
    for number, entry in enumerate(entries_of(file), 1):
        leaves.append(
            leaf("ledger/1", number, b'{"type":"kelambu.test","partition":1,"position":%d}' % number)
        )
        leaves.append(entry.encoded())
    return BuiltLog(leaves, origin)


@cache
def log() -> BuiltLog:
    return built(claim_file())


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return log().written(tmp_path_factory.mktemp("log"), [LOG_KEY, WITNESS])


@pytest.fixture(scope="module")
def files(directory: Path) -> Files:
    return made(directory)


def made(directory: Path, file: ClaimFile | None = None) -> Files:
    """The bundle as the product makes it."""
    file, there = file or claim_file(), Log(directory)
    return bundle(there, file, sealed(there, entries_of(file)), KEYS)


@pytest.fixture
def judged(capsys, tmp_path: Path) -> Callable[..., tuple[int, str]]:
    """Exit code and English words about a bundle."""

    def judge(content: Mapping[str, bytes] | bytes, *words: str, key: NoteKey = LOG_KEY) -> tuple[int, str]:
        file = tmp_path / "bundle.zip"
        file.write_bytes(content if isinstance(content, bytes) else zipped(content))
        code = main(["bundle", str(file), "--key", key.text, "--lang", "en", *words])
        return code, capsys.readouterr().out

    return judge


def relabelled(files: Files, **other: object) -> Files:
    """A bundle whose list was written anew over its other files, as a forger would."""
    entries = sorted(
        verifier.read_leaf(int(Path(name).stem), content)
        for name, content in files.items()
        if name.endswith(".entry")
    )
    claim = str(other.get("claim", CLAIM))
    rest = {name: content for name, content in files.items() if name != BUNDLE}
    checkpoint = verifier.read_checkpoint(files[CHECKPOINT])
    told = contents(claim, checkpoint.origin, checkpoint.size, entries, rest)
    return {**rest, BUNDLE: written(told)}


def test_a_bundle_is_proven_and_says_what_was_concluded(judged, files: Files):
    code, said = judged(files, "--witness", WITNESS.text)
    assert code == 0, said
    assert (
        f"Every entry in this file ({len(claim_file().events)} in all) stands in the log exactly so" in said
    )
    assert f"All of it is about claim {CLAIM}" in said
    assert "due, Rp42.000.000" in said
    assert f"Witness {WITNESS.name}+" in said
    assert "That nothing else was recorded about this claim" in said


def test_what_is_too_long_for_an_entry_is_held_against_its_hash(judged, tmp_path: Path):
    """The log has the SHA-256 of it, the bundle what it stands for; another content is found."""
    first, *others = claim_file().events
    file = replace(claim_file(), events=(first + b" " * 70_000, *others))
    files = made(built(file).written(tmp_path / "log", [LOG_KEY]), file)
    (body,) = (name for name in files if name.endswith(".body"))
    assert b"\n1\nsha256:" in files[body.replace(".body", ".entry")]
    code, said = judged(files)
    assert code == 0, said
    assert claim_file_in(files)
    code, said = judged(relabelled({**files, body: files[body] + b" "}))
    assert code == 1
    assert body in said


def test_a_body_beside_an_entry_that_is_whole_is_found(judged, files: Files):
    """Recheck would calculate from it, though no proof is of it."""
    entry = next(name for name in files if name.endswith(".entry"))
    body = entry.replace(".entry", ".body")
    forged = relabelled({**files, body: files[entry].split(b"\n", 2)[2]})
    code, said = judged(forged)
    assert code == 1
    assert f"{body} does not agree" in said
    assert differing_in(forged) == body


def test_nothing_is_calculated_from_a_bundle_that_contradicts_itself(files: Files):
    """What the verifier names is named before the award is calculated again, whoever changed the list as well."""
    assert differing_in(files) == ""
    forged = {**files, "award.json": files["award.json"].replace(b"42000000", b"43000000")}
    assert forged != files
    assert differing_in(relabelled(forged)) == "award.json"
    assert differing_in({**files, "keys": b""}) == "bundle.json"


def test_the_same_claim_gives_the_same_bundle(directory: Path, files: Files):
    assert zipped(made(directory)) == zipped(files)


def test_what_is_in_a_bundle_is_what_its_page_lists(files: Files):
    page = files["README.md"].decode()
    for name in files:
        top = name.split("/")[0]
        assert f"`{top}`" in page or f"`{top}/" in page or top in ("README.md", "verifier.py")


def changed(content: bytes, at: int) -> bytes:
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


def test_a_byte_changed_in_any_file_is_found(judged, files: Files):
    """In the middle and at the end; and the file emptied and missing."""
    for name, content in files.items():
        for other in (changed(content, len(content) // 2), changed(content, len(content) - 1), b""):
            assert judged({**files, name: other})[0] == 1, name
        rest = {other: content for other, content in files.items() if other != name}
        assert judged(rest)[0] == 1, name


def test_a_byte_changed_in_any_proven_file_is_found_though_the_list_was_written_anew(judged, files: Files):
    """What the list says itself is not needed for it.

    Entries, proofs, checkpoint, award and rulebooks follow from the entries.
    """
    for name, content in files.items():
        if name.split("/")[0] in ("keys", "README.md", "verifier.py", BUNDLE) or name.endswith(".toml"):
            continue
        for at in (0, len(content) // 2, len(content) - 1):
            forged = {**files, name: changed(content, at)}
            try:
                forged = relabelled(forged)
            except verifier.Contradiction:
                continue
            assert judged(forged)[0] == 1, name


def test_a_bundle_with_the_label_of_another_claim_is_found(judged, files: Files):
    """Of nobody's claim, of a stranger's, and of another claim of the same person, whose award would be another."""
    code, said = judged(relabelled(files, claim="P-9"))
    assert code == 1
    assert "the filing of that claim is not in it" in said
    code, said = judged(relabelled(files, claim=EARLIER))
    assert code == 1
    assert "award.json does not agree" in said


def test_an_entry_of_somebody_else_is_found_though_it_stands_in_the_log(judged, files: Files):
    stranger = LoggedEntry(0, "ledger/1", 1, log().leaves[0].split(b"\n", 2)[2])
    proof = log().proof(0, files[CHECKPOINT])
    entries = [*_entries(files), stranger]
    added = {
        **files,
        "entries/0.entry": log().leaves[0],
        "proofs/0.tlog-proof": proof,
        "award.json": written(award(CLAIM, sorted(entries))),
    }
    code, said = judged(relabelled(added))
    assert code == 1
    assert "is neither about claim" in said


def _entries(files: Files) -> list[LoggedEntry]:
    return sorted(
        verifier.read_leaf(int(Path(name).stem), content)
        for name, content in files.items()
        if name.endswith(".entry")
    )


def test_an_entry_left_out_is_found_unless_all_that_speaks_of_it_is_written_anew_and_then_it_is_said(
    judged, files: Files
):
    """No bundle can prove that nothing is missing: that is said, and what is there is proven still."""
    last = max(int(Path(name).stem) for name in files if name.endswith(".entry"))
    fewer = {
        name: content
        for name, content in files.items()
        if name not in (f"entries/{last}.entry", f"proofs/{last}.tlog-proof")
    }
    assert judged(fewer)[0] == 1
    assert judged(relabelled(fewer))[0] == 1
    anew = relabelled({**fewer, "award.json": written(award(CLAIM, _entries(fewer)))})
    code, said = judged(anew)
    assert code == 0
    assert "only the whole log shows that" in said


def test_proofs_of_another_log_are_found(judged, files: Files, tmp_path: Path):
    """Of another installation with a key of its own, and of the same name with a key that nobody knows."""
    other = built(claim_file(), "kelambu/other/log-1").written(
        tmp_path / "a", [NoteKey("kelambu/other/log-1", 1, 5)]
    )
    code, said = judged(made(other))
    assert code == 1
    assert "is not signed with the log's key" in said
    unknown = log().written(tmp_path / "b", [STRANGER])
    code, said = judged(made(unknown))
    assert code == 1
    assert f"but with: {ORIGIN}+" in said
    mixed = {**files, **{name: text for name, text in made(unknown).items() if name.startswith("proofs/")}}
    assert judged(relabelled(mixed))[0] == 1


def test_a_history_written_anew_for_one_claim_is_found(judged, files: Files, tmp_path: Path):
    """An insider changes a sum in an entry and makes every hash anew, but has no key."""
    bodies = tuple(body.replace(b"10000000", b"90000000") for body in claim_file().events)
    forged = replace(claim_file(), events=bodies)
    directory = built(forged).written(tmp_path / "log", [STRANGER])
    signed = {**made(directory, forged), CHECKPOINT: files[CHECKPOINT]}
    assert judged(made(directory, forged))[0] == 1
    assert judged(relabelled(signed))[0] == 1


def test_without_a_key_from_outside_nothing_is_proven(capsys, files: Files, tmp_path: Path):
    file = tmp_path / "bundle.zip"
    file.write_bytes(zipped(files))
    assert main(["bundle", str(file), "--lang", "id"]) == 2
    assert "Kunci log tidak diberikan" in capsys.readouterr().out


@pytest.mark.parametrize(
    "name",
    [
        "../verifier.py",
        "/etc/passwd",
        "entries/../x.entry",
        "entries/01.entry",
        "C:\\x",
        "extra.txt",
        "rulebook/x/y.toml",
    ],
)
def test_a_file_that_no_bundle_has_is_named_and_nothing_is_written(
    judged, files: Files, tmp_path: Path, name: str
):
    before = sorted(tmp_path.rglob("*"))
    code, said = judged({**files, name: b"x"})
    assert code == 1
    assert "is no part of a bundle" in said
    assert sorted(tmp_path.rglob("*")) in (before, [tmp_path / "bundle.zip"])


def test_a_zip_that_would_fill_the_memory_is_refused(judged, files: Files, monkeypatch):
    """More zeros than a bundle can have, packed small, and a name twice."""
    most = sum(map(len, files.values()))
    monkeypatch.setattr(verifier, "MOST_BYTES", most)
    assert judged(files)[0] == 0
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(CHECKPOINT, bytes(most + 1))
    assert len(content.getvalue()) < most // 100
    code, said = judged(content.getvalue())
    assert code == 2
    assert "bundle.zip does not have the form" in said
    monkeypatch.undo()
    content = io.BytesIO(zipped(files))
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(content, "a") as archive:
        archive.writestr(BUNDLE, files[BUNDLE])
    assert judged(content.getvalue())[0] == 1


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.floats(0, 1, exclude_max=True), st.integers(1, 255))
@example(0.999, 255)
def test_no_byte_of_the_zip_itself_can_be_changed_so_that_something_else_is_proven(
    judged, files: Files, place: float, mask: int
):
    """Either the same is proven as before, since the byte says nothing, or nothing is; never is it another claim."""
    whole = zipped(files)
    at = int(place * len(whole))
    code, said = judged(whole[:at] + bytes([whole[at] ^ mask]) + whole[at + 1 :])
    assert code in (0, 1, 2)
    assert (code == 0) is ("due, Rp42.000.000" in said)


@pytest.mark.parametrize("content", [b"", b"PK", b"{}"])
def test_what_is_no_bundle_cannot_be_judged(judged, content: bytes):
    assert judged(content)[0] == 2


def test_a_zip_that_is_packed_in_another_way_is_not_unpacked(judged, files: Files):
    """Damage of what others pack is told by errors of their own."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr(BUNDLE, files[BUNDLE])
    code, said = judged(content.getvalue().replace(b"\x5d", b"\xff"))
    assert code == 2
    assert "bundle.zip does not have the form" in said


@pytest.mark.parametrize("part", [0.1, 0.5, 0.99, 0.999])
def test_a_zip_that_is_cut_cannot_be_judged_and_contradicts_nothing(judged, files: Files, part: float):
    whole = zipped(files)
    code, said = judged(whole[: int(len(whole) * part)])
    assert code == 2
    assert "bundle.zip cannot be read" in said


def test_an_empty_zip_lacks_what_a_bundle_has(judged):
    code, said = judged(b"PK\x05\x06" + bytes(18))
    assert code == 1
    assert "bundle.json is missing" in said


def test_a_bundle_may_be_a_folder(capsys, files: Files, tmp_path: Path):
    """As ``kelambu prove`` writes one; what no bundle has is named by its path in it, and so is a link out of it."""
    folder = tmp_path / "proof"
    write(folder, files)
    words = ["bundle", str(folder), "--key", LOG_KEY.text, "--lang", "en"]
    assert main(words) == 0
    assert "due, Rp42.000.000" in capsys.readouterr().out
    (folder / "entries" / "extra.txt").symlink_to(tmp_path)
    assert main(words) == 1
    assert "entries/extra.txt is no part of a bundle" in capsys.readouterr().out
    (folder / "entries" / "extra.txt").unlink()
    (folder / "keys").write_bytes(b"")
    assert main(words) == 1
    assert "bundle.json does not agree" in capsys.readouterr().out


def test_the_rulebook_that_entries_name_is_bound_by_its_hash(judged, files: Files):
    """What it states, byte for byte; the files it was written in are for ``recheck``.

    Another, or none, is never called proven.
    """
    (stated,) = (name for name in files if name.startswith("rulebook/") and name.endswith(".json"))
    assert b'"value":20000000' in files[stated]
    code, said = judged(files)
    assert code == 0
    assert f"is enclosed whole: {stated} has that hash" in said
    other = files[stated].replace(b'"value":20000000', b'"value":29000000')
    code, said = judged(relabelled({**files, stated: other}))
    assert code == 1
    assert f"{stated} does not agree" in said
    without = {name: content for name, content in files.items() if name != stated}
    code, said = judged(relabelled(without))
    assert code == 2
    assert f"({stated}) is not enclosed" in said
    none = {name: content for name, content in files.items() if not name.startswith("rulebook/")}
    code, said = judged(relabelled(none))
    assert code == 1
    assert "which is not enclosed" in said
    foreign = f"rulebook/{bytes(32).hex()}.json"
    code, said = judged(relabelled({**files, foreign: b"[]"}))
    assert code == 1
    assert f"rulebook/{bytes(32).hex()} is no part of a bundle" in said
    assert judged(relabelled({**files, "rulebook/x.json": b"[]"}))[0] == 1


def test_of_a_rulebook_that_this_program_cannot_read_any_more_the_bundle_has_the_files_only(
    judged, directory: Path
):
    """Of an earlier engine, or damaged where it is kept.

    The bundle is made all the same, and what is not bound is said.
    """
    (digest, texts), *_ = claim_file().rulebooks.items()
    for damaged in (
        {"scheme.toml": "name = 1"},
        {name: text.replace("20_000_000", "29_000_000") for name, text in texts.items()},
    ):
        code, said = judged(made(directory, replace(claim_file(), rulebooks={digest: damaged})))
        assert code == 2
        assert f"(rulebook/{digest}.json) is not enclosed" in said


def test_a_bundle_that_is_not_there_cannot_be_judged(capsys, tmp_path: Path):
    assert main(["bundle", str(tmp_path / "none.zip"), "--key", LOG_KEY.text]) == 2


def test_the_checkpoint_of_witnesses_is_taken_where_it_covers_all(tmp_path: Path):
    directory = log().written(tmp_path / "log")
    there, wanted = Log(directory), entries_of(claim_file())
    (directory / WITNESSED).write_bytes(log().checkpoint(keys=[LOG_KEY, WITNESS]))
    assert WITNESS.name in sealed(there, wanted).note
    (directory / WITNESSED).write_bytes(log().checkpoint(2, keys=[LOG_KEY, WITNESS]))
    assert WITNESS.name not in sealed(there, wanted).note


class GrowingLog(Log):
    """A log whose notary gives out another checkpoint between any two readings."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self._sizes = iter(range(len(log().leaves) - 1, 0, -1))

    def note(self, name: str = CHECKPOINT) -> str | None:
        return log().checkpoint(next(self._sizes)).decode() if name == CHECKPOINT else None


def test_the_checkpoint_of_a_proof_is_that_of_its_note(tmp_path: Path):
    """Also where the notary gives out another one meanwhile."""
    first = entries_of(claim_file())[:1]
    found = sealed(GrowingLog(log().written(tmp_path / "log")), first)
    assert verifier.read_checkpoint(found.note.encode()).size == found.checkpoint.size


def test_what_is_not_sealed_yet_is_told(tmp_path: Path):
    directory = log().written(tmp_path / "log")
    (directory / CHECKPOINT).write_bytes(log().checkpoint(len(log().leaves) - 1))
    with pytest.raises(NotSealedError):
        sealed(Log(directory), entries_of(claim_file()))


def test_a_ledger_that_says_something_else_than_the_log_gets_no_bundle(tmp_path: Path):
    directory = log().written(tmp_path / "log")
    first, *rest = claim_file().events
    other = encode(replace(decode(first), id="p00-99"))
    with pytest.raises(OtherEntryError):
        sealed(Log(directory), entries_of(replace(claim_file(), events=(other, *rest))))


def test_a_proof_of_one_event_is_checked_alone(capsys, directory: Path, tmp_path: Path):
    """With its entry in it, or beside it; with another one it is contradicted."""
    there = Log(directory)
    note, index = there.note() or "", 3
    told = there.entry(index).encoded()
    file, entry = tmp_path / "event.tlog-proof", tmp_path / "entry"
    size = len(log().leaves)
    file.write_bytes(inclusion_proof(there, index, size, note, told))
    assert file.read_bytes() == log().proof(index, note.encode(), extra=told)
    assert main(["proof", str(file), "--key", LOG_KEY.text, "--lang", "en"]) == 0
    assert (
        "Entry 3 of the log is ledger/0 position 2: kelambu.participant.enrolled" in capsys.readouterr().out
    )
    file.write_bytes(inclusion_proof(there, index, size, note))
    assert main(["proof", str(file), "--key", LOG_KEY.text]) == 2
    entry.write_bytes(told)
    assert main(["proof", str(file), "--key", LOG_KEY.text, "--entry", str(entry)]) == 0
    entry.write_bytes(told.replace(b"1970", b"1971"))
    assert main(["proof", str(file), "--key", LOG_KEY.text, "--entry", str(entry)]) == 1
    assert main(["proof", str(file), "--key", STRANGER.text, "--entry", str(entry)]) == 1
    whole = file.read_bytes()
    for size in (0, 30, 100, len(whole) - 1):
        file.write_bytes(whole[:size])
        assert main(["proof", str(file), "--key", LOG_KEY.text, "--entry", str(entry)]) == 2


def test_what_is_printed_of_a_bundle_moves_no_terminal(judged, files: Files):
    said = json.loads(files[BUNDLE])
    said["claim"] = "\x1b[2J\u202e"
    code, words = judged({**files, BUNDLE: written(said)})
    assert code == 1
    assert "\x1b" not in words
    assert "\u202e" not in words


def test_the_award_of_a_bundle_is_calculated_again(files: Files):
    """From the bundle alone; an entry that says another sum, or a rule that states another, comes out otherwise."""
    found = recheck(claim_file_in(files), lambda *_: {})
    assert found.findings == []
    assert found.result is not None
    assert found.result.sums.entitled == 42_000_000
    forged = {
        name: content.replace(b'"amount":10000000', b'"amount":90000000') for name, content in files.items()
    }
    assert recheck(claim_file_in(forged), lambda *_: {}).findings
    rule = {name: content.replace(b"20_000_000", b"29_000_000") for name, content in files.items()}
    assert rule != files
    assert {one.check for one in recheck(claim_file_in(rule), lambda *_: {}).findings} >= {"rulebooks"}
