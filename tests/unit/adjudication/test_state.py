"""The shape of stored states has a number, which changes with it."""

from __future__ import annotations

import hashlib

import msgspec
import pytest

from services.adjudication.state import (
    SEGMENT,
    SHAPE,
    ShapeError,
    State,
    StateBody,
    decode_state,
    encode_state,
    initial,
    shape_of,
)
from services.ledger.protocol import StoredState

SHAPES = {
    1: "c1cf18c6073aaf8a",
    3: "6f70a280797e7d45",
    5: "3adfcb87cca6fbd2",
    6: "8f5ee9b2ad624b17",
    7: "a0028ca59ad9a0db",
    8: "9003e25182982780",
    9: "9a5acb0f085933b8",
    10: "85e0880d97852e2d",
}
"""What each number stands for: the hash of the types that a stored state consists of."""


def test_a_change_of_the_shape_takes_a_new_number():
    """Whoever lays a state out otherwise raises ``SHAPE`` and adds the hash here, so that old installations write theirs anew."""
    assert SHAPES.get(SHAPE) == shape_hash()


def test_a_state_of_another_shape_is_told_from_one_that_cannot_be_read():
    """Before shapes were numbered, from a later version, and no state at all."""
    stored = encode_state(initial()).body
    assert (shape_of(stored), decode_state(StoredState(stored))) == (SHAPE, initial())
    for other, shape in ((b"\x93\x90\x90\x80", 0), (bytes([SHAPE + 1]) + stored[1:], SHAPE + 1)):
        with pytest.raises(ShapeError) as refused:
            decode_state(StoredState(other))
        assert refused.value.shape == shape
    for nothing in (b"", b"\xc1", stored[:1]):
        with pytest.raises(msgspec.DecodeError):
            decode_state(StoredState(nothing))


def shape_hash() -> str:
    """Hash the types of a state, however deep, by their fields in order.

    What the classes are called is of no matter.
    """
    numbers: dict[type, int] = {}
    seen: dict[int, object] = {}

    def described(kind: msgspec.inspect.Type) -> object:
        match kind:
            case msgspec.inspect.StructType():
                if kind.cls not in numbers:
                    number = numbers[kind.cls] = len(numbers)
                    seen[number] = [
                        kind.array_like, kind.tag, [(field.encode_name, described(field.type)) for field in kind.fields]
                    ]  # fmt: skip
                return numbers[kind.cls]
            case msgspec.inspect.UnionType():
                return sorted(str(described(one)) for one in kind.types)
            case (
                msgspec.inspect.VarTupleType() | msgspec.inspect.ListType() | msgspec.inspect.CollectionType()
            ):
                return ["many", described(kind.item_type)]
            case msgspec.inspect.TupleType():
                return ["each", [described(one) for one in kind.item_types]]
            case msgspec.inspect.DictType():
                return ["by", described(kind.key_type), described(kind.value_type)]
            case _:
                return type(kind).__name__

    described(msgspec.inspect.type_info(State))
    described(msgspec.inspect.type_info(StateBody))
    return hashlib.sha256(repr((SEGMENT, sorted(seen.items()))).encode()).hexdigest()[:16]
