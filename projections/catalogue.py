"""Every projection, once."""

from __future__ import annotations

from projections.agencies import AGENCIES
from projections.claims import CLAIMS
from projections.evidence import EVIDENCE
from projections.participants import PARTICIPANTS
from projections.payments import PAYMENTS
from projections.projection import Projection
from projections.timeline import TIMELINE

PROJECTIONS: tuple[Projection, ...] = (CLAIMS, TIMELINE, PARTICIPANTS, PAYMENTS, AGENCIES, EVIDENCE)
