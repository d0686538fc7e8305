"""An event that was discarded: never decided, and kept with its discard, for whoever asks later what it said."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from redis.asyncio import Redis

from events.catalogue import decode, encode
from events.claim import ClaimObjected
from events.operation import ParkedDiscarded
from projections.as_of import NOW as EVERYTHING
from services.adjudication.batch_decision import named
from services.adjudication.decider import advance
from services.adjudication.stored_states import discards_of
from services.audit_trail.records import PersonalDataRead
from services.audit_trail.trail import TrailSignature, read
from services.backup.backup import backup
from services.backup.restore import restore
from services.book.person import file_of, recorded_of
from services.claim_file.assembly import assemble
from services.claim_file.deciding import decide
from services.disbursement.proposals import decided
from services.erasure import erasing
from services.erasure.extract import extract_of
from services.ledger.partitions import partition_of
from services.operations.parked_requests import discard_parked, discarded_events, kept_event, opened_event
from services.recovery.lost_keys import give_up, lost_keys
from services.sealing.box import boxes_of
from services.sealing.keystore import OWN_KEY, KeyStore
from services.sealing.legible import discarded_in
from services.texts.errors import AdvisedError
from tests.lives import Life
from tests.small_installation import SmallInstallation, niks
from tests.system.audit.opened import opened
from tests.system.audit.tampering import PARTITIONS, audited, busy_installation, project, rewrite

NIK, STRANGER = niks(40)[30], niks(40)[31]
GROUNDS = "kurang"
"""Stands in an objection as a person's own words."""
SIGNED: TrailSignature = {"by": "Budi", "reason": "ticket 7", "engagement": ""}
OBJECTION = "rsud-7"


@pytest.fixture
async def small(valkey: Redis, tmp_path: Path) -> SmallInstallation:
    """A busy installation in which the objection of one person was parked and discarded, behind a claim that waits."""
    installation = await busy_installation(valkey, tmp_path / "installation")
    life = Life(NIK).insured().accident("D-1")
    await installation.live(life)
    sent = len(life.documents)
    life.objected("D-1")
    life.documents[-1]["id"] = OBJECTION
    await parked(installation, life, sent)
    await discarded(installation, NIK, f"dinsos:{OBJECTION}")
    await project(installation)
    return installation


async def parked(installation: SmallInstallation, life: Life, since: int = 0) -> None:
    """Admit what a person sent and let the decider fail at all of it."""

    def failing(*_: object) -> object:
        raise ZeroDivisionError

    await installation.admit(life, since)
    installation.decider = failing  # type: ignore[assignment]
    await installation.decide()
    installation.decider = advance


async def discarded(installation: SmallInstallation, nik: str, event: str) -> None:
    await discard_parked(opened(installation), installation.tokens.nik(nik), event, SIGNED)
    await installation.decide()


async def discard_of(installation: SmallInstallation, nik: str) -> ParkedDiscarded:
    partition = partition_of(installation.tokens.nik(nik), installation.ledger.partitions)
    event = decode((await installation.bodies(partition))[-1])
    assert isinstance(event, ParkedDiscarded)
    return event


async def findings(installation: SmallInstallation) -> list[str]:
    return [str(one) for one in (await audited(installation)).findings]


async def test_what_was_discarded_is_kept_byte_for_byte(small: SmallInstallation) -> None:
    """The ledger holds what was parked, sealed; a command and a page show it so, and in clear once that is recorded."""
    installation, person = opened(small), small.tokens.nik(NIK)
    (listed,) = await discarded_events(installation)
    assert (listed.person, listed.event, listed.type, listed.claim) == (
        person,
        f"dinsos:{OBJECTION}",
        "claim.objected",
        "D-1",
    )
    assert (listed.discarded.by, listed.discarded.reason) == ("Budi", "ticket 7")
    kept = await kept_event(installation, person, listed.event)
    event = decode(kept.document)
    assert encode(event) == kept.document
    assert (event.id, event.person, event.position) == (OBJECTION, person, event.position)
    assert kept.position == listed.position == (await discard_of(small, NIK)).position
    assert GROUNDS.encode() not in kept.document
    clear = await opened_event(installation, kept, SIGNED)
    assert clear is not None
    assert clear["data"]["grounds"] == GROUNDS  # type: ignore[index]
    last = (await read(installation))[-1]
    assert last.record == PersonalDataRead(what="parked", subject=f"{person} {listed.event}", values=2)
    with pytest.raises(AdvisedError, match="no event"):
        await kept_event(installation, person, "dinsos:another")


async def test_it_stands_in_the_history_of_its_person_and_its_claim(small: SmallInstallation) -> None:
    """Who looks at the person, the claim or its file sees that something was discarded, and it decided nothing."""
    person = small.tokens.nik(NIK)
    told = file_of(person, await recorded_of(small.ledger, person), EVERYTHING)
    assert [(one.type, one.claim) for one in told.events][-1] == ("parked.discarded", "D-1")
    file = await assemble(opened(small), "D-1")
    assert file is not None
    assert named(discarded_in(file.events[-1]) or b"") == f"dinsos:{OBJECTION}"
    again = decide(file, {small.rulebook.hash: small.rulebook})
    assert {one.verdict for one in again.conclusions} == {"same"}
    extract = await extract_of(opened(small), person, SIGNED)
    assert GROUNDS in str(extract.events[-1])


async def test_verify_holds_it_against_what_was_admitted(small: SmallInstallation) -> None:
    """Another event in its place, other words in it, or a discard that keeps something else is found."""
    assert await findings(small) == []
    event = await discard_of(small, NIK)
    partition, position = event.partition or 0, event.position or 0
    kept = event.data.document
    assert kept

    async def told(document: bytes) -> list[str]:
        body = encode(replace(event, data=replace(event.data, document=document)))
        await rewrite(small, partition, position, body)
        return await findings(small)

    other = decode(kept)
    assert isinstance(other, ClaimObjected)
    assert other.sealed
    later = replace(other, data=replace(other.data, by=replace(other.data.by, name="x")))
    assert any("not the document" in one for one in await told(encode(later)))
    named_so = replace(other, id="another")
    assert any("another event" in one for one in await told(encode(named_so)))
    box = replace(other, sealed=replace(other.sealed, box="A" + other.sealed.box[1:]))
    assert any("cannot be opened" in one for one in await told(encode(box)))
    assert await told(kept) == []


async def test_one_that_keeps_nothing_is_read_as_before(small: SmallInstallation) -> None:
    """Discards from before events were kept stand in no index, are no finding and no event of anybody's history."""
    old = replace(await discard_of(small, NIK), id="discard-old")
    old = replace(old, data=replace(old.data, event="dinsos:old"), causationid="dinsos:old")
    plain = encode(old).partition(b',"document"')[0] + b"}" + encode(old).partition(b"}")[2]
    event = decode(plain)
    assert isinstance(event, ParkedDiscarded)
    assert (event.data.document or b"", event.data.claim, discarded_in(plain)) == (b"", "", None)


async def test_its_content_goes_with_the_key_of_its_person(
    small: SmallInstallation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also of somebody of whom nothing else is known.

    A restore asks for the key, an erasure takes it, and all still holds.
    """

    async def at_once(*asked: Any) -> bool:
        await small.decide()
        return await decided(*asked)

    monkeypatch.setattr(erasing, "decided", at_once)
    life = Life(STRANGER).insured()
    await parked(small, life)
    installation, person = opened(small), small.tokens.nik(STRANGER)
    for one in life.documents:
        await discarded(small, STRANGER, f"dinsos:{one['id']}")
    await project(small)
    assert await findings(small) == []
    discards = await discards_of(small.ledger, partition_of(person, small.ledger.partitions), person)
    assert {box.key for entry in discards for box, _ in boxes_of(entry.body)} == {OWN_KEY, person}
    kept = await kept_event(installation, person, f"dinsos:{life.documents[0]['id']}")
    assert "Siti Aminah" in str(await opened_event(installation, kept, SIGNED))
    found = await erasing.prospect(installation, person)
    assert (found.events, found.open) == (2, ())
    assert await erasing.erase(installation, found, "Rina", "letter 12", lambda: False)
    assert await opened_event(installation, kept, SIGNED) is None
    await project(small)
    assert await findings(small) == []
    assert (await extract_of(installation, person, SIGNED)).unreadable == 2


async def test_a_restored_backup_keeps_it_and_a_lost_key_takes_its_content(
    small: SmallInstallation, tmp_path: Path
) -> None:
    """The person has no other event in the ledger.

    It is shown as it was, opened, and once its key is given up still shown.
    """
    life, place, data = Life(STRANGER).insured(), tmp_path / "backup", tmp_path / "other"
    person, event = small.tokens.nik(STRANGER), f"dinsos:{life.documents[0]['id']}"
    await parked(small, life)
    for one in life.documents:
        await discarded(small, STRANGER, f"dinsos:{one['id']}")
    before = await kept_event(opened(small), person, event)
    await backup(small.client, small.ledger, small.keys, place)
    await small.client.flushall()
    await restore(place, small.client, KeyStore(f"sqlite:///{data}/keys/keys.db"))
    other = await SmallInstallation.opened(small.client, data, PARTITIONS)
    shutil.copytree(small.data / "batches", other.data / "batches")
    await project(other)
    assert await findings(other) == []
    kept = await kept_event(opened(other), person, event)
    assert kept == before
    assert "Siti Aminah" in str(await opened_event(opened(other), kept, SIGNED))
    with closing(sqlite3.connect(data / "keys" / "keys.db")) as store:
        store.execute("DELETE FROM keys WHERE name = ?", [person])
        store.commit()
    lost = await lost_keys(other.client, other.ledger, other.keys)
    assert (lost.names, lost.loss.persons) == ((person,), 1)
    await give_up(other.client, other.keys, lost)
    assert await kept_event(opened(other), person, event) == before
    assert await opened_event(opened(other), kept, SIGNED) is None
    assert await findings(other) == []
    assert (await lost_keys(other.client, other.ledger, other.keys)).names == ()
