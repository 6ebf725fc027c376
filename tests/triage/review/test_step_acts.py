"""Steps on real databases with a real receiver: begun with the decision, ended by systems and people, once each."""

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import func, select, update

from tests.receiving import Receiver, receiving, status
from tests.triage.conftest import ANN, DOMAIN, EVE, SYSTEM, VIC, ScriptedScorer, override, policy_with
from triage.db.database import reading
from triage.db.handoff_schema import deliveries, endpoints
from triage.db.schema import audit_events
from triage.db.step_schema import steps as rows
from triage.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError, UnauthenticatedError
from triage.handoff.database_time import database_now
from triage.handoff.deliveries import DeliveryFilter, cancel_matching, redrive_matching
from triage.handoff.endpoints import NewEndpoint, add_endpoint
from triage.handoff.jobs import Job, run_due_jobs
from triage.handoff.step_store import expire
from triage.handoff.worker import Worker
from triage.identity.access import Principal
from triage.in_force import InForce
from triage.review import step_acts
from triage.review import verbs as review
from triage.review.verbs import Ruling

HEADS = {DOMAIN.name: DOMAIN.heads}
STEPS: list[dict[str, Any]] = [
    {
        "id": "stock", "kind": "call", "system": "erp", "operation": "stock.check",
        "body": {"receipt": {"fact": "receipt_id"}, "given": {"amount": "listed_price - charged_price"}},
        "returns": {"on_hand": "number"},
        "on_failure": {"queue": "OVERRIDE_DESK", "due_hours": 2},
    },
    {"id": "answer", "kind": "wait", "until": "callback", "timeout_hours": 1, "after": ["stock"],
     "returns": {"agreed": "flag"}},
    {"id": "approve", "kind": "propose", "queue": "OVERRIDE_DESK", "role": "approver", "due_hours": 4,
     "title": "Write off {receipt_id} with {stock_on_hand} left", "after": ["answer"]},
    {"id": "book", "kind": "call", "system": "erp", "operation": "write.off", "after": ["approve"],
     "body": {"why": "{cause}, {stock_on_hand} left"}},
    {"id": "tell", "kind": "call", "system": "erp", "operation": "tell", "occasions": ["corrected"],
     "body": {"by": "{ruled_by}", "cause": {"fact": "ruling_cause"}}},
    {"id": "auto_note", "kind": "call", "system": "erp", "operation": "note", "occasions": ["automatic"], "body": {}},
]  # fmt: skip
ROUTES = [
    {"id": "R-ALL", "queue": "OVERRIDE_DESK", "sla_hours": 4, "action": "Look at it.", "steps": STEPS},
]
POLICY = policy_with(routes=ROUTES, systems={"erp": {"title": "ERP"}})
POLICIES = InForce({DOMAIN.name: POLICY})


class Flow:
    """A house whose route has steps, a receiver that is its ERP, and the acts in short."""

    def __init__(self, house: Any, receiver: Receiver, *, connected: bool = True, risk: float = 0.5) -> None:
        self.house = house(ScriptedScorer(risk=risk), policy=POLICY)
        self.engine, self.receiver = self.house.engine, receiver
        if connected:
            self.connect()
        self.case_id = self.house.one(override()).body["case_id"]

    def connect(self, name: str = "erp") -> None:
        wanted = NewEndpoint(name=name, url=self.receiver.url, events=(), allow_private=True, rate_per_second=1000)
        with self.engine.begin() as connection:
            add_endpoint(connection, wanted, actor="user:root")

    def states(self) -> dict[str, str]:
        return {row.name: row.state for row in self.rows()}

    def rows(self) -> list[Any]:
        with reading(self.engine) as connection:
            return list(connection.execute(select(rows).where(rows.c.case_id == self.case_id).order_by(rows.c.seq)))

    def row(self, name: str) -> Any:
        return next(row for row in self.rows() if row.name == name)

    def do(self, act: Any, name: str, *, actor: Principal = EVE, **options: Any) -> dict[str, Any]:
        with self.engine.begin() as connection:
            return act(
                connection, self.row(name).step_id, policies=POLICIES, actor=actor, now=self.house.clock(), **options
            )

    def call_back(self, name: str = "answer", **options: Any) -> dict[str, Any]:
        given = {"result": None, "failed": None, "token": None, "actor": None} | options
        with self.engine.begin() as connection:
            return step_acts.call_back(connection, self.row(name).step_id, now=self.house.clock(), **given)

    def wait_for(self, name: str, state: str, seconds: float = 10.0) -> Any:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self.states().get(name) == state:
                return self.row(name)
            time.sleep(0.02)
        raise AssertionError(f"{name} is not {state}: {[(r.name, r.state, r.reason) for r in self.rows()]}")

    def event(self, at: int = -1) -> dict[str, Any]:
        return self.receiver.arrivals[at].event

    def expire(self) -> None:
        """Let whatever waits for an instant be past it, and run the worker's job."""
        with self.engine.begin() as connection:
            past = database_now(connection) - timedelta(seconds=1)
            connection.execute(update(rows).where(rows.c.expires_at.is_not(None)).values(expires_at=past))
        job = Job(name="steps.expire", every=timedelta(0), run=lambda hold: expire(hold) and None)
        run_due_jobs(self.engine, [job], worker="test")

    def rule(self, action: str = "corrected") -> None:
        with self.engine.begin() as connection:
            shared = {"policies": POLICIES, "actor": ANN, "now": self.house.clock()}
            review.claim(connection, self.case_id, hold=timedelta(hours=1), **shared)
            cause = "sweethearting" if action == "corrected" else "price_match"
            ruling = Ruling(action=action, cause=cause, reason_code="justified")
            review.resolve(connection, self.case_id, ruling=ruling, heads=HEADS, **shared)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture
def flow(house, receiver) -> Flow:
    return Flow(house, receiver)


@pytest.fixture
def work(engine) -> Iterator[Any]:
    started: list[Worker] = []

    def start() -> Worker:
        started.append(Worker(engine, poll_seconds=0.02))
        started[-1].start()
        return started[-1]

    yield start
    for worker in started:
        worker.stop()


class TestBeginning:
    def test_the_steps_are_there_with_the_decision_and_only_the_first_is_under_way(self, flow) -> None:
        assert flow.states() == {"stock": "sent", "answer": "blocked", "approve": "blocked", "book": "blocked"}
        with reading(flow.engine) as connection:
            (row,) = connection.execute(select(deliveries)).all()
        assert (row.delivery_id, row.kind, row.endpoint) == (flow.row("stock").delivery_id, "step.call", "erp")
        body = orjson.loads(row.body)
        assert (body["operation"], body["body"]) == ("stock.check", {"receipt": "R-1", "given": 16.0})
        assert set(body["callbacks"]) == {"answer"} and body["exception_id"] == "X-1"

    def test_an_automatic_case_has_its_own(self, house, receiver) -> None:
        assert Flow(house, receiver, risk=0.01).states() == {"auto_note": "sent"}

    def test_a_case_sent_twice_has_its_steps_once(self, flow) -> None:
        flow.house.one(override())
        with reading(flow.engine) as connection:
            assert connection.execute(select(func.count()).select_from(rows)).scalar_one() == 4

    def test_without_its_system_a_call_is_not_connected_and_nothing_dies(self, house, receiver) -> None:
        flow = Flow(house, receiver, connected=False)
        assert flow.states() == {
            "stock": "not_connected", "answer": "canceled", "approve": "canceled", "book": "canceled",
        }  # fmt: skip
        with reading(flow.engine) as connection:
            assert connection.execute(select(deliveries)).all() == []

    def test_once_the_system_is_connected_it_can_be_begun(self, house, receiver, work) -> None:
        flow = Flow(house, receiver, connected=False)
        flow.connect()
        flow.do(step_acts.retry_step, "stock", reason="The ERP is connected now.")
        assert flow.states() == {"stock": "sent", "answer": "blocked", "approve": "blocked", "book": "blocked"}


class TestFlowing:
    def test_from_the_call_over_callback_and_confirmation_to_the_booking(self, flow, work) -> None:
        flow.receiver.script.append(status(200, b'{"on_hand": 7, "other": "x"}'))
        work()
        assert orjson.loads(flow.wait_for("stock", "done").result) == {"stock_on_hand": 7.0}
        assert flow.states()["answer"] == "waiting"
        token = flow.event()["data"]["callbacks"]["answer"]["token"]
        flow.call_back(token=token, result={"agreed": True})
        approve = flow.row("approve")
        assert approve.state == "open" and orjson.loads(approve.said)["title"] == "Write off R-1 with 7 left"
        flow.do(step_acts.complete, "approve", actor=EVE, result=None, comment="Fine.")
        flow.wait_for("book", "done")
        assert flow.event()["data"]["body"] == {"why": "price_match, 7 left"}
        assert len(flow.receiver.arrivals) == 2

    def test_a_ruling_begins_its_steps_in_its_transaction(self, flow, work) -> None:
        flow.rule("corrected")
        assert flow.states()["tell"] == "sent"
        work()
        flow.wait_for("tell", "done")
        assert flow.event()["data"]["body"] == {"by": "user:ann", "cause": "sweethearting"}

    def test_another_ruling_begins_none(self, flow) -> None:
        flow.rule("accepted")
        assert "tell" not in flow.states()

    def test_a_refused_call_is_done_by_hand_and_the_rest_goes_on(self, flow, work) -> None:
        flow.receiver.answer = status(422, b"unknown receipt")
        work()
        by_hand = flow.wait_for("stock", "open")
        assert by_hand.by_hand and by_hand.reason == "answered 422: unknown receipt"
        assert flow.states()["answer"] == "blocked"
        flow.do(step_acts.complete, "stock", actor=ANN, result={"on_hand": 2}, comment=None)
        assert flow.states()["answer"] == "waiting"

    def test_a_retried_call_has_the_key_of_the_first(self, flow, work) -> None:
        flow.receiver.script.append(status(422))
        work()
        flow.wait_for("stock", "open")
        flow.do(step_acts.retry_step, "stock", reason="The ERP knows the receipt now.")
        flow.wait_for("stock", "done")
        assert len(set(flow.receiver.ids)) == 1 and len(flow.receiver.ids) == 2

    def test_a_redriven_dead_letter_revives_what_was_canceled(self, flow, work) -> None:
        flow.do(step_acts.skip_step, "answer", reason="Known already.")
        flow.receiver.script += [status(200), status(422)]
        work()
        flow.wait_for("stock", "done")
        flow.do(step_acts.complete, "approve", result=None, comment=None)
        flow.wait_for("book", "failed")
        with flow.engine.begin() as connection:
            redrive_matching(connection, DeliveryFilter(endpoint="erp"))
        flow.wait_for("book", "done")

    def test_a_canceled_delivery_fails_its_step(self, flow) -> None:
        with flow.engine.begin() as connection:
            cancel_matching(connection, DeliveryFilter(endpoint="erp"), reason="given up")
        assert (flow.row("stock").state, flow.row("stock").reason) == ("open", "given up")


class TestTimeOuts:
    def test_nobody_calls_back(self, flow, work) -> None:
        work()
        flow.wait_for("answer", "waiting")
        flow.expire()
        assert flow.states() == {"stock": "done", "answer": "failed", "approve": "canceled", "book": "canceled"}
        assert flow.row("answer").reason == "nobody answered within 1 hours"

    def test_before_its_time_nothing_happens(self, flow, work) -> None:
        work()
        flow.wait_for("answer", "waiting")
        job = Job(name="steps.expire", every=timedelta(0), run=lambda hold: expire(hold) and None)
        run_due_jobs(flow.engine, [job], worker="test")
        assert flow.states()["answer"] == "waiting"

    @pytest.mark.parametrize(
        ("state", "becomes"), [("waiting", "sent"), ("leased", "sent"), ("delivered", "done"), ("dead", "open")]
    )
    def test_a_call_that_heard_nothing_asks_after_its_delivery(self, flow, state: str, becomes: str) -> None:
        with flow.engine.begin() as connection:
            connection.execute(update(deliveries).values(state=state, reason="it was lost"))
        flow.expire()
        assert flow.states()["stock"] == becomes


class TestCallbacks:
    def test_one_that_comes_before_the_answer_to_the_call_is_kept(self, flow, work) -> None:
        flow.call_back(actor=SYSTEM, result={"agreed": True})
        assert flow.states()["answer"] == "done"
        work()
        flow.wait_for("approve", "open")

    def test_the_same_again_changes_nothing(self, flow) -> None:
        first = flow.call_back(actor=SYSTEM, result={"agreed": True})
        again = flow.call_back(actor=SYSTEM, result={"agreed": False})
        assert again["result"] == first["result"] == {"agreed": True}

    def test_it_may_say_that_it_was_not_done(self, flow, work) -> None:
        work()
        flow.wait_for("answer", "waiting")
        flow.call_back(actor=SYSTEM, failed="The period is closed.")
        assert (flow.states()["answer"], flow.states()["approve"]) == ("failed", "canceled")

    @pytest.mark.parametrize("token", ["", "wrong", None])
    def test_nobody_else_ends_a_wait(self, flow, token: str | None) -> None:
        with pytest.raises(UnauthenticatedError):
            flow.call_back(token=token)
        with pytest.raises(NotFoundError):
            flow.call_back(actor=ANN)
        assert flow.states()["answer"] == "blocked"

    def test_only_a_wait_is_called_back(self, flow) -> None:
        with pytest.raises(ConflictError, match="waits for no callback"):
            flow.call_back("stock", actor=SYSTEM)


class TestPeople:
    def test_a_proposal_takes_an_approver_and_is_confirmed_once(self, flow, work) -> None:
        work()
        flow.wait_for("stock", "done")
        flow.call_back(actor=SYSTEM)
        with pytest.raises(ForbiddenError):
            flow.do(step_acts.complete, "approve", actor=ANN, result=None, comment=None)
        flow.do(step_acts.complete, "approve", actor=EVE, result=None, comment=None)
        with pytest.raises(ConflictError, match="does not wait for a person"):
            flow.do(step_acts.complete, "approve", actor=EVE, result=None, comment=None)

    def test_what_is_declined_is_not_done(self, flow, work) -> None:
        work()
        flow.wait_for("stock", "done")
        flow.call_back(actor=SYSTEM)
        flow.do(step_acts.decline, "approve", actor=EVE, reason="Too dear.")
        assert (flow.states()["approve"], flow.states()["book"]) == ("declined", "canceled")
        assert len(flow.receiver.arrivals) == 1

    @pytest.mark.parametrize("act", [step_acts.skip_step, step_acts.retry_step])
    def test_skip_and_retry_take_an_approver_and_a_reason(self, flow, act: Any) -> None:
        with pytest.raises(ForbiddenError):
            flow.do(act, "answer", actor=ANN, reason="x")
        with pytest.raises(ForbiddenError):
            flow.do(act, "answer", actor=VIC, reason="x")
        for reason in ("", "  ", "x" * 1001, "a\x00b"):
            with pytest.raises(InvalidError):
                flow.do(act, "answer", reason=reason)

    def test_what_is_under_way_or_done_is_neither_skipped_nor_begun_anew(self, flow) -> None:
        for act in (step_acts.skip_step, step_acts.retry_step):
            with pytest.raises(ConflictError, match="step stock is sent"):
                flow.do(act, "stock", reason="x")

    def test_every_act_is_in_the_history_of_the_case(self, flow) -> None:
        flow.do(step_acts.skip_step, "answer", reason="Known already.")
        query = select(audit_events).where(audit_events.c.case_id == flow.case_id).order_by(audit_events.c.seq.desc())
        with reading(flow.engine) as connection:
            event = connection.execute(query.limit(1)).one()
        assert (event.actor, event.verb) == ("user:eve", "skip_step")
        assert orjson.loads(event.detail) == {
            "step": "answer", "step_id": flow.row("answer").step_id, "reason": "Known already.",
        }  # fmt: skip

    def test_what_waits_is_listed_by_queue_and_site(self, flow, work) -> None:
        flow.receiver.answer = status(422)
        work()
        flow.wait_for("stock", "open")

        def waiting(queue: str = "OVERRIDE_DESK", site: str | None = None, after: int = 0) -> list[Any]:
            with reading(flow.engine) as connection:
                return step_acts.open_steps(
                    connection, queue=queue, site_id=site, policies=POLICIES, actor=ANN, after=after, limit=10
                )

        (one,) = waiting()
        assert (one["name"], one["by_hand"], one["system"]) == ("stock", True, "erp")
        assert waiting(site="elsewhere") == [] and waiting(after=one["seq"]) == []
        with pytest.raises(NotFoundError):
            waiting("OVERRIDE_LP")  # restricted


class TestAtOnce:
    def test_many_callbacks_at_once_move_a_case_once(self, flow, work) -> None:
        flow.do(step_acts.skip_step, "approve", reason="Agreed by telephone.")
        work()
        flow.wait_for("answer", "waiting")
        threads = [threading.Thread(target=lambda: flow.call_back(actor=SYSTEM)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        flow.wait_for("book", "done")
        with reading(flow.engine) as connection:
            assert connection.execute(select(func.count()).select_from(deliveries)).scalar_one() == 2
        assert len(flow.receiver.arrivals) == 2

    def test_what_fails_halfway_leaves_nothing(self, flow, monkeypatch) -> None:
        monkeypatch.setattr("triage.handoff.step_store.enqueue", lambda *args: 1 / 0)
        before = flow.states()
        with pytest.raises(ZeroDivisionError):
            flow.call_back(actor=SYSTEM)
        assert flow.states() == before
        with reading(flow.engine) as connection:
            assert connection.execute(select(endpoints.c.name)).scalars().all() == ["erp"]
