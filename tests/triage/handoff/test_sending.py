"""Real workers, a real receiver: what arrives, signed and in order; what fails, hangs, drips, redirects or closes
midway."""

import time
from datetime import timedelta

import orjson
import pytest
from cloudevents.core.bindings.http import HTTPMessage, from_http_event
from sqlalchemy import update
from standardwebhooks import Webhook, WebhookVerificationError

from tests.receiving import close_midway, drip, hang, status, twice
from triage.db.handoff_schema import deliveries
from triage.handoff.backoff import FAILURES_THAT_OPEN
from triage.handoff.database_time import database_now
from triage.handoff.endpoints import rotate_secret
from triage.handoff.events import Event, enqueue


class TestArriving:
    def test_it_is_a_signed_cloud_event_whose_key_is_the_delivery(self, handoff, receiver, work) -> None:
        secret = handoff.add(url=receiver.url)
        handoff.enqueue(None, case_id="case-1")
        work()
        (arrival,) = receiver.wait_for(1)
        handoff.wait_for_states({"delivered": 1})
        Webhook(secret).verify(arrival.raw, arrival.headers)
        assert arrival.delivery_id == handoff.rows()[0].delivery_id
        message = HTTPMessage(headers=arrival.headers, body=arrival.raw)
        event = from_http_event(message)
        assert (event.get_id(), event.get_type(), event.get_subject()) == (
            arrival.delivery_id, "case.decided", "case-1",
        )  # fmt: skip
        assert event.get_time() == handoff.rows()[0].created_at
        assert event.get_data() == {"n": 0}

    def test_a_changed_body_or_another_secret_does_not_verify(self, handoff, receiver, work) -> None:
        secret = handoff.add(url=receiver.url)
        handoff.enqueue("a")
        work()
        (arrival,) = receiver.wait_for(1)
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(arrival.raw.replace(b'"n":0', b'"n":1'), arrival.headers)
        with pytest.raises(WebhookVerificationError):
            Webhook("whsec_" + "A" * 44).verify(arrival.raw, arrival.headers)

    def test_while_secrets_rotate_old_and_new_both_verify(self, handoff, receiver, work) -> None:
        old = handoff.add(url=receiver.url)
        with handoff.engine.begin() as connection:
            new = rotate_secret(connection, "erp", secret=None, overlap=timedelta(hours=1))
        handoff.enqueue("a")
        work()
        (arrival,) = receiver.wait_for(1)
        for secret in (old, new):
            Webhook(secret).verify(arrival.raw, arrival.headers)

    def test_one_line_arrives_in_order_through_many_workers(self, handoff, receiver, work) -> None:
        handoff.add(url=receiver.url, rate_per_second=1000)
        for at in range(20):
            handoff.enqueue("a", "b", case_id=f"{at}")
        for _ in range(3):
            work()
        handoff.wait_for_states({"delivered": 40}, seconds=30)
        for key in (0, 1):
            order = [int(a.event["subject"]) for a in receiver.arrivals if a.event["data"]["n"] == key]
            assert order == list(range(20))

    def test_a_callback_goes_to_its_own_address(self, handoff, receiver, work) -> None:
        handoff.add(url=receiver.url, events=(), callbacks=True)
        with handoff.engine.begin() as connection:
            enqueue(connection, [Event(kind="case.ruled", body={}, callback_url=f"{receiver.url}/run/7?step=2")])
        work()
        (arrival,) = receiver.wait_for(1)
        assert arrival.path == "/hook/run/7?step=2"


class TestFailing:
    @pytest.mark.parametrize(
        ("answer", "reason"),
        [
            (status(500, b"out of\x00 order"), "answered 500: out of order"),
            (status(404), "answered 404"),
            (close_midway, "RemoteProtocolError"),
            (hang(3), "no answer within 0.4 seconds"),
            (drip, "no answer within 0.4 seconds"),
            (status(302, location="http://169.254.169.254/"), "answered 302; redirects are not followed"),
        ],
        ids=["500", "404", "closes midway", "hangs", "drips", "redirects"],
    )
    def test_it_is_told_and_tried_again_under_the_same_key(self, handoff, receiver, work, answer, reason) -> None:
        handoff.add(url=receiver.url, timeout_seconds=0.4)
        receiver.script = [answer]
        handoff.enqueue("a")
        work()
        receiver.wait_for(2)
        handoff.wait_for_states({"delivered": 1})
        first, *_ = orjson.loads(handoff.rows()[0].history)
        assert first["reason"].startswith(reason), first
        assert len(set(receiver.ids)) == 1

    @pytest.mark.parametrize("code", [400, 413, 415, 422])
    def test_what_is_refused_for_good_is_a_dead_letter_at_once(self, handoff, receiver, work, code) -> None:
        handoff.add(url=receiver.url)
        receiver.script = [status(code, b"no such vendor")]
        handoff.enqueue("a")
        work()
        handoff.wait_for_states({"dead": 1})
        assert handoff.rows()[0].reason == f"answered {code}: no such vendor"

    def test_an_answer_that_breaks_off_after_its_status_counts(self, handoff, receiver, work) -> None:
        def half(handler) -> None:
            handler.send_response(200)
            handler.send_header("content-length", "100")
            handler.end_headers()
            handler.wfile.write(b"half")
            close_midway(handler)

        handoff.add(url=receiver.url)
        receiver.script = [half]
        handoff.enqueue("a")
        work()
        handoff.wait_for_states({"delivered": 1})
        assert len(receiver.arrivals) == 1

    def test_a_second_answer_is_not_taken_for_that_to_the_next_delivery(self, handoff, receiver, work) -> None:
        handoff.add(url=receiver.url, deadline_hours=1)
        receiver.script = [twice, status(422)]
        handoff.enqueue("a", "a")
        work()
        handoff.wait_for_states({"delivered": 1, "dead": 1})
        assert receiver.arrivals[0].headers["connection"] == "close"

    def test_nobody_listens(self, handoff, work) -> None:
        handoff.add(url="http://127.0.0.1:1/hook")
        handoff.enqueue("a")
        work()
        deadline = time.monotonic() + 10
        while handoff.rows()[0].reason is None and time.monotonic() < deadline:
            time.sleep(0.02)
        assert handoff.rows()[0].reason.startswith("ConnectError")

    def test_a_hanging_endpoint_does_not_hold_up_another(self, handoff, receiver, work) -> None:
        handoff.add("slow", url=receiver.url.replace("hook", "slow"), timeout_seconds=5)
        handoff.add("quick", url=receiver.url.replace("hook", "quick"), rate_per_second=1000)
        receiver.answer = lambda handler: hang(4)(handler) if handler.path == "/slow" else handler.say(204)
        handoff.enqueue(*[f"k{at}" for at in range(20)])
        began = time.monotonic()
        work()
        while sum(a.path == "/quick" for a in receiver.arrivals) < 20:
            assert time.monotonic() - began < 3.5
            time.sleep(0.02)

    def test_an_outage_loses_nothing_and_ends_without_a_stampede(self, handoff, receiver, work) -> None:
        handoff.add(url=receiver.url, rate_per_second=1000)
        receiver.answer = status(503)
        handoff.enqueue(*[f"k{at}" for at in range(60)])
        work()
        work()
        while handoff.endpoint().breaker_open_until is None:
            time.sleep(0.02)
        time.sleep(0.3)
        tried = len(receiver.arrivals)
        assert tried <= FAILURES_THAT_OPEN + 2, "a breaker spares a receiver that is down"
        under_way, most = [0], [0]

        def count(handler) -> None:
            under_way[0] += 1
            most[0] = max(most[0], under_way[0])
            time.sleep(0.02)
            under_way[0] -= 1
            handler.say(204)

        receiver.answer = count
        handoff.set_endpoint(breaker_open_until=None)
        handoff.hurry()
        handoff.wait_for_states({"delivered": 60}, seconds=20)
        assert most[0] <= 8
        assert len(set(receiver.ids)) == 60

    def test_a_missing_secret_delays_and_is_named(self, handoff, receiver, work, monkeypatch, tmp_path) -> None:
        file = tmp_path / "secret"
        file.write_text("whsec_" + "A" * 43 + "=")
        handoff.add(url=receiver.url, secret=f"file:{file}")
        file.unlink()
        handoff.enqueue("a")
        work()
        deadline = time.monotonic() + 10
        while handoff.rows()[0].reason is None and time.monotonic() < deadline:
            time.sleep(0.02)
        assert handoff.rows()[0].reason == f"the secret in file:{file} cannot be read: FileNotFoundError"
        assert receiver.arrivals == []


def test_a_worker_that_lost_its_lease_before_sending_sends_nothing(handoff, receiver, work, monkeypatch) -> None:
    handoff.add(url=receiver.url)
    handoff.enqueue("a")
    from triage.handoff import worker as worker_module

    claimed = handoff.claim()
    monkeypatch.setattr(worker_module, "claim", lambda connection, limit, lease: [claimed.pop()] if claimed else [])
    monkeypatch.setattr(worker_module, "is_anything_due", lambda connection: bool(claimed))
    handoff.hurry()
    worker = work()
    deadline = time.monotonic() + 10
    while worker.counts()["lost_lease"] == 0 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert worker.counts()["lost_lease"] == 1
    assert receiver.arrivals == []


def test_stopping_lets_what_is_under_way_end(handoff, receiver, work) -> None:
    handoff.add(url=receiver.url)
    receiver.answer = hang(0.5)
    handoff.enqueue("a")
    worker = work()
    receiver.wait_for(1)
    worker.stop()
    assert handoff.states == ["delivered"]


def test_past_its_deadline_a_delivery_is_not_sent(handoff, receiver, work) -> None:
    handoff.add(url=receiver.url, deadline_hours=0.001)
    handoff.enqueue("a", "a")
    with handoff.engine.begin() as connection:
        connection.execute(update(deliveries).values(expires_at=database_now(connection) - timedelta(seconds=1)))
    work()
    handoff.wait_for_states({"dead": 2})
    assert receiver.arrivals == []
    assert handoff.rows()[0].reason == "its deadline passed after 0 attempts"
