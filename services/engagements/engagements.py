"""Audits: begun within a scope, shown with everything that was done under them, ended with their bundle."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from events.message import message
from projections.participants import districts_among
from projections.store import NotBuiltError, View
from services.audit_trail.bundle import bundle, manifest_hash
from services.audit_trail.engagements import (
    EngagementError,
    EngagementState,
    belonging,
    engagements,
)
from services.audit_trail.entries import TrailEntry
from services.audit_trail.records import EngagementClosed, EngagementOpened
from services.audit_trail.trail import TrailSignature, append, append_decided
from services.ledger.registry import Registry
from services.sealing.own_key import SealingHolder
from services.texts.errors import advised


class EngagementPage(Struct, frozen=True):
    """An audit with everything that was done under it."""

    engagement: EngagementState
    done: list[TrailEntry]


async def begin_engagement(
    holder: SealingHolder, registry: Registry, opened: EngagementOpened, signature: TrailSignature
) -> None:
    """Begin an audit.

    Raises:
        AdvisedError: it ends before it begins, or names an agency that is not registered.
        EngagementError: there is one of this number, or its last day is over.
    """
    if opened.period_from > opened.period_to:
        raise advised("engagement.bad-period", "engagement.turn-period")
    for name in opened.agencies:
        if await registry.get(name) is None:
            raise advised("agency.unknown", "agency.register-it", agency=name)
    await append(holder, opened, **signature)


async def close_engagement(holder: SealingHolder, number: str, signature: TrailSignature) -> dict[str, bytes]:
    """End an audit; returns the files of its closing bundle by name. Of one that is closed they are the same again.

    Raises:
        AdvisedError: its bundle is not the one that was written when it was closed.
        EngagementError: there is no such audit.
    """
    files: dict[str, bytes] = {}

    def decide(trail: list[TrailEntry]) -> list[EngagementClosed]:
        one = known_engagement(trail, number)
        files.update(bundle(trail, number))
        if one.closed is None:
            return [EngagementClosed(number=number, manifest=manifest_hash(files))]
        if manifest_hash(files) != one.manifest:
            raise advised("engagement.other-bundle", "engagement.see-verify", number=number)
        return []

    await append_decided(holder, decide, by=signature["by"], reason=signature["reason"], engagement=number)
    return files


def known_engagement(trail: Iterable[TrailEntry], number: str) -> EngagementState:
    """Return an audit by its number; raises ``EngagementError`` where there is none."""
    one = engagements(trail).get(number)
    if one is None:
        raise EngagementError(message("engagement.unknown", number=number))
    return one


def engagement_page(trail: Sequence[TrailEntry], number: str) -> EngagementPage:
    """Return an audit with what belongs to it; raises ``EngagementError`` where there is none."""
    entries = [entry for entry, numbers in belonging(trail) if number in numbers]
    return EngagementPage(known_engagement(trail, number), entries)


def without_participants(view: View, districts: Sequence[str]) -> list[str]:
    """Return which of these districts no participant has, as far as anything is known of participants."""
    try:
        with_participants = districts_among(view, districts) if districts else set(districts)
    except NotBuiltError:
        return []
    return [name for name in districts if name not in with_participants]
