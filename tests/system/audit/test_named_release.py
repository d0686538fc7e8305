"""Orders that left by name.

What was decided is in backups, is checked by the auditor, and whoever changes it is found.
"""

from __future__ import annotations

from pathlib import Path

from redis.asyncio import Redis

from events.catalogue import decode
from services.adjudication.stored_states import read_releasing
from services.audit_trail.records import ActNotTaken, ActSent, OperationRequested
from services.audit_trail.trail import read
from services.backup.backup import backup
from services.backup.restore import restore
from services.disbursement.release_mode import arrange
from services.sealing.keystore import KeyStore
from tests.small_installation import SmallInstallation
from tests.system.audit.tampering import audited, project, rewrite
from tests.system.disbursement.test_named_release import by_setting, deciding, say, waiting
from tests.system.disbursement.test_rounds import death, turn


async def named_installation(client: Redis, data: Path) -> SmallInstallation:
    """Two deaths, of which one has left by name; a second approval came too late."""
    installation = await SmallInstallation.opened(client, data)
    await by_setting(installation, "named")
    await arrange(deciding(installation), "automatic", "Kepala", "libur", lambda: False)
    await arrange(deciding(installation), "named", "Kepala", "kembali", lambda: False)
    await installation.live(death(0), death(1))
    await turn(installation)
    orders = [one for one in await waiting(installation) if one.claim == "A-0"]
    await say(installation, orders)
    await say(installation, orders, officer="Wakil")
    await turn(installation)
    await turn(installation)
    await project(installation)
    return installation


CHANGES = {
    "a release that needed an approval says that it needed none": (
        b"payment-released",
        b',"mode":"named"',
        b"",
    ),
    "an approval is a refusal": (b"release-approved", b"release-approved", b"release-refused"),
    "an approval is of another amount": (b"release-approved", b'"amount":21000000', b'"amount":21000001'),
    "how orders leave was arranged otherwise": (
        b"release.arranged",
        b'"mode":"named"',
        b'"mode":"automatic"',
    ),
}


async def test_whoever_changes_what_was_decided_is_found(valkey: Redis, tmp_path: Path) -> None:
    """Untouched nothing is found.

    Another name than the one that was sealed is found at its place, whatever else would fit.
    """
    installation = await named_installation(valkey, tmp_path)
    await says_who_decided(installation)
    assert [str(finding) for finding in (await audited(installation)).findings] == []
    for change, (kind, was, now) in CHANGES.items():
        position, body = await find(installation, kind, was)
        await rewrite(installation, 0, position, body.replace(was, now, 1))
        assert not (await audited(installation)).ok, change
        await rewrite(installation, 0, position, body)
    was, now = (installation.tokens.officer(name).encode() for name in ("Atasan", "Rina"))
    position, body = await find(installation, b"release-approved", was)
    await rewrite(installation, 0, position, body.replace(was, now, 1))
    found = [one for one in (await audited(installation)).findings if one.check == "content"]
    assert [one.position for one in found] == [position]


async def says_who_decided(installation: SmallInstallation) -> None:
    """The audit trail has each act in the name of who did it, with its event, and what was not taken."""
    trail = await read(installation)
    asked = [(one.by, one.record.subject) for one in trail if isinstance(one.record, OperationRequested)]
    assert asked == [("Kepala", "automatic"), ("Kepala", "named")]
    sent = [(entry.by, entry.record.claim) for entry in trail if isinstance(entry.record, ActSent)]
    assert sent == [("Atasan", "A-0")] * 2 + [("Wakil", "A-0")] * 2
    not_taken = [entry.record.why for entry in trail if isinstance(entry.record, ActNotTaken)]
    assert not_taken == ["decided", "decided"]
    places = {f"kelambu:{decode(body).id}" for body in await installation.bodies()}
    events = [entry.record.event for entry in trail if isinstance(entry.record, ActSent)]
    assert [event in places for event in events] == [True, True, False, False]


async def find(installation: SmallInstallation, kind: bytes, part: bytes) -> tuple[int, bytes]:
    """The position and body of the first event of a kind that has these bytes."""
    for position, body in enumerate(await installation.bodies(), 1):
        if kind in body.partition(b",")[0] and part in body:
            return position, body
    raise AssertionError("there is no such event")


async def test_what_was_decided_comes_back_with_a_backup(valkey: Redis, tmp_path: Path) -> None:
    """Orders go on leaving by name, and what was not approved waits."""
    installation = await named_installation(valkey, tmp_path / "installation")
    await backup(valkey, installation.ledger, installation.keys, tmp_path / "backup")
    await valkey.flushall()
    await restore(tmp_path / "backup", valkey, KeyStore(f"sqlite:///{tmp_path}/other/keys/keys.db"))
    other = await SmallInstallation.opened(valkey, tmp_path / "other")
    assert (await read_releasing(other.ledger, 0)).mode == "named"
    await turn(other)
    assert sorted(await other.payments.held()) == ["A-1.1", "A-1.2"]
