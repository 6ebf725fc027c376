"""Certified thresholds: exact by hand, valid by simulation, the same as a second implementation, and refused where
proof is missing."""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mapie.risk_control import BinaryClassificationController
from scipy.stats import binom

from policies.certifying.certification import (
    SHARES_OF_ALPHA,
    Audited,
    certify,
    certify_segment,
    counts_at,
    earlier_and_tested,
    labels_needed,
    min_labels,
    p_values,
    thin,
    upper_bound,
)
from policies.certifying.ordering import FixedSequence, allowed_errors, expected_shares, plan_order, recalibrate

ALPHA, DELTA = 0.1, 0.1


def draw(seed: int, n: int, *, segment: str = "all") -> Audited:
    """Draw labels whose scores are calibrated: P(wrong | score) = score, half of them below 10 %."""
    rng = np.random.default_rng(seed)
    scores = rng.beta(0.6, 4.0, n)
    return Audited(segments=np.full(n, segment), scores=scores, wrong=rng.random(n) < scores)


def rising(*thresholds: float) -> FixedSequence:
    return FixedSequence(thresholds=np.array(thresholds))


class TestPValues:
    @pytest.mark.parametrize(
        ("labels", "errors", "expected"),
        [
            (0, 0, 1.0),
            (1, 0, 0.9),
            (2, 0, 0.81),
            (2, 1, 0.99),
            (2, 2, 1.0),
            (3, 1, 0.9**3 + 3 * 0.1 * 0.9**2),
        ],
    )
    def test_are_the_chance_of_so_few_errors_at_the_budget(self, labels: int, errors: int, expected: float) -> None:
        assert p_values(np.array([labels]), np.array([errors]), alpha=0.1)[0] == pytest.approx(expected)

    @given(st.integers(1, 400), st.data(), st.floats(0.001, 0.4), st.floats(0.01, 0.4))
    def test_the_upper_bound_meets_the_budget_exactly_where_the_test_passes(self, n, data, alpha, delta) -> None:
        errors = data.draw(st.integers(0, n))
        p = float(p_values(np.array([n]), np.array([errors]), alpha=alpha)[0])
        if abs(p - delta) > 1e-9:
            assert (upper_bound(n, errors, delta=delta) <= alpha) == (p <= delta)

    @given(st.integers(0, 2000), st.floats(0.001, 0.4), st.floats(0.01, 0.4))
    def test_allowed_errors_are_the_most_that_still_pass(self, n, alpha, delta) -> None:
        most = int(allowed_errors(np.array([n]), alpha=alpha, delta=delta)[0])
        if most >= 0:
            assert binom.cdf(most, n, alpha) <= delta
        assert n == 0 or binom.cdf(most + 1, n, alpha) > delta


class TestWalk:
    """22 labels without an error prove 10 % at 90 % confidence (0.9^22 = 0.098), 21 do not (0.109)."""

    @pytest.mark.parametrize(("labels", "certified"), [(21, False), (22, True), (23, True)])
    def test_needs_the_labels_that_would_do_without_an_error(self, labels: int, certified: bool) -> None:
        found = certify_segment(
            np.full(labels, 0.05), np.zeros(labels, dtype=bool), alpha=ALPHA, delta=DELTA, order=rising(0.05)
        )
        assert (found.threshold is not None) == certified
        if not certified:
            assert found.reason == "21 audited labels, at least 22 are needed"

    def test_stops_at_the_first_threshold_that_fails_even_if_a_later_one_would_pass(self) -> None:
        scores = np.repeat([0.1, 0.2, 0.3], [30, 5, 400])
        wrong = scores == 0.2
        labels, errors = counts_at(scores, wrong, np.array([0.1, 0.2, 0.3]))
        assert (p_values(labels, errors, alpha=ALPHA) <= DELTA).tolist() == [True, False, True]
        found = certify_segment(scores, wrong, alpha=ALPHA, delta=DELTA, order=rising(0.1, 0.2, 0.3))
        assert (found.threshold, found.labels, found.errors) == (0.1, 30, 0)
        assert found.bound == pytest.approx(1.0 - 0.1 ** (1 / 30)) and found.passed == pytest.approx(30 / 435)

    def test_certifies_nothing_where_the_first_fails_and_says_what_is_missing(self) -> None:
        scores, wrong = np.full(50, 0.1), np.arange(50) < 2
        found = certify_segment(scores, wrong, alpha=ALPHA, delta=DELTA, order=rising(0.1))
        assert found.threshold is None and found.bound is None
        assert found.reason == (
            "2 of 50 audited labels at or below 10.00% were wrong; about 128 such labels are needed to prove at most "
            "10.00%"
        )

    def test_says_that_labels_will_not_help_where_too_many_are_wrong(self) -> None:
        found = certify_segment(np.full(50, 0.1), np.arange(50) < 9, alpha=ALPHA, delta=DELTA, order=rising(0.1))
        assert found.reason is not None and "better model" in found.reason

    def test_counts_labels_at_the_threshold_as_below_it(self) -> None:
        labels, errors = counts_at(
            np.array([0.3, 0.1, 0.2]), np.array([True, False, True]), np.array([0.05, 0.1, 0.2, 0.9])
        )
        assert labels.tolist() == [0, 1, 2, 3] and errors.tolist() == [0, 0, 1, 2]

    @settings(max_examples=50, deadline=None)
    @given(st.integers(0, 2**32 - 1), st.integers(0, 400), st.floats(0.02, 0.3))
    def test_equals_the_walk_written_out(self, seed: int, n: int, alpha: float) -> None:
        labels = draw(seed, n)
        thresholds = np.linspace(0.0, 1.0, 23)
        last = None
        for threshold in thresholds:
            below = labels.scores <= threshold
            if not below.any() or binom.cdf(labels.wrong[below].sum(), below.sum(), alpha) > DELTA:
                break
            last = float(threshold)
        found = certify_segment(
            labels.scores, labels.wrong, alpha=alpha, delta=DELTA, order=FixedSequence(thresholds=thresholds)
        )
        assert found.threshold == last


class TestCertify:
    def test_never_certifies_without_labels(self) -> None:
        found = certify(draw(1, 0), earlier=draw(2, 500), segments=["all"], alpha=ALPHA, delta=DELTA)
        assert found["all"].threshold is None and found["all"].reason == "0 audited labels, at least 22 are needed"

    def test_never_certifies_without_earlier_scores(self) -> None:
        found = certify(draw(1, 500), earlier=draw(2, 0), segments=["all"], alpha=ALPHA, delta=DELTA)
        assert found["all"].threshold is None and found["all"].reason == "no earlier scores to choose thresholds from"

    def test_a_larger_budget_passes_at_least_as_much_on_the_same_order(self) -> None:
        labels, order = draw(3, 3000), rising(*np.linspace(0.02, 0.9, 80))
        passed = [
            certify_segment(labels.scores, labels.wrong, alpha=alpha, delta=DELTA, order=order).passed
            for alpha in (0.01, 0.02, 0.05, 0.1, 0.2)
        ]
        assert passed == sorted(passed) and passed[0] < passed[-1]

    def test_each_segment_is_certified_on_its_own_labels_at_its_part_of_delta(self) -> None:
        good, bad = draw(4, 2000, segment="good"), draw(5, 2000, segment="bad")
        labels = joined(good, Audited(segments=bad.segments, scores=bad.scores, wrong=np.ones(2000, dtype=bool)))
        earlier = joined(draw(6, 300, segment="good"), draw(7, 300, segment="bad"))
        found = certify(labels, earlier=earlier, segments=["good", "bad"], alpha=ALPHA, delta=DELTA)
        assert found["bad"].threshold is None and found["good"].threshold is not None
        assert found["good"].labels <= 2000
        assert found["good"].bound == upper_bound(found["good"].labels, found["good"].errors, delta=DELTA / 2)

    def test_a_segment_with_too_few_labels_leaves_its_part_of_delta_to_the_others(self) -> None:
        labels = joined(draw(4, 2000, segment="good"), draw(5, 10, segment="small"))
        found = certify(
            labels, earlier=draw(6, 300, segment="good"), segments=["good", "small"], alpha=ALPHA, delta=DELTA
        )
        assert found["good"].bound == upper_bound(found["good"].labels, found["good"].errors, delta=DELTA)
        assert found["small"].reason == f"10 audited labels, at least {min_labels(ALPHA, DELTA / 2)} are needed"

    @pytest.mark.parametrize("segments", [[], ["a", "a"]])
    def test_segments_must_be_named_once(self, segments: list[str]) -> None:
        with pytest.raises(ValueError, match="named once"):
            certify(draw(1, 9), earlier=draw(2, 9), segments=segments, alpha=ALPHA, delta=DELTA)

    @pytest.mark.parametrize(("alpha", "delta"), [(0.0, 0.1), (1.0, 0.1), (0.1, 0.0), (0.1, 1.0)])
    def test_alpha_and_delta_must_be_fractions(self, alpha: float, delta: float) -> None:
        with pytest.raises(ValueError, match=r"must be in \(0, 1\)"):
            certify(draw(1, 9), earlier=draw(2, 9), segments=["all"], alpha=alpha, delta=delta)

    @pytest.mark.parametrize("score", [-0.1, 1.1, math.nan])
    def test_a_score_outside_its_range_is_refused(self, score: float) -> None:
        with pytest.raises(ValueError, match="scores"):
            Audited(segments=np.array(["a"]), scores=np.array([score]), wrong=np.array([False]))

    def test_the_order_is_planned_on_the_first_labels_only(self) -> None:
        labels = draw(8, 1000)
        earlier, tested = earlier_and_tested(labels, earlier_share=0.25)
        assert (len(earlier), len(tested)) == (250, 750)
        assert earlier.scores[-1] == labels.scores[249] and tested.scores[0] == labels.scores[250]


@pytest.mark.slow
class TestValidity:
    RUNS = 400

    def test_the_budget_is_broken_no_more_often_than_delta_and_most_of_what_could_pass_does(self) -> None:
        pool = draw(0, 200_000)
        grid = np.sort(pool.scores)
        rates = np.cumsum(grid) / np.arange(1, len(grid) + 1)
        oracle = float(np.searchsorted(rates, ALPHA)) / len(grid)
        broken, passed = [], []
        for seed in range(1, self.RUNS + 1):
            earlier, tested = earlier_and_tested(draw(seed, 1200))
            found = certify(tested, earlier=earlier, segments=["all"], alpha=ALPHA, delta=DELTA)["all"]
            at = 0 if found.threshold is None else int(np.searchsorted(grid, found.threshold, side="right"))
            broken.append(at > 0 and rates[at - 1] > ALPHA)
            passed.append(at / len(grid))
        assert np.mean(broken) <= DELTA + 2.0 * math.sqrt(DELTA * (1 - DELTA) / self.RUNS)
        assert np.mean(broken) > 0.01, "a guarantee never used up gives away straight-through rate"
        assert np.mean(passed) > 0.8 * oracle

    def test_holds_for_scores_that_are_wrong_about_everything(self) -> None:
        rng = np.random.default_rng(1)
        broken = []
        for _ in range(self.RUNS):
            scores, wrong = rng.random(600), rng.random(600) < 0.101
            earlier, tested = earlier_and_tested(Audited(segments=np.full(600, "all"), scores=scores, wrong=wrong))
            found = certify(tested, earlier=earlier, segments=["all"], alpha=ALPHA, delta=DELTA)["all"]
            broken.append(found.threshold is not None)
        assert np.mean(broken) <= DELTA + 2.0 * math.sqrt(DELTA * (1 - DELTA) / self.RUNS)


class TestThinning:
    def test_gives_every_case_the_chance_of_the_rarest(self) -> None:
        rng = np.random.default_rng(2)
        propensities = np.repeat([0.05, 1.0], [100_000, 100_000])
        kept = thin(propensities, rng.random(200_000))
        assert kept[:100_000].all()
        assert kept[100_000:].mean() == pytest.approx(0.05, abs=0.004)

    def test_keeps_the_error_rate_of_the_whole_where_the_labels_alone_would_not(self) -> None:
        rng = np.random.default_rng(3)
        reviewed = rng.random(400_000) < 0.5
        wrong = rng.random(400_000) < np.where(reviewed, 0.4, 0.02)
        propensities = np.where(reviewed, 1.0, 0.03)
        labelled = rng.random(400_000) < propensities
        kept = thin(propensities[labelled], rng.random(int(labelled.sum())))
        assert wrong[labelled].mean() > 0.35
        assert wrong[labelled][kept].mean() == pytest.approx(0.21, abs=0.015)

    @pytest.mark.parametrize("propensities", [[0.0, 0.5], [0.5, 1.2]])
    def test_a_propensity_outside_its_range_is_refused(self, propensities: list[float]) -> None:
        with pytest.raises(ValueError, match="propensities"):
            thin(np.array(propensities), np.zeros(2))

    def test_a_share_above_the_lowest_propensity_is_refused(self) -> None:
        with pytest.raises(ValueError, match="not below the share"):
            thin(np.array([0.03, 1.0]), np.zeros(2), share=0.05)


class TestLabelsNeeded:
    @pytest.mark.parametrize(
        ("alpha", "quarter", "half", "more", "most"),
        [
            (0.001, 5_429, 14_253, 45_380, 190_366),
            (0.005, 1_067, 2_879, 9_688, 38_461),
            (0.01, 535, 1_445, 4_730, 19_843),
            (0.02, 268, 725, 2_246, 9_688),
            (0.05, 105, 284, 855, 3_690),
        ],
    )
    def test_is_at_most_what_a_search_by_simulation_found(self, alpha, quarter, half, more, most) -> None:
        for share, found in ((0.25, quarter), (0.5, half), (0.7, more), (0.85, most)):
            assert 0.85 * found <= labels_needed(alpha, 0.1, share) <= found

    def test_the_guide_shows_what_is_computed(self) -> None:
        guide = (Path(__file__).parents[3] / "docs" / "guarantee.md").read_text(encoding="utf-8")
        for alpha in (0.001, 0.005, 0.01, 0.02, 0.05):
            needed = " | ".join(f"{labels_needed(alpha, 0.1, share):,}" for share in SHARES_OF_ALPHA)
            assert f"| {100 * alpha:g} % | {needed} |" in guide

    @pytest.mark.parametrize(("alpha", "share"), [(0.1, 0.5), (0.05, 0.25), (0.2, 0.7)])
    def test_is_the_least_number_whose_power_is_enough(self, alpha: float, share: float) -> None:
        def power(n: int) -> float:
            return float(binom.cdf(allowed_errors(np.array([n]), alpha=alpha, delta=0.1)[0], n, share * alpha))

        needed = labels_needed(alpha, 0.1, share)
        assert power(needed) >= 0.8
        assert all(power(n) < 0.8 for n in range(1, needed))

    def test_of_a_rate_of_nothing_is_what_proves_it_without_an_error(self) -> None:
        assert labels_needed(0.01, 0.1, 0.0) == min_labels(0.01, 0.1) == 230

    @pytest.mark.parametrize("share", [1.0, 1.5, -0.1])
    def test_a_rate_at_the_budget_cannot_be_proven(self, share: float) -> None:
        with pytest.raises(ValueError, match="share"):
            labels_needed(0.01, 0.1, share)

    def test_says_so_where_no_number_of_labels_would_do(self) -> None:
        with pytest.raises(ValueError, match="labels would be needed"):
            labels_needed(0.001, 0.1, 0.9999)


class TestOrder:
    @pytest.mark.parametrize("labels", [40, 100, 300, 3000])
    def test_starts_where_so_many_labels_can_prove_it(self, labels: int) -> None:
        earlier = draw(9, 2000)
        order = plan_order(earlier.scores, earlier.wrong, alpha=ALPHA, delta=DELTA, labels=labels)
        below = np.sort(earlier.scores[earlier.scores <= order.thresholds[0]])
        assert len(below) / 2000 * labels >= 0.95 * min_labels(ALPHA, DELTA)
        assert below.mean() < ALPHA

    def test_rises_through_every_earlier_score_from_its_start(self) -> None:
        earlier = draw(9, 500)
        order = plan_order(earlier.scores, earlier.wrong, alpha=ALPHA, delta=DELTA, labels=500).thresholds
        assert (np.diff(order) > 0).all()
        assert set(order) == {score for score in earlier.scores if score >= order[0]}

    def test_expects_what_a_simulated_walk_reaches(self) -> None:
        shares = np.linspace(0.05, 1.0, 20)
        errors = 0.12 * shares**2
        expected = expected_shares(shares, errors, alpha=ALPHA, delta=DELTA, labels=600)
        rng = np.random.default_rng(4)
        tested = np.rint(shares * 600).astype(np.int64)
        allowed = allowed_errors(tested, alpha=ALPHA, delta=DELTA)
        reached = []
        for _ in range(4000):
            first = rng.binomial(tested[3], errors[3] / shares[3])
            found = first + np.concatenate([[0], np.cumsum(rng.poisson(np.diff(errors)[3:] * 600))])
            passes = found <= allowed[3:]
            steps = len(passes) if passes.all() else int(passes.argmin())
            reached.append(shares[3 + steps - 1] if steps else 0.0)
        assert expected[3] == pytest.approx(np.mean(reached), abs=4.0 * float(np.std(reached)) / math.sqrt(4000))

    def test_recalibration_finds_how_far_scores_are_off(self) -> None:
        rng = np.random.default_rng(5)
        scores = rng.beta(1.0, 8.0, 40_000)
        wrong = rng.random(40_000) < 2.0 * scores / (1.0 + scores)
        found = recalibrate(scores, wrong)
        assert (found.intercept, found.slope) == (pytest.approx(math.log(2.0), abs=0.1), pytest.approx(1.0, abs=0.05))

    def test_recalibration_without_labels_trusts_the_score(self) -> None:
        found = recalibrate(np.empty(0), np.empty(0, dtype=bool))
        assert (found.intercept, found.slope) == (0.0, 1.0)


class TestAgainstMapie:
    """MAPIE 1.6 tests precision >= 1 - alpha of what is passed straight through: the same hypothesis in other words."""

    @pytest.mark.filterwarnings("ignore:Fixed sequence testing requires a monotonic risk")
    @pytest.mark.parametrize("seed", [11, 12, 13])
    @pytest.mark.parametrize("alpha", [0.05, 0.1])
    def test_p_values_and_certified_threshold_agree(self, seed: int, alpha: float) -> None:
        labels = draw(seed, 3000)
        thresholds = np.round(np.linspace(0.05, 0.6, 56), 4) + 1e-7
        controller = BinaryClassificationController(
            predict_function=lambda scores: np.column_stack([scores, 1.0 - scores]).reshape(-1, 2),
            risk="precision",
            target_level=1.0 - alpha,
            confidence_level=1.0 - DELTA,
            list_predict_params=1.0 - thresholds,
            fwer_method="fixed_sequence",
        )
        controller.calibrate(labels.scores, (~labels.wrong).astype(int))
        n, errors = counts_at(labels.scores, labels.wrong, thresholds)
        ours, theirs = p_values(n, errors, alpha=alpha), np.asarray(controller.p_values).ravel()
        # They count n x rate and round it up, so a rounding error of 1e-16 there is one error more.
        one_more = p_values(n, errors + 1, alpha=alpha)
        assert (np.isclose(theirs, ours) | np.isclose(theirs, one_more)).all()
        assert np.isclose(theirs, ours).mean() > 0.5
        found = certify_segment(
            labels.scores, labels.wrong, alpha=alpha, delta=DELTA, order=FixedSequence(thresholds=thresholds)
        )
        assert found.threshold is not None
        valid = 1.0 - np.asarray(controller.valid_predict_params, dtype=float).ravel()
        assert found.threshold >= valid.max() - 1e-12
        assert found.threshold <= valid.max() + 0.0101


def joined(*parts: Audited) -> Audited:
    return Audited(
        segments=np.concatenate([part.segments for part in parts]),
        scores=np.concatenate([part.scores for part in parts]),
        wrong=np.concatenate([part.wrong for part in parts]),
    )
