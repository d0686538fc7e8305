"""A letter is judged by the key that has signed it and by what the audit trail says of that key."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from msgspec.structs import replace
from redis.asyncio import Redis

from services.adjudication.worker import keep_rulebook
from services.audit_trail.trail import TrailSignature
from services.benefits.reading.folder import LAW
from services.claim_file.assembly import assemble
from services.claim_file.result import calculated
from services.claim_file.signing import CheckedLetter, check_letter, with_signed_line
from services.claim_file.statement import statement_of
from services.letters.signature import signed
from services.notary.key_changes import ensure_keys, finish_rotation, rotate_keys
from services.notary.origins import log_origin
from services.notary.signatures import Signer
from services.notary.signing_keys import NotarySigner, draft_keys, take_up
from services.runtime.bootstrap import Installation
from services.wording.letter import check_lines
from services.wording.terms import LanguageTexts
from tests.lives import Life, heir
from tests.small_installation import NOW, SmallInstallation, niks
from tests.system.audit.opened import opened

SIGNED: TrailSignature = {"by": "Rina", "reason": "yearly change", "engagement": ""}
HOUR = dt.timedelta(hours=1)


@pytest.fixture
async def small(valkey: Redis, tmp_path: Path) -> SmallInstallation:
    return await SmallInstallation.opened(valkey, tmp_path / "installation")


async def rotated(installation: Installation, then: dt.datetime) -> None:
    """Another generation signs from ``then`` on, and an hour later the earlier one has ended."""
    place, origin = installation.settings.signing_keys, log_origin(installation.identity.id, 1)
    for change, now in ((rotate_keys, then), (finish_rotation, then + HOUR)):
        await change(replace(installation, clock=lambda now=now: now), place, origin, SIGNED)


async def letter(installation: Installation, signer: Signer | None = None) -> str:
    """The line of the letter about the claim, signed by the key of now or by another."""
    file = await assemble(installation, "A-1", looks=False)
    assert file is not None
    result = calculated(file)[0]
    if signer is None:
        return with_signed_line(installation, file, result).signed_line
    return signed(statement_of(file, result, signer.name), signer)


def told(checked: CheckedLetter) -> str:
    return " ".join(check_lines(checked, LanguageTexts("en")))


async def test_a_letter_is_genuine_while_its_key_signed_and_ever_after(small: SmallInstallation) -> None:
    """It is said which key has signed it and when that began and ended.

    One made up from a record after its end is not.
    """
    installation = opened(small)
    keys = installation.settings.signing_keys
    await keep_rulebook(small.client, small.rulebook, LAW)
    first = NotarySigner(keys, log_origin(installation.identity.id, 1))
    early = replace(installation, clock=lambda: NOW - 9 * HOUR)
    await ensure_keys(early, keys, log_origin(installation.identity.id, 1), begun=False)
    stolen = first.of_letters()
    await rotated(installation, NOW - 4 * HOUR)
    life = Life(niks(1)[0]).insured().filed("A-1").died(claim="A-1")
    await small.live(life.heirs(heir("h1"), claim="A-1"))

    true = await letter(installation)
    checked = await check_letter(installation, true)
    assert checked.verdict == "still-so"
    assert checked.key is not None
    assert (checked.key.since, checked.key.until) == (NOW - 4 * HOUR, None)
    assert checked.key.name in told(checked)

    await rotated(installation, NOW + HOUR)
    checked = await check_letter(installation, true)
    assert checked.verdict == "still-so"
    assert checked.key is not None
    assert (checked.key.since, checked.key.until) == (NOW - 4 * HOUR, NOW + 2 * HOUR)
    assert "until 11-06-2026 11.00 WIB" in told(checked)

    made_up = await check_letter(installation, await letter(installation, stolen))
    assert (made_up.verdict, made_up.genuine) == ("key-ended", False)

    draft_keys(keys, NOW + 5 * HOUR)
    take_up(keys, NOW + 5 * HOUR)
    slipped_in = await check_letter(installation, await letter(installation))
    assert (slipped_in.verdict, slipped_in.genuine) == ("unrecorded-key", False)
    assert "slipped in" in told(slipped_in)
