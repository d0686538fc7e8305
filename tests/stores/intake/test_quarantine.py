"""A refused document is kept sealed, can be read by an operator, and can be sent again."""

from __future__ import annotations

import msgspec
import pytest
from msgspec.structs import replace
from redis import Redis
from redis.asyncio import Redis as AsyncRedis

from events.document import MAX_BYTES
from services.intake import quarantine
from services.ledger import keys
from services.ledger.quarantine_store import Quarantined
from services.ledger.registry import TYPES, Agency
from tests.stores.intake.documents import SITI, IntakeInstallation, died, filed, paid


async def test_a_refused_document_is_sealed_with_its_faults(installation: IntakeInstallation) -> None:
    """What is stored shows code, id and source; the document and its faults open with the agency's key."""
    sent = paid("dinsos", "p-1", nik="160601410190000")
    await installation.send("dinsos", sent)
    (entry,) = await installation.context.quarantine.documents("dinsos")
    assert (entry.code, entry.id, entry.source) == ("invalid", "p-1", "/agencies/dinsos")
    assert entry.sealed.key == "agency:dinsos"
    opened = await quarantine.show(installation.context, "dinsos", entry.document)
    assert opened.document == sent
    assert [fault.path for fault in opened.faults] == ["$.data.nik"]


async def test_any_bytes_come_back_as_they_were(installation: IntakeInstallation) -> None:
    """A document need not be text."""
    sent = bytes(range(256))
    await installation.send("dinsos", sent)
    (entry,) = await installation.context.quarantine.documents("dinsos")
    assert (await quarantine.show(installation.context, "dinsos", entry.document)).document == sent


async def test_of_a_document_that_is_too_large_only_the_beginning_is_kept(
    installation: IntakeInstallation,
) -> None:
    """So much that it is still too large when it is sent again as it is, and that no sender fills the ledger's server."""
    for end in (b"", b"x", b" "):
        await installation.send("dinsos", paid("dinsos", "p-1") + b" " * 1_000_000 + end)
    entries = await installation.context.quarantine.documents("dinsos")
    assert len(entries) == 3
    for entry in entries:
        kept = (await quarantine.show(installation.context, "dinsos", entry.document)).document
        assert (len(kept), kept[:20]) == (MAX_BYTES + 1, paid("dinsos", "p-1")[:20])
        assert len(entry.sealed.box) < 200_000
        await quarantine.retry(installation.context, "dinsos", entry.document)
    await installation.work("dinsos")
    assert await installation.order() == []


async def test_the_same_refused_document_is_one_document(installation: IntakeInstallation) -> None:
    """Sent five times it stands there once and has one receipt."""
    for _ in range(5):
        await installation.send("dinsos", b"{")
    assert await installation.context.quarantine.count("dinsos") == 1
    assert len({(one.receipt, one.admittedtime) for one in await installation.receipts("dinsos")}) == 1


async def test_a_mended_document_resolves_the_one_it_mends(installation: IntakeInstallation) -> None:
    """The old one names the receipt of the new one; a second failure names what it was to mend."""
    await installation.send("dinsos", paid("dinsos", "p-1", nik="123"))
    (old,) = await installation.context.quarantine.documents("dinsos")
    await quarantine.retry(installation.context, "dinsos", old.document, paid("dinsos", "p-1", nik="456"))
    await installation.work("dinsos")
    documents = await installation.context.quarantine.documents("dinsos")
    (second,) = [one for one in documents if one.document != old.document]
    assert second.mends == old.document
    assert replace(old, refused_again=second.document) in documents
    await quarantine.retry(installation.context, "dinsos", old.document, paid("dinsos", "p-1"))
    await installation.work("dinsos")
    resolved = await installation.context.quarantine.get("dinsos", old.document)
    assert resolved is not None
    assert not resolved.refused_again
    assert resolved.resolved == (await installation.receipts("dinsos"))[-1].receipt
    assert await installation.order() == ["p-1"]


async def test_what_is_mended_at_the_second_attempt_is_mended_from_the_first_document_on(
    installation: IntakeInstallation,
) -> None:
    """Nothing that is done is left on the list of what is still to be done; each document names the receipt."""
    await installation.send("dinsos", paid("dinsos", "p-1", nik="123"))
    (old,) = await installation.context.quarantine.documents("dinsos")
    await quarantine.retry(installation.context, "dinsos", old.document, paid("dinsos", "p-1", nik="456"))
    await installation.work("dinsos")
    (second,) = [
        one for one in await installation.context.quarantine.documents("dinsos") if one.mends == old.document
    ]
    await quarantine.retry(installation.context, "dinsos", second.document, paid("dinsos", "p-1"))
    await installation.work("dinsos")
    receipt = (await installation.receipts("dinsos"))[-1].receipt
    assert [one.resolved for one in await installation.context.quarantine.documents("dinsos")] == [
        receipt,
        receipt,
    ]
    assert await installation.order() == ["p-1"]


async def test_a_retry_counts_once_its_reason_is_gone(installation: IntakeInstallation) -> None:
    """Sent again as it is, it is refused again and stays, or is admitted and resolved."""
    await installation.send("rsud-sekayu", paid("rsud-sekayu", "p-1"))
    (entry,) = await installation.context.quarantine.documents("rsud-sekayu")
    await quarantine.retry(installation.context, "rsud-sekayu", entry.document)
    await installation.work("rsud-sekayu")
    (still,) = await installation.context.quarantine.documents("rsud-sekayu")
    assert still == replace(entry, refused_again=entry.document)
    await installation.context.registry.add(Agency(name="rsud-sekayu", types=TYPES))
    await quarantine.retry(installation.context, "rsud-sekayu", entry.document)
    await installation.work("rsud-sekayu")
    (resolved,) = await installation.context.quarantine.documents("rsud-sekayu")
    assert resolved.resolved


async def test_a_document_refused_at_take_up_can_be_read(installation: IntakeInstallation) -> None:
    """It had been sealed while it waited; its content comes back whole."""
    await installation.send("dinsos", died("dinsos", "v-1"))
    await installation.send("dinsos", filed("dinsos", "f-1"))
    (entry,) = await installation.context.quarantine.documents("dinsos")
    opened = await quarantine.show(installation.context, "dinsos", entry.document)
    assert b'"died_on":"2026-02-20"' in opened.document
    assert b"person" not in opened.document


async def test_a_discarded_document_waits_for_nobody_and_is_still_taken_mended(
    installation: IntakeInstallation,
) -> None:
    """Its agency reads so; what it held stays; a later one that mends it is admitted, and counts more than that."""
    sent = paid("dinsos", "p-1", nik="123")
    await installation.send("dinsos", sent)
    (old,) = await installation.context.quarantine.documents("dinsos")
    assert old.waits
    await quarantine.discard(installation.context, "dinsos", old.document)
    kept = await quarantine.show(installation.context, "dinsos", old.document)
    assert (kept.document, kept.entry.waits, kept.entry.sealed) == (sent, False, old.sealed)
    _, told = (await installation.context.refusals.read("dinsos"))[-1]
    assert (told.document, told.discarded) == (old.document, kept.entry.discarded)
    await quarantine.discard(installation.context, "dinsos", old.document)
    await installation.send("dinsos", sent)
    (still,) = await installation.context.quarantine.documents("dinsos")
    assert still == kept.entry
    await quarantine.retry(installation.context, "dinsos", old.document, paid("dinsos", "p-1"))
    await installation.work("dinsos")
    (admitted,) = await installation.context.quarantine.documents("dinsos")
    assert admitted.resolved == (await installation.receipts("dinsos"))[-1].receipt
    assert admitted.discarded == kept.entry.discarded
    await quarantine.discard(installation.context, "dinsos", "0" * 16)
    assert await installation.context.quarantine.count("dinsos") == 1


async def test_what_somebody_else_notes_meanwhile_is_not_lost(
    installation: IntakeInstallation, redis: AsyncRedis
) -> None:
    """A document that is admitted while it is being discarded stays admitted."""
    await installation.send("dinsos", paid("dinsos", "p-1", nik="123"))
    store = installation.context.quarantine
    (old,) = await store.documents("dinsos")
    seen = list[str]()
    server = Redis(unix_socket_path=redis.connection_pool.connection_kwargs["path"])

    def marked(kept: Quarantined) -> Quarantined:
        seen.append(kept.resolved)
        if len(seen) == 1:
            admitted = msgspec.json.encode(replace(kept, resolved="r-1"))
            server.hset(keys.quarantine("dinsos"), kept.document, admitted)
        return replace(kept, code="seen")

    after = await store.change("dinsos", old.document, marked)
    server.close()
    assert seen == ["", "r-1"]
    assert after is not None
    assert (after.resolved, after.code) == ("r-1", "seen")


async def test_what_is_not_there_is_named(installation: IntakeInstallation) -> None:
    """An unknown name, and a document whose key was destroyed, say so."""
    with pytest.raises(quarantine.UnknownDocumentError):
        await quarantine.show(installation.context, "dinsos", "0" * 16)
    await installation.send("dinsos", paid("dinsos", "p-1", nik=SITI + "1"))
    installation.context.keys.destroy("agency:dinsos")
    (entry,) = await installation.context.quarantine.documents("dinsos")
    with pytest.raises(quarantine.UnknownDocumentError):
        await quarantine.retry(installation.context, "dinsos", entry.document)


async def test_the_agency_reads_what_was_refused_and_what_was_mended(
    installation: IntakeInstallation,
) -> None:
    """Code and faults of each, no value of any; the mended one comes again with its receipt, and repeats the same."""
    sent = paid("dinsos", "p-1", nik="160601410190000")
    for _ in range(2):
        await installation.send("dinsos", sent)
    (_, first), (_, again) = await installation.context.refusals.read("dinsos")
    assert again == first
    assert (first.code, first.id, [fault.path for fault in first.faults]) == (
        "invalid",
        "p-1",
        ["$.data.nik"],
    )
    assert (
        b"160601410190000"
        not in str(await installation.context.refusals._client.xrange("{a:dinsos}:refused")).encode()
    )
    await quarantine.retry(installation.context, "dinsos", first.document, paid("dinsos", "p-1"))
    await installation.work("dinsos")
    _, resolved = (await installation.context.refusals.read("dinsos"))[-1]
    receipt = (await installation.receipts("dinsos"))[-1].receipt
    assert (resolved.document, resolved.resolved) == (first.document, receipt)
    assert await installation.context.refusals.read("rsud-sekayu") == []


async def test_a_filing_refused_late_is_told_too(installation: IntakeInstallation) -> None:
    """Its number was another's by the time its turn came."""
    await installation.send("dinsos", filed("dinsos", "f-1"))
    await installation.send("dinsos", filed("dinsos", "f-2"))
    ((_, notice),) = await installation.context.refusals.read("dinsos")
    assert (notice.code, notice.id) == ("claim-exists", "f-2")
