"""What agencies still send about somebody who was erased: taken where the books need it, and else not kept."""

from __future__ import annotations

from services.intake import quarantine
from tests.stores.intake.documents import (
    BUDI,
    SITI,
    IntakeInstallation,
    amended,
    document,
    filed,
    paid,
    papers,
)


def money(event_id: str) -> bytes:
    """A payment that the bank reports, with its reference."""
    data = {
        "claim": "C-1",
        "order": "C-1.1",
        "amount": 42_000_000,
        "paid_on": "2026-03-01",
        "reference": "TRX-778",
    }
    return document("dinsos", event_id, "claim.paid", data)


async def test_it_is_refused_and_its_content_is_not_kept(installation: IntakeInstallation) -> None:
    """By NIK and by claim, again and again; others' documents of the same batch go on."""
    await installation.send("dinsos", filed("dinsos", "f-1"))
    keys, token = installation.context.keys, installation.context.tokens.nik(SITI)
    keys.destroy(token)
    batch = (
        paid("dinsos", "p-1"),
        paid("dinsos", "p-2", BUDI),
        papers("dinsos", "d-1"),
        amended("dinsos", "a-1"),
    )
    await installation.send("dinsos", *batch)
    await installation.send("dinsos", paid("dinsos", "p-1"))
    assert (await installation.statuses("dinsos"))[1:] == [
        ("p-1", "person-erased"),
        ("p-2", "accepted"),
        ("d-1", "person-erased"),
        ("a-1", "person-erased"),
        ("p-1", "person-erased"),
    ]
    kept = await installation.context.quarantine.documents("dinsos")
    assert {(one.id, one.code) for one in kept} == {(name, "person-erased") for name in ("p-1", "d-1", "a-1")}
    for one in await quarantine.opened(installation.context, kept):
        assert b"data" not in one.document
    assert keys.get([token]) == {}
    assert sorted(await installation.order()) == ["f-1", "p-2"]


async def test_money_that_moved_is_taken_and_nothing_personal_of_it_can_be_read(
    installation: IntakeInstallation,
) -> None:
    """A payment is recorded with its token; its box opens under no key that anybody has."""
    await installation.send("dinsos", filed("dinsos", "f-1"))
    keys, token = installation.context.keys, installation.context.tokens.nik(SITI)
    keys.destroy(token)
    await installation.send("dinsos", money("m-1"))
    assert (await installation.statuses("dinsos"))[1:] == [("m-1", "accepted")]
    assert await installation.order() == ["f-1", "m-1"]
    last = (await installation.arrivals())[-1]
    assert last.person == token
    assert last.sealed
    assert last.sealed.key == token
    assert keys.get([token]) == {}


async def test_a_refused_filing_leaves_its_number_free(installation: IntakeInstallation) -> None:
    """Somebody else files under it, and what waited for it is taken up."""
    token = installation.context.tokens.nik(SITI)
    installation.context.keys.get_or_create([token])
    installation.context.keys.destroy(token)
    await installation.send("dinsos", filed("dinsos", "f-1"), papers("dinsos", "d-1"))
    assert await installation.statuses("dinsos") == [("f-1", "person-erased"), ("d-1", "waiting")]
    await installation.send("dinsos", filed("dinsos", "f-2", nik=BUDI))
    assert await installation.order() == ["f-2", "d-1"]
