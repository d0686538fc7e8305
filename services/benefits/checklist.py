"""What must be known before anything is paid (Permenaker 1/2025 Pasal 19; forms of BPJS Ketenagakerjaan)."""

from __future__ import annotations

from events.findings import Device
from services.benefits.history import Claim

JKM_DOCUMENTS = ("ktp", "kk", "form-4", "death-certificate", "heirs-letter")
JKK_DOCUMENTS = ("ktp", "form-3", "form-3b", "chronology")
DEATH_DOCUMENTS = ("death-certificate", "heirs-letter")
IN_PERSON = frozenset(
    ("incapacity", "disability", "total-disability", "transport", "homecare", "device"),
)
"""Kinds of medical item whose benefit is paid to the participant in person."""


def kind_of(item: object) -> str:
    """Return a medical item's kind, e.g. ``incapacity``."""
    return str(item.__struct_config__.tag)  # type: ignore[attr-defined]


def missing(claim: Claim) -> tuple[str, ...]:
    """Return what a claim still waits for, sorted: ``document:KIND`` and ``finding:NAME``."""
    jkm = claim.programme == "JKM"
    documents = JKM_DOCUMENTS if jkm else JKK_DOCUMENTS + (DEATH_DOCUMENTS if claim.is_death else ())
    wanted = {f"document:{kind}" for kind in documents if kind not in claim.documents}
    if claim.is_death:
        wanted |= _death_findings(claim)
    if not jkm:
        wanted |= _accident_findings(claim)
    return tuple(sorted(wanted))


def _death_findings(claim: Claim) -> set[str]:
    wanted = set()
    if claim.died_on is None:
        wanted.add("finding:death")
    if claim.heirs is None:
        wanted.add("finding:heirs")
    elif not claim.heirs and not claim.has_burial:
        wanted.add("finding:burial")
    return wanted


def _accident_findings(claim: Claim) -> set[str]:
    wanted = set()
    if claim.cause is None:
        wanted.add("finding:cause")
    kinds = {kind_of(item) for item, _ in claim.items.values()}
    if not claim.is_death:
        if not claim.items:
            wanted.add("finding:medical")
        if kinds & IN_PERSON and not claim.has_participant_account:
            wanted.add("finding:participant_account")
    for item, _ in claim.items.values():
        if (
            isinstance(item, Device)
            and item.device in ("orthosis", "prosthesis")
            and not item.reference_price
        ):
            wanted.add("finding:reference_price")
    return wanted
