"""What `/metrics` says of an event bus."""

from dataclasses import replace

from prometheus_client import generate_latest
from prometheus_client.core import CollectorRegistry

from serving.handoff_metrics import handoff_metrics
from triage.bus.bus_consumer import BusConsumer


def test_connection_and_messages_are_told(house) -> None:
    service = house.service
    bus = BusConsumer(
        url="nats://127.0.0.1:9", submitter="bus", engine=service.engine, intake=service.intake, max_bytes=1_000,
        clock=service.clock,
    )  # fmt: skip

    class Told:
        def collect(self):
            return handoff_metrics(replace(service, bus=bus))

    registry = CollectorRegistry()
    registry.register(Told())
    told = generate_latest(registry).decode()
    assert "triage_bus_connected 0.0" in told
    assert 'triage_bus_messages{outcome="refused"} 0.0' in told
