"""What does not fit is named once, with what to do, in both languages; what fits is not mentioned."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from events.message import message
from services.installation.batch_directory import MARK, owner_of
from services.installation.identity import InstallationError, InstallationIdentity
from services.installation.inspection import Parts
from services.installation.mismatches import EVERYTHING, blocks, mismatches, nothing_there
from services.installation.opening import Gate, refusal
from services.ledger.installation_marks import CoreMark, Generation
from services.sealing.key_mark import KeysMark
from services.texts.catalogue import render

OURS = InstallationIdentity("0" * 32, 2, "a" * 8)
THEIRS = InstallationIdentity("1" * 32, 2, "b" * 8)
EARLIER, LATER = InstallationIdentity("0" * 32, 1, "c" * 8), InstallationIdentity("0" * 32, 3, "d" * 8)
APART = InstallationIdentity("0" * 32, 2, "e" * 8)
SOUND = Parts(
    core=CoreMark(
        owner=str(OURS),
        fingerprint="f",
        generation=Generation(3, "x"),
        partitions=2,
        events=9,
        batches=1,
        bare=False,
    ),
    edge=str(OURS),
    keys=KeysMark(owner=str(OURS), whole=True, empty=False, generation=(4, "y")),
    passed="x",
    fingerprint="f",
    read_models=str(OURS),
    built=True,
    batches=str(OURS),
    files=1,
    batches_at=Path("batches"),
)
EMPTY = Parts(
    core=CoreMark(), edge="", keys=KeysMark(), passed=None, fingerprint="", read_models="", built=False,
    batches="", files=0, batches_at=Path("batches"),
)  # fmt: skip


def keys(**changed: object) -> KeysMark:
    return replace(SOUND.keys, **changed)


WRONG = {
    "keys missing": replace(SOUND, keys=KeysMark(), passed=None, fingerprint=""),
    "keys foreign": replace(SOUND, keys=keys(owner=str(THEIRS))),
    "keys foreign secret": replace(SOUND, fingerprint="g"),
    "keys foreign without secret": replace(SOUND, fingerprint=""),
    "keys older": replace(SOUND, keys=keys(generation=(2, "z")), passed=None),
    "keys older way": replace(SOUND, passed="q"),
    "keys earlier": replace(SOUND, keys=keys(owner=str(EARLIER))),
    "keys later": replace(SOUND, keys=keys(owner=str(LATER))),
    "keys apart": replace(SOUND, keys=keys(owner=str(APART))),
    "read models foreign": replace(SOUND, read_models=str(THEIRS)),
    "read models missing": replace(SOUND, read_models=""),
    "batch files missing": replace(SOUND, batches="", files=0),
    "batch files missing before any left": replace(
        SOUND, core=replace(SOUND.core, batches=0, directory=True), batches="", files=0
    ),
    "batch files earlier": replace(SOUND, batches=str(EARLIER)),
    "batch files foreign": replace(SOUND, batches=str(THEIRS)),
    "edge missing": replace(SOUND, edge=""),
    "edge foreign": replace(SOUND, edge=str(THEIRS)),
    "ledger missing": replace(SOUND, core=CoreMark()),
    "ledger half": replace(SOUND, core=CoreMark(restoring="backup", bare=False)),
    "ledger half whole": replace(SOUND, core=CoreMark(restored=str(OURS), bare=False)),
    "ledger unmarked": replace(SOUND, core=replace(SOUND.core, owner="")),
}


def test_what_belongs_together_is_not_mentioned() -> None:
    """Newer keys than the ledger needs are no fault, nor are parts that stand elsewhere."""
    assert mismatches(SOUND, EVERYTHING) == []
    assert mismatches(replace(SOUND, edge=None, read_models="", built=False), EVERYTHING) == []
    assert mismatches(replace(SOUND, batches="", files=0)) == []


@pytest.mark.parametrize("name", WRONG)
def test_each_part_that_does_not_fit_is_named_in_both_languages(name: str) -> None:
    """One mismatch, of the part and kind that it is; its Indonesian keeps no English sentence."""
    (found,) = mismatches(WRONG[name], EVERYTHING)
    assert name.startswith(f"{found.part} {found.how}")
    sentence = render(refusal([found, found]).message, "id")
    assert not [word for word in (" the ", " is ", " has ", "Bring", "says") if word in sentence]


def test_only_keys_and_what_is_somebody_elses_keep_a_recovery_from_being_made() -> None:
    """The token secret cannot be made up; everything else can be built, marked or taken over."""
    blocking = {name for name, parts in WRONG.items() if any(map(blocks, mismatches(parts, EVERYTHING)))}
    assert blocking == {
        "keys missing", "keys foreign", "keys foreign secret", "keys foreign without secret",
        "batch files foreign", "edge foreign",
    }  # fmt: skip


def test_an_installation_is_created_only_where_there_is_nothing_at_all() -> None:
    """Or where its creation was broken off: the key store says so, and every mark is its own."""
    begun = KeysMark(owner=str(OURS), whole=False, empty=False)
    assert nothing_there(EMPTY)
    assert nothing_there(replace(EMPTY, keys=begun, edge=str(OURS)))
    for part in (
        {"edge": str(OURS)}, {"keys": keys()}, {"keys": KeysMark(empty=False)}, {"read_models": str(OURS)}, {"built": True},
        {"batches": str(OURS)}, {"files": 1}, {"core": SOUND.core}, {"keys": begun, "edge": str(THEIRS)},
        {"core": CoreMark(bare=False)},
    ):  # fmt: skip
        assert not nothing_there(replace(EMPTY, **part)), part


def test_a_gate_says_what_it_saw_in_both_languages() -> None:
    """It admits one mark and no other."""
    gate = Gate(OURS, message("place.core"))
    gate(str(OURS))
    with pytest.raises(InstallationError, match="its mark is none") as caught:
        gate("")
    assert render(caught.value.message, "id").startswith("server inti bukan lagi")


def test_a_later_epoch_is_later_than_every_part() -> None:
    """And two that were begun apart from each other are not the same."""
    begun = OURS.after(EARLIER, LATER)
    assert (begun.id, begun.epoch) == (OURS.id, 4)
    assert InstallationIdentity.read(str(begun)) == begun
    assert OURS.after() != OURS.after()


@pytest.mark.parametrize("mark", [b"", b"hello\n", b"\xff\xfe\x00", str(OURS).encode()[:-1]])
def test_a_mark_that_cannot_be_read_is_none(tmp_path: Path, mark: bytes) -> None:
    """A damaged mark says nothing about its owner; it is refused as missing, and a recovery writes it anew."""
    (tmp_path / MARK).write_bytes(mark)
    assert owner_of(tmp_path) is None
    (tmp_path / MARK).write_text(f"{OURS}\n")
    assert owner_of(tmp_path) == str(OURS)
