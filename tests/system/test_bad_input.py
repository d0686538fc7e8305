"""What no agency should send, over the real outbox of a running intake: refused with a reason, and nothing waits behind it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from faststream.redis import RedisBroker
from redis.exceptions import ResponseError

from events.document import MAX_BYTES
from events.values import MAX_RUPIAH
from projections import claims
from projections.store import Store
from services.intake import quarantine
from services.intake.context import desk_of
from services.ledger import keys
from services.ledger.edge import Receipt
from services.ledger.registry import FINDINGS, TYPES, Agency
from tests.lives import Life, bank, jkm_death
from tests.small_installation import niks
from tests.system.bad_documents import AGENCY, bad_entries
from tests.system.recorded import recorded, told
from tests.system.running import SERVICES, RunningHouse, running_house, until

BAD = list(bad_entries())
LARGEST_ID = b"18446744073709551615-18446744073709551615"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[RunningHouse]:
    """A running house with an agency that may send most things, and two that may send everything."""
    async with running_house(tmp_path / "data") as house:
        most = tuple(kind for kind in TYPES if kind not in ("claim.paid", "claim.payment-returned"))
        await house.house.registry.add(Agency(name=AGENCY, types=most, findings=("cause", "medical")))
        for name in ("rsud", "disdukcapil"):
            await house.house.registry.add(Agency(name=name, types=TYPES, findings=FINDINGS))
        house.start(*SERVICES)
        yield house
        house.look_after()


async def put(
    house: RunningHouse, entries: Sequence[Mapping[str, bytes]], agency: str = AGENCY
) -> list[Receipt]:
    """Add entries to an outbox and return the receipt of each once all of them have one."""
    outbox = keys.outbox(agency)
    added = [await house.house.edge.execute_command("XADD", outbox, "*", *_flat(entry)) for entry in entries]
    given = [entry.decode() for entry in added]

    async def answered() -> dict[str | None, Receipt] | None:
        house.look_after()
        receipts = {receipt.entry: receipt for receipt in await house.all_receipts(agency)}
        return receipts if receipts.keys() >= set(given) else None

    receipts = await until(answered, "every entry has a receipt")
    return [receipts[entry] for entry in given]


def _flat(fields: Mapping[str, bytes]) -> Iterator[str | bytes]:
    for field in fields.items():
        yield from field


def good(number: int) -> bytes:
    """An enrolment that nothing is wrong with, of a person of its own."""
    return Life(niks(number + 1)[number]).enrolled(id=f"good-{number}").lines()[0]


async def test_each_bad_entry_is_told_what_is_wrong_and_where(house: RunningHouse):
    """Code and paths are those of the contract, the good event behind each is admitted, and all are kept."""
    entries = [entry for n, bad in enumerate(BAD) for entry in (bad.fields, {"event": good(n)})]
    receipts = await put(house, entries)
    refusals, admitted = receipts[::2], receipts[1::2]
    assert {bad.name: _told(receipt) for bad, receipt in zip(BAD, refusals, strict=True)} == {
        bad.name: (bad.code, sorted(bad.faults)) for bad in BAD
    }
    assert all(fault.message for receipt in refusals for fault in receipt.faults)
    assert [receipt.status for receipt in admitted] == ["accepted"] * len(BAD)

    assert await house.edge.backlog(AGENCY) == (0, None)
    desk = desk_of(house.house)
    for bad, receipt in zip(BAD, refusals, strict=True):
        kept = await quarantine.show(desk, AGENCY, str(receipt.quarantine))
        assert (kept.document, kept.faults) == (bad.document[: MAX_BYTES + 1], receipt.faults)

    await house.settled()
    stands = {one.event.id for one in told(house.house, await recorded(house.house))}
    assert stands == {f"good-{n}" for n in range(len(BAD))}
    house.command("verify")


async def test_what_clashes_with_earlier_documents_is_refused_and_the_first_stands(house: RunningHouse):
    """An id for another content, a claim number taken, a claim verified by its filer: each refused, each with its path."""
    life = Life().insured().filed("A-1", id="filed")
    again = Life().filed("A-1", id="filed-again")
    other = Life().filed("A-1", id="filed", event_date="2026-03-02")
    own = Life().found("A-1", agency=AGENCY, id="own", cause={"work_related": True})
    clashes = [again.lines()[0], other.lines()[0], own.lines()[0]]
    documents = [*life.lines(), *(line for n, clash in enumerate(clashes) for line in (clash, good(n + 1)))]
    receipts = await put(house, [{"event": document} for document in documents])
    assert [_told(receipt) for receipt in receipts[3::2]] == [
        ("claim-exists", [("claim-exists", "$.data.claim")]),
        ("id-conflict", [("id-conflict", "$.id")]),
        ("not-allowed", [("not-allowed", "$.type")]),
    ]
    assert [receipt.status for receipt in receipts[:3] + receipts[4::2]] == ["accepted"] * 6
    (repeated,) = await put(house, [{"event": json.dumps(json.loads(life.lines()[2]), indent=1).encode()}])
    assert (repeated.receipt, repeated.status) == (receipts[2].receipt, "accepted")
    await house.settled()
    house.command("verify")


async def test_events_of_a_claim_that_nobody_filed_wait_for_its_filing(house: RunningHouse):
    """Findings and a retraction that come too early are kept, told that they wait, and count once they can."""
    life = jkm_death()
    enrolled, paid, filed, died, heirs = life.lines()
    early = [{"event": died}, {"event": Life().retracted("slip", agency="rsud", id="back").lines()[0]}]
    waiting = await put(house, early, "rsud")
    assert [(receipt.status, receipt.waits_for) for receipt in waiting] == [
        ("waiting", "claim"),
        ("waiting", "event"),
    ]
    waiting += await put(house, [{"event": heirs}], "disdukcapil")
    assert [r.status for r in await put(house, [{"event": one} for one in (enrolled, paid, filed)])] == [
        "accepted"
    ] * 3
    await house.settled()
    accepted = {
        r.receipt
        for name in ("rsud", "disdukcapil")
        for r in await house.all_receipts(name)
        if r.status == "accepted"
    }
    assert accepted == {waiting[0].receipt, waiting[2].receipt}
    store = Store(house.house.settings.database_url)
    with store.view() as view:
        found = claims.claim(view, "A-1")
    store.close()
    assert found is not None
    assert found.status == "ordered"


async def test_every_way_of_writing_an_entry_is_read(house: RunningHouse):
    """A document may stand in ``event``, in ``__data__``, or be published with FastStream; other fields do not matter."""
    given = [good(n) for n in range(4)]
    receipts = await put(
        house,
        [
            {"event": given[0], "trace": b"\xff", "": b""},
            {"__data__": given[1]},
            {"event": given[2], "__data__": good(9), "mends": b"\xff"},
        ],
    )
    async with RedisBroker(house.house.settings.redis_url or "") as broker:
        await broker.publish(given[3], stream=keys.outbox(AGENCY), headers={"name": "Siti"})
    await house.settled()
    assert [receipt.status for receipt in receipts] == ["accepted"] * 3
    stands = {one.event.id for one in told(house.house, await recorded(house.house))}
    assert stands == {"good-0", "good-1", "good-2", "good-3"}


async def test_the_outbox_of_an_unknown_agency_is_left_alone_until_it_is_registered(house: RunningHouse):
    """Nothing is refused and nothing lost: the documents stand where they are, and are admitted after registration."""
    document = good(0).replace(b"/agencies/dinsos", b"/agencies/newcomer")
    await house.edge.submit("newcomer", [document])
    await put(house, [{"event": good(1)}])
    assert (await house.edge.backlog("newcomer"))[0] == 1
    await house.house.registry.add(Agency(name="newcomer", types=TYPES))
    await house.settled()
    assert [receipt.status for receipt in await house.all_receipts("newcomer")] == ["accepted"]


async def test_an_outbox_that_its_agency_has_blocked_is_freed(house: RunningHouse):
    """An entry under the last possible id is admitted, and after the next start of intake the agency can send again."""
    outbox = keys.outbox(AGENCY)
    await put(house, [{"event": good(2)}])  # so that intake has looked after its outboxes since it started
    await house.house.edge.xadd(outbox, {"event": good(0)}, id=LARGEST_ID)
    await house.settled()
    with pytest.raises(ResponseError, match=r"equal or smaller|last possible"):
        await house.edge.submit(AGENCY, [good(1)])
    house.kill("intake")
    house.start("intake")

    async def freed() -> bool:
        return not await house.house.edge.exists(outbox)

    await until(freed, "the outbox is freed")
    await put(house, [{"event": good(1)}])
    assert [receipt.status for receipt in await house.all_receipts(AGENCY)] == ["accepted"] * 3


async def test_extreme_values_that_are_allowed_pass_every_stage(house: RunningHouse):
    """Whatever can be seen in a text, the largest sums and the longest texts: decided, paid out, shown."""
    strange = "\u00a0é e\u0301 أم 司 \U0001f600 =1+1 \\ \u3000'\"; DROP TABLE claims --"
    account = {**bank("9"), "bank": strange, "holder": strange}
    life = Life().enrolled(name=strange, address=strange, income=MAX_RUPIAH).paid_months(first="2025-01")
    life.accident(summary=strange * 50).found(cause={"work_related": True, "note": f"{strange}\t\r\n"})
    item = {"item": "i1", "kind": "treatment", "amount": MAX_RUPIAH}
    life.found(medical={"items": [{**item, "payee": {"name": strange, "account": account}}]})
    for document, agency in zip(life.documents, ("dinsos",) * 3 + ("rsud",) * 2, strict=True):
        (receipt,) = await put(house, [{"event": json.dumps(document).encode()}], agency)
        assert (receipt.status, receipt.faults) == ("accepted", ())
    await house.settled()
    store = Store(house.house.settings.database_url)
    with store.view() as view:
        found = claims.claim(view, "A-1")
    store.close()
    assert found is not None
    assert (found.status, found.ordered) == ("ordered", MAX_RUPIAH)
    house.command("verify")


def _told(receipt: Receipt) -> tuple[str | None, list[tuple[str, str]]]:
    return receipt.code, sorted((fault.code, fault.path) for fault in receipt.faults)
