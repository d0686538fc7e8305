"""A retraction goes where the event it retracts went; of an unseen one it waits for it."""

from __future__ import annotations

from tests.stores.intake.documents import BUDI, IntakeInstallation, died, filed, paid, papers, retracted


async def test_a_retraction_goes_to_the_person_of_what_it_retracts(installation: IntakeInstallation) -> None:
    """It names no person, and still follows its event into the person's inbox."""
    await installation.send("dinsos", paid("dinsos", "p-1"), paid("dinsos", "p-2", nik=BUDI))
    await installation.send("dinsos", retracted("dinsos", "r-1", "p-1"), retracted("dinsos", "r-2", "p-2"))
    persons = {event.id: event.person for event in await installation.arrivals()}
    assert (persons["r-1"], persons["r-2"]) == (persons["p-1"], persons["p-2"])


async def test_a_retraction_of_what_waits_waits_behind_it(installation: IntakeInstallation) -> None:
    """The claim's waiting list keeps both, in their order."""
    await installation.send("rsud-sekayu", died("rsud-sekayu", "v-1"), retracted("rsud-sekayu", "r-1", "v-1"))
    await installation.send("rsud-sekayu", retracted("rsud-sekayu", "r-2", "r-1"))
    assert {one.waits_for for one in await installation.receipts("rsud-sekayu")} == {"claim"}
    await installation.send("dinsos", filed("dinsos", "f-1"))
    assert await installation.order() == ["f-1", "v-1", "r-1", "r-2"]


async def test_a_retraction_of_an_unseen_id_waits_for_it(installation: IntakeInstallation) -> None:
    """It comes right after the event it retracts, before what the agency sends next."""
    await installation.send("dinsos", retracted("dinsos", "r-1", "p-1"))
    (receipt,) = await installation.receipts("dinsos")
    assert (receipt.status, receipt.waits_for) == ("waiting", "event")
    await installation.send("dinsos", paid("dinsos", "p-0"), paid("dinsos", "p-1"), paid("dinsos", "p-2"))
    assert await installation.order() == ["p-0", "p-1", "r-1", "p-2"]
    assert dict(await installation.statuses("dinsos"))["r-1"] == "accepted"
    assert await installation.context.edge._client.keys("*early*") == []
    assert await installation.context.edge._client.keys("*awaited*") == []


async def test_a_retraction_before_its_event_in_one_batch_comes_after_it(
    installation: IntakeInstallation,
) -> None:
    """Sent together in the wrong order, they arrive in the right one."""
    await installation.send(
        "dinsos", retracted("dinsos", "r-1", "p-1"), paid("dinsos", "p-1"), paid("dinsos", "p-2")
    )
    assert await installation.order() == ["p-1", "r-1", "p-2"]


async def test_a_chain_of_early_retractions_comes_in_a_sensible_order(
    installation: IntakeInstallation,
) -> None:
    """Each retraction follows what it retracts, whichever comes first."""
    for event_id, retracts in (("r-3", "r-2"), ("r-2", "r-1"), ("r-1", "p-1")):
        await installation.send("dinsos", retracted("dinsos", event_id, retracts))
    assert await installation.arrivals() == []
    await installation.send("dinsos", paid("dinsos", "p-1"))
    assert await installation.order() == ["p-1", "r-1", "r-2", "r-3"]


async def test_an_early_retraction_follows_its_event_into_a_waiting_list(
    installation: IntakeInstallation,
) -> None:
    """The event it waited for waits itself, for its claim: so does the retraction, behind it."""
    await installation.send("rsud-sekayu", retracted("rsud-sekayu", "r-1", "v-1"))
    await installation.send("rsud-sekayu", died("rsud-sekayu", "v-1"))
    await installation.send("dinsos", filed("dinsos", "f-1"))
    assert await installation.order() == ["f-1", "v-1", "r-1"]
    assert dict(await installation.statuses("rsud-sekayu")) == {"v-1": "accepted", "r-1": "accepted"}


async def test_ids_are_retracted_only_by_their_own_agency(installation: IntakeInstallation) -> None:
    """The same id of another agency is another event: the retraction waits for its own."""
    await installation.send("dinsos", paid("dinsos", "p-1"))
    await installation.send("rsud-sekayu", retracted("rsud-sekayu", "r-1", "p-1"))
    assert await installation.order() == ["p-1"]


async def test_retractions_that_retract_each_other_wait_for_ever(installation: IntakeInstallation) -> None:
    """A circle, or a retraction of itself, holds nothing else up."""
    await installation.send("dinsos", retracted("dinsos", "r-0", "r-0"))
    await installation.send("dinsos", retracted("dinsos", "r-1", "r-2"))
    await installation.send("dinsos", retracted("dinsos", "r-2", "r-1"))
    await installation.send("dinsos", retracted("dinsos", "r-3", "r-4"), retracted("dinsos", "r-4", "r-3"))
    await installation.send("dinsos", paid("dinsos", "p-1"))
    assert await installation.order() == ["p-1"]
    statuses = await installation.statuses("dinsos")
    assert {status for event_id, status in statuses if event_id != "p-1"} == {"waiting"}


async def test_a_retracted_filing_keeps_its_number(installation: IntakeInstallation) -> None:
    """The retraction reaches the person, and events of the claim still do."""
    await installation.send(
        "dinsos", filed("dinsos", "f-1"), retracted("dinsos", "r-1", "f-1"), papers("dinsos", "d-1")
    )
    await installation.send("kecamatan-sekayu", filed("kecamatan-sekayu", "f-2"))
    assert await installation.order() == ["f-1", "r-1", "d-1"]
    assert await installation.statuses("kecamatan-sekayu") == [("f-2", "claim-exists")]
