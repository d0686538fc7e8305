"""The client: each reply goes to its own command, whatever became of the commands before."""

from __future__ import annotations

import asyncio

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as ConnectionLost
from redis.exceptions import ResponseError


async def test_commands_at_the_same_time_have_their_own_replies(redis: Redis):
    """No two commands share a connection at the same time."""
    replies = await asyncio.gather(*(redis.echo(f"{number}") for number in range(50)))
    assert replies == [b"%d" % number for number in range(50)]


@pytest.mark.parametrize("transaction", [False, True])
async def test_an_error_in_a_pipeline_leaves_no_reply_behind(redis: Redis, *, transaction: bool):
    """The commands after it are carried out, and the next reply on the connection is the next command's."""
    pipe = redis.pipeline(transaction=transaction)
    pipe.set("name", "text")
    pipe.lpush("name", "element")
    pipe.get("name")
    with pytest.raises(ResponseError, match="WRONGTYPE"):
        await pipe.execute()
    assert await redis.echo("next") == b"next"


async def test_a_transaction_that_the_server_takes_no_part_of_leaves_no_reply_behind(redis: Redis):
    """One command is refused when it is queued, so that none is carried out."""
    pipe = redis.pipeline(transaction=True)
    pipe.set("name", "text")
    pipe.execute_command("GET", "too", "many")
    with pytest.raises(ResponseError, match="wrong number"):
        await pipe.execute()
    assert await redis.echo("next") == b"next"
    assert await redis.get("name") is None


@pytest.mark.parametrize("piped", [False, True])
async def test_a_command_that_is_given_up_leaves_no_reply_behind(redis: Redis, *, piped: bool):
    """Its connection is closed: the reply that is still to come would be taken for that to another command."""
    pipe = redis.pipeline(transaction=False)
    pipe.echo("first")
    pipe.blpop(["nothing"], 1)
    waiting = asyncio.ensure_future(pipe.execute() if piped else redis.blpop(["nothing"], 1))
    while not (await redis.info("clients"))["blocked_clients"]:  # noqa: ASYNC110 -- the server tells nobody
        await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert await redis.echo("next") == b"next"


async def test_a_reply_that_cannot_be_read_leaves_no_other_behind(redis: Redis):
    """What stops in the middle of a pipeline closes its connection."""

    def unreadable(response: object, **options: object) -> None:
        raise ValueError("unreadable")

    redis.set_response_callback("TIME", unreadable)
    pipe = redis.pipeline(transaction=False)
    pipe.execute_command("TIME")
    pipe.blpop(["nothing"], 0.1)
    with pytest.raises(ValueError, match="unreadable"):
        await pipe.execute()
    assert await redis.echo("next") == b"next"


async def test_a_pipeline_that_loses_its_connection_fails_at_once(redis: Redis):
    """Nothing is sent again; the next command has a new connection."""
    own = await redis.client_id()
    pipe = redis.pipeline(transaction=False)
    pipe.incr("count")
    pipe.execute_command("CLIENT", "KILL", "ID", own, "SKIPME", "no")
    pipe.incr("count")
    with pytest.raises(ConnectionLost):
        await pipe.execute()
    assert await redis.get("count") in (b"1", b"2")
