"""To whom an order is paid: the account that an event states for a payee of its claim."""

from __future__ import annotations

from msgspec import UNSET

from events.catalogue import Event
from events.claim import ClaimVerified, SchoolingConfirmed
from events.findings import Findings, Treatment
from events.values import Account

Stated = Account | str | None
"""An account, the name of the agency whose account the registry knows, or nothing."""


def stated(event: Event, payee: str) -> Stated:
    """What ``event`` states for ``payee`` (``heir:ID``, ``child:ID``, ``participant``, ``provider:ITEM``, ``burial``)."""
    kind, _, local = payee.partition(":")
    if isinstance(event, SchoolingConfirmed):
        return event.data.payee.account if kind == "child" and event.data.child == local else None
    if not isinstance(event, ClaimVerified):
        return None
    findings = event.data.findings
    if kind == "heir":
        heirs = findings.heirs or []
        return next((heir.account for heir in heirs if heir.heir == local), None)
    if kind == "burial":
        return findings.burial.arranged_by.account if findings.burial is not UNSET else None
    if kind == "participant":
        account = findings.participant_account
        return account if account is not UNSET else None
    return _provider(findings, local) if kind == "provider" else None


def _provider(findings: Findings, item: str) -> Stated:
    items = findings.medical.items if findings.medical is not UNSET else UNSET
    for treatment in reversed(items or []):
        if isinstance(treatment, Treatment) and treatment.item == item:
            if treatment.payee is not UNSET:
                return treatment.payee.account
            return treatment.provider if treatment.provider is not UNSET else None
    return None
