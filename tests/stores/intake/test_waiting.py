"""What comes too early waits, and is taken up in the order of its arrival."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import UNSET
from redis.asyncio import Redis
from redis.asyncio.client import Pipeline

from services.ledger.keys import id_hash
from services.sealing.box import unseal
from tests.stores.intake.documents import (
    SITI,
    IntakeInstallation,
    amended,
    died,
    filed,
    paid,
    papers,
    retracted,
)


async def test_events_of_an_unknown_claim_wait_for_its_filing(installation: IntakeInstallation) -> None:
    """They are acknowledged as waiting, follow the filing in their order, and are acknowledged again."""
    await installation.send("rsud-sekayu", died("rsud-sekayu", "v-1"))
    await installation.send("kecamatan-sekayu", papers("kecamatan-sekayu", "d-1"))
    await installation.send("rsud-sekayu", died("rsud-sekayu", "v-2", on="2026-02-21"))
    assert await installation.arrivals() == []
    (first, _) = await installation.receipts("rsud-sekayu")
    assert (first.status, first.waits_for, first.partition) == ("waiting", "claim", None)

    await installation.send("dinsos", filed("dinsos", "f-1"), papers("dinsos", "d-2"))
    assert await installation.order() == ["f-1", "v-1", "d-1", "v-2", "d-2"]
    assert len({event.person for event in await installation.arrivals()}) == 1
    assert (await installation.statuses("rsud-sekayu"))[2:] == [("v-1", "accepted"), ("v-2", "accepted")]
    assert (await installation.receipts("rsud-sekayu"))[2].receipt == first.receipt


async def test_an_amendment_waits_for_the_filing_that_it_amends(installation: IntakeInstallation) -> None:
    """Like every event of a claim, and it stands behind the filing."""
    await installation.send("dinsos", amended("dinsos", "a-1"))
    assert await installation.statuses("dinsos") == [("a-1", "waiting")]
    await installation.send("dinsos", filed("dinsos", "f-1"))
    assert await installation.order() == ["f-1", "a-1"]


async def test_what_is_taken_up_in_its_own_batch_is_told_so(installation: IntakeInstallation) -> None:
    """An event that waits for a filing of the same batch is accepted at the end of it, not waiting."""
    await installation.send("dinsos", papers("dinsos", "d-1"), filed("dinsos", "f-1"))
    assert {status for _, status in await installation.statuses("dinsos")} == {"accepted"}
    assert await installation.order() == ["f-1", "d-1"]


async def test_a_waiting_event_that_is_sent_again_waits_once(installation: IntakeInstallation) -> None:
    """A repeat is told that it waits; after the filing it is told that it is accepted; it is there once."""
    for _ in range(2):
        await installation.send("rsud-sekayu", died("rsud-sekayu", "v-1"))
    await installation.send("dinsos", filed("dinsos", "f-1"))
    await installation.send("rsud-sekayu", died("rsud-sekayu", "v-1"))
    assert [status for _, status in await installation.statuses("rsud-sekayu")] == ["waiting"] * 2 + [
        "accepted"
    ] * 2
    assert len({one.receipt for one in await installation.receipts("rsud-sekayu")}) == 1
    assert await installation.order() == ["f-1", "v-1"]


async def test_what_waited_is_sealed_anew_for_the_person(installation: IntakeInstallation) -> None:
    """While nobody is known the agency's key seals; in the inbox it is the person's."""
    await installation.send("kecamatan-sekayu", papers("kecamatan-sekayu", "d-1"))
    (held,) = await installation.context.routes.waiting("C-1")
    assert b'"key":"agency:kecamatan-sekayu"' in held.body
    await installation.send("dinsos", filed("dinsos", "f-1"))
    _, event = await installation.arrivals()
    assert event.sealed is not UNSET
    token = installation.context.tokens.nik(SITI)
    assert event.sealed.key == token
    key = installation.context.keys.get([token])[token]
    aad = id_hash("/agencies/kecamatan-sekayu", "d-1")
    assert unseal(event.sealed, key, aad) == {"documents[0].reference": "map merah"}


async def test_what_waited_goes_on_when_its_key_is_gone(installation: IntakeInstallation) -> None:
    """Destroying the agency's key takes the personal values, not the event."""
    await installation.send("kecamatan-sekayu", papers("kecamatan-sekayu", "d-1"))
    installation.context.keys.destroy("agency:kecamatan-sekayu")
    await installation.send("dinsos", filed("dinsos", "f-1"))
    assert await installation.order() == ["f-1", "d-1"]


async def test_a_batch_keeps_the_order_of_each_person(installation: IntakeInstallation) -> None:
    """Filings and what follows them in one batch arrive as sent, for each person, however they are entangled."""
    sent = [
        paid("dinsos", "1"),
        filed("dinsos", "2", "C-1"),
        papers("dinsos", "3", "C-1"),
        paid("dinsos", "4"),
        filed("dinsos", "5", "C-2"),
        papers("dinsos", "6", "C-2"),
        papers("dinsos", "7", "C-1", kind="kk"),
        retracted("dinsos", "8", "3"),
        paid("dinsos", "9"),
    ]
    await installation.send("dinsos", *sent)
    assert await installation.order() == [str(n) for n in range(1, 10)]


async def test_nothing_overtakes_what_waits(installation: IntakeInstallation) -> None:
    """An event that comes while others still wait for a known claim is delivered after them."""
    await installation.send("kecamatan-sekayu", papers("kecamatan-sekayu", "early"))
    routes, token = installation.context.routes, installation.context.tokens.nik(SITI)
    await routes.take([("C-1", id_hash("/agencies/dinsos", "f-1"), "dinsos")])
    client = installation.context.edge._client
    await client.hset(
        "{c:C-1}:route", "person", token
    )  # as if a worker had died between the filing and the take-up
    await installation.send("kecamatan-sekayu", papers("kecamatan-sekayu", "late", kind="kk"))
    assert await installation.order() == ["early", "late"]


async def test_who_filed_a_claim_may_not_verify_it(installation: IntakeInstallation) -> None:
    """Refused at once when the claim is known, and at take-up when it was not; the sealed document can be read."""
    await installation.send("dinsos", died("dinsos", "v-1"))
    await installation.send("dinsos", filed("dinsos", "f-1"), died("dinsos", "v-2"))
    await installation.send("dinsos", died("dinsos", "v-3"))
    await installation.send("rsud-sekayu", died("rsud-sekayu", "v-4"))
    assert await installation.order() == ["f-1", "v-4"]
    statuses = dict(await installation.statuses("dinsos"))
    assert statuses == {"v-1": "not-allowed", "f-1": "accepted", "v-2": "not-allowed", "v-3": "not-allowed"}
    assert len(await installation.context.quarantine.documents("dinsos")) == 3


async def test_hundreds_wait_in_one_line(installation: IntakeInstallation) -> None:
    """A long waiting list is moved whole, in order."""
    ids = [f"d-{n}" for n in range(250)]
    await installation.send("kecamatan-sekayu", *[papers("kecamatan-sekayu", one) for one in ids])
    await installation.send("dinsos", filed("dinsos", "f-1"))
    assert await installation.order() == ["f-1", *ids]
    assert await installation.context.routes.waiting("C-1") == []


@pytest.fixture
def round_trips(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The kind of every round trip to a server, as it is made."""
    made: list[str] = []

    def counted(kind: type[Redis | Pipeline], method: str) -> None:
        original = getattr(kind, method)

        async def call(self: Any, *args: Any, **options: Any) -> Any:
            made.append(f"{kind.__name__}.{method}")
            return await original(self, *args, **options)

        monkeypatch.setattr(kind, method, call)

    counted(Redis, "execute_command")
    counted(Pipeline, "execute")
    return made


async def test_many_claims_are_taken_up_in_as_many_steps_as_few(
    installation: IntakeInstallation, round_trips: list[str]
) -> None:
    """What waits for all filings of a batch moves together, each claim's in its order, told to each agency."""
    costs = []
    for claims in (2, 30):
        numbers = [f"C-{claims}-{n}" for n in range(claims)]
        await installation.send(
            "kecamatan-sekayu", *[papers("kecamatan-sekayu", f"d-{n}", n) for n in numbers]
        )
        await installation.send("rsud-sekayu", *[died("rsud-sekayu", f"v-{n}", n) for n in numbers])
        niks = [f"160601410190{n:04d}" for n in range(1, claims + 1)]
        filings = [filed("dinsos", f"f-{n}", n, nik) for n, nik in zip(numbers, niks, strict=True)]
        await installation.context.edge.submit("dinsos", filings)
        round_trips.clear()
        await installation.work("dinsos")
        costs.append(len(round_trips))
        order = await installation.order()
        for number in numbers:
            its = [one for one in order if one.endswith(f"-{number}")]
            assert its == [f"f-{number}", f"d-{number}", f"v-{number}"]
        accepted = {one for one, status in await installation.statuses("rsud-sekayu") if status == "accepted"}
        assert accepted >= {f"v-{number}" for number in numbers}
    few, many = costs
    assert many <= few + installation.context.ledger.partitions  # new persons may be of more partitions


async def test_lists_of_many_lengths_are_taken_up_to_their_ends(
    installation: IntakeInstallation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However few go in one step, each claim's list is moved whole and in its order."""
    monkeypatch.setattr("services.intake.delivery.AT_ONCE", 4)
    lengths = {"C-1": 1, "C-2": 7, "C-3": 0, "C-4": 3}
    sent = [papers("rsud-sekayu", f"{c}-{n}", c) for c, length in lengths.items() for n in range(length)]
    await installation.send("kecamatan-sekayu", *[one.replace(b"rsud-", b"kecamatan-") for one in sent])
    await installation.send("dinsos", *[filed("dinsos", f"{claim}-f", claim) for claim in lengths])
    order = await installation.order()
    for claim, length in lengths.items():
        its = [one for one in order if one.startswith(claim)]
        assert its == [f"{claim}-f", *[f"{claim}-{n}" for n in range(length)]]
        assert await installation.context.routes.waiting(claim) == []
