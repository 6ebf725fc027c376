"""What audits say of automatic decisions: unbiased rates with intervals that hold, and an alarm that is neither late
nor jumpy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.certifying.auditing import HarmMonitor, error_rate, evidence_paths

WRONG = np.array([True, False, False, True])


class TestErrorRate:
    def test_weighs_every_audit_by_how_rarely_it_was_chosen(self) -> None:
        found = error_rate(WRONG, np.array([0.5, 0.5, 0.25, 1.0]))
        assert found.rate == pytest.approx((2 + 1) / (2 + 2 + 4 + 1))
        assert (found.audits, found.errors, found.method) == (4, 2, "Fay-Feuer")

    def test_is_exactly_binomial_where_every_case_had_the_same_chance(self) -> None:
        found = error_rate(np.arange(10) < 1, np.full(10, 0.03))
        assert found.rate == pytest.approx(0.1) and found.method == "Clopper-Pearson"
        assert (found.low, found.high) == (pytest.approx(0.0025286, abs=1e-6), pytest.approx(0.4450161, abs=1e-6))

    def test_says_nothing_without_audits(self) -> None:
        found = error_rate(np.zeros(0, dtype=bool), np.zeros(0))
        assert (found.rate, found.low, found.high) == (None, 0.0, 1.0)

    @pytest.mark.parametrize("propensity", [0.0, -0.1, 1.01])
    def test_a_propensity_outside_its_range_is_refused(self, propensity: float) -> None:
        with pytest.raises(ValueError, match="propensities"):
            error_rate(np.array([True]), np.array([propensity]))

    @given(st.lists(st.tuples(st.booleans(), st.floats(0.01, 1.0)), min_size=1, max_size=60))
    def test_the_interval_holds_the_rate(self, audits) -> None:
        wrong, propensities = (np.array(part) for part in zip(*audits, strict=True))
        found = error_rate(wrong, propensities)
        assert found.rate is not None and 0.0 <= found.low <= found.rate <= found.high + 1e-9 <= 1.0 + 1e-9

    def test_intervals_hold_the_truth_as_often_as_they_say_where_propensities_differ(self) -> None:
        rng = np.random.default_rng(1)
        risky = rng.random(20_000) < 0.3
        propensities, rates = np.where(risky, 0.2, 0.03), np.where(risky, 0.05, 0.01)
        truth, held, estimates = float(rates.mean()), 0, []
        for _ in range(300):
            chosen = rng.random(20_000) < propensities
            found = error_rate(rng.random(int(chosen.sum())) < rates[chosen], propensities[chosen], confidence=0.9)
            held += found.low <= truth <= found.high
            estimates.append(found.rate)
        assert held / 300 >= 0.9 - 2 * (0.9 * 0.1 / 300) ** 0.5
        assert np.mean(estimates) == pytest.approx(truth, rel=0.03)


class TestHarmMonitor:
    def test_starts_without_evidence_or_alarm(self) -> None:
        fresh = HarmMonitor(budget=0.01, audits_per_year=5000)
        assert fresh.evidence == 0.5 and not fresh.alarm

    def test_grows_by_the_odds_of_each_bet(self) -> None:
        after = HarmMonitor(budget=0.1, audits_per_year=10).after(True)
        assert after.evidence == pytest.approx(0.55 * (1.5 + 2.0 + 3.0) / 3)
        after = after.after(False)
        grown = [(0.55 * bet + 0.05) * (1 - bet * 0.1) / 0.9 for bet in (1.5, 2.0, 3.0)]
        assert after.evidence == pytest.approx(sum(grown) / 3)
        assert (after.audits, after.errors) == (2, 1)

    def test_no_bet_gains_on_average_at_the_budget_and_each_loses_below(self) -> None:
        fresh = HarmMonitor(budget=0.1, audits_per_year=1e12)
        for rate, expected in ((0.1, pytest.approx(0.5)), (0.05, pytest.approx(0.4676, abs=1e-4))):
            assert rate * fresh.after(True).evidence + (1 - rate) * fresh.after(False).evidence == expected

    @pytest.mark.parametrize(("errors", "alarmed"), [(6, False), (7, True)])
    def test_alarms_at_the_evidence_it_was_told(self, errors: int, alarmed: bool) -> None:
        """Seven errors in a row: 1/2 x (1.5^7 + 2^7 + 3^7) / 3 = 388; six: 134."""
        monitor = HarmMonitor(budget=0.01, audits_per_year=1e12, alarm_at=300.0)
        for _ in range(errors):
            monitor = monitor.after(True)
        assert monitor.alarm == alarmed

    def test_an_alarm_stays_on(self) -> None:
        monitor = HarmMonitor(budget=0.01, audits_per_year=5000)
        for wrong in [True] * 8 + [False] * 3000:
            monitor = monitor.after(wrong)
        assert monitor.evidence < 1.0 and monitor.alarm

    def test_harm_is_not_hidden_by_good_months_before(self) -> None:
        rng = np.random.default_rng(2)
        wrong = np.concatenate([np.zeros(4000, dtype=bool), rng.random(6000) < 0.02])
        monitor, noticed = HarmMonitor(budget=0.01, audits_per_year=6000), None
        for at, one in enumerate(wrong):
            monitor = monitor.after(bool(one))
            if monitor.alarm and noticed is None:
                noticed = at
        assert noticed is not None and 4000 < noticed < 8000

    def test_many_at_once_are_what_one_by_one_would_say(self) -> None:
        wrong = np.random.default_rng(3).random((4, 300)) < 0.05
        paths = evidence_paths(wrong, budget=0.03, audits_per_year=300)
        for row, path in zip(wrong, paths, strict=True):
            monitor = HarmMonitor(budget=0.03, audits_per_year=300)
            for at, one in enumerate(row):
                monitor = monitor.after(bool(one))
                assert monitor.evidence == pytest.approx(path[at])
            assert monitor.highest == pytest.approx(max(path.max(), 0.5))

    def test_false_alarms_are_rare_at_the_budget_and_harm_at_twice_is_seen_within_the_year(self) -> None:
        rng = np.random.default_rng(4)
        quiet = evidence_paths(rng.random((2000, 1100)) < 0.05, budget=0.05, audits_per_year=1100).max(axis=1)
        harmed = evidence_paths(rng.random((500, 1100)) < 0.10, budget=0.05, audits_per_year=1100).max(axis=1)
        assert np.mean(quiet >= 100.0) <= 0.01 and np.mean(quiet >= 20.0) <= 0.05
        assert np.mean(harmed >= 100.0) >= 0.98

    @pytest.mark.parametrize(("budget", "audits"), [(0.0, 100), (0.34, 100), (0.01, 0.5)])
    def test_senseless_settings_are_refused(self, budget: float, audits: float) -> None:
        with pytest.raises(ValueError, match=r"budget|audits_per_year"):
            HarmMonitor(budget=budget, audits_per_year=audits)
