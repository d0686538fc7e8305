"""What no agency should send, over the real outbox of a running intake.

Refused with a reason, and nothing waits behind it.
"""

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
from services.intake.context import context_of
from services.ledger import keys
from services.ledger.edge import DocumentReceipt
from services.ledger.registry import FINDINGS, TYPES, Agency
from tests.lives import Life, bank, jkm_death
from tests.small_installation import niks
from tests.system.bad_documents import AGENCY, bad_entries
from tests.system.recorded import opened_events, recorded
from tests.system.running import SERVICES, RunningInstallation, running_installation, until

BAD = list(bad_entries())
LARGEST_ID = b"18446744073709551615-18446744073709551615"


@pytest.fixture
async def installation(tmp_path: Path) -> AsyncIterator[RunningInstallation]:
    """A running installation with an agency that may send most things, and two that may send everything."""
    async with running_installation(tmp_path / "data") as installation:
        most = tuple(kind for kind in TYPES if kind not in ("claim.paid", "claim.payment-returned"))
        await installation.installation.registry.add(
            Agency(name=AGENCY, types=most, findings=("cause", "medical"))
        )
        for name in ("rsud", "disdukcapil"):
            await installation.installation.registry.add(Agency(name=name, types=TYPES, findings=FINDINGS))
        installation.start(*SERVICES)
        yield installation
        installation.look_after()


async def put(
    installation: RunningInstallation, entries: Sequence[Mapping[str, bytes]], agency: str = AGENCY
) -> list[DocumentReceipt]:
    """Add entries to an outbox and return the receipt of each once all of them have one."""
    outbox = keys.outbox(agency)
    added = [
        await installation.installation.edge.execute_command("XADD", outbox, "*", *_flat(entry))
        for entry in entries
    ]
    given = [entry.decode() for entry in added]

    async def answered() -> dict[str | None, DocumentReceipt] | None:
        installation.look_after()
        receipts = {receipt.entry: receipt for receipt in await installation.all_receipts(agency)}
        return receipts if receipts.keys() >= set(given) else None

    receipts = await until(answered, "every entry has a receipt")
    return [receipts[entry] for entry in given]


def _flat(fields: Mapping[str, bytes]) -> Iterator[str | bytes]:
    for field in fields.items():
        yield from field


def good(number: int) -> bytes:
    """An enrolment that nothing is wrong with, of a person of its own."""
    return Life(niks(number + 1)[number]).enrolled(id=f"good-{number}").lines()[0]


async def test_each_bad_entry_is_told_what_is_wrong_and_where(installation: RunningInstallation):
    """Code and paths are those of the contract, the good event behind each is admitted, and all are kept."""
    entries = [entry for n, bad in enumerate(BAD) for entry in (bad.fields, {"event": good(n)})]
    receipts = await put(installation, entries)
    refusals, admitted = receipts[::2], receipts[1::2]
    assert {bad.name: _faults(receipt) for bad, receipt in zip(BAD, refusals, strict=True)} == {
        bad.name: (bad.code, sorted(bad.faults)) for bad in BAD
    }
    assert all(fault.message for receipt in refusals for fault in receipt.faults)
    assert [receipt.status for receipt in admitted] == ["accepted"] * len(BAD)

    assert await installation.edge.backlog(AGENCY) == (0, None)
    context = context_of(installation.installation)
    for bad, receipt in zip(BAD, refusals, strict=True):
        kept = await quarantine.show(context, AGENCY, str(receipt.quarantine))
        assert (kept.document, kept.faults) == (bad.document[: MAX_BYTES + 1], receipt.faults)

    await installation.settled()
    stands = {
        one.event.id
        for one in opened_events(installation.installation, await recorded(installation.installation))
    }
    assert stands == {f"good-{n}" for n in range(len(BAD))}
    installation.command("verify")

    (paid,) = [r for bad, r in zip(BAD, refusals, strict=True) if b"claim.paid.v1" in bad.document]
    listed = json.loads(installation.command("exceptions", "--kind", "quarantined", "--json", code=1))
    lines = [(line["subject"], line["claim"], line["amount"]) for line in listed["exceptions"]]
    assert (lines, listed["not_looked_at"]) == ([(paid.quarantine, "A-1", 1)], "")


async def test_what_clashes_with_earlier_documents_is_refused_and_the_first_stands(
    installation: RunningInstallation,
):
    """An id for another content, a claim number taken, a claim verified by its filer.

    Each is refused with its path.
    """
    life = Life().insured().filed("A-1", id="filed")
    again = Life().filed("A-1", id="filed-again")
    other = Life().filed("A-1", id="filed", event_date="2026-03-02")
    own = Life().found("A-1", agency=AGENCY, id="own", cause={"work_related": True})
    clashes = [again.lines()[0], other.lines()[0], own.lines()[0]]
    documents = [*life.lines(), *(line for n, clash in enumerate(clashes) for line in (clash, good(n + 1)))]
    receipts = await put(installation, [{"event": document} for document in documents])
    assert [_faults(receipt) for receipt in receipts[3::2]] == [
        ("claim-exists", [("claim-exists", "$.data.claim")]),
        ("id-conflict", [("id-conflict", "$.id")]),
        ("not-allowed", [("not-allowed", "$.type")]),
    ]
    assert [receipt.status for receipt in receipts[:3] + receipts[4::2]] == ["accepted"] * 6
    (repeated,) = await put(
        installation, [{"event": json.dumps(json.loads(life.lines()[2]), indent=1).encode()}]
    )
    assert (repeated.receipt, repeated.status) == (receipts[2].receipt, "accepted")
    await installation.settled()
    installation.command("verify")


async def test_events_of_a_claim_that_nobody_filed_wait_for_its_filing(installation: RunningInstallation):
    """Findings and a retraction that come too early are kept, told that they wait, and count once they can."""
    life = jkm_death()
    enrolled, paid, filed, died, heirs = life.lines()
    early = [{"event": died}, {"event": Life().retracted("slip", agency="rsud", id="back").lines()[0]}]
    waiting = await put(installation, early, "rsud")
    assert [(receipt.status, receipt.waits_for) for receipt in waiting] == [
        ("waiting", "claim"),
        ("waiting", "event"),
    ]
    waiting += await put(installation, [{"event": heirs}], "disdukcapil")
    assert [
        r.status for r in await put(installation, [{"event": one} for one in (enrolled, paid, filed)])
    ] == ["accepted"] * 3
    await installation.settled()
    accepted = {
        r.receipt
        for name in ("rsud", "disdukcapil")
        for r in await installation.all_receipts(name)
        if r.status == "accepted"
    }
    assert accepted == {waiting[0].receipt, waiting[2].receipt}
    store = Store(installation.installation.settings.database_url)
    with store.view() as view:
        found = claims.claim(view, "A-1")
    store.close()
    assert found is not None
    assert found.status == "ordered"


async def test_every_way_of_writing_an_entry_is_read(installation: RunningInstallation):
    """A document may stand in ``event``, in ``__data__``, or be published with FastStream.

    Other fields do not matter.
    """
    given = [good(n) for n in range(4)]
    receipts = await put(
        installation,
        [
            {"event": given[0], "trace": b"\xff", "": b""},
            {"__data__": given[1]},
            {"event": given[2], "__data__": good(9), "mends": b"\xff"},
        ],
    )
    async with RedisBroker(installation.installation.settings.redis_url or "") as broker:
        await broker.publish(given[3], stream=keys.outbox(AGENCY), headers={"name": "Siti"})
    await installation.settled()
    assert [receipt.status for receipt in receipts] == ["accepted"] * 3
    stands = {
        one.event.id
        for one in opened_events(installation.installation, await recorded(installation.installation))
    }
    assert stands == {"good-0", "good-1", "good-2", "good-3"}


async def test_the_outbox_of_an_unknown_agency_is_left_alone_until_it_is_registered(
    installation: RunningInstallation,
):
    """Nothing is refused and nothing lost: the documents stand where they are, and are admitted after registration."""
    document = good(0).replace(b"/agencies/dinsos", b"/agencies/newcomer")
    await installation.edge.submit("newcomer", [document])
    await put(installation, [{"event": good(1)}])
    assert (await installation.edge.backlog("newcomer"))[0] == 1
    await installation.installation.registry.add(Agency(name="newcomer", types=TYPES))
    await installation.settled()
    assert [receipt.status for receipt in await installation.all_receipts("newcomer")] == ["accepted"]


async def test_an_outbox_that_its_agency_has_blocked_is_freed(installation: RunningInstallation):
    """An entry under the last possible id is admitted, and after the next start of intake the agency can send again."""
    outbox = keys.outbox(AGENCY)
    await put(
        installation, [{"event": good(2)}]
    )  # so that intake has looked after its outboxes since it started
    await installation.installation.edge.xadd(outbox, {"event": good(0)}, id=LARGEST_ID)
    await installation.settled()
    with pytest.raises(ResponseError, match=r"equal or smaller|last possible"):
        await installation.edge.submit(AGENCY, [good(1)])
    installation.kill("intake")
    installation.start("intake")

    async def freed() -> bool:
        return not await installation.installation.edge.exists(outbox)

    await until(freed, "the outbox is freed")
    await put(installation, [{"event": good(1)}])
    assert [receipt.status for receipt in await installation.all_receipts(AGENCY)] == ["accepted"] * 3


async def test_extreme_values_that_are_allowed_pass_every_stage(installation: RunningInstallation):
    """Whatever can be seen in a text, the largest sums and the longest texts: decided, paid out, shown."""
    strange = "\u00a0é e\u0301 أم 司 \U0001f600 =1+1 \\ \u3000'\"; DROP TABLE claims --"
    account = {**bank("9"), "bank": strange, "holder": strange}
    life = Life().enrolled(name=strange, address=strange, income=MAX_RUPIAH).paid_months(first="2025-01")
    life.accident(summary=strange * 50).found(cause={"work_related": True, "note": f"{strange}\t\r\n"})
    item = {"item": "i1", "kind": "treatment", "amount": MAX_RUPIAH}
    life.found(medical={"items": [{**item, "payee": {"name": strange, "account": account}}]})
    for document, agency in zip(life.documents, ("dinsos",) * 3 + ("rsud",) * 2, strict=True):
        (receipt,) = await put(installation, [{"event": json.dumps(document).encode()}], agency)
        assert (receipt.status, receipt.faults) == ("accepted", ())
    await installation.settled()
    store = Store(installation.installation.settings.database_url)
    with store.view() as view:
        found = claims.claim(view, "A-1")
    store.close()
    assert found is not None
    assert (found.status, found.ordered) == ("ordered", MAX_RUPIAH)
    installation.command("verify")


def _faults(receipt: DocumentReceipt) -> tuple[str | None, list[tuple[str, str]]]:
    return receipt.code, sorted((fault.code, fault.path) for fault in receipt.faults)
