"""A shadow decides beside the live policy or model, and nothing of it ever reaches a case."""

import time
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.exc import OperationalError

from tests.triage.conftest import DOMAIN, DOMAINS, POLICIES, SYSTEM, Clock, ScriptedModels, ScriptedScorer, override
from tests.triage.policy_life.editing import PolicyEditor
from triage.champions import ChallengersOf, Champions
from triage.db.schema import shadow_decisions
from triage.errors import NotFoundError
from triage.intake.intake import Intake
from triage.policy_life.shadow import CAPACITY, Shadows
from triage.policy_life.shadow_report import shadow_report

STRICTER = ("confirm_at_risk: 0.1", "confirm_at_risk: 0.04")


class Challenging(ScriptedModels):
    """A model store in which a challenger waits behind the champion."""

    def __init__(self, scorer: ScriptedScorer, challenger: ScriptedScorer) -> None:
        super().__init__(challenger)
        self.served = scorer

    def challenger(self, name: str) -> Any:
        return self.champion(name)


@dataclass
class Shadowed:
    desk: PolicyEditor
    intake: Intake
    shadows: Shadows
    clock: Clock

    def take(self, *numbers: int, **payload: Any) -> list[dict[str, Any]]:
        return [dict(a.body) for a in self.intake.submit([override(n, **payload) for n in numbers], actor=SYSTEM)]

    def written(self, count: int) -> list[Any]:
        """Wait until so many shadow decisions are there."""
        for _ in range(200):
            with self.desk.engine.connect() as connection:
                rows = connection.execute(select(shadow_decisions).order_by(shadow_decisions.c.shadow_id)).all()
            if len(rows) >= count:
                return list(rows)
            time.sleep(0.02)
        raise AssertionError(f"{len(rows)} shadow decisions, {self.shadows.counts()}")

    def report(self, **options: Any) -> dict[str, Any]:
        with self.desk.engine.connect() as connection:
            return shadow_report(connection, DOMAIN.name, queues=POLICIES.queues(DOMAIN.name), **options)


@pytest.fixture
def shadowed(engine, clock, house):
    """Open a house in which version 2.0.0 decides in shadow; `challenger` gives a second model."""
    opened: list[Shadowed] = []

    def open_shadowed(*, version: str | None = "2.0.0", challenger: ScriptedScorer | None = None) -> Shadowed:
        desk = PolicyEditor(engine, clock)
        desk.install()
        if version is not None:
            desk.add(version, STRICTER)
            desk.shadow(version)
        live = desk.watch()
        champions = house(ScriptedScorer(risk=0.05)).champions
        beside = None
        if challenger is not None:
            store = ChallengersOf(Challenging(ScriptedScorer(), challenger))
            beside = Champions(store, DOMAINS, poll_seconds=3600, clock=clock)
            beside.refresh()
        shadows = Shadows(engine=engine, domains=DOMAINS, policies=live, challengers=beside, clock=clock)
        intake = Intake(
            engine=engine, domains=DOMAINS, policies=live.at, champions=champions, clock=clock, group_cases=64,
            after_commit=shadows.offer
        )  # fmt: skip
        shadows.start()
        intake.start()
        opened.append(Shadowed(desk, intake, shadows, clock))
        return opened[-1]

    yield open_shadowed
    for one in opened:
        one.intake.stop()
        one.shadows.stop()


class TestPolicies:
    def test_it_decides_every_case_beside_the_live_one_without_effect(self, shadowed) -> None:
        at = shadowed()
        (answer,) = at.take(1)
        assert (answer["disposition"], answer["policy_version"]) == ("auto", "1.0.0")
        (row,) = at.written(1)
        assert (row.case_id, row.kind, row.policy_version) == (answer["case_id"], "policy", "2.0.0")
        assert (row.disposition, row.queue, row.risk) == ("confirm", "OVERRIDE_DESK", 0.05)

    def test_without_a_shadow_nothing_is_written(self, shadowed) -> None:
        at = shadowed(version=None)
        at.take(1, 2)
        at.shadows.stop()
        assert at.shadows.counts() == {"decided": 0, "dropped": 0, "failed": 0}

    def test_what_fails_in_a_shadow_never_delays_or_fails_a_case(self, shadowed, monkeypatch) -> None:
        at = shadowed()
        monkeypatch.setattr(at.shadows, "decide", _broken)
        answers = at.take(1, 2)
        assert [answer["disposition"] for answer in answers] == ["auto", "auto"]
        for _ in range(100):
            if at.shadows.counts()["failed"]:
                break
            time.sleep(0.02)
        assert at.shadows.counts()["failed"] >= 1
        monkeypatch.undo()
        at.take(3)
        at.written(1)

    def test_a_database_that_refuses_shadow_rows_is_counted_and_survived(self, shadowed) -> None:
        at = shadowed()
        event.listen(at.desk.engine, "before_cursor_execute", _refuse_shadows)
        (answer,) = at.take(1)
        for _ in range(100):
            if at.shadows.counts()["failed"]:
                break
            time.sleep(0.02)
        event.remove(at.desk.engine, "before_cursor_execute", _refuse_shadows)
        assert (answer["disposition"], at.shadows.counts()["failed"]) == ("auto", 1)
        at.take(2)
        assert len(at.written(1)) == 1

    def test_a_full_queue_drops_and_counts_instead_of_waiting(self, shadowed) -> None:
        at = shadowed()
        at.shadows.stop()
        judged: list[Any] = []
        at.intake._after_commit = judged.extend
        at.take(1)
        started = time.monotonic()
        at.shadows.offer([judged[0]] * (CAPACITY + 10))
        assert time.monotonic() - started < 5
        assert at.shadows.counts()["dropped"] >= 1


class TestModels:
    def test_a_challenger_scores_the_same_row_under_the_live_policy(self, shadowed) -> None:
        at = shadowed(version=None, challenger=ScriptedScorer(risk=0.4, version="price_override/2"))
        (answer,) = at.take(1)
        (row,) = at.written(1)
        assert (answer["model_version"], answer["risk"]) == ("price_override/1", 0.05)
        assert (row.kind, row.model_version, row.policy_version) == ("model", "price_override/2", "1.0.0")
        assert (row.disposition, row.risk) == ("review", 0.4)


class TestReport:
    def test_agreement_matrix_differing_cases_and_what_it_is_worth(self, shadowed) -> None:
        at = shadowed()
        at.take(1, 2, 3)
        at.take(4, listed_price="900.00", charged_price="90.00")
        at.written(4)
        found = at.report()
        assert (found["version"], found["cases"], found["agree"]) == ("2.0.0", 4, 0.25)
        assert found["matrix"] == [
            {"live": "auto", "shadow": "confirm", "cases": 3}, {"live": "escalate", "shadow": "escalate", "cases": 1},
        ]  # fmt: skip
        assert (found["live"]["straight_through_rate"], found["shadow"]["straight_through_rate"]) == (0.75, 0.0)
        assert found["live"]["expected_error"] == pytest.approx(0.05)
        assert (found["live"]["expected_loss"], found["shadow"]["expected_loss"]) == (pytest.approx(1.5), 0)
        assert (found["live"]["review_minutes"], found["shadow"]["review_minutes"]) == (10.0, 40.0)
        assert found["differing"]["total"] == 3
        assert len(at.report(limit=2)["differing"]["items"]) == 2

    def test_nothing_to_report_is_said(self, shadowed) -> None:
        with pytest.raises(NotFoundError, match="no policy of price_override has decided in shadow"):
            shadowed().report()


def _broken(decided: Any) -> Any:
    raise RuntimeError("a shadow broke")


def _refuse_shadows(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
    if "INTO shadow_decisions" in statement:
        raise OperationalError(statement, {}, Exception("disk full"))
