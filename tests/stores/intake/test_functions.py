"""The server's functions of intake refuse what is malformed before they write anything, and call few commands."""

from __future__ import annotations

import pytest
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from services.ledger.edge import Answer, DocumentReceipt, Edge
from services.ledger.reservations import Reservations, Result, Target, Wanted
from services.ledger.store import create_or_open
from services.sealing.keystore import KeyStore
from tests.stores.intake.documents import NOW, IntakeInstallation, paid

ID, TAG, TIME = b"i" * 16, b"t" * 8, b"\0" * 6
PERSON = b"P~person"
ASKED = ID + b"r" + TAG + b"\0" + PERSON
CONCLUDED = [b"{a:x}:ids", b"{a:x}:taken", b"{a:x}:receipts", b"{a:x}:outbox"]

MALFORMED: list[tuple[str, int, list[bytes]]] = [
    ("kelambu_reserve", 2, [b"{a:x}:ids", b"{a:x}:awaited"]),
    ("kelambu_reserve", 2, [b"{a:x}:ids", b"{a:x}:awaited", b"now", ASKED]),
    ("kelambu_reserve", 2, [b"{a:x}:ids", b"{a:x}:awaited", TIME, ASKED, b"short" + TAG]),
    ("kelambu_reserve", 2, [b"{a:x}:ids", b"{a:x}:awaited", TIME, ID + b"q" + TAG + b"\0" + PERSON]),
    ("kelambu_reserve", 2, [b"{a:x}:ids", b"{a:x}:awaited", TIME, ID + b"r" + TAG + b"\0X"]),
    ("kelambu_reserve", 2, [b"{a:x}:ids", b"{a:x}:awaited", TIME, ID + b"r" + TAG + b"\0Wshort"]),
    ("kelambu_reserve", 2, [b"{a:x}:ids", b"{a:x}:awaited", TIME, ID + b"r" + TAG + b"\xff" + PERSON]),
    ("kelambu_reserve", 1, [b"{a:x}:ids", TIME, ASKED]),
    ("kelambu_reserve", 2, [b"text", b"{a:x}:awaited", TIME, ASKED]),
    ("kelambu_receive", 2, [b"{a:x}:ids", b"{a:x}:taken", TIME, ASKED]),
    ("kelambu_receive", 2, [b"{a:x}:ids", b"{a:x}:taken", TIME, ASKED, b"packet", b"", b"packet"]),
    ("kelambu_receive", 2, [b"{a:x}:ids", b"text", TIME, ASKED, b"packet"]),
    ("kelambu_finish", 1, [b"{a:x}:ids", ID + b"a"]),
    ("kelambu_finish", 1, [b"{a:x}:ids", ID + b"A" + PERSON]),
    ("kelambu_finish", 1, [b"{a:x}:ids", ID + b"a" + PERSON, ID + b"aa" + PERSON]),
    ("kelambu_finish", 1, [b"text", ID + b"a" + PERSON]),
    ("kelambu_hold", 3, [b"{a:x}:ids", b"{a:x}:awaited", b"{a:x}:early:1", ID, ID, b"0", b"another" * 4]),
    ("kelambu_hold", 3, [b"{a:x}:ids", b"{a:x}:awaited", b"text", ID, ID, b"0", ID + TAG]),
    ("kelambu_let_go", 2, [b"{a:x}:awaited", b"{a:x}:early:1", b"short"]),
    ("kelambu_take", 1, [b"{c:C}:route", b"short", b"x"]),
    ("kelambu_take", 1, [b"text", ID, b"x"]),
    ("kelambu_open", 2, [b"{c:C}:route", b"{c:C}:waiting", ID, b"~person"]),
    ("kelambu_open", 2, [b"{c:C}:route", b"{c:C}:waiting", ID, b""]),
    ("kelambu_route", 2, [b"{c:C}:route", b"{c:C}:waiting", ID]),
    ("kelambu_route", 2, [b"{c:C}:route", b"{c:C}:waiting", ID, b"0", b"another" * 4]),
    ("kelambu_route", 2, [b"{c:C}:route", b"text", ID, b"0", ID + TAG]),
    ("kelambu_conclude", 3, [*CONCLUDED[:3], b"0", b"0", b"10", b"0"]),
    ("kelambu_conclude", 4, [*CONCLUDED, b"2", ID + b"a" + PERSON, b"0", b"10", b"0"]),
    ("kelambu_conclude", 4, [*CONCLUDED, b"1", ID + b"a", b"0", b"10", b"0"]),
    ("kelambu_conclude", 4, [*CONCLUDED, b"1", ID + b"a" + PERSON, b"1", b"no id", b"10", b"0"]),
    ("kelambu_conclude", 4, [*CONCLUDED, b"1", ID + b"a" + PERSON, b"9", b"1-1", b"10", b"0"]),
    ("kelambu_conclude", 4, [*CONCLUDED, b"1", ID + b"a" + PERSON, b"0", b"10", b"2", b"{}"]),
    ("kelambu_conclude", 4, [*CONCLUDED, b"1", ID + b"a" + PERSON, b"0", b"10", b"1", b"{}", b"no id"]),
    ("kelambu_conclude", 4, [*CONCLUDED[:3], b"text", b"1", ID + b"a" + PERSON, b"0", b"10", b"1", b"{}"]),
    ("kelambu_answer", 2, [b"{a:x}:receipts", b"{a:x}:outbox", b"10", b"2", b"{}"]),
    ("kelambu_answer", 2, [b"{a:x}:receipts", b"{a:x}:outbox", b"10", b"1", b"{}", b"no id"]),
    ("kelambu_answer", 2, [b"{a:x}:receipts", b"text", b"10", b"1", b"{}", b"1-1"]),
]


@pytest.mark.parametrize(("function", "keys", "arguments"), MALFORMED)
async def test_a_malformed_call_writes_nothing(
    redis: Redis, function: str, keys: int, arguments: list[bytes]
) -> None:
    """It is refused by name, and no key appears or changes."""
    await create_or_open(redis, 4)
    await redis.set("text", "text")
    before = sorted(await redis.keys("*"))
    with pytest.raises(ResponseError, match=r"MALFORMED|CORRUPTED"):
        await redis.execute_command("FCALL", function, keys, *arguments)
    assert sorted(await redis.keys("*")) == before
    assert await redis.get("text") == b"text"


async def test_ids_are_looked_up_and_recorded_together(redis: Redis, keys: KeyStore) -> None:
    """However many documents a batch has, each function reads and writes their ids with one command each."""
    costs = []
    for documents in (1, 2, 200):  # the first makes the person's key
        await redis.flushall()
        installation = await IntakeInstallation.opened(redis, keys)
        await installation.context.edge.submit("dinsos", [paid("dinsos", f"p-{n}") for n in range(documents)])
        await redis.config_resetstat()
        await installation.work("dinsos")
        calls = await redis.info("commandstats")
        commands = ("hget", "hmget", "hset", "xtrim", "xdel")
        costs.append([calls.get(f"cmdstat_{command}", {}).get("calls", 0) for command in commands])
    assert costs[1] == costs[2]
    assert all(costs[1])


async def test_what_is_recorded_otherwise_is_not_answered_with_its_batch(redis: Redis) -> None:
    """Neither receipt nor deletion, so that the caller answers what is true; what agrees is recorded all the same."""
    await create_or_open(redis, 4)
    reservations, edge, person = Reservations(redis), Edge(redis), Target("person", "~person")
    (entry,) = await edge.submit("x", [b"{}"])
    other = b"j" * 16
    await reservations.reserve("x", [Wanted(one, TAG, person) for one in (ID, other)], NOW)
    await reservations.finish({"x": [(ID, "accepted", person)]})
    receipt = DocumentReceipt(receipt=ID.hex(), admittedtime=NOW, status="waiting")
    given = {"x": Answer([receipt], [entry])}
    results: list[Result] = [(ID, "waiting", person), (other, "accepted", person)]

    found = await edge.conclude({"x": results}, given)
    assert [one and one.status for one in found["x"]] == ["accepted", None]
    assert await edge.receipts("x") == []
    assert [one.id for one in await edge.outbox("x")] == [entry]

    assert await edge.conclude({"x": results[1:]}, given) == {"x": [None]}
    assert [one.receipt for _, one in await edge.receipts("x")] == [ID.hex()]
    assert await edge.outbox("x") == []
