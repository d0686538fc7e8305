"""An agency's user on each server: it may write to its outbox, read its own streams, and nothing else."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

import pytest
from redis.asyncio import Redis
from redis.connection import UnixDomainSocketConnection
from redis.exceptions import AuthenticationError, ConnectionError, ResponseError  # noqa: A004

from services.ledger import keys
from services.ledger.credentials import Credential
from services.ledger.edge import Edge
from services.ledger.users import (
    ANYWHERE,
    NO_RIGHTS_NEEDED,
    READING,
    WRITING,
    Users,
    good_passwords,
    new_password,
    user_of,
)
from services.runtime.embedded_server import EmbeddedServer
from tests.servers import STORES, emptied

NOW = dt.datetime(2026, 3, 11, 2, 0, tzinfo=dt.UTC)
OWN, OTHER = "rsud-sekayu", "dinsos"
LAST = "18446744073709551615-18446744073709551615"
Words: TypeAlias = list[str]
DENIED = (
    "has no permissions",
    "No permissions to access",
    "command not allowed. If the",
    "nknown subcommand",  # the name of a family of commands, which is none itself
)

PLACES = [
    stream(agency)
    for agency in (OWN, OTHER)
    for stream in (
        keys.outbox,
        keys.receipts,
        keys.outcomes,
        keys.refused,
        keys.taken,
        keys.quarantine,
        keys.reservations,
    )
]
PLACES += [f"{keys.outbox(OWN)}:more", f"{keys.receipts(OWN)}:more", "outbox", f"{{a:{OWN}}}:"]
PLACES += [keys.ledger(0), keys.inbox(0), keys.AGENCIES, keys.CREDENTIALS, keys.ORDERS, "else"]


class EdgeServer:
    """A server with the users of two agencies, and connections as the first of them."""

    def __init__(self, client: Redis, server: EmbeddedServer) -> None:
        self.client, self.server, self.users, self.edge = client, server, Users(client), Edge(client)
        self.credentials: list[Credential] = []
        self.password = self.given(OWN)
        self.other_password = self.given(OTHER)

    def given(self, agency: str, expires: dt.datetime | None = None) -> str:
        password, credential = new_password(agency, NOW, expires)
        self.credentials.append(credential)
        return password

    async def apply(self, now: dt.datetime = NOW) -> bool:
        return await self.users.apply(good_passwords(self.credentials, now))

    @contextmanager
    def entered(self, agency: str = OWN, password: str = "") -> Iterator[UnixDomainSocketConnection]:
        connection = UnixDomainSocketConnection(  # type: ignore[abstract]
            path=str(self.server.socket),
            username=user_of(agency),
            password=password or self.password,
            socket_timeout=10,
        )
        connection.connect()
        try:
            yield connection
        finally:
            connection.disconnect()


def ask(connection: UnixDomainSocketConnection, *words: str) -> Any:
    connection.send_command(*words)
    return connection.read_response()


def allowed(connection: UnixDomainSocketConnection, *words: str) -> bool:
    """Whether the server would carry a command out; that it makes no sense is another matter."""
    try:
        ask(connection, *words)
    except (ResponseError, ConnectionError) as error:
        return not any(words in str(error) for words in DENIED)
    return True


@pytest.fixture(params=STORES)
async def edge_server(request: pytest.FixtureRequest) -> AsyncIterator[EdgeServer]:
    """Each server in turn, which has two agencies' users while the test lasts."""
    server = request.getfixturevalue(f"{request.param}_server")
    async with emptied(server) as client:
        edge_server = EdgeServer(client, server)
        await edge_server.apply()
        try:
            yield edge_server
        finally:
            await edge_server.users.apply({})


async def every_command(client: Redis) -> list[tuple[Words, int]]:
    """Every command of the server, subcommands too, as words, each with the least number of its words."""
    found: list[tuple[Words, int]] = []
    connection = UnixDomainSocketConnection(path=client.connection_pool.connection_kwargs["path"])  # type: ignore[abstract]
    commands = ask(connection, "COMMAND")
    connection.disconnect()
    while commands:
        name, arity, *_, inner = commands.pop()
        commands += inner
        found.append((name.decode().split("|"), abs(arity)))
    return found


async def test_of_all_commands_only_the_listed_ones_pass(edge_server: EdgeServer) -> None:
    """Each command of the server, with as few words as it takes, each of them the name of a key."""
    passed = set()
    commands = await every_command(edge_server.client)
    assert len(commands) > 300
    for words, arity in commands:
        with edge_server.entered() as connection:  # a new one for each: some end it, or change who one is
            for place in PLACES:
                if allowed(connection, *words, *[place] * (arity - len(words))):
                    passed.add(" ".join(words))
                    break
    assert passed == {*ANYWHERE, *WRITING, *READING, *NO_RIGHTS_NEEDED}


def variants(place: str) -> dict[str, Words]:
    """The commands that an agency has, well written, on one key."""
    return {
        "xadd": ["XADD", place, "*", "event", "{}"],
        "xadd-trimming": ["XADD", place, "MAXLEN", "1", "*", "event", "{}"],
        "xadd-nothing-new": ["XADD", place, "NOMKSTREAM", "*", "event", "{}"],
        "xlen": ["XLEN", place],
        "xrange": ["XRANGE", place, "-", "+", "COUNT", "1"],
        "xrevrange": ["XREVRANGE", place, "+", "-", "COUNT", "1"],
        "xread": ["XREAD", "COUNT", "1", "STREAMS", place, "0"],
        "xread-waiting": ["XREAD", "BLOCK", "1", "STREAMS", place, "$"],
    }


async def test_each_command_passes_on_its_own_streams_only(edge_server: EdgeServer) -> None:
    """It writes to its outbox and cannot read it; it reads three streams and cannot write to them; else nothing."""
    readable = {keys.receipts(OWN), keys.outcomes(OWN), keys.refused(OWN)}
    with edge_server.entered() as connection:
        for place in PLACES:
            for name, words in variants(place).items():
                wanted = place == keys.outbox(OWN) if name.startswith("xadd") else place in readable
                assert allowed(connection, *words) == wanted, words
    for agency in (OWN, OTHER):
        for place in PLACES:
            if f"{{a:{agency}}}" in place and place != keys.outbox(OWN):
                assert not await edge_server.client.exists(place)


async def test_one_foreign_stream_among_its_own_is_enough_to_be_refused(edge_server: EdgeServer) -> None:
    """XREAD names many streams: all must be its own."""
    own, foreign = keys.receipts(OWN), keys.receipts(OTHER)
    with edge_server.entered() as connection:
        assert allowed(connection, "XREAD", "STREAMS", own, keys.refused(OWN), "0", "0")
        assert not allowed(connection, "XREAD", "STREAMS", own, foreign, "0", "0")
        assert not allowed(connection, "XREAD", "STREAMS", foreign, own, "0", "0")


async def test_what_it_does_to_its_own_outbox_harms_nobody_else(edge_server: EdgeServer) -> None:
    """It may wipe what it sent and use up its ids; the other agency's documents stand, and its own outbox is freed."""
    await edge_server.edge.submit(OTHER, [b"{}"] * 3)
    with (
        edge_server.entered() as connection,
        edge_server.entered(OTHER, edge_server.other_password) as neighbour,
    ):
        for _ in range(3):
            ask(connection, "XADD", keys.outbox(OWN), "*", "event", "{}")
        ask(connection, "XADD", keys.outbox(OWN), "MAXLEN", "0", LAST, "event", "{}")
        with pytest.raises(ResponseError):
            ask(connection, "XADD", keys.outbox(OWN), "*", "event", "{}")
        ask(neighbour, "XADD", keys.outbox(OTHER), "*", "event", "{}")
        assert await edge_server.edge.backlog(OWN) == (0, None)
        assert (await edge_server.edge.backlog(OTHER))[0] == 4
        assert await edge_server.edge.free(OWN)
        ask(connection, "XADD", keys.outbox(OWN), "*", "event", "{}")


async def test_names_that_begin_alike_are_different_agencies(edge_server: EdgeServer) -> None:
    """A name is no pattern and no beginning of another."""
    edge_server.given("dinsos-2")
    await edge_server.apply()
    with edge_server.entered(OTHER, edge_server.other_password) as connection:
        assert not allowed(connection, "XADD", keys.outbox("dinsos-2"), "*", "event", "{}")


async def test_both_of_two_passwords_are_good_until_one_is_revoked(edge_server: EdgeServer) -> None:
    """Who is connected with the one that goes is sent away; the other stays good."""
    second = edge_server.given(OWN)
    assert await edge_server.apply()
    with edge_server.entered() as old, edge_server.entered(password=second):
        edge_server.credentials = [
            one for one in edge_server.credentials if not edge_server.password.startswith(one.id)
        ]
        assert await edge_server.apply()
        with pytest.raises((ConnectionError, ResponseError)):
            ask(old, "PING")
    with pytest.raises(AuthenticationError), edge_server.entered():
        pass
    with edge_server.entered(password=second) as connection:
        assert ask(connection, "PING") == b"PONG"


async def test_an_expired_password_is_no_longer_good(edge_server: EdgeServer) -> None:
    """From the moment of its end on; an agency that has no other has no user any more."""
    edge_server.credentials = []
    password = edge_server.given(OWN, NOW + dt.timedelta(days=1))
    await edge_server.apply()
    with edge_server.entered(password=password) as connection:
        assert ask(connection, "PING") == b"PONG"
    await edge_server.apply(NOW + dt.timedelta(days=1))
    with pytest.raises(AuthenticationError), edge_server.entered(password=password):
        pass
    assert await edge_server.client.acl_users() == ["default"]


async def test_applying_again_changes_nothing_and_sends_nobody_away(edge_server: EdgeServer) -> None:
    """It may be repeated at any time."""
    with edge_server.entered() as connection:
        assert not await edge_server.apply()
        assert ask(connection, "PING") == b"PONG"


async def test_rights_that_somebody_added_are_taken_back(edge_server: EdgeServer) -> None:
    """Users of agencies are as the registry has them; other users are left alone."""
    await edge_server.client.execute_command(
        "ACL SETUSER", user_of(OWN), "allkeys", "allcommands", "allchannels"
    )
    await edge_server.client.execute_command(
        "ACL SETUSER", "agency-ghost", "on", "nopass", "+@all", "allkeys"
    )
    await edge_server.client.execute_command("ACL SETUSER", "monitoring", "on", "+ping")
    try:
        assert await edge_server.apply()
        assert set(await edge_server.client.acl_users()) == {
            "default",
            "monitoring",
            user_of(OWN),
            user_of(OTHER),
        }
        with edge_server.entered() as connection:
            assert not allowed(connection, "GET", "else")
    finally:
        await edge_server.client.acl_deluser("monitoring")


async def test_a_server_that_lets_everybody_in_is_known(edge_server: EdgeServer) -> None:
    """Users protect nothing there."""
    assert await edge_server.users.everybody_may_enter()
    await edge_server.client.execute_command("ACL SETUSER", "default", "resetpass", ">secret")
    try:
        assert not await edge_server.users.everybody_may_enter()
    finally:
        await edge_server.client.execute_command("ACL SETUSER", "default", "nopass")


def test_a_password_is_kept_as_its_hash_only() -> None:
    """What is kept cannot be used to log in; two are never the same."""
    password, credential = new_password(OWN, NOW)
    assert password.startswith(f"{credential.id}_")
    assert len(password) == 56
    assert password not in str(credential)
    assert new_password(OWN, NOW)[0] != password
