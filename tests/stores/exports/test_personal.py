"""What ``--clear`` opens: NIK, names and accounts behind the tokens of the tables, and nothing else that is sealed."""

from __future__ import annotations

from pathlib import Path

from redis.asyncio import Redis

from events.catalogue import decode
from events.claim import ClaimVerified
from services.exports.personal import personal_values
from tests.lives import NIK, Life, heir
from tests.small_installation import SmallInstallation


async def test_names_nik_and_accounts_are_opened_and_no_other_text(valkey: Redis, tmp_path: Path) -> None:
    """Each once, of the event that stated it first, by the tokens that the tables have.

    A destroyed key stays closed.
    """
    small = await SmallInstallation.opened(valkey, tmp_path)
    life = Life().insured().filed().died().heirs(heir())
    await small.live(life)
    cut = [(await small.ledger.head(0)).position]
    opened = await personal_values(small.ledger, small.keys, small.tokens, cut)
    events = [decode(body) for body in await small.bodies()]
    verified = [event for event in events if isinstance(event, ClaimVerified) and event.data.findings.heirs]
    account = verified[-1].data.findings.heirs[0].account  # type: ignore[index]
    by_field = {value.field: value for value in opened.values}
    assert by_field["nik"].value == NIK
    assert by_field["nik"].token == small.tokens.nik(NIK) == verified[-1].person
    assert by_field["findings.heirs[0].account"].token == account.number
    assert by_field["findings.heirs[0].account"].number_token == account.bank
    assert by_field["findings.heirs[0].account"].value == "15800-00001"
    assert {field.rpartition(".")[2] for field in by_field} <= {"nik", "name", "account"}
    assert len({(v.claim, v.field, v.value) for v in opened.values}) == len(opened.values)
    assert opened.unreadable == 0
    assert (await personal_values(small.ledger, small.keys, small.tokens, [1])).values == []
    small.keys.destroy(small.tokens.nik(NIK))
    gone = await personal_values(small.ledger, small.keys, small.tokens, cut)
    assert gone.values == []
    assert gone.unreadable > 0
