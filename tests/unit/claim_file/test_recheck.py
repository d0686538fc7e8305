"""A claim's file on another machine: what was recorded comes out the same, and whatever was changed in it is named."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache

import msgspec
import pytest
from msgspec.structs import replace

from events.claim import ClaimFiled
from services.claim_file.contents import (
    EVENTS,
    MANIFEST,
    RESULT,
    ClaimFileManifest,
    manifest_of,
    pretty,
    read_back,
)
from services.claim_file.deciding import decided_by
from services.claim_file.recheck import Recheck, recheck
from services.claim_file.statement import statement_of
from services.letters.statement import text_of
from services.wording.claim_file import claim_pages
from tests.claim_files import claim_file_of, result_in, written
from tests.lives import Data, Life, heir

Files = dict[str, bytes]


def life() -> Life:
    """A death that is paid to a widow and a child, and another claim of the same person before it."""
    told = Life().insured().filed("P-1").died(claim="P-1")
    return told.heirs(heir("a"), heir("b", "child", "2"), claim="P-1").paid("P-1.1", 21_000_000, claim="P-1")


@cache
def files() -> Files:
    return written(claim_file_of(life(), "P-1"))


def checked(changed: Files) -> Recheck:
    return recheck(changed, lambda *_: {})


def named(changed: Files) -> set[tuple[str, str]]:
    """What a check finds: which check, and the key of what it says."""
    return {(one.check, one.message.key.removeprefix("recheck.")) for one in checked(changed).findings}


@pytest.mark.parametrize(
    ("day", "entitled", "ordered", "paid"),
    [
        ("2026-06-09", 0, 0, 0),
        ("2026-06-10", 42_000_000, 0, 21_000_000),
        ("2026-06-11", 42_000_000, 42_000_000, 21_000_000),
    ],
)
def test_a_file_of_a_day_is_what_its_facts_come_to(day: str, entitled: int, ordered: int, paid: int):
    """The heirs are stated on 10 June, the orders made on the 11th.

    Everything recorded is still decided again, and the same.
    """
    file = replace(claim_file_of(life(), "P-1"), true_on=day)
    found = checked(written(file))
    assert (found.findings, found.same) == ([], checked(files()).same)
    assert found.result is not None
    sums = found.result.sums
    assert (sums.entitled, sums.ordered, sums.paid_by_bank) == (entitled, ordered, paid)


def lines(change: Callable[[list[Data]], None]) -> Files:
    """The file with its events changed, and nothing else."""
    events = [json.loads(line) for line in files()[EVENTS].splitlines()]
    change(events)
    body = b"".join(msgspec.json.encode(event) + b"\n" for event in events)
    return {**files(), EVENTS: body}


def forged(changed: Files) -> Files:
    """The changed file with a manifest that fits it: as whoever forges it well would write it."""
    manifest = msgspec.json.decode(changed[MANIFEST], type=ClaimFileManifest)
    content = {name: body for name, body in changed.items() if name != MANIFEST}
    return {**changed, MANIFEST: pretty(manifest_of(read_back(manifest, changed), content))}


def test_a_file_is_the_same_elsewhere():
    """Every hash holds, every event is decided again, every conclusion is the recorded one."""
    found = checked(files())
    assert found.findings == []
    assert (found.events, found.same) == (found.events, found.events - found.decided - 1)
    assert found.result is not None
    assert found.result.sums.ordered == 42_000_000


def order(events: list[Data]) -> Data:
    return next(event for event in events if event["type"] == "kelambu.claim.payment-ordered.v1")


def amount(events: list[Data]) -> None:
    order(events)["data"]["amount"] += 1


def due(events: list[Data]) -> None:
    order(events)["data"]["due_on"] = "2026-07-31"


def assessed(events: list[Data]) -> None:
    last = [event for event in events if event["type"] == "kelambu.claim.assessed.v1"][-1]
    last["data"]["lines"][0]["amount"] += 1


def died(events: list[Data]) -> None:
    told = next(event for event in events if "death" in event["data"].get("findings", {}))
    told["data"]["findings"]["death"]["died_on"] = "2020-01-01"


def lost(events: list[Data]) -> None:
    events.remove(order(events))


@pytest.mark.parametrize("change", [amount, due, assessed, died, lost])
def test_a_changed_event_is_named(change: Callable[[list[Data]], None]):
    """By its hash; and where the manifest was made to fit, by what it should have been."""
    changed = lines(change)
    assert ("files", "file-changed") in named(changed)
    assert ("events", "event-changed") in named(changed)
    found = {check for check, _ in named(forged(changed))}
    assert "files" not in found
    assert "decisions" in found


def test_what_differs_is_told_with_both_amounts():
    """The recorded one and the one that comes out again, at the event's place."""
    (one,) = [found for found in checked(forged(lines(amount))).findings if found.conclusion]
    assert one.conclusion is not None
    assert [(part.path, part.recorded, part.again) for part in one.conclusion.parts] == [
        ("data.amount", "21000001", "21000000")
    ]


def test_a_figure_of_the_rulebook_is_named():
    """Its file and its hash do not fit any more, and what follows from it is another sum."""
    name = next(name for name in files() if name.endswith("pp-82-2019.toml"))
    body = files()[name].replace(b"20_000_000", b"20_000_001")
    assert body != files()[name]
    changed = {**files(), name: body}
    assert {("files", "file-changed"), ("rulebooks", "rulebook-changed"), ("decisions", "differs")} <= named(
        changed
    )
    assert {("rulebooks", "rulebook-changed"), ("decisions", "differs")} <= named(forged(changed))


def test_a_sum_of_the_result_is_named():
    """What the file says that the claim comes to is compared with what it does come to."""
    changed = {**files(), RESULT: files()[RESULT].replace(b'"ordered": 42000000', b'"ordered": 42000001')}
    (one,) = [found for found in checked(forged(changed)).findings if found.check == "result"]
    assert one.message.parameters == {"path": "sums.ordered", "theirs": "42000001", "ours": "42000000"}


def test_what_is_missing_or_added_is_named():
    """A file without a hash and a hash without a file."""
    without = {name: body for name, body in files().items() if name != RESULT}
    assert ("files", "file-missing") in named(without)
    assert ("files", "file-added") in named({**files(), "note.txt": b"?"})
    assert named({}) == {("files", "no-manifest")}
    assert named({MANIFEST: b"{}"}) == {("files", "bad-manifest")}
    assert ("events", "unreadable-event") in named({**files(), EVENTS: b"{}\n"})


def test_a_page_that_says_something_else_is_named():
    """Pages are made again from the events: a changed one is found although its hash was made to fit."""
    whole = written(claim_file_of(life(), "P-1"), pages=True)
    assert recheck(whole, claim_pages).findings == []
    assert recheck(whole, claim_pages).pages == 4
    changed = {**whole, "index.html": whole["index.html"].replace(b"Rp21.000.000", b"Rp22.000.000")}
    assert [one.message.key for one in recheck(forged(changed), claim_pages).findings] == [
        "recheck.other-page"
    ]


def test_a_file_cut_at_any_position_holds_whole_decisions():
    """What was concluded from an event is in it or the event is not, so that each cut is the same elsewhere."""
    file = claim_file_of(life(), "P-1")
    events = file.decoded()
    filed = next(event.position or 0 for event in events if isinstance(event, ClaimFiled))
    seen = set()
    for position in range(filed, len(events) + 1):
        known = decided_by(events[1:], position)
        bodies = [
            body for body, event in zip(file.events, events, strict=True) if event.position in {1, *known}
        ]
        if filed not in known:
            continue
        assert max(known) <= position
        seen.add(len(bodies))
        cut = replace(file, known_on=str(position), events=tuple(bodies))
        assert checked(written(cut)).findings == []
    assert len(seen) > 3
    assert max(seen) == len(events)


def test_the_line_of_the_letter_must_say_what_the_claim_comes_to():
    """Whoever puts another sum or another claim in it is named; so is what is no line."""
    file = claim_file_of(life(), "P-1")
    statement = statement_of(file, result_in(file), "kelambu/0/letters")
    right, other = (text_of(one, bytes(64)) for one in (statement, replace(statement, amount=43_000_000)))
    assert not checked(written(replace(file, signed_line=right))).findings
    assert named(written(replace(file, signed_line=other))) == {("letter", "other-line")}
    assert named(written(replace(file, signed_line="kelambu-letter/1"))) == {("letter", "no-line")}
