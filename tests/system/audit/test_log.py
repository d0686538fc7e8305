"""The book held against checkpoints of its log.

Every change behind Kelambu's back is named by index, stream and position.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from redis.asyncio import Redis

from services.ledger import keys
from services.notary.leaves import TRAIL, read_leaf
from services.notary.log import Log as LogOfFiles
from services.verification.discrepancies import AuditFinding
from tests.system.audit.logged import SmallLog, keys_made, leaves_of
from tests.system.audit.tampering import busy_installation, rewrite


@pytest.fixture
async def log(valkey: Redis, tmp_path: Path) -> SmallLog:
    small = await busy_installation(valkey, tmp_path / "installation")
    made = SmallLog(small, keys_made(tmp_path / "notary-keys"))
    await made.write()
    made.seen("checkpoint")
    return made


def said(findings: list[AuditFinding]) -> list[str]:
    return [one.message.key.removeprefix("audit.") for one in findings]


async def test_nothing_differs_and_what_came_later_is_counted(log: SmallLog) -> None:
    """Own checkpoints and the one from outside are proven, with the outside key and without."""
    await log.small.client.xadd(keys.TRAIL, {"e": b"{}"}, id="4-0")
    for trusted in (None, log.trusted):
        held = await log.held(trusted=trusted)
        assert (said(held.findings), held.unsealed) == ([], 1)
        assert all(one.proven for one in held.held)
        assert [one.outside for one in held.held].count(True) == 1
    size = len(await leaves_of(log.small)) - 1
    assert max(one.size for one in held.held) == size


async def test_a_changed_event_is_named_by_index_partition_and_position(log: SmallLog) -> None:
    """Also where nothing else contradicts it, since every time of the partition was moved with it."""
    leaves = await leaves_of(log.small)
    for entry in await log.small.ledger.read(1, 0, 1000):
        moved = entry.body.replace(b'"recordedtime":"2026-06-11', b'"recordedtime":"2027-04-07')
        await rewrite(log.small, 1, entry.position, moved)
    (found,) = (await log.held()).findings[-1:]
    index = next(at for at, leaf in enumerate(leaves) if leaf.startswith(b"ledger/1\n1\n"))
    assert (found.message.key, found.partition, found.position) == ("audit.log-changed", 1, 1)
    assert found.message.parameters["index"] == index
    assert found.message.parameters["count"] == len(await log.small.ledger.read(1, 0, 1000))


async def test_only_checkpoints_before_what_differs_are_held(log: SmallLog) -> None:
    """Also where tiles and entries still lead to those behind it: what is recorded there is not the same any more."""
    kept = sorted(int(file.name) for file in (log.directory / "checkpoints").iterdir())
    entry = read_leaf((await leaves_of(log.small))[kept[1] - 1])
    assert entry.stream.startswith("ledger/")
    changed = entry.body.replace(b"2026-06-11", b"2026-06-12")
    assert changed != entry.body
    await rewrite(log.small, int(entry.stream[7:]), entry.position, changed)
    held = await log.held()
    assert said(held.findings) == ["log-changed"]
    assert {one.size for one in held.held if one.proven} == {kept[0]}


async def test_a_cut_tail_is_named(log: SmallLog) -> None:
    """By the first position that is missing, and by the head that the checkpoint saw."""
    last = (await log.small.ledger.head(0)).position
    for position in (last, last - 1):
        await log.small.client.xdel(keys.ledger(0), f"{position}-0")
    findings = (await log.held()).findings
    assert ("log-missing", 0, last - 1) in [
        (one.message.key.removeprefix("audit."), one.partition, one.position) for one in findings
    ]
    assert ("audit.log-cut", 0, last) in [(one.message.key, one.partition, one.position) for one in findings]


async def test_a_second_history_is_found_from_outside_alone(log: SmallLog) -> None:
    """Changed on the server, written into a log anew and signed by the real key: nothing inside contradicts it."""
    position = (await log.small.ledger.head(1)).position
    entry = (await log.small.ledger.entries(1, [position]))[0]
    await rewrite(log.small, 1, position, entry.body.replace(b"2026-06-11", b"2026-06-12"))
    shutil.rmtree(log.directory)
    await log.write()
    assert said((await log.held(outside=False)).findings) == []
    findings = (await log.held()).findings
    assert said(findings) == ["log-other", "log-other-head"]
    assert (findings[1].partition, findings[1].position) == (1, position)
    assert findings[0].message.parameters["index"] == 0
    assert findings[1].message.parameters["first"] == 1


async def test_a_smaller_checkpoint_from_outside_says_from_where_on(log: SmallLog) -> None:
    """Of two from outside the smaller still holds: what differs begins behind it."""
    kept = sorted(int(file.name) for file in (log.directory / "checkpoints").iterdir())
    log.seen("checkpoint", f"checkpoints/{kept[1]}")
    leaves = await leaves_of(log.small)
    entry = read_leaf(leaves[-1])
    assert entry.stream.startswith("ledger/")
    body = entry.body.replace(b"2026-06-11", b"2026-06-12")
    await rewrite(log.small, int(entry.stream[7:]), entry.position, body)
    shutil.rmtree(log.directory)
    await log.write()
    size = len(leaves)
    findings = (await log.held()).findings
    assert findings[0].message.key == "audit.log-other"
    assert findings[0].message.parameters["index"] == kept[1]
    assert findings[0].message.parameters["last"] == size - 1


async def test_where_every_stream_ends_as_it_was_seen_what_differs_lies_within(log: SmallLog) -> None:
    """An event in the middle was changed, and the log written anew.

    The spans begin behind what still holds from outside.
    """
    kept = sorted(int(file.name) for file in (log.directory / "checkpoints").iterdir())
    log.seen("checkpoint", f"checkpoints/{kept[0]}", f"checkpoints/{kept[1]}")
    earlier = LogOfFiles(log.directory).checkpoint(f"checkpoints/{kept[0]}")
    assert earlier is not None
    leaves = await leaves_of(log.small)
    heads = {entry.stream: entry.position for entry in map(read_leaf, leaves[: kept[1]])}
    entry = next(
        one
        for one in map(read_leaf, leaves[kept[0] : kept[1]])
        if one.stream != TRAIL and one.position < heads[one.stream]
    )
    await rewrite(
        log.small, int(entry.stream[7:]), entry.position, entry.body.replace(b"2026-06-11", b"2026-06-12")
    )
    shutil.rmtree(log.directory)
    await log.write()
    findings = (await log.held()).findings
    assert said(findings) == ["log-other", "log-within", "log-other-too", "log-within"]
    told = findings[0].message.parameters
    assert (told["index"], told["last"]) == (kept[0], kept[1] - 1)
    first = earlier.heads[entry.stream].position + 1
    spans = str(findings[1].message.parameters["spans"])
    assert f"{entry.stream} {first}–{heads[entry.stream]}" in spans
    assert first <= entry.position <= heads[entry.stream]


async def test_a_tree_that_shrank_and_a_log_that_is_gone(log: SmallLog) -> None:
    """A log written anew that is shorter, and none at all."""
    leaves = await leaves_of(log.small)
    shutil.rmtree(log.directory)
    await log.write(leaves[:-5])
    findings = (await log.held()).findings
    assert {"log-beyond", "log-shrank"} <= set(said(findings))
    (shrank,) = (one.message.parameters for one in findings if one.message.key == "audit.log-shrank")
    lost: dict[str, tuple[int, int]] = {}
    for entry in map(read_leaf, leaves[-5:]):
        first, _ = lost.get(entry.stream, (entry.position, 0))
        lost[entry.stream] = first, entry.position
    assert set(str(shrank["spans"]).split(", ")) == {f"{name} {a}–{b}" for name, (a, b) in lost.items()}
    shutil.rmtree(log.directory)
    assert {"log-gone", "log-headless", "log-shrank"} <= set(said((await log.held()).findings))
    assert said((await log.held(outside=False)).findings) == ["log-headless"]


async def test_a_server_that_was_put_back(log: SmallLog) -> None:
    """Its head of the log is behind the newest checkpoint, has another root, or is beyond what is recorded."""
    size = len(await leaves_of(log.small))
    await log.small.client.hset(keys.LOG_HEAD, "size", size + 1)
    assert said((await log.held()).findings) == ["log-head-beyond"]
    await log.small.client.xadd(keys.TRAIL, {"e": b"{}"}, id="4-0")
    assert said((await log.held()).findings) == []
    await log.small.client.hset(keys.LOG_HEAD, "size", size)
    await log.small.client.hset(keys.LOG_HEAD, "root", "00" * 32)
    assert said((await log.held()).findings) == ["log-head-other"]
    await log.small.client.delete(keys.LOG_HEAD)
    assert said((await log.held()).findings) == ["log-head-behind"]


async def test_keys_that_were_replaced(log: SmallLog, tmp_path: Path) -> None:
    """Everything signed anew with other keys: the outside key does not know them, nor they what was seen outside."""
    trusted, outside = log.trusted, log.outside
    other = SmallLog(log.small, keys_made(tmp_path / "other-keys"))
    await other.write()
    assert said((await other.held()).findings) == []
    other.outside = outside
    assert said((await other.held()).findings) == ["log-unsigned"]
    assert said((await other.held(trusted=trusted)).findings) == ["log-replaced-keys"]
    log.keys = other.keys
    shutil.rmtree(log.directory / "checkpoints")


@pytest.mark.parametrize(
    ("part", "change", "kind"),
    [
        ("tile/0/000.p", lambda b: b[:64] + bytes([b[64] ^ 1]) + b[65:], "log-tile"),
        ("tile/entries/000.p", lambda b: b.replace(b'"reason":"~"', b'"reason":"-"', 1), "log-entry"),
        ("index/ledger-0", lambda b: b[8:16] + b[:8] + b[16:], "log-index"),
        ("checkpoint", lambda b: b.replace(b"/log-1\n", b"/log-2\n", 1), "log-unsigned"),
    ],
)
async def test_each_part_of_the_log_is_judged(
    log: SmallLog, part: str, change: Callable[[bytes], bytes], kind: str
) -> None:
    """A change of one file alone is found there, and the ledger is not blamed for it."""
    files = [file for file in (log.directory, *log.directory.rglob("*")) if file.is_file()]
    file = next(one for one in sorted(files) if str(one.relative_to(log.directory)).startswith(part))
    was = file.read_bytes()
    file.write_bytes(change(was))
    assert file.read_bytes() != was
    found = (await log.held()).findings
    assert kind in said(found)
    assert "log-changed" not in said(found)


async def test_a_signature_that_none_of_the_keys_has_made_is_named(log: SmallLog) -> None:
    """Of two keys one has signed still; a line that names another was changed, and is not passed over."""
    for name in (
        "checkpoint",
        *(f"checkpoints/{file.name}" for file in (log.directory / "checkpoints").iterdir()),
    ):
        file = log.directory / name
        whole = file.read_bytes()
        before, mark, rest = whole.rpartition("— ".encode())
        named, space, spelt = rest.partition(b" ")
        for line in (named + b"x" + space + spelt, named + space + b"AAAA" + spelt[4:]):
            file.write_bytes(before + mark + line)
            assert said((await log.held()).findings) == ["log-stranger"], name
        file.write_bytes(whole)


async def test_verify_names_it_among_its_findings(log: SmallLog) -> None:
    """In the same list as everything else, with what the book was held against."""
    result = await log.verified()
    assert [str(one) for one in result.findings] == []
    assert {one.outside for one in result.checkpoints if one.proven} == {True, False}
    entry = (await log.small.ledger.entries(0, [1]))[0]
    await rewrite(log.small, 0, 1, entry.body.replace(b'"engine":"', b'"engine": "'))
    assert "log" in {one.check for one in (await log.verified()).findings}
