"""To whom an order is paid: the accounts that an event states for a payee of its claim."""

from __future__ import annotations

from msgspec import UNSET

from events.catalogue import Event
from events.claim import ClaimVerified, SchoolingConfirmed
from events.findings import Findings, Treatment
from events.personal import Account

Stated = Account | str
"""An account, or the name of the agency whose account the registry knows."""


def stated(event: Event, payee: str) -> list[Stated]:
    """What ``event`` states for ``payee`` (``heir:ID``, ``child:ID``, ``participant``, ``provider:ITEM``, ``burial``).

    The payee has the label under which it was stated first, an event may call it otherwise: so of heirs and items
    everything is returned that may be meant, and the token in the order says which it is.
    """
    kind = payee.partition(":")[0]
    if isinstance(event, SchoolingConfirmed):
        return [event.data.payee.account] if kind == "child" else []
    if not isinstance(event, ClaimVerified):
        return []
    findings = event.data.findings
    if kind == "heir":
        return [heir.account for heir in findings.heirs or []]
    if kind == "burial":
        return [findings.burial.arranged_by.account] if findings.burial is not UNSET else []
    if kind == "participant":
        account = findings.participant_account
        return [account] if account is not UNSET else []
    return list(_providers(findings)) if kind == "provider" else []


def _providers(findings: Findings) -> list[Stated]:
    items = findings.medical.items if findings.medical is not UNSET else UNSET
    found: list[Stated] = []
    for treatment in items or []:
        if isinstance(treatment, Treatment):
            if treatment.payee is not UNSET:
                found.append(treatment.payee.account)
            elif treatment.provider is not UNSET:
                found.append(treatment.provider)
    return found
