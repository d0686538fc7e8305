"""Metrics in Prometheus' form: what each process counts, and what the stores say at the moment of asking."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import structlog
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import REGISTRY, CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from projections.checkpoint import DivergedError
from projections.read_model_builds import Build
from projections.store import DamagedError
from services.ledger import backlog
from services.platform.count_files import MULTIPROCESS
from services.platform.heartbeat import SIGNS, signs_in
from services.runtime import halts, lag
from services.runtime.bootstrap import Installation
from services.runtime.machine_faults import MACHINE_FAULTS
from services.texts.errors import TextError

TEXT_FORMAT = CONTENT_TYPE_LATEST
"""Media type of what ``exposition`` returns."""

log = structlog.get_logger()

_UNREACHABLE: tuple[type[Exception], ...] = (DivergedError, *MACHINE_FAULTS)
"""Stores that do not answer, or are not those that were followed."""

EVENTS = Counter("kelambu_events", "Events that passed a stage.", ["stage"])
"""Stages: ``admitted`` by intake, ``decided`` (agency events and proposals) and ``recorded`` by adjudication,
``projected``, ``released`` orders, outcomes ``told`` to agencies, and entries ``sealed`` by a checkpoint of the log."""
CONFLICTS = Counter("kelambu_commit_conflicts", "Commits refused since another worker was first.")
DUPLICATES = Counter("kelambu_duplicate_events", "Arrivals left out since they had been recorded before.")
PARKINGS = Counter("kelambu_parkings", "Times that the decider failed and parked a person.")
FAULTS = Counter("kelambu_machine_faults", "Steps given up for a fault of the machine.", ["service"])
COMMIT = Histogram(
    "kelambu_commit_seconds",
    "Time from sending a commit to its durable answer.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
WITNESSES = Counter(
    "kelambu_witness_answers", "Answers of witnesses to checkpoints of the log.", ["witness", "answer"]
)
"""Answers: ``confirming``, ``away``, ``refusing`` without showing why, ``contradicting`` by a checkpoint signed by
this log."""
REQUESTS = Counter("kelambu_requests", "Requests that the gateway answered.", ["route", "status"])
REQUEST_SECONDS = Histogram(
    "kelambu_request_seconds",
    "Time from the head of a request to the end of its answer.",
    ["route"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)


async def exposition(installation: Installation) -> bytes:
    """Return everything in Prometheus' text form; without the stores' part when they do not answer."""
    registry = REGISTRY
    if MULTIPROCESS in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    stored = CollectorRegistry()
    stored.register(_Found([await asyncio.to_thread(_halted, installation), *_silences()]))
    try:
        stored.register(_Found(await measure(installation)))
    except DamagedError:
        log.exception("stores.damaged")
    except _UNREACHABLE:
        log.exception("stores.unreachable")
    return generate_latest(registry) + generate_latest(stored)


def _silences() -> list[Metric]:
    """Return how long each process of the supervisor has given no sign of life; nothing without a supervisor."""
    silent = _gauge("kelambu_silent_seconds", "Time since a process last gave a sign of life.", "worker")
    killed = CounterMetricFamily(
        "kelambu_silent_killed", "Times that a process was killed for its silence.", labels=["worker"]
    )
    if own := os.environ.get(SIGNS):
        signs, kills = signs_in(Path(own).parent)
        for worker, sign in signs.items():
            silent.add_metric([worker], max(0.0, time.monotonic() - sign))
        for worker, times in kills.items():
            killed.add_metric([worker], times)
    return [silent, killed]


async def measure(installation: Installation) -> list[Metric]:
    """Ask the stores: lag by partition, agency and projection, who is parked, what is quarantined."""
    metrics: list[Metric] = [*await _partitions(installation), *await _agencies(installation)]
    held = GaugeMetricFamily("kelambu_waiting_events", "Events that wait for a filing or what they retract.")
    held.add_metric([], await backlog.waiting(installation.core))
    metrics += [held, *await _log(installation)]
    builds = await asyncio.to_thread(lag.every_build, installation)
    return [*metrics, _projections(builds, await installation.heads())]


async def _partitions(installation: Installation) -> list[Metric]:
    inbox = _gauge("kelambu_inbox_events", "Arrivals not yet decided.", "partition")
    position = _gauge("kelambu_ledger_position", "Position of the last event of the ledger.", "partition")
    persons = _gauge("kelambu_parked_persons", "Persons parked.", "partition")
    events = _gauge("kelambu_parked_events", "Events of parked persons.", "partition")
    untold = _gauge("kelambu_untold_events", "Events whose outcome nobody was told yet.", "partition")
    for one in await lag.partitions(installation):
        label = [str(one.partition)]
        inbox.add_metric(label, one.arrivals)
        position.add_metric(label, one.position)
        untold.add_metric(label, one.untold)
        persons.add_metric(label, one.parked_persons)
        events.add_metric(label, one.parked_events)
    return [inbox, position, persons, events, untold]


async def _log(installation: Installation) -> list[Metric]:
    """How far the log is; nothing where its checkpoint cannot be read, for which the notary halts."""
    try:
        one = await lag.sealed(installation)
        witnessed = await asyncio.to_thread(lag.witnessed, installation)
    except (TextError, FileNotFoundError):
        log.exception("log.not-measured")
        return []
    size = GaugeMetricFamily("kelambu_log_size", "Entries under the last checkpoint of the log.")
    size.add_metric([], one.size)
    unsealed = GaugeMetricFamily(
        "kelambu_log_unsealed_seconds", "Age of the oldest record that stands under no checkpoint yet."
    )
    unsealed.add_metric([], one.unsealed_seconds)
    if witnessed is None:
        return [size, unsealed]
    confirmed = GaugeMetricFamily(
        "kelambu_log_witnessed_size", "Entries that a quorum of witnesses has confirmed."
    )
    confirmed.add_metric([], witnessed.size)
    unwitnessed = GaugeMetricFamily(
        "kelambu_log_unwitnessed_seconds", "Age of the oldest checkpoint that no quorum has confirmed yet."
    )
    unwitnessed.add_metric([], witnessed.unwitnessed_seconds)
    return [size, unsealed, confirmed, unwitnessed]


async def _agencies(installation: Installation) -> list[Metric]:
    outbox = _gauge("kelambu_outbox_events", "Documents sent and not yet taken up.", "agency")
    taken = _gauge(
        "kelambu_taken_events", "Documents that came over HTTP and are not yet admitted.", "agency"
    )
    oldest = _gauge("kelambu_outbox_oldest_seconds", "Age of the oldest of them.", "agency")
    refused = _gauge("kelambu_quarantined_documents", "Documents ever refused.", "agency")
    for one in await lag.agencies(installation):
        outbox.add_metric([one.agency], one.outbox)
        taken.add_metric([one.agency], one.taken)
        oldest.add_metric([one.agency], one.oldest_seconds)
        refused.add_metric([one.agency], one.refused)
    return [outbox, taken, oldest, refused]


def _halted(installation: Installation) -> Metric:
    metric = GaugeMetricFamily(
        "kelambu_halted",
        "Services that do not work until somebody mends the reason.",
        labels=["service", "reason"],
    )
    for service, reason in halts.halted(installation.settings.data).items():
        metric.add_metric([service, reason], 1)
    return metric


def _projections(builds: Sequence[Build], heads: Sequence[int]) -> Metric:
    """How far live read models are behind; below 0 where one is ahead of the ledger in any partition."""
    lag = _gauge(
        "kelambu_projection_lag_events",
        "Ledger events a live read model has not seen; below 0: events it has seen that the ledger does not have.",
        "projection",
    )
    for build in builds:
        if build.live:
            behind = [heads[p] - at if p < len(heads) else -at for p, at in build.positions.items()]
            lag.add_metric([build.projection], sum(n for n in behind if n < 0) or sum(behind))
    return lag


def _gauge(name: str, text: str, label: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, labels=[label])


class _Found(Collector):
    def __init__(self, metrics: Sequence[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterable[Metric]:
        return self._metrics
