"""The log in its files: leaves, the text of a checkpoint, tiles and bundles, and what is read from them."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.checkpoint import Checkpoint
from services.notary import merkle
from services.notary.checkpoint_text import LogCheckpoint, MalformedCheckpointError, read_checkpoint
from services.notary.leaves import MAX_BYTES, LogEntry, MalformedLeafError, read_leaf
from services.notary.log import DamagedLogError, Log
from services.notary.tiles import RightEdge, Tile, bundle_path, bundled, tile_path, unbundled

CHECKPOINT = LogCheckpoint(
    "kelambu/one/log-1",
    3,
    merkle.leaf_hash(b"root"),
    {"ledger/0": Checkpoint(3, "ab" * 32), "ledger/1": Checkpoint(), "trail": Checkpoint()},
)


def written(directory: Path, entries: list[bytes]) -> Log:
    """A log of these entries, with the partial tiles of its size."""
    edge = RightEdge()
    tiles = edge.extend([merkle.leaf_hash(entry) for entry in entries]) + edge.partial()
    files = {tile.path: b"".join(tile.hashes) for tile in tiles}
    for start in range(0, len(entries), 256):
        bundle = entries[start : start + 256]
        files[bundle_path(start // 256, len(bundle))] = bundled(bundle)
    for name, content in files.items():
        file = directory / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return Log(directory)


def test_a_leaf_names_its_stream_and_position():
    """Three parts, of which the last is as it is stored, whatever it holds."""
    entry = LogEntry("ledger/3", 12, b"\x00{\n}\n")
    assert entry.encoded() == b"ledger/3\n12\n\x00{\n}\n"
    assert read_leaf(entry.encoded()) == entry


@pytest.mark.parametrize(
    "leaf", [b"", b"trail", b"trail\n1", b"trail\n01\nx", b"other\n1\nx", b"trail\n+1\nx", b"ledger/\n1\nx"]
)
def test_what_is_no_leaf_is_refused(leaf: bytes):
    """Also a position that is written otherwise, since its hash would be another."""
    with pytest.raises(MalformedLeafError):
        read_leaf(leaf)


def test_a_body_that_no_entry_can_hold_stands_in_it_by_its_hash():
    """The length of an entry must stand in two bytes; a checkpoint of the stream names the same hash either way."""
    longest = LogEntry("trail", 1, b"x" * (MAX_BYTES - len("trail\n1\n")))
    assert longest.encoded().endswith(longest.body)
    longer = LogEntry("trail", 1, longest.body + b"x")
    digest = hashlib.sha256(longer.body).hexdigest()
    assert longer.encoded() == f"trail\n1\nsha256:{digest}".encode()
    assert read_leaf(longer.encoded()).seen == longer.seen
    assert longer.seen.hash == digest


def test_the_text_of_a_checkpoint_is_read_as_it_was_written():
    """Origin, size, root, then where each stream stands; of an empty one the hash of nothing."""
    text = CHECKPOINT.text()
    assert text.split("\n")[:2] == ["kelambu/one/log-1", "3"]
    assert text.split("\n")[-2] == "trail 0 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
    assert read_checkpoint(text) == CHECKPOINT


@given(st.integers(0, len(CHECKPOINT.text()) - 1), st.sampled_from(["", "\n", " ", "x"]))
def test_a_text_that_is_read_is_written_the_same(at: int, instead: str):
    """No two texts say the same checkpoint, so that a signature over the one is none over another."""
    text = CHECKPOINT.text()
    changed = text[:at] + instead + text[at + 1 :]
    with suppress(MalformedCheckpointError):
        assert read_checkpoint(changed).text() == changed


@pytest.mark.parametrize(
    ("number", "width", "path"),
    [(0, 256, "000"), (999, 256, "999"), (1000, 17, "x001/000.p/17"), (1234067, 256, "x001/x234/067")],
)
def test_a_tile_stands_where_the_specification_says(number: int, width: int, path: str):
    """The examples of C2SP ``tlog-tiles``."""
    assert tile_path(number, width) == path


def test_a_tree_of_70000_has_the_tiles_of_the_specification():
    """273 full tiles and one of 112 at level 0, one and one of 17 above, one of 1 at level 2."""
    edge = RightEdge()
    full = edge.extend([b"%032d" % number for number in range(70_000)])
    assert [(tile.level, len(tile.hashes)) for tile in full].count((0, 256)) == 273
    assert [tile.number for tile in full if tile.level == 1] == [0]
    assert [(tile.level, tile.number, len(tile.hashes)) for tile in edge.partial()] == [
        (0, 273, 112),
        (1, 1, 17),
        (2, 0, 1),
    ]


@given(st.lists(st.binary(max_size=40), max_size=20))
def test_a_bundle_gives_its_entries_back(entries: list[bytes]):
    """In their order; with a byte less it is refused."""
    bundle = bundled(entries)
    assert list(unbundled(bundle)) == entries
    if entries:
        with pytest.raises(ValueError, match="cut off"):
            list(unbundled(bundle[:-1]))


@pytest.mark.parametrize("size", [1, 255, 256, 257, 700])
def test_what_is_read_from_tiles_is_what_the_tree_says(tmp_path: Path, size: int):
    """Entries, roots of every earlier tree, inclusion and consistency."""
    entries = [b"trail\n%d\nbody %d" % (number, number) for number in range(1, size + 1)]
    hashes = [merkle.leaf_hash(entry) for entry in entries]
    log = written(tmp_path, entries)
    assert list(log.entries(0, size)) == entries
    assert list(log.entries(size // 3, size - 1)) == entries[size // 3 : size - 1]
    assert log.entry(size - 1) == LogEntry("trail", size, b"body %d" % size)
    for old in {1, size // 2 or 1, size - 1 or 1, size}:
        assert log.root(old) == merkle.root_of(hashes[:old])
        proof = log.consistency_proof(old, size)
        assert merkle.consistency_is_proven(old, size, proof, log.root(old), log.root(size))
    for index in {0, size // 2, size - 1}:
        proof = log.inclusion_proof(index, size)
        assert merkle.inclusion_is_proven(hashes[index], index, size, proof, log.root(size))


@pytest.mark.parametrize("step", [1, 37, 256, 700])
def test_the_edge_has_the_root_of_the_tree_at_every_size(step: int):
    """However many tiles are full, and however many leaves come at once.

    What became full and what did not is the whole row.
    """
    edge, hashes, full = (
        RightEdge(),
        [merkle.leaf_hash(b"%d" % number) for number in range(1400)],
        list[Tile](),
    )
    assert edge.root() == merkle.EMPTY_ROOT
    for start in range(0, len(hashes), step):
        full += edge.extend(hashes[start : start + step])
        if start % 7 == 0:
            assert edge.root() == merkle.root_of(hashes[: edge.size])
    tiles = [tile for tile in (*full, *edge.partial()) if tile.level == 0]
    assert [tile.number for tile in tiles] == list(range(6))
    assert [hash_ for tile in tiles for hash_ in tile.hashes] == hashes


def test_what_is_missing_or_cut_is_named(tmp_path: Path):
    """The file stands in the sentence."""
    log = written(tmp_path, [b"trail\n1\nx"] * 300)
    file = tmp_path / "tile/0/000"
    file.write_bytes(file.read_bytes()[:-1])
    (tmp_path / "tile/entries/001.p/44").unlink()
    with pytest.raises(DamagedLogError, match="tile/0/000"):
        log.leaf_hash(255)
    with pytest.raises(DamagedLogError, match=r"entries/001\.p/44"):
        list(log.entries(256, 300))
    assert (log.note(), log.checkpoint(), log.index_of("trail", 1)) == (None, None, None)
