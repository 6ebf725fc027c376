"""Who may send what, and when: leases and tokens, order, rate, breaker, deadline; on SQLite and PostgreSQL."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import update

from tests.triage.handoff.conftest import FAILED, REFUSED, TAKEN
from triage.db.handoff_schema import deliveries, endpoints
from triage.handoff.backoff import FAILURES_THAT_OPEN
from triage.handoff.claiming import MAX_IN_FLIGHT, Attempt, deadline_passed, give_back, still_held
from triage.handoff.endpoints import LEASE


class TestLease:
    def test_what_is_claimed_is_nobody_elses(self, handoff) -> None:
        handoff.add()
        handoff.room()
        handoff.enqueue("a", "b")
        assert len(handoff.claim()) == 2
        handoff.set_endpoint()
        assert handoff.claim() == []

    def test_what_a_dead_worker_held_is_taken_over_after_its_lease_with_the_same_key(self, handoff) -> None:
        handoff.add()
        handoff.enqueue("a")
        (first,) = handoff.claim()
        handoff.hurry()
        (second,) = handoff.claim()
        assert (second.delivery_id, second.attempts) == (first.delivery_id, 2)
        assert second.token != first.token

    def test_who_lost_the_lease_finishes_nothing(self, handoff) -> None:
        handoff.add()
        handoff.enqueue("a")
        (stale,) = handoff.claim()
        handoff.hurry()
        (fresh,) = handoff.claim()
        assert not handoff.finish(stale, REFUSED)
        assert handoff.states == ["leased"]
        assert handoff.finish(fresh)
        assert not handoff.finish(fresh)
        assert handoff.states == ["delivered"]

    @pytest.mark.parametrize(("left", "held"), [(LEASE, True), (timedelta(seconds=14), False), (-LEASE, False)])
    def test_before_sending_the_lease_must_outlast_the_attempt(self, handoff, left, held) -> None:
        handoff.add(timeout_seconds=10)
        handoff.enqueue("a")
        (claimed,) = handoff.claim()
        with handoff.engine.begin() as connection:
            row = handoff.rows()[0]
            connection.execute(update(deliveries).values(due_at=row.due_at - LEASE + left))
            assert (still_held(connection, claimed) is not None) is held

    def test_what_was_not_sent_is_given_back_without_counting_as_an_attempt(self, handoff) -> None:
        handoff.add()
        handoff.enqueue("a")
        (claimed,) = handoff.claim()
        with handoff.engine.begin() as connection:
            assert give_back(connection, claimed)
            assert not give_back(connection, claimed)
        handoff.set_endpoint()
        (again,) = handoff.claim()
        assert again.attempts == 1

    def test_many_workers_that_claim_at_once_share_without_overlap(self, handoff) -> None:
        handoff.add(rate_per_second=1000)
        handoff.room()
        handoff.enqueue(*[f"k{at}" for at in range(60)])
        found: list[str] = []

        def take() -> None:
            for _ in range(8):
                found.extend(claimed.delivery_id for claimed in handoff.claim(4))

        threads = [threading.Thread(target=take) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        while some := handoff.claim(20):
            found += [claimed.delivery_id for claimed in some]
            handoff.set_endpoint()
        assert len(found) == 60
        assert len(set(found)) == 60


class TestOrder:
    def test_the_next_of_a_line_goes_when_the_one_before_is_over(self, handoff) -> None:
        handoff.add()
        handoff.room()
        handoff.enqueue("a", "a", "a", "b")
        assert handoff.states == ["waiting", "blocked", "blocked", "waiting"]
        first, other = handoff.claim()
        assert (first.seq, other.order_key) == (handoff.rows()[0].seq, "b")
        handoff.finish(first, FAILED)
        assert handoff.states == ["waiting", "blocked", "blocked", "leased"]
        handoff.hurry()
        first, *_ = handoff.claim()
        handoff.finish(first)
        assert handoff.states[:3] == ["delivered", "waiting", "blocked"]
        handoff.set_endpoint()
        (second,) = handoff.claim()
        handoff.finish(second, REFUSED)
        assert handoff.states[:3] == ["delivered", "dead", "waiting"]

    def test_what_is_written_later_waits_behind_what_is_under_way(self, handoff) -> None:
        handoff.add()
        handoff.enqueue("a")
        handoff.claim()
        handoff.enqueue("a")
        assert handoff.states == ["leased", "blocked"]

    def test_without_a_key_there_is_no_order(self, handoff) -> None:
        handoff.add()
        handoff.enqueue(None, None)
        assert handoff.states == ["waiting", "waiting"]

    def test_endpoints_do_not_wait_for_each_other(self, handoff) -> None:
        handoff.add("erp")
        handoff.add("chat", url="http://127.0.0.1:9/chat")
        handoff.enqueue("a", "a")
        assert handoff.states == ["waiting", "waiting", "blocked", "blocked"]

    def test_a_line_is_never_stranded_by_writing_and_finishing_at_once(self, handoff) -> None:
        handoff.add(rate_per_second=1000)
        handoff.room()
        stop = threading.Event()

        def send() -> None:
            while not stop.is_set() or set(handoff.states) - {"delivered"}:
                for claimed in handoff.claim(8):
                    handoff.finish(claimed)
                handoff.set_endpoint()

        sender = threading.Thread(target=send, daemon=True)
        sender.start()
        writers = [threading.Thread(target=lambda: [handoff.enqueue("one line") for _ in range(15)]) for _ in range(3)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        stop.set()
        sender.join(timeout=30)
        assert handoff.states == ["delivered"] * 45


class TestBreaker:
    def test_it_opens_after_failures_in_a_row_and_nothing_is_sent(self, handoff) -> None:
        handoff.add()
        handoff.room(most=FAILURES_THAT_OPEN + 2)
        handoff.enqueue(*[f"k{at}" for at in range(FAILURES_THAT_OPEN + 2)])
        claimed = handoff.claim()
        for at, each in enumerate(claimed[:FAILURES_THAT_OPEN]):
            assert (handoff.endpoint().breaker_open_until is None) == (at < FAILURES_THAT_OPEN)
            handoff.finish(each, FAILED)
        assert handoff.endpoint().breaker_open_until is not None
        opened = handoff.endpoint()
        handoff.finish(claimed[-1], FAILED)
        assert handoff.endpoint() == opened, "failures of before it opened do not open it further"
        handoff.hurry()
        assert handoff.claim() == []

    def test_one_attempt_tries_whether_the_receiver_is_back_and_the_room_doubles_with_each_success(
        self, handoff
    ) -> None:
        handoff.add(rate_per_second=1000)
        handoff.enqueue(*[f"k{at}" for at in range(40)])
        handoff.set_endpoint(breaker_openings=3, failures_in_a_row=9, most_in_flight=1)
        sizes = []
        for _ in range(5):
            handoff.set_endpoint()
            claimed = handoff.claim()
            sizes.append(len(claimed))
            handoff.finish(claimed[0])
            for each in claimed[1:]:
                handoff.finish(each)
        assert sizes == [1, 2, MAX_IN_FLIGHT, MAX_IN_FLIGHT, MAX_IN_FLIGHT]
        assert handoff.endpoint().breaker_openings == 0

    def test_a_failed_try_opens_it_for_longer(self, handoff) -> None:
        handoff.add()
        handoff.enqueue("a")
        handoff.set_endpoint(breaker_openings=3, failures_in_a_row=9)
        (claimed,) = handoff.claim()
        handoff.finish(claimed, FAILED)
        assert handoff.endpoint().breaker_openings == 4

    def test_a_message_refused_for_good_says_nothing_against_the_receiver(self, handoff) -> None:
        handoff.add()
        handoff.room(most=20)
        handoff.enqueue(*[f"k{at}" for at in range(FAILURES_THAT_OPEN + 1)])
        for each in handoff.claim():
            handoff.finish(each, REFUSED)
        assert handoff.endpoint().breaker_open_until is None
        assert set(handoff.states) == {"dead"}

    def test_a_receiver_that_wants_nothing_more_is_paused(self, handoff) -> None:
        handoff.add()
        handoff.enqueue("a", "b")
        (claimed, *_) = handoff.claim()
        handoff.finish(claimed, Attempt(delivered=False, milliseconds=1, status=410, is_final=True, gone=True))
        handoff.hurry()
        assert handoff.claim() == []
        assert handoff.endpoint().paused_because is not None
        assert handoff.states == ["dead", "waiting"]


class TestLimits:
    def test_the_rate_limit_holds_over_all_workers(self, handoff) -> None:
        handoff.add(rate_per_second=2)
        handoff.room()
        handoff.enqueue(*[f"k{at}" for at in range(20)])
        assert len(handoff.claim()) == 2, "a second's worth at once"
        claimed_at = handoff.rows()[0].due_at - LEASE
        assert handoff.endpoint().next_slot_at - claimed_at == timedelta(seconds=0.5), "then one every half second"
        handoff.set_endpoint()
        with handoff.engine.begin() as connection:
            connection.execute(update(endpoints).values(next_slot_at=claimed_at + timedelta(hours=1)))
        assert handoff.claim() == []

    def test_a_slow_rate_still_sends_one(self, handoff) -> None:
        handoff.add(rate_per_second=0.01)
        handoff.enqueue("a", "b")
        assert len(handoff.claim()) == 1
        assert handoff.claim() == []
        wait = handoff.endpoint().next_slot_at - handoff.rows()[0].created_at
        assert timedelta(seconds=95) < wait < timedelta(seconds=105)

    def test_a_claim_is_shared_out_among_endpoints(self, handoff) -> None:
        for name in ("a", "b", "c"):
            handoff.add(name, rate_per_second=1000)
            handoff.room(name)
        handoff.enqueue(*[f"k{at}" for at in range(20)])
        claimed = handoff.claim(9)
        assert sorted(each.endpoint for each in claimed) == ["a"] * 3 + ["b"] * 3 + ["c"] * 3

    def test_past_its_deadline_a_delivery_is_a_dead_letter_with_its_last_failure(self, handoff) -> None:
        handoff.add()
        handoff.enqueue("a", "a")
        (claimed,) = handoff.claim()
        handoff.finish(claimed, FAILED)
        with handoff.engine.begin() as connection:
            past = handoff.rows()[0].created_at - timedelta(seconds=1)
            connection.execute(update(deliveries).where(deliveries.c.seq == claimed.seq).values(expires_at=past))
        handoff.hurry()
        (expired,) = handoff.claim()
        assert expired.expired
        before = handoff.endpoint().failures_in_a_row
        handoff.finish(expired, deadline_passed(expired))
        assert handoff.endpoint().failures_in_a_row == before, "the receiver was not asked"
        dead, following = handoff.rows()
        assert (dead.state, following.state) == ("dead", "waiting")
        assert dead.reason == "its deadline passed after 1 attempts; the last failure: answered 500"

    def test_a_paused_endpoint_gets_nothing(self, handoff) -> None:
        handoff.add()
        handoff.enqueue("a")
        handoff.set_endpoint(paused_at=handoff.rows()[0].created_at)
        assert handoff.claim() == []

    def test_each_failure_waits_longer_and_is_kept_with_its_reason(self, handoff) -> None:
        handoff.add()
        handoff.enqueue("a")
        waits = []
        for _ in range(4):
            (claimed,) = handoff.claim()
            handoff.finish(claimed, FAILED)
            row = handoff.rows()[0]
            waits.append(row.due_at)
            handoff.hurry()
        assert row.attempts == 4
        assert row.reason == "answered 500"
        assert row.history.count('"status":500') == 4

    def test_what_the_receiver_asks_for_is_granted(self, handoff) -> None:
        handoff.add()
        handoff.enqueue("a")
        (claimed,) = handoff.claim()
        asked = Attempt(
            delivered=False, milliseconds=1, status=429, reason="answered 429", retry_after=timedelta(minutes=9)
        )
        handoff.finish(claimed, asked)
        row = handoff.rows()[0]
        assert row.due_at - row.created_at > timedelta(minutes=8)

    def test_success_is_kept_with_its_time(self, handoff) -> None:
        handoff.add()
        handoff.enqueue("a")
        handoff.finish(handoff.claim()[0], TAKEN)
        row = handoff.rows()[0]
        assert (row.state, row.due_at, row.lease_token, row.reason) == ("delivered", None, None, None)
        assert row.finished_at is not None
