"""Offline replay: documents in, every assessment computed, one core."""

from __future__ import annotations

import time
from collections.abc import Sequence

from benchmarks.report import Figure
from services.adjudication.replay import replay
from services.benefits.reading.folder import load
from services.simulation import AgencyMessage

GOAL = 45_000


def measure(name: str, sent: Sequence[AgencyMessage]) -> Figure:
    """Replay all messages in their order in this process; only its own processor time counts."""
    rulebook = load()
    began = time.process_time()
    result = replay((message.body for message in sent), rulebook)
    rate = len(sent) / (time.process_time() - began)
    note = f"{len(result.claims):,} claims judged, {len(result.refused):,} documents refused"
    return Figure(name, rate, "agency events/s per core", GOAL, note=note)
