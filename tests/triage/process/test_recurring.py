"""Recurring causes: what goes together far more often than by chance is a cluster with a name; else there is none."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from tests.triage.conftest import ANN, DOMAIN, DOMAINS, EVE, VIC, ScriptedScorer, override, policy_with
from triage.db.database import reading
from triage.handoff.jobs import Job, run_job_now
from triage.process.recurring import (
    MIN_CASES,
    ResolvedCase,
    cluster,
    find_recurring,
    log_likelihood_ratio,
    marks_of,
    recurring,
)
from triage.review import verbs
from triage.review.verbs import Ruling

NOW = datetime(2026, 3, 2, tzinfo=UTC)
SINCE = NOW - timedelta(days=28)


def case(number: int, cause: str, *marks: tuple[str, str], days: float = 1) -> ResolvedCase:
    return ResolvedCase(
        case_id=f"c-{number}", resolved_at=NOW - timedelta(days=days), cause=cause, overridden=False,
        marks=frozenset(marks),
    )  # fmt: skip


def scattered(n: int, seed: int = 1) -> list[ResolvedCase]:
    """Draw cases in which nothing goes with anything."""
    generator = np.random.default_rng(seed)
    return [
        case(
            1_000 + at, f"cause_{generator.integers(4)}", ("vendor", f"V{generator.integers(20)}"),
            ("site", f"S{generator.integers(20)}"), ("word", f"word{generator.integers(30)}"),
        )
        for at in range(n)
    ]  # fmt: skip


def test_a_vendor_whose_cases_have_one_cause_is_a_cluster_named_in_words() -> None:
    torn = [case(at, "short_shipment", ("vendor", "V10442"), ("word", "pallet"), ("word", "torn")) for at in range(12)]
    earlier = [case(50 + at, "short_shipment", ("vendor", "V10442"), days=40) for at in range(3)]
    (found,) = [each for each in cluster([*torn, *earlier, *scattered(200)], since=SINCE) if each.value == "V10442"]
    assert found.name == "short shipment: vendor V10442, which say “pallet”, “torn”"
    assert (found.cases, found.before, found.share) == (12, 3, 1.0)
    assert set(found.examples) <= {each.case_id for each in torn}
    assert found.lift > 10


@pytest.mark.parametrize(("cases", "is_one"), [(MIN_CASES - 1, False), (MIN_CASES, True)])
def test_a_few_cases_are_no_cluster(cases: int, is_one: bool) -> None:
    rare = [case(at, "rare_cause", ("vendor", "V-RARE")) for at in range(cases)]
    assert any(each.value == "V-RARE" for each in cluster([*rare, *scattered(300)], since=SINCE)) is is_one


def test_chance_is_seldom_a_cluster() -> None:
    found = [len(cluster(scattered(400, seed), since=SINCE)) for seed in range(20)]
    assert np.mean(found) < 1.0


def test_a_case_belongs_to_one_cluster() -> None:
    both = [case(at, "short_shipment", ("vendor", "V1"), ("site", "S-ONE")) for at in range(10)]
    found = cluster([*both, *scattered(200)], since=SINCE)
    assert sum(each.cases for each in found if each.cause == "short_shipment") == 10


def test_a_word_that_everybody_says_is_no_cluster() -> None:
    common = [case(at, "short_shipment", ("word", "invoice")) for at in range(100)]
    assert all(each.value != "invoice" for each in cluster([*common, *scattered(100)], since=SINCE))


def test_evidence_is_nothing_where_two_things_are_independent() -> None:
    assert log_likelihood_ratio(25, 50, 50, 100) == pytest.approx(0.0)
    assert log_likelihood_ratio(50, 50, 50, 100) == pytest.approx(2 * 100 * np.log(2))
    assert log_likelihood_ratio(0, 5, 5, 100) >= 0


def test_words_are_read_in_any_script_and_numbers_are_none() -> None:
    found = marks_of({"supplier_id": "V1", "note": "Palette GERISSEN 12345 порвано, ab"}, site="S1", texts=("note",))
    assert found == [
        ("vendor", "V1"), ("site", "S1"), ("word", "palette"), ("word", "gerissen"), ("word", "порвано"),
    ]  # fmt: skip


def test_the_job_writes_them_and_a_restricted_queue_keeps_its_own(house: Any) -> None:
    desk = {"OVERRIDE_DESK": {"title": "Desk", "owner_role": "lead", "restricted": True}}
    at = house(ScriptedScorer(risk=0.5), policy_with(queues=desk))
    for number in range(24):
        site, cause = ("S-BAD", "sweethearting") if number % 2 else (f"S-{number}", "price_match")
        case_id = at.one(override(number) | {"site_id": site}).body["case_id"]
        action: Any = "corrected" if cause == "sweethearting" else "accepted"
        ruling = Ruling(action=action, cause=cause, reason_code="justified", comment="seen")
        for verb, options in (
            (verbs.claim, {"hold": timedelta(minutes=5)}),
            (verbs.resolve, {"ruling": ruling, "heads": {DOMAIN.name: DOMAIN.heads}}),
        ):
            with at.engine.begin() as connection:
                verb(connection, case_id, policies=at.policies, actor=EVE, now=at.clock(), **options)
    job = Job(
        name="process.recurring", every=timedelta(days=1),
        run=lambda hold: find_recurring(hold, at.policies, DOMAINS, at.clock() + timedelta(hours=1)),
    )  # fmt: skip
    assert run_job_now(at.engine, job, worker="w") is None
    with reading(at.engine) as connection:
        options = {"policies": at.policies, "domain": None, "queue": None, "limit": 50}
        found = recurring(connection, actor=EVE, **options)["clusters"]
        assert [(each["name"], each["cases"]) for each in found] == [("sweethearting: site S-BAD", 12)]
        for actor in (VIC, ANN):
            assert recurring(connection, actor=actor, **options)["clusters"] == []
