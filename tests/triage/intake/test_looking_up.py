"""Look-ups before judgement: what is merged, what a slow or dead source costs, and the case judged again when its
answer comes."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson
import pytest
import yaml
from sqlalchemy import Engine, func, select, update

from policies.document.errors import PolicyError
from tests.triage.conftest import (
    ANN,
    DOMAIN,
    DOMAINS,
    SYSTEM,
    Clock,
    ScriptedModels,
    ScriptedScorer,
    override,
    policy_with,
)
from triage.champions import Champions
from triage.clock import utc_now
from triage.db.database import reading
from triage.db.schema import audit_events, cases, decisions, tasks
from triage.db.step_schema import steps
from triage.errors import InvalidError
from triage.handoff.database_time import database_now
from triage.handoff.lookup_sources import LookupSource, add_source, load_rows
from triage.in_force import InForce
from triage.intake.again import tend_lookups
from triage.intake.intake import Intake
from triage.intake.looking_up import Lookups
from triage.policy_life.versions import add_version
from triage.proof.replaying import Replayer
from triage.review import step_acts

LOOKUP: dict[str, Any] = {
    "id": "cashier", "title": "Cashier", "source": "staff", "key": ["cashier_id"], "timeout_ms": 400,
    "gives": {"authorised": "may_authorise", "attributes.grade": "person.grade"},
}  # fmt: skip
ASK = {"matters": True, "ask": {"queue": "OVERRIDE_DESK", "due_hours": 2}}


class Staff:
    """A system that knows people, as it is told to."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.answer: Any = {"may_authorise": True, "person": {"grade": 4}}
        self.status, self.seconds = 200, 0.0
        staff = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                staff.asked.append(self.path)
                staff.headers.append({name.lower(): value for name, value in self.headers.items()})
                time.sleep(staff.seconds)
                body = staff.answer if isinstance(staff.answer, bytes) else json.dumps(staff.answer).encode()
                self.send_response(staff.status)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                try:
                    self.wfile.write(body)
                except OSError:
                    self.close_connection = True

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/staff/{{cashier_id}}"
        threading.Thread(target=lambda: self.server.serve_forever(poll_interval=0.02), daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class Till:
    """A service of the toy domain whose policy has look-ups."""

    def __init__(self, engine: Engine, clock: Clock, *, risk: float, **lookup: Any) -> None:
        self.engine, self.clock = engine, clock
        self.policy = policy_with(lookups=[LOOKUP | lookup], attributes={"grade": "number"})
        self.in_force = InForce({DOMAIN.name: self.policy})
        champions = Champions(ScriptedModels(ScriptedScorer(risk=risk)), DOMAINS, poll_seconds=3600, clock=clock)
        champions.refresh()
        self.lookups = Lookups(engine)
        self.intake = Intake(
            engine=engine, domains=DOMAINS, policies=lambda now: self.in_force, champions=champions, clock=clock,
            group_cases=8, lookups=self.lookups,
        )  # fmt: skip
        self.intake.start()

    def add(self, **source: Any) -> None:
        wanted = LookupSource(**{"name": "staff", "kind": "http", "allow_private": True} | source)
        with self.engine.begin() as connection:
            add_source(connection, wanted, actor="user:root", now=utc_now())

    def send(self, number: int = 1, **payload: Any) -> dict[str, Any]:
        return self.intake.submit([override(number, **payload)], actor=SYSTEM)[0].body

    def stored(self) -> Any:
        with reading(self.engine) as connection:
            return connection.execute(select(cases).order_by(cases.c.seq.desc()).limit(1)).one()

    def payload(self) -> dict[str, Any]:
        return orjson.loads(self.stored().payload)

    def step(self) -> Any:
        with reading(self.engine) as connection:
            return connection.execute(select(steps).order_by(steps.c.seq.desc()).limit(1)).one_or_none()

    def count(self, table: Any) -> int:
        with reading(self.engine) as connection:
            return connection.execute(select(func.count()).select_from(table)).scalar_one()

    def tend(self) -> int:
        with self.engine.begin() as connection:
            due = steps.c.expires_at.is_not(None)
            connection.execute(update(steps).where(due).values(expires_at=database_now(connection)))
        return tend_lookups(self.engine, self.intake, self.lookups, self.clock)

    def close(self) -> None:
        self.intake.stop()
        self.lookups.stop()


@pytest.fixture
def staff() -> Iterator[Staff]:
    found = Staff()
    yield found
    found.close()


@pytest.fixture
def till(engine: Engine, clock: Clock) -> Iterator[Callable[..., Till]]:
    opened: list[Till] = []

    def open_till(risk: float = 0.01, **lookup: Any) -> Till:
        opened.append(Till(engine, clock, risk=risk, **lookup))
        return opened[-1]

    yield open_till
    for one in opened:
        one.close()


def reasons(answer: dict[str, Any]) -> list[str]:
    return [reason["text"] for reason in answer["reasons"] if reason["code"].startswith("data_quality:lookup")]


class TestMerging:
    def test_what_is_missing_is_filled_and_judged_by(self, till, staff) -> None:
        found = till()
        found.add(url=staff.url)
        staff.answer = {"may_authorise": False}
        answer = found.send()
        assert found.payload()["authorised"] is False
        assert "C-PRO-2" in [control["id"] for control in answer["controls"]]
        assert orjson.loads(found.stored().envelope)["looked_up"] == {"authorised": "cashier"}
        assert reasons(answer) == [] and found.step() is None

    def test_attributes_are_filled_from_inside_the_answer(self, till, staff) -> None:
        found = till()
        found.add(url=staff.url)
        found.send()
        assert orjson.loads(found.stored().attributes) == {"grade": 4}

    def test_the_first_case_after_a_publication_is_looked_up_too(self, till, staff) -> None:
        found = till()
        found.add(url=staff.url)
        with_lookups, found.in_force = found.in_force, InForce({DOMAIN.name: policy_with()})
        found.send(1)
        found.in_force = with_lookups
        found.send(2)
        assert staff.asked == ["/staff/C-1"] and found.payload()["authorised"] is True

    def test_what_the_sender_gave_stays(self, till, staff) -> None:
        found = till()
        found.add(url=staff.url)
        found.send(authorised=False)
        assert found.payload()["authorised"] is False

    def test_nobody_is_asked_where_nothing_is_missing_or_the_key_is(self, till, staff) -> None:
        found = till()
        found.add(url=staff.url)
        raw = override(1, authorised=True) | {"attributes": {"grade": 3}}
        found.intake.submit([raw, override(2, cashier_id=None)], actor=SYSTEM)
        assert staff.asked == []

    def test_nobody_is_asked_for_somebody_who_may_not_submit(self, till, staff) -> None:
        found = till()
        found.add(url=staff.url)
        found.intake.submit([override()], actor=ANN)
        assert staff.asked == []

    def test_the_same_case_again_is_the_same_whatever_was_found(self, till, staff) -> None:
        found = till(cache_minutes=0)
        found.add(url=staff.url)
        first = found.intake.submit([override()], actor=SYSTEM)[0]
        staff.answer = {"may_authorise": False}
        again = found.intake.submit([override()], actor=SYSTEM)[0]
        assert (first.status, again.status) == (201, 200) and again.body["case_id"] == first.body["case_id"]

    def test_an_answer_of_the_wrong_kind_is_left_out_and_said(self, till, staff) -> None:
        found = till()
        found.add(url=staff.url)
        staff.answer = {"may_authorise": "perhaps"}
        answer = found.send()
        assert "authorised" not in found.payload()
        assert any("authorised was left out" in reason["text"] for reason in answer["reasons"])

    def test_a_table_of_the_store_is_asked_alike(self, till) -> None:
        found = till()
        found.add(kind="table")
        with found.engine.begin() as connection:
            rows = [{"id": "C-1", "may_authorise": False}, {"id": "C-2", "may_authorise": True}]
            assert load_rows(connection, "staff", rows, key=["id"], actor="user:root", now=utc_now()) == 2
        found.send()
        assert found.payload()["authorised"] is False

    def test_a_key_cannot_leave_its_place_in_the_address(self, till, staff) -> None:
        found = till()
        found.add(url=staff.url)
        found.send(cashier_id="../admin?x=1#y")
        assert staff.asked == ["/staff/..%2Fadmin%3Fx%3D1%23y"]


class TestSources:
    @pytest.mark.parametrize(
        ("status", "answer", "said"),
        [
            (500, {}, "staff answered 500"),
            (404, {}, "staff knows nothing of C-1"),
            (302, {}, "staff answered 302"),
            (200, b"no json", "staff failed (JSONDecodeError)"),
            (200, [1], "staff answered no JSON object"),
            (200, b"x" * 300_000, "staff answered more than 256,000 bytes"),
        ],
    )
    def test_what_a_source_does_not_say_is_said_and_the_case_goes_on(
        self, till, staff, status: int, answer: Any, said: str
    ) -> None:
        found = till(default={"authorised": True})
        found.add(url=staff.url)
        staff.status, staff.answer = status, answer
        decided = found.send()
        assert reasons(decided) == [f"Cashier is not known: {said}; assumed was authorised = True."]
        assert decided["disposition"] == "auto" and found.payload()["authorised"] is True

    def test_a_slow_source_holds_a_case_no_longer_than_its_time(self, till, staff) -> None:
        found = till(timeout_ms=200)
        found.add(url=staff.url)
        staff.seconds = 3.0
        started = time.monotonic()
        answer = found.send()
        assert time.monotonic() - started < 1.5
        assert reasons(answer) == ["Cashier is not known: staff did not answer within 200 ms; it was judged without."]

    def test_a_source_that_is_not_connected_is_said(self, till) -> None:
        assert reasons(till().send()) == [
            "Cashier is not known: no source named staff is connected; it was judged without."
        ]

    def test_a_private_address_is_refused_unless_allowed(self, till, staff) -> None:
        found = till()
        with pytest.raises(InvalidError, match="must be https"):
            found.add(url=staff.url, allow_private=False)
        found.add(url="https://localtest.invalid/{cashier_id}", allow_private=False)
        assert "failed" in reasons(found.send())[0]
        assert staff.asked == []

    @pytest.mark.parametrize(
        "url", ["https://{cashier_id}.example/x", "https://erp.example/{0}{", "ftp://x/{cashier_id}"]
    )
    def test_an_address_a_key_could_bend_is_refused(self, till, url: str) -> None:
        with pytest.raises(InvalidError):
            till().add(url=url)

    def test_a_token_is_read_where_it_stands(self, till, staff, monkeypatch) -> None:
        found = till()
        monkeypatch.setenv("STAFF_TOKEN", "s3cret")
        found.add(url=staff.url, secret="env:STAFF_TOKEN")
        found.send()
        assert staff.headers[0]["authorization"] == "Bearer s3cret"

    def test_an_answer_is_asked_for_once_while_it_is_fresh(self, till, staff) -> None:
        found = till()
        found.add(url=staff.url)
        for number in range(3):
            found.send(number)
        assert len(staff.asked) == 1

    def test_a_source_that_keeps_failing_is_spared(self, till, staff) -> None:
        found = till()
        found.add(url=staff.url)
        staff.status = 500
        answers = [found.send(number) for number in range(7)]
        assert len(staff.asked) == 5
        assert "is spared for a while" in reasons(answers[-1])[0]

    def test_many_cases_share_the_time(self, till, staff) -> None:
        found = till(cache_minutes=0)
        found.add(url=staff.url)
        staff.seconds = 0.1
        started = time.monotonic()
        answers = found.intake.submit([override(at, cashier_id=f"C-{at}") for at in range(40)], actor=SYSTEM)
        assert [answer.status for answer in answers] == [201] * 40
        assert time.monotonic() - started < 6


class TestWhatMatters:
    def test_a_person_decides_and_finds_out_by_a_task_of_its_own(self, till, staff) -> None:
        found = till(**ASK)
        found.add(url=staff.url)
        staff.status = 500
        answer = found.send()
        assert answer["disposition"] == "review"
        assert reasons(answer) == ["Cashier is not known: staff answered 500; a person decides meanwhile."]
        step = found.step()
        assert (step.kind, step.state, step.queue, step.owner_role) == (
            "lookup", "open", "OVERRIDE_DESK", "Store supervisor",
        )  # fmt: skip
        assert json.loads(step.said)["body"] == {"asked_by": {"cashier_id": "C-1"}}

    def test_when_the_source_answers_the_case_is_judged_again_beside_the_first_decision(self, till, staff) -> None:
        found = till(**ASK)
        found.add(url=staff.url)
        staff.status = 500
        first = found.send(listed_price="80.00")
        staff.status = 200
        assert found.tend() == 1 and found.step().state == "done"
        assert found.tend() == 1 and found.step().expires_at is None
        assert found.tend() == 0
        with reading(found.engine) as connection:
            answers = connection.execute(select(decisions.c.answer).order_by(decisions.c.decision_id)).scalars().all()
            task = connection.execute(select(tasks)).one()
            of_case = audit_events.c.case_id.is_not(None)
            told = select(audit_events.c.verb).where(of_case).order_by(audit_events.c.seq)
            verbs = connection.execute(told).scalars().all()
        assert orjson.loads(answers[0]) == first and len(answers) == 2
        again = orjson.loads(answers[1])
        assert (again["case_id"], again["disposition"]) == (first["case_id"], "confirm")
        assert "Judged again with what became known of cashier; a person confirms it." in [
            reason["text"] for reason in again["reasons"]
        ]
        assert (task.disposition, task.state) == ("confirm", "open") and verbs == ["decide", "decide_again"]
        assert found.send(listed_price="80.00")["case_id"] == first["case_id"] and found.count(cases) == 1

    def test_a_default_gives_way_to_what_became_known(self, till, staff) -> None:
        found = till(default={"authorised": True})
        found.add(url=staff.url)
        staff.status = 500
        assert found.send()["disposition"] == "auto" and found.count(tasks) == 0
        staff.status, staff.answer = 200, {"may_authorise": False}
        found.tend()
        found.tend()
        with reading(found.engine) as connection:
            task = connection.execute(select(tasks)).one()
        assert (found.count(decisions), task.disposition) == (2, "review")

    @pytest.mark.parametrize("lookup", [ASK, {"default": {"authorised": True}}])
    def test_both_decisions_come_out_the_same_when_they_are_replayed(self, till, staff, lookup) -> None:
        found = till(**lookup)
        found.add(url=staff.url)
        staff.status = 500
        case_id = found.send(listed_price="80.00")["case_id"]
        staff.status, staff.answer = 200, {"may_authorise": False, "person": {"grade": 4}}
        assert (found.tend(), found.tend()) == (1, 1)
        parts = {"lookups": [LOOKUP | lookup], "attributes": {"grade": "number"}}
        document = yaml.safe_dump(yaml.safe_load(DOMAIN.policy_file.read_text()) | parts)
        with found.engine.begin() as connection:
            add_version(
                connection, domain=DOMAIN.name, variant=None, version=found.policy.version, document=document,
                actor="user:pam", now=found.clock(),
            )  # fmt: skip
            scorer = ScriptedScorer(risk=0.01)
            replays = Replayer(connection, DOMAINS, lambda version, domain: scorer).case(case_id)
        assert [(each.is_same, each.differences) for each in replays] == [(True, ()), (True, ())]

    def test_a_person_may_say_it_too(self, till) -> None:
        found = till(**ASK)
        found.send()
        with found.engine.begin() as connection:
            step_acts.complete(
                connection, found.step().step_id, result={"authorised": False}, comment=None,
                policies=found.in_force, actor=ANN, now=found.clock(),
            )  # fmt: skip
        found.tend()
        with reading(found.engine) as connection:
            last = connection.execute(select(decisions.c.answer).order_by(decisions.c.decision_id.desc())).scalars()
            assert "C-PRO-2" in [control["id"] for control in orjson.loads(next(iter(last)))["controls"]]

    def test_and_so_may_a_system(self, till) -> None:
        found = till(**ASK)
        found.send()
        with found.engine.begin() as connection:
            step_acts.call_back(
                connection, found.step().step_id, result={"authorised": True}, failed=None, token=None, actor=SYSTEM,
                now=found.clock(),
            )  # fmt: skip
        found.tend()
        assert found.count(decisions) == 2

    def test_what_a_person_ruled_on_is_not_judged_again(self, till, staff) -> None:
        found = till(**ASK)
        found.add(url=staff.url)
        staff.status = 500
        found.send()
        with found.engine.begin() as connection:
            connection.execute(update(tasks).values(state="done"))
        staff.status = 200
        found.tend()
        found.tend()
        assert found.count(decisions) == 1 and found.step().expires_at is None

    def test_who_holds_the_case_keeps_it(self, till, staff) -> None:
        found = till(**ASK)
        found.add(url=staff.url)
        staff.status = 500
        found.send()
        with found.engine.begin() as connection:
            connection.execute(update(tasks).values(state="claimed", claimed_by="user:ann"))
        staff.status = 200
        found.tend()
        found.tend()
        with reading(found.engine) as connection:
            task = connection.execute(select(tasks)).one()
        assert (task.state, task.claimed_by, task.disposition) == ("claimed", "user:ann", "confirm")

    def test_a_source_that_stays_down_is_asked_later_and_later(self, till, staff) -> None:
        found = till(**ASK)
        found.add(url=staff.url)
        staff.status = 500
        found.send()
        found.tend()
        assert found.step().state == "open" and found.step().expires_at is not None


@pytest.mark.parametrize(
    ("lookup", "said"),
    [
        ({"key": ["nothing"]}, "unknown payload field 'nothing'"),
        ({"gives": {"nothing": "x"}}, "'nothing' is no optional payload field"),
        ({"gives": {"receipt_id": "x"}}, "'receipt_id' is no optional payload field"),
        ({"gives": {"attributes.other": "x"}}, "no attribute that is declared"),
        ({"default": {"pieces": 1}}, "the look-up does not give pieces"),
        ({"matters": True}, "needs `ask`"),
        ({"matters": True, "ask": {"queue": "NOWHERE", "due_hours": 1}}, "unknown queue 'NOWHERE'"),
        ({"timeout_ms": 60_000}, "less than or equal to 5000"),
    ],
)
def test_a_look_up_that_cannot_be_is_refused(lookup: dict[str, Any], said: str) -> None:
    with pytest.raises(PolicyError, match=said.replace("`", ".")):
        policy_with(lookups=[LOOKUP | lookup], attributes={"grade": "number"})
