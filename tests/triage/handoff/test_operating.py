"""What operators do: endpoints with secrets nobody sees again, dead letters that are sent again, endpoints given up."""

import time
from datetime import timedelta

import orjson
import pytest
from sqlalchemy import select

from tests.triage.handoff.conftest import FAILED, REFUSED
from triage.db.database import reading
from triage.db.handoff_schema import endpoint_secrets
from triage.errors import ConflictError, InvalidError, NotFoundError
from triage.handoff import deliveries as stored
from triage.handoff import endpoints as known
from triage.handoff.deliveries import DeliveryFilter
from triage.handoff.endpoints import MAX_ENDPOINTS
from triage.handoff.events import Event, enqueue


class TestEndpoints:
    def test_a_secret_is_shown_once_and_never_again(self, handoff) -> None:
        secret = handoff.add()
        assert secret.startswith("whsec_")
        with reading(handoff.engine) as connection:
            told = repr(known.list_endpoints(connection))
        assert secret not in told
        handoff.enqueue("a")
        assert secret not in repr(handoff.claim())

    def test_a_secret_of_the_environment_is_not_stored(self, handoff, monkeypatch) -> None:
        monkeypatch.setenv("ERP_SECRET", "whsec_" + "B" * 43 + "=")
        assert handoff.add(secret="env:ERP_SECRET") is None
        with reading(handoff.engine) as connection:
            row = connection.execute(select(endpoint_secrets)).one()
        assert (row.source, row.value) == ("env:ERP_SECRET", None)

    @pytest.mark.parametrize("secret", ["short", "whsec_", "whsec_c2hvcnQ=", "whsec_not base64 at all !!!!!!!!!!"])
    def test_a_secret_that_cannot_sign_is_refused_without_being_quoted(self, handoff, secret: str) -> None:
        with pytest.raises(InvalidError, match="24 to 64 random bytes") as refused:
            handoff.add(secret=secret)
        assert secret == "whsec_" or secret not in refused.value.detail.replace("whsec_ followed", "")

    def test_rotations_keep_at_most_three_secrets_and_drop_those_that_retired(self, handoff) -> None:
        handoff.add()
        for _ in range(4):
            with handoff.engine.begin() as connection:
                known.rotate_secret(connection, "erp", secret=None, overlap=timedelta(hours=1))
        handoff.enqueue("a")
        (claimed,) = handoff.claim()
        assert len(claimed.secrets) == 3
        with handoff.engine.begin() as connection:
            newest = known.rotate_secret(connection, "erp", secret=None, overlap=timedelta(0))
        handoff.hurry()
        (claimed,) = handoff.claim()
        assert claimed.secrets[0][1] == newest

    @pytest.mark.parametrize(
        ("wanted", "why"),
        [
            ({"name": "ERP!"}, "name"), ({"events": ["case.lost"]}, "events"), ({"rate_per_second": 0.0},
            "rate_per_second"),
            ({"timeout_seconds": 21.0}, "timeout_seconds"), ({"deadline_hours": 1e9}, "deadline_hours"),
            ({"language": "xx"}, "language"), ({"url": "https://a.example/" + "a" * 2_000}, "url"),
            ({"kind": "message", "url": "nothing://x"}, "url"),
            ({"kind": "message", "url": "json://127.0.0.1/", "template": "{% if %}"}, "template"),
        ],
    )  # fmt: skip
    def test_what_cannot_be_used_is_refused_by_name(self, handoff, wanted, why) -> None:
        with pytest.raises(InvalidError) as refused:
            handoff.add(**wanted)
        assert refused.value.problems[0].field == why

    def test_a_name_is_used_once_and_there_is_an_end_to_them(self, handoff) -> None:
        handoff.add()
        with pytest.raises(ConflictError, match="already"):
            handoff.add()
        for at in range(MAX_ENDPOINTS - 1):
            handoff.add(f"e{at}")
        with pytest.raises(ConflictError, match="the most there may be"):
            handoff.add("one-more")

    def test_one_to_which_something_waits_is_not_removed(self, handoff) -> None:
        handoff.add()
        handoff.enqueue("a", "a")
        with handoff.engine.begin() as connection:
            with pytest.raises(ConflictError, match="cancel"):
                known.remove_endpoint(connection, "erp")
            told = stored.cancel_matching(connection, DeliveryFilter(endpoint="erp"), reason="the ERP is retired")
            known.remove_endpoint(connection, "erp")
        assert told == {"canceled": 2, "more": False}
        assert {(row.state, row.reason) for row in handoff.rows()} == {("dead", "the ERP is retired")}

    def test_a_paused_one_says_why_and_a_resumed_one_starts_small(self, handoff) -> None:
        handoff.add()
        handoff.set_endpoint(most_in_flight=8, breaker_openings=4)
        with handoff.engine.begin() as connection:
            known.pause_endpoint(connection, "erp", because="upgrade")
            assert known.list_endpoints(connection)[0]["state"] == "paused"
            known.resume_endpoint(connection, "erp")
        assert (handoff.endpoint().most_in_flight, handoff.endpoint().breaker_openings) == (1, 0)

    def test_a_resumed_one_tries_at_once_what_waited_for_the_end_of_its_backoff(self, handoff) -> None:
        handoff.add()
        handoff.enqueue("a")
        for _ in range(4):
            handoff.finish(handoff.claim()[0], FAILED)
            handoff.hurry()
        handoff.finish(handoff.claim()[0], FAILED)
        assert handoff.claim() == []
        with handoff.engine.begin() as connection:
            known.resume_endpoint(connection, "erp")
        assert len(handoff.claim()) == 1


class TestSubscriptions:
    @pytest.mark.parametrize(
        ("wanted", "event", "count"),
        [
            ({}, {}, 1),
            ({"events": ["case.ruled"]}, {}, 0),
            ({"events": ["case.ruled"]}, {"kind": "case.ruled"}, 1),
            ({"domains": ["return_fraud"]}, {}, 0),
            ({"domains": ["price_override"]}, {}, 1),
            ({"events": []}, {}, 0),
            ({"events": []}, {"to": "erp"}, 1),
            ({}, {"to": "other"}, 1),
        ],
    )
    def test_an_event_goes_to_whoever_wants_it_or_is_named(self, handoff, wanted, event, count) -> None:
        handoff.add(**wanted)
        handoff.enqueue("a", **event)
        assert len(handoff.rows()) == count

    def test_with_no_endpoint_nothing_is_written(self, handoff) -> None:
        handoff.enqueue("a")
        assert handoff.rows() == []

    def test_an_unknown_addressee_is_a_dead_letter_that_can_be_sent_once_it_exists(self, handoff) -> None:
        handoff.enqueue("a", to="sap")
        (row,) = handoff.rows()
        assert (row.state, row.reason) == ("dead", "there was no endpoint named sap")
        with handoff.engine.begin() as connection, pytest.raises(ConflictError, match="add it first"):
            stored.redrive_one(connection, row.delivery_id)
        handoff.add("sap")
        with handoff.engine.begin() as connection:
            stored.redrive_one(connection, row.delivery_id)
        assert handoff.states == ["waiting"]

    def test_a_rolled_back_decision_tells_nobody(self, handoff) -> None:
        handoff.add()
        with pytest.raises(RuntimeError), handoff.engine.begin() as connection:
            enqueue(connection, [Event(kind="case.decided", body={}, case_id="a")])
            raise RuntimeError
        assert handoff.rows() == []


class TestRedriving:
    def dead_letter(self, handoff, *keys) -> None:
        handoff.add(rate_per_second=1000)
        handoff.room(most=100)
        handoff.enqueue(*keys)
        for claimed in handoff.claim():
            handoff.finish(claimed, REFUSED)

    def test_a_dead_letter_is_sent_again_under_its_old_key(self, handoff) -> None:
        self.dead_letter(handoff, "a")
        before = handoff.rows()[0]
        with handoff.engine.begin() as connection:
            told = stored.redrive_one(connection, before.delivery_id)
        handoff.set_endpoint()
        (claimed,) = handoff.claim()
        assert claimed.delivery_id == before.delivery_id
        assert (told["redrives"], told["reason"], claimed.attempts) == (1, None, 1)

    def test_one_under_way_is_not(self, handoff) -> None:
        handoff.add()
        handoff.enqueue("a")
        with handoff.engine.begin() as connection, pytest.raises(ConflictError, match="waiting"):
            stored.redrive_one(connection, handoff.rows()[0].delivery_id)

    def test_it_takes_its_place_in_its_line(self, handoff) -> None:
        self.dead_letter(handoff, "a", "a")
        assert handoff.states == ["dead", "waiting"]
        with handoff.engine.begin() as connection:
            stored.redrive_matching(connection, DeliveryFilter())
        assert handoff.states == ["blocked", "waiting"]

    def test_all_that_match_and_no_others(self, handoff) -> None:
        self.dead_letter(handoff, *[f"k{at}" for at in range(5)])
        handoff.add("chat", events=())
        handoff.enqueue("x", to="gone")
        with handoff.engine.begin() as connection:
            assert stored.redrive_matching(connection, DeliveryFilter(endpoint="chat"))["redriven"] == 0
            assert stored.redrive_matching(connection, DeliveryFilter(kind="case.ruled"))["redriven"] == 0
            told = stored.redrive_matching(connection, DeliveryFilter())
        assert told == {"redriven": 5, "more": False}
        assert handoff.states == ["waiting"] * 5 + ["dead"]

    def test_many_are_sent_again_in_parts(self, handoff, monkeypatch) -> None:
        monkeypatch.setattr(stored, "MAX_AT_ONCE", 3)
        self.dead_letter(handoff, *[f"k{at}" for at in range(5)])
        told = []
        for _ in range(2):
            with handoff.engine.begin() as connection:
                told.append(stored.redrive_matching(connection, DeliveryFilter()))
        assert told == [{"redriven": 3, "more": True}, {"redriven": 2, "more": False}]


class TestReading:
    def test_a_page_at_a_time_newest_first(self, handoff) -> None:
        handoff.add()
        handoff.enqueue(*[f"k{at}" for at in range(5)])
        seen, cursor = [], None
        with reading(handoff.engine) as connection:
            for _ in range(3):
                page = stored.list_deliveries(connection, DeliveryFilter(), cursor=cursor, limit=2)
                seen += [item["delivery_id"] for item in page["items"]]
                cursor = page["next_cursor"]
        assert seen == [row.delivery_id for row in reversed(handoff.rows())]
        assert cursor is None

    def test_one_with_its_attempts(self, handoff) -> None:
        handoff.add()
        handoff.enqueue("a")
        handoff.finish(handoff.claim()[0], FAILED)
        with reading(handoff.engine) as connection:
            told = stored.show_delivery(connection, handoff.rows()[0].delivery_id)
        assert [(attempt["status"], attempt["reason"]) for attempt in told["history"]] == [(500, "answered 500")]
        assert told["body"] == {"n": 0}

    @pytest.mark.parametrize("cursor", ["", "!", "bm90IGEgbnVtYmVy"])
    def test_a_made_up_cursor_is_refused(self, handoff, cursor) -> None:
        with reading(handoff.engine) as connection, pytest.raises(InvalidError, match="next_cursor"):
            stored.list_deliveries(connection, DeliveryFilter(), cursor=cursor, limit=2)

    def test_what_is_not_there_is_said(self, handoff) -> None:
        with handoff.engine.begin() as connection:
            for ask in (stored.show_delivery, stored.redrive_one, stored.send_test):
                with pytest.raises(NotFoundError):
                    ask(connection, "nothing")


class TestMessages:
    def test_chat_gets_a_message_in_its_language(self, handoff, receiver, work) -> None:
        handoff.add("chat", kind="message", url=f"json://127.0.0.1:{receiver.port}/hook", language="de")
        decision = {
            "exception_id": "RET-1", "domain": "return_fraud", "disposition": "review", "cause": {"label": "worn"},
            "route": {"queue": "DESK", "sla_due_at": "2026-03-02"}, "reasons": [{"text": "No receipt."}],
        }  # fmt: skip
        with handoff.engine.begin() as connection:
            enqueue(connection, [Event(kind="case.decided", body=decision, case_id="c")])
        work()
        (arrival,) = receiver.wait_for(1)
        handoff.wait_for_states({"delivered": 1})
        sent = orjson.loads(arrival.raw)
        assert sent["title"] == "RET-1: review"
        assert "Entscheidung: review, Ursache worn" in sent["message"]
        assert "- No receipt." in sent["message"]

    def test_a_template_of_ones_own(self, handoff, receiver, work) -> None:
        template = "{{ data.test and 'Hello' }}\n{{ kind }} for {{ data.endpoint }}"
        handoff.add("chat", kind="message", url=f"json://127.0.0.1:{receiver.port}/hook", template=template)
        with handoff.engine.begin() as connection:
            stored.send_test(connection, "chat")
        work()
        (arrival,) = receiver.wait_for(1)
        assert orjson.loads(arrival.raw)["message"] == "endpoint.test for chat"

    def test_a_template_that_fails_or_reaches_out_is_a_dead_letter(self, handoff, receiver, work) -> None:
        for name, template in (("a", "{{ 1 // 0 }}"), ("b", "{{ ''.__class__.__mro__[1].__subclasses__() }}")):
            handoff.add(name, kind="message", url=f"json://127.0.0.1:{receiver.port}/", template=template, events=[])
            with handoff.engine.begin() as connection:
                stored.send_test(connection, name)
        work()
        handoff.wait_for_states({"dead": 2})
        assert all(row.reason.startswith("the template fails on this event") for row in handoff.rows())
        assert receiver.arrivals == []

    def test_the_address_is_a_secret(self, handoff) -> None:
        handoff.add("mail", kind="message", url="mailto://ann:hunter2@mail.example")
        with reading(handoff.engine) as connection:
            (told,) = known.list_endpoints(connection)
        assert told["url"] == "mailto://mail.example/…"
        assert "hunter2" not in repr(told)

    def test_a_service_that_does_not_take_it_is_tried_again(self, handoff, work) -> None:
        handoff.add("chat", kind="message", url="json://127.0.0.1:1/", timeout_seconds=2)
        handoff.enqueue("a")
        work()
        deadline = time.monotonic() + 15
        while handoff.rows()[0].reason is None and time.monotonic() < deadline:
            time.sleep(0.05)
        assert (handoff.states, handoff.rows()[0].reason) == (["waiting"], "the service did not take it")
