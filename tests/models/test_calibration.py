"""Calibrators are monotone, stay inside (0, 1), survive JSON, and are chosen by what they do to unseen rows."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression

from models.calibration import (
    Beta,
    Calibrator,
    Isotonic,
    Sigmoid,
    calibrator_from_json,
    sigmoid,
    softmax,
)
from training.fitting.calibrating import choose_calibrator, fit_isotonic, fit_logistic, fit_temperature, log_loss

EVERY: list[Calibrator] = [
    Sigmoid(),
    Sigmoid(0.4, -1.0),
    Beta(0.5, 1.5, 0.2),
    Beta(0.0, 1.0, 0.0),
    Isotonic((-2.0, 0.0, 3.0), (0.01, 0.3, 0.9)),
]
SCORES = np.concatenate([[-1e308, -745.0, -40.0], np.linspace(-8, 8, 401), [40.0, 745.0, 1e308]])


@pytest.mark.parametrize("calibrator", EVERY, ids=repr)
def test_monotone_inside_the_unit_interval_and_the_same_alone(calibrator: Calibrator) -> None:
    with np.errstate(over="raise", invalid="raise"):
        probabilities = calibrator.apply(SCORES / 2)
    assert np.all(np.diff(probabilities) >= 0)
    assert np.all((probabilities > 0) & (probabilities < 1))
    assert probabilities[-1] > probabilities[0]
    alone = np.concatenate([calibrator.apply(SCORES[[at]] / 2) for at in range(len(SCORES))])
    assert np.array_equal(alone, probabilities)


@pytest.mark.parametrize("calibrator", EVERY, ids=repr)
def test_survives_json_to_the_last_bit(calibrator: Calibrator) -> None:
    assert calibrator_from_json(json.loads(json.dumps(calibrator.to_json()))) == calibrator


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="'splines'"):
        calibrator_from_json({"kind": "splines"})


def drawn(true_log_odds: np.ndarray, seed: int = 3) -> np.ndarray:
    return (np.random.default_rng(seed).random(len(true_log_odds)) < sigmoid(true_log_odds)).astype(float)


RAW = np.random.default_rng(1).normal(-1.5, 2.0, 4000)


@pytest.mark.parametrize(
    ("truth", "kinds"),
    [
        pytest.param(RAW, {"none"}, id="already right: nothing is done"),
        pytest.param(0.4 * RAW + 1, {"platt"}, id="over-confident: a straight line"),
        pytest.param(np.where(RAW < 0, 0.3 * RAW, 3 * RAW), {"beta", "isotonic"}, id="one tail only"),
        pytest.param(np.where(RAW < 0, -3.0, 1.0) + 0 * RAW, {"isotonic"}, id="a step"),
    ],
)
def test_the_simplest_calibrator_that_does_the_job_is_chosen(truth: np.ndarray, kinds: set[str]) -> None:
    calibrator, tried = choose_calibrator(RAW, drawn(truth))
    assert calibrator.to_json()["kind"] in kinds
    assert set(tried) == {"none", "platt", "beta", "isotonic"}
    unseen = drawn(truth, seed=4)
    assert log_loss(calibrator.apply(RAW), unseen) < log_loss(sigmoid(truth), unseen) + 0.01


@pytest.mark.parametrize("happened", [np.zeros(60), np.ones(60)], ids=["never", "always"])
def test_what_never_or_always_happens_has_a_finite_answer(happened: np.ndarray) -> None:
    calibrator, _ = choose_calibrator(np.linspace(-2, 2, 60), happened)
    assert np.all(np.isfinite(calibrator.apply(SCORES)))


def test_a_model_that_ranks_the_wrong_way_round_is_not_turned_over() -> None:
    calibrator, _ = choose_calibrator(RAW, drawn(-RAW))
    assert np.all(np.diff(calibrator.apply(np.sort(RAW))) >= 0)


ROWS_OF_FEW_SCORES = st.lists(st.tuples(st.sampled_from([-1.0, 0.0, 0.1, 2.0]), st.booleans()), min_size=1, max_size=30)


def isotonic(rows: list[tuple[float, bool]]) -> Isotonic:
    fitted = fit_isotonic(*(np.array(each, dtype=float) for each in zip(*rows, strict=True)))
    assert isinstance(fitted, Isotonic)
    return fitted


class TestIsotonic:
    @pytest.mark.parametrize(
        ("rows", "expected"),
        [
            pytest.param([(0.0, False)] * 5 + [(0.0, True)] * 5, Isotonic((0.0,), (0.5,)), id="one score, its rate"),
            pytest.param(
                [(0.0, False), (0.0, True), (1.0, False), (1.0, True), (1.0, True), (1.0, True)],
                Isotonic((0.0, 1.0), (0.5, 0.75)),
                id="two scores, each its rate",
            ),
            pytest.param(
                [(0.0, True), (0.0, True), (2.0, False), (2.0, True)],
                Isotonic((1.0,), (0.75,)),
                id="two scores that fall, one rate",
            ),
            pytest.param(
                [(1.0, True), (3.0, True), (2.0, False), (0.0, False)],
                Isotonic((0.0, 1.5, 3.0), (0.125, 0.5, 0.875)),
                id="distinct scores",
            ),
        ],
    )
    def test_each_score_has_one_probability(self, rows: list[tuple[float, bool]], expected: Isotonic) -> None:
        assert isotonic(rows) == expected

    @given(ROWS_OF_FEW_SCORES, st.randoms(use_true_random=False))
    def test_in_which_order_the_rows_come_does_not_matter(self, rows: list[tuple[float, bool]], randomness) -> None:
        mixed = randomness.sample(rows, len(rows))
        assert isotonic(mixed) == isotonic(rows)

    def test_of_distinct_scores_each_stretch_of_one_rate_is_one_knot(self) -> None:
        rng = np.random.default_rng(7)
        scores = np.sort(rng.normal(size=300))
        happened = (rng.random(300) < sigmoid(scores)).astype(float)
        fitted = fit_isotonic(scores, happened)
        assert isinstance(fitted, Isotonic)
        assert (np.diff(fitted.values) > 0).all() and (np.diff(fitted.knots) > 0).all()
        # Between two knots the line is what scikit-learn's steps go up by.
        steps = IsotonicRegression().fit_transform(scores, happened)
        assert len(np.unique(steps)) == len(fitted.knots)
        assert np.interp(scores, fitted.knots, fitted.values).mean() == pytest.approx(happened.mean(), abs=0.01)


def test_the_logistic_fit_is_the_likeliest() -> None:
    happened = drawn(0.4 * RAW + 1)
    slope, intercept = fit_logistic(RAW[:, None], happened)
    residual = sigmoid(slope * RAW + intercept) - happened
    # At the best fit neither term is left over, but for the light penalty on the slope.
    assert residual.sum() == pytest.approx(0.0, abs=1e-3)
    assert residual @ RAW == pytest.approx(-1e-3 * slope, abs=1e-3)


def test_of_events_that_never_happen_the_fit_knows_only_the_rate() -> None:
    slope, intercept = fit_logistic(RAW[:20, None], np.zeros(20))
    assert (slope, intercept) == (0.0, pytest.approx(np.log(0.5 / 20.5)))


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.5])
def test_the_temperature_is_found_again(temperature: float) -> None:
    rng = np.random.default_rng(5)
    scores = rng.normal(size=(6000, 4)) * 3
    probabilities = softmax(scores, temperature)
    labels = (rng.random(6000)[:, None] > np.cumsum(probabilities, axis=1)).sum(axis=1)
    assert fit_temperature(scores, labels) == pytest.approx(temperature, rel=0.08)


def test_softmax_rows_sum_to_one_and_do_not_depend_on_their_neighbours() -> None:
    scores = np.random.default_rng(6).normal(size=(50, 13)) * 300
    together = softmax(scores, 1.3)
    assert np.allclose(together.sum(axis=1), 1, atol=1e-12)
    assert np.array_equal(np.vstack([softmax(scores[[at]], 1.3) for at in range(50)]), together)


def test_terms_that_say_nothing_weigh_nothing_and_warn_nobody() -> None:
    happened = np.array([*map(float, "101000101010101011001011101101100001101101001010")])
    lower = np.array([*map(int, "100111101111111111111110111001111111111111010111")], dtype=bool)
    terms = np.where(lower, -0.10046870425706786, 0.006427144086877015)[:, None]
    assert happened[lower].mean() == happened[~lower].mean() == 0.5
    assert np.allclose(fit_logistic(terms, happened), 0.0, atol=1e-12)
