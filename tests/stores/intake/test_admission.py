"""A document is admitted once, whatever is sent again, and refused for what is wrong with it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from faststream.redis.parser import BinaryMessageFormatV1
from msgspec import UNSET

from events.claim import ClaimFiled
from services.intake.admission import admit
from services.ledger.keys import id_hash
from services.ledger.partitions import partition_of
from services.ledger.registry import Agency
from services.platform.newest_checkpoint import KnownLog, NewestCheckpoint
from services.sealing.box import unseal
from tests.stores.intake.documents import NOW, SITI, IntakeInstallation, died, document, filed, paid, papers


async def test_an_admitted_event_stands_sealed_in_its_persons_inbox(installation: IntakeInstallation) -> None:
    """The inbox entry carries the token, the time of admission and the tag; its box opens for this event."""
    await installation.send("dinsos", filed("dinsos", "f-1"))
    (event,) = await installation.arrivals()
    assert isinstance(event, ClaimFiled)
    token = installation.context.tokens.nik(SITI)
    assert (event.person, event.admittedtime, event.data.nik) == (token, NOW, token)
    assert (event.partition, event.position, event.recordedtime) == (UNSET, UNSET, UNSET)
    assert event.sealed is not UNSET
    key = installation.context.keys.get([token])[token]
    values = unseal(event.sealed, key, id_hash("/agencies/dinsos", "f-1"))
    assert values == {"nik": SITI, "claimant.name": "Joko Susilo"}
    (arrival,) = await installation.context.ledger.inbox(partition_of(token, 4), "0-0", 10)
    assert len(arrival.tag) == 8


async def test_a_receipt_says_where_the_event_went_and_the_outbox_is_empty(
    installation: IntakeInstallation,
) -> None:
    """An accepted document has left the outbox; its receipt names id, source, admission and partition."""
    await installation.send("dinsos", paid("dinsos", "p-1"))
    (receipt,) = await installation.receipts("dinsos")
    assert (receipt.id, receipt.source, receipt.status) == ("p-1", "/agencies/dinsos", "accepted")
    assert receipt.admittedtime == NOW
    assert receipt.partition == partition_of(installation.context.tokens.nik(SITI), 4)
    assert await installation.context.edge.backlog("dinsos") == (0, None)


async def test_the_last_of_the_receipts_given_together_names_the_log(
    installation: IntakeInstallation, tmp_path: Path
) -> None:
    """As far as the newest checkpoint says; a repeat, too, and a receipt alone.

    Nothing where there is no checkpoint.
    """
    checkpoint = tmp_path / "checkpoint"
    for note, documents in (
        ("", ["p-1", "p-2"]),
        ("o\n7\ncm9vdA==\n", ["p-1", "p-2", "p-3"]),
        ("o\n9\ncm9vdA==\n", ["p-4"]),
    ):
        if note:
            checkpoint.write_text(note)
        installation.context.checkpoint = NewestCheckpoint(tmp_path)
        await installation.send("dinsos", *(paid("dinsos", one) for one in documents))
    named = [(one.id, one.log and one.log.size) for one in await installation.receipts("dinsos")]
    assert named == [("p-1", None), ("p-2", None), ("p-1", None), ("p-2", None), ("p-3", 7), ("p-4", 9)]
    assert (await installation.receipts("dinsos"))[-1].log == KnownLog("o", 9, "cm9vdA==")


async def test_a_repeat_gets_the_first_receipt_again(installation: IntakeInstallation) -> None:
    """The same content, written otherwise, with a trace, in the same batch or later, is answered and not admitted."""
    first = paid("dinsos", "p-1")
    rewritten = json.dumps(
        json.loads(first) | {"traceparent": "00-1", "datacontenttype": "application/json"}, indent=3
    )
    await installation.send("dinsos", first, rewritten.encode(), first)
    await installation.send("dinsos", rewritten.encode())
    receipts = await installation.receipts("dinsos")
    assert len({(one.receipt, one.admittedtime, one.status, one.partition) for one in receipts}) == 1
    assert len(receipts) == 4
    assert await installation.order() == ["p-1"]


async def test_another_content_under_a_used_id_is_a_conflict(installation: IntakeInstallation) -> None:
    """It is refused and recorded, once for each content; the first content stays admitted."""
    other = paid("dinsos", "p-1", time="2026-03-02T08:00:00+07:00")
    await installation.send("dinsos", paid("dinsos", "p-1"), other)
    await installation.send("dinsos", other, paid("dinsos", "p-1"))
    assert [status for _, status in await installation.statuses("dinsos")] == [
        "accepted",
        "id-conflict",
        "id-conflict",
        "accepted",
    ]
    assert [one.code for one in await installation.context.quarantine.documents("dinsos")] == ["id-conflict"]
    assert await installation.order() == ["p-1"]


async def test_the_same_id_of_another_agency_is_another_id(installation: IntakeInstallation) -> None:
    """Ids belong to their source."""
    await installation.send("dinsos", paid("dinsos", "p-1"))
    await installation.send("kecamatan-sekayu", paid("kecamatan-sekayu", "p-1"))
    assert len(await installation.arrivals()) == 2


async def test_a_second_filing_of_a_number_is_refused(installation: IntakeInstallation) -> None:
    """``claim-exists`` is refused and recorded, also when it comes again; the number stays with the first."""
    await installation.send("dinsos", filed("dinsos", "f-1"))
    await installation.send(
        "kecamatan-sekayu", filed("kecamatan-sekayu", "f-2"), papers("kecamatan-sekayu", "d-1")
    )
    await installation.send("kecamatan-sekayu", filed("kecamatan-sekayu", "f-2"))
    assert await installation.statuses("kecamatan-sekayu") == [
        ("f-2", "claim-exists"),
        ("d-1", "accepted"),
        ("f-2", "claim-exists"),
    ]
    assert [one.code for one in await installation.context.quarantine.documents("kecamatan-sekayu")] == [
        "claim-exists"
    ]
    assert await installation.order() == ["f-1", "d-1"]


@pytest.mark.parametrize(
    ("agency", "sent", "code", "path"),
    [
        ("dinsos", b"", "invalid", "$"),
        ("dinsos", b'{"id":', "invalid", "$"),
        ("dinsos", b"[" * 100_000, "invalid", "$"),
        ("dinsos", b" " * 65_537, "invalid", "$"),
        ("dinsos", b'{"a":1,"a":1}', "invalid", "$.a"),
        ("dinsos", b"\xff\xfe\x00", "invalid", "$"),
        ("dinsos", paid("dinsos", "p", nik="123"), "invalid", "$.data.nik"),
        ("dinsos", paid("dinsos", "p", person="~x"), "invalid", "$.person"),
        ("dinsos", paid("rsud-sekayu", "p"), "wrong-source", "$.source"),
        ("rsud-sekayu", paid("rsud-sekayu", "p"), "not-allowed", "$.type"),
        ("dinsos", paid("dinsos", "p", time="2026-03-02T03:10:01Z"), "future-date", "$.time"),
    ],
)
async def test_what_is_wrong_is_refused_with_its_path(
    installation: IntakeInstallation, agency: str, sent: bytes, code: str, path: str
) -> None:
    """A refused document has a receipt and a place in quarantine, takes no id, and stops nothing behind it."""
    after = died("rsud-sekayu", "after") if agency == "rsud-sekayu" else paid(agency, "after")
    await installation.send(agency, sent, after)
    refusal, _ = await installation.receipts(agency)
    assert (refusal.status, refusal.code, refusal.quarantine) == ("refused", code, refusal.receipt)
    assert path in [fault.path for fault in refusal.faults]
    assert [one.document for one in await installation.context.quarantine.documents(agency)] == [
        refusal.quarantine
    ]
    assert await installation.context.edge.backlog(agency) == (0, None)


async def test_whatever_speaks_against_a_document_is_told_at_once(installation: IntakeInstallation) -> None:
    """Another agency's source, a type that this one may not send, and a time ahead of the clock, in one receipt."""
    await installation.send("rsud-sekayu", paid("dinsos", "p", time="2026-03-02T03:10:01Z"))
    (receipt,) = await installation.receipts("rsud-sekayu")
    assert receipt.code == "wrong-source"
    assert [(fault.code, fault.path) for fault in receipt.faults] == [
        ("wrong-source", "$.source"),
        ("not-allowed", "$.type"),
        ("future-date", "$.time"),
    ]


async def test_ten_minutes_ahead_of_the_clock_are_allowed(installation: IntakeInstallation) -> None:
    """A clock that goes a little fast is no fault."""
    await installation.send("dinsos", paid("dinsos", "p-1", time="2026-03-02T03:10:00Z"))
    assert await installation.statuses("dinsos") == [("p-1", "accepted")]


async def test_findings_beyond_an_agencys_reach_are_refused_by_name(installation: IntakeInstallation) -> None:
    """Every finding key that the agency may not state is a fault of its own."""
    findings = {"death": {"died_on": "2026-02-20"}, "heirs": [], "cause": {"work_related": True}}
    await installation.send(
        "rsud-sekayu", document("rsud-sekayu", "v", "claim.verified", {"claim": "C-1", "findings": findings})
    )
    (receipt,) = await installation.receipts("rsud-sekayu")
    assert receipt.code == "not-allowed"
    assert [fault.path for fault in receipt.faults] == ["$.data.findings.cause", "$.data.findings.heirs"]


async def test_a_change_of_the_registry_counts_from_the_next_batch(installation: IntakeInstallation) -> None:
    """What was refused is admitted once it is allowed; what had been admitted is not refused when it no longer is."""
    sent = paid("rsud-sekayu", "p-1")
    await installation.send("rsud-sekayu", sent)
    await installation.context.registry.add(
        Agency(name="rsud-sekayu", types=("participant.contributions-paid",))
    )
    await installation.send("rsud-sekayu", sent)
    await installation.context.registry.add(Agency(name="rsud-sekayu", types=("claim.verified",)))
    await installation.send("rsud-sekayu", sent, paid("rsud-sekayu", "p-2"))
    assert await installation.statuses("rsud-sekayu") == [
        ("p-1", "not-allowed"),
        ("p-1", "accepted"),
        ("p-1", "accepted"),
        ("p-2", "not-allowed"),
    ]


async def test_an_unregistered_agency_is_left_alone(installation: IntakeInstallation) -> None:
    """Its documents stay in the outbox until it is registered."""
    await installation.context.edge.submit("unknown", [paid("unknown", "p-1")])
    await admit(installation.context, "unknown", await installation.context.edge.outbox("unknown"))
    assert (await installation.context.edge.backlog("unknown"))[0] == 1


async def test_an_entry_that_faststream_wrote_is_read(installation: IntakeInstallation) -> None:
    """The field ``__data__`` is read, bare and in FastStream's binary form."""
    binary = await BinaryMessageFormatV1.encode(
        message=paid("dinsos", "p-2"), reply_to=None, headers={"x": "y"}, correlation_id="c"
    )
    client = installation.context.edge._client
    for data in (paid("dinsos", "p-1"), binary):
        await client.xadd("{a:dinsos}:outbox", {"__data__": data})
    await client.xadd("{a:dinsos}:outbox", {"something": "else"})
    await installation.work("dinsos")
    assert await installation.statuses("dinsos") == [
        ("p-1", "accepted"),
        ("p-2", "accepted"),
        (None, "invalid"),
    ]


async def test_a_repeat_makes_no_key_anew_that_was_destroyed(installation: IntakeInstallation) -> None:
    """Keys are fetched before it is known what is a repeat; what comes newly about the person has another key."""
    await installation.send("dinsos", paid("dinsos", "p-1"))
    token, keys = installation.context.tokens.nik(SITI), installation.context.keys
    destroyed = keys.get([token])[token]
    keys.give_up([token])
    await installation.send("dinsos", paid("dinsos", "p-1"))
    assert keys.get([token]) == {}
    await installation.send("dinsos", paid("dinsos", "p-2"))
    assert keys.get([token])[token] != destroyed
    assert await installation.statuses("dinsos") == [("p-1", "accepted")] * 2 + [("p-2", "accepted")]
