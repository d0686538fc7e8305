"""The draw: the public vector, growth, subsets, strata, hits, and the file of a frame."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.sampling.draw import DrawnItem, allocated, drawn, hit, ticket
from services.sampling.frame import FrameError, FrameItem, file_hash, frame_file, read_frame

VECTOR = json.loads(Path(__file__).with_name("published.json").read_text("utf-8"))["draw"]
SEED = VECTOR["seed"]
NAMES = st.lists(st.text("abc019-é,\"'", min_size=1, max_size=8), min_size=1, max_size=40, unique=True)
FRAMES = st.builds(
    lambda names, amounts, strata: [
        FrameItem(name, amount, stratum)
        for name, amount, stratum in zip(names, amounts, strata, strict=False)
    ],
    NAMES,
    st.lists(st.integers(1, 10**9), min_size=40, max_size=40),
    st.lists(st.sampled_from(["", "north", "south"]), min_size=40, max_size=40),
)
SIZES = st.integers(0, 60)


def names(sample: list[DrawnItem]) -> list[str]:
    return [one.item.name for one in sample]


def test_tickets_are_those_of_the_public_draw() -> None:
    tickets = [ticket(SEED, "\0" * counter) for counter in range(5)]
    assert [1 + int(each, 16) % 1000 for each in tickets] == VECTOR["randint_trunc_1_1001"]
    assert tickets[1] == VECTOR["digest_counter_1_hex"]


@given(FRAMES, SIZES, SIZES, st.booleans(), st.sampled_from([0, 10**8]))
def test_a_larger_sample_keeps_the_smaller_one(
    frame: list[FrameItem], one: int, other: int, by_amount: bool, above: int
) -> None:
    small, large = (
        drawn(frame, SEED, size, above=above, by_amount=by_amount) for size in sorted((one, other))
    )
    assert set(small) <= set(large)
    sure = [item for item in frame if above and item.amount > above]
    assert len(small) == len(sure) + min(one, other, len(frame) - len(sure))
    assert {each.item for each in small if each.certain} == set(sure)


@given(FRAMES, SIZES, SIZES, st.sampled_from([0, 10**8]))
def test_a_larger_sample_keeps_every_hit(frame: list[FrameItem], one: int, other: int, above: int) -> None:
    small, large = (hit(frame, SEED, size, above=above) for size in sorted((one, other)))
    kept = {each.item: each.hits for each in large}
    assert all(kept[each.item] >= each.hits for each in small)
    assert [each.item for each in large][: len(small)] == [each.item for each in small]


@given(NAMES, SIZES, st.data())
def test_a_part_of_the_frame_keeps_what_was_drawn_of_it(
    given_names: list[str], size: int, data: st.DataObject
) -> None:
    frame = [FrameItem(name, 1) for name in given_names]
    part = data.draw(st.lists(st.sampled_from(frame), unique=True))
    before = [each for each in drawn(frame, SEED, size) if each.item in part]
    assert drawn(part, SEED, size)[: len(before)] == before


def test_all_above_the_threshold_and_of_each_stratum_its_number() -> None:
    frame = [FrameItem(f"{place}", place, "north" if place < 30 else "south") for place in range(1, 41)]
    chosen = drawn(frame, SEED, 6, above=35)
    assert {one.item.amount for one in chosen[:5]} == {36, 37, 38, 39, 40}
    assert [one.item.stratum for one in chosen[5:]] == ["north"] * 5 + ["south"]
    heavy = drawn(frame, SEED, 6, above=35, by_amount=True)
    assert [one.item.stratum for one in heavy[5:]] == ["north"] * 4 + ["south"] * 2


@given(st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 50), min_size=1), st.integers(0, 80))
def test_a_larger_sample_takes_no_place_from_any_stratum(room: dict[str, int], size: int) -> None:
    """Unlike by the largest remainder, by which of 10 places 6, 6 and 2 get 4, 4, 2, and of 11 places 5, 5, 1."""
    fewer, more = (allocated(room, room, places) for places in (size, size + 1))
    assert all(fewer[name] <= more[name] for name in room)
    assert sum(fewer.values()) == min(size, sum(room.values()))
    assert size < len(room) or min(fewer.values()) > 0


def test_hits_are_the_rupiah_that_the_tickets_name() -> None:
    """The rupiah of the book stand in a row, in the order of the names: 0 to 4 are a's, 5 to 14 b's."""
    hits = [int(ticket(SEED, str(number)), 16) % 15 for number in range(12)]
    found = hit([FrameItem("b", 10), FrameItem("a", 5)], SEED, 12)
    assert {one.item.name: one.hits for one in found} == {
        "a": sum(rupiah < 5 for rupiah in hits),
        "b": sum(rupiah >= 5 for rupiah in hits),
    }


def test_each_item_is_hit_in_proportion_to_its_amount() -> None:
    frame = [FrameItem(f"{place:03}", place) for place in range(1, 101)]
    found = {one.item.amount: one.hits for one in hit(frame, SEED, 50_500)}
    assert all(abs(found[amount] - 10 * amount) < 5 * (10 * amount) ** 0.5 for amount in range(1, 101))


def test_what_lies_above_the_threshold_has_used_its_hits() -> None:
    frame = [FrameItem("large", 500), *(FrameItem(f"{place}", 50) for place in range(10))]
    found = hit(frame, SEED, 10, above=100)
    assert found[0] == DrawnItem(FrameItem("large", 500), 0)
    assert sum(one.hits for one in found) == 5
    with pytest.raises(ValueError, match="above zero"):
        hit([FrameItem("none", 0)], SEED, 1)


@given(FRAMES)
def test_a_frame_is_one_file_whatever_its_order(frame: list[FrameItem]) -> None:
    content = frame_file(frame)
    assert frame_file(frame[::-1]) == content
    assert read_frame(content) == sorted(frame, key=lambda item: item.name)
    assert all(one.name < other.name for one, other in pairwise(read_frame(content)))
    moved = [FrameItem(frame[0].name, frame[0].amount + 1, frame[0].stratum), *frame[1:]]
    assert file_hash(frame_file(moved)) != file_hash(content)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"item,amount,stratum\r\na,1,\r\n",
        b"item,amount,stratum\nb,1,\na,1,\n",
        b"item,amount,stratum\na,1,\na,1,\n",
        b"item,amount,stratum\na,1.5,\n",
        b"item,amount,stratum\na,01,\n",
        b"item,amount,stratum\na,1\n",
        b"item,amount,stratum\n\xff,1,\n",
        b"item;amount;stratum\na;1;\n",
    ],
)
def test_a_file_that_was_written_otherwise_is_refused(content: bytes) -> None:
    with pytest.raises(FrameError):
        read_frame(content)
