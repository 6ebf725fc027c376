"""Specification of the simulated maintenance requests: repeatable, plausible, and silent about the truth."""

import itertools
from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from features.columns import encode
from features.danger.danger_kinds import SITE, named
from features.domains.maintenance_priority.features import RECIPE
from features.domains.maintenance_priority.payload import MaintenancePriority
from features.history import History, LabelFact
from lab.simulators.maintenance_priority.evidence import (
    Choice,
    Down,
    Flag,
    Hidden,
    LogNormal,
    Normal,
    Observable,
    Share,
    Word,
    by_cause,
    by_severity,
)
from lab.simulators.maintenance_priority.parameters import CAUSES, PRIOR
from lab.simulators.maintenance_priority.simulator import simulate
from lab.simulators.retailer import Knobs, Simulated
from lab.simulators.selftest import MAX_Z, self_test, worst
from models.domains.maintenance_priority import LABELS

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
    assert truth["loss"].quantile(0.99) > 6 * truth["loss"][truth["wrong"]].median()


def test_causes_are_as_frequent_as_their_priors_say(simulated: Simulated) -> None:
    shares = simulated.truth["cause"].value_counts(normalize=True)
    assert set(shares.index) == set(LABELS)
    for cause, prior in zip(LABELS, PRIOR, strict=True):
        assert 0.4 * prior <= shares[cause] <= 1.9 * prior, cause


def test_cooling_breaks_in_summer() -> None:
    # Most requests name an asset, which cools or does not whatever the month.
    year = simulate(Knobs(rows=12_000, seed=3, days=365))
    is_cooling = year.truth["cause"].isin(["hvac_comfort", "refrigeration_temp"])
    month = year.cases["as_of"].dt.month
    assert is_cooling[month.isin([6, 7, 8])].mean() > 1.1 * is_cooling[month.isin([3, 4, 10])].mean()


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
    found = simulated.cases["description"].map(lambda text: len(named(text, SITE)) > 0)
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


def slices(simulated: Simulated) -> Mapping[str, NDArray[np.bool_]]:
    """Cut the cases by what was known of them at the time."""
    cases, truth = simulated.cases, simulated.truth
    named, first = cases["asset_id"].notna().to_numpy(), (truth["nth"] == 0).to_numpy()
    cut = {
        "no asset": ~named,
        "first": named & first,
        "later": named & ~first,
        "often": named & (truth["nth"] > 5).to_numpy(),
    }
    for name in (
        "asset_class", "trade", "problem_code", "reported_urgency", "reporter_id", "vendor_id",
        "food_temperature_celsius",
        "sensor_slope_celsius_per_hour", "lanes_down", "units_down", "sales_share_affected", "product_at_risk_value",
        "outside_temperature_celsius", "utility_outage",
    ):  # fmt: skip
        given = cases[name].notna().to_numpy()
        cut |= {f"{name} given": given, f"{name} left out": ~given}
    cut["own alarm"] = cases["intake"].isin(["iot_alarm", "bms"]).to_numpy()
    cut["grave words"] = (truth["said_gravity"] != "").to_numpy()
    cut["danger said"] = truth["said_danger"].notna().to_numpy()
    cut["summer"] = cases["as_of"].dt.month.isin([6, 7, 8]).to_numpy()
    return {name: rows for name, rows in cut.items() if rows.any()}


@pytest.mark.parametrize(
    "knobs",
    [
        Knobs(rows=30_000, seed=1),
        Knobs(rows=12_000, seed=2, drift="severe"),
        Knobs(rows=12_000, seed=3, drift="new_type", analysts="mixed", label_noise=0.2),
        Knobs(rows=12_000, seed=4, missing_rate=0.3, cold_start_share=0.8),
        Knobs(rows=12_000, seed=5, base_rate=2.0, seasonality=0.0, missing_rate=0.0),
    ],
    ids=["usual", "drift", "new_type", "gaps", "grave"],
)
def test_what_could_be_known_is_as_often_true_as_it_claims(knobs: Knobs) -> None:
    simulated = simulate(knobs)
    farthest = worst(self_test(simulated, slices=slices(simulated)))
    assert abs(farthest.z) < MAX_Z, farthest
    probabilities = simulated.truth[[f"p_{cause}" for cause in CAUSES]].to_numpy()
    assert probabilities.sum(axis=1) == pytest.approx(1.0)


@pytest.mark.parametrize(
    "observable",
    [
        Choice(np.array([[[1.0, 2.0, 0.0]], [[3.0, 1.0, 1.0]]])),
        Flag(by_severity((0.1, 0.6))),
        Normal(np.array([[0.0, 1.0], [2.0, 3.0]]), 1.5),
        LogNormal(by_cause((4.0, 9.0)), 0.6),
        Share(by_severity((0.2, 0.4)), 9.0),
        Down(np.resize(np.arange(6), 40_000), by_severity((0.2, 0.6))),
        Word(by_severity((-0.5, 1.0)), (-0.7, 1.3), 0.8, np.resize(np.linspace(-1.0, 1.0, 7), 40_000)),
    ],
    ids=lambda observable: type(observable).__name__,
)
def test_an_observable_says_what_it_was_drawn_from(observable: Observable) -> None:
    rng = np.random.default_rng(8)
    hidden = Hidden(cause=rng.integers(2, size=40_000), severity=rng.integers(2, size=40_000))
    says = np.broadcast_to(observable.log_density(observable.draw(rng, hidden)), (40_000, 2, 2))
    probabilities = np.exp(says - says.max(axis=(1, 2), keepdims=True))
    probabilities /= probabilities.sum(axis=(1, 2), keepdims=True)
    for cause, severity in itertools.product(range(2), repeat=2):
        claimed = probabilities[:, cause, severity]
        happened = (hidden.cause == cause) & (hidden.severity == severity)
        for rows in np.array_split(np.argsort(claimed, kind="stable"), 4):
            spread = np.sqrt((claimed[rows] * (1.0 - claimed[rows])).sum())
            assert abs(happened[rows].sum() - claimed[rows].sum()) <= 4.5 * spread


def test_an_asset_that_failed_badly_is_feared() -> None:
    simulated = simulate(Knobs(rows=12_000, seed=6))
    truth, named = simulated.truth, simulated.cases["asset_id"].notna()
    by_kind = truth[named & (truth["nth"] > 3)].groupby("kind")["p_wrong"].mean()
    assert by_kind["lemon"] > 2.0 * by_kind["abused"]
    at_first = truth[named & (truth["nth"] == 0)].groupby("kind")["p_wrong"].mean()
    assert by_kind["lemon"] - by_kind["abused"] > at_first["lemon"] - at_first["abused"]


def test_a_base_rate_raises_what_cannot_wait_and_the_newcomer_comes_late() -> None:
    plain, doubled = (simulate(Knobs(rows=6_000, seed=7, base_rate=rate)) for rate in (1.0, 2.0))
    assert doubled.truth["wrong"].mean() > plain.truth["wrong"].mean() + 0.05
    drifting = simulate(Knobs(rows=6_000, seed=7, drift="new_type")).truth["cause"] == "pest_janitorial_exterior"
    assert not drifting[:3000].any()
    assert drifting[4500:].mean() > 0.05


def test_fields_are_left_out_as_often_as_asked() -> None:
    full, sparse = (simulate(Knobs(rows=2_000, seed=7, missing_rate=rate)).cases for rate in (0.0, 0.3))
    assert full["trade"].notna().all()
    assert sparse["trade"].isna().mean() > 0.7
    assert 0.25 < sparse["store_format"].isna().mean() < 0.35


def test_a_trap_shows_what_is_known_later_and_leaves_the_truth_alone(simulated: Simulated) -> None:
    dispatched = simulate(Knobs(rows=SMALL.rows, seed=SMALL.seed, trap="dispatch_time"))
    sent = dispatched.cases["last_work_order_closed_at"] - dispatched.cases["as_of"]
    wrong = dispatched.truth["wrong"]
    assert (sent > pd.Timedelta(0)).all()
    assert sent[wrong].median() < 0.2 * sent[~wrong].median()
    edited = simulate(Knobs(rows=SMALL.rows, seed=SMALL.seed, trap="edited_priority"))
    urgent = edited.cases["reported_urgency"].isin(["high", "emergency"])
    assert (urgent == wrong).mean() > 0.9
    for trapped in (dispatched, edited):
        pd.testing.assert_frame_equal(trapped.truth, simulated.truth)
        pd.testing.assert_frame_equal(trapped.outcomes, simulated.outcomes)
