"""Metrics of a witness in Prometheus' form: what it was asked, and how far each log is by its store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from services.witness.cosigning import Verdict, Witness
from services.witness.store import RefusedCheckpoint, WitnessedLog

TEXT_FORMAT = CONTENT_TYPE_LATEST
"""Media type of what ``exposition`` returns."""


class WitnessMetrics:
    """Counts what a witness was asked since it started, and tells how far its logs are."""

    def __init__(self, witness: Witness) -> None:
        """Begin at nothing."""
        self._witness = witness
        self._verdicts = Counter[Verdict]()

    def count(self, verdict: Verdict) -> None:
        """Count one request by what became of it."""
        self._verdicts[verdict] += 1

    def exposition(self) -> bytes:
        """Return everything in Prometheus' text form.

        Raises:
            WitnessStoreError: the store does not work.
        """
        witness, registry = self._witness, CollectorRegistry()
        registry.register(_Kept(dict(self._verdicts), witness.logs(), witness.refused(), witness.now()))
        return generate_latest(registry)


class _Kept(Collector):
    """What was counted, and what the store says at the moment of asking."""

    def __init__(
        self,
        verdicts: dict[Verdict, int],
        logs: list[WitnessedLog],
        refused: list[RefusedCheckpoint],
        now: int,
    ) -> None:
        self._verdicts, self._logs, self._refused, self._now = verdicts, logs, refused, now

    def collect(self) -> Iterable[Metric]:
        requests = CounterMetricFamily(
            "kelambu_witness_requests", "Checkpoints that a witness was asked to confirm.", labels=["verdict"]
        )
        for verdict, count in self._verdicts.items():
            requests.add_metric([verdict], count)
        logs = GaugeMetricFamily("kelambu_witness_logs", "Logs that the witness knows.", len(self._logs))
        size = GaugeMetricFamily(
            "kelambu_witness_log_size", "Entries that were confirmed last.", labels=["origin"]
        )
        age = GaugeMetricFamily(
            "kelambu_witness_log_age_seconds",
            "Time since a checkpoint was confirmed last.",
            labels=["origin"],
        )
        for one in self._logs:
            size.add_metric([one.origin], one.size)
            if one.seconds:
                age.add_metric([one.origin], max(0, self._now - one.seconds))
        refused = GaugeMetricFamily(
            "kelambu_witness_refused_checkpoints",
            "Checkpoints, signed by a log, that were refused and are kept.",
            labels=["origin", "reason"],
        )
        for (origin, why), count in Counter((one.origin, one.why) for one in self._refused).items():
            refused.add_metric([origin, why], count)
        return [requests, logs, size, age, refused]
