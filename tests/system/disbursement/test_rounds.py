"""Money leaves once: whatever step a round breaks off at, repeating it gives the same batch, once."""

from __future__ import annotations

import csv
import datetime as dt
import io
import itertools
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace
from redis.asyncio import Redis

from events.catalogue import decode
from events.payment import PaymentOrdered, PaymentReleased
from events.personal import Account
from projections.checkpoint import DivergedError
from services.disbursement.adoption import unknown_files
from services.disbursement.batch_file import BatchFileError, compose, path_of
from services.disbursement.proposals import proposal
from services.disbursement.round import NO_ACCOUNT, NOT_DUE, round_of
from services.ledger.payments import Departure, PaymentsConflictError, Progress
from services.ledger.registry import Agency
from services.sealing.accounts import seal_account
from tests.lives import Life, bank, heir
from tests.small_installation import NOW, SmallInstallation, niks
from tests.system.disbursement.crashing import Countdown, CrashError, Crashing, crashing, crashing_files


@pytest.fixture
async def installation(redis: Redis, tmp_path: Path) -> SmallInstallation:
    return await SmallInstallation.opened(redis, tmp_path)


def death(number: int) -> Life:
    """A death with two heirs of their own accounts."""
    life = Life(niks(9)[number]).insured()
    claim = f"A-{number}"
    life.filed(claim).died(claim=claim)
    return life.heirs(
        heir("h1", account=f"{number}1"), heir("h2", "child", account=f"{number}2"), claim=claim
    )


def rows(installation: SmallInstallation) -> list[dict[str, str]]:
    """Every row of every batch file, trailers left out."""
    found = []
    for file in sorted((installation.data / "batches").iterdir()):
        found += list(csv.DictReader(io.StringIO(file.read_text(), newline="")))[:-1]
    return found


async def turn(installation: SmallInstallation) -> None:
    """One round that comes to its end."""
    await round_of(crashing(installation, Countdown(0)), 0)


async def test_every_order_leaves_once_with_its_account(installation: SmallInstallation) -> None:
    """Two deaths with two heirs each: four rows, the sum that was ordered, each with the account that was stated."""
    await installation.live(death(0), death(1))
    await turn(installation)
    found = rows(installation)
    assert [(row["order"], row["number"], row["holder"]) for row in found] == [
        ("A-0.1", bank("01")["number"], "Pemilik"),
        ("A-0.2", bank("02")["number"], "Pemilik"),
        ("A-1.1", bank("11")["number"], "Pemilik"),
        ("A-1.2", bank("12")["number"], "Pemilik"),
    ]
    assert sum(int(row["amount"]) for row in found) == 84_000_000
    assert [departure.order for _, departure in await installation.payments.orders()] == [
        row["order"] for row in found
    ]


async def test_a_second_round_adds_nothing(installation: SmallInstallation) -> None:
    """With nothing new, no batch and no number is taken."""
    await installation.live(death(0))
    await turn(installation)
    for _ in range(3):
        await turn(installation)
    assert [batch.label for _, batch in await installation.payments.batches()] == ["p00-1"]
    assert len(rows(installation)) == 2


async def test_the_order_stream_and_the_ledger_hold_no_account_in_clear(
    installation: SmallInstallation,
) -> None:
    """The clear account is in the batch file alone, which its owner alone may read."""
    life = Life().insured().filed().died().heirs(heir(account="4444888822226666"))
    await installation.live(life)
    await turn(installation)
    path = path_of(installation.data / "batches", (await installation.payments.batches())[0][1])
    assert b"4444888822226666" in path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600
    stored = str(await installation.client.xrange("{pay}:orders")) + str(await installation.bodies())
    assert "4444888822226666" not in stored


async def test_a_round_broken_off_at_any_step_is_made_good_by_the_next(valkey: Redis, tmp_path: Path) -> None:
    """For every step, of the server or of the file, before it and after it: the same files, orders and numbers."""
    expected = None
    for at in itertools.count():
        await valkey.flushdb()
        shutil.rmtree(tmp_path / "batches", ignore_errors=True)
        installation = await SmallInstallation.opened(valkey, tmp_path)
        await installation.live(death(0), death(1))
        countdown = Countdown(at)
        crashed = False
        with crashing_files(countdown):
            try:
                await round_of(crashing(installation, countdown), 0)
            except CrashError:
                crashed = True
        await installation.decide()
        await installation.mending().mend(0)
        await turn(installation)
        assert await installation.mending().mend(0) == []
        released = [decode(body) for body in await installation.bodies() if b"payment-released" in body]
        outcome = (
            {file.name: file.read_bytes() for file in (installation.data / "batches").glob("*.csv")},
            [replace(departure, account=None) for _, departure in await installation.payments.orders()],
            [(number, batch) for number, batch in await installation.payments.batches()],
            [event.data for event in released if isinstance(event, PaymentReleased)],
        )
        expected = expected or outcome
        assert len(outcome[1]) == 4
        assert outcome == expected
        installation.keys.close()
        if at and not crashed:
            break
    assert at > 40


async def test_two_workers_at_once_let_money_leave_once(installation: SmallInstallation) -> None:
    """The slower of two rounds over the same orders is refused, and its orders are in the other's batch."""
    await installation.live(death(0))
    slow = crashing(installation, Countdown(0))
    leave = installation.payments.leave

    class Overtaken:
        def __getattr__(self, name: str) -> object:
            return getattr(installation.payments, name)

        async def leave(self, *args: object, **named: object) -> int:
            await turn(installation)
            return await leave(*args, **named)  # type: ignore[arg-type]

    with pytest.raises(PaymentsConflictError):
        await round_of(replace(slow, payments=Overtaken()), 0)
    assert len(rows(installation)) == 2
    assert len(await installation.payments.batches()) == 1


async def test_an_order_that_another_worker_proposed_is_not_held(installation: SmallInstallation) -> None:
    """Ordered and released by somebody else while a round waits, it leaves with that round and is done."""
    await installation.live(death(0))

    async def meanwhile() -> None:
        await installation.live(death(1))
        for body in await installation.bodies():
            event = decode(body)
            if isinstance(event, PaymentOrdered) and event.data.claim == "A-1":
                await installation.ledger.deliver([(0, proposal(event, "p00-1", NOW), b"")])
        await installation.decide()

    context = installation.context()
    await round_of(replace(context, ledger=Crashing(context.ledger, Countdown(0), {"deliver": meanwhile})), 0)
    await turn(installation)
    assert [row["order"] for row in rows(installation)] == ["A-0.1", "A-0.2", "A-1.1", "A-1.2"]
    assert await installation.payments.held() == {}


async def test_a_missing_file_is_written_again_with_the_same_bytes(installation: SmallInstallation) -> None:
    """The bytes come from what left, not from what is known today."""
    await installation.live(death(0))
    await turn(installation)
    (_, batch) = (await installation.payments.batches())[0]
    path = path_of(installation.data / "batches", batch)
    before = path.read_bytes()
    path.unlink()
    assert await installation.mending().mend(0) == []
    assert path.read_bytes() == before


async def test_a_file_whose_key_was_destroyed_is_not_written_differently(
    installation: SmallInstallation,
) -> None:
    """Rather no file than one with other bytes under the same name; it is named as lost."""
    life = death(0)
    await installation.live(life)
    await turn(installation)
    (_, batch) = (await installation.payments.batches())[0]
    path_of(installation.data / "batches", batch).unlink()
    installation.keys.destroy(installation.tokens.nik(life.nik))
    assert [lost.label for lost in await installation.mending().mend(0)] == ["p00-1"]
    assert await installation.mending().content_of(batch) is None
    assert not path_of(installation.data / "batches", batch).exists()


async def test_a_provider_without_an_account_is_held_until_it_has_one(
    installation: SmallInstallation,
) -> None:
    """The order is neither lost nor released; it leaves in the first round after the account is registered."""
    life = Life().insured().accident().at_work()
    life.items({"kind": "treatment", "amount": 5_000_000, "provider": "rsud-sekayu"})
    await installation.live(life)
    await turn(installation)
    held = await installation.payments.held()
    assert {order: why.why for order, why in held.items()} == {"A-1.1": NO_ACCOUNT}
    assert await installation.payments.batches() == []
    await turn(installation)
    account = seal_account(installation.keys, "rsud-sekayu", Account("BRI", "900", "RSUD Sekayu"))
    await installation.registry.add(Agency(name="rsud-sekayu", types=(), account=account))
    await turn(installation)
    assert [(row["order"], row["number"]) for row in rows(installation)] == [("A-1.1", "900")]
    assert await installation.payments.held() == {}


async def test_an_order_of_a_claim_that_is_objected_to_waits_for_the_answer(
    installation: SmallInstallation,
) -> None:
    """A proposal that the decider does not follow is made again when the claim is due again, and not before."""
    life = death(0)
    await installation.live(life)
    sent = len(life.documents)
    life.objected("A-0")
    await installation.admit(life, sent)
    await turn(installation)
    await installation.decide()
    await turn(installation)
    assert {why.why for why in (await installation.payments.held()).values()} == {NOT_DUE}
    before = len(await installation.bodies())
    await turn(installation)
    assert len(await installation.bodies()) == before
    sent = len(life.documents)
    life.reviewed("approve", "objected", claim="A-0")
    await installation.admit(life, sent)
    await installation.decide()
    await turn(installation)
    assert [row["order"] for row in rows(installation)] == ["A-0.1", "A-0.2"]
    assert await installation.payments.held() == {}


async def test_a_cancelled_order_never_leaves(installation: SmallInstallation) -> None:
    """An order withdrawn while it is held is let go of."""
    life = Life().insured().accident().at_work()
    life.items({"kind": "treatment", "amount": 5_000_000, "provider": "rsud-sekayu"})
    await installation.live(life)
    await turn(installation)
    sent = len(life.documents)
    await installation.admit(life.withdrawn(), sent)
    await installation.decide()
    await turn(installation)
    await turn(installation)
    assert await installation.payments.held() == {}
    assert await installation.payments.batches() == []


async def take(installation: SmallInstallation, life: Life, sent: int) -> None:
    """What a person sends after the first so many documents, decided, and one round after it."""
    await installation.admit(life, sent)
    await installation.decide()
    await turn(installation)


@pytest.mark.parametrize(
    "said",
    [
        lambda life: life.paid("A-0.1", 21_000_000, "A-0", id="slip"),
        lambda life: life.returned("A-0.1", "A-0", id="slip"),
    ],
)
async def test_what_a_bank_said_by_mistake_and_took_back_holds_no_order(
    installation: SmallInstallation, said: Callable[[Life], Life]
) -> None:
    """An order of which the bank spoke before it was released leaves once that is taken back, and only once."""
    life = said(death(0))
    await installation.live(life)
    await turn(installation)
    assert [row["order"] for row in rows(installation)] == ["A-0.2"]
    assert {order: why.why for order, why in (await installation.payments.held()).items()} == {
        "A-0.1": NOT_DUE
    }
    before = len(await installation.bodies())
    await turn(installation)
    assert len(await installation.bodies()) == before
    sent = len(life.documents)
    await take(installation, life.retracted("slip", agency="bank"), sent)
    assert [row["order"] for row in rows(installation)] == ["A-0.2", "A-0.1"]
    assert await installation.payments.held() == {}
    sent = len(life.documents)
    await take(
        installation,
        life.paid("A-0.1", 21_000_000, "A-0", id="again").retracted("again", agency="bank"),
        sent,
    )
    await turn(installation)
    assert len(rows(installation)) == 2


async def test_an_order_that_the_bank_refused_before_it_left_waits_no_longer_once_it_is_ordered_again(
    installation: SmallInstallation,
) -> None:
    """What takes its place leaves instead of it."""
    life = death(0).returned("A-0.1", "A-0")
    await installation.live(life)
    await turn(installation)
    sent = len(life.documents)
    await take(installation, life.reviewed("approve", "payment-returned", claim="A-0"), sent)
    assert [row["order"] for row in rows(installation)] == ["A-0.2", "A-0.3"]
    await turn(installation)
    assert await installation.payments.held() == {}


async def test_an_order_that_left_before_the_ledger_knew_of_it_and_is_paid_first_holds_no_other(
    installation: SmallInstallation,
) -> None:
    """Its payment is reported before its release can be recorded: that it left is known all the same."""
    life = death(0).paid("A-0.1", 21_000_000, "A-0", id="paid")
    departure = Departure(
        order="A-0.1",
        claim="A-0",
        payee="heir:h1",
        amount=21_000_000,
        due_on=dt.date(2026, 6, 15),
        person="",
        partition=0,
        released_at=0,
    )
    _, content = compose(0, 1, (0, 0), [departure], {"A-0.1": Account("BRI", "01", "Pemilik")})
    path = installation.data / "batches" / "p00-1.csv"
    path.parent.mkdir()
    path.write_bytes(content)
    for file in await unknown_files(installation.payments, path.parent):
        await installation.payments.adopt(file.batch, file.orders)
    await installation.live(life)
    await turn(installation)
    assert [row["order"] for row in rows(installation)] == ["A-0.1", "A-0.2"]
    sent = len(life.documents)
    await take(installation, life.retracted("paid", agency="bank"), sent)
    await turn(installation)
    assert [row["order"] for row in rows(installation)] == ["A-0.1", "A-0.2"]
    assert await installation.payments.held() == {}


async def test_each_kind_of_payee_gets_the_account_stated_for_it(installation: SmallInstallation) -> None:
    """Participant, provider by payee, child and funeral arranger."""
    accident = Life(niks(3)[0]).insured().accident("J-1").at_work(claim="J-1")
    treated = {
        "kind": "treatment",
        "amount": 1_000_000,
        "payee": {"name": "Klinik", "account": bank("711")},
    }
    accident.items(treated, {"kind": "total-disability"}, claim="J-1", account="712")
    child = {"child": "anak-1", "name": "Anak", "birth_date": "2015-05-05"}
    lonely = Life(niks(3)[1]).insured().accident("J-2", children=[child], papers=None).at_work(claim="J-2")
    lonely.documents[-2]["data"]["documents"] += [
        {"kind": kind, "reference": "arsip"} for kind in ("death-certificate", "heirs-letter")
    ]
    lonely.died(claim="J-2").heirs(claim="J-2")
    lonely.found("J-2", burial={"arranged_by": {"name": "Desa", "account": bank("713")}})
    lonely.schooled("anak-1", "SD", 2026, claim="J-2")
    await installation.live(accident, lonely)
    await turn(installation)
    assert {row["payee"]: row["number"] for row in rows(installation)} == {
        "provider:i1": bank("711")["number"],
        "participant": bank("712")["number"],
        "burial": bank("713")["number"],
        "child:anak-1": bank("anak-1")["number"],
    }


async def test_a_file_that_the_ledger_does_not_know_stops_everything(installation: SmallInstallation) -> None:
    """A batch of a later number, of another partition, or no batch at all: named, and no file is written or removed."""
    await installation.live(death(0))
    await turn(installation)
    directory = installation.data / "batches"
    before = contents(directory)
    for name in ("p00-2.csv", "p07-1.csv", "p00-01.csv", "lama.CSV"):
        (directory / name).write_bytes(b"another installation's")
        with pytest.raises(BatchFileError, match=f"{name}: the ledger knows no such batch"):
            await installation.mending().mend(0)
        (directory / name).unlink()
    path_of(directory, (await installation.payments.batches())[0][1]).unlink()
    (directory / "p00-2.csv").write_bytes(b"another installation's")
    with pytest.raises(BatchFileError):
        await installation.mending().mend(0)
    assert contents(directory) == {"p00-2.csv": b"another installation's"}
    (directory / "p00-2.csv").unlink()
    assert await installation.mending().mend(0) == []
    assert contents(directory) == before


async def test_a_file_that_is_not_as_it_left_stops_disbursement(installation: SmallInstallation) -> None:
    """Other rows, other totals or half a file under a known name.

    Named and left as it is, also when it is changed later.
    """
    await installation.live(death(0))
    await turn(installation)
    (_, batch) = (await installation.payments.batches())[0]
    path = path_of(installation.data / "batches", batch)
    whole = path.read_bytes()
    mending = installation.mending()
    assert await mending.mend(0) == []
    for other in (whole.replace(b"21000000", b"21000001"), whole[:-9], whole + b"x\r\n", b""):
        path.write_bytes(other)
        for one in (mending, installation.mending()):
            with pytest.raises(BatchFileError, match=r"p00-1\.csv has other|p00-1\.csv has another"):
                await one.mend(0)
        assert path.read_bytes() == other
    path.write_bytes(whole)
    assert await mending.mend(0) == []


async def test_a_name_that_is_taken_lets_nothing_leave(installation: SmallInstallation) -> None:
    """The file of the next batch is there before it has left: no batch, no order, no progress, and the file stays."""
    await installation.live(death(0))
    directory = installation.data / "batches"
    directory.mkdir()
    (directory / "p00-1.csv").write_bytes(b"gone to the bank by a ledger that was lost")
    with pytest.raises(BatchFileError, match="the ledger knows no such batch"):
        await turn(installation)
    assert await installation.payments.batches() == []
    assert await installation.payments.orders() == []
    assert await installation.payments.progress(0) == Progress()
    assert contents(directory) == {"p00-1.csv": b"gone to the bank by a ledger that was lost"}


async def test_a_round_does_not_go_on_from_an_event_that_it_did_not_see(
    installation: SmallInstallation,
) -> None:
    """Progress that is ahead of the ledger, or has seen another event there, stops the round before it writes."""
    await installation.live(death(0))
    await turn(installation)
    for position, seen in ((1, "0" * 64), (10_000, "1" * 64)):
        await installation.client.hset("{pay}:progress", "0", f"1:{position}:1:{seen}")
        with pytest.raises(DivergedError):
            await turn(installation)
    assert len(await installation.payments.batches()) == 1


def contents(directory: Path) -> dict[str, bytes]:
    """Every file by its name."""
    return {path.name: path.read_bytes() for path in directory.iterdir()}
