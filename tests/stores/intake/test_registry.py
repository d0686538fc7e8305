"""The registry says who may send what; what cannot be is refused by name."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from events.personal import Account
from services.ledger.registry import FINDINGS, TYPES, Agency, UnknownPermissionError
from services.sealing.accounts import ProviderAccounts, seal_account
from tests.stores.intake.documents import ACCOUNT, DINSOS, KECAMATAN, RSUD, IntakeInstallation


async def test_registrations_are_listed_by_name(installation: IntakeInstallation) -> None:
    """Adding answers whether the agency is new; adding again replaces."""
    registry = installation.context.registry
    assert await registry.agencies() == [DINSOS, KECAMATAN, RSUD]
    assert await registry.add(Agency(name="bank", types=("claim.paid",)))
    assert not await registry.add(Agency(name="bank", types=("claim.paid", "claim.payment-returned")))
    found = await registry.get("bank")
    assert found is not None
    assert found.types == ("claim.paid", "claim.payment-returned")
    assert await registry.get("nobody") is None


@pytest.mark.parametrize(
    ("agency", "named"),
    [
        (Agency(name="kelambu", types=TYPES), "own name"),
        (Agency(name="Dinsos", types=TYPES), "Dinsos"),
        (Agency(name="x", types=TYPES), "x"),
        (Agency(name="bank", types=("claim.opened",)), "claim.opened"),
        (Agency(name="bank", types=("kelambu.claim.paid.v1",)), "claim.paid"),
        (Agency(name="bank", types=TYPES, findings=("weather",)), "weather"),
    ],
)
async def test_what_cannot_be_is_refused_by_name(
    installation: IntakeInstallation, agency: Agency, named: str
) -> None:
    """Own events, unknown types and findings, and names outside the contract; nothing is stored."""
    before = await installation.context.registry.agencies()
    with pytest.raises(UnknownPermissionError, match=named):
        await installation.context.registry.add(agency)
    assert await installation.context.registry.agencies() == before


def test_every_agency_event_and_finding_can_be_permitted() -> None:
    """The names are those of the contract."""
    assert len(TYPES) == 15
    assert "event.retracted" in TYPES
    assert set(FINDINGS) == {"cause", "death", "medical", "heirs", "burial", "participant_account"}


async def test_a_providers_account_is_sealed_in_its_registration(installation: IntakeInstallation) -> None:
    """It opens for whoever pays, and stands nowhere in clear; another agency has none."""
    account = Account(**ACCOUNT)
    context = installation.context
    await context.registry.add(replace(RSUD, account=seal_account(context.keys, RSUD.name, account)))
    stored = await context.edge._client.hget("{registry}:agencies", RSUD.name)
    assert stored is not None
    assert ACCOUNT["number"] not in str(stored)
    providers = ProviderAccounts(context.registry, context.keys)
    assert await providers.account(RSUD.name) == account
    assert await providers.account(DINSOS.name) is None
    assert await providers.account("nobody") is None
    context.keys.destroy("agency:rsud-sekayu")
    assert await providers.account(RSUD.name) is None
