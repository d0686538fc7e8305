"""The server's commit function refuses before its first write, whatever it is called with."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import redis as sync
from hypothesis import given, settings
from hypothesis import strategies as st

from services.ledger import keys
from services.ledger.function_library import library
from tests.servers import STORES
from tests.stores.ledger.steps import NOON, seen

PLACES = [name(0) for name in keys.PARTITION]
RULEBOOK = "f00d@1"
"""Short, so that the server packs the head and its serialised form does not depend on having been read."""
ID, TAG = seen("first")
NEW_ID, NEW_TAG = seen("second")
FIRST: list[str | bytes] = [
    *("0", "0-0", "", ""),
    *("2", "0-0", RULEBOOK, NOON),
    *("2", "1", "1", "1", "2", "0"),
    *(b'{"a":1}', "CLM-1", b'{"a":2}', ""),
    *("~a", b"state"),
    *("~a#0", b"segment"),
    *(ID, TAG),
    *("~parked", b"{1}", "~parked", b"{2}"),
]
SECOND: list[str | bytes] = [
    *("2", "0-0", RULEBOOK, NOON),
    *("3", "5-1", RULEBOOK, NOON),
    *("1", "2", "2", "1", "1", "1"),
    *(b'{"a":3}', "CLM-1"),
    *("~a", b"", "~b", b"other"),
    *("~a#0", b"", "~b#0", b"other"),
    *(NEW_ID, NEW_TAG),
    *("~parked", b"{3}"),
    *("~parked", "1"),
]

TEXTS = st.sampled_from([
    "", "0", "1", "2", "3", "-1", "1.5", "01", "1e3", "nan", "999999999999999999999", "4294967296", "0-0", "5-1", "5-2",
    "0-00", "-", "+", "*", "$", NOON, "2025-01-01T00:00:00.000Z", RULEBOOK, "~a", "~parked", "x" * 65, "x" * 201, ID,
    b"\x00\xff", b"{}",
])  # fmt: skip
CHANGES = st.one_of(
    st.tuples(st.just("replace"), st.integers(0, len(SECOND) - 1), TEXTS),
    st.tuples(st.just("insert"), st.integers(0, len(SECOND)), TEXTS),
    st.tuples(st.just("remove"), st.integers(0, len(SECOND) - 1), st.just("")),
    st.tuples(st.just("cut"), st.integers(0, len(SECOND) - 1), st.just("")),
)


@pytest.fixture(scope="module", params=STORES)
def client(request: pytest.FixtureRequest) -> Iterator[sync.Redis]:
    """A client that waits for each answer, of each server in turn, with the functions loaded."""
    server = request.getfixturevalue(f"{request.param}_server")
    with sync.Redis(unix_socket_path=str(server.socket)) as client:
        client.function_load(library().decode(), replace=True)
        yield client


def prepare(client: sync.Redis) -> None:
    """Two events, one state with a segment, one id, two parked events and two arrivals."""
    client.flushall()
    client.xadd(keys.inbox(0), {"e": "{}", "t": ""}, id="5-1")
    client.xadd(keys.inbox(0), {"e": "{}", "t": ""}, id="5-2")
    assert call(client, PLACES, FIRST) == [b"OK"]


def call(client: sync.Redis, places: list[str], arguments: list[str | bytes]) -> object:
    """Call the commit function; an error is an answer too."""
    try:
        return client.execute_command("FCALL", "kelambu_commit", len(places), *places, *arguments)
    except sync.ResponseError as error:
        return error


def everything(client: sync.Redis) -> dict[object, object]:
    """Every key with its serialised value."""
    return {key: client.dump(key) for key in client.scan_iter()}


def test_the_commit_that_is_altered_below_is_good(client: sync.Redis):
    """The unaltered call succeeds, so that a refusal below is due to the alteration."""
    prepare(client)
    assert call(client, PLACES, SECOND) == [b"OK"]
    assert client.xlen(keys.ledger(0)) == 3
    assert client.lrange(keys.parked_events(0, "~parked"), 0, -1) == [b"{2}", b"{3}"]
    assert client.xrange(keys.inbox(0)) == [(b"5-2", {b"e": b"{}", b"t": b""})]


@pytest.mark.parametrize("arguments", [[], SECOND[:5], SECOND[:-1], [*SECOND, "1"], [*SECOND, "~b", "1"]])
def test_the_counts_say_how_many_arguments_there_are(client: sync.Redis, arguments: list[str | bytes]):
    """Fewer or more arguments than the counts announce are refused as malformed, not read past."""
    prepare(client)
    before = everything(client)
    answer = call(client, PLACES, arguments)
    assert isinstance(answer, list)
    assert answer[0] == b"MALFORMED"
    assert everything(client) == before


@settings(max_examples=300, deadline=None)
@given(changes=st.lists(CHANGES, min_size=1, max_size=3))
def test_what_is_refused_leaves_every_byte(client: sync.Redis, changes: list[tuple[str, int, str | bytes]]):
    """Any altered call either is carried out whole or leaves the store byte for byte as it was."""
    arguments = list(SECOND)
    for kind, at, text in changes:
        if kind == "replace":
            arguments[at : at + 1] = [text]
        elif kind == "insert":
            arguments.insert(at, text)
        else:
            del arguments[at : at + 1 if kind == "remove" else None]
    prepare(client)
    before = everything(client)
    if call(client, PLACES, arguments) == [b"OK"]:
        position = client.xlen(keys.ledger(0))
        assert client.xinfo_stream(keys.ledger(0))["last-generated-id"] == b"%d-0" % position
        assert client.hget(keys.head(0), "position") == b"%d" % position
    else:
        assert everything(client) == before


@pytest.mark.parametrize(
    "places", [[], PLACES[:7], [*PLACES, "{p00}:more"], [*PLACES[:7], keys.ids(1)], [""] * 8]
)
def test_other_keys_are_refused(client: sync.Redis, places: list[str]):
    """The function writes only with exactly the eight keys of one partition."""
    prepare(client)
    before = everything(client)
    assert call(client, places, SECOND) != [b"OK"]
    assert everything(client) == before


@pytest.mark.parametrize(
    "key", [*PLACES[:7], f"{keys.ids(0)}:0", keys.parked_events(0, "~parked"), keys.parked_events(0, "~new")]
)
def test_a_key_of_another_type_is_refused(client: sync.Redis, key: str):
    """A key that another program has overwritten is found before anything is written."""
    prepare(client)
    client.delete(key)
    client.set(key, "overwritten")
    before = everything(client)
    parks_another = [*SECOND[:-4], "~new", *SECOND[-3:]]
    assert call(client, PLACES, parks_another) != [b"OK"]
    assert everything(client) == before


def test_a_ledger_that_does_not_end_at_its_head_is_refused(client: sync.Redis):
    """An event that was added or removed behind the ledger's back stops the partition."""
    for tamper in (
        lambda: client.xadd(keys.ledger(0), {"e": "{}"}, id="3-0"),
        lambda: client.delete(keys.ledger(0)),
        lambda: client.hset(keys.head(0), "ids", "many"),
    ):
        prepare(client)
        tamper()
        before = everything(client)
        answer = call(client, PLACES, SECOND)
        assert isinstance(answer, list)
        assert answer[0] == b"CORRUPTED"
        assert everything(client) == before
