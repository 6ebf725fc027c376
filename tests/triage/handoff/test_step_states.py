"""The states of steps, tried without a database: what begins when, what a failure stops, what a retry revives."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from triage.handoff.step_states import CaseStep, fail, reopen, revive, settle, skip, succeed

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
CONNECTED = {"erp": 72.0}
CALL = {"kind": "call", "system": "erp", "operation": "do.it"}
WAIT = {"kind": "wait", "until": "callback", "timeout_hours": 2.0}
BY_HAND = {"queue": "HANDS", "owner_role": "clerk", "due_hours": 4.0}


def step(name: str, *after: str, **plan: Any) -> CaseStep:
    kind = plan.pop("kind", "task")
    whole = {
        "after": list(after), "on_failure": "stop", "when": None, "facts": {}, "instants": [], "known": {}, "late": [],
        "title": name, "text": "", "body": {}, "queue": "CHECK", "due_hours": 1.0, "exception_id": "E-1",
    }  # fmt: skip
    return CaseStep(
        step_id=f"id-{name}", case_id="c-1", domain="d", name=name, occasion="decision", kind=kind, state="blocked",
        plan=whole | plan, created_at=NOW,
    )  # fmt: skip


def moved(*steps: CaseStep, connected: dict[str, float] = CONNECTED) -> dict[str, str]:
    settle(steps, connected=connected, now=NOW)
    return {one.name: one.state for one in steps}


@pytest.mark.parametrize(
    ("plan", "state"),
    [
        ({"kind": "task"}, "open"),
        ({"kind": "propose", "role": "approver"}, "open"),
        (WAIT | {"until": "person"}, "open"),
        (WAIT, "waiting"),
        (CALL, "sent"),
        (CALL | {"system": "sap"}, "not_connected"),
        ({"when": "false"}, "skipped"),
        ({"when": "1 / 0 > 2"}, "failed"),
        ({"when": "1 / 0 > 2", "on_failure": BY_HAND}, "open"),
    ],
)
def test_a_step_begins_at_once_where_it_comes_after_none(plan: dict[str, Any], state: str) -> None:
    assert moved(step("a", **plan)) == {"a": state}


@pytest.mark.parametrize(
    ("state", "on_failure", "after"),
    [
        ("done", "stop", "open"),
        ("skipped", "stop", "open"),
        ("failed", "stop", "canceled"),
        ("declined", "stop", "canceled"),
        ("not_connected", "stop", "canceled"),
        ("canceled", "stop", "canceled"),
        ("failed", "go_on", "open"),
        ("not_connected", "go_on", "open"),
        ("canceled", "go_on", "canceled"),
        ("open", "stop", "blocked"),
        ("sent", "stop", "blocked"),
        ("waiting", "stop", "blocked"),
    ],
)
def test_what_comes_after_a_step_follows_how_it_ended(state: str, on_failure: str, after: str) -> None:
    first = step("a", on_failure=on_failure)
    first.state = state
    assert moved(first, step("b", "a"), step("c", "b"))["b"] == after


def test_a_step_waits_for_all_and_for_none_that_is_not_there() -> None:
    one, other, last = step("a"), step("b"), step("c", "a", "b", "left_out")
    assert moved(one, other, last)["c"] == "blocked"
    succeed(one, answer=None, by="ann", now=NOW)
    assert moved(one, other, last)["c"] == "blocked"
    skip(other, "no need", by="ann", now=NOW)
    assert moved(one, other, last)["c"] == "open"


def test_a_call_tells_where_to_call_back_and_only_the_hash_is_kept() -> None:
    call, wait = step("ask", **CALL), step("answer", "ask", **WAIT)
    (event,) = settle([call, wait], connected=CONNECTED, now=NOW)
    told = event.body["callbacks"]["answer"]
    assert told["path"] == "/v1/steps/id-answer/callback"
    assert wait.token_hash is not None and told["token"] not in wait.token_hash
    assert (event.to, event.delivery_id, event.case_id) == ("erp", call.delivery_id, "c-1")
    assert call.expires_at == NOW + timedelta(hours=73)


def test_what_failed_goes_to_whoever_does_it_by_hand_and_then_the_rest_goes_on() -> None:
    call, tell = step("a", **CALL, on_failure=BY_HAND), step("b", "a")
    moved(call, tell)
    fail(call, "answered 422", now=NOW)
    assert (call.state, call.queue, call.owner_role, call.by_hand) == ("open", "HANDS", "clerk", True)
    assert call.due_at == NOW + timedelta(hours=4)
    assert moved(call, tell)["b"] == "blocked"
    succeed(call, answer=None, by="ann", now=NOW)
    assert moved(call, tell) == {"a": "done", "b": "open"}


def test_what_fails_by_hand_too_has_failed() -> None:
    call = step("a", **CALL, on_failure=BY_HAND)
    fail(call, "answered 422", now=NOW)
    fail(call, "cannot be done", now=NOW)
    assert (call.state, call.reason) == ("failed", "cannot be done")


def test_a_retry_keeps_the_key_and_revives_what_was_canceled_however_far_behind() -> None:
    call, after, last, other = step("a", **CALL), step("b", "a"), step("c", "b"), step("d")
    moved(call, after, last, other)
    key = call.delivery_id
    fail(call, "answered 500", now=NOW)
    assert moved(call, after, last, other) == {"a": "failed", "b": "canceled", "c": "canceled", "d": "open"}
    reopen(call, [call, after, last, other])
    assert moved(call, after, last, other) == {"a": "sent", "b": "blocked", "c": "blocked", "d": "open"}
    assert call.delivery_id == key


def test_a_delivery_that_is_taken_after_all_revives_what_was_canceled() -> None:
    call, after = step("a", **CALL), step("b", "a")
    moved(call, after)
    fail(call, "its deadline passed", now=NOW)
    moved(call, after)
    succeed(call, answer=None, by=None, now=NOW)
    revive(call, [call, after])
    assert moved(call, after) == {"a": "done", "b": "open"}


def test_results_reach_the_conditions_and_texts_of_later_steps() -> None:
    call = step("stock", **CALL, returns={"on_hand": "number"})
    late = step("b", "stock", when="stock_on_hand < 5.0", late=["stock_on_hand"], title="{stock_on_hand} left")
    enough = step("c", "stock", when="stock_on_hand >= 5.0", late=["stock_on_hand"])
    moved(call, late, enough)
    succeed(call, answer={"on_hand": 3, "secret": "x"}, by=None, now=NOW)
    assert call.result == {"stock_on_hand": 3.0}
    assert moved(call, late, enough) == {"stock": "done", "b": "open", "c": "skipped"}
    assert late.said is not None and late.said["title"] == "3 left"


def test_an_ended_step_is_never_begun_again() -> None:
    done = step("a")
    succeed(done, answer=None, by=None, now=NOW)
    done.changed = False
    assert moved(done) == {"a": "done"} and not done.changed
