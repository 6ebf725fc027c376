"""Costs of a case and filling the reviewers' minutes: by hand, against every other choice, and nothing silently
dropped."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.certifying.capacity import CaseCosts, case_costs, fill_queue


def worth(saved: list[float], minutes: list[float]) -> CaseCosts:
    """Make cases whose review saves so much and takes so long."""
    return CaseCosts(
        auto=np.array(saved) + 1.0,
        hold=np.full(len(saved), np.inf),
        review=np.ones(len(saved)),
        minutes=np.array(minutes),
    )


class TestCosts:
    def test_of_a_refund_of_120_are_as_in_the_textbook(self) -> None:
        """C_FA 96, C_FR 40, C_MR 6: accept below 6.25 %, hold above 85 %, review between."""
        risks = np.array([0.0624, 0.0626, 0.849, 0.851])
        costs = case_costs(
            risks, false_accept=np.full(4, 96.0), false_refuse=np.full(4, 40.0), minutes=np.full(4, 3.0), per_minute=2.0
        )
        assert (costs.saved > 0).tolist() == [False, True, True, False]
        assert costs.auto[1] == pytest.approx(6.0096) and costs.hold[2] == pytest.approx(6.04)
        assert costs.saved_per_minute == pytest.approx(costs.saved / 3.0)

    def test_without_a_price_of_holding_holding_is_no_alternative(self) -> None:
        costs = case_costs(
            np.array([0.9]), false_accept=np.array([100.0]), false_refuse=None, minutes=np.array([1.0]), per_minute=1.0
        )
        assert costs.saved[0] == pytest.approx(89.0)

    @pytest.mark.parametrize("minutes", [0.0, -1.0])
    def test_a_review_takes_time(self, minutes: float) -> None:
        with pytest.raises(ValueError, match="minutes"):
            case_costs(
                np.ones(1), false_accept=np.ones(1), false_refuse=None, minutes=np.array([minutes]), per_minute=1.0
            )


class TestFilling:
    def test_takes_by_saving_per_minute_and_states_what_is_left(self) -> None:
        filled = fill_queue(worth([10.0, 30.0, 8.0, 9.0, -1.0], [1.0, 10.0, 1.0, 2.0, 1.0]), minutes=4.0)
        assert filled.fits.tolist() == [True, False, True, True, False]
        assert filled.rank.tolist() == [0, 3, 1, 2, 4]
        assert (filled.cases, filled.minutes, filled.saved) == (3, 4.0, 27.0)
        assert (filled.left_cases, filled.left_minutes, filled.left_saved, filled.not_worth) == (1, 10.0, 30.0, 1)

    def test_passes_over_a_case_too_long_for_shorter_ones_after_it(self) -> None:
        filled = fill_queue(worth([100.0, 50.0, 10.0], [10.0, 6.0, 2.0]), minutes=13.0)
        assert filled.fits.tolist() == [True, False, True]

    def test_without_a_limit_takes_all_that_is_worth_it(self) -> None:
        filled = fill_queue(worth([1.0, -1.0, 0.0], [5.0, 5.0, 5.0]), minutes=None)
        assert filled.fits.tolist() == [True, False, False] and filled.left_cases == 0 and filled.not_worth == 2

    def test_of_nothing_is_nothing(self) -> None:
        filled = fill_queue(worth([], []), minutes=10.0)
        assert filled.cases == filled.left_cases == 0

    CASES = st.lists(st.tuples(st.integers(1, 50), st.integers(1, 20)), min_size=1, max_size=9)

    @given(CASES, st.integers(0, 60))
    def test_no_choice_saves_more_than_this_and_the_first_case_that_did_not_fit(self, cases, minutes) -> None:
        saved, taken = [float(one) for one, _ in cases], [float(one) for _, one in cases]
        filled = fill_queue(worth(saved, taken), minutes=float(minutes))
        assert filled.minutes <= minutes
        best = max(
            sum(saved[at] for at in chosen)
            for size in range(len(cases) + 1)
            for chosen in itertools.combinations(range(len(cases)), size)
            if sum(taken[at] for at in chosen) <= minutes
        )
        left = [saved[at] for at in range(len(cases)) if not filled.fits[at]]
        assert best <= filled.saved + max(left, default=0.0) + 1e-9

    @given(CASES, st.integers(0, 60))
    def test_equals_the_loop_written_out_and_loses_no_case(self, cases, minutes) -> None:
        saved, taken = [float(one) for one, _ in cases], [float(one) for _, one in cases]
        free, fits = float(minutes), [False] * len(cases)
        for at in sorted(range(len(cases)), key=lambda at: (-saved[at] / taken[at], at)):
            if taken[at] <= free:
                fits[at], free = True, free - taken[at]
        filled = fill_queue(worth(saved, taken), minutes=float(minutes))
        assert filled.fits.tolist() == fits
        assert filled.cases + filled.left_cases + filled.not_worth == len(cases)
        assert filled.saved + filled.left_saved == pytest.approx(sum(saved))
