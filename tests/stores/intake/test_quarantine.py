"""A refused document is kept sealed, can be read by an operator, and can be sent again."""

from __future__ import annotations

import pytest

from events.document import MAX_BYTES
from services.intake import quarantine
from services.ledger.registry import TYPES, Agency
from tests.stores.intake.documents import SITI, House, died, filed, paid


async def test_a_refused_document_is_sealed_with_its_faults(house: House) -> None:
    """What is stored shows code, id and source; the document and its faults open with the agency's key."""
    sent = paid("dinsos", "p-1", nik="160601410190000")
    await house.send("dinsos", sent)
    (entry,) = await house.desk.quarantine.documents("dinsos")
    assert (entry.code, entry.id, entry.source) == ("invalid", "p-1", "/agencies/dinsos")
    assert entry.sealed.key == "agency:dinsos"
    opened = await quarantine.show(house.desk, "dinsos", entry.document)
    assert opened.document == sent
    assert [fault.path for fault in opened.faults] == ["$.data.nik"]


async def test_any_bytes_come_back_as_they_were(house: House) -> None:
    """A document need not be text."""
    sent = bytes(range(256))
    await house.send("dinsos", sent)
    (entry,) = await house.desk.quarantine.documents("dinsos")
    assert (await quarantine.show(house.desk, "dinsos", entry.document)).document == sent


async def test_of_a_document_that_is_too_large_only_the_beginning_is_kept(house: House) -> None:
    """So much that it is still too large when it is sent again as it is, and that no sender fills the ledger's server."""
    for end in (b"", b"x", b" "):
        await house.send("dinsos", paid("dinsos", "p-1") + b" " * 1_000_000 + end)
    entries = await house.desk.quarantine.documents("dinsos")
    assert len(entries) == 3
    for entry in entries:
        kept = (await quarantine.show(house.desk, "dinsos", entry.document)).document
        assert (len(kept), kept[:20]) == (MAX_BYTES + 1, paid("dinsos", "p-1")[:20])
        assert len(entry.sealed.box) < 200_000
        await quarantine.retry(house.desk, "dinsos", entry.document)
    await house.work("dinsos")
    assert await house.order() == []


async def test_the_same_refused_document_is_one_document(house: House) -> None:
    """Sent five times it stands there once and has one receipt."""
    for _ in range(5):
        await house.send("dinsos", b"{")
    assert await house.desk.quarantine.count("dinsos") == 1
    assert len({(one.receipt, one.admittedtime) for one in await house.receipts("dinsos")}) == 1


async def test_a_mended_document_resolves_the_one_it_mends(house: House) -> None:
    """The old one names the receipt of the new one; a second failure names what it was to mend."""
    await house.send("dinsos", paid("dinsos", "p-1", nik="123"))
    (old,) = await house.desk.quarantine.documents("dinsos")
    await quarantine.retry(house.desk, "dinsos", old.document, paid("dinsos", "p-1", nik="456"))
    await house.work("dinsos")
    documents = await house.desk.quarantine.documents("dinsos")
    assert [one.mends for one in documents if one != old] == [old.document]
    await quarantine.retry(house.desk, "dinsos", old.document, paid("dinsos", "p-1"))
    await house.work("dinsos")
    resolved = await house.desk.quarantine.get("dinsos", old.document)
    assert resolved is not None
    assert resolved.resolved == (await house.receipts("dinsos"))[-1].receipt
    assert await house.order() == ["p-1"]


async def test_what_is_mended_at_the_second_attempt_is_mended_from_the_first_document_on(
    house: House,
) -> None:
    """Nothing that is done is left on the list of what is still to be done; each document names the receipt."""
    await house.send("dinsos", paid("dinsos", "p-1", nik="123"))
    (old,) = await house.desk.quarantine.documents("dinsos")
    await quarantine.retry(house.desk, "dinsos", old.document, paid("dinsos", "p-1", nik="456"))
    await house.work("dinsos")
    (second,) = [one for one in await house.desk.quarantine.documents("dinsos") if one.mends == old.document]
    await quarantine.retry(house.desk, "dinsos", second.document, paid("dinsos", "p-1"))
    await house.work("dinsos")
    receipt = (await house.receipts("dinsos"))[-1].receipt
    assert [one.resolved for one in await house.desk.quarantine.documents("dinsos")] == [receipt, receipt]
    assert await house.order() == ["p-1"]


async def test_a_retry_counts_once_its_reason_is_gone(house: House) -> None:
    """Sent again as it is, it is refused again and stays, or is admitted and resolved."""
    await house.send("rsud-sekayu", paid("rsud-sekayu", "p-1"))
    (entry,) = await house.desk.quarantine.documents("rsud-sekayu")
    await quarantine.retry(house.desk, "rsud-sekayu", entry.document)
    await house.work("rsud-sekayu")
    (still,) = await house.desk.quarantine.documents("rsud-sekayu")
    assert still == entry
    await house.desk.registry.add(Agency(name="rsud-sekayu", types=TYPES))
    await quarantine.retry(house.desk, "rsud-sekayu", entry.document)
    await house.work("rsud-sekayu")
    (resolved,) = await house.desk.quarantine.documents("rsud-sekayu")
    assert resolved.resolved


async def test_a_document_refused_at_take_up_can_be_read(house: House) -> None:
    """It had been sealed while it waited; its content comes back whole."""
    await house.send("dinsos", died("dinsos", "v-1"))
    await house.send("dinsos", filed("dinsos", "f-1"))
    (entry,) = await house.desk.quarantine.documents("dinsos")
    opened = await quarantine.show(house.desk, "dinsos", entry.document)
    assert b'"died_on":"2026-02-20"' in opened.document
    assert b"person" not in opened.document


async def test_what_is_not_there_is_named(house: House) -> None:
    """An unknown name, and a document whose key was destroyed, say so."""
    with pytest.raises(quarantine.UnknownDocumentError):
        await quarantine.show(house.desk, "dinsos", "0" * 16)
    await house.send("dinsos", paid("dinsos", "p-1", nik=SITI + "1"))
    house.desk.keys.destroy("agency:dinsos")
    (entry,) = await house.desk.quarantine.documents("dinsos")
    with pytest.raises(quarantine.UnknownDocumentError):
        await quarantine.retry(house.desk, "dinsos", entry.document)


async def test_the_agency_reads_what_was_refused_and_what_was_mended(house: House) -> None:
    """Code and faults of each, no value of any; the mended one comes again with its receipt, and repeats the same."""
    sent = paid("dinsos", "p-1", nik="160601410190000")
    for _ in range(2):
        await house.send("dinsos", sent)
    (_, first), (_, again) = await house.desk.refusals.read("dinsos")
    assert again == first
    assert (first.code, first.id, [fault.path for fault in first.faults]) == (
        "invalid",
        "p-1",
        ["$.data.nik"],
    )
    assert (
        b"160601410190000" not in str(await house.desk.refusals._client.xrange("{a:dinsos}:refused")).encode()
    )
    await quarantine.retry(house.desk, "dinsos", first.document, paid("dinsos", "p-1"))
    await house.work("dinsos")
    _, resolved = (await house.desk.refusals.read("dinsos"))[-1]
    receipt = (await house.receipts("dinsos"))[-1].receipt
    assert (resolved.document, resolved.resolved) == (first.document, receipt)
    assert await house.desk.refusals.read("rsud-sekayu") == []


async def test_a_filing_refused_late_is_told_too(house: House) -> None:
    """Its number was another's by the time its turn came."""
    await house.send("dinsos", filed("dinsos", "f-1"))
    await house.send("dinsos", filed("dinsos", "f-2"))
    ((_, told),) = await house.desk.refusals.read("dinsos")
    assert (told.code, told.id) == ("claim-exists", "f-2")
