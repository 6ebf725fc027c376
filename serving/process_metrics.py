"""Metrics of the process itself and of what it waits for: memory, the database pool, commits, the line of cases,
remembered embeddings, the shift of scores."""

import os
from collections.abc import Iterable
from pathlib import Path
from time import monotonic, perf_counter
from typing import Any, Final

from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from sqlalchemy import Connection, Engine, event
from sqlalchemy.pool import QueuePool

from models.encoder import remembered_texts
from triage.db.database import READ_ONLY, reading
from triage.model_life.score_drift import score_drift
from triage.service import Service

_COMMITS: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
_BEGUN: Final = "triage_begun"
DRIFT_SECONDS: Final = 300.0
"""How long a shift of scores that was computed is told again: a scrape must not read a thousand decisions."""


def measure_commits(engine: Engine, registry: CollectorRegistry) -> None:
    """Observe how long writing transactions of this process take, from begin to commit."""
    seconds = Histogram(
        "triage_commit_seconds", "Writing transactions, from begin to commit", buckets=_COMMITS, registry=registry
    )

    def begun(connection: Connection) -> None:
        if not connection.get_execution_options().get(READ_ONLY, False):
            connection.info[_BEGUN] = perf_counter()

    def committed(connection: Connection) -> None:
        at = connection.info.pop(_BEGUN, None)
        if at is not None:
            seconds.observe(perf_counter() - at)

    event.listen(engine, "begin", begun)
    event.listen(engine, "commit", committed)


class ProcessMetrics:
    """What a process is at the moment of the scrape."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._drift: tuple[float, list[tuple[tuple[str, str], float]]] | None = None

    def collect(self) -> Iterable[Metric]:
        """Return every gauge."""
        memory = resident_bytes()
        if memory is not None:
            yield GaugeMetricFamily("triage_memory_bytes", "Resident memory of this process", value=memory)
        yield from self._pool()
        waiting, oldest = self._service.intake.waiting()
        yield GaugeMetricFamily("triage_intake_waiting", "Cases that wait to be judged by this process", value=waiting)
        yield GaugeMetricFamily("triage_intake_oldest_seconds", "How long the oldest of them waits", value=oldest)
        texts = CounterMetricFamily(
            "triage_embedded_texts",
            "Texts embedded by this process, by whether they were remembered",
            labels=("remembered",),
        )
        for remembered, count in remembered_texts().items():
            texts.add_metric((remembered,), count)
        yield texts
        yield self._shift()

    def _pool(self) -> Iterable[Metric]:
        pool = self._service.engine.pool
        found = GaugeMetricFamily("triage_database_connections", "Connections of this process", labels=("state",))
        if isinstance(pool, QueuePool):
            found.add_metric(("in_use",), pool.checkedout())
            found.add_metric(("idle",), pool.checkedin())
            most: Any = pool.size() + pool._max_overflow
            found.add_metric(("most",), most)
        yield found

    def _shift(self) -> Metric:
        found = GaugeMetricFamily(
            "triage_score_drift",
            "Population stability index of the newest scores against the model's test: above .25 large",
            labels=("domain", "model_version"),
        )
        if self._drift is None or monotonic() - self._drift[0] > DRIFT_SECONDS:
            self._drift = (monotonic(), list(self._shifts()))
        for labels, index in self._drift[1]:
            found.add_metric(labels, index)
        return found

    def _shifts(self) -> Iterable[tuple[tuple[str, str], float]]:
        for domain in self._service.domains:
            version = self._service.champions.version(domain)
            if version is None:
                continue
            try:
                holdout = self._service.champions.store.holdout(version)
            except ConnectionError:
                continue  # the registry is away: its own metric says so
            with reading(self._service.engine) as connection:
                index = score_drift(connection, domain, model_version=version, holdout=holdout)["index"]
            if index is not None:
                yield (domain, version), index


def resident_bytes() -> int | None:
    """Return the resident memory of this process in bytes; None where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, IndexError, ValueError):
        return None
    return pages * os.sysconf("SC_PAGE_SIZE")
