"""Forecasts of breaches: learnt from closed cases, written by jobs, read by who may see the queue."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from tests.triage.conftest import ANN, DOMAIN, EVE, SYSTEM, VIC, ScriptedScorer, override, policy_with
from triage.db.database import reading
from triage.db.schema import tasks
from triage.errors import ForbiddenError
from triage.handoff.jobs import Job, run_job_now
from triage.identity.access import Principal
from triage.process import breach_model
from triage.process.forecasting import breach_probabilities, forecast_all, forecasts, learn_all

DESK = {"OVERRIDE_DESK": {"title": "Desk", "owner_role": "lead", "restricted": True}}


def run(at: Any, *jobs: Any) -> None:
    for what in jobs:
        job = Job(
            name=what.__name__,
            every=timedelta(minutes=1),
            run=lambda hold, what=what: what(hold, at.policies, at.clock()),
        )
        assert run_job_now(at.engine, job, worker="w") is None


def listed(at: Any, actor: Principal = EVE, **options: Any) -> dict[str, Any]:
    with reading(at.engine) as connection:
        given = {"domain": None, "queue": None, "limit": 50} | options
        return forecasts(connection, policies=at.policies, actor=actor, **given)


def close(at: Any, case_id: str, *, late: bool) -> None:
    with at.engine.begin() as connection:
        offset = timedelta(hours=1) if late else -timedelta(hours=1)
        row = connection.execute(tasks.select().where(tasks.c.case_id == case_id)).one()
        connection.execute(
            update(tasks).where(tasks.c.case_id == case_id).values(state="done", done_at=row.sla_due_at + offset)
        )


def test_what_breaks_its_sla_at_one_site_is_expected_to_there(house, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(breach_model, "MIN_CASES", 30)
    monkeypatch.setattr(breach_model, "MIN_OF_EACH", 5)
    at = house(ScriptedScorer(risk=0.5))
    for number in range(60):
        site = "SLOW" if number % 2 else "FAST"
        case_id = at.one(override(number) | {"site_id": site}).body["case_id"]
        close(at, case_id, late=number % 2 == 1)
    at.clock.forward(days=30)
    slow, fast = (
        at.one(override(100 + n) | {"site_id": site}).body["case_id"] for n, site in enumerate(("SLOW", "FAST"))
    )
    run(at, learn_all, forecast_all)
    found = listed(at)
    assert [item["case_id"] for item in found["items"]] == [slow, fast]
    assert found["items"][0]["probability"] > 0.8 > 0.2 > found["items"][1]["probability"]
    (model,) = found["models"]
    assert (model["learnt"], model["cases"]) == (True, 60)


def test_too_few_give_the_base_rate_and_a_broken_sla_is_certain(house) -> None:
    at = house(ScriptedScorer(risk=0.5))
    first = at.one(override(1)).body["case_id"]
    run(at, learn_all, forecast_all)
    (item,) = listed(at)["items"]
    assert (item["case_id"], item["probability"]) == (first, 0.5)
    assert listed(at)["models"][0]["learnt"] is False
    at.clock.forward(days=60)
    run(at, forecast_all)
    assert listed(at)["items"][0]["probability"] == 1.0
    with reading(at.engine) as connection:
        assert breach_probabilities(connection, [first, "nobody"]) == {first: 1.0}


def test_what_closed_is_no_longer_listed(house) -> None:
    at = house(ScriptedScorer(risk=0.5))
    case_id = at.one(override(1)).body["case_id"]
    run(at, forecast_all)
    close(at, case_id, late=False)
    assert listed(at)["items"] == []
    run(at, forecast_all)
    with reading(at.engine) as connection:
        assert breach_probabilities(connection, [case_id]) == {}


def test_a_restricted_queue_is_listed_only_to_who_may_see_it(house) -> None:
    at = house(ScriptedScorer(risk=0.5), policy_with(queues=DESK))
    at.one(override(1))
    run(at, forecast_all)
    assert len(listed(at)["items"]) == 1
    assert listed(at, VIC)["items"] == listed(at, ANN)["items"] == []
    with pytest.raises(ForbiddenError):
        listed(at, Principal(name="user:new", grants=frozenset()))
    assert listed(at, domain="return_fraud")["items"] == []
    assert SYSTEM.may("read", DOMAIN.name)
