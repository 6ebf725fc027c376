"""The policy benchmark: oracles and methods by hand, replays on a made-up retailer, and the command with its page."""

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from cli.main import app
from lab.benchmarks.alarm import measure_alarm
from lab.benchmarks.capacity import measure_capacity
from lab.benchmarks.drift import MONTHS, WARM_UP, measure_drift
from lab.benchmarks.guarantee import (
    CERTIFIED,
    SEGMENTED,
    Curve,
    GuaranteeResult,
    holm,
    measure_guarantee,
    naive,
    plug_in,
)
from lab.benchmarks.policy_page import verdict
from lab.benchmarks.pool import MONTH_SECONDS, Pool, PoolScores, scored


def made_up(n: int = 12_000, *, seed: int = 1, rising: float = 0.0) -> Pool:
    """Make a retailer whose risk scores are right, but for `rising`, by which their odds are multiplied in the end."""
    rng = np.random.default_rng(seed)
    risk = rng.beta(0.5, 5.0, n)
    odds = risk / (1.0 - risk) * (1.0 + rising * np.linspace(0.0, 1.0, n))
    exact, loss = odds / (1.0 + odds), rng.lognormal(3.0, 1.0, n)
    return Pool(
        domain="made_up",
        seed=seed,
        drift="severe" if rising else "none",
        risk=risk,
        causes=np.column_stack([1.0 - risk, risk]),
        loss_if_wrong=loss,
        exact_risk=exact,
        exact_causes=np.column_stack([1.0 - exact, exact]),
        exact_loss=exact * loss,
        stakes=rng.integers(0, 3, n),
        at=np.linspace(0.0, (WARM_UP + MONTHS) * MONTH_SECONDS, n),
    )


class TestOracle:
    CURVE = Curve(np.array([0.3, 0.1, 0.2, 0.2]), np.array([0.4, 0.0, 0.02, 0.1]))

    @pytest.mark.parametrize(
        ("alpha", "threshold"), [(0.0, 0.1), (0.039, 0.1), (0.0401, 0.2), (0.12, 0.2), (0.13, 0.3), (1.0, 0.3)]
    )
    def test_takes_the_highest_threshold_within_the_budget_and_never_half_of_equal_scores(
        self, alpha, threshold
    ) -> None:
        assert self.CURVE.oracle(alpha) == threshold

    def test_counts_what_a_threshold_passes_and_its_errors(self) -> None:
        assert self.CURVE.at(None) == (0, 0.0)
        assert self.CURVE.at(0.2) == (3, pytest.approx(0.12))

    def test_is_none_where_even_the_safest_case_is_too_risky(self) -> None:
        assert Curve(np.array([0.1]), np.array([0.2])).oracle(0.1) is None


class TestMethods:
    def test_choose_as_their_names_say(self) -> None:
        scores = np.array([0.01, 0.02, 0.03, 0.5])
        drawn = PoolScores(scores=scores, exact=scores, stakes=np.zeros(4, dtype=np.int64))
        wrong = np.array([False, True, False, False])
        assert naive(drawn, wrong, 0.3) == 0.5 and naive(drawn, wrong, 0.2) == 0.01
        assert plug_in(drawn, wrong, 0.02) == 0.03 and plug_in(drawn, ~wrong, 0.2) == 0.5

    def test_holm_proves_less_than_the_fixed_sequence_and_breaks_nothing(self) -> None:
        results = {
            result.method: result
            for result in measure_guarantee(made_up(), of="risk", alpha=0.05, sizes=[1000], resamples=20)
        }
        assert (
            results["LTT, Holm"].passed
            < results[CERTIFIED].passed
            < results[CERTIFIED].oracle
            <= results[CERTIFIED].best
        )
        cases = scored(made_up(), "risk")
        assert holm(cases, np.ones(len(cases), dtype=bool), 0.05) is None


class TestGuarantee:
    @pytest.fixture(scope="class")
    @classmethod
    def results(cls) -> dict[str, GuaranteeResult]:
        found = measure_guarantee(made_up(), of="cause", alpha=0.05, sizes=[2000], resamples=60)
        return {result.method: result for result in found}

    def test_certified_thresholds_keep_the_budget_where_naive_ones_do_not(self, results) -> None:
        assert results[CERTIFIED].broken <= results[CERTIFIED].may_break < results["naive empirical"].broken
        assert results[SEGMENTED].segments_broken <= results[SEGMENTED].may_break

    def test_they_pass_most_of_what_could_pass(self, results) -> None:
        assert results[CERTIFIED].of_oracle > 0.75
        assert results[SEGMENTED].segments_certified > 2.0

    @pytest.mark.parametrize(
        ("changed", "said"),
        [
            ({}, "kept; reaches 85%"),
            ({"of_oracle": 0.8499}, "kept; misses 85%"),
            ({"labels": 3_000}, "kept"),
            ({"labels": 30_000}, "kept; misses 92%"),
            ({"broken": 0.15}, "broken"),
            ({"oracle": 0.0}, "kept; nobody could pass anything"),
            ({"method": "naive empirical", "broken": 0.5}, ""),
            ({"method": SEGMENTED, "segments_broken": 0.15}, "broken"),
        ],
    )
    def test_the_page_says_what_was_kept_and_reached(self, changed: dict, said: str) -> None:
        base = {
            "domain": "d", "of": "risk", "alpha": 0.01, "labels": 10_000, "method": CERTIFIED, "resamples": 200,
            "passed": 0.4,
            "oracle": 0.5, "best": 0.6, "of_oracle": 0.85, "broken": 0.14,
        }  # fmt: skip
        assert verdict(GuaranteeResult(**(base | changed))) == said


class TestDrift:
    @pytest.fixture(scope="class")
    @classmethod
    def results(cls) -> dict:
        pool = made_up(40_000, rising=1.5)
        found = measure_drift(pool, of="risk", alpha=0.05, volume=100_000, runs=4)
        return {result.method: result for result in found}

    def test_a_threshold_that_stays_breaks_the_budget_as_the_business_moves_and_a_rolling_one_does_not(
        self, results
    ) -> None:
        assert results["static"].months_over > 0.3
        assert results["rolling, certified at 80% of the budget"].months_over == 0.0

    def test_a_smaller_margin_passes_more(self, results) -> None:
        rolling = [results[f"rolling, certified at {margin}% of the budget"] for margin in (80, 90, 100)]
        assert [result.passed for result in rolling] == sorted(result.passed for result in rolling)
        assert [result.margin_oracle for result in rolling] == sorted(result.margin_oracle for result in rolling)
        assert rolling[-1].margin_oracle == 1.0 > rolling[0].margin_oracle


class TestCapacity:
    def test_the_oracle_saves_most_and_saving_per_minute_comes_next(self) -> None:
        results = {result.method: result for result in measure_capacity(made_up(rising=0.5))}
        assert results["oracle"].of_oracle == 1.0 == max(result.of_oracle for result in results.values())
        assert (
            results["cost saved per minute"].of_oracle
            > results["risk x impact"].of_oracle
            > results["uncertain first"].of_oracle
        )


class TestAlarm:
    def test_is_rarely_false_and_surely_caught_where_audits_are_many(self) -> None:
        few, many = (
            next(
                r
                for r in measure_alarm(years=300, seed=1, budgets=[0.05], expected_errors=[errors])
                if r.alarm_at == 100
            )
            for errors in (10, 60)
        )
        assert few.caught < 0.9 < 0.98 < many.caught
        assert (
            max(few.false_at_budget, many.false_at_budget) <= 0.02 and many.audits_until < many.audits_per_year == 1200
        )


class TestCommand:
    @pytest.mark.timeout(300)  # it measures every part once, small as it is
    def test_writes_each_part_to_the_page(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TRIAGE_HOME_FOLDER", str(tmp_path))
        page = tmp_path / "policy.md"
        options = [
            "--resamples",
            "4",
            "--rows",
            "800",
            "--stored",
            "1000",
            "--out",
            str(page),
            "--only",
            "maintenance_priority",
        ]
        result = CliRunner().invoke(app, ["benchmark", "policy", *options])
        assert result.exit_code == 0, result.output
        text = page.read_text(encoding="utf-8")
        assert text.startswith("# Does the policy keep its promise?")
        sections = [
            "labels needed",
            "alarm",
            "guarantee maintenance_priority",
            "drift maintenance_priority",
            "capacity",
        ]
        assert [text.count(f"<!-- section {section} -->") for section in sections] == [1] * 5
        assert "| 1 % | 531 | 1,418 |" in text

    def test_names_what_it_does_not_know(self) -> None:
        result = CliRunner().invoke(app, ["benchmark", "policy", "--only", "nothing"])
        assert result.exit_code == 1 and "guarantee" in result.stderr and "return_fraud" in result.stderr
