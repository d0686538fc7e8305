"""Orders that leave by name: none without an approval, each once, whatever breaks off.

And what ends it is known for ever.
"""

from __future__ import annotations

import copy
import itertools
import secrets
import shutil
from pathlib import Path

import pytest
from redis.asyncio import Redis

from events.catalogue import decode, encode
from events.envelope import KELAMBU
from events.operation import Epoch, EpochBegun, ReleaseArranged
from events.payment import PaymentOrdered, PaymentReleased, ReleaseApproved, ReleaseMode, ReleaseRefused
from services.adjudication.stored_states import read_releasing
from services.disbursement.adoption import unknown_files
from services.disbursement.approval import DecidedOrders, Decision, SeenOrder, decide
from services.disbursement.release_mode import arrange, arrange_by_setting
from services.disbursement.round import NOT_APPROVED, round_of
from tests.small_installation import NOW, SmallInstallation
from tests.system.disbursement.crashing import Countdown, CrashError, Crashing, crashing, crashing_files
from tests.system.disbursement.test_rounds import death, rows, turn


@pytest.fixture
async def installation(redis: Redis, tmp_path: Path) -> SmallInstallation:
    installation = await SmallInstallation.opened(redis, tmp_path)
    await by_setting(installation, "named")
    return installation


def deciding(installation: SmallInstallation, countdown: Countdown | None = None) -> SmallInstallation:
    """The installation; what is delivered through it is decided at once."""
    other = copy.copy(installation)
    other.ledger = Crashing(  # type: ignore[assignment]
        installation.ledger, countdown or Countdown(0), {"deliver": installation.decide}
    )
    return other


async def by_setting(installation: SmallInstallation, mode: ReleaseMode) -> bool:
    return await arrange_by_setting(deciding(installation).ledger, 0, mode, NOW, lambda: False)


async def waiting(installation: SmallInstallation) -> list[SeenOrder]:
    """Every order, as somebody sees it now."""
    bodies = await installation.bodies()
    return [
        SeenOrder(event.data.order, event.data.claim, event.person or "", 0, event.data.amount, len(bodies))
        for event in map(decode, bodies)
        if isinstance(event, PaymentOrdered)
    ]


async def say(
    installation: SmallInstallation,
    orders: list[SeenOrder],
    kind: type[Decision] = ReleaseApproved,
    officer: str = "Atasan",
    countdown: Countdown | None = None,
) -> DecidedOrders:
    return await decide(
        deciding(installation, countdown),
        installation.rulebook,
        kind,
        orders,
        officer=officer,
        reason="sudah diperiksa",
        stopped=lambda: False,
    )


async def left(installation: SmallInstallation) -> list[str]:
    return [departure.order for _, departure in await installation.payments.orders()]


async def test_an_order_leaves_once_a_named_person_has_approved_it(installation: SmallInstallation) -> None:
    """Of two deaths one is approved: its orders leave, the others wait and are told as waiting for a person."""
    await installation.live(death(0), death(1))
    await turn(installation)
    assert await left(installation) == []
    held = await installation.payments.held()
    assert {why.why for why in held.values()} == {NOT_APPROVED}
    assert len(held) == 4
    orders = await waiting(installation)
    told = await say(installation, [one for one in orders if one.claim == "A-0"])
    assert told.recorded == ("A-0.1", "A-0.2")
    await turn(installation)
    await turn(installation)
    assert await left(installation) == ["A-0.1", "A-0.2"]
    assert [row["order"] for row in rows(installation)] == ["A-0.1", "A-0.2"]
    assert sorted(await installation.payments.held()) == ["A-1.1", "A-1.2"]


async def test_of_two_who_approve_the_same_one_wins_and_the_other_is_told(
    installation: SmallInstallation,
) -> None:
    """Also once it has left; who refuses what has left is told so too."""
    await installation.live(death(0))
    orders = await waiting(installation)
    assert (await say(installation, orders)).hindered == {}
    assert (await say(installation, orders, officer="Wakil")).hindered == {
        "A-0.1": "decided",
        "A-0.2": "decided",
    }
    await turn(installation)
    for kind in (ReleaseApproved, ReleaseRefused):
        told = await say(installation, orders, kind, officer="Wakil")
        assert set(told.hindered.values()) == {"left"}


async def test_who_reviewed_is_known_however_the_name_is_written(installation: SmallInstallation) -> None:
    """By the token of the name: in capitals, with other blanks, with a title's full stop."""
    life = death(0).reviewed("approve", claim="A-0", officer="dr. Siti Aminah, M.Kes")
    await installation.live(life)
    orders = await waiting(installation)
    told = await say(installation, orders, officer="DR SITI  AMINAH M KES ")
    assert told.hindered == {"A-0.1": "reviewed", "A-0.2": "reviewed"}
    assert (await say(installation, orders, officer="Siti Aminah")).hindered == {}


async def test_what_came_meanwhile_is_not_released_unseen(installation: SmallInstallation) -> None:
    """Something about the person was recorded after the list was seen: nothing is decided about these orders."""
    life = death(0)
    await installation.live(life, death(1))
    orders = await waiting(installation)
    sent = len(life.documents)
    await installation.admit(life.ended("2026-05-01"), since=sent)
    await installation.decide()
    told = await say(installation, orders)
    assert told.hindered == {"A-0.1": "changed", "A-0.2": "changed"}
    assert told.recorded == ("A-1.1", "A-1.2")


async def test_only_somebody_by_name_ends_it(installation: SmallInstallation) -> None:
    """A setting does not; when it is ended, what waited leaves, and who ended it stands in the ledger."""
    await installation.live(death(0))
    await turn(installation)
    assert not await by_setting(installation, "automatic")
    assert not await by_setting(installation, "named")
    await turn(installation)
    assert await left(installation) == []
    assert await arrange(deciding(installation), "automatic", "Kepala", "cukup", lambda: False)
    await turn(installation)
    assert await left(installation) == ["A-0.1", "A-0.2"]
    arranged = [
        event for event in map(decode, await installation.bodies()) if isinstance(event, ReleaseArranged)
    ]
    assert [event.data.mode for event in arranged] == ["named", "automatic"]
    assert arranged[1].data.officer == installation.tokens.officer("kepala")
    assert (await read_releasing(installation.ledger, 0)).mode == "automatic"


async def test_what_had_left_before_a_recovery_is_recorded_as_left_without_another_approval(
    valkey: Redis, tmp_path: Path
) -> None:
    """The ledger is brought back without it.

    The batch file stays what left, and every other order waits for a person.
    """
    installation = await SmallInstallation.opened(valkey, tmp_path)
    await by_setting(installation, "named")
    await installation.live(death(0))
    await say(installation, await waiting(installation))
    await turn(installation)
    await valkey.flushdb()
    again = await SmallInstallation.opened(valkey, tmp_path)
    await by_setting(again, "named")
    for file in await unknown_files(again.payments, tmp_path / "batches"):
        await again.payments.adopt(file.batch, file.orders)
    epoch = Epoch("00112233445566778899aabbccddeeff", 2, "~", "~", ("p00-1",))
    begun = EpochBegun(
        specversion="1.0", id="epoch-2", source=KELAMBU, time=NOW, admittedtime=NOW, data=epoch
    )
    await again.ledger.deliver([(0, encode(begun), b"")])
    await again.live(death(0), death(1))
    await turn(again)
    released = [event for event in map(decode, await again.bodies()) if isinstance(event, PaymentReleased)]
    assert [(event.data.order, event.data.batch, event.data.mode) for event in released] == [
        ("A-0.1", "p00-1", "automatic"),
        ("A-0.2", "p00-1", "automatic"),
    ]
    assert [row["order"] for row in rows(again)] == ["A-0.1", "A-0.2"]
    assert {order: why.why for order, why in (await again.payments.held()).items()} == {
        "A-1.1": NOT_APPROVED,
        "A-1.2": NOT_APPROVED,
    }


async def test_an_act_is_taken_whatever_digits_chance_gives_it(
    installation: SmallInstallation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sixteen digits alone could be somebody's NIK and stand in no id.

    The act would be parked, and orders leave at once.
    """
    monkeypatch.setattr(secrets, "token_hex", lambda _: "6102016988091329")
    await arrange(deciding(installation), "automatic", "kepala", "sudah cukup", lambda: False)
    assert (await read_releasing(installation.ledger, 0)).mode == "automatic"
    await by_setting(installation, "named")
    assert (await read_releasing(installation.ledger, 0)).mode == "named"
    assert await installation.ledger.parked(0) == {}


async def test_an_approval_and_a_round_broken_off_at_any_step_are_made_good(
    valkey: Redis, tmp_path: Path
) -> None:
    """For every step of both, before it and after it: each order is approved once, leaves once, and never before."""
    for at in itertools.count():
        await valkey.flushdb()
        shutil.rmtree(tmp_path / "batches", ignore_errors=True)
        installation = await SmallInstallation.opened(valkey, tmp_path)
        await by_setting(installation, "named")
        await installation.live(death(0))
        countdown = Countdown(at)
        crashed = False
        with crashing_files(countdown):
            try:
                await say(installation, await waiting(installation), countdown=countdown)
                await round_of(crashing(installation, countdown), 0)
            except CrashError:
                crashed = True
        await installation.decide()
        await say(installation, await waiting(installation))
        await installation.mending().mend(0)
        await turn(installation)
        ledger = [decode(body) for body in await installation.bodies()]
        approved = [event for event in ledger if isinstance(event, ReleaseApproved)]
        released = [event for event in ledger if isinstance(event, PaymentReleased)]
        assert [event.data.order for event in approved] == ["A-0.1", "A-0.2"]
        assert [(event.data.order, event.data.mode) for event in released] == [
            ("A-0.1", "named"),
            ("A-0.2", "named"),
        ]
        assert await left(installation) == ["A-0.1", "A-0.2"]
        assert [row["order"] for row in rows(installation)] == ["A-0.1", "A-0.2"]
        installation.keys.close()
        if at and not crashed:
            break
    assert at > 30
