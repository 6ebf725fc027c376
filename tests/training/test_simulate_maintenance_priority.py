"""Specification of the simulated maintenance desk: repeatable, plausible, and silent about the truth."""

import numpy as np
import pandas as pd
import pytest

from features.columns import encode
from features.history import History, LabelFact
from features.maintenance_priority import RECIPE, MaintenancePriority
from features.safety import dangers
from models.maintenance_priority import LABELS
from training.simulators.maintenance_priority import simulate
from training.simulators.maintenance_priority_tables import PRIOR
from training.simulators.retailer import Knobs, Simulated

SMALL = Knobs(rows=3_000, seed=11)


@pytest.fixture(scope="module")
def simulated() -> Simulated:
    return simulate(SMALL)


@pytest.fixture(scope="module")
def payloads(simulated: Simulated) -> list[MaintenancePriority]:
    names = list(MaintenancePriority.model_fields)
    cases = simulated.cases[names].astype(object).where(simulated.cases[names].notna(), None)
    return [
        MaintenancePriority.model_validate({str(name): value for name, value in row.items() if value is not None})
        for row in cases.to_dict("records")
    ]


def test_the_same_seed_gives_the_same_desk(simulated: Simulated) -> None:
    again = simulate(SMALL)
    pd.testing.assert_frame_equal(simulated.cases, again.cases)
    pd.testing.assert_frame_equal(simulated.outcomes, again.outcomes)
    pd.testing.assert_frame_equal(simulated.truth, again.truth)


def test_another_seed_gives_another_desk(simulated: Simulated) -> None:
    other = simulate(Knobs(rows=SMALL.rows, seed=12))
    assert not set(simulated.cases["exception_id"]) & set(other.cases["exception_id"])
    assert simulated.cases["description"].tolist() != other.cases["description"].tolist()


def test_about_a_quarter_cannot_wait_and_only_they_lose_money(simulated: Simulated) -> None:
    truth = simulated.truth
    assert 0.20 <= truth["wrong"].mean() <= 0.30
    assert (truth["wrong"] == (truth["severity"] <= 2)).all()
    assert (truth["loss"][~truth["wrong"]] == 0).all()
    assert (truth["loss"][truth["wrong"]] > 0).mean() > 0.99
    assert truth["loss"].quantile(0.99) > 10 * truth["loss"][truth["wrong"]].median()


def test_causes_are_as_frequent_as_their_priors_say(simulated: Simulated) -> None:
    shares = simulated.truth["cause"].value_counts(normalize=True)
    assert set(shares.index) == set(LABELS)
    for cause, prior in zip(LABELS, PRIOR, strict=True):
        assert 0.4 * prior <= shares[cause] <= 1.9 * prior, cause


def test_cooling_breaks_in_summer() -> None:
    year = simulate(Knobs(rows=6_000, seed=3, days=365))
    is_cooling = year.truth["cause"].isin(["hvac_comfort", "refrigeration_temp"])
    month = year.cases["as_of"].dt.month
    assert is_cooling[month.isin([6, 7, 8])].mean() > 1.2 * is_cooling[month.isin([3, 4, 10])].mean()


def test_every_case_validates_and_the_truth_stays_out(
    simulated: Simulated, payloads: list[MaintenancePriority]
) -> None:
    envelope = {"exception_id", "as_of", "source_system", "currency"}
    assert set(simulated.cases.columns) == envelope | set(MaintenancePriority.model_fields)
    assert all(payload.reported_at <= at for payload, at in zip(payloads, simulated.cases["as_of"], strict=True))


def test_labels_come_late_and_a_little_wrong(simulated: Simulated) -> None:
    outcomes, truth = simulated.outcomes, simulated.truth
    assert (outcomes["known_at"] > simulated.cases["as_of"]).all()
    assert 0.02 <= (outcomes["cause"] != truth["cause"]).mean() <= 0.08
    clean = simulate(Knobs(rows=500, seed=1, label_noise=0.0))
    assert clean.outcomes["cause"].tolist() == clean.truth["cause"].tolist()


def test_urgent_words_are_no_proof(simulated: Simulated) -> None:
    urgent = simulated.cases["reported_urgency"].isin(["high", "emergency"])
    wrong = simulated.truth["wrong"]
    assert 0.3 < wrong[urgent].mean() < 0.8
    assert wrong[~urgent].mean() > 0.05


def test_dangers_written_down_are_found_and_denials_are_not(simulated: Simulated) -> None:
    found = simulated.cases["description"].map(lambda text: len(dangers(text)) > 0)
    written = simulated.truth["said_danger"].notna()
    assert found[written].mean() > 0.75  # the rest is misspelt
    assert found[~written].mean() < 0.01


def test_history_says_something(simulated: Simulated, payloads: list[MaintenancePriority]) -> None:
    columns = encode(payloads, as_of=[at.to_pydatetime() for at in simulated.cases["as_of"]])
    history = History(RECIPE.trails)
    facts = RECIPE.facts(columns, known_at=columns.as_of.tolist())
    outcomes = simulated.outcomes
    for fact, at, wrong, cause in zip(facts, outcomes["known_at"], outcomes["wrong"], outcomes["cause"], strict=True):
        history.add_case(fact)
        history.add_label(LabelFact(known_at=at.timestamp(), keys=fact.keys, wrong=bool(wrong), cause=cause))
    rows = RECIPE.rows(columns, history)
    names = RECIPE.names
    for name in (
        "asset_severe_rate",
        "site_severe_rate",
        "vendor_severe_rate",
        "reporter_overstatement",
        "fleet_severe_rate",
    ):
        assert np.nanstd(rows[:, names.index(name)]) > 0.01, name
    late = np.arange(len(rows)) > len(rows) // 2
    severe = rows[late, names.index("asset_severe_rate")]
    wrong = simulated.truth["wrong"].to_numpy()[late]
    assert severe[wrong].mean() > severe[~wrong].mean()
