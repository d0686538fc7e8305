"""A box opens with its own key, for its own event, unchanged; otherwise not at all."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.envelope import Sealed
from services.sealing.box import UnreadableError, seal, unseal

KEY, AAD = b"k" * 32, b"a" * 16
JSON = st.dictionaries(st.text(), st.text() | st.integers(0, 10**9) | st.lists(st.text()))


@given(JSON)
def test_what_was_sealed_comes_back(values: dict[str, object]) -> None:
    """Opening gives the values that were sealed, and the box names its key."""
    sealed = seal("~p", KEY, values, AAD)
    assert sealed.key == "~p"
    assert unseal(sealed, KEY, AAD) == values


def test_the_same_values_never_look_the_same() -> None:
    """Two boxes of one content differ, so that nobody can compare them."""
    assert seal("~p", KEY, {"name": "Siti"}, AAD).box != seal("~p", KEY, {"name": "Siti"}, AAD).box


def test_a_box_belongs_to_one_key_and_one_event() -> None:
    """Another key or another event cannot open it, and the error names no value."""
    sealed = seal("~p", KEY, {"name": "Siti"}, AAD)
    for key, aad in ((b"l" * 32, AAD), (KEY, b"b" * 16)):
        with pytest.raises(UnreadableError) as error:
            unseal(sealed, key, aad)
        assert "Siti" not in str(error.value)


@pytest.mark.parametrize("place", [0, 12, -1])
def test_a_changed_box_does_not_open(place: int) -> None:
    """A flipped bit in nonce, text or seal is noticed."""
    sealed = seal("~p", KEY, {"name": "Siti"}, AAD)
    box = bytearray(base64.b64decode(sealed.box))
    box[place] ^= 1
    with pytest.raises(UnreadableError):
        unseal(Sealed("~p", base64.b64encode(bytes(box)).decode()), KEY, AAD)


@pytest.mark.parametrize("box", ["", "~", "AAAA", "not base64 at all"])
def test_what_is_no_box_does_not_open(box: str) -> None:
    """A box that was cut short is unreadable, not a crash."""
    with pytest.raises(UnreadableError):
        unseal(Sealed("~p", box), KEY, AAD)
