"""Intervals by hand and by experiment: they hold the truth as often as they claim, whole entities or not."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from tests.toy_data import make_dataset
from training.report.intervals import bootstrap, capturing, clusters, interval, losses, mean_error, ranked, share
from training.report.metrics import captured_loss

RNG = np.random.default_rng(3)


@pytest.mark.parametrize(
    ("happened", "cases", "low", "high"), [(0, 10, 0.0, 0.3085), (5, 10, 0.1871, 0.8129), (10, 10, 0.6915, 1.0)]
)
def test_exact_bounds_of_a_share(happened: int, cases: int, low: float, high: float) -> None:
    found = share(happened, cases)
    assert (found.value, found.low, found.high) == pytest.approx((happened / cases, low, high), abs=1e-4)


def test_nothing_is_known_of_no_cases() -> None:
    found = share(0, 0)
    assert np.isnan(found.value) and (found.low, found.high) == (0.0, 1.0)


def test_unweighted_area_is_the_textbooks_also_with_ties() -> None:
    scores, happened = RNG.integers(0, 6, 200).astype(float), (RNG.random(200) < 0.3).astype(float)
    assert ranked(scores, happened)(np.ones(200)) == pytest.approx(roc_auc_score(happened, scores))


def test_a_weight_of_two_counts_as_the_case_twice() -> None:
    scores, happened = RNG.random(50), (RNG.random(50) < 0.4).astype(float)
    weights = RNG.integers(0, 3, 50).astype(float)
    twice = np.repeat(np.arange(50), weights.astype(int))
    assert ranked(scores, happened)(weights) == pytest.approx(roc_auc_score(happened[twice], scores[twice]))


def test_one_class_alone_has_no_area() -> None:
    assert np.isnan(ranked(RNG.random(5), np.ones(5))(np.ones(5)))


def test_capturing_equals_the_metric() -> None:
    ranking, lost = RNG.random(100), RNG.exponential(10, 100)
    assert capturing(ranking, lost, 0.1)(np.ones(100)) == pytest.approx(captured_loss(ranking, lost, 0.1))


def test_log_losses() -> None:
    np.testing.assert_allclose(losses(np.array([0.8, 0.8]), np.array([1.0, 0.0])), -np.log([0.8, 0.2]))


class TestGroups:
    def test_cases_that_always_agree_count_once(self) -> None:
        values = np.repeat(RNG.normal(size=100), 10)
        groups = np.repeat(np.arange(100), 10)
        alone, together = mean_error(values, np.arange(1000)), mean_error(values, groups)
        assert together == pytest.approx(alone * np.sqrt(10), rel=0.02)

    def test_the_error_is_never_less_than_of_independent_cases(self) -> None:
        values, groups = np.tile([1.0, -1.0], 50), np.repeat(np.arange(50), 2)
        assert mean_error(values, groups) == mean_error(values, np.arange(100))

    def test_a_mean_lies_in_its_interval_about_as_often_as_claimed(self) -> None:
        inside = 0
        for seed in range(60):
            rng = np.random.default_rng(seed)
            values = np.repeat(rng.normal(size=80), 5) + rng.normal(size=400)
            groups = np.repeat(np.arange(80), 5)

            def mean(weights: np.ndarray, values: np.ndarray = values) -> np.ndarray:
                return np.array([weights @ values / weights.sum()])

            found = interval(float(values.mean()), bootstrap(mean, groups, seed=seed)[:, 0])
            inside += found.low <= 0 <= found.high
        assert 51 <= inside <= 60

    def test_declared_groups_come_first(self) -> None:
        dataset = replace(make_dataset(100, with_text=False), groups=[f"order {at // 2}" for at in range(99)] + [None])
        codes, words = clusters(dataset, np.arange(100))
        assert (words, len(set(codes.tolist()))) == ("declared group", 51)

    def test_eight_carriers_are_too_few_to_draw_from(self) -> None:
        codes, words = clusters(make_dataset(100, with_text=False), np.arange(100))
        assert (words, codes.tolist()) == ("case", list(range(100)))
