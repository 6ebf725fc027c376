"""Metrics of the handoff: each is read off an index, and counts stop at a thousand."""

from collections.abc import Iterable

from prometheus_client.core import GaugeMetricFamily, Metric
from sqlalchemy import select

from triage.bus.bus_consumer import BusConsumer
from triage.db.database import reading
from triage.db.handoff_schema import jobs
from triage.handoff.database_time import database_now
from triage.handoff.endpoint_states import endpoint_states
from triage.service import Service


def handoff_metrics(service: Service) -> Iterable[Metric]:
    """Yield what stands at each endpoint, and what this process's worker did."""
    sending = GaugeMetricFamily(
        "triage_endpoint_sending",
        "1 while it is sent to, 0 while it is paused or its breaker is open",
        labels=("endpoint",),
    )
    late = GaugeMetricFamily(
        "triage_deliveries_late_seconds", "How long the longest waiting delivery is due", labels=("endpoint",)
    )
    dead = GaugeMetricFamily("triage_deliveries_dead", "Dead letters, counted up to 1,000", labels=("endpoint",))
    with reading(service.engine) as connection:
        for found in endpoint_states(connection):
            sending.add_metric((found.endpoint,), float(found.sending))
            late.add_metric((found.endpoint,), found.late_seconds)
            dead.add_metric((found.endpoint,), found.dead)
    yield from (sending, late, dead)
    yield from _job_metrics(service)
    attempts = GaugeMetricFamily(
        "triage_delivery_attempts", "What became of attempts since the start of this process", labels=("outcome",)
    )
    for outcome, count in (service.worker.counts() if service.worker is not None else {}).items():
        attempts.add_metric((outcome,), count)
    yield attempts
    if service.bus is not None:
        yield from _bus_metrics(service.bus)


def _job_metrics(service: Service) -> Iterable[Metric]:
    """Yield how long no worker has ended a job, and which jobs fail."""
    silent = GaugeMetricFamily("triage_worker_silent_seconds", "Since any worker ended a job")
    failures = GaugeMetricFamily("triage_job_failures", "Failures of a job in a row", labels=("job_name",))
    with reading(service.engine) as connection:
        now = database_now(connection)
        rows = connection.execute(select(jobs.c.name, jobs.c.finished_at, jobs.c.failures_in_a_row)).all()
    ended = [row.finished_at for row in rows if row.finished_at is not None]
    if ended:
        silent.add_metric((), (now - max(ended)).total_seconds())
    for row in rows:
        failures.add_metric((row.name,), row.failures_in_a_row)
    yield from (silent, failures)


def _bus_metrics(bus: BusConsumer) -> Iterable[Metric]:
    yield GaugeMetricFamily(
        "triage_bus_connected", "1 while the broker has this process as a consumer", value=float(bus.is_connected)
    )
    messages = GaugeMetricFamily(
        "triage_bus_messages", "What became of messages since the start of this process", labels=("outcome",)
    )
    for outcome, count in bus.counts().items():
        messages.add_metric((outcome,), count)
    yield messages
