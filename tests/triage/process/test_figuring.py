"""Figures of the process: added up once from the log, in parts, and shown only to who may see them."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event as sa_event
from sqlalchemy import insert, select

from tests.triage.conftest import ANN, DOMAIN, EVE, SYSTEM, VIC, ScriptedScorer, override, policy_with
from triage.db.database import reading
from triage.db.handoff_schema import deliveries
from triage.db.process_schema import process_figures
from triage.db.schema import resolutions
from triage.errors import ForbiddenError, InvalidError, NotFoundError
from triage.handoff.jobs import Job, run_job_now
from triage.identity.access import Principal
from triage.process import figuring
from triage.process.figuring import figure_all
from triage.process.reporting import ages, process_query, report
from triage.review import verbs
from triage.review.approval import approve
from triage.review.outcomes import record_outcome
from triage.review.verbs import Ruling

HOLD = timedelta(minutes=30)
DAY = date(2026, 3, 2)
ROOT = Principal(name="user:root", grants=frozenset({("admin", None)}))
COSTS = {"false_accept": "impact", "review_per_minute": 2.0}
LIMIT = [{"id": "FE-1", "title": "Dear", "when": "charged_price > 70.0", "role": "approver"}]
HEADS = {DOMAIN.name: DOMAIN.heads}


class Office:
    """A house in which cases are worked, and its figures."""

    def __init__(self, house: Any, **policy: Any) -> None:
        self.house = house(ScriptedScorer(risk=0.4), policy_with(costs=COSTS, **policy))
        self.clock = self.house.clock

    def do(self, verb: Any, *args: Any, **options: Any) -> Any:
        with self.house.engine.begin() as connection:
            return verb(connection, *args, policies=self.house.policies, now=self.clock(), **options)

    def work(self, number: int, action: str = "accepted", *, minutes: float = 5, **payload: Any) -> str:
        """Submit a case, take it after ten minutes, rule on it after some more."""
        case_id = self.house.one(override(number, **payload)).body["case_id"]
        self.clock.forward(minutes=10)
        self.do(verbs.claim, case_id, actor=ANN, hold=HOLD)
        self.clock.forward(minutes=minutes)
        cause = "price_match" if action == "accepted" else "sweethearting"
        ruling = Ruling(action=action, cause=cause, reason_code="justified", comment=None)  # type: ignore[arg-type]
        self.do(verbs.resolve, case_id, ruling=ruling, heads=HEADS, actor=ANN)
        return case_id

    def outcome(self, number: int, *, wrong: bool) -> None:
        told = {"domain": DOMAIN.name, "exception_id": f"X-{number}", "wrong": wrong}
        self.do(record_outcome, told, domains={DOMAIN.name: DOMAIN}, actor=SYSTEM)

    def figure(self) -> None:
        job = Job(
            name="process.figures", every=timedelta(minutes=1), run=lambda hold: figure_all(hold, self.house.policies)
        )
        assert run_job_now(self.house.engine, job, worker="w") is None

    def report(self, actor: Principal = ROOT, **asked: Any) -> dict[str, Any]:
        given = {"first": None, "last": None, "by": "all", "domain": None, "queue": None, "limit": 50} | asked
        with reading(self.house.engine) as connection:
            wanted = process_query(today=DAY, **given)
            return report(connection, wanted, policies=self.house.policies, actor=actor)

    def all(self, **asked: Any) -> dict[str, Any]:
        (group,) = self.report(**asked)["groups"]
        return group


@pytest.fixture
def office(house) -> Office:
    return Office(house)


class TestFigures:
    def test_a_day(self, office: Office) -> None:
        office.work(1)
        office.work(2, "corrected", minutes=15)
        office.house.scorer = None
        office.house.models.scorer.risk = 0.001
        office.house.one(override(3))
        office.figure()
        found = office.all()
        assert (found["cases"], found["straight_through"], found["closed"]) == (3, 1, 2)
        assert (found["straight_through_rate"], found["manual_touch_rate"]) == (1 / 3, 2 / 3)
        with reading(office.house.engine) as connection:
            overrides = connection.execute(select(resolutions.c.overrides)).scalars().all()
        assert found["override_rate"] == sum(overrides) / 2
        assert (found["sla_adherence"], found["first_time_right_rate"]) == (1.0, 1.0)
        assert found["waiting_hours"]["mean"] == pytest.approx(10 / 60)
        assert found["touched_hours"]["mean"] == pytest.approx(10 / 60)
        assert found["cycle_hours"]["median"] == pytest.approx(15 / 60, rel=0.05)
        assert found["cycle_hours"]["p90"] == pytest.approx(25 / 60, rel=0.05)
        assert found["review_cost"] == pytest.approx(20 * 2.0)
        assert (found["prevented_loss"], found["financial_impact"]) == (10.0, pytest.approx(10.0 - 40.0))

    def test_each_event_counts_once_however_often_and_in_whatever_parts(
        self, office: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(figuring, "EVENTS_AT_ONCE", 2)
        for number in range(3):
            office.work(number)
            office.figure()
            office.figure()
        found = office.report()
        assert (found["groups"][0]["cases"], found["groups"][0]["closed"], found["events_behind"]) == (3, 3, 0)

    def test_a_part_that_fails_is_added_up_again_whole(self, office: Office) -> None:
        office.work(1)
        engine = office.house.engine

        def refuse(connection: Any, cursor: Any, statement: str, *more: Any) -> None:
            if "INTO process_marks" in statement:
                raise RuntimeError("the power failed")

        sa_event.listen(engine, "before_cursor_execute", refuse)
        job = Job(
            name="process.figures", every=timedelta(minutes=1), run=lambda hold: figure_all(hold, office.house.policies)
        )
        assert "the power failed" in str(run_job_now(engine, job, worker="w"))
        sa_event.remove(engine, "before_cursor_execute", refuse)
        office.figure()
        assert office.all()["cases"] == 1

    def test_approval_latency_and_what_came_back(self, house) -> None:
        office = Office(house, four_eyes=LIMIT)
        case_id = office.work(1, listed_price="100.00", charged_price="80.00")
        office.clock.forward(minutes=30)
        office.do(
            approve, case_id, agreed=False, comment="why?", requesters={}, heads={DOMAIN.name: DOMAIN.heads}, actor=EVE
        )
        office.do(verbs.claim, case_id, actor=ANN, hold=HOLD)
        ruling = Ruling(action="accepted", cause="price_match", reason_code="justified", comment="the shelf said so")
        office.do(verbs.resolve, case_id, ruling=ruling, heads=HEADS, actor=ANN)
        office.clock.forward(minutes=30)
        office.do(
            approve, case_id, agreed=True, comment=None, requesters={}, heads={DOMAIN.name: DOMAIN.heads}, actor=EVE
        )
        office.figure()
        found = office.all()
        assert found["approval_hours"]["mean"] == pytest.approx(1.0)
        assert (found["closed"], found["sent_back"], found["first_time_right_rate"]) == (1, 1, 0.0)
        assert found["rework_loops_per_case"] == 1.0

    def test_an_outcome_that_contradicts_the_ruling_was_not_right_the_first_time(self, office: Office) -> None:
        office.work(1)
        office.work(2)
        office.outcome(1, wrong=True)
        office.outcome(2, wrong=False)
        office.figure()
        assert office.all()["first_time_right_rate"] == 0.5

    def test_a_straight_through_case_that_was_wrong_is_reversed_within_ninety_days(self, office: Office) -> None:
        office.house.models.scorer.risk = 0.001
        office.house.one(override(1))
        office.house.one(override(2))
        office.outcome(1, wrong=True)
        office.clock.forward(days=91)
        office.outcome(2, wrong=True)
        office.figure()
        found = office.all(last=office.clock().date(), first=DAY)
        assert (found["reversed"], found["straight_through_rate"], found["outcomes"]) == (1, 0.5, 2)

    def test_deliveries_and_recovery(self, office: Office) -> None:
        end = datetime.fromisoformat("2026-03-02T12:00:00+00:00")
        attempt = {"at": (end - timedelta(hours=2)).isoformat(), "status": 500, "reason": "500", "ms": 3}
        rows = [
            delivery(1, end, state="delivered", attempts=2, history=[attempt, attempt | {"reason": None}]),
            delivery(2, end, state="dead", attempts=3, history=[attempt]),
            delivery(3, end, state="delivered", attempts=1, history=[attempt | {"reason": None}]),
        ]
        with office.house.engine.begin() as connection:
            connection.execute(insert(deliveries), rows)
        office.figure()
        office.figure()
        (found,) = office.report(by="endpoint")["groups"]
        assert (found["key"], found["delivered"], found["dead_letters"], found["recovered"]) == ("erp", 2, 1, 1)
        assert found["recovery_hours"]["mean"] == pytest.approx(2.0)
        assert found["delivery_failure_rate"] == pytest.approx(1 / 3)
        with pytest.raises(ForbiddenError):
            office.report(by="endpoint", actor=ANN)

    def test_ages(self, office: Office) -> None:
        office.house.one(override(1))
        office.figure()
        with reading(office.house.engine) as connection:
            found = ages(connection, policies=office.house.policies, actor=ANN, domain=None, queue=None)
        (row,) = found["queues"]
        assert (row["queue"], row["open"], row["by_age"]["15+"]) == ("OVERRIDE_DESK", 1, 1)


def delivery(number: int, end: datetime, *, state: str, attempts: int, history: list[Any]) -> dict[str, Any]:
    import orjson

    return {
        "delivery_id": f"d-{number}", "endpoint": "erp", "kind": "case.decided", "domain": DOMAIN.name, "body": "{}",
        "created_at": end - timedelta(hours=3), "expires_at": end, "state": state, "attempts": attempts,
        "history": orjson.dumps(history).decode(), "finished_at": end,
    }  # fmt: skip


class TestGroups:
    @pytest.mark.parametrize(
        ("by", "keys"),
        [
            ("queue", ["OVERRIDE_DESK"]), ("site", ["S-1", "not known"]), ("cause", ["price_match"]),
            ("person", ["user:ann"]), ("day", ["2026-03-02"]), ("week", ["2026-W10"]), ("month", ["2026-03"]),
            ("domain", ["price_override"]), ("all", [""]), ("vendor", ["not known"]),
        ],
    )  # fmt: skip
    def test_by(self, office: Office, by: str, keys: list[str]) -> None:
        raw = override(9) | {"site_id": "S-1"}
        office.house.one(raw)
        office.house.one(override(8) | {"site_id": "S-1"})
        office.work(1)
        office.figure()
        assert [group["key"] for group in office.report(by=by)["groups"]] == keys

    def test_the_smaller_groups_are_told(self, office: Office) -> None:
        for number in range(3):
            office.house.one(override(number) | {"site_id": f"S-{number}"})
        office.figure()
        found = office.report(by="site", limit=2)
        assert (len(found["groups"]), found["left_out"]) == (2, 1)


class TestRights:
    def test_a_restricted_queue_counts_only_for_who_may_see_it(self, house) -> None:
        office = Office(house, queues={"OVERRIDE_DESK": {"title": "Desk", "owner_role": "lead", "restricted": True}})
        office.house.one(override(1))
        office.figure()
        assert office.all(actor=EVE)["cases"] == 1
        assert office.report(actor=VIC)["groups"] == []
        for by in ("queue", "site", "cause", "day"):
            assert office.report(actor=VIC, by=by)["groups"] == []
        with pytest.raises(NotFoundError):
            office.report(actor=VIC, queue="OVERRIDE_DESK")

    def test_of_people_one_sees_oneself_unless_one_reads_the_audit_trail(self, office: Office) -> None:
        office.work(1)
        office.figure()
        bob = Principal(name="user:bob", grants=frozenset({("analyst", None)}))
        assert [group["key"] for group in office.report(by="person", actor=ANN)["groups"]] == ["user:ann"]
        assert office.report(by="person", actor=bob)["groups"] == []
        assert [group["key"] for group in office.report(by="person", actor=EVE)["groups"]] == ["user:ann"]

    def test_a_domain_that_is_not_ones_own_is_not_found(self, office: Office) -> None:
        with pytest.raises(NotFoundError):
            office.report(domain="return_fraud")
        nobody = Principal(name="user:new", grants=frozenset())
        with pytest.raises(ForbiddenError):
            office.report(actor=nobody)

    def test_while_an_audit_is_open_the_cause_is_not_counted(self, house) -> None:
        audit = {"share": 1.0, "queue": "PRICE_QA"}
        office = Office(house, audit=audit, queues={"PRICE_QA": {"title": "QA", "owner_role": "lead"}})
        office.house.models.scorer.risk = 0.001
        case_id = office.house.one(override(1)).body["case_id"]
        office.figure()
        assert office.all()["straight_through"] == 1
        assert office.report(by="cause")["groups"] == []
        office.do(verbs.claim, case_id, actor=ANN, hold=HOLD)
        ruling = Ruling(action="corrected", cause="sweethearting", reason_code="not_justified", comment="no sign")
        office.do(verbs.resolve, case_id, ruling=ruling, heads=HEADS, actor=ANN)
        office.figure()
        (by_cause,) = office.report(by="cause")["groups"]
        assert (by_cause["key"], by_cause["cases"]) == ("price_match", 1)
        found = office.all()
        assert (found["cases"], found["closed"], found["audits"], found["audits_wrong"]) == (1, 0, 1, 1)


class TestBounds:
    @pytest.mark.parametrize(
        ("first", "last", "by", "right"),
        [
            (date(2026, 3, 2), date(2026, 3, 1), "all", False),
            (date(2024, 3, 2), date(2026, 3, 2), "all", True),
            (date(2024, 3, 1), date(2026, 3, 2), "all", False),
            (date(2025, 1, 27), date(2026, 3, 2), "day", True),
            (date(2025, 1, 26), date(2026, 3, 2), "day", False),
        ],
    )
    def test_how_many_days_may_be_asked_for(
        self, office: Office, first: date, last: date, by: str, right: bool
    ) -> None:
        if right:
            assert office.report(first=first, last=last, by=by)["groups"] == []
        else:
            with pytest.raises(InvalidError):
                office.report(first=first, last=last, by=by)

    def test_figures_of_a_year_take_as_many_rows_as_there_are_months(self, office: Office) -> None:
        office.work(1)
        office.figure()
        with reading(office.house.engine) as connection:
            rows = connection.execute(select(process_figures).where(process_figures.c.dimension == "all")).all()
        assert {row.grain for row in rows} == {"day", "month"}
