"""What if as a page: another budget and another day redraw error, minutes and changed cases; nothing changes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from serving.pages.charts import line_chart
from tests.serving.conftest import House, open_house, policy_domain
from tests.serving.pages.reading import look
from tests.serving.scenarios import PROMISED, OneModel

WHAT_IF = "/policies/price_override/what-if"
DESK = {"title": "Override desk", "owner_role": "Store supervisor", "minutes_per_case": 10, "minutes_per_day": 40}


@pytest.fixture
def promised(sqlite_engine: Engine, tmp_path: Path) -> Iterator[House]:
    """An app with a budget of 20 % and forty minutes a day, and thirty rulings that were right."""
    parts = PROMISED | {"queues": PROMISED["queues"] | {"OVERRIDE_DESK": DESK}}
    for house in open_house(sqlite_engine, tmp_path, domain=policy_domain(tmp_path, **parts), models=OneModel()):
        for _ in range(30):
            ruled_right(house)
        yield house


def ruled_right(house: House) -> None:
    case_id = house.submit()["case_id"]
    headers = house.sign_in("paul")
    house.client.post(f"/v1/cases/{case_id}/claim", headers=headers)
    ruling = {"action": "accepted", "cause": "price_match", "reason_code": "justified"}
    assert house.client.post(f"/v1/cases/{case_id}/resolve", json=ruling, headers=headers).status_code == 200


def test_a_budget_that_labels_prove_lets_cases_through_and_a_tighter_one_does_not(promised: House) -> None:
    promised.sign_in("pia")
    loose = look(promised, WHAT_IF).text
    assert "30 of 30 cases would be decided otherwise: 30 newly straight through" in " ".join(loose.split())
    tight = look(promised, f"{WHAT_IF}?alpha=0.01").text
    assert "0 of 30 cases would be decided otherwise" in " ".join(tight.split())


def test_half_the_day_is_twice_the_days_of_work(promised: House) -> None:
    promised.sign_in("pia")
    whole, half = (look(promised, f"{WHAT_IF}?alpha=0.01&capacity={share}").text for share in (100, 50))
    # 30 cases of 10 minutes are 300: 7.5 days of 40 minutes, 15 of 20.
    assert "7.5" in whole and "15.0" in half


def test_only_policy_editors_ask(promised: House) -> None:
    promised.sign_in("ann")
    assert promised.client.get(WHAT_IF).status_code == 403
    promised.sign_in("pia")
    assert promised.client.get(f"{WHAT_IF}?capacity=0").status_code == 422


def test_a_curve_holds_its_points() -> None:
    side = {"straight_through_rate": 0.5, "expected_cost": 50.0}
    chart = line_chart([(0.0, 100.0), (1.0, 0.0)], marks=[("today", side)])
    assert chart.line == "0.0,0.0 720.0,160.0"
    (point,) = chart.points
    assert (point.x, point.y) == (360.0, 80.0)
    assert line_chart([], marks=[]).line == ""
