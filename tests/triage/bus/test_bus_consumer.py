"""What arrives over a real broker: taken once, refused with the reason, or delivered again; never lost."""

import json
import threading
from typing import Any

import orjson
import pytest
from sqlalchemy import update

from tests.brokers import RabbitTest, cable_to
from tests.triage.bus.conftest import event, eventually
from tests.triage.conftest import override
from triage.clock import utc_now
from triage.db.inbox_schema import inbox
from triage.errors import BusyError, UnavailableError
from triage.identity import access


def raw(number: int = 1, **payload: Any) -> bytes:
    return orjson.dumps(override(number, **payload))


class TestTaken:
    def test_a_bare_submission_and_a_cloud_event_become_cases(self, consume) -> None:
        line = consume()
        line.broker.send(raw(1), message_id="m-1")
        line.broker.send(event(override(2)), content_type="application/cloudevents+json")
        headers = {"ce_specversion": "1.0", "ce_id": "b-1", "ce_source": "/erp", "ce_type": "raised"}
        line.broker.send(raw(3), content_type="application/json", **headers)
        line.wait(stored=3)
        assert sorted(line.stored()) == ["X-1", "X-2", "X-3"]
        assert line.receipts() == 3
        eventually(lambda: line.broker.left() == 0)
        assert line.broker.dead() == []

    def test_the_same_message_again_changes_nothing(self, consume) -> None:
        line = consume()
        for _ in range(3):
            line.broker.send(event(override(1)))
        line.wait(stored=1, repeated=2)
        assert (line.stored(), line.receipts()) == (["X-1"], 1)

    def test_another_message_about_the_same_case_is_answered_as_the_api_would(self, consume) -> None:
        line = consume()
        line.broker.send(event(override(1)))
        line.wait(stored=1)
        line.broker.send(event(override(1), id="e-2"))
        line.wait(stored=1, repeated=1)
        assert (line.stored(), line.receipts()) == (["X-1"], 2)

    def test_two_consumers_share_the_work(self, consume) -> None:
        lines = consume(), consume()
        for number in range(20):
            lines[0].broker.send(raw(number), message_id=f"m-{number}")
        eventually(lambda: len(lines[0].stored()) == 20)
        eventually(lambda: sum(line.consumer.counts()["stored"] for line in lines) == 20)


POISON = [
    # name, message, headers, status, field, said
    ("no JSON", b"{half", {}, 422, "body", "is not JSON"),
    ("empty", b"", {}, 422, "body", "is empty"),
    ("a key twice", b'{"a": 1, "a": 2}', {}, 422, "a", "given twice"),
    ("not an object", b"[1]", {}, 422, "", "JSON object"),
    ("no such domain", orjson.dumps({"domain": "x"}), {}, 422, "domain", "must be one of price_override"),
    ("a field that is wrong", raw(1, listed_price="cheap"), {}, 422, "payload.listed_price", "cheap"),
    ("an unknown field", raw(1, colour="red"), {}, 422, "payload.colour", "is not a field"),
    ("too large", b'{"a": "' + b"x" * 6_000 + b'"}', {}, 413, None, "over the limit of 5,000"),
    ("another version", event(override(1), specversion="2.0"), {}, 422, "specversion", "must be 1.0"),
    ("an event without an id", event(override(1), id=None), {}, 422, "id", "is required of a CloudEvent"),
    ("an id too long", event(override(1), id="i" * 300), {}, 422, "id", "at most 256"),
    ("no JSON inside", event(override(1), datacontenttype="text/xml"), {}, 422, "datacontenttype", "application/json"),
    ("a batch", b"[]", {"content_type": "application/cloudevents-batch+json"}, 422, "content-type", "one event"),
    ("our own event", event({}, source="/triage"), {}, 422, "source", "this service itself"),
    ("event without data", event(None), {}, 422, "", "JSON object"),
]  # fmt: skip


class TestRefused:
    def test_poison_goes_to_the_dead_letters_with_the_reason_and_as_it_came(self, consume) -> None:
        line = consume(max_bytes=5_000)
        for at, (_, body, headers, *_) in enumerate(POISON):
            line.broker.send(body, message_id=f"m-{at}", **headers)
        line.broker.send(raw(7), message_id="good")
        line.wait(refused=len(POISON), stored=1)
        letters = {letter.headers["triage-message-id"]: letter for letter in line.broker.dead()}
        assert len(letters) == len(POISON)
        for at, (name, body, _, status, field, said) in enumerate(POISON):
            letter = letters[f"m-{at}"]
            problem = json.loads(letter.headers["triage-problem"])
            assert letter.body == body, name
            assert (letter.headers["triage-status"], problem["status"]) == (str(status), status), name
            assert said in letter.headers["triage-reason"], (name, letter.headers["triage-reason"])
            if field is not None:
                assert problem["errors"][0]["field"] == field, name
        eventually(lambda: line.broker.left() == 0)
        assert (line.stored(), line.receipts()) == (["X-7"], 1)

    def test_other_content_under_an_exception_id_is_refused(self, consume) -> None:
        line = consume()
        line.broker.send(event(override(1)))
        line.wait(stored=1)
        line.broker.send(event(override(1, charged_price="1.00"), id="e-2"))
        line.wait(stored=1, refused=1)
        (letter,) = line.broker.dead()
        assert letter.headers["triage-status"] == "409"
        assert "submitted before with other content" in letter.headers["triage-reason"]
        assert line.receipts() == 1, "what is refused may come again"

    def test_another_case_under_a_message_id_used_before_is_refused_and_not_lost(self, consume) -> None:
        line = consume()
        line.broker.send(event(override(1)))
        line.wait(stored=1)
        line.broker.send(event(override(2)))
        line.wait(refused=1)
        (letter,) = line.broker.dead()
        assert "came before with other content" in letter.headers["triage-reason"]

    def test_what_the_key_may_not_submit_is_refused(self, consume) -> None:
        line = consume(role=("service", "another_domain"))
        line.broker.send(raw(1))
        line.wait(refused=1)
        (letter,) = line.broker.dead()
        assert (letter.headers["triage-status"], line.stored()) == ("403", [])

    def test_a_mended_dead_letter_is_taken_under_its_old_id(self, consume) -> None:
        line = consume()
        line.broker.send(event(override(1, listed_price="cheap"), id="e-9"))
        line.wait(refused=1)
        line.broker.send(event(override(1), id="e-9"))
        line.wait(stored=1)
        assert line.stored() == ["X-1"]


class TestRests:
    def test_overload_delays_and_loses_nothing(self, consume, monkeypatch) -> None:
        line = consume()
        submit, refused = line.house.intake.submit_message, []

        def busy(*message: Any, **actor: Any) -> Any:
            if len(refused) < 5:
                refused.append(message)
                raise BusyError("4,000 cases wait already")
            return submit(*message, **actor)

        monkeypatch.setattr(line.house.intake, "submit_message", busy)
        for number in range(3):
            line.broker.send(raw(number), message_id=f"m-{number}")
        line.wait(stored=3, rested=5, refused=0)
        assert sorted(line.stored()) == ["X-0", "X-1", "X-2"]
        assert line.broker.dead() == []

    def test_a_revoked_key_holds_the_messages_back(self, consume, monkeypatch) -> None:
        monkeypatch.setattr("triage.bus.bus_consumer._BROKEN_SECONDS", 0.2)
        monkeypatch.setattr("triage.bus.bus_consumer._SUBMITTER_HOLDS", -utc_now().resolution)
        line = consume()
        with line.engine.begin() as connection:
            connection.execute(update(access.api_keys).values(revoked_at=utc_now()))
        line.broker.send(raw(1))
        eventually(lambda: line.consumer.counts()["rested"] >= 2)
        assert line.stored() == []
        with line.engine.begin() as connection:
            connection.execute(update(access.api_keys).values(revoked_at=None))
        line.wait(stored=1, refused=0)

    def test_who_stops_leaves_the_rest_to_the_next(self, consume, monkeypatch) -> None:
        monkeypatch.setattr("triage.bus.bus_consumer._BROKEN_SECONDS", 0.5)
        line = consume()
        held = threading.Event()

        def never(*message: Any, **actor: Any) -> Any:
            held.set()
            raise UnavailableError("the service is stopping")

        monkeypatch.setattr(line.house.intake, "submit_message", never)
        line.broker.send(raw(1), message_id="m-1")
        assert held.wait(10)
        line.consumer.stop()
        after = consume()
        after.wait(stored=1, seconds=30)
        assert after.stored() == ["X-1"]


def test_the_address_of_a_bus_is_read_again_and_never_shown_with_its_password(
    broker, consume, tmp_path, caplog
) -> None:
    place = tmp_path / "bus"
    place.write_text(broker.url + "\n")
    line = consume(url=f"file:{place}")
    line.broker.send(raw(1))
    line.wait(stored=1)
    assert "guest:guest" not in caplog.text


def test_receipts_are_only_of_what_was_taken(consume) -> None:
    line = consume()
    line.broker.send(event(override(1), id="ü-1"))
    line.wait(stored=1)
    with line.engine.connect() as connection:
        (row,) = connection.execute(inbox.select()).all()
    assert (row.source, row.message_id) == ("/erp", "ü-1")


class TestConnectionLost:
    """A client's library leaves the socket of a connection that was cut to the garbage collector."""

    pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

    def test_what_was_not_acknowledged_is_delivered_again_and_changes_nothing(
        self, broker, consume, monkeypatch
    ) -> None:
        monkeypatch.setattr("triage.bus.bus_consumer._CHECK_SECONDS", 1.0)
        with cable_to(broker.url) as (cable, url):
            line = consume(url=url)
            submit = line.house.intake.submit_message

            def cut(*message: Any, **actor: Any) -> Any:
                taken = submit(*message, **actor)
                taken.result(10)
                cable.cut()  # the case is stored, and the acknowledgement goes nowhere
                return taken

            monkeypatch.setattr(line.house.intake, "submit_message", cut)
            line.broker.send(raw(1), message_id="m-1")
            eventually(lambda: line.stored() == ["X-1"])
            monkeypatch.setattr(line.house.intake, "submit_message", submit)
            for number in range(2, 6):
                line.broker.send(raw(number), message_id=f"m-{number}")
            cable.mend()
            eventually(lambda: len(line.stored()) == 5, 40)
            if isinstance(broker, RabbitTest):  # the NATS client keeps an acknowledgement until it has a connection
                eventually(lambda: line.consumer.counts()["repeated"] >= 1, 40, line.consumer.counts)
            eventually(lambda: line.broker.left() == 0, 40)
            assert (sorted(line.stored()), line.receipts(), line.broker.dead()) == (
                [f"X-{n}" for n in range(1, 6)],
                5,
                [],
            )

    def test_a_queue_that_somebody_deletes_is_made_again(self, consume, monkeypatch) -> None:
        monkeypatch.setattr("triage.bus.bus_consumer._CHECK_SECONDS", 0.5)
        line = consume()
        line.broker.drop()
        eventually(lambda: not line.consumer.is_connected, 20)
        eventually(lambda: line.consumer.is_connected, 30)
        line.broker.send(raw(1))
        line.wait(stored=1)
