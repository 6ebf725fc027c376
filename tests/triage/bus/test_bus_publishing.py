"""Deliveries to a bus: published by the same leased worker, known by their id, in order per case, none lost."""

import json
import subprocess
import sys

import pytest

from tests.brokers import Broker, NatsTest, RabbitTest, cable_to
from tests.triage.bus.conftest import eventually
from tests.triage.handoff.conftest import Handoff
from triage.db.database import reading
from triage.errors import InvalidError
from triage.handoff.deliveries import redrive_one
from triage.handoff.endpoints import list_endpoints, rotate_secret


@pytest.fixture
def bus(broker: Broker, handoff: Handoff) -> Broker:
    if isinstance(broker, RabbitTest):
        broker.bind()
    handoff.add("stream", broker.events_url, kind="bus")
    return broker


def test_events_arrive_as_cloud_events_under_their_delivery_id(bus, handoff, work) -> None:
    handoff.enqueue("a", case_id="c-1")
    work()
    handoff.wait_for_states({"delivered": 1})
    (got,) = bus.events()
    (row,) = handoff.rows()
    event = json.loads(got.body)
    assert (got.message_id, event["id"]) == (row.delivery_id, row.delivery_id)
    assert (event["type"], event["subject"], event["data"], event["specversion"]) == (
        "case.decided", "c-1", {"n": 0}, "1.0"
    )  # fmt: skip
    assert got.subject.endswith("case.decided")


def test_what_is_of_one_case_stays_in_order(bus, handoff, work) -> None:
    handoff.room("stream")
    handoff.enqueue(*["a", "b"] * 15)
    work()
    handoff.wait_for_states({"delivered": 30}, seconds=20)
    numbers = [json.loads(got.body)["data"]["n"] for got in bus.events()]
    assert [n for n in numbers if n % 2 == 0] == list(range(0, 30, 2))
    assert [n for n in numbers if n % 2 == 1] == list(range(1, 30, 2))


def test_what_is_sent_again_keeps_its_id(bus, handoff, work) -> None:
    handoff.enqueue("a")
    work()
    handoff.wait_for_states({"delivered": 1})
    with handoff.engine.begin() as connection:
        redrive_one(connection, handoff.rows()[0].delivery_id)
    handoff.wait_for_states({"delivered": 1})
    ids = [got.message_id for got in bus.events()]
    # JetStream itself drops a second copy within its window; RabbitMQ leaves that to the reader.
    assert ids == [handoff.rows()[0].delivery_id] * (1 if isinstance(bus, NatsTest) else 2)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # aiormq leaves a cut socket to the gc
def test_a_broker_that_is_away_delays_and_loses_nothing(broker, handoff, work) -> None:
    if isinstance(broker, RabbitTest):
        broker.bind()
    with cable_to(broker.events_url) as (cable, url):
        handoff.add("stream", url, kind="bus", timeout_seconds=2)
        handoff.enqueue("a")
        work()
        handoff.wait_for_states({"delivered": 1})
        cable.cut()
        handoff.enqueue("a", "a", "b")
        eventually(lambda: any(row.reason for row in handoff.rows()))
        assert "guest:guest" not in "".join(str(row.reason) + row.history for row in handoff.rows())
        cable.mend()
        eventually(lambda: (hurry(handoff), handoff.states == ["delivered"] * 4)[1], 30, handoff.rows)
    ids = [got.message_id for got in broker.events()]
    assert set(ids) == {row.delivery_id for row in handoff.rows()}


def test_nobody_who_would_keep_it_is_a_failure_and_not_a_success(broker, handoff, work) -> None:
    if isinstance(broker, RabbitTest):
        handoff.add("stream", broker.events_url, kind="bus")
        handoff.enqueue("a")
        work()
        eventually(lambda: "no queue is bound" in str(handoff.rows()[0].reason))
        broker.bind()
        handoff.wait_for_states({"delivered": 1})
        assert len(broker.events()) == 1


def hurry(handoff: Handoff) -> None:
    handoff.hurry()
    handoff.set_endpoint("stream", breaker_open_until=None)


class TestAddress:
    def test_its_password_is_never_shown(self, handoff: Handoff) -> None:
        handoff.add("stream", "amqp://guest:s3cret@127.0.0.1:5672/v?exchange=out", kind="bus")
        with reading(handoff.engine) as connection:
            (row,) = list_endpoints(connection)
        assert row["url"] == "amqp://127.0.0.1:5672/out"
        assert "s3cret" not in str(row)
        with pytest.raises(InvalidError, match="is a bus endpoint: its secret is its address"):
            self.rotate(handoff)

    @pytest.mark.parametrize(
        ("url", "wanted", "said"),
        [
            ("http://127.0.0.1", {}, "must begin with nats://"),
            ("nats://127.0.0.1", {"allow_private": False}, "is not a public address"),
            ("nats://127.0.0.1?subject=a b", {}, "no spaces"),
            ("nats://127.0.0.1?subject=a.*", {}, "subject='a.*' must be letters"),
            ("amqp://127.0.0.1:x", {}, "port that is no number"),
            ("amqp://127.0.0.1", {"secret": "whsec_x"}, "takes no secret"),
            ("amqp://127.0.0.1", {"callbacks": True}, "takes no secret, callbacks"),
        ],
    )
    def test_one_that_cannot_be_used_is_refused(self, handoff: Handoff, url, wanted, said) -> None:
        with pytest.raises(InvalidError) as refused:
            handoff.add("stream", url, kind="bus", **wanted)
        assert said in refused.value.detail

    @staticmethod
    def rotate(handoff: Handoff) -> None:
        from datetime import timedelta

        with handoff.engine.begin() as connection:
            rotate_secret(connection, "stream", secret=None, overlap=timedelta(0))


def test_without_the_extra_everything_else_works_and_a_bus_says_what_is_missing() -> None:
    script = """
import sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("faststream", "nats", "aio_pika", "aiokafka"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Missing())
import cli.main, serving.app, triage.service
from triage.handoff.brokers.bus import open_bus
from triage.handoff.brokers.bus_address import read_bus_address
for url in ("nats://h", "amqp://h", "kafka://h"):
    try:
        open_bus(read_bus_address(url, purpose="events"))
    except Exception as error:
        print(error)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=100, check=True)
    assert done.stdout.count("pip install 'retail-exception-triage[bus]'") == 3
