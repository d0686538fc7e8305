"""One step of a partition: on top of what was read, whole or not at all."""

from __future__ import annotations

import msgspec
import pytest

from services.ledger.protocol import (
    Append,
    Commit,
    ConflictError,
    DuplicateError,
    Head,
    Ledger,
    MalformedError,
    StoredState,
)
from tests.stores.ledger.steps import NOON, RULEBOOK, append, content, event, seen


async def test_a_partition_begins_empty(ledger: Ledger):
    """A partition that nobody wrote to stands at position 0 and holds nothing."""
    assert await content(ledger, 3) == (Head(), [], {}, [], {})


async def test_positions_are_gapless_from_one(ledger: Ledger):
    """Events of one commit and of the next stand at positions 1, 2, 3 …, in the order given."""
    await append(ledger, event("a"), event("b"))
    await append(ledger, event("c"))
    entries = await ledger.read(0)
    assert [(e.position, e.body) for e in entries] == [
        (1, b'{"says":"a"}'),
        (2, b'{"says":"b"}'),
        (3, b'{"says":"c"}'),
    ]


async def test_partitions_are_apart(ledger: Ledger):
    """What is committed to one partition is seen in no other."""
    await append(ledger, event("a"), partition=1, states=[("~p", b"s")], ids=[seen("a")])
    assert await content(ledger, 0) == (Head(), [], {}, [], {})
    assert await ledger.recorded_tags(0, [seen("a")[0]]) == [None]


async def test_a_commit_stores_the_head_it_names(ledger: Ledger):
    """Position, inbox id, rulebook and recordedtime are read back as committed."""
    (given,) = await ledger.deliver([(0, b"{}", b"")])
    then = Head(1, given, RULEBOOK, NOON)
    await ledger.commit(Commit(partition=0, expected=Head(), then=then, events=[event("a")]))
    assert then == await ledger.head(0)


@pytest.mark.parametrize(
    "stale",
    [{"position": 1}, {"inbox": "0-0"}, {"rulebook": "other"}, {"recordedtime": "2026-03-02T04:59:59.999Z"}],
)
async def test_a_commit_on_another_head_is_a_conflict(ledger: Ledger, stale: dict[str, object]):
    """If any part of the head is not as expected nothing is written, and the error names both heads."""
    (given,) = await ledger.deliver([(0, b"{}", b"")])
    head = await append(ledger, event("a"), event("b"), inbox=given)
    before = await content(ledger, 0)
    expected = msgspec.structs.replace(head, **stale)
    then = msgspec.structs.replace(head, position=expected.position + 1)
    with pytest.raises(ConflictError) as conflict:
        await ledger.commit(Commit(partition=0, expected=expected, then=then, events=[event("c")]))
    assert (conflict.value.expected, conflict.value.actual) == (expected, head)
    assert before == await content(ledger, 0)


async def test_of_two_workers_one_wins(ledger: Ledger):
    """Of two commits on the same head the second is a conflict."""
    head = await ledger.head(0)
    commit = Commit(partition=0, expected=head, then=Head(1, "0-0", RULEBOOK, NOON), events=[event("a")])
    await ledger.commit(commit)
    with pytest.raises(ConflictError):
        await ledger.commit(commit)
    assert len(await ledger.read(0)) == 1


async def test_an_id_is_recorded_once(ledger: Ledger):
    """A commit with an id that was recorded before names it and writes nothing."""
    await append(ledger, event("a"), ids=[seen("a"), seen("b")])
    before = await content(ledger, 0)
    with pytest.raises(DuplicateError) as refused:
        await append(ledger, event("c"), ids=[seen("c"), seen("b")])
    assert (seen("b")[0],) == refused.value.recorded
    assert before == await content(ledger, 0)
    assert await ledger.recorded_tags(0, [seen(t)[0] for t in "abc"]) == [seen("a")[1], seen("b")[1], None]


async def test_states_are_replaced_and_deleted(ledger: Ledger):
    """A state is stored, replaced by a later one and deleted by an empty one."""
    await append(ledger, states=[("~a", b"1"), ("~b", b"2"), ("~c", bytes(range(256)))])
    await append(ledger, states=[("~a", b"3"), ("~b", b""), ("~never", b"")])
    assert await ledger.all_states(0) == {"~a": StoredState(b"3"), "~c": StoredState(bytes(range(256)))}
    assert await ledger.state_marks(0) == {"~a": b"3", "~c": b"\0"}
    assert await ledger.states(0, ["~c", "~b", "~a"]) == [bytes(range(256)), None, b"3"]


async def test_segments_of_a_state_stand_beside_it(ledger: Ledger):
    """Each is asked for by person and number, stays when the body is written anew, and is deleted by an empty one."""
    await append(ledger, states=[("~a", b"1")], segments=[("~a", 0, b"x"), ("~a", 11, bytes(range(256)))])
    await append(ledger, states=[("~a", b"2")], segments=[("~b", 0, b"y"), ("~c", 3, b"")])
    whole = {0: b"x", 11: bytes(range(256))}
    assert await ledger.all_states(0) == {
        "~a": StoredState(b"2", whole),
        "~b": StoredState(segments={0: b"y"}),
    }
    assert await ledger.state_marks(0) == {"~a": b"2"}
    assert await ledger.segments(0, [("~b", 0), ("~a", 11), ("~a", 1)]) == [b"y", whole[11], None]
    await append(ledger, segments=[("~a", 11, b""), ("~b", 0, b"")])
    assert await ledger.all_states(0) == {"~a": StoredState(b"2", {0: b"x"})}
    assert await ledger.segments(0, []) == []


async def test_the_inbox_is_trimmed_exactly_up_to_the_committed_id(ledger: Ledger):
    """Decided arrivals are gone, later ones stay with body and tag, and later ids keep rising."""
    given = await ledger.deliver([(0, b"{%d}" % n, b"tag-%04d" % n) for n in range(250)])
    await append(ledger, inbox=given[120])
    left = await ledger.inbox(0, "0-0", 1000)
    assert given[121:] == [arrival.id for arrival in left]
    assert (left[0].body, left[0].tag) == (b"{121}", b"tag-0121")
    await append(ledger, inbox=given[249])
    assert await ledger.inbox(0, "0-0", 1000) == []
    (later,) = await ledger.deliver([(0, b"{}", b"")])
    assert [later] == [arrival.id for arrival in await ledger.inbox(0, given[249], 10)]


async def test_an_inbox_entry_may_lead_to_no_event(ledger: Ledger):
    """A commit may move the inbox position without appending."""
    (given,) = await ledger.deliver([(0, b"{}", b"")])
    await ledger.commit(Commit(partition=0, expected=Head(), then=Head(0, given)))
    assert Head(0, given) == await ledger.head(0)


async def test_the_inbox_position_never_falls(ledger: Ledger):
    """A commit may leave the inbox where it is, but not go back to what has been decided."""
    given = await ledger.deliver([(0, b"{}", b""), (0, b"{}", b"")])
    head = await append(ledger, event("a"), inbox=given[1])
    with pytest.raises(MalformedError):
        await append(ledger, event("b"), inbox=given[0])
    assert await ledger.head(0) == head


HEAD = Head(1, "0-0", RULEBOOK, NOON)
MALFORMED: dict[str, dict[str, object]] = {
    "position does not follow": {"then": Head(3, "0-0", RULEBOOK, NOON)},
    "position is negative": {"expected": Head(-1), "then": Head(0, "0-0", RULEBOOK, NOON)},
    "inbox id is none": {"then": Head(2, "7", RULEBOOK, NOON)},
    "inbox id has a leading zero": {"then": Head(2, "00-0", RULEBOOK, NOON)},
    "inbox id was never given": {"then": Head(2, "99999999999999-0", RULEBOOK, NOON)},
    "rulebook is too long": {"then": Head(2, "0-0", "x" * 201, NOON)},
    "recordedtime is no time": {"then": Head(2, "0-0", RULEBOOK, "noon")},
    "recordedtime falls": {"then": Head(2, "0-0", RULEBOOK, "2026-03-02T04:59:59.999Z")},
    "recordedtime is missing": {"expected": Head(), "then": Head(1)},
    "body is empty": {"events": [Append(b"")]},
    "claim is too long": {"events": [event("b", "C" * 65)]},
    "person is empty": {"states": [("", b"s")]},
    "person is too long": {"states": [("~" * 65, b"s")]},
    "segment's person is empty": {"segments": [("", 0, b"s")]},
    "segment's person is too long": {"segments": [("~" * 80, 0, b"s")]},
    "segment is given twice": {"segments": [("~a", 1, b"1"), ("~a", 1, b"2")]},
    "person has two states": {"states": [("~a", b"1"), ("~a", b"2")]},
    "id is short": {"ids": [(b"short", b"12345678")]},
    "tag is short": {"ids": [(b"1234567890123456", b"1")]},
    "id is given twice": {"ids": [seen("x"), seen("x")]},
    "parked person is empty": {"park": [("", b"{}")]},
    "parked body is empty": {"park": [("~a", b"")]},
    "unparks nothing": {"unpark": [("~a", 0)]},
    "unparks more than there is": {"unpark": [("~parked", 2)]},
    "unparks twice": {"unpark": [("~parked", 1), ("~parked", 1)]},
}


@pytest.mark.parametrize("fault", MALFORMED)
async def test_a_malformed_commit_writes_nothing(ledger: Ledger, fault: str):
    """A commit that contradicts itself is refused, and the partition is as it was."""
    assert await append(ledger, event("a"), park=[("~parked", b"{}")]) == HEAD
    before = await content(ledger, 0)
    valid = Commit(
        partition=0,
        expected=HEAD,
        then=Head(2, "0-0", RULEBOOK, NOON),
        events=[event("b")],
        states=[("~p", b"s")],
        ids=[seen("b")],
    )
    with pytest.raises(MalformedError):
        await ledger.commit(msgspec.structs.replace(valid, **MALFORMED[fault]))
    assert before == await content(ledger, 0)
    assert await ledger.recorded_tags(0, [seen("b")[0]]) == [None]


async def test_a_partition_that_is_none_is_refused(ledger: Ledger):
    """Only the partitions of the ledger can be written and read."""
    with pytest.raises(MalformedError):
        await append(ledger, event("a"), partition=4)
    with pytest.raises(MalformedError):
        await ledger.deliver([(-1, b"{}", b"")])


@pytest.mark.parametrize("arrival", [(0, b"", b""), (0, b"{}", b"short")])
async def test_a_malformed_arrival_writes_nothing(ledger: Ledger, arrival: tuple[int, bytes, bytes]):
    """An arrival without a body, or with a tag of another length, keeps its whole partition from being written."""
    with pytest.raises(MalformedError):
        await ledger.deliver([(0, b"{}", b""), arrival])
    assert await ledger.inbox(0, "0-0", 10) == []
