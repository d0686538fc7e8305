"""A decision goes the way of every event, on the state that was seen; of two who decide at once one wins."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from msgspec.structs import replace
from redis.asyncio import Redis

from events.personal import LONGEST_TEXT
from services.audit_trail.records import ActNotTaken, ActSent, SampleItemExamined
from services.audit_trail.trail import append, read
from services.review.brief import DecisionBrief, brief
from services.review.decision import MovedError, ReviewDecision, ReviewError, Sent, check, recorded, send
from services.review.officers import acts_of, officers
from services.review.work_list import work
from tests.lives import Life
from tests.small_installation import niks
from tests.stores.review.deciding import (
    DUE,
    IN_ARREARS,
    LACKING,
    OBJECTED,
    RETURNED,
    TODAY,
    DecidingInstallation,
    deciding_installation,
    decision,
)

SUM = 42_000_000


@pytest.fixture
async def installation(valkey: Redis, tmp_path: Path) -> DecidingInstallation:
    return await deciding_installation(valkey, tmp_path)


async def before(installation: DecidingInstallation, claim: str) -> DecisionBrief:
    """What an officer sees."""
    found = await brief(installation.whole, claim)
    assert found is not None
    return found


async def position(installation: DecidingInstallation, claim: str) -> int:
    return (await before(installation, claim)).position


async def acts(installation: DecidingInstallation) -> list[object]:
    """The kinds of records in the trail."""
    return [type(entry.record) for entry in await read(installation)]


async def test_what_is_foretold_comes_about(installation: DecidingInstallation) -> None:
    """The prospect of an approval is what is recorded once it is sent, and no more can be decided on that state."""
    told = await before(installation, IN_ARREARS)
    assert told.approval is not None
    assert told.denial is not None
    assert told.stands.liftable == ("in-arrears",)
    assert (told.approval.outcome, told.approval.leaves, told.approval.before) == ("due", SUM, 0)
    assert (told.denial.outcome, told.denial.reasons, told.denial.leaves) == ("denied", ("review-denied",), 0)
    made = decision(IN_ARREARS, told.position, "in-arrears")
    assert await check(installation.whole, made) == told.approval
    sent = await send(installation.whole, made)
    assert sent == Sent(f"bpjs:review-{IN_ARREARS}-{told.position}")
    assert (await before(installation, IN_ARREARS)).on_their_way == (sent.event,)
    assert await recorded(installation.whole, made) is None
    await installation.admitted()
    place = await recorded(installation.whole, made)
    assert place is not None
    assert place.between == ()
    after = await before(installation, IN_ARREARS)
    assert after.told is not None
    assert after.told.status == "ordered"
    assert after.told.money.ordered == sum(order.amount for order in told.approval.ordered) == SUM


async def test_of_two_who_decide_at_once_one_wins_and_the_other_is_told(
    installation: DecidingInstallation,
) -> None:
    """One event is recorded, and the trail says whose act was taken."""
    seen = await position(installation, IN_ARREARS)
    one = decision(IN_ARREARS, seen, "in-arrears")
    other = decision(IN_ARREARS, seen, verdict="deny", officer="budi")
    answers = await asyncio.gather(
        send(installation.whole, one), send(installation.whole, other), return_exceptions=True
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["MovedError", "Sent"]
    won = one if isinstance(answers[0], Sent) else other
    await installation.admitted()
    told = (await before(installation, IN_ARREARS)).told
    assert told is not None
    assert told.status == ("ordered" if won is one else "denied")
    assert [act.stands for act in await acts_of(installation.whole, won.officer)] == ["recorded"]


async def test_without_the_lease_the_id_decides(
    installation: DecidingInstallation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where both have looked and both send, intake takes one; the other's act is recorded as not taken."""
    from services.review import decision as module

    seen = await position(installation, IN_ARREARS)
    both = [decision(IN_ARREARS, seen, "in-arrears", officer=name) for name in ("rina", "budi")]
    answers = await asyncio.gather(
        *(module._send(installation.whole, one) for one in both), return_exceptions=True
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["MovedError", "Sent"]
    assert (await acts(installation)).count(ActSent) == 2
    await installation.admitted()
    lost = next(
        one.officer for one, answer in zip(both, answers, strict=True) if isinstance(answer, MovedError)
    )
    assert [act.stands for act in await acts_of(installation.whole, lost)] == ["not-taken", ""]


async def test_another_agency_decides_nothing_on_the_same_state(installation: DecidingInstallation) -> None:
    """Its event would have another id; it is told all the same."""
    seen = await position(installation, IN_ARREARS)
    await send(installation.whole, decision(IN_ARREARS, seen, "in-arrears"))
    with pytest.raises(MovedError) as told:
        await send(
            installation.whole, decision(IN_ARREARS, seen, "in-arrears", officer="tono", agency="bpjs-cabang")
        )
    assert told.value.message.key == "review.decided"


async def test_what_moved_since_is_told_and_nothing_is_sent(installation: DecidingInstallation) -> None:
    """The events that were recorded after the officer had looked are named."""
    seen = await position(installation, IN_ARREARS)
    objection = {"claim": IN_ARREARS, "by": {"name": "Budi"}, "grounds": "kurang"}
    await installation.live(Life(niks(1)[0]).send("claim.objected", objection, id="later"))
    with pytest.raises(MovedError) as told:
        await send(installation.whole, decision(IN_ARREARS, seen, "in-arrears"))
    assert told.value.message.key == "review.moved"
    assert next(one.type for one in told.value.later) == "claim.objected"
    assert ActSent not in await acts(installation)


async def test_sending_the_same_again_changes_nothing(installation: DecidingInstallation) -> None:
    """A second click gets the first answer, before and after it is recorded."""
    made = decision(IN_ARREARS, await position(installation, IN_ARREARS), "in-arrears")
    first = await send(installation.whole, made)
    assert await send(installation.whole, made) == Sent(first.event, repeated=True)
    await installation.admitted()
    assert await send(installation.whole, made) == Sent(first.event, repeated=True)
    assert (await acts(installation)).count(ActSent) == 1


@pytest.mark.parametrize(
    ("claim", "reasons", "otherwise", "why"),
    [
        (IN_ARREARS, ["in-arrears"], {"agency": "rsud"}, "review.may-not"),
        (IN_ARREARS, ["in-arrears"], {"agency": "nobody"}, "review.no-agency"),
        (IN_ARREARS, [], {}, "review.no-reasons"),
        (IN_ARREARS, ["objected"], {}, "review.unknown-reason"),
        (DUE, ["in-arrears"], {}, "review.nothing-to-decide"),
        (LACKING, [], {"verdict": "deny"}, "review.nothing-to-decide"),
        ("Z-9", [], {"verdict": "deny"}, "review.no-claim"),
    ],
)
async def test_what_may_not_be_decided_so_is_refused(
    installation: DecidingInstallation, claim: str, reasons: list[str], otherwise: dict[str, str], why: str
) -> None:
    """Without the right, without a reason that is open, of a claim that does not wait; nothing is sent."""
    found = await brief(installation.whole, claim)
    made = decision(claim, found.position if found else 1, *reasons, **otherwise)
    with pytest.raises(ReviewError) as told:
        await send(installation.whole, made)
    assert told.value.message.key == why
    assert ActSent not in await acts(installation)


async def test_grounds_are_needed_and_fit_the_event(installation: DecidingInstallation) -> None:
    """Blanks are none; more than the event may hold is said before anything is sent."""
    seen = await position(installation, IN_ARREARS)
    made = ReviewDecision(
        claim=IN_ARREARS, decision="deny", reasons=(), grounds=" \n", agency="bpjs", officer="rina", seen=seen
    )
    with pytest.raises(ReviewError) as told:
        await check(installation.whole, made)
    assert told.value.message.key == "review.no-grounds"
    with pytest.raises(ReviewError) as told:
        await check(installation.whole, replace(made, grounds="x" * (LONGEST_TEXT + 1)))
    assert told.value.message.key == "review.grounds-too-long"


async def test_an_objection_is_answered_by_another_officer(installation: DecidingInstallation) -> None:
    """Not by whoever decided what is objected to, however the name is spaced; the answer ends the task."""
    told = await before(installation, OBJECTED)
    assert told.stands.liftable == ("review-denied", "in-arrears", "objected")
    assert told.approval is not None
    assert told.approval.leaves == SUM
    own = decision(OBJECTED, told.position, *told.stands.liftable, officer=" Petugas ")
    with pytest.raises(ReviewError) as refused:
        await send(installation.whole, own)
    assert refused.value.message.key == "review.own-decision"
    await send(installation.whole, decision(OBJECTED, told.position, verdict="deny"))
    await installation.admitted()
    after = await before(installation, OBJECTED)
    assert after.told is not None
    assert after.told.status == "denied"


async def test_an_objection_that_came_while_a_decision_was_sent_waits_for_another_officer(
    installation: DecidingInstallation,
) -> None:
    """What the officer had seen goes with the decision: it answers the first objection, and not the one in between."""
    told = await before(installation, OBJECTED)
    await send(installation.whole, decision(OBJECTED, told.position, *told.stands.liftable))
    between = {"claim": OBJECTED, "by": {"name": "Budi"}, "grounds": "masih kurang"}
    await installation.live(Life(niks(2)[1]).send("claim.objected", between, id="between"))
    await installation.admitted()
    after = await before(installation, OBJECTED)
    assert (after.stands.outcome, after.stands.reasons) == ("referred", ("objected",))
    async with installation.looked_at() as view:
        (waits,) = [one for one in work(view, TODAY) if one.claim == OBJECTED]
    assert waits.task == "answer"
    with pytest.raises(ReviewError) as refused:
        await send(installation.whole, decision(OBJECTED, after.position, "objected"))
    assert refused.value.message.key == "review.own-decision"
    await send(installation.whole, decision(OBJECTED, after.position, "objected", officer="wati"))
    await installation.admitted()
    assert (await before(installation, OBJECTED)).stands.outcome == "due"


async def test_who_had_a_hand_in_a_claim_does_not_decide_it(installation: DecidingInstallation) -> None:
    """Neither who sent what it rests on, nor who examined it as an auditor."""
    seen = await position(installation, IN_ARREARS)
    filed = ActSent(claim=IN_ARREARS, event="dinsos:1", what="claim.filed", agency="dinsos")
    await append(installation, filed, by="siti")
    examined = SampleItemExamined(sample="S-1", item=f"{IN_ARREARS}.1", booked=SUM, audited=SUM)
    await append(installation, examined, by="dewi")
    for officer, why in (("siti", "review.own-act"), ("dewi", "review.own-audit")):
        with pytest.raises(ReviewError) as refused:
            await check(installation.whole, decision(IN_ARREARS, seen, "in-arrears", officer=officer))
        assert refused.value.message.key == why
    await check(installation.whole, decision(IN_ARREARS, seen, "in-arrears", officer="rina"))


async def test_money_that_came_back_is_ordered_again(installation: DecidingInstallation) -> None:
    """An approval names the return; it foretells the order that replaces it, and what was paid does not leave again."""
    told = await before(installation, RETURNED)
    assert told.stands.liftable == ("payment-returned",)
    assert told.approval is not None
    assert (told.approval.leaves, told.approval.before) == (SUM // 2, SUM)
    await send(installation.whole, decision(RETURNED, told.position, "payment-returned"))
    await installation.admitted()
    after = await before(installation, RETURNED)
    assert after.told is not None
    assert [order.state for order in after.told.payments] == ["replaced", "paid", "ordered"]


async def test_the_trail_tells_what_each_account_did(installation: DecidingInstallation) -> None:
    """Everybody whom it names, with what became of what they sent."""
    seen = await position(installation, IN_ARREARS)
    await send(installation.whole, decision(IN_ARREARS, seen, "in-arrears"))
    await append(installation, ActNotTaken(claim="Z-1", event="bpjs:review-Z-1-1", why="invalid"), by="budi")
    assert [one.stands for one in await acts_of(installation.whole, "rina")] == ["on-its-way"]
    told = {one.account: one.kinds for one in officers(await read(installation))}
    assert told == {"rina": {"act-sent": 1}, "budi": {"act-not-taken": 1}}
