"""A person is erased: the key and every copy of it are gone, nothing else is, and whatever breaks off can be finished."""

from __future__ import annotations

import base64
import inspect
import itertools
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from redis.asyncio import Redis

from events.catalogue import decode
from events.operation import PersonErased
from projections.as_of import NOW as EVERYTHING
from services.audit_trail.records import BackupMade, OperationRequested, PersonalDataRead
from services.audit_trail.trail import TrailSignature, read
from services.backup.backup import backup
from services.backup.restore import restore
from services.benefits.reading.folder import LAW, files_of
from services.book.person import file_of, recorded_of
from services.claim_file.assembly import assemble, in_clear
from services.claim_file.result import calculated
from services.disbursement.proposals import decided
from services.erasure import backups, erasing
from services.erasure.erasing import ErasureStatus
from services.erasure.extract import extract_of
from services.sealing.keystore import KeyStore
from services.texts.errors import AdvisedError
from services.wording.claim_file import claim_pages
from services.wording.letter import letter_document
from services.wording.person import erased_on
from services.wording.terms import LanguageTexts
from tests.lives import Life
from tests.small_installation import NOW, SmallInstallation, niks
from tests.system.audit.opened import opened
from tests.system.audit.tampering import audited, busy_installation, project
from tests.system.disbursement.crashing import Countdown, CrashError

PAID, UNPAID = niks(9)[0], niks(9)[3]
SIGNED: TrailSignature = {"by": "Rina", "reason": "letter 12/2026", "engagement": ""}


@pytest.fixture
async def small(valkey: Redis, tmp_path: Path) -> SmallInstallation:
    return await busy_installation(valkey, tmp_path / "installation")


@pytest.fixture(autouse=True)
def _deciding(small: SmallInstallation, monkeypatch: pytest.MonkeyPatch) -> None:
    """Decide what stands in the inboxes as soon as somebody waits for it, as an adjudicator does."""

    async def at_once(*asked: Any) -> bool:
        await small.decide()
        return await decided(*asked)

    monkeypatch.setattr(erasing, "decided", at_once)


async def erased(small: SmallInstallation, nik: str) -> ErasureStatus:
    installation = opened(small)
    found = await erasing.prospect(installation, small.tokens.nik(nik))
    done = await erasing.erase(installation, found, "Rina", "letter 12/2026", lambda: False)
    assert done is not None
    return done


async def backed_up(small: SmallInstallation, place: Path) -> Path:
    """A backup, made as the command makes it."""
    await backups.note_backup(opened(small), place, "Rina")
    await backup(small.client, small.ledger, small.keys, place)
    return place


def traces(key: bytes, *places: Path) -> list[Path]:
    """Every file below these places in which a key stands, as it is or in base64."""
    written = key, base64.b64encode(key)
    files = (file for place in places for file in place.rglob("*") if file.is_file())
    return [file for file in files if any(one in file.read_bytes() for one in written)]


async def test_everything_holds_without_the_persons_data(small: SmallInstallation, tmp_path: Path) -> None:
    """What was paid to a dead participant's heirs stays, event by event.

    Names, NIK and accounts cannot be read by anybody.
    """
    installation, person = opened(small), small.tokens.nik(PAID)
    before, untouched = await audited(small), await small.bodies(small.partition(Life(PAID)))
    first, second = await backed_up(small, tmp_path / "b1"), await backed_up(small, tmp_path / "b2")
    key, others = small.keys.get([person])[person], len(list(small.keys.names()))
    extract = await extract_of(installation, person, SIGNED)
    assert PAID in str(extract.events)
    shutil.copytree(small.data / "keys", small.data / "keys.20260101T000000Z")
    assert {file.parent.name for file in traces(key, tmp_path)} == {
        "keys",
        "keys.20260101T000000Z",
        "b1",
        "b2",
    }

    found = await erasing.prospect(installation, person)
    assert (found.open, found.claims, len(found.batches)) == ((), ("A-0",), 1)
    assert found.extracted == NOW
    done = await erased(small, PAID)
    assert done.complete
    assert traces(key, tmp_path) == []
    assert len(list(small.keys.names())) == others - 1
    assert small.keys.get_or_create([person]) == {}

    bodies = await small.bodies(small.partition(Life(PAID)))
    assert bodies[:-1] == untouched
    event = decode(bodies[-1])
    assert isinstance(event, PersonErased)
    assert (event.data.officer, event.data.despite) == (small.tokens.officer("Rina"), ())
    await project(small)
    after = await audited(small)
    assert [str(one) for one in after.findings] == []
    assert after.totals == before.totals
    assert after.unreadable > 0
    claim = await assemble(installation, "A-0")
    assert claim is not None
    assert (await in_clear(installation, claim)).opened == ()
    result, made, _ = calculated(replace(claim, rulebooks={small.rulebook.hash: files_of(LAW)}))
    words = LanguageTexts("en")
    assert "(data erased)" in str(letter_document(claim, result, words, ""))
    pages = [told for name, told in claim_pages(claim, result, made).items() if name.endswith(".html")]
    assert all(b"erased" in told or b"dihapus" in told for told in pages)
    found_then = file_of(person, await recorded_of(small.ledger, person), EVERYTHING)
    assert found_then.events[-1].type == "person.erased"
    assert erased_on(found_then, words).startswith("Personal data erased")
    assert (await extract_of(installation, person, SIGNED)).unreadable == after.unreadable

    records = [entry.record for entry in await read(installation)]
    assert OperationRequested(what="person-erase", subject=person) in records
    assert sum(isinstance(one, BackupMade) for one in records) == 2
    assert sum(isinstance(one, PersonalDataRead) and one.what == "extract" for one in records) == 2
    with pytest.raises(AdvisedError, match="already"):
        await erasing.prospect(installation, person)
    for place in (first, second):
        store = KeyStore(f"sqlite:///{tmp_path / f'from-{place.name}' / 'keys.db'}")
        await small.client.flushall()
        await restore(place, small.client, store)
        assert (store.get([person]), store.were_erased([person])) == ({}, {person})


async def test_what_is_open_hinders_it(small: SmallInstallation) -> None:
    """The decider erases nobody of whom more is open than the officer knew.

    In spite of it, what was known is recorded.
    """
    installation, person = opened(small), small.tokens.nik(UNPAID)
    found = await erasing.prospect(installation, person)
    assert [(one.code, one.claim, one.amount) for one in found.open] == [("payment", "A-3", 42_000_000)]
    with pytest.raises(AdvisedError, match="not recorded"):
        await erasing.erase(installation, replace(found, open=()), "Rina", "why", lambda: False)
    assert small.keys.get([person])
    member, waiting = (small.tokens.nik(niks(9)[n]) for n in (6, 7))
    assert {one.code for one in (await erasing.prospect(installation, member)).open} == {
        "membership",
        "claim",
    }
    assert {one.code for one in (await erasing.prospect(installation, waiting)).open} == {"claim"}
    assert (await erased(small, UNPAID)).complete
    event = decode((await small.bodies(small.partition(Life(UNPAID))))[-1])
    assert isinstance(event, PersonErased)
    assert event.data.despite == ("payment",)
    await project(small)
    assert [str(one) for one in (await audited(small)).findings] == []
    with pytest.raises(AdvisedError, match="does not know"):
        await erasing.prospect(installation, small.tokens.nik("1606010101809999"))


async def test_a_backup_that_is_away_is_named_until_it_is_back_or_gone(
    small: SmallInstallation, tmp_path: Path
) -> None:
    """Its key is taken out once it can be reached.

    One of which it is said that it is gone is not asked for any more.
    """
    away, lost = await backed_up(small, tmp_path / "away"), await backed_up(small, tmp_path / "lost")
    damaged = await backed_up(small, tmp_path / "damaged")
    key = small.keys.get([small.tokens.nik(PAID)])[small.tokens.nik(PAID)]
    away.rename(tmp_path / "tape")
    shutil.rmtree(lost)
    with (damaged / "keys.jsonl").open("ab") as file:
        file.write(b"{}\n")
    done = await erased(small, PAID)
    assert {Path(one.place).name: one.state for one in done.outstanding} == {
        "away": "away",
        "lost": "away",
        "damaged": "damaged",
    }
    assert [file.parent.name for file in traces(key, tmp_path)] == ["damaged", "tape"] or traces(
        key, tmp_path
    )
    installation = opened(small)
    (tmp_path / "tape").rename(away)
    assert not (await erasing.finish(installation)).complete
    assert traces(key, away) == []
    with pytest.raises(AdvisedError, match="still there"):
        await backups.note_gone(installation, damaged, SIGNED)
    shutil.rmtree(damaged)
    for place in (lost, damaged):
        await backups.note_gone(installation, place, SIGNED)
    assert (await erasing.status(installation)).complete
    with pytest.raises(AdvisedError, match="no backup"):
        await backups.note_gone(installation, tmp_path / "never", SIGNED)


async def test_a_crash_at_any_step_leaves_what_can_be_finished(
    small: SmallInstallation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever was done by then, the same end is reached; until the event is recorded, nothing was destroyed."""
    place, kept = await backed_up(small, tmp_path / "b"), tmp_path / "kept"
    shutil.copytree(place, kept)
    shutil.copytree(small.data / "keys", tmp_path / "keys-before")
    installation, person = opened(small), small.tokens.nik(PAID)
    found = await erasing.prospect(installation, person)
    key = small.keys.get([person])[person]
    ends = set()
    for at in itertools.count(1):
        countdown = Countdown(at)
        small.keys.put_back({person: key})
        _forget(small.keys, person)
        shutil.rmtree(place)
        shutil.copytree(kept, place)
        with monkeypatch.context() as patched:
            for where, name in (
                (small.ledger, "deliver"),
                (KeyStore, "destroy"),
                (erasing, "note_generation"),
                (backups, "_write"),
                (backups, "_supersede"),
                (backups, "sync"),
                (Path, "replace"),
            ):
                patched.setattr(where, name, _breaking(getattr(where, name), countdown))
            try:
                if await erasing._state(small.ledger, person) and not (await _recorded(small, person)):
                    await erasing.erase(installation, found, "Rina", "why", lambda: False)
                else:
                    await erasing.finish(installation)
            except CrashError:
                if not await _recorded(small, person):
                    assert small.keys.get([person]) == {person: key}
                    continue
            else:
                break
        result = await audited(small)
        assert {one.check for one in result.findings} <= {"erasure", "read-model"}
        done = await erasing.finish(installation)
        assert done.complete
        assert traces(key, small.data / "keys", place) == []
        ends.add(((place / "manifest.json").read_bytes(), (place / "keys.jsonl").read_bytes()))
    assert len(ends) == 1
    assert at > 12
    await project(small)
    assert [str(one) for one in (await audited(small)).findings] == []


def _breaking(real: Callable[..., Any], countdown: Countdown) -> Callable[..., Any]:
    async def awaited(*given: Any, **named: Any) -> Any:
        countdown.step()
        answer = await real(*given, **named)
        countdown.step()
        return answer

    def call(*given: Any, **named: Any) -> Any:
        countdown.step()
        answer = real(*given, **named)
        countdown.step()
        return answer

    return awaited if inspect.iscoroutinefunction(real) else call


def _forget(keys: KeyStore, person: str) -> None:
    """Take the tombstone away, as if nothing had been destroyed yet."""
    with keys._engine.begin() as connection:
        for table in ("destroyed", "erased"):
            connection.exec_driver_sql(f"DELETE FROM {table} WHERE name = ?", (person,))  # noqa: S608 -- a name of ours


async def _recorded(small: SmallInstallation, person: str) -> bool:
    state = await erasing._state(small.ledger, person)
    return bool(state and state.erased_at)


async def test_verify_finds_an_erasure_that_was_not_carried_out(small: SmallInstallation) -> None:
    """A key that is back, and one destroyed for good of which the ledger does not know, each by its person."""
    person, other = small.tokens.nik(PAID), small.tokens.nik(UNPAID)
    key = small.keys.get([person])[person]
    await erased(small, PAID)
    small.keys.put_back({person: key})
    small.keys.destroy(other)
    await project(small)
    found = [(one.check, one.what.split(":")[0]) for one in (await audited(small)).findings]
    assert [check for check, _ in found] == ["erasure", "erasure"]
    status = await erasing.status(opened(small))
    assert (status.unrecorded, status.persons[0].destroyed) == ((other,), False)
    assert {person, other} == {one.message.parameters["person"] for one in (await audited(small)).findings}
