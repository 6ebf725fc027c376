"""How close a model comes to what could be known: the measure itself, and one small run through everything."""

from pathlib import Path

import numpy as np
import pytest

from lab.benchmarks.ablation import EVERYTHING, ties_entities
from lab.benchmarks.limit import LimitResult, measure_limit, share_of_cause_gain, share_of_gain
from tests.lab.learning import Words
from triage.domains import domains

EXACT = np.array([0.05, 0.1, 0.6, 0.9])


class TestShareOfGain:
    def test_is_one_for_the_exact_answer_and_nothing_for_the_base_rate(self) -> None:
        assert share_of_gain(EXACT, EXACT, 0.4) == 1.0
        assert share_of_gain(EXACT, np.full(4, 0.4), 0.4) == 0.0

    def test_is_below_nothing_for_an_answer_worse_than_the_base_rate(self) -> None:
        assert share_of_gain(EXACT, 1.0 - EXACT, 0.4) < 0.0

    @pytest.mark.parametrize("apart", [0.01, -0.01, 0.1])
    def test_any_other_answer_reaches_less(self, apart: float) -> None:
        assert 0.0 < share_of_gain(EXACT, np.clip(EXACT + apart, 0.001, 0.999), 0.4) < 1.0

    def test_of_causes_goes_by_the_whole_distribution(self) -> None:
        exact = np.array([[0.7, 0.2, 0.1], [0.1, 0.1, 0.8]])
        base = np.array([0.4, 0.2, 0.4])
        assert share_of_cause_gain(exact, exact, base) == pytest.approx(1.0)
        assert share_of_cause_gain(exact, np.tile(base, (2, 1)), base) == pytest.approx(0.0)


class TestMeasureLimit:
    @pytest.fixture(scope="class")
    @staticmethod
    def result(tmp_path_factory: pytest.TempPathFactory) -> LimitResult:
        folder: Path = tmp_path_factory.mktemp("limit")
        domain = domains()["maintenance_priority"]
        return measure_limit(
            domain, rows=800, seed=101, encoder=Words(), cache_folder=folder, noise_free=True, ablation=True
        )

    def test_the_exact_posterior_is_above_the_model_and_the_model_above_nothing(self, result: LimitResult) -> None:
        assert 0.5 < result.model_auc < result.bayes_auc < 1.0
        assert 0.0 < result.risk_share < 1.0 and 0.0 < result.cause_share < 1.0
        assert 0.0 < result.captured <= 1.0

    def test_learnt_from_true_labels_it_is_another_model(self, result: LimitResult) -> None:
        assert result.noise_free_share is not None and result.noise_free_calibration_error is not None
        assert 0.0 < result.noise_free_share < 1.0 and result.noise_free_share != result.risk_share
        assert 0.0 < result.noise_free_calibration_error < 0.5

    def test_every_kind_of_knowledge_is_tried_on_top_of_those_before_and_then_taken_away(
        self, result: LimitResult
    ) -> None:
        assert [step.kinds for step in result.ablation] == [
            "own",
            "own + derived",
            "own + derived + history",
            EVERYTHING,
            "all but outcomes of earlier cases",
            "all but velocity",
        ]
        added, whole = [step.columns for step in result.ablation[:4]], result.ablation[3].columns
        assert added == sorted(set(added)) and added[0] > 10
        assert all(step.columns < whole for step in result.ablation[4:])

    def test_the_step_that_knows_everything_is_the_very_model(self, result: LimitResult) -> None:
        everything = next(step for step in result.ablation if step.kinds == EVERYTHING)
        assert everything.risk_share == result.risk_share
        assert result.ablation[0].risk_share < everything.risk_share


def test_a_graph_feature_reads_several_entities_together() -> None:
    recipe = domains()["return_fraud"].recipe
    ties = {feature.name for feature in recipe.features if ties_entities(feature, recipe.trails)}
    assert {"linked_wrong_rate", "new_customer_at_address", "household_wrong_rate"} <= ties
    assert not ties & {"customer_wrong_rate", "tender_returns_30d", "other_site_returns_7d"}
