"""The Merkle tree: the published vectors of RFC 6962, and another implementation."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree, verify_consistency

from services.notary import merkle

VECTORS = json.loads(Path(__file__).with_name("rfc6962_vectors.json").read_text())
LEAVES = [bytes.fromhex(leaf) for leaf in VECTORS["leaf_inputs_hex"]]
OF_CONVENTION = ("size1-is-zero", "sizes-are-equal-zero")
"""Vectors that say of the empty tree what their implementation does and C2SP ``tlog-witness`` does not."""


def subtrees(hashes: list[bytes]) -> merkle.Subtree:
    """The complete subtrees over leaf hashes."""
    return lambda level, index: merkle.root_of(hashes[index << level : (index + 1) << level])


def named(cases: str) -> list[Any]:
    return [pytest.param(case, id=case["file"].removeprefix("testdata/")) for case in VECTORS[cases]]


def unpacked(proof: list[str] | None) -> list[bytes]:
    return [base64.b64decode(hash_) for hash_ in proof or ()]


def test_leaves_nodes_and_roots_are_those_of_the_vectors():
    """Leaf and node are told apart by their first byte."""
    single = VECTORS["single"]
    hashes = [merkle.leaf_hash(leaf) for leaf in LEAVES]
    roots = [merkle.root(subtrees(hashes), size).hex() for size in range(9)]
    assert [merkle.EMPTY_ROOT.hex(), merkle.leaf_hash(b"").hex()] == [
        single["empty_root"],
        single["leaf_of_empty"],
    ]
    assert merkle.leaf_hash(b"L123456").hex() == single["leaf_of_L123456"]
    assert merkle.node_hash(b"N123", b"N456").hex() == single["node_of_N123_N456"]
    assert [hash_.hex() for hash_ in hashes] == VECTORS["leaf_hashes"]
    assert roots == VECTORS["roots_by_size_0_to_8"]


def test_proofs_are_those_of_the_vectors():
    """Every inclusion and every consistency proof among the trees of the first eight leaves."""
    subtree = subtrees([merkle.leaf_hash(leaf) for leaf in LEAVES])
    for place, path in VECTORS["inclusion_paths_index/size"].items():
        index, size = map(int, place.split("/"))
        assert [hash_.hex() for hash_ in merkle.inclusion_proof(subtree, index, size)] == path
    for sizes, path in VECTORS["consistency_proofs_m->n"].items():
        old, new = map(int, sizes.split("->"))
        assert [hash_.hex() for hash_ in merkle.consistency_proof(subtree, old, new)] == path


@pytest.mark.parametrize("case", named("inclusion_cases"))
def test_an_inclusion_is_proven_as_the_vector_says(case: dict[str, Any]):
    """Wrong roots, cut, prolonged and foreign proofs among them."""
    leaf, root = base64.b64decode(case["leafHash"]), base64.b64decode(case["root"])
    proven = merkle.inclusion_is_proven(
        leaf, case["leafIdx"], case["treeSize"], unpacked(case["proof"]), root
    )
    assert proven is not case["wantErr"]


@pytest.mark.parametrize(
    "case",
    [case for case in named("consistency_cases") if not any(name in case.id for name in OF_CONVENTION)],
)
def test_a_consistency_is_proven_as_the_vector_says(case: dict[str, Any]):
    """Wrong roots, cut, prolonged and foreign proofs among them."""
    old, new = base64.b64decode(case["root1"]), base64.b64decode(case["root2"])
    proven = merkle.consistency_is_proven(case["size1"], case["size2"], unpacked(case["proof"]), old, new)
    assert proven is not case["wantErr"]


def test_the_empty_tree_begins_every_other():
    """With no proof, and only by its own root."""
    root = merkle.leaf_hash(b"one")
    assert merkle.consistency_is_proven(0, 1, [], merkle.EMPTY_ROOT, root)
    assert merkle.consistency_is_proven(0, 0, [], merkle.EMPTY_ROOT, merkle.EMPTY_ROOT)
    assert not merkle.consistency_is_proven(0, 0, [], merkle.EMPTY_ROOT, root)
    assert not merkle.consistency_is_proven(0, 1, [], root, root)
    assert not merkle.consistency_is_proven(0, 1, [root], merkle.EMPTY_ROOT, root)


@given(st.lists(st.binary(max_size=8), min_size=1, max_size=70), st.data())
def test_another_implementation_agrees(entries: list[bytes], data: st.DataObject):
    """Roots, inclusion proofs, and a consistency proof of the other by our roots."""
    hashes = [merkle.leaf_hash(entry) for entry in entries]
    subtree = subtrees(hashes)
    other = InmemoryTree(algorithm="sha256")
    for entry in entries:
        other.append_entry(entry)
    size = data.draw(st.integers(1, len(entries)))
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    root, old_root = merkle.root(subtree, size), merkle.root(subtree, old)
    proof = merkle.inclusion_proof(subtree, index, size)
    assert root == other.get_root(size)
    assert proof == other.prove_inclusion(index + 1, size).path[1:]
    verify_consistency(old_root, root, other.prove_consistency(old, size))


@given(st.integers(1, 300), st.data())
def test_whatever_is_proven_is_and_nothing_else(size: int, data: st.DataObject):
    """A proof holds for its leaf, place and tree; with any of its hashes changed or gone it holds for nothing."""
    hashes = [merkle.leaf_hash(b"%d" % number) for number in range(size)]
    subtree, root = subtrees(hashes), merkle.root_of(hashes)
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    old_root = merkle.root_of(hashes[:old])
    inclusion = merkle.inclusion_proof(subtree, index, size)
    consistency = merkle.consistency_proof(subtree, old, size)
    assert merkle.inclusion_is_proven(hashes[index], index, size, inclusion, root)
    assert merkle.consistency_is_proven(old, size, consistency, old_root, root)
    for proof, holds in (
        (inclusion, lambda found: merkle.inclusion_is_proven(hashes[index], index, size, found, root)),
        (consistency, lambda found: merkle.consistency_is_proven(old, size, found, old_root, root)),
    ):
        assert not holds([*proof, root])
        if proof:
            at = data.draw(st.integers(0, len(proof) - 1))
            assert not holds(proof[:at] + proof[at + 1 :])
            assert not holds([*proof[:at], bytes([proof[at][0] ^ 1]) + proof[at][1:], *proof[at + 1 :]])
