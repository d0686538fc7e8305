"""The origin of what agencies signed: checked again from the ledger alone, years later, or told why it cannot be."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace
from redis.asyncio import Redis

from events.catalogue import AgencyEvent, decode
from services.backup.backup import backup
from services.backup.restore import restore
from services.ledger import keys as names
from services.ledger.credentials import Credentials
from services.sealing.keystore import KeyStore
from services.verification.provenance import Provenance, provenance
from tests.lives import Life, heir
from tests.small_installation import SmallInstallation
from tests.system.audit.signing import NOW, Signers, spellings
from tests.system.audit.tampering import PARTITIONS, audited, given_up, project, rewrite

LIFE = Life().insured().filed("A-1").died(claim="A-1").heirs(heir(), claim="A-1")


@pytest.fixture
async def signers(redis: Redis, tmp_path: Path) -> Signers:
    """Agencies whose events were signed, each spelt in another way; a death was reported before the claim was filed."""
    installation = await SmallInstallation.opened(redis, tmp_path, PARTITIONS)
    agencies = [one["source"].removeprefix("/agencies/") for one in LIFE.documents]
    signers = await Signers.opened(installation, *sorted(set(agencies)))
    sent = list(zip(agencies, spellings(LIFE.documents), strict=True))
    for agency, document in (*sent[:2], *sent[3:], sent[2]):
        await signers.send(agency, document)
    await installation.decide()
    await project(installation)
    return signers


async def bodies(installation: SmallInstallation) -> list[tuple[int, int, bytes]]:
    """Partition, position and body of every agency event."""
    return [
        (partition, entry.position, entry.body)
        for partition in range(PARTITIONS)
        for entry in await installation.ledger.read(partition, 0, 1000)
        if isinstance(decode(entry.body), AgencyEvent)
    ]


async def looked_at(signers: Signers) -> list[Provenance]:
    """The provenance of every agency event."""
    return [one for *_, body in await bodies(signers.installation) if (one := await judged(signers, body))]


async def judged(signers: Signers, body: bytes) -> Provenance | None:
    person = signers.installation.tokens.nik(LIFE.nik)
    return provenance(
        body, signers.installation.keys.get([person]), signers.installation.tokens, await signers.by_id()
    )


async def test_every_signature_is_checked_again_from_the_ledger_alone(signers: Signers) -> None:
    """Byte for byte what was signed, also of events that waited; verify checks it too and finds nothing."""
    found = await looked_at(signers)
    assert {one.verdict for one in found} == {"verified"}
    assert {one.proof.document for one in found if one.proof} == set(spellings(LIFE.documents))
    assert (await audited(signers.installation)).findings == ()


async def test_the_ledger_keeps_no_document_twice_and_no_signature_in_clear(signers: Signers) -> None:
    """A signature tells who guesses the document that he is right, so it is sealed.

    Sorted and indented is the dearest.
    """
    for *_, body in await bodies(signers.installation):
        assert b'"signature":"~"' in body
        recorded = decode(body)
        assert isinstance(recorded, AgencyEvent)
        sent = next(one for one in LIFE.documents if one["id"] == recorded.id)
        assert len(body) < 1.6 * len(msgspec.json.encode(sent)) + 700


async def test_a_destroyed_key_leaves_the_name_of_the_signer_and_nothing_to_check(signers: Signers) -> None:
    """That is said plainly, and is no finding."""
    installation = signers.installation
    await given_up(installation, LIFE.nik)
    found = await looked_at(signers)
    assert {one.verdict for one in found} == {"unreadable"}
    assert {one.origin.key for one in found if one.origin} == {kept.id for _, kept in signers.pairs.values()}
    assert (await audited(installation)).findings == ()


async def test_no_byte_of_what_is_recorded_can_be_another(signers: Signers) -> None:
    """One bit of each byte of an event: it is unreadable, not verified, or what was signed is untouched."""
    (*_, body) = (await bodies(signers.installation))[0]
    before = decode(body)
    keys, known = (
        signers.installation.keys.get([signers.installation.tokens.nik(LIFE.nik)]),
        await signers.by_id(),
    )
    verified = 0
    for place in range(len(body)):
        changed = bytearray(body)
        changed[place] ^= 1
        try:
            after = decode(bytes(changed))
            one = provenance(bytes(changed), keys, signers.installation.tokens, known)
        except (msgspec.DecodeError, UnicodeDecodeError, ValueError):
            continue
        if one is not None and one.verdict == "verified":
            verified += 1
            assert (after.id, after.source, after.time, after.origin) == (
                before.id,
                before.source,
                before.time,
                before.origin,
            )
            assert after.data == before.data
    assert verified


async def test_a_change_of_what_was_signed_is_found_by_verify(signers: Signers) -> None:
    """Whoever has the server but not the agency's private key cannot make it say another thing."""
    installation = signers.installation
    partition, position, body = next(
        one for one in await bodies(installation) if b'"starts_on":"2025-01-01"' in one[2]
    )
    await rewrite(
        installation,
        partition,
        position,
        body.replace(b'"starts_on":"2025-01-01"', b'"starts_on":"2024-01-01"'),
    )
    found = {finding.check: str(finding) for finding in (await audited(installation)).findings}
    assert "altered" in found["origin"]


async def test_a_key_that_was_not_good_then_or_is_anothers_proves_nothing(signers: Signers) -> None:
    """Revoked later it still proves what came before; known as another agency's, or not at all, it proves nothing."""
    (*_, body) = (await bodies(signers.installation))[0]
    keys, known = (
        signers.installation.keys.get([signers.installation.tokens.nik(LIFE.nik)]),
        await signers.by_id(),
    )
    kept = signers.pairs["dinsos"][1]
    hour, year = dt.timedelta(hours=1), dt.timedelta(days=365)
    for changed, verdict in (
        (replace(kept, revoked=NOW + year), "verified"),
        (replace(kept, revoked=NOW - hour, since=NOW - year), "key-ended"),
        (replace(kept, since=NOW + hour), "key-ended"),
        (replace(kept, agency="rsud"), "unknown-key"),
        (replace(kept, proof=signers.pairs["rsud"][1].proof), "altered"),
    ):
        one = provenance(body, keys, signers.installation.tokens, known | {kept.id: changed})
        assert one is not None
        assert one.verdict == verdict
    one = provenance(body, keys, signers.installation.tokens, {})
    assert one is not None
    assert one.verdict == "unknown-key"


async def test_origins_survive_backup_and_restore(signers: Signers, tmp_path: Path) -> None:
    """The credentials are in the backup, so that the signatures in it can be checked."""
    installation = signers.installation
    await backup(installation.client, installation.ledger, installation.keys, tmp_path / "backup")
    known = await signers.by_id()
    await installation.client.flushall()
    await restore(
        tmp_path / "backup", installation.client, KeyStore(f"sqlite:///{tmp_path}/other/keys/keys.db")
    )
    other = Signers(await SmallInstallation.opened(installation.client, tmp_path / "other", PARTITIONS))
    assert await other.by_id() == known
    assert {one.verdict for one in await looked_at(other)} == {"verified"}
    assert await Credentials(installation.client).changes() == len(known)
    assert await installation.client.exists(names.CREDENTIALS)
