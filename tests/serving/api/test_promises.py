"""Certificates over HTTP: what is promised and proven, who may certify and stop, and where it shows."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.serving.conftest import House, open_house, policy_domain
from tests.serving.pages.reading import look
from tests.serving.scenarios import PROMISED, OneModel
from triage.intake.store import add_label

PATH = "/v1/policies/price_override/certificate"


@pytest.fixture
def house(engine: Engine, tmp_path: Path) -> Iterator[House]:
    """A house whose policy makes a promise, over SQLite and PostgreSQL."""
    yield from open_house(engine, tmp_path, domain=policy_domain(tmp_path, **PROMISED), models=OneModel())


@pytest.fixture
def reviewer(house: House) -> dict[str, str]:
    return house.key(("model_reviewer", None))


def labelled(house: House, count: int, *, wrong: int = 0, source: str = "resolution") -> None:
    """Submit cases and let people have ruled on them."""
    for at in range(count):
        decision = house.submit()
        with house.service.engine.begin() as connection:
            add_label(
                connection, domain="price_override", exception_id=decision["exception_id"], source=source,
                cause="price_match", wrong=at < wrong, loss=None, known_at=house.clock(), recorded_by="user:ann",
                now=house.clock(),
            )  # fmt: skip


class TestCertificate:
    def test_before_anything_is_certified_it_says_why_and_how_many_labels_it_takes(
        self, house: House, reviewer: dict[str, str]
    ) -> None:
        told = house.client.get(PATH, headers=house.key(("viewer", None))).json()
        assert told["certified"] is False
        assert "0 audited labels, at least 11 are needed" in told["because"]
        needed = told["labels_needed"]
        assert (needed["alpha"], needed["delta"], needed["without_any_error"]) == (0.2, 0.1, 11)
        labels = [row["labels"] for row in needed["true_error"]]
        assert labels == sorted(labels) and labels[0] >= 11

    def test_a_person_certifies_and_cases_go_straight_through(self, house: House, reviewer: dict[str, str]) -> None:
        labelled(house, 30)
        assert house.submit()["disposition"] == "review"
        answer = house.client.post(PATH, json={}, headers=reviewer)
        assert answer.status_code == 201
        told = answer.json()
        assert (told["certified"], told["certificate"]["made_by"], told["days_left"]) == (
            True,
            "key:model_reviewer.all",
            30.0,
        )
        (segment,) = told["certificate"]["segments"]
        assert (segment["segment"], segment["threshold"], segment["labels"], segment["errors"]) == ("all", 0.02, 27, 0)
        assert told["certificate"]["evidence"]["labels"] == {"resolution": 30}
        decision = house.submit()
        assert (decision["disposition"], decision["certificate"]) == ("auto", told["certificate"]["certificate_id"])

    def test_cases_unlike_what_is_proven_are_counted_and_shown(self, house: House, reviewer: dict[str, str]) -> None:
        house.submit()
        scorer = house.service.champions.current("price_override").scorer
        assert isinstance(scorer, OneModel)
        scorer.unlike = ("Amount", "What the text says")
        decision = house.submit()
        assert decision["disposition"] == "review"
        assert "unusual: Amount, What the text says" in next(
            reason["text"] for reason in decision["reasons"] if reason["code"] == "data_quality:unlike"
        )
        assert house.client.get(PATH, headers=reviewer).json()["unlike"] == {"cases": 2, "unlike": 1}
        metrics = house.client.get("/metrics", headers=house.system).text
        assert 'triage_unlike_cases_total{domain="price_override"} 1.0' in metrics
        house.sign_in("ann")
        assert "The case is unlike what is proven" in look(house, f"/cases/{decision['case_id']}").text

    def test_audited_error_rates_come_with_their_interval(self, house: House, reviewer: dict[str, str]) -> None:
        labelled(house, 30)
        house.client.post(PATH, json={}, headers=reviewer)
        labelled(house, 20, wrong=2, source="audit")
        audited = house.client.get(PATH, headers=reviewer).json()["audited"]
        assert (audited["automatic"], audited["audits"], audited["errors"], audited["rate"]) == (20, 20, 2, 0.1)
        assert 0.0 < audited["low"] < 0.1 < audited["high"] < 0.4
        assert [row["segment"] for row in audited["segments"]] == ["all"]
        house.clock.forward(days=2)
        assert house.client.get(f"{PATH}?days=1", headers=reviewer).json()["audited"]["rate"] is None

    def test_a_person_stops_it_and_it_stays_stopped(self, house: House, reviewer: dict[str, str]) -> None:
        labelled(house, 30)
        house.client.post(PATH, json={}, headers=reviewer)
        answer = house.client.post(f"{PATH}/stop", json={"why": "Tills are replaced."}, headers=reviewer)
        assert (answer.status_code, answer.json()["certified"]) == (200, False)
        refused = house.submit()
        assert refused["uncertified"] == "automation is stopped: Tills are replaced."
        assert "Not automatic: automation is stopped: Tills are replaced." in [r["text"] for r in refused["reasons"]]
        assert house.client.post(f"{PATH}/stop", json={"why": "Again."}, headers=reviewer).status_code == 409
        listed = house.client.get(f"{PATH}s", headers=reviewer).json()["certificates"]
        assert [one["stopped_because"] for one in listed] == ["Tills are replaced.", None]
        house.client.post(PATH, json={}, headers=reviewer)
        assert house.submit()["disposition"] == "auto"

    @pytest.mark.parametrize(
        ("role", "status"),
        [("viewer", 403), ("analyst", 403), ("approver", 403), ("service", 403), ("policy_editor", 201),
        ("model_reviewer", 201), ("admin", 201)],
    )  # fmt: skip
    def test_who_may_certify_and_stop(self, house: House, role: str, status: int) -> None:
        key = house.key((role, None))
        assert house.client.post(PATH, json={}, headers=key).status_code == status
        stopped = house.client.post(f"{PATH}/stop", json={"why": "A test."}, headers=key).status_code
        assert stopped == (200 if status == 201 else 403)

    @pytest.mark.parametrize(
        ("path", "status"),
        [("/v1/policies/nowhere/certificate", 404), (f"{PATH}?variant=moon", 404), (f"{PATH}?days=0", 422)],
    )
    def test_what_is_not_there_is_said(self, house: House, path: str, status: int, reviewer: dict[str, str]) -> None:
        assert house.client.get(path, headers=reviewer).status_code == status

    @pytest.mark.parametrize("body", [{}, {"why": ""}, {"why": 1}, {"why": "x", "more": 1}])
    def test_stopping_takes_a_reason(self, house: House, body: Any, reviewer: dict[str, str]) -> None:
        assert house.client.post(f"{PATH}/stop", json=body, headers=reviewer).status_code == 422


class TestWhereItShows:
    def test_readiness_says_it_in_a_word(self, house: House, reviewer: dict[str, str]) -> None:
        def word() -> str:
            (told,) = house.client.get("/readyz").json()["domains"]["price_override"]["automation"]
            return str(told["automation"])

        assert word() == "not certified"
        labelled(house, 30)
        house.client.post(PATH, json={}, headers=reviewer)
        assert word() == "certified"
        house.client.post(f"{PATH}/stop", json={"why": "A secret of the house."}, headers=reviewer)
        assert word() == "stopped"
        assert "secret of the house" not in house.client.get("/readyz").text

    def test_the_domains_say_it_with_the_reason(self, house: House, reviewer: dict[str, str]) -> None:
        (domain,) = house.client.get("/v1/domains", headers=reviewer).json()["domains"]
        (told,) = domain["automation"]
        assert (told["certified"], told["error_budget"]) == (False, True)
        assert "labels, at least 11 are needed" in told["because"]

    def test_the_metrics_count_it(self, house: House, reviewer: dict[str, str]) -> None:
        labelled(house, 30)
        house.client.post(PATH, json={}, headers=reviewer)
        labelled(house, 20, wrong=2, source="audit")
        house.service.promises.refresh()
        text = house.client.get("/metrics", headers=reviewer).text
        own = 'domain="price_override",variant=""'
        assert f"triage_automation_certified{{{own}}} 1.0" in text
        assert f"triage_automation_stopped{{{own}}} 0.0" in text
        assert f"triage_certificate_days_left{{{own}}} 30.0" in text
        assert 'triage_audited_error_rate{domain="price_override",segment="all",variant=""} 0.1' in text
        assert f"triage_harm_evidence{{{own}}}" in text

    def test_the_case_page_names_segment_and_certificate_or_says_why_there_is_none(
        self, house: House, reviewer: dict[str, str]
    ) -> None:
        before = house.submit()
        labelled(house, 30)
        number = house.client.post(PATH, json={}, headers=reviewer).json()["certificate"]["certificate_id"]
        held = house.review_case(authorised=False)
        audited = house.submit()["case_id"]
        house.client.post(f"{PATH}/stop", json={"why": "Tills are replaced."}, headers=reviewer)
        stopped = house.submit()["case_id"]
        refused = "segment all is not certified: 0 audited labels, at least 11 are needed"
        assert _promised(house, before["case_id"]) == (
            f"Segment all Certificate {before['certificate']} Not straight through: {refused}."
        )
        assert (
            _promised(house, held)
            == "Segment all Certificate none Not asked: something else already called for a person."
        )
        assert _promised(house, stopped) == (
            f"Segment all Certificate {number} Not straight through: automation is stopped: Tills are replaced."
        )
        assert number not in look(house, f"/cases/{audited}").text  # a blind audit shows nothing of it
        _rule(house, audited)
        assert _promised(house, audited) == f"Segment all Certificate {number} It allowed acting straight through."


def _promised(house: House, case_id: str) -> str:
    """Read off the case page what it says of the error budget, for the record."""
    house.sign_in("ann")
    text = re.sub(r"\s+", " ", look(house, f"/cases/{case_id}").text)
    found = re.search(r"For the record .*?(Segment .*?) Case id", text)
    assert found is not None, text
    return found[1]


def _rule(house: House, case_id: str) -> None:
    key = house.key(("analyst", None))
    ruling = {"action": "accepted", "cause": "price_match", "reason_code": "justified"}
    for verb, body in (("claim", {}), ("resolve", ruling)):
        answer = house.client.post(f"/v1/cases/{case_id}/{verb}", json=body, headers=key)
        assert answer.status_code == 200, answer.text
